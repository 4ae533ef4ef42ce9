//! Key sets from JSON, PEM and shared secrets.

use std::sync::Arc;

use verijot::crypto::ring::PROVIDER;
use verijot::keys::KeyProblem;
use verijot::{AlgorithmSet, JwkSetParser, Key};

use crate::problem::Problem;

/// The keys of one issuer. Immutable; threads can share it.
#[derive(uniffi::Object)]
pub struct JwkSet {
    keys: Arc<verijot::JwkSet>,
    #[cfg(feature = "jni")]
    pub(crate) number: crate::numbered::Number,
}

/// Which keys a set accepts, and how many.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct JwkSetLimits {
    /// Whether `oct` keys are accepted, for HMAC.
    pub symmetric_keys: bool,
    /// The maximum number of octets of the JSON (262144).
    pub max_octets: Option<u64>,
    /// The maximum number of keys (100).
    pub max_keys: Option<u64>,
    /// Whether numbers may be base64 with padding, or in the standard alphabet.
    #[uniffi(default = false)]
    pub padded_base64: bool,
    /// Whether coordinates may lack leading zero octets.
    #[uniffi(default = false)]
    pub short_coordinates: bool,
    /// The only values that `use` may have, such as `jwt-svid`; `None` for keys for signatures.
    #[uniffi(default = None)]
    pub purposes: Option<Vec<String>>,
    /// The algorithms of all keys if they are an object of `kid` and certificate or public key in PEM,
    /// instead of a set.
    #[uniffi(default = None)]
    pub certificates: Option<Vec<String>>,
}

/// A usable key of a set.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct KeyFacts {
    /// The `kid`, if it has one.
    pub key_id: Option<String>,
    /// The type and size, such as `RSA 2048 bits` or `EC P-256`.
    pub kind: String,
    /// `RSA`, `EC`, `OKP` or `oct`.
    pub key_type: String,
    /// The algorithms that the key may be used with.
    pub algorithms: Vec<String>,
}

/// A key of a set that is not used.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SkippedKeyFacts {
    /// Its index in `keys`, from zero.
    pub index: u64,
    /// Its `kid`, if that is a string.
    pub key_id: Option<String>,
    /// Its `kty`, if that is a string.
    pub key_type: Option<String>,
    /// Why it is not used, as a stable code.
    pub reason: String,
    /// The same as a human-readable text.
    pub detail: String,
}

#[uniffi::export]
impl JwkSet {
    /// Reads a JWK Set from JSON in UTF-8, or the object of certificates that the limits describe.
    ///
    /// # Errors
    /// [`Problem::Jwks`]; [`Problem::Key`] for an unknown algorithm of `certificates`.
    #[uniffi::constructor]
    pub fn from_json(json: Vec<u8>, limits: &JwkSetLimits) -> Result<Arc<Self>, Problem> {
        Ok(Self::of(Arc::new(limits.parser()?.parse(json)?)))
    }

    /// Reads one bare JWK from JSON in UTF-8, as a set of one key.
    ///
    /// # Errors
    /// [`Problem::Jwks`]
    #[uniffi::constructor]
    pub fn from_jwk(json: Vec<u8>, limits: &JwkSetLimits) -> Result<Arc<Self>, Problem> {
        Ok(Self::of(Arc::new(limits.parser()?.parse_single(json)?)))
    }

    /// Reads one public key from PEM, for the given algorithms. From a certificate it takes only the
    /// key and checks neither validity nor chain. Without `key_id` the key is tried for every token.
    ///
    /// # Errors
    /// [`Problem::Key`]
    #[uniffi::constructor]
    pub fn from_pem(
        pem: String,
        algorithms: Vec<String>,
        key_id: Option<String>,
    ) -> Result<Arc<Self>, Problem> {
        let key = Key::from_pem(&pem, known(&algorithms)?, PROVIDER)?;
        Ok(Self::of_key(key, key_id))
    }

