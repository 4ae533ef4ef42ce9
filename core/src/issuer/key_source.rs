//! Where keys come from: from the caller, or from a URL.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::CryptoProvider;
use crate::crypto::algorithm::AlgorithmSet;
use crate::issuer::discovery::{self, FetchRules};
use crate::issuer::key_location::KeyLocation;
use crate::keys::jwks::{JwkSet, JwkSetParser};
use crate::keys::key::{Key, KeyProblem, UnusableKey};
use crate::provider::{Preset, PresetKeys};

mod any_algorithm;
mod error;

use any_algorithm::AnyAlgorithm;
pub use error::KeySourceError;

/// Where the keys that verify tokens come from.
///
/// Every source has been checked: a key fits its algorithms, a set has a usable key, keys may be
/// fetched from a URL. [`Settings`](crate::issuer::Settings) reads a source from the settings of a
/// service. `Debug` does not show keys, secrets or a URL's query.
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
        /// The key in PEM.
        pem: String,
        /// Its algorithms.
        algorithms: AlgorithmSet,
    },
    /// One shared secret.
    #[non_exhaustive]
    Secret {
        /// The octets.
        secret: Vec<u8>,
        /// Its algorithms.
        algorithms: AlgorithmSet,
    },
    /// A JWK Set that the caller has, without symmetric keys.
    #[non_exhaustive]
    Jwks {
        /// The JSON text.
        json: String,
        /// Its limits.
        limits: KeyLimits,
        /// The values that `use` must have, if they are named.
        purposes: Option<Arc<[String]>>,
    },
    /// A JWK Set at one URL.
    #[non_exhaustive]
    JwksUrl {
        /// The URL, over https or on this machine.
        url: String,
        /// Which URLs keys may be fetched from.
        rules: FetchRules,
        /// The values that `use` must have, if they are named.
        purposes: Option<Arc<[String]>>,
    },
    /// A map of `kid` and certificate or public key in PEM at one URL.
    #[non_exhaustive]
    CertificatesUrl {
        /// The URL, over https or on this machine.
        url: String,
        /// The algorithms of all keys.
        algorithms: AlgorithmSet,
        /// Which URLs keys may be fetched from.
        rules: FetchRules,
    },
    /// A JWK Set at the URL in the issuer's metadata.
    #[non_exhaustive]
    Issuer {
        /// The issuer, a URL.
        issuer: String,
        /// Which URLs keys may be fetched from.
        rules: FetchRules,
        /// The values that `use` must have, if they are named.
        purposes: Option<Arc<[String]>>,
    },
}

impl KeySource {
    /// Takes one public key in PEM, for these asymmetric algorithms.
    ///
    /// # Errors
    /// [`KeySourceError::UnusableKey`] as in [`Key::from_pem`]; always without the feature `pem`.
    pub fn public_key(
        pem: impl Into<String>,
        algorithms: impl Into<AlgorithmSet>,
    ) -> Result<Self, KeySourceError> {
        let source = Self::PublicKey { pem: pem.into(), algorithms: algorithms.into() };
        source.checked()
    }

    /// Takes one shared secret, for these HMAC algorithms.
    ///
    /// # Errors
    /// [`KeySourceError::UnusableKey`] as in [`Key::from_secret`].
    pub fn secret(
        secret: impl Into<Vec<u8>>,
        algorithms: impl Into<AlgorithmSet>,
    ) -> Result<Self, KeySourceError> {
        let source = Self::Secret { secret: secret.into(), algorithms: algorithms.into() };
        source.checked()
    }

    /// Takes a JWK Set that the caller has, with the default limits of [`JwkSetParser`]. Symmetric
    /// keys in it are skipped; pass a shared secret to [`KeySource::secret`] instead.
    ///
    /// # Errors
    /// [`KeySourceError::UnusableSet`] if the set cannot be read, and
    /// [`KeySourceError::NoUsableKeys`] if no key in it is usable.
    pub fn jwks(json: impl Into<String>) -> Result<Self, KeySourceError> {
        Self::jwks_within(json, KeyLimits::default())
    }

    /// Like [`KeySource::jwks`], with other limits.
    ///
    /// # Errors
    /// The same.
    pub fn jwks_within(json: impl Into<String>, limits: KeyLimits) -> Result<Self, KeySourceError> {
        Self::Jwks { json: json.into(), limits, purposes: None }.checked()
    }

    /// Like [`KeySource::jwks_within`], for a set whose keys are for other purposes than signatures, which
    /// [`KeySource::jwks`] finds no usable key in: see [`JwkSetParser::purposes`].
    ///
    /// # Errors
    /// The same; [`KeySourceError::NoUsableKeys`] also if no purpose is given.
    pub fn jwks_of_purposes<S: Into<String>>(
        json: impl Into<String>,
        limits: KeyLimits,
        purposes: impl IntoIterator<Item = S>,
    ) -> Result<Self, KeySourceError> {
        Self::Jwks { json: json.into(), limits, purposes: None }.with_purposes(purposes)
    }

