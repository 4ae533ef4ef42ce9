//! verijot beside other libraries: the same tokens and keys, prepared where a library prepares
//! keys, the same checks (issuer, audience, dates by the system's clock), the same 18 claims as a
//! type. Prints lines for `report.py`.

#[path = "../../common/mod.rs"]
mod common;
mod peer_claims;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::claims::{AUDIENCE, Borrowed, EIGHTEEN_CLAIMS, ISSUER, KEY_ID, Owned, verifier};
use common::issuer::{Issuer, PublicHalf};
use common::stopwatch::Heat;
use jwt_compact::prelude::*;
use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ECDSAP384PublicKeyLike, EdDSAPublicKeyLike, MACLike, RSAPublicKeyLike,
};
use peer_claims::{ForJwtCompact, ForJwtSimple};
use verijot::crypto::{CryptoProvider, aws_lc_rs, ring};
use verijot::{Algorithm, UnixTime};

fn main() {
    JSONWEBTOKEN_PROVIDER.install_default().unwrap();
    // Not one of them but verijot can be told the time.
    let claims = EIGHTEEN_CLAIMS.replace("1700003600", "4102444800");
    for algorithm in ALGORITHMS {
        let issuer = Issuer::new(algorithm);
        let token = issuer.token_with(&claims);
        let mut heat = Heat::new("peers", algorithm.name());
        add_verijot(&mut heat, &issuer, &token);
        add_jsonwebtoken(&mut heat, &issuer, &token);
        add_jwt_simple(&mut heat, &issuer, &token);
        add_jwt_compact(&mut heat, &issuer, &token);
        heat.run(Duration::from_secs(5));
    }
}

fn add_verijot<'a>(heat: &mut Heat<'a>, issuer: &Issuer, token: &'a str) {
    let providers: [&dyn CryptoProvider; 2] = [ring::PROVIDER, aws_lc_rs::PROVIDER];
    for provider in providers {
        let (verifier, keys) = (verifier(), issuer.keys(1, provider));
        heat.add(format!("verijot {}", provider.name()), move || {
            let verified = verifier.verify(token, &keys, UnixTime::now()).unwrap();
            verified.claims::<Owned>().unwrap()
        });
        let (verifier, keys) = (common::claims::verifier(), issuer.keys(1, provider));
        heat.add(format!("verijot {} borrowed", provider.name()), move || {
            let verified = verifier.verify(token, &keys, UnixTime::now()).unwrap();
            verified.claims::<Borrowed<'_>>().unwrap().level
        });
    }
}

fn add_jsonwebtoken<'a>(heat: &mut Heat<'a>, issuer: &Issuer, token: &'a str) {
    use jsonwebtoken::{DecodingKey, Validation, decode, jwk::Jwk};
    let algorithm = issuer.algorithm.name().parse().unwrap();
    for (name, rust_crypto) in [("aws_lc_rs", false), ("rust_crypto", true)] {
        let jwk = serde_json::from_str::<Jwk>(&issuer.jwk(KEY_ID)).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.validate_nbf = true;
        validation.leeway = 30;
        heat.add(format!("jsonwebtoken {name}"), move || {
            RUST_CRYPTO.store(rust_crypto, Ordering::Relaxed);
            decode::<Owned>(token, &key, &validation).unwrap()
        });
    }
}

