//! A provider of the caller replaces the built-in ones, and never gets an unsound key.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![cfg(feature = "ring")]

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::hmac;
use verijot::crypto::{
    self, BadSignature, CryptoProvider, Curve, InvalidKey, KeyMaterial, VerificationKey,
};
use verijot::{Algorithm, AlgorithmSet, JwkSetParser};

use crate::common;

/// Supports only Ed25519, loads what ring loads, and accepts every signature that begins with a zero.
#[derive(Debug)]
struct Own;

static LOADED: AtomicUsize = AtomicUsize::new(0);

impl CryptoProvider for Own {
    fn name(&self) -> &'static str {
        "own"
    }

    fn algorithms(&self) -> AlgorithmSet {
        Algorithm::EdDsa.into()
    }

    fn load(
        &self,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        LOADED.fetch_add(1, Ordering::SeqCst);
        assert_eq!(algorithms, Algorithm::EdDsa.into());
        crypto::ring::PROVIDER.load(material, algorithms)?;
        Ok(Box::new(ZeroFirst))
    }
}

struct ZeroFirst;

impl VerificationKey for ZeroFirst {
    fn verify(&self, _: Algorithm, _: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        if signature.first() == Some(&0) { Ok(()) } else { Err(BadSignature) }
    }
}

#[test]
fn only_the_callers_provider_is_called() {
    let keys = JwkSetParser::new(&Own)
        .parse(
            r#"{"keys": [
                {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
                {"kty": "OKP", "crv": "Ed25519", "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
                {"kty": "EC", "crv": "P-256",
                    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
            ]}"#,
        )
        .unwrap();
    let skipped = keys.skipped().iter().map(|key| key.reason().problem().code());
    assert_eq!(skipped.collect::<Vec<_>>(), ["weak_key", "unsupported_algorithm"]);
    assert_eq!(LOADED.load(Ordering::SeqCst), 1);

    let verifier = common::verifier(common::waived());
    let verdict = |header: &str, signature: &[u8]| {
        let token = format!("{}.e30.{}", BASE64URL.encode(header), BASE64URL.encode(signature));
        let verdict = verifier.verify(token, &keys, common::now());
        verdict.map(|_| ()).map_err(|error| error.code())
    };
    let eddsa = r#"{"alg":"EdDSA"}"#;
    assert_eq!(verdict(eddsa, &[0; 64]), Ok(()));
    assert_eq!(verdict(eddsa, &[1; 64]), Err("invalid_signature"));
    // Of another length it is not even shown to the provider.
    for octets in [0, 1, 63, 65, 72] {
        assert_eq!(verdict(eddsa, &vec![0; octets]), Err("invalid_signature"), "{octets}");
    }
    // ES256 is not among the provider's algorithms, so it is not among the policy's defaults.
    assert_eq!(verdict(r#"{"alg":"ES256"}"#, &[0; 64]), Err("algorithm_not_allowed"));
}

/// Every kind of sound material, with an algorithm that it is for.
fn materials() -> Vec<(KeyMaterial<'static>, Algorithm)> {
    let octets = |text: &str| -> &'static [u8] { BASE64URL.decode(text).unwrap().leak() };
    let x = octets("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    let y = octets("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    vec![
        (KeyMaterial::Rsa { modulus: &[0xa7; 256], exponent: &[1, 0, 1] }, Algorithm::Ps384),
        (KeyMaterial::EllipticCurve { curve: Curve::P256, x, y }, Algorithm::Es256),
        (
            KeyMaterial::Ed25519 { x: octets("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") },
            Algorithm::EdDsa,
        ),
        (KeyMaterial::Secret { secret: common::SECRET }, Algorithm::Hs256),
    ]
}

/// Wrong direct calls of a provider never verify.
fn refuses_what_does_not_fit(provider: &dyn CryptoProvider) {
    for (material, own) in materials() {
        assert!(material.algorithms().contains(own));
        let key = provider.load(&material, own.into()).unwrap();
        for other in Algorithm::ALL {
            // The correct tag of the secret, valid for only one algorithm.
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, common::SECRET), b"message");
            let is_good = other == Algorithm::Hs256 && own == other;
            assert_eq!(
                key.verify(other, b"message", tag.as_ref()).is_ok(),
                is_good,
                "{own} {other}"
            );
            if !material.algorithms().contains(other) {
                let loaded = provider.load(&material, other.into());
                let verified = loaded.map(|key| key.verify(other, b"message", tag.as_ref()));
                assert!(!matches!(verified, Ok(Ok(()))), "{} {own} {other}", provider.name());
            }
        }
    }
    // A secret is only for HMAC, and no provider loads it for anything else.
    let secret = KeyMaterial::Secret { secret: common::SECRET };
    for algorithm in AlgorithmSet::ASYMMETRIC.iter() {
        assert!(matches!(provider.load(&secret, algorithm.into()), Err(InvalidKey)), "{algorithm}");
    }
}

#[test]
fn ring_refuses_what_does_not_fit() {
    refuses_what_does_not_fit(crypto::ring::PROVIDER);
    let p521 = KeyMaterial::EllipticCurve { curve: Curve::P521, x: &[1; 66], y: &[1; 66] };
    let loaded = crypto::ring::PROVIDER.load(&p521, Algorithm::Es512.into());
    assert!(matches!(loaded, Err(InvalidKey)));
    assert_eq!(crypto::ring::PROVIDER.name(), "ring");
    let all = crypto::ring::PROVIDER.algorithms();
    assert_eq!(all.iter().count(), 12);
    assert!(!all.contains(Algorithm::Es512));
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn aws_lc_rs_refuses_what_does_not_fit() {
    let provider = crypto::aws_lc_rs::PROVIDER;
    refuses_what_does_not_fit(provider);
    for material in [
        KeyMaterial::Rsa { modulus: &[], exponent: &[1, 0, 1] },
        KeyMaterial::Rsa { modulus: &[0xa7; 256], exponent: &[] },
        KeyMaterial::EllipticCurve { curve: Curve::P521, x: &[1; 66], y: &[1; 66] },
    ] {
        let loaded = provider.load(&material, material.algorithms());
        assert!(matches!(loaded, Err(InvalidKey)));
    }
    for (material, _) in materials().into_iter().take(3) {
        let loaded = provider.load(&material, Algorithm::Hs256.into());
        // A point has only one algorithm, whatever is requested.
        let verified = loaded.map(|key| key.verify(Algorithm::Hs256, b"", b""));
        assert!(!matches!(verified, Ok(Ok(()))));
    }
    assert_eq!(provider.name(), "aws-lc-rs");
    assert_eq!(provider.algorithms(), AlgorithmSet::ALL);
}
