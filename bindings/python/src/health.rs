//! How a cache is doing, for a health endpoint.

use pyo3::prelude::*;

use crate::jwk_set::JwkSet;

/// How a cache is doing.
#[pyclass(frozen, get_all, module = "verijot")]
pub(crate) struct Health {
    /// Keys that tokens are verified with; none where all are too old.
    usable_keys: usize,
    /// Keys of the set that are not used.
    skipped_keys: usize,
    /// How many seconds ago the issuer confirmed the set, counted from the start of that fetch.
    age: Option<f64>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    sha256: Option<String>,
    /// Whether the set came from elsewhere and no fetch has confirmed it since.
    is_seed: bool,
    /// Whether the set is as young as it should be.
    is_fresh: bool,
    /// Fetches that failed since the last one that succeeded.
    failures: u32,
    /// The last of them: what failed, a colon, and more about it for people.
    last_failure: Option<String>,
    /// Whether a fetch is under way.
    is_fetching: bool,
    /// The kids that `purge` has withdrawn, in order.
    purged: Vec<String>,
    /// The fetches that were started, by what caused them.
    fetches: FetchCounts,
}

impl Health {
    /// `last_failure` as it is told to people.
    pub(crate) fn of_cache(health: verijot::issuer::Health, last_failure: Option<String>) -> Self {
        Self {
            usable_keys: health.usable_keys,
            skipped_keys: health.skipped_keys,
            age: health.age.map(|age| age.as_secs_f64()),
            sha256: health.sha256,
            is_seed: health.is_seed,
            is_fresh: health.is_fresh,
            failures: health.failures,
            last_failure,
            is_fetching: health.is_fetching,
            purged: health.purged,
            fetches: FetchCounts::of(health.fetches),
        }
    }
}

#[pymethods]
impl Health {
    /// How keys are doing that are not fetched: always the same.
    #[staticmethod]
    #[pyo3(signature = (keys, /))]
    fn of_fixed(keys: &JwkSet) -> Self {
        Self {
            usable_keys: keys.keys_of_core().keys().len(),
            skipped_keys: keys.keys_of_core().skipped().len(),
            age: None,
            sha256: None,
            is_seed: false,
            is_fresh: true,
            failures: 0,
            last_failure: None,
            is_fetching: false,
            purged: Vec::new(),
            fetches: FetchCounts::of(verijot::issuer::FetchCounts::default()),
        }
    }

    fn __repr__(&self) -> String {
        let Self { usable_keys, skipped_keys, is_fresh, failures, .. } = self;
        let fresh = if *is_fresh { "fresh" } else { "not fresh" };
        format!(
            "<Health {usable_keys} usable, {skipped_keys} skipped, {fresh}, {failures} failures>"
        )
    }
}

/// How many fetches a cache has started.
#[pyclass(frozen, get_all, module = "verijot")]
#[derive(Clone)]
pub(crate) struct FetchCounts {
    /// Because there were no keys, or they were due.
    due: u64,
    /// Because of a `kid` that the held set does not have.
    unknown_key: u64,
    /// Because a token was refused that another set might accept, such as for a bad signature.
    refused_token: u64,
    /// Because of `refresh_now`.
    requested: u64,
}

impl FetchCounts {
    const fn of(counts: verijot::issuer::FetchCounts) -> Self {
        Self {
            due: counts.due,
            unknown_key: counts.unknown_key,
            refused_token: counts.refused_token,
            requested: counts.requested,
        }
    }
}

#[pymethods]
impl FetchCounts {
    fn __repr__(&self) -> String {
        let Self { due, unknown_key, refused_token, requested } = self;
        format!(
            "<FetchCounts {due} due, {unknown_key} for unknown keys, {refused_token} for refused \
             tokens, {requested} requested>"
        )
    }
}
