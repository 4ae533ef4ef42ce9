//! Any octets as a public key in PEM or DER: a documented answer, the same from both providers, and
//! nothing is taken that RustCrypto would not take.

use p256::pkcs8::DecodePublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use verijot::crypto::{Curve, aws_lc_rs, ring};
use verijot::{Algorithm, AlgorithmSet, Key, KeyKind, KeyProblem, UnusableKey};

use crate::choices::Choices;

/// Runs an input: one octet names the algorithms.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let algorithms = choices.pick(&[
        AlgorithmSet::RSA,
        AlgorithmSet::from(Algorithm::Es256),
        AlgorithmSet::from(Algorithm::Es384),
        AlgorithmSet::from(Algorithm::EdDsa),
        AlgorithmSet::ASYMMETRIC,
        AlgorithmSet::EMPTY,
        AlgorithmSet::from(Algorithm::Es512),
    ]);
    let data = choices.rest();
    type Read = fn(&[u8], AlgorithmSet, bool) -> Option<Result<Key, UnusableKey>>;
    let readers: [Read; 3] = [
        |data, algorithms, of_ring| {
            let text = std::str::from_utf8(data).ok()?;
            Some(Key::from_pem(text, algorithms, provider(of_ring)))
        },
        |data, algorithms, of_ring| Some(Key::from_der(data, algorithms, provider(of_ring))),
        |data, algorithms, of_ring| Some(Key::from_pkcs1_der(data, algorithms, provider(of_ring))),
    ];
    for (index, read) in readers.into_iter().enumerate() {
        let Some(key) = read(data, algorithms, false) else { continue };
        if !algorithms.contains(Algorithm::Es512) {
            let other = read(data, algorithms, true).expect("as before");
            assert_eq!(other.as_ref().err(), key.as_ref().err(), "the providers differ");
        }
        match key {
            Ok(key) => {
                assert_eq!(key.algorithms(), algorithms);
                assert_eq!(key.id(), None);
                known_to_others(data, index, key.kind());
            }
            Err(reason) => assert!(KeyProblem::ALL.contains(&reason.problem())),
        }
    }
}

fn known_to_others(data: &[u8], reader: usize, kind: KeyKind) {
    let text = std::str::from_utf8(data).unwrap_or_default().trim();
    let is_pem = reader == 0;
    let known = match kind {
        KeyKind::Rsa { bits } if bits > 4096 => return,
        KeyKind::Rsa { bits } => {
            let key = match reader {
                // Each takes its own label only.
                0 => rsa::RsaPublicKey::from_pkcs1_pem(text)
                    .ok()
                    .or_else(|| rsa::RsaPublicKey::from_public_key_pem(text).ok()),
                1 => rsa::RsaPublicKey::from_public_key_der(data).ok(),
                _ => rsa::RsaPublicKey::from_pkcs1_der(data).ok(),
            };
            key.is_some_and(|key| key.n().bits() == bits)
        }
        KeyKind::EllipticCurve { curve: Curve::P256 } if is_pem => {
            p256::PublicKey::from_public_key_pem(text).is_ok()
        }
        KeyKind::EllipticCurve { curve: Curve::P256 } => {
            p256::PublicKey::from_public_key_der(data).is_ok()
        }
        KeyKind::EllipticCurve { curve: Curve::P384 } if is_pem => {
            p384::PublicKey::from_public_key_pem(text).is_ok()
        }
        KeyKind::EllipticCurve { curve: Curve::P384 } => {
            p384::PublicKey::from_public_key_der(data).is_ok()
        }
        KeyKind::EllipticCurve { .. } if is_pem => {
            p521::PublicKey::from_public_key_pem(text).is_ok()
        }
        KeyKind::EllipticCurve { .. } => p521::PublicKey::from_public_key_der(data).is_ok(),
        KeyKind::Ed25519 if is_pem => {
            ed25519_dalek::VerifyingKey::from_public_key_pem(text).is_ok()
        }
        KeyKind::Ed25519 => ed25519_dalek::VerifyingKey::from_public_key_der(data).is_ok(),
        other => panic!("{other}"),
    };
    assert!(known, "{kind}: taken, but not by RustCrypto");
}

fn provider(of_ring: bool) -> &'static dyn verijot::crypto::CryptoProvider {
    if of_ring { ring::PROVIDER } else { aws_lc_rs::PROVIDER }
}
