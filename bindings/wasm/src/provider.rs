//! The crypto provider: HMAC here, the arithmetic of public keys at the host's, or all of it by ring.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384, Sha512};
use verijot::crypto::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
use verijot::{Algorithm, AlgorithmSet};

use crate::options::Options;

/// What the keys are loaded with that these options are about: ring where it is built in, unless the
/// host wants to verify.
pub(crate) fn provider(options: &Options<'_>) -> &'static dyn CryptoProvider {
    #[cfg(feature = "ring")]
    if !options.is(HOST_VERIFIES) {
        return verijot::crypto::ring::PROVIDER;
    }
    let _ = options;
    &Host
}

/// The option that asks for questions where ring is built in.
#[cfg(feature = "ring")]
pub(crate) const HOST_VERIFIES: &str = "host_verifies";

/// Verifies HMAC at once; the host verifies every other signature, as the answer to a question.
#[derive(Debug)]
struct Host;

impl CryptoProvider for Host {
    fn name(&self) -> &'static str {
        "host"
    }

    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ALL
    }

    fn load(
        &self,
        material: &KeyMaterial<'_>,
        _: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        Ok(match material {
            KeyMaterial::Secret { secret } => Box::new(Secret {
                hs256: keyed(secret)?,
                hs384: keyed(secret)?,
                hs512: keyed(secret)?,
            }),
            _ => Box::new(HostKey),
        })
    }
}

/// A key whose signatures the host verifies.
struct HostKey;

impl VerificationKey for HostKey {
    fn verify(&self, _: Algorithm, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Err(BadSignature)
    }

    fn answers_later(&self) -> bool {
        true
    }
}

/// A secret, as each hash has taken it in.
struct Secret {
    hs256: Hmac<Sha256>,
    hs384: Hmac<Sha384>,
    hs512: Hmac<Sha512>,
}

impl VerificationKey for Secret {
    fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        match algorithm {
            Algorithm::Hs256 => check(&self.hs256, message, signature),
            Algorithm::Hs384 => check(&self.hs384, message, signature),
            Algorithm::Hs512 => check(&self.hs512, message, signature),
            _ => Err(BadSignature),
        }
    }
}

fn keyed<M: Mac + KeyInit>(secret: &[u8]) -> Result<M, InvalidKey> {
    <M as Mac>::new_from_slice(secret).map_err(|_| InvalidKey)
}

/// Compares the whole tag in constant time.
fn check<M: Mac + Clone>(keyed: &M, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    keyed.clone().chain_update(message).verify_slice(signature).map_err(|_| BadSignature)
}
