//! A JWK Set: its usable keys, and the skipped keys with the reasons.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::algorithm::AlgorithmSet;
use crate::keys::identity::Identity;
use crate::keys::jwk::{Jwk, Thumbprints};
use crate::keys::key::{Key, KeyProblem, UnusableKey};
use crate::token::remembered_headers::RememberedHeaders;

use holders::{Holders, HoldersById};
pub use parser::{JwkSetParser, JwksError};
pub(crate) use selection::Candidates;
use shared_ids::{Share, shares};

mod holders;
mod parser;
mod selection;
mod shared_ids;

/// The keys of one issuer (RFC 7517 §5). Immutable; share it between threads.
///
/// An unusable key never makes the set fail: it is skipped, and [`JwkSet::skipped`] lists it with
/// the reason. A key that occurs several times is listed once.
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
    /// One for each key, in the same order.
    indices: Vec<usize>,
    /// One for each key, in the same order.
    certificates: Vec<Thumbprints>,
    skipped: Vec<SkippedKey>,
    by_id: HoldersById,
    /// The keys that the caller passed without a `kid`.
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

    /// Parses a map of `kid` and certificate in PEM, whose keys are for these algorithms, with the
    /// [default provider](crate::crypto::default_provider): see [`JwkSetParser::certificate_map`].
    ///
    /// # Errors
    /// [`JwksError`]: the map as a whole cannot be read.
    #[cfg(all(feature = "pem", any(feature = "ring", feature = "aws-lc-rs")))]
    pub fn from_certificate_map(
        json: impl AsRef<[u8]>,
        algorithms: impl Into<AlgorithmSet>,
    ) -> Result<Self, JwksError> {
        let parser = JwkSetParser::new(crate::crypto::default_provider());
        parser.certificate_map(algorithms).parse(json)
    }

    /// Makes a set of keys that the caller created, from PEM or from secrets.
    ///
    /// Two keys with the same `kid` and algorithm make that `kid` ambiguous, as in a parsed set. A
    /// policy that names no algorithms allows those of the keys.
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

    /// Returns the usable keys, in the order of the set.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Returns the index of each of [`JwkSet::keys`] in `keys` of the JSON, counted from zero. An
    /// index that is neither here nor among the [skipped](JwkSet::skipped) keys is a repetition of
    /// an earlier key.
    #[must_use]
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// Returns the keys that are not used, in the order of the set, with the reasons.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether a key, usable or not, has this `kid`. If not, fetching the set again could help.
    #[must_use]
    pub fn knows_id(&self, id: &str) -> bool {
        !self.for_any_id.is_empty()
            || self.by_id.get(id).is_some()
            || self.skipped.iter().any(|key| key.id() == Some(id))
    }

    /// Returns the set without the keys at these positions of [`JwkSet::keys`], for a host that turns
    /// out to be unable to load them: they become [skipped](JwkSet::skipped) keys with
    /// `unsupported_algorithm`, and their `kid`s stay known. Ignores positions out of range.
    ///
    /// An ambiguous `kid` stays ambiguous, and a policy that names no algorithms allows the same ones.
    /// The result is a new set, so a [`TokenCache`](crate::TokenCache) does not reuse its verdicts.
    #[must_use]
    pub fn without_keys_at(&self, positions: &[usize]) -> Self {
        let mut set = Self::empty(self.default_algorithms, self.keys.len());
        for (id, Holders { ambiguous, .. }) in self.by_id.iter() {
            if !ambiguous.is_empty() {
                set.by_id.add_ambiguous(id.clone(), *ambiguous);
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
                let place = set.skipped.partition_point(|key| key.index <= *index);
                set.skipped.insert(place, SkippedKey { index: *index, id, key_type, reason });
            } else {
                set.indices.push(*index);
                set.add(key.shared(), certificate.clone(), id);
            }
        }
        set.by_id.sort();
        set
    }

    /// Whether the set says that there is no key: it is empty, or all its keys are for another
    /// purpose.
    pub(crate) fn has_no_key_for_signatures(&self) -> bool {
        let other = |key: &SkippedKey| key.reason.problem() == KeyProblem::NotForSignatures;
        self.keys.is_empty() && self.skipped.iter().all(other)
    }

    /// Returns what distinguishes this set from every other.
    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns what a policy that names no algorithms allows with this set: every asymmetric
    /// algorithm that the provider supports, and HMAC only if symmetric keys are allowed.
    pub(crate) const fn default_algorithms(&self) -> AlgorithmSet {
        self.default_algorithms
    }

    fn assemble(jwks: Vec<Jwk>, default_algorithms: AlgorithmSet) -> Self {
        let shares = shares(&jwks);
        let mut set = Self::empty(default_algorithms, jwks.len());
        for (index, (jwk, Share { own, ambiguous })) in jwks.into_iter().zip(shares).enumerate() {
            let Jwk { id, key_type, key, certificate, .. } = jwk;
            if let (false, Some(id)) = (ambiguous.is_empty(), &id) {
                set.by_id.add_ambiguous(id.clone(), ambiguous);
            }
            let reason = match key {
                Ok(key) if !own.is_empty() => {
                    set.indices.push(index);
                    set.add(key.narrowed(own), certificate, id);
                    continue;
                }
                // A repetition of the same key.
                Ok(_) if ambiguous.is_empty() => continue,
                Ok(_) => {
                    KeyProblem::DuplicateKid.because("another key has the same kid and algorithm")
                }
                Err(reason) => reason,
            };
            set.skipped.push(SkippedKey { index, id, key_type, reason });
        }
        set.by_id.sort();
        set
    }

    fn empty(default_algorithms: AlgorithmSet, keys: usize) -> Self {
        Self {
            keys: Vec::with_capacity(keys),
            indices: Vec::with_capacity(keys),
            certificates: Vec::with_capacity(keys),
            skipped: Vec::new(),
            for_any_id: Vec::new(),
            by_id: HoldersById::default(),
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
            self.by_id.add_place(id, place);
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

/// A key of a set that is not used.
#[derive(Clone, Debug)]
pub struct SkippedKey {
    index: usize,
    id: Option<String>,
    key_type: Option<String>,
    reason: UnusableKey,
}

impl SkippedKey {
    /// Returns its index in `keys` of the JSON, counted from zero.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Returns its `kid`, if that is a string.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns its `kty`, if that is a string.
    #[must_use]
    pub fn key_type(&self) -> Option<&str> {
        self.key_type.as_deref()
    }

    /// Returns why it is not used.
    #[must_use]
    pub const fn reason(&self) -> UnusableKey {
        self.reason
    }
}
