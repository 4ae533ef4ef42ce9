//! The provider for [ring](https://docs.rs/ring). It supports every algorithm except ES512.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ring::{hmac, signature};

use super::per_algorithm::PerAlgorithm;
use super::{BadSignature, CryptoProvider, Curve, InvalidKey, KeyMaterial, VerificationKey};
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};

/// The provider.
pub static PROVIDER: &dyn CryptoProvider = &Ring;

#[derive(Debug)]
struct Ring;

impl CryptoProvider for Ring {
    fn name(&self) -> &'static str {
        "ring"
    }

    fn algorithms(&self) -> AlgorithmSet {
        Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != Algorithm::Es512).collect()
    }

    fn load(
        &self,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        Ok(match *material {
            KeyMaterial::Rsa { modulus, exponent } => {
                // ring checks a modulus only when it verifies, and accepts every modulus that
                // `soundness` accepts.
                Box::new(RsaKey { n: modulus.to_vec(), e: exponent.to_vec() })
            }
            KeyMaterial::EllipticCurve { curve, x, y } => {
                let verification: &'static signature::EcdsaVerificationAlgorithm = match curve {
                    Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
                    Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
                    Curve::P521 => return Err(InvalidKey),
                };
                let point = [&[UNCOMPRESSED][..], x, y].concat();
                Box::new(PointKey {
                    algorithm: curve.algorithm(),
                    key: signature::UnparsedPublicKey::new(verification, point),
                })
            }
            KeyMaterial::Ed25519 { x } => Box::new(PointKey {
                algorithm: Algorithm::EdDsa,
                key: signature::UnparsedPublicKey::new(&signature::ED25519, x.to_vec()),
            }),
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
                // Compares the whole tag in constant time.
                Box::new(PerAlgorithm::prepare(algorithms, prepare, |key, message, tag| {
                    hmac::verify(key, message, tag).map_err(|_| BadSignature)
                })?)
            }
        })
    }
}

struct RsaKey {
    n: Vec<u8>,
    e: Vec<u8>,
}

impl VerificationKey for RsaKey {
    fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let parameters = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return Err(BadSignature),
        };
        signature::RsaPublicKeyComponents { n: &self.n, e: &self.e }
            .verify(parameters, message, signature)
            .map_err(|_| BadSignature)
    }
}

struct PointKey {
    algorithm: Algorithm,
    key: signature::UnparsedPublicKey<Vec<u8>>,
}

impl VerificationKey for PointKey {
    fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if algorithm != self.algorithm {
            return Err(BadSignature);
        }
        self.key.verify(message, signature).map_err(|_| BadSignature)
    }
}

/// The first octet of a point with both coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;
