//! When to fetch keys: the core's state machine inside a lock. Every moment is a reading of two
//! clocks: `now` in nanoseconds of a monotonic clock, and `wall` in nanoseconds since 1970 if known.
//! `verijot.client` makes the requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use verijot::issuer::{CacheSettings, FetchFailure, FetchOutcome, FetchResponse, Now, Resolution};
use verijot::{Error, Excerpt, JwkSetParser};

use crate::discovery::KeyLocation;
use crate::health::Health;
use crate::jwk_set::{self, JwkSet};
use crate::octets::octets;
use crate::opened::{OpenedToken, Refusal};
use crate::provider::PROVIDER;
use crate::{names, refusal, time};

/// The keys of one issuer over time, and when to fetch them. Safe to share between threads.
///
/// Every moment is a reading of two clocks: `now`, nanoseconds of a monotonic clock, and `wall`,
/// nanoseconds since 1970, or None where there is no such clock.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct JwksCache {
    state: Mutex<State>,
    /// The most octets that a key set may have.
    #[pyo3(get)]
    max_octets: usize,
    max_keys: Option<usize>,
    purposes: Option<Vec<String>>,
    certificates: Option<Vec<String>>,
}

impl JwksCache {
    /// No Python code runs while this lock is held, and its holder keeps the interpreter's lock. A
    /// fork holds the interpreter's lock too, so it never happens while this lock is taken.
    fn state(&self, py: Python<'_>) -> MutexGuard<'_, State> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// Converts the core's answer; raises for an unknown key and for unavailable keys.
    fn resolved(
        &self,
        py: Python<'_>,
        resolution: Resolution,
        kid: Option<&str>,
        now: Now,
    ) -> PyResult<Resolved> {
        let error = match resolution {
            Resolution::Use { keys, fetch } => {
                let ticket = fetch.map(|ticket| Ticket { ticket });
                let state = self.state(py);
                if let Some(set) = state.shown(py, &keys) {
                    return Ok((Some(set), ticket, None));
                }
                let json = state.json(now);
                drop(state);
                return Ok((Some(self.show(py, &keys, json)?), ticket, None));
            }
            Resolution::Fetch(ticket) => return Ok((None, Some(Ticket { ticket }), None)),
            Resolution::Wait { at_most } => return Ok((None, None, Some(at_most.as_secs_f64()))),
            Resolution::UnknownKey { .. } => Error::UnknownKey { kid: kid.map(Excerpt::of) },
            Resolution::Unavailable { retry_after } => {
                Error::KeysUnavailable { retry_after: Some(retry_after) }
            }
            // The core has no other resolution; a new one means no keys.
            _ => Error::KeysUnavailable { retry_after: None },
        };
        Err(refusal::raised(py, &error))
    }

    /// Makes the Python object for the keys that the cache holds, once for each set.
    fn show(
        &self,
        py: Python<'_>,
        keys: &Arc<verijot::JwkSet>,
        json: String,
    ) -> PyResult<Py<JwkSet>> {
        let set = JwkSet::of_cache(
            Arc::clone(keys),
            json,
            self.max_octets,
            self.max_keys,
            (self.purposes.clone(), self.certificates.clone()),
        );
        let set = Py::new(py, set)?;
        let shown = Shown { keys: Arc::clone(keys), set: set.clone_ref(py) };
        let before = self.state(py).shown.replace(shown);
        // Dropping it may run Python code, so the lock is released first.
        drop(before);
        Ok(set)
    }
}

#[pymethods]
impl JwksCache {
    /// Makes an empty cache for the keys at `location`. None stands for the core's default.
    ///
    /// Raises InvalidKeySourceError for an empty list of `purposes` or `certificates`, and for a
    /// location with a URL for each key if no algorithms of `certificates` are named.
    #[new]
    #[pyo3(signature = (
        location=None, /, *, max_octets=None, max_keys=None, fresh_for=None, shortest_fresh=None, longest_fresh=None,
        revalidate_for=None, stale_for=None, stale_despite_headers=None, unknown_window=None,
        shortest_rest=None, longest_rest=None, fetch_timeout=None, purposes=None,
        certificates=None, empty_set_revokes=None
    ))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        location: Option<&KeyLocation>,
        max_octets: Option<usize>,
        max_keys: Option<usize>,
        fresh_for: Option<&Bound<'_, PyAny>>,
        shortest_fresh: Option<&Bound<'_, PyAny>>,
        longest_fresh: Option<&Bound<'_, PyAny>>,
        revalidate_for: Option<&Bound<'_, PyAny>>,
        stale_for: Option<&Bound<'_, PyAny>>,
        stale_despite_headers: Option<bool>,
        unknown_window: Option<&Bound<'_, PyAny>>,
        shortest_rest: Option<&Bound<'_, PyAny>>,
        longest_rest: Option<&Bound<'_, PyAny>>,
        fetch_timeout: Option<&Bound<'_, PyAny>>,
        purposes: Option<&Bound<'_, PyAny>>,
        certificates: Option<&Bound<'_, PyAny>>,
        empty_set_revokes: Option<bool>,
    ) -> PyResult<Self> {
        let mut settings = CacheSettings::default();
        for (number, given, name) in [
            (&mut settings.fresh_for, fresh_for, "fresh_for"),
            (&mut settings.shortest_fresh, shortest_fresh, "shortest_fresh"),
            (&mut settings.longest_fresh, longest_fresh, "longest_fresh"),
            (&mut settings.revalidate_for, revalidate_for, "revalidate_for"),
            (&mut settings.stale_for, stale_for, "stale_for"),
            (&mut settings.unknown_window, unknown_window, "unknown_window"),
            (&mut settings.shortest_rest, shortest_rest, "shortest_rest"),
            (&mut settings.longest_rest, longest_rest, "longest_rest"),
            (&mut settings.fetch_timeout, fetch_timeout, "fetch_timeout"),
        ] {
            if let Some(given) = given {
                *number = time::setting(given, name)?;
            }
        }
        if let Some(despite) = stale_despite_headers {
            settings.stale_despite_headers = despite;
        }
        settings.empty_set_revokes = empty_set_revokes.unwrap_or(settings.empty_set_revokes);
        let list = |given: Option<&Bound<'_, PyAny>>, name: &str| {
            let list = given.map(|given| names::names(given, name)).transpose()?;
            match list {
                Some(list) if list.is_empty() => {
                    Err(refusal::discovery(py, &format!("{name} is an empty list")))
                }
                list => Ok(list),
            }
        };
        let purposes = list(purposes, "purposes")?;
        let certificates = list(certificates, "certificates")?;
        let max_octets = max_octets.unwrap_or(JwkSetParser::DEFAULT_OCTET_LIMIT);
        let mut parser = JwkSetParser::new(PROVIDER).max_octets(max_octets);
        if let Some(keys) = max_keys {
            parser = parser.max_keys(keys);
        }
        if let Some(names) = &purposes {
            parser = parser.purposes(names);
        }
        if let Some(names) = &certificates {
            parser = parser.certificate_map(jwk_set::known(py, names)?);
        }
        if let Some(location) = location {
            parser = location.reading(py, parser)?;
        }
        let cache = verijot::issuer::JwksCache::new(parser, settings);
        let state = State { cache, shown: None, problem: None };
        Ok(Self { state: Mutex::new(state), max_octets, max_keys, purposes, certificates })
    }

    /// Returns the keys for a token with this `kid` if `resolve` would return them and start no
    /// fetch.
    #[pyo3(signature = (kid, now, wall))]
    fn current_keys(
        &self,
        py: Python<'_>,
        kid: Option<&str>,
        now: u64,
        wall: Option<u64>,
    ) -> Option<Py<JwkSet>> {
        let state = self.state(py);
        let (keys, until) = state.cache.current_keys()?;
        let is_good =
            !until.has_passed(time::reading(now, wall)) && kid.is_none_or(|kid| keys.knows_id(kid));
        if is_good { state.shown(py, keys) } else { None }
    }

    /// Decides what to do for a token with this `kid` that arrived at `arrived`, a reading of the
    /// monotonic clock. Returns the keys to use, a ticket for a fetch to start, and after how many
    /// seconds to call again at the latest while another caller's fetch runs.
    ///
    /// With keys and a ticket, start the fetch and do not wait for it. With only a ticket or only
    /// seconds, call again after the fetch. Raises UnknownKeyError or KeysUnavailableError.
    #[pyo3(signature = (kid, arrived, now, wall))]
    fn resolve(
        &self,
        py: Python<'_>,
        kid: Option<&str>,
        arrived: u64,
        now: u64,
        wall: Option<u64>,
    ) -> PyResult<Resolved> {
        let (arrived, now) = (Duration::from_nanos(arrived), time::reading(now, wall));
        let resolution = self.state(py).cache.resolve(kid, arrived, now);
        self.resolved(py, resolution, kid, now)
    }

    /// Decides what to do for a token that arrived at `arrived` and that the keys refused. Returns
    /// the same as `resolve`; verify the token again after that. None means the refusal is final.
    #[pyo3(signature = (refused, arrived, now, wall))]
    fn reconsider(
        &self,
        py: Python<'_>,
        refused: &OpenedToken,
        arrived: u64,
        now: u64,
        wall: Option<u64>,
    ) -> PyResult<Option<Resolved>> {
        let Some(Refusal { error, keys }) = refused.refusal() else { return Ok(None) };
        let (arrived, now) = (Duration::from_nanos(arrived), time::reading(now, wall));
        let kid = refused.kid();
        let resolution = self.state(py).cache.reconsider(&error, &keys, kid, arrived, now);
        resolution.map(|resolution| self.resolved(py, resolution, kid, now)).transpose()
    }

    /// Decides what to do to get the issuer's current keys. Returns the same as `resolve`.
    #[pyo3(signature = (requested, now, wall))]
    fn refresh_now(
        &self,
        py: Python<'_>,
        requested: u64,
        now: u64,
        wall: Option<u64>,
    ) -> PyResult<Resolved> {
        let (requested, now) = (Duration::from_nanos(requested), time::reading(now, wall));
        let resolution = self.state(py).cache.refresh_now(requested, now);
        self.resolved(py, resolution, None, now)
    }

    /// Withdraws every key with this `kid`, until it is restored.
    #[pyo3(signature = (kid, /))]
    fn purge(&self, py: Python<'_>, kid: &str) {
        self.state(py).cache.purge(kid);
    }

    /// Undoes `purge`. Returns False if the `kid` was not withdrawn.
    #[pyo3(signature = (kid, /))]
    fn restore(&self, py: Python<'_>, kid: &str) -> bool {
        self.state(py).cache.restore(kid)
    }

    /// Takes the response of a fetch. Returns what is wrong with it, or None.
    ///
    /// `is_conditional` says whether the request carried the ticket's validators.
    #[pyo3(signature = (
        ticket, status, body, now, wall, *, is_conditional, cache_control=None, age=None,
        entity_tag=None, last_modified=None
    ))]
    #[allow(clippy::too_many_arguments)]
    fn on_response(
        &self,
        py: Python<'_>,
        ticket: &Ticket,
        status: u16,
        body: &Bound<'_, PyAny>,
        now: u64,
        wall: Option<u64>,
        is_conditional: bool,
        cache_control: Option<&str>,
        age: Option<&str>,
        entity_tag: Option<&str>,
        last_modified: Option<&str>,
    ) -> PyResult<Option<String>> {
        let body = octets(body, "body")?;
        let mut response = FetchResponse::new(status, &body);
        response.is_conditional = is_conditional;
        response.cache_control = cache_control;
        response.age = age;
        response.entity_tag = entity_tag;
        response.last_modified = last_modified;
        let mut state = self.state(py);
        let outcome = state.cache.on_response(&ticket.ticket, &response, time::reading(now, wall));
        state.problem = None;
        drop(state);
        Ok(match outcome {
            FetchOutcome::Failed { failure } => Some(described(&failure, None)),
            _ => None,
        })
    }

    /// Reports that a fetch got no response; `problem` says why, human-readable.
    ///
    /// Returns False if the fetch is no longer running, so that the report changes nothing.
    #[pyo3(signature = (ticket, now, wall, problem))]
    fn on_error(
        &self,
        py: Python<'_>,
        ticket: &Ticket,
        now: u64,
        wall: Option<u64>,
        problem: String,
    ) -> bool {
        let mut state = self.state(py);
        let outcome = state.cache.on_error(&ticket.ticket, time::reading(now, wall));
        state.keep_problem(&outcome, problem)
    }

    /// Reports that this process cancelled a fetch, for example with its event loop, which says
    /// nothing about the issuer. Returns True if it counts as a failure nevertheless.
    #[pyo3(signature = (ticket, now, wall, problem))]
    fn on_cancelled(
        &self,
        py: Python<'_>,
        ticket: &Ticket,
        now: u64,
        wall: Option<u64>,
        problem: String,
    ) -> bool {
        let mut state = self.state(py);
        let outcome = state.cache.on_cancelled(&ticket.ticket, time::reading(now, wall));
        state.keep_problem(&outcome, problem)
    }

    /// Takes over a key set from elsewhere that the issuer served `age` nanoseconds ago.
    ///
    /// Does nothing if the cache has newer keys. Raises InvalidJwksError for an invalid set and for
    /// one whose SHA-256 is not `sha256`.
    #[pyo3(signature = (jwks, age, now, wall, sha256=None))]
    fn seed(
        &self,
        py: Python<'_>,
        jwks: &str,
        age: u64,
        now: u64,
        wall: Option<u64>,
        sha256: Option<&str>,
    ) -> PyResult<()> {
        let (age, now) = (Duration::from_nanos(age), time::reading(now, wall));
        let seeded = match sha256 {
            Some(sha256) => self.state(py).cache.seed_intact(jwks, sha256, age, now),
            None => self.state(py).cache.seed(jwks, age, now),
        };
        seeded.map_err(|error| refusal::invalid_jwks(py, &error))
    }

    /// Returns the key set as the issuer served it, how many nanoseconds ago that was, and its
    /// SHA-256, for `seed` elsewhere.
    #[pyo3(signature = (now, wall))]
    fn export(&self, py: Python<'_>, now: u64, wall: Option<u64>) -> Option<(String, u64, String)> {
        let state = self.state(py);
        let snapshot = state.cache.export(time::reading(now, wall))?;
        let age = time::nanoseconds(snapshot.age);
        Some((snapshot.jwks.to_owned(), age, snapshot.sha256.to_owned()))
    }

    /// Returns the state of the cache.
    #[pyo3(signature = (now, wall))]
    fn health(&self, py: Python<'_>, now: u64, wall: Option<u64>) -> Health {
        let state = self.state(py);
        let health = state.cache.health(time::reading(now, wall));
        let problem = state.problem.as_deref();
        let failure = health.last_failure.as_ref().map(|failure| described(failure, problem));
        Health::of_cache(health, failure)
    }

    fn __repr__(&self) -> &'static str {
        "<JwksCache>"
    }
}

