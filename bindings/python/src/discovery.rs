//! Where keys are fetched from, and the requests of one fetch, as the core specifies them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyDict;
use verijot::JwkSetParser;
use verijot::issuer::KeyFetchStep;
use verijot::issuer::discovery::{self, DiscoveryError, FetchRules};

use crate::cache::Ticket;
use crate::names;
use crate::octets::octets;
use crate::refusal;

/// Where keys are fetched from: a URL, or the place that an issuer's metadata names.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct KeyLocation {
    location: Mutex<verijot::issuer::KeyLocation>,
}

impl KeyLocation {
    pub(crate) const fn new(location: verijot::issuer::KeyLocation) -> Self {
        Self { location: Mutex::new(location) }
    }

    /// The parser for what is fetched from here. Raises InvalidKeySourceError.
    pub(crate) fn reading(
        &self,
        py: Python<'_>,
        parser: JwkSetParser<'static>,
    ) -> PyResult<JwkSetParser<'static>> {
        let parser = held(py, &self.location).reading(parser);
        parser.map_err(|error| {
            let text = error.to_string();
            let problem = text.split_once(": ").map_or(text.as_str(), |(_, problem)| problem);
            refusal::discovery(py, problem)
        })
    }
}

#[pymethods]
impl KeyLocation {
    /// Fetches keys from this URL. Raises InvalidKeySourceError for a URL that is not allowed.
    ///
    /// `allow_plain_http` accepts http; `allowed_hosts` limits the hosts that get a request.
    #[staticmethod]
    #[pyo3(signature = (url, /, *, allow_plain_http=false, allowed_hosts=None))]
    fn at(
        py: Python<'_>,
        url: &str,
        allow_plain_http: bool,
        allowed_hosts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let rules = rules(allow_plain_http, allowed_hosts)?;
        let location = verijot::issuer::KeyLocation::at_under(url, rules);
        location.map(Self::new).map_err(|error| raised(py, error))
    }

    /// Fetches keys from the place that the issuer's metadata names: OpenID Connect Discovery first,
    /// then RFC 8414. Without metadata, fetches `/.well-known/jwks.json`, unless `discovery_only`.
    ///
    /// Raises InvalidKeySourceError if the issuer is not a URL that is allowed.
    #[staticmethod]
    #[pyo3(signature = (
        issuer, /, *, discovery_only=false, allow_plain_http=false, allowed_hosts=None
    ))]
    fn of_issuer(
        py: Python<'_>,
        issuer: &str,
        discovery_only: bool,
        allow_plain_http: bool,
        allowed_hosts: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let rules = rules(allow_plain_http, allowed_hosts)?;
        let location = verijot::issuer::KeyLocation::of_issuer_under(issuer, rules);
        let location = location.map_err(|error| raised(py, error))?;
        Ok(Self::new(if discovery_only { location.discovery_only() } else { location }))
    }

    /// Starts a fetch, which reads at most `max_octets` of a key set.
    #[pyo3(signature = (ticket, max_octets, /))]
    fn fetch(&self, py: Python<'_>, ticket: &Ticket, max_octets: usize) -> KeyFetch {
        let fetch = held(py, &self.location).fetch(ticket.ticket_of_core(), max_octets);
        KeyFetch { fetch: Mutex::new(fetch) }
    }

    /// Reports that this URL served keys with status 200.
    #[pyo3(signature = (url, /))]
    fn confirm(&self, py: Python<'_>, url: &str) {
        held(py, &self.location).confirm(url);
    }

    fn __str__(&self, py: Python<'_>) -> String {
        held(py, &self.location).to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<KeyLocation {}>", self.__str__(py))
    }
}

/// One fetch, request by request.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct KeyFetch {
    fetch: Mutex<verijot::issuer::KeyFetch>,
}

#[pymethods]
impl KeyFetch {
    /// Returns the request to make, `elapsed` nanoseconds after the fetch started; or, as a str, why
    /// the fetch has failed: a code, which a colon and details may follow.
    #[pyo3(signature = (elapsed, /))]
    fn step<'py>(&self, py: Python<'py>, elapsed: u64) -> PyResult<Bound<'py, PyAny>> {
        let step = held(py, &self.fetch).step(Duration::from_nanos(elapsed));
        let (request, is_for_keys) = match step {
            KeyFetchStep::Metadata(request) => (request, false),
            KeyFetchStep::Keys(request) => (request, true),
            KeyFetchStep::Failed { failure } => {
                return Ok(failure.to_string().into_pyobject(py)?.into_any());
            }
            // The core has no other step; a new one means no request.
            _ => return Ok("unknown_step".into_pyobject(py)?.into_any()),
        };
        Ok(Bound::new(py, KeyRequest { request, is_for_keys })?.into_any())
    }

    /// Takes the response to a request for metadata.
    #[pyo3(signature = (status, body, /))]
    fn on_response(&self, py: Python<'_>, status: u16, body: &Bound<'_, PyAny>) -> PyResult<()> {
        let body = octets(body, "body")?;
        held(py, &self.fetch).on_response(status, &body);
        Ok(())
    }

    /// Reports that a request for metadata got no response.
    fn on_error(&self, py: Python<'_>) {
        held(py, &self.fetch).on_error();
    }

    fn __repr__(&self) -> &'static str {
        "<KeyFetch>"
    }
}

/// One GET request.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct KeyRequest {
    request: verijot::issuer::KeyRequest,
    is_for_keys: bool,
}

#[pymethods]
impl KeyRequest {
    /// The URL.
    #[getter]
    fn url(&self) -> &str {
        self.request.url()
    }

    /// The headers.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        for (name, value) in self.request.headers() {
            headers.set_item(name, value)?;
        }
        Ok(headers)
    }

    /// How many seconds the whole response may take.
    #[getter]
    fn timeout(&self) -> f64 {
        self.request.timeout().as_secs_f64()
    }

    /// The most octets that the body may have. Read at most one octet more.
    #[getter]
    fn max_octets(&self) -> usize {
        self.request.max_octets()
    }

    /// Whether the request carries the ticket's validators.
    #[getter]
    fn is_conditional(&self) -> bool {
        self.request.is_conditional()
    }

    /// Whether the response goes to the cache. Otherwise it goes to the fetch.
    #[getter]
    const fn is_for_keys(&self) -> bool {
        self.is_for_keys
    }

    fn __repr__(&self) -> String {
        format!("<{:?}>", self.request)
    }
}

/// Raises InvalidKeySourceError for a URL that keys and tokens may not be fetched from. It must be
/// https, or http on the loopback interface.
#[pyfunction]
#[pyo3(signature = (url, /))]
pub(crate) fn check_url(py: Python<'_>, url: &str) -> PyResult<()> {
    discovery::check_url(url).map_err(|error| raised(py, error))
}

/// Which URLs keys may be fetched from.
pub(crate) fn rules(
    allow_plain_http: bool,
    allowed_hosts: Option<&Bound<'_, PyAny>>,
) -> PyResult<FetchRules> {
    let mut rules = FetchRules::new();
    if allow_plain_http {
        rules = rules.allow_plain_http();
    }
    Ok(match allowed_hosts {
        Some(hosts) => rules.allowed_hosts(names::names(hosts, "allowed_hosts")?),
        None => rules,
    })
}

/// No Python code runs while a lock is held.
fn held<'l, T>(py: Python<'_>, lock: &'l Mutex<T>) -> MutexGuard<'l, T> {
    lock.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
}

fn raised(py: Python<'_>, error: DiscoveryError) -> PyErr {
    refusal::discovery(py, &error.to_string())
}
