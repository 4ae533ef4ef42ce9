//! How a cache is doing, and the set that it holds, for others.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::issuer::fetch::FetchFailure;

/// How a cache is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Keys that tokens are verified with; none where all are too old.
    pub usable_keys: usize,
    /// Keys of the set that are not used.
    pub skipped_keys: usize,
    /// How long ago the issuer confirmed the set, counted from the start of that fetch.
    pub age: Option<Duration>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// The set came from elsewhere and no fetch has confirmed it since.
    pub is_seed: bool,
    /// The set is within its lifetime.
    pub is_fresh: bool,
    /// Fetches that failed since the last one that succeeded.
    pub failures: u32,
    /// The last of them.
    pub last_failure: Option<FetchFailure>,
    /// A fetch is under way.
    pub is_fetching: bool,
    /// The kids that [`JwksCache::purge`](super::JwksCache::purge) has withdrawn here, in order.
    pub purged: Vec<String>,
    /// The fetches that were started, by what caused them.
    pub fetches: FetchCounts,
}

/// How many fetches a cache has started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchCounts {
    /// Because there were no keys, or they were due.
    pub due: u64,
    /// Because of a `kid` that the held set does not have.
    pub unknown_key: u64,
    /// Because a token was refused that another set might accept, such as for a bad signature.
    pub refused_token: u64,
    /// Because of [`JwksCache::refresh_now`](super::JwksCache::refresh_now).
    pub requested: u64,
}

/// The set of a cache, to be carried to another process or a later one.
///
/// Carry the age as a point in time where that takes longer than a moment. `Debug` does not show
/// the set, which can hold secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot<'c> {
    /// The set as the issuer gave it.
    pub jwks: &'c str,
    /// The SHA-256 of its octets, 64 lower-case hexadecimal digits.
    pub sha256: &'c str,
    /// How long ago the issuer gave or confirmed it.
    pub age: Duration,
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Snapshot")
            .field("sha256", &self.sha256)
            .field("age", &self.age)
            .finish_non_exhaustive()
    }
}
