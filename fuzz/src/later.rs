//! A crypto provider whose keys answer later, and who answers for them.

use verijot::crypto::{
    BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey, aws_lc_rs,
};
use verijot::verify::Question;
use verijot::{Algorithm, AlgorithmSet, JwkSet};

/// Loads every public key without looking at it; secrets answer at once.
#[derive(Debug)]
pub struct Later;

/// The provider.
pub static PROVIDER: Later = Later;

impl CryptoProvider for Later {
    fn name(&self) -> &'static str {
        "later"
    }

    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ALL
    }

    fn load(
        &self,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        match material {
            KeyMaterial::Secret { .. } => aws_lc_rs::PROVIDER.load(material, algorithms),
            _ => Ok(Box::new(LaterKey)),
        }
    }
}

struct LaterKey;

impl VerificationKey for LaterKey {
    fn verify(&self, _: Algorithm, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Err(BadSignature)
    }

    fn answers_later(&self) -> bool {
        true
    }
}

/// The place, among the candidates, of the key that verifies the signature.
pub fn answer(question: &Question, keys: &JwkSet) -> Option<usize> {
    question.candidates().iter().position(|candidate| {
        let key = &keys.keys()[candidate.position()];
        assert_eq!(key.id(), candidate.key_id());
        let Some(material) = key.material() else { return false };
        let algorithm = question.algorithm();
        let loaded = aws_lc_rs::PROVIDER.load(&material, algorithm.into());
        loaded.is_ok_and(|key| {
            key.verify(algorithm, question.message(), question.signature()).is_ok()
        })
    })
}
