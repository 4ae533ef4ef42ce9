//! Crypto providers without arithmetic: a verification with one of them costs only verijot's own
//! work. Benchmarks and fuzz targets share them.
#![allow(dead_code)]

use verijot::crypto::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
use verijot::{Algorithm, AlgorithmSet};

/// Accepts every signature without reading it.
pub static ACCEPTS_ALL: &dyn CryptoProvider = &NoArithmetic { accepts: true };

/// Rejects every signature without reading it.
pub static REJECTS_ALL: &dyn CryptoProvider = &NoArithmetic { accepts: false };

#[derive(Clone, Copy, Debug)]
struct NoArithmetic {
    accepts: bool,
}

impl CryptoProvider for NoArithmetic {
    fn name(&self) -> &'static str {
        "no arithmetic"
    }

    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ALL
    }

    fn load(
        &self,
        _: &KeyMaterial<'_>,
        _: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        Ok(Box::new(*self))
    }
}

impl VerificationKey for NoArithmetic {
    fn verify(&self, _: Algorithm, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        if self.accepts { Ok(()) } else { Err(BadSignature) }
    }
}
