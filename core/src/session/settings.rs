//! The settings of a session.

use core::time::Duration;

use crate::time::backoff::MIN_BACKOFF;

/// The settings of a [`Session`](super::Session).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshSettings {
    /// How long before its expiry an access token is refreshed, but never before four fifths of its
    /// lifetime have passed (60 seconds).
    pub skew: Duration,
    /// How long a refreshed token is not refreshed again because of a 401 (30 seconds).
    pub unauthorized_rest: Duration,
    /// The wait after a first failed refresh, which doubles with each further failure, and the
    /// minimum time between two successful refreshes (1 second; at least 100 milliseconds).
    pub shortest_rest: Duration,
    /// The maximum wait after failed refreshes (60 seconds; at least `shortest_rest`).
    pub longest_rest: Duration,
    /// How long a refresh may take before it counts as failed (30 seconds; at least 100
    /// milliseconds). Must be longer than the timeout of the request itself.
    pub refresh_timeout: Duration,
}

impl RefreshSettings {
    /// Raises every value to its minimum; otherwise the token endpoint would be called in a loop.
    pub(super) fn with_floors(mut self) -> Self {
        self.shortest_rest = self.shortest_rest.max(MIN_BACKOFF);
        self.longest_rest = self.longest_rest.max(self.shortest_rest);
        self.refresh_timeout = self.refresh_timeout.max(MIN_REFRESH_TIMEOUT);
        self
    }

    /// Returns the age at which a token with this lifetime is refreshed.
    pub(super) fn refresh_after(&self, life: Duration) -> Duration {
        let four_fifths = life.saturating_mul(4).checked_div(5).unwrap_or_default();
        life.saturating_sub(self.skew).max(four_fifths)
    }
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            skew: Duration::from_secs(60),
            unauthorized_rest: Duration::from_secs(30),
            shortest_rest: Duration::from_secs(1),
            longest_rest: Duration::from_secs(60),
            refresh_timeout: Duration::from_secs(30),
        }
    }
}

const MIN_REFRESH_TIMEOUT: Duration = Duration::from_millis(100);
