//! Where keys come from: from the caller's own hands, or from a place to fetch them from.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::codes;
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::crypto::{BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
use crate::issuer::discovery::{self, DiscoveryError, FetchRules};
use crate::issuer::key_location::KeyLocation;
use crate::keys::jwks::{JwkSet, JwkSetParser, JwksError};
#[cfg(not(feature = "pem"))]
use crate::keys::key::KeyProblem;
use crate::keys::key::{Key, UnusableKey};

/// Where the keys come from that tokens are verified with.
///
/// A source that exists has been checked: a key fits its algorithms, a set has a usable key, a URL
/// may be fetched from. [`Settings`](crate::issuer::Settings) reads one from the settings of a service.
/// `Debug` shows no key, no secret and no query of a URL.
///
/// ```
/// use verijot::issuer::KeySource;
/// let source = KeySource::jwks_url("https://issuer.example/keys")?;
/// assert!(source.location().is_some());
/// assert_eq!(KeySource::issuer("http://issuer.example").unwrap_err().code(), "invalid_key_source");
/// # Ok::<(), verijot::issuer::KeySourceError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum KeySource {
    /// One public key.
    #[non_exhaustive]
    PublicKey {
        /// In PEM.
        pem: String,
        /// What it is for.
        algorithms: AlgorithmSet,
    },
    /// One shared secret.
    #[non_exhaustive]
    Secret {
        /// The octets.
        secret: Vec<u8>,
        /// What it is for.
        algorithms: AlgorithmSet,
    },
    /// A JWK Set that the caller has, without symmetric keys.
    #[non_exhaustive]
    Jwks {
        /// The JSON text.
        json: String,
        /// How large it may be.
        limits: KeyLimits,
    },
    /// A JWK Set at one URL.
    #[non_exhaustive]
    JwksUrl {
        /// The URL, over https or of this very machine.
        url: String,
        /// Where keys may be fetched from.
        rules: FetchRules,
    },
    /// A JWK Set where the issuer's metadata says.
    #[non_exhaustive]
    Issuer {
        /// The issuer, a URL.
        issuer: String,
        /// Where keys may be fetched from.
        rules: FetchRules,
    },
}

impl KeySource {
    /// One public key in PEM, for these asymmetric algorithms.
    ///
    /// # Errors
    /// [`KeySourceError::UnusableKey`] as of [`Key::from_pem`]; without the feature `pem` always.
    pub fn public_key(
        pem: impl Into<String>,
        algorithms: impl Into<AlgorithmSet>,
    ) -> Result<Self, KeySourceError> {
        let source = Self::PublicKey { pem: pem.into(), algorithms: algorithms.into() };
        source.checked()
    }

    /// One shared secret, for these HMAC algorithms.
    ///
    /// # Errors
    /// [`KeySourceError::UnusableKey`] as of [`Key::from_secret`].
    pub fn secret(
        secret: impl Into<Vec<u8>>,
        algorithms: impl Into<AlgorithmSet>,
    ) -> Result<Self, KeySourceError> {
        let source = Self::Secret { secret: secret.into(), algorithms: algorithms.into() };
        source.checked()
    }

    /// A JWK Set that the caller has, with the limits of [`JwkSetParser`]. Symmetric keys in it are skipped: a
    /// shared secret is named as [`KeySource::secret`].
    ///
    /// # Errors
    /// [`KeySourceError::UnusableSet`], and [`KeySourceError::NoUsableKeys`] if nothing in it is
    /// usable.
    pub fn jwks(json: impl Into<String>) -> Result<Self, KeySourceError> {
        Self::jwks_within(json, KeyLimits::default())
    }

    /// As [`KeySource::jwks`], with other limits.
    ///
    /// # Errors
    /// As there.
    pub fn jwks_within(json: impl Into<String>, limits: KeyLimits) -> Result<Self, KeySourceError> {
        Self::Jwks { json: json.into(), limits }.checked()
    }

    /// A JWK Set at one URL.
    ///
    /// # Errors
    /// [`KeySourceError::UnsafeUrl`] as of [`check_url`](discovery::check_url).
    pub fn jwks_url(url: impl Into<String>) -> Result<Self, KeySourceError> {
        Self::jwks_url_under(url, FetchRules::new())
    }

    /// As [`KeySource::jwks_url`], under other rules.
    ///
    /// # Errors
    /// As there.
    pub fn jwks_url_under(
        url: impl Into<String>,
        rules: FetchRules,
    ) -> Result<Self, KeySourceError> {
        Self::JwksUrl { url: url.into(), rules }.checked()
    }

    /// A JWK Set where the issuer's metadata says, as [`KeyLocation::of_issuer`] finds it.
    ///
    /// # Errors
    /// [`KeySourceError::UnsafeUrl`] if the issuer is no URL that may be fetched from.
    pub fn issuer(issuer: impl Into<String>) -> Result<Self, KeySourceError> {
        Self::issuer_under(issuer, FetchRules::new())
    }

    /// As [`KeySource::issuer`], under other rules.
    ///
    /// # Errors
    /// As there.
    pub fn issuer_under(
        issuer: impl Into<String>,
        rules: FetchRules,
    ) -> Result<Self, KeySourceError> {
        Self::Issuer { issuer: issuer.into(), rules }.checked()
    }

