//! The state of a cache, and its set for export.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::issuer::fetch::FetchFailure;

/// The state of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The number of usable keys; zero if all are too old.
    pub usable_keys: usize,
    /// The number of keys in the set that are not used.
    pub skipped_keys: usize,
    /// How long ago the issuer confirmed the set, counted from the start of that fetch.
    pub age: Option<Duration>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// The set came from [`JwksCache::seed`](super::JwksCache::seed), and no fetch has confirmed it
    /// since.
    pub is_seed: bool,
    /// The set is within its lifetime.
    pub is_fresh: bool,
    /// The number of failed fetches since the last success.
    pub failures: u32,
    /// The last failure since then.
    pub last_failure: Option<FetchFailure>,
    /// A fetch is running.
    pub is_fetching: bool,
    /// The kids that [`JwksCache::purge`](super::JwksCache::purge) has withdrawn in this cache,
    /// sorted.
    pub purged: Vec<String>,
    /// The number of fetches that were started, by cause.
    pub fetches: FetchCounts,
}

/// How many fetches a cache has started, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchCounts {
    /// Because there were no keys, or they were due.
    pub due: u64,
    /// Because of a `kid` that the current set does not have.
    pub unknown_key: u64,
    /// Because a newer set might accept a refused token, for example one with a bad signature.
    pub refused_token: u64,
    /// Because of [`JwksCache::refresh_now`](super::JwksCache::refresh_now).
    pub requested: u64,
}

/// The set of a cache, for another process or a later run.
///
/// If it is stored or transferred slowly, store the age as a point in time. `Debug` does not show
/// the set, which can contain secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot<'c> {
    /// The set as the issuer published it.
    pub jwks: &'c str,
    /// The SHA-256 of its octets, 64 lower-case hexadecimal digits.
    pub sha256: &'c str,
    /// How long ago the issuer published or confirmed it.
    pub age: Duration,
    /// How long from now it can be used at most, also while the issuer cannot be reached.
    pub usable_for: Duration,
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Snapshot")
            .field("sha256", &self.sha256)
            .field("age", &self.age)
            .field("usable_for", &self.usable_for)
            .finish_non_exhaustive()
    }
}