    /// Makes a key from a shared secret for HMAC, for the given algorithms or else for every hash
    /// that is not longer than the secret. Without `key_id` the key is tried for every token.
    ///
    /// # Errors
    /// [`Problem::Key`]
    #[uniffi::constructor]
    pub fn from_secret(
        secret: Vec<u8>,
        algorithms: Option<Vec<String>>,
        key_id: Option<String>,
    ) -> Result<Arc<Self>, Problem> {
        let key = match algorithms {
            Some(names) => Key::from_secret(&secret, known(&names)?, PROVIDER)?,
            None => Key::from_secret_for_every_hash(&secret, PROVIDER)?,
        };
        Ok(Self::of_key(key, key_id))
    }

    /// Returns the usable keys, in the set's order.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyFacts> {
        self.keys.keys().iter().map(KeyFacts::of).collect()
    }

    /// Returns the keys that are not used and why, in the set's order.
    #[must_use]
    pub fn skipped(&self) -> Vec<SkippedKeyFacts> {
        self.keys.skipped().iter().map(SkippedKeyFacts::of).collect()
    }
}

impl JwkSet {
    pub(crate) fn core(&self) -> &verijot::JwkSet {
        &self.keys
    }

    fn of_key(key: Key, key_id: Option<String>) -> Arc<Self> {
        let key = match key_id {
            Some(id) => key.with_id(id),
            None => key,
        };
        Self::of(Arc::new(verijot::JwkSet::from_keys([key])))
    }

    pub(crate) fn of(keys: Arc<verijot::JwkSet>) -> Arc<Self> {
        Arc::new_cyclic(|_this| Self {
            keys,
            #[cfg(feature = "jni")]
            number: crate::numbered::JWK_SETS.add(_this),
        })
    }
}

impl JwkSetLimits {
    /// # Errors
    /// [`Problem::Key`] for an unknown algorithm of `certificates`.
    pub(crate) fn parser(&self) -> Result<JwkSetParser<'static>, Problem> {
        let mut parser = JwkSetParser::new(PROVIDER);
        if self.symmetric_keys {
            parser = parser.allow_symmetric_keys();
        }
        if self.padded_base64 {
            parser = parser.tolerate_padded_base64();
        }
        if self.short_coordinates {
            parser = parser.tolerate_short_coordinates();
        }
        // A limit above the address space is no limit.
        if let Some(octets) = self.max_octets {
            parser = parser.max_octets(usize::try_from(octets).unwrap_or(usize::MAX));
        }
        if let Some(keys) = self.max_keys {
            parser = parser.max_keys(usize::try_from(keys).unwrap_or(usize::MAX));
        }
        if let Some(names) = &self.purposes {
            parser = parser.purposes(names);
        }
        if let Some(names) = &self.certificates {
            parser = parser.certificate_map(known(names)?);
        }
        Ok(parser)
    }

    /// # Errors
    /// [`Problem::Location`] for an empty list, which is usually an unset variable.
    pub(crate) fn check_lists(&self) -> Result<(), Problem> {
        for (name, list) in [("purposes", &self.purposes), ("certificates", &self.certificates)] {
            if list.as_ref().is_some_and(Vec::is_empty) {
                return Err(Problem::location(format!("{name} is an empty list")));
            }
        }
        Ok(())
    }
}

impl KeyFacts {
    fn of(key: &Key) -> Self {
        Self {
            key_id: key.id().map(str::to_owned),
            kind: key.kind().to_string(),
            key_type: key.kind().key_type().to_owned(),
            algorithms: key.algorithms().iter().map(|algorithm| algorithm.to_string()).collect(),
        }
    }
}

impl SkippedKeyFacts {
    fn of(key: &verijot::keys::SkippedKey) -> Self {
        Self {
            index: u64::try_from(key.index()).unwrap_or(u64::MAX),
            key_id: key.id().map(str::to_owned),
            key_type: key.key_type().map(str::to_owned),
            reason: key.reason().problem().code().to_owned(),
            detail: key.reason().detail().to_owned(),
        }
    }
}

/// An unknown algorithm name makes the key unusable, with the code for unsupported algorithms.
fn known(names: &[String]) -> Result<AlgorithmSet, Problem> {
    let algorithms = names.iter().map(|name| name.parse::<verijot::Algorithm>());
    algorithms
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::key(KeyProblem::UnsupportedAlgorithm, error.to_string()))
}
