//! A provider whose keys answer later, and a host that answers for them.

use std::cell::Cell;

use verijot::JwkSet;
use verijot::crypto::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
use verijot::verify::Question;
use verijot::{Algorithm, AlgorithmSet};

/// Has keys of another provider; those that `is_later` chooses answer later.
///
/// So that one set can be verified with at once too, `verify` of such a key works, but never while a
/// token is [`asked`] about.
#[derive(Debug)]
pub(crate) struct Later {
    pub(crate) host: &'static dyn CryptoProvider,
    pub(crate) is_later: fn(&KeyMaterial<'_>) -> bool,
}

impl Later {
    /// Every public key answers later, as on a host whose cryptography is asynchronous.
    pub(crate) const fn public_keys_of(host: &'static dyn CryptoProvider) -> Self {
        Self { host, is_later: |material| !matches!(material, KeyMaterial::Secret { .. }) }
    }
}

impl CryptoProvider for Later {
    fn name(&self) -> &'static str {
        "later"
    }

    fn algorithms(&self) -> AlgorithmSet {
        self.host.algorithms()
    }

    fn load(
        &self,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        let key = self.host.load(material, algorithms)?;
        Ok(if (self.is_later)(material) { Box::new(LaterKey(key)) } else { key })
    }
}

struct LaterKey(Box<dyn VerificationKey>);

impl VerificationKey for LaterKey {
    fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        assert!(!ASKED.get(), "a key that answers later must not be verified with at once");
        self.0.verify(algorithm, message, signature)
    }

    fn answers_later(&self) -> bool {
        true
    }
}

/// Runs what must not verify with a key that answers later.
pub(crate) fn asked<T>(run: impl FnOnce() -> T) -> T {
    ASKED.set(true);
    let result = run();
    ASKED.set(false);
    result
}

/// Answers as a host does that loads each key by its numbers.
pub(crate) fn answer_of(
    host: &dyn CryptoProvider,
    question: &Question,
    keys: &JwkSet,
) -> Option<usize> {
    let candidates = question.candidates();
    assert!((1..=4).contains(&candidates.len()));
    candidates.iter().position(|candidate| {
        let key = &keys.keys()[candidate.position()];
        assert_eq!(candidate.key_id(), key.id());
        let material = key.material().unwrap();
        let loaded = host.load(&material, key.algorithms()).unwrap();
        loaded.verify(question.algorithm(), question.message(), question.signature()).is_ok()
    })
}

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}
