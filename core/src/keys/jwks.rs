//! A JWK Set: which keys there are, which are skipped and why, and which one a token means.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::codes;
use crate::crypto::CryptoProvider;
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{self, Value};
use crate::error::Error;
use crate::keys::identity::Identity;
use crate::keys::jwk::{Jwk, Leniency, Thumbprints};
use crate::keys::key::{Fingerprint, Key, KeyProblem, UnusableKey};
use crate::token::header::Certificate;
use crate::token::remembered_headers::RememberedHeaders;

/// The keys of one issuer (RFC 7517 §5), immutable, to be shared between threads.
///
/// A key that cannot be used never fails the set; [`JwkSet::skipped`] says which and why. A key that
/// the set has several times is there once.
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
pub struct JwkSet {
    keys: Vec<Key>,
    /// Of each key, in the same order.
    indices: Vec<usize>,
    /// Of each key, in the same order.
    certificates: Vec<Thumbprints>,
    skipped: Vec<SkippedKey>,
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
    /// Two keys with one `kid` and one algorithm make that `kid` ambiguous, as in a parsed set. A policy
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

    /// For each of [`JwkSet::keys`] its place in `keys` of the set, counted from zero. What is neither
    /// there nor [skipped](JwkSet::skipped) is a key once more that the set has before it.
    #[must_use]
    pub fn indices(&self) -> &[usize] {
        &self.indices
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

    /// The set without the keys at these positions of [`JwkSet::keys`], for a host that turns out to
    /// be unable to load them: they are [skipped](JwkSet::skipped) as `unsupported_algorithm`, and
    /// their `kid`s stay known. A position that the set does not have is ignored.
    ///
    /// Everything else stays as it is: a `kid` that was ambiguous is still ambiguous, and a policy
    /// that names no algorithms allows the same ones. It is another set than this one, so a
    /// [`TokenCache`](crate::TokenCache) begins again with it.
    #[must_use]
    pub fn without_keys_at(&self, positions: &[usize]) -> Self {
        let mut set = Self::empty(self.default_algorithms, self.keys.len());
        for (id, Holders { ambiguous, .. }) in &self.by_id {
            if !ambiguous.is_empty() {
                set.by_id.entry(id.clone()).or_default().ambiguous = *ambiguous;
            }
        }
        set.skipped.clone_from(&self.skipped);
        let places = self.keys.iter().zip(&self.indices).zip(&self.certificates);
        for (position, ((key, index), certificate)) in places.enumerate() {
            let id = key.id().map(String::from);
            if positions.contains(&position) {
                let key_type = Some(String::from(key.kind().key_type()));
                let reason = KeyProblem::UnsupportedAlgorithm
                    .because("the crypto provider cannot load the key");
                set.skipped.push(SkippedKey { index: *index, id, key_type, reason });
            } else {
                set.indices.push(*index);
                set.add(key.shared(), certificate.clone(), id);
            }
        }
        set.skipped.sort_by_key(SkippedKey::index);
        set
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

    /// The keys that may verify a token with this `kid` and `alg`, in the order to try them; at
    /// least one. Where a token has no `kid`, the name of its certificate can single out keys that
    /// have the same (RFC 7515 §4.1.7, §4.1.8).
    pub(crate) fn select(
        &self,
        id: Option<&str>,
        certificate: Certificate<'_>,
        algorithm: Algorithm,
    ) -> Result<Candidates<'_>, Error> {
        let kid = || id.map(Excerpt::of);
        let named = id.and_then(|id| self.by_id.get(id));
        let mut permitted = named.map_or(AlgorithmSet::EMPTY, |named| named.ambiguous);
        if permitted.contains(algorithm) {
            return Err(Error::AmbiguousKey { kid: kid() });
        }
        let named = named.map_or([].as_slice(), |named| named.places.as_slice());
        let (handed_over, all) = match id {
            Some(_) => (self.for_any_id.as_slice(), 0..0),
            None => ([].as_slice(), 0..self.keys.len()),
        };
        let of_certificate = |place: &usize| {
            self.certificates.get(*place).is_some_and(|key| key.belong_to(certificate))
                && self.keys.get(*place).is_some_and(|key| key.algorithms().contains(algorithm))
        };
        let by_certificate = id.is_none()
            && certificate.is_named()
            && all.clone().any(|place| of_certificate(&place));
        let places = named.iter().chain(handed_over).copied().chain(all);
        let mut candidates = Candidates::default();
        for place in places.filter(|place| !by_certificate || of_certificate(place)) {
            let Some(key) = self.keys.get(place) else { continue };
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
        let shares = shares(&jwks);
        let mut set = Self::empty(default_algorithms, jwks.len());
        for (index, (jwk, Share { own, ambiguous })) in jwks.into_iter().zip(shares).enumerate() {
            let Jwk { id, key_type, key, certificate, .. } = jwk;
            if let (false, Some(id)) = (ambiguous.is_empty(), &id) {
                let holders = set.by_id.entry(id.clone()).or_default();
                holders.ambiguous = holders.ambiguous.union(ambiguous);
            }
            let reason = match key {
                Ok(key) if !own.is_empty() => {
                    set.indices.push(index);
                    set.add(key.narrowed(own), certificate, id);
                    continue;
                }
                // The very same key once more.
                Ok(_) if ambiguous.is_empty() => continue,
                Ok(_) => KeyProblem::DuplicateKid
                    .because("another key with the same kid is for the same algorithm"),
                Err(reason) => reason,
            };
            set.skipped.push(SkippedKey { index, id, key_type, reason });
        }
        set
    }

    fn empty(default_algorithms: AlgorithmSet, keys: usize) -> Self {
        Self {
            keys: Vec::with_capacity(keys),
            indices: Vec::with_capacity(keys),
            certificates: Vec::with_capacity(keys),
            skipped: Vec::new(),
            for_any_id: Vec::new(),
            by_id: BTreeMap::new(),
            default_algorithms,
            headers: RememberedHeaders::default(),
            identity: Identity::new(),
        }
    }

    fn add(&mut self, key: Key, certificate: Thumbprints, id: Option<String>) {
        let place = self.keys.len();
        if key.answers_to_any_id() {
            self.for_any_id.push(place);
        }
        if let Some(id) = id {
            self.by_id.entry(id).or_default().places.push(place);
        }
        self.keys.push(key);
        self.certificates.push(certificate);
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JwkSet")
            .field("keys", &self.keys)
            .field("skipped", &self.skipped)
            .field("default_algorithms", &self.default_algorithms)
            .finish_non_exhaustive()
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
    leniency: Leniency,
    max_octets: usize,
    max_keys: usize,
}

impl<'p> JwkSetParser<'p> {
    /// Octets that a set may have: 256 KiB.
    pub const DEFAULT_OCTET_LIMIT: usize = 262_144;

    /// Keys that a set may have, usable or not.
    pub const DEFAULT_KEY_LIMIT: usize = 100;

    /// The defaults: no symmetric keys, nothing tolerated that the RFCs forbid, and the default
    /// limits.
    #[must_use]
    pub const fn new(provider: &'p dyn CryptoProvider) -> Self {
        Self {
            provider,
            leniency: Leniency {
                symmetric_keys: false,
                padded_base64: false,
                short_coordinates: false,
            },
            max_octets: Self::DEFAULT_OCTET_LIMIT,
            max_keys: Self::DEFAULT_KEY_LIMIT,
        }
    }

    /// Lets `oct` keys in, and with them HMAC. Only for a set that is kept secret.
    #[must_use]
    pub const fn allow_symmetric_keys(mut self) -> Self {
        self.leniency.symmetric_keys = true;
        self
    }

    /// Waives RFC 7515 §2 for the numbers of keys: takes base64 with padding, and of the alphabet of
    /// RFC 4648 §4 (`+`, `/`) as well. For an issuer that writes its set so; a token is never read
    /// so.
    #[must_use]
    pub const fn tolerate_padded_base64(mut self) -> Self {
        self.leniency.padded_base64 = true;
        self
    }

    /// Waives RFC 7518 §6.2.1.2 for the coordinates of elliptic curve keys: takes those that lack
    /// zero octets at their beginning. For an issuer that writes its set so.
    #[must_use]
    pub const fn tolerate_short_coordinates(mut self) -> Self {
        self.leniency.short_coordinates = true;
        self
    }

    /// Another limit for the octets of the whole set.
    #[must_use]
    pub const fn max_octets(mut self, octets: usize) -> Self {
        self.max_octets = octets;
        self
    }

    /// Another limit for the number of keys, usable or not.
    #[must_use]
    pub const fn max_keys(mut self, keys: usize) -> Self {
        self.max_keys = keys;
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
        let text = self.text(json)?;
        let (mut keys, mut key_type) = (None, None);
        json::read_object(text, |name, value| {
            if name.is("keys") {
                keys = Some(value);
            } else if name.is("kty") {
                key_type = Some(value);
            }
        })
        .map_err(|error| JwksError::Malformed { reason: error.reason() })?;
        let elements = keys.and_then(Value::elements).ok_or(JwksError::Malformed {
            reason: match (keys, key_type) {
                (None, Some(_)) => "one bare JWK and no set; read it as a single key",
                _ => "no keys member that is an array",
            },
        })?;
        let elements = elements.take(self.max_keys.saturating_add(1)).collect::<Vec<_>>();
        if elements.len() > self.max_keys {
            return Err(JwksError::TooLarge { limit: self.max_keys, unit: "keys" });
        }
        Ok(self.set_of(elements, withdrawn))
    }

    /// Parses one bare JWK (RFC 7517 §4) into a set that holds it alone: as usable, or as skipped
    /// with the reason.
    ///
    /// # Errors
    /// As [`JwkSetParser::parse`]; [`JwksError::Malformed`] also for a JWK Set.
    pub fn parse_single(&self, json: impl AsRef<[u8]>) -> Result<JwkSet, JwksError> {
        let text = self.text(json.as_ref())?;
        let mut is_set = false;
        json::read_object(text, |name, _| is_set |= name.is("keys"))
            .map_err(|error| JwksError::Malformed { reason: error.reason() })?;
        if is_set {
            return Err(JwksError::Malformed { reason: "a JWK Set and no bare JWK" });
        }
        Ok(self.set_of([Value::checked(text)], &BTreeSet::new()))
    }

    fn text<'t>(&self, json: &'t [u8]) -> Result<&'t str, JwksError> {
        if json.len() > self.max_octets {
            return Err(JwksError::TooLarge { limit: self.max_octets, unit: "octets" });
        }
        core::str::from_utf8(json).map_err(|_| JwksError::Malformed { reason: "not UTF-8" })
    }

    fn set_of<'t>(
        &self,
        elements: impl IntoIterator<Item = Value<'t>>,
        withdrawn: &BTreeSet<String>,
    ) -> JwkSet {
        let elements = elements.into_iter();
        let jwks = elements
            .map(|element| Jwk::read(element, self.leniency, self.provider))
            .map(|jwk| jwk.unless_withdrawn(withdrawn));
        let let_in =
            if self.leniency.symmetric_keys { AlgorithmSet::ALL } else { AlgorithmSet::ASYMMETRIC };
        JwkSet::assemble(jwks.collect(), let_in.intersection(self.provider.algorithms()))
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
            Self::Malformed { .. } => codes::MALFORMED_JWKS.code,
            Self::TooLarge { .. } => codes::JWKS_TOO_LARGE.code,
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
#[derive(Default)]
struct Holders {
    /// Keys, no two of which are for one algorithm.
    places: Vec<usize>,
    /// What two keys of different numbers are for, usable or not (RFC 7517 §4.5).
    ambiguous: AlgorithmSet,
}

/// What a key is for beside the other keys with its `kid`.
struct Share {
    /// What it is the first for, or the only one.
    own: AlgorithmSet,
    /// What another key of other numbers is for too.
    ambiguous: AlgorithmSet,
}

/// Together, `kid`, `kty`, `crv`, `use` and `alg` name a key (RFC 7517 §4): keys that share a `kid`
/// are told apart by the algorithm of the token. Keys of the same numbers are one key.
fn shares(jwks: &[Jwk]) -> Vec<Share> {
    let mut owners = BTreeMap::new();
    for (index, jwk) in jwks.iter().enumerate() {
        for algorithm in jwk.claims.iter() {
            let owner = owners.entry(name(jwk, algorithm)).or_insert(Owner { index, alone: true });
            let first = jwks.get(owner.index).map(fingerprint);
            owner.alone &=
                owner.index == index || first == Some(fingerprint(jwk)) && jwk.key.is_ok();
        }
    }
    let share = |(index, jwk): (usize, &Jwk)| {
        let owner = |algorithm| owners.get(&name(jwk, algorithm));
        let of = |wanted: &dyn Fn(&Owner) -> bool| {
            jwk.claims.iter().filter(|algorithm| owner(*algorithm).is_some_and(wanted)).collect()
        };
        Share {
            own: of(&|owner| owner.alone && owner.index == index),
            ambiguous: of(&|owner| !owner.alone),
        }
    };
    jwks.iter().enumerate().map(share).collect()
}

/// Of all keys with one name.
struct Owner {
    /// The first of them.
    index: usize,
    /// Whether the others, if there are any, have the same numbers.
    alone: bool,
}

/// What makes two keys rivals: `kid` and algorithm. Keys without a `kid` are only ever rivals of
/// themselves.
fn name(jwk: &Jwk, algorithm: Algorithm) -> (Option<&str>, Option<&Fingerprint>, Algorithm) {
    match &jwk.id {
        Some(id) => (Some(id), None, algorithm),
        None => (None, fingerprint(jwk), algorithm),
    }
}

/// `None` for a key that cannot be used.
fn fingerprint(jwk: &Jwk) -> Option<&Fingerprint> {
    jwk.key.as_ref().ok().map(Key::fingerprint)
}

/// The most keys that a token without a `kid` is tried with.
const MOST_CANDIDATES: usize = 4;