/// Keys, a fetch to start, and after how many seconds to call again.
type Resolved = (Option<Py<JwkSet>>, Option<Ticket>, Option<f64>);

/// Permission for one fetch.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Ticket {
    ticket: verijot::issuer::Ticket,
}

impl Ticket {
    pub(crate) const fn ticket_of_core(&self) -> &verijot::issuer::Ticket {
        &self.ticket
    }
}

#[pymethods]
impl Ticket {
    /// How many seconds the fetch may take.
    #[getter]
    fn timeout(&self) -> f64 {
        self.ticket.timeout().as_secs_f64()
    }

    fn __repr__(&self) -> &'static str {
        "<Ticket>"
    }
}

struct State {
    cache: verijot::issuer::JwksCache,
    shown: Option<Shown>,
    /// Why the last fetch got no response.
    problem: Option<String>,
}

impl State {
    fn shown(&self, py: Python<'_>, keys: &Arc<verijot::JwkSet>) -> Option<Py<JwkSet>> {
        let shown = self.shown.as_ref().filter(|shown| Arc::ptr_eq(&shown.keys, keys))?;
        Some(shown.set.clone_ref(py))
    }

    /// Keeps the problem if the fetch failed. Returns whether it failed.
    fn keep_problem(&mut self, outcome: &FetchOutcome, problem: String) -> bool {
        let has_failed = matches!(outcome, FetchOutcome::Failed { .. });
        if has_failed {
            self.problem = Some(problem);
        }
        has_failed
    }

    fn json(&self, now: Now) -> String {
        self.cache.export(now).map(|snapshot| snapshot.jwks.to_owned()).unwrap_or_default()
    }
}

/// The core's keys, and the same keys as a Python object.
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