fn add_jwt_simple<'a>(heat: &mut Heat<'a>, issuer: &Issuer, token: &'a str) {
    use jwt_simple::prelude as simple;
    /// The key types have no common trait.
    macro_rules! add {
        ($key:expr) => {{
            let key = $key;
            let options = simple::VerificationOptions {
                allowed_issuers: Some([ISSUER.to_owned()].into()),
                allowed_audiences: Some([AUDIENCE.to_owned()].into()),
                time_tolerance: Some(simple::Duration::from_secs(30)),
                ..Default::default()
            };
            heat.add("jwt-simple", move || {
                key.verify_token::<ForJwtSimple>(token, Some(options.clone())).unwrap()
            });
        }};
    }
    match (issuer.algorithm, issuer.public()) {
        (Algorithm::Rs256, PublicHalf::Rsa { modulus, exponent }) => {
            add!(simple::RS256PublicKey::from_components(modulus, exponent).unwrap());
        }
        (Algorithm::Ps256, PublicHalf::Rsa { modulus, exponent }) => {
            add!(simple::PS256PublicKey::from_components(modulus, exponent).unwrap());
        }
        (Algorithm::Es256, PublicHalf::EllipticCurve { point, .. }) => {
            add!(simple::ES256PublicKey::from_bytes(point).unwrap());
        }
        (Algorithm::Es384, PublicHalf::EllipticCurve { point, .. }) => {
            add!(simple::ES384PublicKey::from_bytes(point).unwrap());
        }
        (_, PublicHalf::Ed25519 { x }) => add!(simple::Ed25519PublicKey::from_bytes(x).unwrap()),
        (_, PublicHalf::Secret { secret }) => add!(simple::HS256Key::from_bytes(secret)),
        _ => {}
    }
}

fn add_jwt_compact<'a>(heat: &mut Heat<'a>, issuer: &Issuer, token: &'a str) {
    use jwt_compact::alg::{Ed25519, Es256, Hs256, Hs256Key, Rsa, VerifyingKey};
    macro_rules! add {
        ($algorithm:expr, $key:expr) => {{
            let (algorithm, key) = ($algorithm, $key);
            let time = TimeOptions::from_leeway(chrono::Duration::seconds(30));
            heat.add("jwt-compact", move || {
                let untrusted = UntrustedToken::new(token).unwrap();
                let token = algorithm.validator::<ForJwtCompact>(&key).validate(&untrusted);
                let token = token.unwrap();
                token.claims().validate_expiration(&time).unwrap();
                token.claims().validate_maturity(&time).unwrap();
                let claims = &token.claims().custom;
                assert!(claims.iss == ISSUER && claims.aud.iter().any(|aud| aud == AUDIENCE));
                token
            });
        }};
    }
    let rsa = |modulus: &[u8], exponent: &[u8]| {
        let key = jwt_compact::jwk::JsonWebKey::Rsa {
            modulus: modulus.to_vec().into(),
            public_exponent: exponent.to_vec().into(),
            private_parts: None,
        };
        jwt_compact::alg::RsaPublicKey::try_from(&key).unwrap()
    };
    match (issuer.algorithm, issuer.public()) {
        (Algorithm::Rs256, PublicHalf::Rsa { modulus, exponent }) => {
            add!(Rsa::rs256(), rsa(modulus, exponent));
        }
        (Algorithm::Ps256, PublicHalf::Rsa { modulus, exponent }) => {
            add!(Rsa::ps256(), rsa(modulus, exponent));
        }
        (Algorithm::Es256, PublicHalf::EllipticCurve { point, .. }) => {
            let key = VerifyingKey::<Es256>::from_slice(point);
            add!(Es256, key.unwrap());
        }
        (_, PublicHalf::Ed25519 { x }) => {
            let key = VerifyingKey::<Ed25519>::from_slice(x);
            add!(Ed25519, key.unwrap());
        }
        (_, PublicHalf::Secret { secret }) => add!(Hs256, Hs256Key::new(secret)),
        // It has no ES384.
        _ => {}
    }
}

/// jsonwebtoken has one backend in a process; this one is either, so that they can take turns.
static JSONWEBTOKEN_PROVIDER: jsonwebtoken::crypto::CryptoProvider =
    jsonwebtoken::crypto::CryptoProvider {
        verifier_factory: |algorithm, key| match RUST_CRYPTO.load(Ordering::Relaxed) {
            true => (jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.verifier_factory)(
                algorithm, key,
            ),
            false => {
                (jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.verifier_factory)(algorithm, key)
            }
        },
        signer_factory: |_, _| unreachable!("nothing is signed"),
        key_utils: jsonwebtoken::crypto::KeyUtils::new_unimplemented(),
    };

static RUST_CRYPTO: AtomicBool = AtomicBool::new(false);

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Hs256,
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];
