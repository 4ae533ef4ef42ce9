//! Checks a source without a crypto provider.

use alloc::boxed::Box;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::crypto::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};

/// A stand-in for checking a source before a provider is chosen. It supports every algorithm and
/// verifies nothing; the core checks that keys are sound before it calls a provider.
#[derive(Debug)]
pub(super) struct AnyAlgorithm;

impl CryptoProvider for AnyAlgorithm {
    fn name(&self) -> &'static str {
        "none"
    }

    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ALL
    }

    fn load(
        &self,
        _: &KeyMaterial<'_>,
        _: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        Ok(Box::new(Self))
    }
}

impl VerificationKey for AnyAlgorithm {
    fn verify(&self, _: Algorithm, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Err(BadSignature)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_takes_every_key_and_verifies_nothing() {
        assert_eq!(AnyAlgorithm.name(), "none");
        let material = KeyMaterial::Ed25519 { x: &[1; 32] };
        for algorithm in AlgorithmSet::ALL.iter() {
            let key = AnyAlgorithm.load(&material, algorithm.into()).unwrap();
            assert_eq!(key.verify(algorithm, b"message", b""), Err(BadSignature));
        }
    }
}
