//! How a cache is doing, and the set that it holds, for others.

use verijot::issuer::{FetchFailure, Health, Snapshot};

use crate::moment::nanoseconds;

/// How a cache is doing.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CacheHealth {
    /// Keys that tokens are verified with; none where all are too old.
    pub usable_keys: u64,
    /// Keys of the set that are not used.
    pub skipped_keys: u64,
    /// How many nanoseconds ago the issuer confirmed the set.
    pub age: Option<u64>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// Whether the set came from elsewhere and no fetch has confirmed it since.
    pub is_seed: bool,
    /// Whether the set is within its lifetime.
    pub is_fresh: bool,
    /// Fetches that failed since the last one that succeeded.
    pub failures: u32,
    /// The last of them: what failed, a colon, and more about it for people.
    pub last_failure: Option<String>,
    /// Whether a fetch is under way.
    pub is_fetching: bool,
    /// The kids that have been withdrawn here, in order.
    pub purged: Vec<String>,
    /// The fetches that were started, by what caused them.
    pub fetches: CacheFetches,
}

/// How many fetches a cache has started.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CacheFetches {
    /// Because there were no keys, or they were due.
    pub due: u64,
    /// Because of a `kid` that the held set does not have.
    pub unknown_key: u64,
    /// Because a token was refused that another set might accept.
    pub refused_token: u64,
    /// Because somebody asked for the issuer's present keys.
    pub requested: u64,
}

/// The set of a cache, to be carried to another process or a later one.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SetSnapshot {
    /// The set as the issuer gave it.
    pub jwks: String,
    /// The SHA-256 of its octets, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// How many nanoseconds ago the issuer gave or confirmed it.
    pub age: u64,
}

impl CacheHealth {
    /// `problem` is what the package said of the latest fetch that brought no answer.
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

/// What the package knows of a fetch without an answer is worth more than that there was none.
fn described(failure: &FetchFailure, problem: Option<&str>) -> String {
    match (failure, problem) {
        (FetchFailure::NoAnswer, Some(problem)) => format!("{failure}: {problem}"),
        _ => failure.to_string(),
    }
}
