//! How long to wait after failures, so that a server in trouble does not get too many requests.

use core::time::Duration;

/// Consecutive failures, and how long to wait after them.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    failures: u32,
    wait_until: Duration,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { failures: 0, wait_until: Duration::ZERO }
    }

    /// Returns the failures since the last success; the count stops at thirty, where the wait no
    /// longer grows.
    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns how long to wait before the next attempt; zero if it may start now.
    pub(crate) fn wait(&self, now: Duration) -> Duration {
        self.wait_until.saturating_sub(now)
    }

    /// Records a failure. The wait starts at `shortest` and doubles with each further failure, up
    /// to `longest`.
    pub(crate) fn fail(&mut self, shortest: Duration, longest: Duration, now: Duration) {
        let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let rest = shortest.saturating_mul(doubled).min(longest);
        self.wait_until = now.saturating_add(rest);
        self.failures = self.failures.saturating_add(1).min(MOST_FAILURES);
    }

    /// Forgets the failures, but allows no attempt before `wait_until`.
    pub(crate) const fn succeed(&mut self, wait_until: Duration) {
        self.failures = 0;
        self.wait_until = wait_until;
    }
}

/// The minimum wait: with less, waiting callers would retry in a busy loop.
pub(crate) const MIN_BACKOFF: Duration = Duration::from_millis(100);

/// Enough doublings to reach the longest wait from the shortest.
const MOST_FAILURES: u32 = 30;
