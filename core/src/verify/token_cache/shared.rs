//! A cache for many threads: several tables, each behind a lock. No lock is held while a signature
//! is verified or a caller's code runs.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::borrow::Borrow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::table::Table;
use super::{Place, Recalled};
use crate::encoding::sha256::sha256;
use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::time::UnixTime;
use crate::token::verified::Verified;
use crate::verify::asked::Answered;
use crate::verify::unverified::Unverified;
use crate::verify::verifier::Verifier;

/// A [`TokenCache`](super::TokenCache) that threads share.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::{Audiences, Issuers, JwkSet, Policy, SharedTokenCache, UnixTime, Verifier};
/// static CACHE: std::sync::LazyLock<SharedTokenCache> =
///     std::sync::LazyLock::new(|| SharedTokenCache::new(10_000));
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// let verifier = Verifier::new(Policy::new(Issuers::only("joe"), Audiences::any()))?;
/// assert!(CACHE.verify(&verifier, "not a token", &keys, UnixTime::now()).is_err());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SharedTokenCache<T = Verified> {
    tables: Box<[Mutex<Table<T>>; TABLES]>,
}

impl SharedTokenCache {
    /// Creates an empty cache for at least this many tokens.
    #[must_use]
    pub fn new(tokens: usize) -> Self {
        Self::holding(tokens)
    }
}

impl<T: Borrow<Verified> + From<Verified>> SharedTokenCache<T> {
    /// Like [`SharedTokenCache::new`], for a type that is derived from [`Verified`].
    #[must_use]
    pub fn holding(tokens: usize) -> Self {
        let table = |_| Mutex::new(Table::new(tokens.div_ceil(TABLES)));
        Self { tables: Box::new(core::array::from_fn(table)) }
    }

    /// Verifies like [`Verifier::verify`], always with the same verdict.
    ///
    /// # Errors
    /// The same.
    pub fn verify(
        &self,
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

    /// Returns the verdict on a cached token, for callers who verify signatures elsewhere, such as
    /// in another thread; [`None`] if the token is not cached.
    pub fn recall(
        &self,
        verifier: &Verifier,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Option<Result<Arc<T>, Error>> {
        let token = token.as_ref();
        if verifier.check_size(token).is_err() {
            return None;
        }
        self.find(&Place { digest: sha256(token), verifier, keys: keys.identity() }, now)
    }

    /// Verifies like [`Unverified::verify`], always with the same verdict.
    ///
    /// # Errors
    /// The same.
    pub fn verify_opened(
        &self,
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
    /// The same; for a cached token those of [`SharedTokenCache::verify`].
    pub fn ask(
        &self,
        verifier: &Verifier,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Recalled<T>, Error> {
        let token = token.as_ref();
        verifier.check_size(token)?;
        let place = Place { digest: sha256(token), verifier, keys: keys.identity() };
        match self.find(&place, now) {
            Some(verdict) => verdict.map(Recalled::Known),
            None => verifier.ask(token, keys).map(Recalled::Asked),
        }
    }

    /// Asks like [`Unverified::ask`], unless the token is cached.
    ///
    /// # Errors
    /// The same; for a cached token those of [`SharedTokenCache::verify_opened`].
    pub fn ask_opened(
        &self,
        opened: Unverified<'_>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Recalled<T>, Error> {
        let verifier = opened.verifier();
        let place = Place { digest: sha256(opened.token()), verifier, keys: keys.identity() };
        match self.find(&place, now) {
            Some(verdict) => verdict.map(Recalled::Known),
            None => opened.ask(keys).map(Recalled::Asked),
        }
    }

    /// Verifies like [`Answered::verify`], and caches an accepted token for `verifier` and the key set
    /// that the question was asked with.
    ///
    /// # Errors
    /// The same.
    pub fn answer(
        &self,
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
        self.tables.iter().map(|table| locked(table).len()).sum()
    }

    /// Whether the cache is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all tokens.
    pub fn clear(&self) {
        for table in self.tables.iter() {
            locked(table).clear();
        }
    }

    fn recall_or(
        &self,
        place: &Place<'_>,
        now: UnixTime,
        verify: impl FnOnce() -> Result<Verified, Error>,
    ) -> Result<Arc<T>, Error> {
        if let Some(verdict) = self.find(place, now) {
            return verdict;
        }
        let verified = Arc::new(T::from(verify()?));
        if let Some(mut table) = self.table(place) {
            table.keep(place, Arc::clone(&verified));
        }
        Ok(verified)
    }

    fn find(&self, place: &Place<'_>, now: UnixTime) -> Option<Result<Arc<T>, Error>> {
        let known = self.table(place)?.find(place)?;
        Some(place.verifier.check_again((*known).borrow(), now).map(|()| known))
    }

    fn table(&self, place: &Place<'_>) -> Option<MutexGuard<'_, Table<T>>> {
        // The end of the digest, because its start selects the row.
        let [.., last] = place.digest;
        self.tables.get(usize::from(last) & (TABLES - 1)).map(locked)
    }
}

/// A table is consistent even if a thread panicked while it held the lock.
fn locked<T>(table: &Mutex<Table<T>>) -> MutexGuard<'_, Table<T>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A power of two.
const TABLES: usize = 16;
