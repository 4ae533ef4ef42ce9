//! A provider of the caller's own takes the place of ours, and is spared what is not sound.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![cfg(feature = "ring")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use verijot::crypto::{
    self, BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey,
};
use verijot::{Algorithm, AlgorithmSet, JwkSetParser};

/// Knows Ed25519 only, loads what ring loads, and takes every signature of one octet.
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
        Ok(Box::new(OneOctet))
    }
}

struct OneOctet;

impl VerificationKey for OneOctet {
    fn verify(&self, _: Algorithm, _: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        if signature.len() == 1 { Ok(()) } else { Err(BadSignature) }
    }
}

#[test]
fn the_callers_provider_is_asked_and_nobody_else() {
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
    let verdict = |token: &str| {
        let verdict = verifier.verify(token, &keys, common::now());
        verdict.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(verdict("eyJhbGciOiJFZERTQSJ9.e30.AA"), Ok(()));
    assert_eq!(verdict("eyJhbGciOiJFZERTQSJ9.e30.AAA"), Err("invalid_signature"));
    // ES256 is not among the provider's algorithms, so it is not among the policy's defaults.
    assert_eq!(verdict("eyJhbGciOiJFUzI1NiJ9.e30.AA"), Err("algorithm_not_allowed"));
}
