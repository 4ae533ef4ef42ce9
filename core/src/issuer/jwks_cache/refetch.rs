//! Fetches before they are due: for a token that newer keys might accept, and on request.

use alloc::sync::Arc;
use core::time::Duration;

use super::{Cause, JwksCache, Resolution};
use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::time::now::Now;

impl JwksCache {
    /// The minimum age at which a set is fetched again because of a refused token: see
    /// [`JwksCache::reconsider`].
    pub const RECONSIDERED_AGE: Duration = Duration::from_secs(60);

    /// Says what to do for a token that was refused with `error`, using `keys`. `None`: the refusal
    /// is final. Otherwise follow the resolution, then resolve and verify again.
    ///
    /// `keys` are those of [`JwksCache::resolve`] or [`JwksCache::current_keys`]. If another set
    /// has replaced them in the meantime, verify with that one: [`Resolution::Use`]. An issuer can
    /// reuse a `kid` for a new key, so a bad signature, and every other refusal that a newer set
    /// could change, causes one fetch if the set is at least [`JwksCache::RECONSIDERED_AGE`] old.
    /// These fetches share their limit with those for unknown kids.
    pub fn reconsider(
        &mut self,
        error: &Error,
        keys: &Arc<JwkSet>,
        kid: Option<&str>,
        asked: Duration,
        now: impl Into<Now>,
    ) -> Option<Resolution> {
        let reading = now.into();
        if let (Some(_), Some(kid)) = (&self.by_id, kid) {
            return self.reconsider_by_id(error, keys, kid, asked, reading);
        }
        let now = self.advance(reading);
        if !Self::reconsiders(error) || kid.is_some_and(|kid| self.has_purged(kid)) {
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

    /// Whether a newer key set could change this error, so that [`JwksCache::reconsider`] should be
    /// called.
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

    /// Says what to do to get the issuer's latest keys now, for example after an announced
    /// rotation. [`Resolution::Use`] means that they have been fetched. `asked` as in
    /// [`JwksCache::resolve`].
    ///
    /// Starts at most one fetch per
    /// [`CacheSettings::shortest_rest`](super::CacheSettings::shortest_rest).
    pub fn refresh_now(&mut self, asked: Duration, now: impl Into<Now>) -> Resolution {
        if let Some(by_id) = &self.by_id {
            return Resolution::Use { keys: Arc::clone(by_id.nothing()), fetch: None };
        }
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
        if let Some(running) = &self.running {
            running.wait(now)
        } else if rest > Duration::ZERO {
            Resolution::Unavailable { retry_after: rest }
        } else {
            Resolution::Fetch(self.start(Cause::Request, now))
        }
    }

    /// Fetches because of a token, within the limit.
    pub(super) fn refetch(&mut self, cause: Cause, now: Duration) -> Resolution {
        if let Some(running) = &self.running {
            return running.wait(now);
        }
        let wait = self.backoff.wait(now).max(self.refetch_wait(now));
        if wait > Duration::ZERO {
            return Resolution::Unavailable { retry_after: wait };
        }
        let gap = self.settings.unknown_window.checked_div(2).unwrap_or_default();
        self.refetch_from = now.saturating_add(gap);
        Resolution::Fetch(self.start(cause, now))
    }

    /// Returns how long until a token may cause a fetch again.
    pub(super) fn refetch_wait(&self, now: Duration) -> Duration {
        self.refetch_from.saturating_sub(now)
    }
}
