//! Tokens that have been verified already, so that the same token again costs a hash.
//!
//! What is remembered is only that a token's signature was good under one key set and that it met
//! one policy, as far as that does not change with time. The dates, the ceilings and the revocation
//! check are gone through again for every hit, so that with the cache and without it every verdict
//! is the same.

use alloc::sync::Arc;
use core::borrow::Borrow;

use crate::encoding::sha256::sha256;
use crate::error::Error;
use crate::keys::identity::Identity;
use crate::keys::jwks::JwkSet;
use crate::time::UnixTime;
use crate::token::verified::Verified;
use crate::verify::asked::{Answered, Asked};
use crate::verify::verifier::{Unverified, Verifier};
#[cfg(feature = "std")]
pub use shared::SharedTokenCache;
use table::Table;

#[cfg(feature = "std")]
mod shared;
mod table;

/// Remembers tokens that were accepted, up to a number of them.
///
/// A token is found by the SHA-256 of all its octets, and only for the very [`Verifier`] and the
/// very [`JwkSet`] that it was verified with: another policy or a new set of keys, be it made from
/// the same text, begins again. Refused tokens are not remembered, so that they fill no room. Where
/// there is no room the token goes that was not used for longest among eight or fewer.
///
/// Needs `&mut`; threads share a [`SharedTokenCache`] (feature `std`) or put this one behind a lock.
/// It holds whole tokens' claims: about 500 octets and those of header and payload for each.
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
/// `T` is what is held for each token: the [`Verified`] itself, or a type of the caller's with what
/// is made of it, so that it is made once ([`TokenCache::holding`]).
#[derive(Debug)]
pub struct TokenCache<T = Verified> {
    table: Table<T>,
}

impl TokenCache {
    /// An empty cache of [`Verified`] tokens for at least this many tokens, of which the next power of two is made, eight
    /// million at most. 16 octets for each are taken at once, room for the token itself when it
    /// comes.
    #[must_use]
    pub fn new(tokens: usize) -> Self {
        Self::holding(tokens)
    }
}

impl<T: Borrow<Verified> + From<Verified>> TokenCache<T> {
    /// As [`TokenCache::new`], of tokens with more beside them.
    #[must_use]
    pub fn holding(tokens: usize) -> Self {
        Self { table: Table::new(tokens) }
    }

    /// As [`Verifier::verify`] of `verifier`, with the same verdict at every time.
    ///
    /// # Errors
    /// As there.
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

    /// As [`Unverified::verify`], with the same verdict at every time.
    ///
    /// # Errors
    /// As there.
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

    /// As [`Verifier::ask`] of `verifier`, unless the token is remembered.
    ///
    /// # Errors
    /// As there; for a token that is remembered as [`TokenCache::verify`].
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

    /// As [`Unverified::ask`], unless the token is remembered.
    ///
    /// # Errors
    /// As there; for a token that is remembered as [`TokenCache::verify_opened`].
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

    /// As [`Answered::verify`]; an accepted token is remembered for `verifier` and the set of keys
    /// that its question was asked with.
    ///
    /// # Errors
    /// As there.
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

    /// How many tokens are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all tokens.
    pub fn clear(&mut self) {
        self.table.clear();
    }

    fn recall_or(
        &mut self,
        place: &Place<'_>,
        now: UnixTime,
        anew: impl FnOnce() -> Result<Verified, Error>,
    ) -> Result<Arc<T>, Error> {
        if let Some(known) = self.recall(place, now)? {
            return Ok(known);
        }
        let verified = Arc::new(T::from(anew()?));
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

/// What a verdict is remembered for.
struct Place<'p> {
    digest: [u8; 32],
    verifier: &'p Verifier,
    keys: &'p Identity,
}