    /// Fetches a JWK Set from a fixed URL.
    ///
    /// # Errors
    /// [`KeySourceError::UnsafeUrl`] as in [`check_url`](discovery::check_url).
    pub fn jwks_url(url: impl Into<String>) -> Result<Self, KeySourceError> {
        Self::jwks_url_under(url, FetchRules::new())
    }

    /// Like [`KeySource::jwks_url`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn jwks_url_under(
        url: impl Into<String>,
        rules: FetchRules,
    ) -> Result<Self, KeySourceError> {
        Self::JwksUrl { url: url.into(), rules, purposes: None }.checked()
    }

    /// Fetches a JWK Set from the URL in the issuer's metadata, like [`KeyLocation::of_issuer`].
    ///
    /// # Errors
    /// [`KeySourceError::UnsafeUrl`] if the issuer is not a URL that keys may be fetched from.
    pub fn issuer(issuer: impl Into<String>) -> Result<Self, KeySourceError> {
        Self::issuer_under(issuer, FetchRules::new())
    }

    /// Like [`KeySource::issuer`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn issuer_under(
        issuer: impl Into<String>,
        rules: FetchRules,
    ) -> Result<Self, KeySourceError> {
        Self::Issuer { issuer: issuer.into(), rules, purposes: None }.checked()
    }

    /// Fetches a map of `kid` and certificate in PEM from a fixed URL, as Google publishes it for
    /// Firebase; see [`JwkSetParser::certificate_map`]. All keys are for these asymmetric algorithms.
    ///
    /// If the URL has `{kid}` in it, each key is fetched by itself, as from AWS load balancers: see
    /// [`KeyLocation::per_key`].
    ///
    /// # Errors
    /// [`KeySourceError::UnsafeUrl`] as in [`check_url`](discovery::check_url), and
    /// [`KeySourceError::UnusableKey`] without an algorithm, with HMAC, or without the feature `pem`.
    pub fn certificates_url(
        url: impl Into<String>,
        algorithms: impl Into<AlgorithmSet>,
    ) -> Result<Self, KeySourceError> {
        Self::certificates_url_under(url, algorithms, FetchRules::new())
    }

    /// Like [`KeySource::certificates_url`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn certificates_url_under(
        url: impl Into<String>,
        algorithms: impl Into<AlgorithmSet>,
        rules: FetchRules,
    ) -> Result<Self, KeySourceError> {
        let (url, algorithms) = (url.into(), algorithms.into());
        Self::CertificatesUrl { url, algorithms, rules }.checked()
    }

    /// Uses only keys of a JWK Set whose `use` is one of these: see [`JwkSetParser::purposes`]. Changes
    /// nothing for keys that have no `use`: in PEM, or secrets.
    ///
    /// # Errors
    /// [`KeySourceError::NoUsableKeys`] if no name is given, or if no key of a set that the caller has
    /// is for them.
    pub fn with_purposes<S: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, KeySourceError> {
        let names: Arc<[String]> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Err(KeySourceError::NoUsableKeys);
        }
        if let Self::Jwks { purposes, .. }
        | Self::JwksUrl { purposes, .. }
        | Self::Issuer { purposes, .. } = &mut self
        {
            *purposes = Some(names);
        }
        self.checked()
    }

    /// Takes the place of a preset's keys; `None` if the caller has them.
    ///
    /// ```
    /// use verijot::issuer::KeySource;
    /// use verijot::provider::Provider;
    /// let preset = Provider::parse("okta:acme.okta.com/default")?.preset(r#"{"audience": ["api"]}"#)?;
    /// assert!(KeySource::of_preset(&preset)?.is_some_and(|source| source.location().is_some()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeySourceError::UnsafeUrl`] as in [`check_url`](discovery::check_url).
    pub fn of_preset(preset: &Preset) -> Result<Option<Self>, KeySourceError> {
        Self::of_preset_under(preset, FetchRules::new())
    }

    /// Like [`KeySource::of_preset`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn of_preset_under(
        preset: &Preset,
        rules: FetchRules,
    ) -> Result<Option<Self>, KeySourceError> {
        Ok(Some(match preset.keys() {
            PresetKeys::Issuer { issuer } => Self::issuer_under(issuer, rules)?,
            PresetKeys::JwksUrl { url, purposes } => {
                let source = Self::jwks_url_under(url, rules)?;
                if purposes.is_empty() {
                    source
                } else {
                    source.with_purposes(purposes.iter().copied())?
                }
            }
            PresetKeys::CertificatesUrl { url, algorithms } => {
                Self::certificates_url_under(url, *algorithms, rules)?
            }
            PresetKeys::OfCaller { .. } => return Ok(None),
        }))
    }

    /// Returns the values that `use` must have, as set with [`KeySource::with_purposes`].
    #[must_use]
    pub fn purposes(&self) -> Option<&[String]> {
        match self {
            Self::Jwks { purposes, .. }
            | Self::JwksUrl { purposes, .. }
            | Self::Issuer { purposes, .. } => purposes.as_deref(),
            _ => None,
        }
    }

    /// Returns the algorithms of [`KeySource::certificates_url`]; `None` for any other source.
    #[must_use]
    pub const fn certificates(&self) -> Option<AlgorithmSet> {
        match self {
            Self::CertificatesUrl { algorithms, .. } => Some(*algorithms),
            _ => None,
        }
    }

    /// Returns the parser for what is fetched from the source's location, with these limits.
    #[must_use]
    pub fn parser<'p>(
        &self,
        limits: KeyLimits,
        provider: &'p dyn CryptoProvider,
    ) -> JwkSetParser<'p> {
        let parser = limits.parser(provider);
        let parser = match self {
            Self::Jwks { purposes: Some(names), .. }
            | Self::JwksUrl { purposes: Some(names), .. }
            | Self::Issuer { purposes: Some(names), .. } => parser.purposes(names.iter().cloned()),
            #[cfg(feature = "pem")]
            Self::CertificatesUrl { algorithms, .. } => parser.certificate_map(*algorithms),
            _ => parser,
        };
        match self.location().map(|location| location.reading(parser.clone())) {
            Some(Ok(parser)) => parser,
            _ => parser,
        }
    }

    /// Returns the keys if the caller has them; `None` if they must be fetched.
    ///
    /// # Errors
    /// [`KeySourceError`] if the provider does not support a key's algorithm. Everything else was
    /// checked when the source was created.
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
            Self::Jwks { json, limits, .. } => {
                let keys = self.parser(*limits, provider).parse(json);
                let keys = keys.map_err(|reason| KeySourceError::UnusableSet { reason })?;
                if keys.keys().is_empty() {
                    return Err(KeySourceError::NoUsableKeys);
                }
                keys
            }
            Self::JwksUrl { .. } | Self::CertificatesUrl { .. } | Self::Issuer { .. } => {
                return Ok(None);
            }
        }))
    }

    /// Returns where to fetch the keys from; `None` if the caller has them.
    #[must_use]
    pub fn location(&self) -> Option<KeyLocation> {
        match self {
            Self::JwksUrl { url, rules, .. } | Self::CertificatesUrl { url, rules, .. } => {
                KeyLocation::at_under(url, rules.clone()).ok()
            }
            Self::Issuer { issuer, rules, .. } => {
                KeyLocation::of_issuer_under(issuer, rules.clone()).ok()
            }
            Self::PublicKey { .. } | Self::Secret { .. } | Self::Jwks { .. } => None,
        }
    }

    fn checked(self) -> Result<Self, KeySourceError> {
        let unsafe_url = |reason| KeySourceError::UnsafeUrl { reason };
        match &self {
            Self::JwksUrl { url, rules, .. } | Self::CertificatesUrl { url, rules, .. } => {
                if let Self::CertificatesUrl { algorithms, .. } = &self {
                    check_public(*algorithms)?;
                }
                let location = KeyLocation::at_under(url, rules.clone()).map_err(unsafe_url)?;
                location.reading(self.parser(KeyLimits::default(), &AnyAlgorithm))?;
            }
            Self::Issuer { issuer, rules, .. } => {
                discovery::metadata_urls_under(issuer, rules).map_err(unsafe_url)?;
            }
            Self::PublicKey { .. } | Self::Secret { .. } | Self::Jwks { .. } => {
                self.static_keys(&AnyAlgorithm)?;
            }
        }
        Ok(self)
    }
}

/// The limits of a JWK Set.
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
    /// The maximum octets of the whole set (262144).
    pub max_octets: usize,
    /// The maximum number of keys, usable or not (100).
    pub max_keys: usize,
}

impl KeyLimits {
    /// Returns a parser with these limits.
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
            Self::CertificatesUrl { url, algorithms, .. } => formatter
                .debug_struct("CertificatesUrl")
                .field("url", &discovery::without_query(url))
                .field("algorithms", algorithms)
                .finish(),
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
        .because("support for PEM is not compiled in (feature pem); pass the key as a JWK Set"))
}

/// Checks the algorithms of keys that are fetched in PEM.
fn check_public(algorithms: AlgorithmSet) -> Result<(), KeySourceError> {
    let problem = if !cfg!(feature = "pem") {
        "support for PEM is not compiled in (feature pem)"
    } else if algorithms.is_empty() {
        "certificates do not say what they are for; name the algorithms"
    } else if algorithms.intersection(AlgorithmSet::SYMMETRIC).is_empty() {
        return Ok(());
    } else {
        "public keys are not for HMAC"
    };
    Err(KeySourceError::UnusableKey { reason: KeyProblem::UnsupportedAlgorithm.because(problem) })
}
