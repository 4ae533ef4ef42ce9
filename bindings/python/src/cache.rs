//! When to fetch keys: the core's state machine behind a lock, and the moments in nanoseconds of a
//! monotonic clock. What is fetched, and by whom, is up to `verijot.client`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use verijot::{
    CacheSettings, Error, Excerpt, FetchFailure, FetchOutcome, FetchResponse, JwkSetParser,
    Resolution,
};

use crate::jwk_set::JwkSet;
use crate::octets::octets;
use crate::provider::PROVIDER;
use crate::{refusal, time};

/// The keys of one issuer over time, and when to fetch them. Safe to share between threads.
///
/// Every moment is a number of nanoseconds of one monotonic clock.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct JwksCache {
    state: Mutex<State>,
    /// The most octets that a set may have: whoever fetches reads one more at most.
    #[pyo3(get)]
    max_octets: usize,
    max_keys: Option<usize>,
}

impl JwksCache {
    /// Nothing of Python's runs while the lock is held. Whoever holds it does not give the
    /// interpreter's lock away either, so with that lock a fork never finds it taken.
    fn state(&self, py: Python<'_>) -> MutexGuard<'_, State> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// The Python object for the keys that the cache holds, made once for each set.
    fn show(
        &self,
        py: Python<'_>,
        keys: &Arc<verijot::JwkSet>,
        json: String,
    ) -> PyResult<Py<JwkSet>> {
        let set = JwkSet::of_cache(Arc::clone(keys), json, self.max_octets, self.max_keys);
        let set = Py::new(py, set)?;
        let shown = Shown { keys: Arc::clone(keys), set: set.clone_ref(py) };
        let before = self.state(py).shown.replace(shown);
        // Not dropped before the lock is released.
        drop(before);
        Ok(set)
    }
}

#[pymethods]
impl JwksCache {
    /// An empty cache. What is None has the core's default.
    #[new]
    #[pyo3(signature = (
        *, max_octets=None, max_keys=None, fresh_for=None, shortest_fresh=None, longest_fresh=None,
        stale_for=None, unknown_window=None, shortest_rest=None, longest_rest=None,
        fetch_timeout=None
    ))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        max_octets: Option<usize>,
        max_keys: Option<usize>,
        fresh_for: Option<&Bound<'_, PyAny>>,
        shortest_fresh: Option<&Bound<'_, PyAny>>,
        longest_fresh: Option<&Bound<'_, PyAny>>,
        stale_for: Option<&Bound<'_, PyAny>>,
        unknown_window: Option<&Bound<'_, PyAny>>,
        shortest_rest: Option<&Bound<'_, PyAny>>,
        longest_rest: Option<&Bound<'_, PyAny>>,
        fetch_timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut settings = CacheSettings::default();
        for (number, given, name) in [
            (&mut settings.fresh_for, fresh_for, "fresh_for"),
            (&mut settings.shortest_fresh, shortest_fresh, "shortest_fresh"),
            (&mut settings.longest_fresh, longest_fresh, "longest_fresh"),
            (&mut settings.stale_for, stale_for, "stale_for"),
            (&mut settings.unknown_window, unknown_window, "unknown_window"),
            (&mut settings.shortest_rest, shortest_rest, "shortest_rest"),
            (&mut settings.longest_rest, longest_rest, "longest_rest"),
            (&mut settings.fetch_timeout, fetch_timeout, "fetch_timeout"),
        ] {
            if let Some(given) = given {
                *number = time::span(given, name)?;
            }
        }
        let max_octets = max_octets.unwrap_or(JwkSetParser::DEFAULT_OCTET_LIMIT);
        let mut parser = JwkSetParser::new(PROVIDER).octet_limit(max_octets);
        if let Some(keys) = max_keys {
            parser = parser.key_limit(keys);
        }
        let cache = verijot::JwksCache::new(parser, settings);
        let state = State { cache, shown: None, problem: None };
        Ok(Self { state: Mutex::new(state), max_octets, max_keys })
    }

    /// What to do for a token with this `kid`, that came when `asked` says: the keys to use, a
    /// ticket for a fetch to start, and the moment until which to wait for somebody else's fetch.
    ///
    /// With keys and a ticket nobody waits for the fetch. With a ticket or a moment alone, ask
    /// again after the fetch. Raises UnknownKeyError or KeysUnavailableError.
    #[pyo3(signature = (kid, asked, now))]
    fn resolve(
        &self,
        py: Python<'_>,
        kid: Option<&str>,
        asked: u64,
        now: u64,
    ) -> PyResult<Resolved> {
        let (asked, now) = (Duration::from_nanos(asked), Duration::from_nanos(now));
        let mut state = self.state(py);
        let resolution = state.cache.resolve(kid, asked, now);
        let error = match resolution {
            Resolution::Use { keys, fetch } => {
                let ticket = fetch.map(|ticket| Ticket { ticket });
                if let Some(set) = state.shown(py, &keys) {
                    return Ok((Some(set), ticket, None));
                }
                let json = state.json(now);
                drop(state);
                return Ok((Some(self.show(py, &keys, json)?), ticket, None));
            }
            Resolution::Fetch(ticket) => return Ok((None, Some(Ticket { ticket }), None)),
            Resolution::Wait { until } => return Ok((None, None, Some(nanoseconds(until)))),
            Resolution::UnknownKey { .. } => Error::UnknownKey { kid: kid.map(Excerpt::of) },
            Resolution::Unavailable { retry_after } => {
                Error::KeysUnavailable { retry_after: Some(retry_after) }
            }
            // The core has no other resolution; whoever meets a new one has no keys.
            _ => Error::KeysUnavailable { retry_after: None },
        };
        drop(state);
        Err(refusal::raised(py, &error))
    }

    /// Takes a fetch's answer and says what was wrong with it, if anything was.
    #[pyo3(signature = (
        ticket, status, body, now, *, cache_control=None, age=None, entity_tag=None,
        last_modified=None
    ))]
    #[allow(clippy::too_many_arguments)]
    fn on_response(
        &self,
        py: Python<'_>,
        ticket: &Ticket,
        status: u16,
        body: &Bound<'_, PyAny>,
        now: u64,
        cache_control: Option<&str>,
        age: Option<&str>,
        entity_tag: Option<&str>,
        last_modified: Option<&str>,
    ) -> PyResult<Option<String>> {
        let body = octets(body, "body")?;
        let mut response = FetchResponse::new(status, &body);
        response.cache_control = cache_control;
        response.age = age;
        response.entity_tag = entity_tag;
        response.last_modified = last_modified;
        let mut state = self.state(py);
        let outcome = state.cache.on_response(&ticket.ticket, &response, Duration::from_nanos(now));
        state.problem = None;
        drop(state);
        Ok(match outcome {
            FetchOutcome::Failed { failure } => Some(described(&failure, None)),
            _ => None,
        })
    }

    /// Takes the news that a fetch brought no answer; `problem` says why, for people.
    ///
    /// False if the fetch is no longer under way, so that the news changes nothing.
    #[pyo3(signature = (ticket, now, problem=None))]
    fn on_error(&self, py: Python<'_>, ticket: &Ticket, now: u64, problem: Option<String>) -> bool {
        let mut state = self.state(py);
        let outcome = state.cache.on_error(&ticket.ticket, Duration::from_nanos(now));
        let counts = !matches!(outcome, FetchOutcome::Ignored);
        if counts {
            state.problem = problem;
        }
        counts
    }

    /// Takes over a set from elsewhere that the issuer gave `age` nanoseconds ago.
    ///
    /// Nothing happens if newer keys are held. Raises InvalidJwksError, also if `sha256` is given
    /// and the set has another.
    #[pyo3(signature = (jwks, age, now, sha256=None))]
    fn seed(
        &self,
        py: Python<'_>,
        jwks: &str,
        age: u64,
        now: u64,
        sha256: Option<&str>,
    ) -> PyResult<()> {
        let (age, now) = (Duration::from_nanos(age), Duration::from_nanos(now));
        let seeded = match sha256 {
            Some(sha256) => self.state(py).cache.seed_intact(jwks, sha256, age, now),
            None => self.state(py).cache.seed(jwks, age, now),
        };
        seeded.map_err(|error| refusal::invalid_jwks(py, &error))
    }

    /// The set as the issuer gave it, how many nanoseconds ago that was, and its SHA-256, for
    /// `seed` elsewhere.
    #[pyo3(signature = (now))]
    fn export(&self, py: Python<'_>, now: u64) -> Option<(String, u64, String)> {
        let state = self.state(py);
        let snapshot = state.cache.export(Duration::from_nanos(now))?;
        Some((snapshot.jwks.to_owned(), nanoseconds(snapshot.age), snapshot.sha256.to_owned()))
    }

    /// How the cache is doing.
    #[pyo3(signature = (now))]
    fn health(&self, py: Python<'_>, now: u64) -> Health {
        let state = self.state(py);
        let health = state.cache.health(Duration::from_nanos(now));
        let problem = state.problem.as_deref();
        Health {
            usable_keys: health.usable_keys,
            skipped_keys: health.skipped_keys,
            age: health.age.map(|age| age.as_secs_f64()),
            sha256: health.sha256,
            is_seed: health.is_seed,
            is_fresh: health.is_fresh,
            failures: health.failures,
            last_failure: health.last_failure.map(|failure| described(&failure, problem)),
            is_fetching: health.is_fetching,
        }
    }

    fn __repr__(&self) -> &'static str {
        "<JwksCache>"
    }
}

