//! The provider for [aws-lc-rs](https://docs.rs/aws-lc-rs). It supports every algorithm and keeps
//! parsed keys between verifications. It needs the standard library.

use alloc::boxed::Box;
use alloc::vec::Vec;

use aws_lc_rs::signature::VerificationAlgorithm;
use aws_lc_rs::signature::{self, ParsedPublicKey};
use aws_lc_rs::{constant_time, digest, hmac};

use super::per_algorithm::PerAlgorithm;
use super::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};

/// The provider.
pub static PROVIDER: &dyn CryptoProvider = &AwsLcRs;

#[derive(Debug)]
struct AwsLcRs;

impl CryptoProvider for AwsLcRs {
    fn name(&self) -> &'static str {
        "aws-lc-rs"
    }

    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ALL
    }

    fn load(
        &self,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        Ok(match *material {
            KeyMaterial::Rsa { modulus, exponent } => {
                let encoded = rsa_public_key(modulus, exponent).ok_or(InvalidKey)?;
                Box::new(public_key(&encoded, algorithms)?)
            }
            KeyMaterial::EllipticCurve { curve, x, y } => {
                let point = [&[UNCOMPRESSED][..], x, y].concat();
                Box::new(public_key(&point, curve.algorithm().into())?)
            }
            KeyMaterial::Ed25519 { x } => Box::new(public_key(x, Algorithm::EdDsa.into())?),
            KeyMaterial::Secret { secret } => {
                let prepare = |algorithm| {
                    let hash = match algorithm {
                        Algorithm::Hs256 => hmac::HMAC_SHA256,
                        Algorithm::Hs384 => hmac::HMAC_SHA384,
                        Algorithm::Hs512 => hmac::HMAC_SHA512,
                        _ => return Err(InvalidKey),
                    };
                    Ok(hmac::Key::new(hash, secret))
                };
                Box::new(PerAlgorithm::prepare(algorithms, prepare, verify_tag)?)
            }
        })
    }
}

/// Verifies like `hmac::verify`, which makes one more copy of the key's state.
fn verify_tag(key: &hmac::Key, message: &[u8], tag: &[u8]) -> Result<(), BadSignature> {
    let mut buffer = [0; digest::MAX_OUTPUT_LEN];
    let right = hmac::sign_to_buffer(key, message, &mut buffer).map_err(|_| BadSignature)?;
    // Compares the whole tag in constant time.
    constant_time::verify_slices_are_equal(right, tag).map_err(|_| BadSignature)
}

fn public_key(
    encoded: &[u8],
    algorithms: AlgorithmSet,
) -> Result<PerAlgorithm<ParsedPublicKey>, InvalidKey> {
    let prepare = |algorithm| {
        let verification = verification_algorithm(algorithm).ok_or(InvalidKey)?;
        ParsedPublicKey::new(verification, encoded).map_err(|_| InvalidKey)
    };
    PerAlgorithm::prepare(algorithms, prepare, |key, message, signature| {
        key.verify_sig(message, signature).map_err(|_| BadSignature)
    })
}

/// Encodes an `RSAPublicKey` in DER (RFC 8017 A.1.1), because the library's own conversion from
/// numbers parses them twice. `None` for numbers that no key has.
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let numbers = [unsigned_integer(modulus)?, unsigned_integer(exponent)?].concat();
    tagged(SEQUENCE, &numbers)
}

/// Encodes a positive INTEGER without unnecessary zeros (X.690 §8.3).
fn unsigned_integer(octets: &[u8]) -> Option<Vec<u8>> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.get(zeros..)?;
    let sign: &[u8] = if *significant.first()? >= 0x80 { &[0] } else { &[] };
    tagged(INTEGER, &[sign, significant].concat())
}

/// Encodes tag, length and content (X.690 §8.1); up to 65535 octets, more than eight times the
/// largest key.
fn tagged(tag: u8, content: &[u8]) -> Option<Vec<u8>> {
    let [high, low] = u16::try_from(content.len()).ok()?.to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, 0..=0x7f) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    Some([&[tag], length, content].concat())
}

fn verification_algorithm(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        Algorithm::EdDsa => &signature::ED25519,
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => return None,
    })
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

/// The first octet of a point with both coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn lengths_are_written_as_short_as_they_can_be() {
        for (length, expected) in [
            (0, &[2, 0][..]),
            (1, &[2, 1]),
            (0x7f, &[2, 0x7f]),
            (0x80, &[2, 0x81, 0x80]),
            (0xff, &[2, 0x81, 0xff]),
            (0x100, &[2, 0x82, 1, 0]),
            (0xffff, &[2, 0x82, 0xff, 0xff]),
        ] {
            let encoded = tagged(INTEGER, &vec![7; length]).unwrap();
            assert_eq!(encoded.strip_suffix(&vec![7; length][..]), Some(expected), "{length}");
        }
        assert_eq!(tagged(INTEGER, &[0; 0x1_0000]), None);
    }

    #[test]
    fn integers_are_positive_and_have_no_unnecessary_zeros() {
        for (octets, expected) in [
            (&[1][..], &[2, 1, 1][..]),
            (&[0x7f], &[2, 1, 0x7f]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[0, 0, 0x80], &[2, 2, 0, 0x80]),
            (&[0, 1, 0], &[2, 2, 1, 0]),
        ] {
            assert_eq!(unsigned_integer(octets).unwrap(), expected);
        }
        assert_eq!(unsigned_integer(&[]), None);
        assert_eq!(unsigned_integer(&[0, 0]), None);
    }
}
