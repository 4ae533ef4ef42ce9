//! Keys, sets of keys, and the formats that they are read from.

pub use jwks::{JwkSet, JwkSetParser, JwksError, SkippedKey};
pub use key::{Key, KeyKind, KeyProblem, UnusableKey};

mod curve;
pub(crate) mod identity;
pub(crate) mod jwk;
pub(crate) mod jwks;
pub(crate) mod key;
pub(crate) mod mistaken_secret;
#[cfg(feature = "pem")]
mod pem;
mod soundness;
