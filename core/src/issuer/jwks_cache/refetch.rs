//! Fetches that are not due: for a token that other keys could accept, and on request.

use alloc::sync::Arc;
use core::time::Duration;

use super::{Cause, JwksCache, Resolution};
use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::time::now::Now;

impl JwksCache {
    /// The age from which on a set is fetched again for a refused token: see
    /// [`JwksCache::reconsider`].
    pub const RECONSIDERED_AGE: Duration = Duration::from_secs(60);

    /// What to do for a token that `keys` have refused with `error`. `None`: the refusal stands.
    /// Otherwise do as told, then resolve and verify again.
    ///
    /// `keys` are those of [`JwksCache::resolve`] or [`JwksCache::at_hand`]. Where another set has
    /// replaced them meanwhile, that one decides: [`Resolution::Use`]. An issuer can put other numbers under an old `kid`. So a bad signature, and other refusals
    /// that another set could lift, cause one fetch where the set is as old as
    /// [`JwksCache::RECONSIDERED_AGE`], within the bound that holds for unknown kids too.
    pub fn reconsider(
        &mut self,
        error: &Error,
        keys: &Arc<JwkSet>,
        kid: Option<&str>,
        asked: Duration,
        now: impl Into<Now>,
    ) -> Option<Resolution> {
        let now = self.advance(now);
        if !Self::reconsiders(error) || kid.is_some_and(|kid| self.purged.contains(kid)) {
            return None;
        }
        let held = self.held.as_ref()?;
        if !Arc::ptr_eq(&held.keys, keys) {
            return Some(Resolution::Use { keys: Arc::clone(&held.keys), fetch: None });
        }
        let asked = self.clock.at(asked);
        let is_settled = held.fetch.is_some_and(|fetch| fetch.started >= asked);
        if is_settled || held.age(now) < Self::RECONSIDERED_AGE {
            return None;
        }
        match self.refetch(Cause::RefusedToken, now) {
            Resolution::Unavailable { .. } => None,
            resolution => Some(resolution),
        }
    }

    /// Whether [`JwksCache::reconsider`] can have anything to say of such an error: whether another
    /// set of keys could lift it.
    #[must_use]
    pub const fn reconsiders(error: &Error) -> bool {
        matches!(
            error,
            Error::InvalidSignature
                | Error::UnknownKey { .. }
                | Error::AlgorithmMismatch { .. }
                | Error::AmbiguousKey { .. }
        )
    }

    /// What to do to have the issuer's present keys now, such as after a rotation that was
    /// announced. [`Resolution::Use`] says that they are there. `asked` as in
    /// [`JwksCache::resolve`].
    ///
    /// At most one fetch in
    /// [`CacheSettings::shortest_rest`](super::CacheSettings::shortest_rest) is started for this.
    pub fn refresh_now(&mut self, asked: Duration, now: impl Into<Now>) -> Resolution {
        let now = self.advance(now);
        let asked = self.clock.at(asked);
        if let Some(held) = &self.held {
            if held.fetch.is_some_and(|fetch| fetch.started >= asked) {
                return Resolution::Use { keys: Arc::clone(&held.keys), fetch: None };
            }
        }
        let free_at = self.last_start.map(|at| at.saturating_add(self.settings.shortest_rest));
        let gap = free_at.unwrap_or_default().saturating_sub(now);
        let rest = self.backoff.wait(now).max(gap);
        if let Some(under_way) = &self.under_way {
            under_way.wait(now)
        } else if rest > Duration::ZERO {
            Resolution::Unavailable { retry_after: rest }
        } else {
            Resolution::Fetch(self.start(Cause::Request, now))
        }
    }

    /// Fetches because of a token, within the bound.
    pub(super) fn refetch(&mut self, cause: Cause, now: Duration) -> Resolution {
        if let Some(under_way) = &self.under_way {
            return under_way.wait(now);
        }
        let wait = self.backoff.wait(now).max(self.refetch_wait(now));
        if wait > Duration::ZERO {
            return Resolution::Unavailable { retry_after: wait };
        }
        let gap = self.settings.unknown_window.checked_div(2).unwrap_or_default();
        self.refetch_from = now.saturating_add(gap);
        Resolution::Fetch(self.start(cause, now))
    }

    /// How long until a token may cause a fetch again.
    pub(super) fn refetch_wait(&self, now: Duration) -> Duration {
        self.refetch_from.saturating_sub(now)
    }
}
