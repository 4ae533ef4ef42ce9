//! The state of a key cache, for a health endpoint.

use pyo3::prelude::*;

use crate::jwk_set::JwkSet;

/// The state of a client's keys.
#[pyclass(frozen, get_all, module = "verijot")]
pub(crate) struct Health {
    /// How many keys can verify tokens; zero if the set is too old.
    usable_keys: usize,
    /// How many keys of the set cannot be used.
    skipped_keys: usize,
    /// How many seconds ago the fetch started that last confirmed the set.
    age: Option<f64>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    sha256: Option<String>,
    /// Whether the set came from `seed` and no fetch has confirmed it since.
    is_seed: bool,
    /// Whether the set has not reached the end of its lifetime.
    is_fresh: bool,
    /// How many fetches in a row have failed.
    failures: u32,
    /// The last failure: a code, which a colon and human-readable details may follow.
    last_failure: Option<String>,
    /// Whether a fetch is running.
    is_fetching: bool,
    /// The kids that `purge` has withdrawn, sorted.
    purged: Vec<String>,
    /// How many fetches were started, by cause.
    fetches: FetchCounts,
}

impl Health {
    /// Converts the core's state; `last_failure` is the human-readable text.
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
    /// Returns the state of keys that are never fetched, which never changes.
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
    /// Because there were no keys, or their lifetime had ended.
    due: u64,
    /// Because of a `kid` that the cached set does not have.
    unknown_key: u64,
    /// Because of a refusal that newer keys might change, such as an invalid signature.
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
