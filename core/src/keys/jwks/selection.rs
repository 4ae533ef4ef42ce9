//! Selects the keys that a token is verified with.

use super::JwkSet;
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::excerpt::Excerpt;
use crate::error::Error;
use crate::keys::key::Key;
use crate::token::header::CertificateRef;

impl JwkSet {
    /// Returns the keys that may verify a token with this `kid` and `alg`, in the order to try
    /// them; at least one. If a token has no `kid`, the thumbprint of its certificate can select
    /// among the keys (RFC 7515 §4.1.7, §4.1.8).
    pub(crate) fn select(
        &self,
        id: Option<&str>,
        certificate: CertificateRef<'_>,
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
}

/// The keys to try for one token: a few, so that no token costs many signatures.
#[derive(Default)]
pub(crate) struct Candidates<'s> {
    keys: [Option<&'s Key>; MOST_CANDIDATES],
    length: usize,
}

impl<'s> Candidates<'s> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'s Key> {
        self.keys.iter().copied().flatten()
    }

    /// Adds a key; returns false if there are too many.
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

/// The maximum number of keys that a token without a `kid` is tried with.
const MOST_CANDIDATES: usize = 4;
