//! A key that is prepared for each of its algorithms.

use alloc::vec::Vec;

use super::{BadSignature, VerificationKey};
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};

/// The prepared forms of one key, by algorithm.
pub(super) struct PerAlgorithm<K> {
    prepared: Vec<(Algorithm, K)>,
    verify: Verify<K>,
}

/// Verifies the signature (third) over the message (second).
pub(super) type Verify<K> = fn(&K, &[u8], &[u8]) -> Result<(), BadSignature>;

impl<K> PerAlgorithm<K> {
    /// # Errors
    /// The first error of `prepare`.
    pub(super) fn prepare<E>(
        algorithms: AlgorithmSet,
        prepare: impl Fn(Algorithm) -> Result<K, E>,
        verify: Verify<K>,
    ) -> Result<Self, E> {
        let prepared = algorithms.iter().map(|algorithm| Ok((algorithm, prepare(algorithm)?)));
        Ok(Self { prepared: prepared.collect::<Result<_, E>>()?, verify })
    }
}

impl<K: Send + Sync> VerificationKey for PerAlgorithm<K> {
    fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let found = self.prepared.iter().find(|(candidate, _)| *candidate == algorithm);
        let (_, key) = found.ok_or(BadSignature)?;
        (self.verify)(key, message, signature)
    }
}
