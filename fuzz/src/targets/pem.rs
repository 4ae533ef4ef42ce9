//! Any octets as a public key in PEM or DER: a documented result, the same from both providers, and
//! nothing is accepted that RustCrypto refuses.

use p256::pkcs8::DecodePublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use verijot::crypto::{Curve, aws_lc_rs, ring};
use verijot::keys::{KeyKind, KeyProblem, UnusableKey};
use verijot::{Algorithm, AlgorithmSet, Key};

use crate::choices::Choices;

/// Runs an input: one octet selects the algorithms.
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
    let readers: [Read; 4] = [
        |data, algorithms, of_ring| {
            let text = std::str::from_utf8(data).ok()?;
            Some(Key::from_pem(text, algorithms, provider(of_ring)))
        },
        |data, algorithms, of_ring| Some(Key::from_der(data, algorithms, provider(of_ring))),
        |data, algorithms, of_ring| Some(Key::from_pkcs1_der(data, algorithms, provider(of_ring))),
        |data, algorithms, of_ring| {
            Some(Key::from_certificate_der(data, algorithms, provider(of_ring)))
        },
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
    let (label, der) = match reader {
        0 => block(data),
        1 => (String::from("PUBLIC KEY"), data.to_vec()),
        2 => (String::from("RSA PUBLIC KEY"), data.to_vec()),
        _ => (String::from("CERTIFICATE"), data.to_vec()),
    };
    let known = match label.as_str() {
        "RSA PUBLIC KEY" => match kind {
            KeyKind::Rsa { bits } if bits > 4096 => true,
            KeyKind::Rsa { bits } => {
                rsa::RsaPublicKey::from_pkcs1_der(&der).is_ok_and(|key| key.n().bits() == bits)
            }
            _ => false,
        },
        "PUBLIC KEY" => is_public_key(&der, kind),
        // A certificate's key is somewhere in it.
        "CERTIFICATE" => (0..der.len()).any(|start| {
            let rest = &der[start..];
            (0..=rest.len()).rev().take(1200).any(|end| {
                rest.first() == Some(&0x30)
                    && length(rest) == Some(end)
                    && is_public_key(&rest[..end], kind)
            })
        }),
        _ => false,
    };
    assert!(known, "{label}, {kind}: taken, but not by RustCrypto");
}

fn is_public_key(der: &[u8], kind: KeyKind) -> bool {
    match kind {
        KeyKind::Rsa { bits } if bits > 4096 => true,
        KeyKind::Rsa { bits } => {
            rsa::RsaPublicKey::from_public_key_der(der).is_ok_and(|key| key.n().bits() == bits)
        }
        KeyKind::EllipticCurve { curve: Curve::P256 } => {
            p256::PublicKey::from_public_key_der(der).is_ok()
        }
        KeyKind::EllipticCurve { curve: Curve::P384 } => {
            p384::PublicKey::from_public_key_der(der).is_ok()
        }
        KeyKind::EllipticCurve { .. } => p521::PublicKey::from_public_key_der(der).is_ok(),
        KeyKind::Ed25519 => ed25519_dalek::VerifyingKey::from_public_key_der(der).is_ok(),
        other => panic!("{other}"),
    }
}

/// The octets of the DER value at this position.
fn length(der: &[u8]) -> Option<usize> {
    let (first, rest) = der.get(1..)?.split_first()?;
    match *first {
        0..=0x7f => Some(2 + usize::from(*first)),
        0x81 => Some(3 + usize::from(*rest.first()?)),
        0x82 => Some(4 + usize::from(*rest.first()?) * 256 + usize::from(*rest.get(1)?)),
        _ => None,
    }
}

/// Label and octets of the one block, ignoring whitespace (RFC 7468 §3).
fn block(data: &[u8]) -> (String, Vec<u8>) {
    let text = std::str::from_utf8(data).expect("text");
    let (_, rest) = text.split_once("-----BEGIN ").expect("a block");
    assert!(!rest.contains("-----BEGIN "), "two blocks");
    let (label, rest) = rest.split_once("-----").expect("a label");
    let (body, rest) = rest.split_once("-----END ").expect("an end");
    assert!(rest.starts_with(&format!("{label}-----")), "two labels");
    let body = body.replace([' ', '\t', '\r', '\n', '\u{b}', '\u{c}'], "");
    let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, body);
    (label.to_owned(), der.expect("base64"))
}

fn provider(of_ring: bool) -> &'static dyn verijot::crypto::CryptoProvider {
    if of_ring { ring::PROVIDER } else { aws_lc_rs::PROVIDER }
}
