//! The provider on [aws-lc-rs](https://docs.rs/aws-lc-rs). It has every algorithm, and keeps keys
//! parsed between verifications. It needs the standard library.

use alloc::boxed::Box;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::VerificationAlgorithm;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaPublicKeyComponents};

use super::per_algorithm::PerAlgorithm;
use super::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
use crate::algorithm::{Algorithm, AlgorithmSet};

/// aws-lc-rs as a provider.
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
                let components = RsaPublicKeyComponents { n: modulus, e: exponent };
                let key: PublicEncryptingKey = components.try_into().map_err(|_| InvalidKey)?;
                let encoded = key.as_der().map_err(|_| InvalidKey)?;
                Box::new(public_key(encoded.as_ref(), algorithms)?)
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
                // Compares the whole tag in constant time.
                Box::new(PerAlgorithm::prepare(algorithms, prepare, |key, message, tag| {
                    hmac::verify(key, message, tag).map_err(|_| BadSignature)
                })?)
            }
        })
    }
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

/// The first octet of a point with both coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;
