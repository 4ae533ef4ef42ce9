//! Crypto providers: the caller chooses who does the arithmetic; verijot decides which keys are
//! sound.
//!
//! A [`CryptoProvider`] turns the numbers of a public key into a [`VerificationKey`] once; that key
//! then verifies any number of signatures. [`ring`](mod@crate::crypto::ring) and `aws_lc_rs` are
//! two providers; to use another, implement the two traits and pass it wherever keys are parsed.
//! The module `soundness` checks every key before a provider sees it, so a provider does not need
//! to know the rules of JOSE.

use alloc::boxed::Box;
use core::fmt;

pub use algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm};

pub(crate) mod algorithm;
#[cfg(feature = "aws-lc-rs")]
pub mod aws_lc_rs;

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod per_algorithm;
#[cfg(feature = "ring")]
pub mod ring;

/// Prepares keys and verifies signatures.
pub trait CryptoProvider: fmt::Debug + Send + Sync {
    /// A short human-readable name, such as `ring`.
    fn name(&self) -> &'static str;

    /// The algorithms that it can verify. Keys for other algorithms are skipped when a set is
    /// parsed.
    fn algorithms(&self) -> AlgorithmSet;

    /// Prepares a key to verify with each of `algorithms`. They fit the material and are among
    /// [`CryptoProvider::algorithms`].
    ///
    /// # Errors
    /// [`InvalidKey`] if the numbers are not a valid key, such as a point off its curve.
    fn load(
        &self,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey>;
}

/// A key that a provider has prepared.
pub trait VerificationKey: Send + Sync {
    /// Verifies `signature`, in its JWS encoding (RFC 7518 §3), over `message`.
    ///
    /// # Errors
    /// [`BadSignature`] if the signature does not verify for any reason, or if the key was not
    /// prepared for `algorithm`.
    fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature>;

    /// Whether the key's signatures are verified elsewhere, by someone the caller has to wait for,
    /// through a [`Question`](crate::verify::Question). The [`verify`](Self::verify) of such a key
    /// must return [`BadSignature`], so that [`Verifier::verify`](crate::Verifier::verify), which
    /// cannot wait, refuses its tokens with `invalid_signature`.
    fn answers_later(&self) -> bool {
        false
    }
}

/// The numbers of a key. The core has already checked that they are sound.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum KeyMaterial<'k> {
    /// An RSA public key: big-endian, without leading zero octets, modulus of 2048 to 8192 bits.
    Rsa {
        /// The modulus `n`.
        modulus: &'k [u8],
        /// The public exponent `e`, odd and at least 65537.
        exponent: &'k [u8],
    },
    /// A point on a curve, each coordinate of exactly the curve's length.
    EllipticCurve {
        /// The curve.
        curve: Curve,
        /// The x coordinate, big-endian.
        x: &'k [u8],
        /// The y coordinate, big-endian.
        y: &'k [u8],
    },
    /// An Ed25519 public key (RFC 8032 §5.1.5), canonical and not of small order.
    Ed25519 {
        /// The 32 octets.
        x: &'k [u8],
    },
    /// A secret for HMAC, at least as long as the hash of each requested algorithm.
    Secret {
        /// The octets.
        secret: &'k [u8],
    },
}

impl KeyMaterial<'_> {
    /// Returns the algorithms that a key of this type can be used with.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        match self {
            Self::Rsa { .. } => AlgorithmSet::RSA,
            Self::EllipticCurve { curve, .. } => curve.algorithm().into(),
            Self::Ed25519 { .. } => Algorithm::EdDsa.into(),
            Self::Secret { .. } => AlgorithmSet::SYMMETRIC,
        }
    }
}

/// The curves of RFC 7518 §6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// P-256, for ES256 only.
    P256,
    /// P-384, for ES384 only.
    P384,
    /// P-521, for ES512 only.
    P521,
}

impl Curve {
    /// Returns the name in a `crv` member.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Returns the curve that a `crv` value names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    /// Returns the only algorithm for the curve (RFC 7518 §3.4).
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Es256,
            Self::P384 => Algorithm::Es384,
            Self::P521 => Algorithm::Es512,
        }
    }

    /// Returns the number of octets in one coordinate.
    #[must_use]
    pub const fn coordinate_length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// The numbers are not a valid key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct InvalidKey;

/// The signature does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct BadSignature;

/// The default provider: ring if it is compiled in, otherwise aws-lc-rs.
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#[must_use]
pub fn default_provider() -> &'static dyn CryptoProvider {
    #[cfg(feature = "ring")]
    return ring::PROVIDER;
    #[cfg(not(feature = "ring"))]
    return aws_lc_rs::PROVIDER;
}
