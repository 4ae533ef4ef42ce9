//! The settings of a cache.

use core::time::Duration;

use crate::time::backoff::MIN_BACKOFF;

/// The settings of a [`JwksCache`](super::JwksCache).
///
/// Values below a minimum are raised to it; otherwise a busy service would fetch in a loop.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CacheSettings {
    /// The lifetime of a set if the response does not say (10 minutes).
    pub fresh_for: Duration,
    /// The minimum lifetime, whatever the response says (1 minute; at least 1 second).
    pub shortest_fresh: Duration,
    /// The maximum lifetime, whatever the response says (24 hours).
    pub longest_fresh: Duration,
    /// The revalidation window: how long after its lifetime a set is still used while it is fetched
    /// again in the background (10 minutes; at most the set's lifetime, `stale_for` and the
    /// response's `stale-while-revalidate`, RFC 5861 §3). After that, requests wait for the fetch,
    /// and use the old set only if the fetch fails. After a failed fetch, requests do not wait for
    /// the same time.
    pub revalidate_for: Duration,
    /// How long after its lifetime a set is still used while the issuer cannot be reached (24
    /// hours; at most the response's `stale-if-error`, RFC 5861 §4). Zero if the response says
    /// `no-store`, `no-cache` or `must-revalidate` (RFC 9111 §5.2.2).
    pub stale_for: Duration,
    /// Whether to use a set for `revalidate_for` and `stale_for` even if the response forbids it,
    /// for an issuer whose framework adds such headers by default (false).
    pub stale_despite_headers: bool,
    /// Whether a set without any key revokes all keys (false): an empty `keys`, or only keys for
    /// another purpose than signatures. For a SPIFFE bundle (SPIFFE Trust Domain and Bundle §4.1.3).
    /// Otherwise such a set counts as a failed fetch, because it is usually an issuer's fault, and the
    /// previous keys are kept.
    pub empty_set_revokes: bool,
    /// The time in which unknown kids and bad signatures may cause two fetches, evenly spaced (30
    /// seconds; at least 2 seconds).
    pub unknown_window: Duration,
    /// The wait after a first failed fetch; it doubles with each further failure (1 second; at
    /// least 100 milliseconds).
    pub shortest_rest: Duration,
    /// The maximum wait after failed fetches (60 seconds; at least `shortest_rest`).
    pub longest_rest: Duration,
    /// How long a fetch may take before it counts as failed (5 seconds; at least 100 milliseconds).
    pub fetch_timeout: Duration,
}

impl CacheSettings {
    /// Raises every value to its minimum.
    pub(super) fn with_floors(mut self) -> Self {
        self.shortest_fresh = self.shortest_fresh.max(MIN_FRESH);
        self.fresh_for = self.fresh_for.max(MIN_FRESH);
        self.longest_fresh = self.longest_fresh.max(self.shortest_fresh);
        self.unknown_window = self.unknown_window.max(MIN_UNKNOWN_WINDOW);
        self.shortest_rest = self.shortest_rest.max(MIN_BACKOFF);
        self.longest_rest = self.longest_rest.max(self.shortest_rest);
        self.fetch_timeout = self.fetch_timeout.max(MIN_FETCH_TIMEOUT);
        self
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            fresh_for: Duration::from_secs(600),
            shortest_fresh: Duration::from_secs(60),
            longest_fresh: Duration::from_secs(86_400),
            revalidate_for: Duration::from_secs(600),
            stale_for: Duration::from_secs(86_400),
            stale_despite_headers: false,
            empty_set_revokes: false,
            unknown_window: Duration::from_secs(30),
            shortest_rest: Duration::from_secs(1),
            longest_rest: Duration::from_secs(60),
            fetch_timeout: Duration::from_secs(5),
        }
    }
}

const MIN_FRESH: Duration = Duration::from_secs(1);
const MIN_UNKNOWN_WINDOW: Duration = Duration::from_secs(2);
const MIN_FETCH_TIMEOUT: Duration = Duration::from_millis(100);
