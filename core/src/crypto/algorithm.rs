//! The signature algorithms of JWA, and sets of them.

use core::fmt;
use core::str::FromStr;

use crate::codes;

/// A JWS signature algorithm (RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2). `none` does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 using SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 using SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 using SHA-512.
    Rs512,
    /// RSASSA-PSS using SHA-256, MGF1 with SHA-256 and a salt of 32 octets.
    Ps256,
    /// RSASSA-PSS using SHA-384, MGF1 with SHA-384 and a salt of 48 octets.
    Ps384,
    /// RSASSA-PSS using SHA-512, MGF1 with SHA-512 and a salt of 64 octets.
    Ps512,
    /// ECDSA using P-256 and SHA-256.
    Es256,
    /// ECDSA using P-384 and SHA-384.
    Es384,
    /// ECDSA using P-521 and SHA-512.
    Es512,
    /// EdDSA with Ed25519. Tokens and keys call it `EdDSA` or, since RFC 9864, `Ed25519`.
    EdDsa,
    /// HMAC using SHA-256.
    Hs256,
    /// HMAC using SHA-384.
    Hs384,
    /// HMAC using SHA-512.
    Hs512,
}

impl Algorithm {
    /// Every algorithm, the symmetric ones last.
    pub const ALL: [Self; 13] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
    ];

    /// Returns the name in an `alg` header; for EdDSA the older of its two names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// Returns the algorithm that an `alg` value names, compared case-sensitively (RFC 7515
    /// §4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Rs256 => 1,
            Self::Rs384 => 1 << 1,
            Self::Rs512 => 1 << 2,
            Self::Ps256 => 1 << 3,
            Self::Ps384 => 1 << 4,
            Self::Ps512 => 1 << 5,
            Self::Es256 => 1 << 6,
            Self::Es384 => 1 << 7,
            Self::Es512 => 1 << 8,
            Self::EdDsa => 1 << 9,
            Self::Hs256 => 1 << 10,
            Self::Hs384 => 1 << 11,
            Self::Hs512 => 1 << 12,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::from_name(name).ok_or(UnknownAlgorithm)
    }
}

/// The name is not an [`Algorithm`]; `none` never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownAlgorithm;

impl UnknownAlgorithm {
    /// The stable code.
    pub const CODE: &'static str = codes::UNSUPPORTED_ALGORITHM.code;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(self) -> &'static str {
        Self::CODE
    }
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown signature algorithm; expected one of {}", AlgorithmSet::ALL)
    }
}

impl core::error::Error for UnknownAlgorithm {}

/// A set of algorithms.
///
/// ```
/// use verijot::{Algorithm, AlgorithmSet};
/// let set = AlgorithmSet::from([Algorithm::Es256, Algorithm::EdDsa]);
/// assert!(set.contains(Algorithm::Es256));
/// assert_eq!(set.to_string(), "ES256, EdDSA");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct AlgorithmSet {
    bits: u16,
}

impl AlgorithmSet {
    /// No algorithm.
    pub const EMPTY: Self = Self { bits: 0 };
    /// RSASSA-PKCS1-v1_5 and RSASSA-PSS with every hash.
    pub const RSA: Self = Self { bits: 0b11_1111 };
    /// HMAC with every hash. Everyone who can verify can also sign.
    pub const SYMMETRIC: Self = Self { bits: 0b111 << 10 };
    /// Every algorithm with a public key.
    pub const ASYMMETRIC: Self = Self { bits: 0b11_1111_1111 };
    /// Every algorithm.
    pub const ALL: Self = Self { bits: 0b1_1111_1111_1111 };

    /// Whether the algorithm is in the set.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.bits & algorithm.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Returns the algorithms that are in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { bits: self.bits | other.bits }
    }

    /// Returns the algorithms that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self { bits: self.bits & other.bits }
    }

    /// Returns the algorithms in the order of [`Algorithm::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().filter(move |algorithm| self.contains(*algorithm))
    }
}

impl From<Algorithm> for AlgorithmSet {
    fn from(algorithm: Algorithm) -> Self {
        Self { bits: algorithm.bit() }
    }
}

impl<const N: usize> From<[Algorithm; N]> for AlgorithmSet {
    fn from(algorithms: [Algorithm; N]) -> Self {
        algorithms.into_iter().collect()
    }
}

impl FromIterator<Algorithm> for AlgorithmSet {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        algorithms.into_iter().fold(Self::EMPTY, |set, algorithm| set.union(Self::from(algorithm)))
    }
}

impl fmt::Display for AlgorithmSet {
    /// The names, separated by commas.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, algorithm) in self.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            formatter.write_str(algorithm.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for AlgorithmSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_sensitive_and_none_is_not_one() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::from_name(&algorithm.name().to_lowercase()), None);
        }
        assert_eq!(Algorithm::from_name("Ed25519"), Some(Algorithm::EdDsa));
        for name in ["none", "None", "", "EDDSA", "ed25519", "Ed448", "ES256K", "RS256 ", "dir"] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn named_sets_contain_the_expected_algorithms() {
        let symmetric = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
        assert_eq!(AlgorithmSet::SYMMETRIC, AlgorithmSet::from(symmetric));
        assert_eq!(AlgorithmSet::ALL, Algorithm::ALL.into_iter().collect());
        assert_eq!(AlgorithmSet::ALL, AlgorithmSet::ASYMMETRIC.union(AlgorithmSet::SYMMETRIC));
        assert!(AlgorithmSet::ASYMMETRIC.intersection(AlgorithmSet::SYMMETRIC).is_empty());
        assert_eq!(AlgorithmSet::RSA.iter().count(), 6);
    }
}
