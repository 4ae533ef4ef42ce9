//! A JWK Set: which keys there are, which are skipped and why, and which one a token means.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::crypto::CryptoProvider;
use crate::error::Error;
use crate::excerpt::Excerpt;
use crate::identity::Identity;
use crate::json::{self, Value};
use crate::jwk::Jwk;
use crate::key::{Key, KeyProblem, UnusableKey};
use crate::remembered_headers::RememberedHeaders;

/// The keys of one issuer (RFC 7517 §5), immutable, to be shared between threads.
///
/// A key that cannot be used never fails the set; [`JwkSet::skipped`] says which and why.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::JwkSet;
/// let keys = JwkSet::from_json(r#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty": "EC", "crv": "secp256k1", "kid": "b", "x": "AA", "y": "AA"}
/// ]}"#)?;
/// assert_eq!(keys.keys().len(), 1);
/// assert_eq!(keys.skipped()[0].reason().problem().code(), "unsupported_curve");
/// # }
/// # Ok::<(), verijot::JwksError>(())
/// ```
#[derive(Debug)]
pub struct JwkSet {
    keys: Vec<Key>,
    skipped: Vec<SkippedKey>,
    /// For each `kid`, where its keys are, or that two of one type share it.
    by_id: BTreeMap<String, Holders>,
    /// The keys that the caller handed over without a `kid`.
    for_any_id: Vec<usize>,
    default_algorithms: AlgorithmSet,
    pub(crate) headers: RememberedHeaders,
    identity: Identity,
}

impl JwkSet {
    /// Parses a JWK Set with the defaults of [`JwkSetParser`] and the
    /// [default provider](crate::crypto::default_provider).
    ///
    /// # Errors
    /// [`JwksError`]: the set as a whole cannot be read.
    #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, JwksError> {
        JwkSetParser::new(crate::crypto::default_provider()).parse(json)
    }

    /// A set of keys that the caller made, from PEM or from secrets.
    ///
    /// Two keys of one type with one `kid` make that `kid` ambiguous, as in a parsed set. A policy
    /// that names no algorithms allows those that the keys were made for.
    #[must_use]
    pub fn from_keys(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut algorithms = AlgorithmSet::EMPTY;
        let jwks = keys.into_iter().map(|key| {
            algorithms = algorithms.union(key.algorithms());
            Jwk::of_key(key)
        });
        let jwks = jwks.collect();
        Self::assemble(jwks, algorithms)
    }

    /// The usable keys, in the set's order.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys that are not used, in the set's order, with the reasons.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether a key, usable or not, has this `kid`: whether asking the issuer again could help.
    #[must_use]
    pub fn knows_id(&self, id: &str) -> bool {
        !self.for_any_id.is_empty()
            || self.by_id.contains_key(id)
            || self.skipped.iter().any(|key| key.id() == Some(id))
    }

    /// What tells this very set from every other.
    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What a policy that names no algorithms allows with this set: every asymmetric algorithm
    /// that the provider has, and HMAC only where symmetric keys were let in.
    pub(crate) const fn default_algorithms(&self) -> AlgorithmSet {
        self.default_algorithms
    }

    /// The keys that may verify a token with this `kid` and `alg`, in the order to try them;
    /// at least one.
    pub(crate) fn select(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Candidates<'_>, Error> {
        let kid = || id.map(Excerpt::of);
        let named = match id.and_then(|id| self.by_id.get(id)) {
            Some(Holders::Keys(places)) => places.as_slice(),
            Some(Holders::Ambiguous) => return Err(Error::AmbiguousKey { kid: kid() }),
            None => &[],
        };
        let (handed_over, all) = match id {
            Some(_) => (self.for_any_id.as_slice(), [].as_slice()),
            None => ([].as_slice(), self.keys.as_slice()),
        };
        let places = named.iter().chain(handed_over);
        let mut candidates = Candidates::default();
        let mut permitted = AlgorithmSet::EMPTY;
        for key in places.filter_map(|place| self.keys.get(*place)).chain(all) {
            permitted = permitted.union(key.algorithms());
            if key.algorithms().contains(algorithm) && !candidates.push(key) {
                return Err(Error::AmbiguousKey { kid: kid() });
            }
        }
        if !candidates.is_empty() {
            Ok(candidates)
        } else if id.is_some() && !permitted.is_empty() {
            Err(Error::AlgorithmMismatch { algorithm, permitted })
        } else {
            Err(Error::UnknownKey { kid: kid() })
        }
    }

    fn assemble(jwks: Vec<Jwk>, default_algorithms: AlgorithmSet) -> Self {
        let ambiguous = ambiguous_ids(&jwks);
        let mut set = Self {
            keys: Vec::with_capacity(jwks.len()),
            skipped: Vec::new(),
            for_any_id: Vec::new(),
            by_id: BTreeMap::new(),
            default_algorithms,
            headers: RememberedHeaders::default(),
            identity: Identity::new(),
        };
        for (index, (jwk, ambiguous)) in jwks.into_iter().zip(ambiguous).enumerate() {
            let Jwk { id, key_type, key, .. } = jwk;
            let key = if ambiguous {
                key.and(Err(KeyProblem::DuplicateKid
                    .because("another key of the same type has the same kid")))
            } else {
                key
            };
            if let (true, Some(id)) = (ambiguous, &id) {
                set.by_id.insert(id.clone(), Holders::Ambiguous);
            }
            match key {
                Ok(key) => set.add(key, id),
                Err(reason) => set.skipped.push(SkippedKey { index, id, key_type, reason }),
            }
        }
        set
    }

    fn add(&mut self, key: Key, id: Option<String>) {
        let place = self.keys.len();
        if key.answers_to_any_id() {
            self.for_any_id.push(place);
        }
        if let Some(id) = id {
            let holders = self.by_id.entry(id).or_insert_with(|| Holders::Keys(Vec::new()));
            if let Holders::Keys(places) = holders {
                places.push(place);
            }
        }
        self.keys.push(key);
    }
}

