//! The numbers of a cache.

use core::time::Duration;

/// The numbers of a [`JwksCache`](super::JwksCache).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CacheSettings {
    /// How long keys are fresh where the response says nothing (10 minutes).
    pub fresh_for: Duration,
    /// The least that a response can say (1 minute).
    pub shortest_fresh: Duration,
    /// The most that a response can say (24 hours).
    pub longest_fresh: Duration,
    /// How long keys are still used once they are no longer fresh, while the issuer is down
    /// (24 hours).
    pub stale_for: Duration,
    /// In which span an unknown kid may cause two fetches (30 seconds).
    pub unknown_window: Duration,
    /// The rest after a first failed fetch, doubled with each further one (1 second).
    pub shortest_rest: Duration,
    /// The longest such rest (60 seconds).
    pub longest_rest: Duration,
    /// After how long a fetch counts as failed (5 seconds).
    pub fetch_timeout: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            fresh_for: Duration::from_secs(600),
            shortest_fresh: Duration::from_secs(60),
            longest_fresh: Duration::from_secs(86_400),
            stale_for: Duration::from_secs(86_400),
            unknown_window: Duration::from_secs(30),
            shortest_rest: Duration::from_secs(1),
            longest_rest: Duration::from_secs(60),
            fetch_timeout: Duration::from_secs(5),
        }
    }
}
