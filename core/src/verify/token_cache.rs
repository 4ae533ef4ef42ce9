//! Caches verified tokens, so that the same token costs only a hash the next time.
//!
//! An entry only says that a token's signature was valid under one key set, and that the token met
//! one policy, as far as that does not change with time. Dates, limits and revocation are checked
//! again for every hit, so that every verdict is the same with and without the cache.

use alloc::sync::Arc;
use core::borrow::Borrow;

use crate::encoding::sha256::sha256;
use crate::error::Error;
use crate::keys::identity::Identity;
use crate::keys::jwks::JwkSet;
use crate::time::UnixTime;
use crate::token::verified::Verified;
use crate::verify::asked::{Answered, Asked};
use crate::verify::unverified::Unverified;
use crate::verify::verifier::Verifier;
#[cfg(feature = "std")]
pub use shared::SharedTokenCache;
use table::Table;

#[cfg(feature = "std")]
mod shared;
mod table;

/// Caches a limited number of accepted tokens.
///
/// A token is found by the SHA-256 of all its octets, and only for the same [`Verifier`] and
/// [`JwkSet`] objects that it was verified with: another policy or a new set, even if parsed from
/// the same text, starts without entries. Refused tokens are not cached. If there is no room, the
/// least recently used of at most eight tokens is replaced.
///
/// Needs `&mut`; threads share a [`SharedTokenCache`] (feature `std`) or put this one behind a
/// lock. Each token takes about 500 octets plus its header and payload.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::{Audiences, Issuers, JwkSet, Policy, TokenCache, UnixTime, Verifier};
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// let policy = Policy::new(Issuers::only("https://issuer.example"), Audiences::any());
/// let verifier = Verifier::new(policy)?;
/// let mut cache = TokenCache::new(1000);
/// let now = UnixTime::from_seconds(0);
/// assert!(cache.verify(&verifier, "not a token", &keys, now).is_err());
/// assert!(cache.is_empty());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `T` is what is stored for each token: the [`Verified`] itself, or a type of the caller's that is
/// derived from it only once ([`TokenCache::holding`]).
#[derive(Debug)]
pub struct TokenCache<T = Verified> {
    table: Table<T>,
}

impl TokenCache {
    /// Creates an empty cache of [`Verified`] tokens for at least this many tokens, rounded up to a
    /// power of two, at most eight million. 16 octets for each token are allocated immediately, the
    /// rest when the token is stored.
    #[must_use]
    pub fn new(tokens: usize) -> Self {
        Self::holding(tokens)
    }
}

impl<T: Borrow<Verified> + From<Verified>> TokenCache<T> {
    /// Like [`TokenCache::new`], for a type that is derived from [`Verified`].
    #[must_use]
    pub fn holding(tokens: usize) -> Self {
        Self { table: Table::new(tokens) }
    }

    /// Verifies like [`Verifier::verify`], always with the same verdict.
    ///
    /// # Errors
    /// The same.
    pub fn verify(
        &mut self,
        verifier: &Verifier,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Arc<T>, Error> {
        let token = token.as_ref();
        verifier.check_size(token)?;
        let place = Place { digest: sha256(token), verifier, keys: keys.identity() };
        self.recall_or(&place, now, || verifier.verify(token, keys, now))
    }

    /// Verifies like [`Unverified::verify`], always with the same verdict.
    ///
    /// # Errors
    /// The same.
    pub fn verify_opened(
        &mut self,
        opened: Unverified<'_>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Arc<T>, Error> {
        let verifier = opened.verifier();
        let place = Place { digest: sha256(opened.token()), verifier, keys: keys.identity() };
        self.recall_or(&place, now, || opened.verify(keys, now))
    }

    /// Asks like [`Verifier::ask`], unless the token is cached.
    ///
    /// # Errors
    /// The same; for a cached token those of [`TokenCache::verify`].
    pub fn ask(
        &mut self,
        verifier: &Verifier,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Recalled<T>, Error> {
        let token = token.as_ref();
        verifier.check_size(token)?;
        let place = Place { digest: sha256(token), verifier, keys: keys.identity() };
        match self.recall(&place, now)? {
            Some(known) => Ok(Recalled::Known(known)),
            None => verifier.ask(token, keys).map(Recalled::Asked),
        }
    }

    /// Asks like [`Unverified::ask`], unless the token is cached.
    ///
    /// # Errors
    /// The same; for a cached token those of [`TokenCache::verify_opened`].
    pub fn ask_opened(
        &mut self,
        opened: Unverified<'_>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Recalled<T>, Error> {
        let verifier = opened.verifier();
        let place = Place { digest: sha256(opened.token()), verifier, keys: keys.identity() };
        match self.recall(&place, now)? {
            Some(known) => Ok(Recalled::Known(known)),
            None => opened.ask(keys).map(Recalled::Asked),
        }
    }

    /// Verifies like [`Answered::verify`], and caches an accepted token for `verifier` and the key set
    /// that the question was asked with.
    ///
    /// # Errors
    /// The same.
    pub fn answer(
        &mut self,
        answered: Answered,
        verifier: &Verifier,
        now: UnixTime,
    ) -> Result<Arc<T>, Error> {
        let keys = answered.keys().clone();
        let place = Place { digest: sha256(answered.token()), verifier, keys: &keys };
        self.recall_or(&place, now, || answered.verify(verifier, now))
    }

    /// Returns the number of cached tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether the cache is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all tokens.
    pub fn clear(&mut self) {
        self.table.clear();
    }

    fn recall_or(
        &mut self,
        place: &Place<'_>,
        now: UnixTime,
        verify: impl FnOnce() -> Result<Verified, Error>,
    ) -> Result<Arc<T>, Error> {
        if let Some(known) = self.recall(place, now)? {
            return Ok(known);
        }
        let verified = Arc::new(T::from(verify()?));
        self.table.keep(place, Arc::clone(&verified));
        Ok(verified)
    }

    fn recall(&mut self, place: &Place<'_>, now: UnixTime) -> Result<Option<Arc<T>>, Error> {
        let Some(known) = self.table.find(place) else { return Ok(None) };
        place.verifier.check_again((*known).borrow(), now)?;
        Ok(Some(known))
    }
}

/// A token that is remembered, or one that is asked about.
#[derive(Debug)]
// A box would cost an allocation for each token that is not remembered.
#[allow(clippy::exhaustive_enums, clippy::large_enum_variant)]
pub enum Recalled<T = Verified> {
    /// It is remembered, and accepted at this time too.
    Known(Arc<T>),
    /// It is not. Pass the [`Answered`] that comes of it to [`TokenCache::answer`].
    Asked(Asked),
}

/// What a verdict is cached for.
struct Place<'p> {
    digest: [u8; 32],
    verifier: &'p Verifier,
    keys: &'p Identity,
}
