//! A group's key, judged the way the key of a token is, and loaded.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use verijot::crypto::{CryptoProvider, Curve, KeyMaterial, VerificationKey};
use verijot::keys::{KeyProblem, UnusableKey};
use verijot::{Algorithm, AlgorithmSet, JwkSetParser, Key};

use crate::set::{Group, Numbers};

/// A key that a JWK Set takes, and what the provider makes of its numbers.
pub(crate) struct Accepted {
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) loaded: Box<dyn VerificationKey>,
}

/// The group's public key: as a JWK made from its numbers, as Wycheproof's JWK, and in PEM. All
/// three have to be judged alike.
pub(crate) fn judge_public_key(
    provider: &dyn CryptoProvider,
    group: &Group,
    numbers: &Numbers,
) -> Result<Accepted, KeyProblem> {
    let parser = JwkSetParser::new(provider);
    let verdict = read(&parser, &jwk(numbers));
    if let Some(published) = &group.public_key_jwk {
        let algorithms = read(&parser, published);
        // It names one algorithm where ours names none.
        let named = published.get("alg").map(|name| name.as_str().unwrap().parse().unwrap());
        let expected = verdict.map(|all| named.map_or(all, |one: Algorithm| one.into()));
        assert_eq!(algorithms, expected, "{published}");
    }
    #[cfg(feature = "pem")]
    agree_on_pem(provider, group, numbers, verdict);
    let algorithms = verdict?;
    let loaded = load(provider, numbers, algorithms);
    Ok(Accepted { algorithms, loaded })
}

/// A secret, for HMAC with the group's hash: as a JWK, and handed over.
pub(crate) fn judge_secret(
    provider: &dyn CryptoProvider,
    group: &Group,
    secret: &[u8],
) -> Result<Accepted, KeyProblem> {
    let (algorithm, _) = group.hmac();
    let jwk = json!({"kty": "oct", "alg": algorithm.name(), "k": base64url(secret)});
    let parser = JwkSetParser::new(provider);
    assert_eq!(read(&parser, &jwk), Err(KeyProblem::SymmetricKey));
    let verdict = read(&parser.allow_symmetric_keys(), &jwk);
    let handed_over = Key::from_secret(secret, algorithm, provider);
    let handed_over = handed_over.map(|key| key.algorithms()).map_err(UnusableKey::problem);
    assert_eq!(handed_over, verdict);
    let algorithms = verdict?;
    let loaded = provider.load(&KeyMaterial::Secret { secret }, algorithms).unwrap();
    Ok(Accepted { algorithms, loaded })
}

/// The algorithms of the one key in the set, or why it is skipped.
fn read(parser: &JwkSetParser<'_>, jwk: &Value) -> Result<AlgorithmSet, KeyProblem> {
    let set = parser.parse(json!({"keys": [jwk]}).to_string()).unwrap();
    match (set.keys(), set.skipped()) {
        ([key], []) => Ok(key.algorithms()),
        ([], [skipped]) => Err(skipped.reason().problem()),
        _ => panic!("one key is not one key: {set:?}"),
    }
}

fn jwk(numbers: &Numbers) -> Value {
    match numbers {
        // With the sign octet, which is tolerated.
        Numbers::Rsa { modulus, public_exponent } => {
            json!({"kty": "RSA", "n": base64url(&modulus.0), "e": base64url(&public_exponent.0)})
        }
        Numbers::EllipticCurve { curve, wx, wy } => match known_curve(curve) {
            Some(known) => json!({
                "kty": "EC",
                "crv": known.name(),
                "x": base64url(&coordinate(known, &wx.0)),
                "y": base64url(&coordinate(known, &wy.0)),
            }),
            None => json!({
                "kty": "EC",
                "crv": curve,
                "x": base64url(&wx.0),
                "y": base64url(&wy.0),
            }),
        },
        Numbers::Edwards { curve, pk } => {
            json!({"kty": "OKP", "crv": edwards_curve(curve), "x": base64url(&pk.0)})
        }
    }
}

fn load(
    provider: &dyn CryptoProvider,
    numbers: &Numbers,
    algorithms: AlgorithmSet,
) -> Box<dyn VerificationKey> {
    let loaded = match numbers {
        Numbers::Rsa { modulus, public_exponent } => {
            let (modulus, exponent) = (unsigned(&modulus.0), unsigned(&public_exponent.0));
            provider.load(&KeyMaterial::Rsa { modulus, exponent }, algorithms)
        }
        Numbers::EllipticCurve { curve, wx, wy } => {
            let curve = known_curve(curve).unwrap();
            let (x, y) = (coordinate(curve, &wx.0), coordinate(curve, &wy.0));
            provider.load(&KeyMaterial::EllipticCurve { curve, x: &x, y: &y }, algorithms)
        }
        Numbers::Edwards { pk, .. } => {
            provider.load(&KeyMaterial::Ed25519 { x: &pk.0 }, algorithms)
        }
    };
    loaded.expect("what a set takes can be loaded")
}

/// The same key in PEM gets the same verdict, if it is the same key.
#[cfg(feature = "pem")]
fn agree_on_pem(
    provider: &dyn CryptoProvider,
    group: &Group,
    numbers: &Numbers,
    verdict: Result<AlgorithmSet, KeyProblem>,
) {
    let algorithms = match numbers {
        Numbers::Rsa { .. } => AlgorithmSet::RSA,
        Numbers::EllipticCurve { curve, .. } => {
            known_curve(curve).map_or(Algorithm::Es256, Curve::algorithm).into()
        }
        Numbers::Edwards { .. } => Algorithm::EdDsa.into(),
    };
    let pem = group.public_key_pem.as_deref().unwrap();
    let from_pem = Key::from_pem(pem, algorithms, provider);
    let from_pem = from_pem.map(|key| key.algorithms()).map_err(UnusableKey::problem);
    match verdict {
        // In PEM an Edwards curve is a type of key of its own.
        Err(KeyProblem::UnsupportedCurve) => assert!(
            matches!(from_pem, Err(KeyProblem::UnsupportedCurve | KeyProblem::UnsupportedKeyType)),
            "{pem}"
        ),
        // A key for PSS with certain parameters only (RFC 4055 §1.2), which a JWK cannot be.
        _ if group.is_for_pss_only() => {
            assert_eq!(from_pem, Err(KeyProblem::UnsupportedKeyType), "{pem}");
        }
        _ => assert_eq!(from_pem, verdict, "{pem}"),
    }
}

fn known_curve(name: &str) -> Option<Curve> {
    match name {
        "secp256r1" => Some(Curve::P256),
        "secp384r1" => Some(Curve::P384),
        "secp521r1" => Some(Curve::P521),
        _ => None,
    }
}

fn edwards_curve(name: &str) -> &str {
    match name {
        "edwards25519" => "Ed25519",
        "edwards448" => "Ed448",
        other => other,
    }
}

/// The integer in exactly the curve's length.
fn coordinate(curve: Curve, integer: &[u8]) -> Vec<u8> {
    let integer = unsigned(integer);
    let mut octets = vec![0; curve.coordinate_length() - integer.len()];
    octets.extend_from_slice(integer);
    octets
}

/// The integer without leading zero octets.
fn unsigned(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|octet| **octet == 0).count();
    &integer[zeros..]
}

fn base64url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}