    /// The keys, if the caller has them; `None` if they must be fetched.
    ///
    /// # Errors
    /// [`KeySourceError`] if the provider does not have a key's algorithm. Everything else was
    /// found when the source was made.
    pub fn static_keys(
        &self,
        provider: &dyn CryptoProvider,
    ) -> Result<Option<JwkSet>, KeySourceError> {
        let unusable = |reason| KeySourceError::UnusableKey { reason };
        Ok(Some(match self {
            Self::PublicKey { pem, algorithms } => {
                JwkSet::from_keys([public_key(pem, *algorithms, provider).map_err(unusable)?])
            }
            Self::Secret { secret, algorithms } => {
                JwkSet::from_keys([
                    Key::from_secret(secret, *algorithms, provider).map_err(unusable)?
                ])
            }
            Self::Jwks { json, limits } => {
                let keys = limits.parser(provider).parse(json);
                let keys = keys.map_err(|reason| KeySourceError::UnusableSet { reason })?;
                if keys.keys().is_empty() {
                    return Err(KeySourceError::NoUsableKeys);
                }
                keys
            }
            Self::JwksUrl { .. } | Self::Issuer { .. } => return Ok(None),
        }))
    }

    /// Where to fetch the keys from; `None` if the caller has them.
    #[must_use]
    pub fn location(&self) -> Option<KeyLocation> {
        match self {
            Self::JwksUrl { url, rules } => KeyLocation::at_under(url, rules.clone()).ok(),
            Self::Issuer { issuer, rules } => {
                KeyLocation::of_issuer_under(issuer, rules.clone()).ok()
            }
            Self::PublicKey { .. } | Self::Secret { .. } | Self::Jwks { .. } => None,
        }
    }

    fn checked(self) -> Result<Self, KeySourceError> {
        let unsafe_url = |reason| KeySourceError::UnsafeUrl { reason };
        match &self {
            Self::JwksUrl { url, rules } => rules.check(url).map_err(unsafe_url)?,
            Self::Issuer { issuer, rules } => {
                discovery::metadata_urls_under(issuer, rules).map_err(unsafe_url)?;
            }
            Self::PublicKey { .. } | Self::Secret { .. } | Self::Jwks { .. } => {
                self.static_keys(&AnyAlgorithm)?;
            }
        }
        Ok(self)
    }
}

/// How large a JWK Set may be.
///
/// ```
/// use verijot::issuer::KeyLimits;
/// let mut limits = KeyLimits::default();
/// assert_eq!((limits.max_octets, limits.max_keys), (262_144, 100));
/// limits.max_keys = 500;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyLimits {
    /// Octets of the whole set (262144).
    pub max_octets: usize,
    /// Keys of the set, usable or not (100).
    pub max_keys: usize,
}

impl KeyLimits {
    /// A parser with these limits.
    #[must_use]
    pub fn parser(self, provider: &dyn CryptoProvider) -> JwkSetParser<'_> {
        JwkSetParser::new(provider).max_octets(self.max_octets).max_keys(self.max_keys)
    }
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self {
            max_octets: JwkSetParser::DEFAULT_OCTET_LIMIT,
            max_keys: JwkSetParser::DEFAULT_KEY_LIMIT,
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublicKey { algorithms, .. } => formatter
                .debug_struct("PublicKey")
                .field("algorithms", algorithms)
                .finish_non_exhaustive(),
            Self::Secret { algorithms, .. } => formatter
                .debug_struct("Secret")
                .field("algorithms", algorithms)
                .finish_non_exhaustive(),
            Self::Jwks { .. } => formatter.debug_struct("Jwks").finish_non_exhaustive(),
            Self::JwksUrl { url, .. } => formatter
                .debug_struct("JwksUrl")
                .field("url", &discovery::without_query(url))
                .finish(),
            Self::Issuer { issuer, .. } => {
                formatter.debug_struct("Issuer").field("issuer", issuer).finish()
            }
        }
    }
}

/// `invalid_key_source`: why keys cannot come from there. Shows no key and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The public key or the secret cannot be used with its algorithms.
    UnusableKey {
        /// Why.
        reason: UnusableKey,
    },
    /// The set cannot be read.
    UnusableSet {
        /// Why.
        reason: JwksError,
    },
    /// Nothing in the set is usable; [`JwkSet::skipped`] of the parsed set says why.
    NoUsableKeys,
    /// Keys are not fetched from there.
    UnsafeUrl {
        /// Why not.
        reason: DiscoveryError,
    },
}

impl KeySourceError {
    /// The stable code.
    pub const CODE: &'static str = codes::INVALID_KEY_SOURCE.code;

    /// The stable code, as an error of several codes has it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        Self::CODE
    }

    /// What is wrong, without the code.
    pub(crate) fn problem(&self) -> String {
        match self {
            Self::UnusableKey { reason } => text!("{reason}"),
            Self::UnusableSet { reason } => text!("{reason}"),
            Self::NoUsableKeys => String::from("no key in the set is usable"),
            Self::UnsafeUrl { reason } => text!("{reason}"),
        }
    }
}

impl fmt::Display for KeySourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", Self::CODE, self.problem())
    }
}

impl core::error::Error for KeySourceError {}

#[cfg(feature = "pem")]
fn public_key(
    pem: &str,
    algorithms: AlgorithmSet,
    provider: &dyn CryptoProvider,
) -> Result<Key, UnusableKey> {
    Key::from_pem(pem, algorithms, provider)
}

#[cfg(not(feature = "pem"))]
fn public_key(_: &str, _: AlgorithmSet, _: &dyn CryptoProvider) -> Result<Key, UnusableKey> {
    Err(KeyProblem::MalformedKey
        .because("keys in PEM are not compiled in (feature pem); write the key as a JWK Set"))
}

/// Stands in for a provider where a source is checked before anybody has chosen one: it has every
/// algorithm and verifies nothing. What makes a key sound is judged before any provider sees it.
#[derive(Debug)]
struct AnyAlgorithm;

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
