//! How long to rest after failures, so that nobody in trouble is asked more often than it helps.

use core::time::Duration;

/// Failures in a row and the rest that each calls for.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    failures: u32,
    rest_until: Duration,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { failures: 0, rest_until: Duration::ZERO }
    }

    /// Failures since the last success; the count stops at thirty, where the rest no longer grows.
    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }

    /// How long nothing may be tried; zero if something may.
    pub(crate) fn wait(&self, now: Duration) -> Duration {
        self.rest_until.saturating_sub(now)
    }

    /// The rest begins at `shortest` and is doubled with each failure that follows, up to `longest`.
    pub(crate) fn fail(&mut self, shortest: Duration, longest: Duration, now: Duration) {
        let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let rest = shortest.saturating_mul(doubled).min(longest);
        self.rest_until = now.saturating_add(rest);
        self.failures = self.failures.saturating_add(1).min(MOST_FAILURES);
    }

    /// Forgets the failures; nothing may be tried before `rest_until` all the same.
    pub(crate) const fn succeed(&mut self, rest_until: Duration) {
        self.failures = 0;
        self.rest_until = rest_until;
    }
}

/// The least rest: with less, those who wait would ask again without end.
pub(crate) const MIN_REST: Duration = Duration::from_millis(100);

/// Enough to reach the longest rest from the shortest.
const MOST_FAILURES: u32 = 30;