/// How a JWK Set is parsed: with which provider, and what is let in.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::{JwkSetParser, crypto};
/// let parser = JwkSetParser::new(crypto::ring::PROVIDER).allow_symmetric_keys();
/// let json = r#"{"keys": [{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_"}]}"#;
/// assert_eq!(parser.parse(json)?.skipped()[0].reason().problem().code(), "malformed_key");
/// # }
/// # Ok::<(), verijot::JwksError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JwkSetParser<'p> {
    provider: &'p dyn CryptoProvider,
    symmetric_keys: bool,
    octet_limit: usize,
    key_limit: usize,
}

impl<'p> JwkSetParser<'p> {
    /// Octets that a set may have: 256 KiB.
    pub const DEFAULT_OCTET_LIMIT: usize = 262_144;

    /// Keys that a set may have, usable or not.
    pub const DEFAULT_KEY_LIMIT: usize = 100;

    /// The defaults: no symmetric keys, and the default limits.
    #[must_use]
    pub const fn new(provider: &'p dyn CryptoProvider) -> Self {
        Self {
            provider,
            symmetric_keys: false,
            octet_limit: Self::DEFAULT_OCTET_LIMIT,
            key_limit: Self::DEFAULT_KEY_LIMIT,
        }
    }

    /// Lets `oct` keys in, and with them HMAC. Only for a set that is kept secret.
    #[must_use]
    pub const fn allow_symmetric_keys(mut self) -> Self {
        self.symmetric_keys = true;
        self
    }

    /// Another limit for the octets of the whole set.
    #[must_use]
    pub const fn octet_limit(mut self, octets: usize) -> Self {
        self.octet_limit = octets;
        self
    }

    /// Another limit for the number of keys, usable or not.
    #[must_use]
    pub const fn key_limit(mut self, keys: usize) -> Self {
        self.key_limit = keys;
        self
    }

    /// Parses a JWK Set: UTF-8, strict JSON, an object whose `keys` is an array.
    ///
    /// # Errors
    /// [`JwksError::TooLarge`] before anything is read or any key is prepared;
    /// [`JwksError::Malformed`] if the set as a whole cannot be read.
    pub fn parse(&self, json: impl AsRef<[u8]>) -> Result<JwkSet, JwksError> {
        self.parse_without(json.as_ref(), &BTreeSet::new())
    }