/// Keys, a fetch to start, and the moment until which to wait.
type Resolved = (Option<Py<JwkSet>>, Option<Ticket>, Option<u64>);

/// Leave for one fetch.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Ticket {
    ticket: verijot::Ticket,
}

#[pymethods]
impl Ticket {
    /// The value for an If-None-Match header.
    #[getter]
    fn if_none_match(&self) -> Option<&str> {
        self.ticket.if_none_match()
    }

    /// The value for an If-Modified-Since header.
    #[getter]
    fn if_modified_since(&self) -> Option<&str> {
        self.ticket.if_modified_since()
    }

    /// How many seconds the fetch may take.
    #[getter]
    fn timeout(&self) -> f64 {
        self.ticket.timeout().as_secs_f64()
    }

    fn __repr__(&self) -> &'static str {
        "<Ticket>"
    }
}

/// How a cache is doing.
#[pyclass(frozen, get_all, module = "verijot")]
pub(crate) struct Health {
    /// Keys that tokens are verified with; none where all are too old.
    usable_keys: usize,
    /// Keys of the set that are not used.
    skipped_keys: usize,
    /// How many seconds ago the issuer confirmed the set.
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

struct State {
    cache: verijot::JwksCache,
    shown: Option<Shown>,
    /// Why the last fetch brought no answer.
    problem: Option<String>,
}

impl State {
    fn shown(&self, py: Python<'_>, keys: &Arc<verijot::JwkSet>) -> Option<Py<JwkSet>> {
        let shown = self.shown.as_ref().filter(|shown| Arc::ptr_eq(&shown.keys, keys))?;
        Some(shown.set.clone_ref(py))
    }

    fn json(&self, now: Duration) -> String {
        self.cache.export(now).map(|snapshot| snapshot.jwks.to_owned()).unwrap_or_default()
    }
}

/// The keys of the core, and the same for Python.
struct Shown {
    keys: Arc<verijot::JwkSet>,
    set: Py<JwkSet>,
}

fn described(failure: &FetchFailure, problem: Option<&str>) -> String {
    match (failure, problem) {
        (FetchFailure::NoAnswer, Some(problem)) => format!("{failure}: {problem}"),
        _ => failure.to_string(),
    }
}

/// Moments that no clock reaches are taken for the last one.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
