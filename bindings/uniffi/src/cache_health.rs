//! The state of a cache, and snapshots of its set.

use verijot::issuer::{FetchFailure, Health, Snapshot};

use crate::moment::nanoseconds;

/// The state of a cache.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CacheHealth {
    /// How many keys tokens are verified with; zero if all are too old.
    pub usable_keys: u64,
    /// How many keys of the set are not used.
    pub skipped_keys: u64,
    /// How many nanoseconds ago the issuer confirmed the set.
    pub age: Option<u64>,
    /// The SHA-256 of the set's octets, as 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// Whether the set was seeded and no fetch has confirmed it since.
    pub is_seed: bool,
    /// Whether the set is within its lifetime.
    pub is_fresh: bool,
    /// How many fetches in a row have failed.
    pub failures: u32,
    /// Why the latest of them failed: a stable name, and perhaps a colon and a human-readable text.
    pub last_failure: Option<String>,
    /// Whether a fetch is under way.
    pub is_fetching: bool,
    /// Every `kid` that `purge` has withdrawn, sorted.
    pub purged: Vec<String>,
    /// How many fetches were started, by cause.
    pub fetches: CacheFetches,
}

/// How many fetches a cache has started, by cause.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CacheFetches {
    /// There were no keys, or they were due.
    pub due: u64,
    /// A token had a `kid` that the cached set does not have.
    pub unknown_key: u64,
    /// A token was refused that another set might accept.
    pub refused_token: u64,
    /// The caller requested the issuer's current keys.
    pub requested: u64,
}

/// The set of a cache, for another process or a later one.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SetSnapshot {
    /// The set as the issuer gave it.
    pub jwks: String,
    /// The SHA-256 of its octets, as 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// How many nanoseconds ago the issuer gave or confirmed it.
    pub age: u64,
}

impl CacheHealth {
    /// `problem` is the package's text about the latest fetch without a response.
    pub(crate) fn of(health: Health, problem: Option<&str>) -> Self {
        Self {
            usable_keys: u64::try_from(health.usable_keys).unwrap_or(u64::MAX),
            skipped_keys: u64::try_from(health.skipped_keys).unwrap_or(u64::MAX),
            age: health.age.map(nanoseconds),
            sha256: health.sha256,
            is_seed: health.is_seed,
            is_fresh: health.is_fresh,
            failures: health.failures,
            last_failure: health.last_failure.map(|failure| described(&failure, problem)),
            is_fetching: health.is_fetching,
            purged: health.purged,
            fetches: CacheFetches {
                due: health.fetches.due,
                unknown_key: health.fetches.unknown_key,
                refused_token: health.fetches.refused_token,
                requested: health.fetches.requested,
            },
        }
    }
}

impl SetSnapshot {
    pub(crate) fn of(snapshot: &Snapshot<'_>) -> Self {
        Self {
            jwks: snapshot.jwks.to_owned(),
            sha256: snapshot.sha256.to_owned(),
            age: nanoseconds(snapshot.age),
        }
    }
}

/// Adds the package's text to a fetch that got no response: only the package knows why.
fn described(failure: &FetchFailure, problem: Option<&str>) -> String {
    match (failure, problem) {
        (FetchFailure::NoAnswer, Some(problem)) => format!("{failure}: {problem}"),
        _ => failure.to_string(),
    }
}