    /// Parses a set whose keys with one of these kids the caller has withdrawn.
    pub(crate) fn parse_without(
        &self,
        json: &[u8],
        withdrawn: &BTreeSet<String>,
    ) -> Result<JwkSet, JwksError> {
        if json.len() > self.octet_limit {
            return Err(JwksError::TooLarge { limit: self.octet_limit, unit: "octets" });
        }
        let text =
            core::str::from_utf8(json).map_err(|_| JwksError::Malformed { reason: "not UTF-8" })?;
        let mut keys = None;
        json::read_object(text, |name, value| {
            if name.is("keys") {
                keys = Some(value);
            }
        })
        .map_err(|error| JwksError::Malformed { reason: error.reason() })?;
        let elements = keys
            .and_then(Value::elements)
            .ok_or(JwksError::Malformed { reason: "no keys member that is an array" })?;
        let elements = elements.take(self.key_limit.saturating_add(1)).collect::<Vec<_>>();
        if elements.len() > self.key_limit {
            return Err(JwksError::TooLarge { limit: self.key_limit, unit: "keys" });
        }
        let jwks = elements
            .into_iter()
            .map(|element| Jwk::read(element, self.symmetric_keys, self.provider))
            .map(|jwk| jwk.unless_withdrawn(withdrawn))
            .collect();
        let let_in = if self.symmetric_keys { AlgorithmSet::ALL } else { AlgorithmSet::ASYMMETRIC };
        Ok(JwkSet::assemble(jwks, let_in.intersection(self.provider.algorithms())))
    }
}

/// A key of a set that is not used.
#[derive(Clone, Debug)]
pub struct SkippedKey {
    index: usize,
    id: Option<String>,
    key_type: Option<String>,
    reason: UnusableKey,
}

impl SkippedKey {
    /// Its place in `keys`, counted from zero.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Its `kid`, if that is a string.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its `kty`, if that is a string.
    #[must_use]
    pub fn key_type(&self) -> Option<&str> {
        self.key_type.as_deref()
    }

    /// Why it is not used.
    #[must_use]
    pub const fn reason(&self) -> UnusableKey {
        self.reason
    }
}

/// Why a JWK Set as a whole cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwksError {
    /// `malformed_jwks`: not UTF-8, not strict JSON, or without an array of keys (RFC 7517 §5.1).
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// `jwks_too_large`: more octets or more keys than allowed.
    TooLarge {
        /// How many are allowed.
        limit: usize,
        /// Of what: `octets` or `keys`.
        unit: &'static str,
    },
}

impl JwksError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed_jwks",
            Self::TooLarge { .. } => "jwks_too_large",
        }
    }
}

impl fmt::Display for JwksError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.code())?;
        match self {
            Self::Malformed { reason } => formatter.write_str(reason),
            Self::TooLarge { limit, unit } => {
                write!(formatter, "the set has more than {limit} {unit}")
            }
        }
    }
}

impl core::error::Error for JwksError {}

/// The keys to try for one token: few, so that no token costs many signatures.
#[derive(Default)]
pub(crate) struct Candidates<'s> {
    keys: [Option<&'s Key>; MOST_CANDIDATES],
    length: usize,
}

impl<'s> Candidates<'s> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'s Key> {
        self.keys.iter().copied().flatten()
    }

    /// False if there are too many.
    fn push(&mut self, key: &'s Key) -> bool {
        let Some(free) = self.keys.get_mut(self.length) else { return false };
        *free = Some(key);
        self.length = self.length.saturating_add(1);
        true
    }

    fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Who has a certain `kid`.
#[derive(Debug)]
enum Holders {
    /// These keys, of different types.
    Keys(Vec<usize>),
    /// Two keys of one type, usable or not.
    Ambiguous,
}

/// For each key whether it shares `kid` and type with another one (RFC 7517 §4.5). Keys for other
/// purposes than signatures do not count.
fn ambiguous_ids(jwks: &[Jwk]) -> Vec<bool> {
    let mut times = BTreeMap::new();
    for name in jwks.iter().filter_map(signing_name) {
        let count = times.entry(name).or_insert(0_usize);
        *count = count.saturating_add(1);
    }
    let times_of = |jwk| signing_name(jwk).and_then(|name| times.get(&name));
    jwks.iter().map(|jwk| times_of(jwk).is_some_and(|count| *count > 1)).collect()
}

/// `kid` and `kty` of a key that signatures are verified with.
fn signing_name(jwk: &Jwk) -> Option<(&str, &str)> {
    if !jwk.for_signatures {
        return None;
    }
    Some((jwk.id.as_deref()?, jwk.key_type.as_deref()?))
}

/// A token without a `kid` may be tried with so many keys.
const MOST_CANDIDATES: usize = 4;
