//! From an issuer's name to the place of its keys: the core's search, step by step.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use verijot::discovery::{self, DiscoveryError};
use verijot::{SearchFailure, SearchStep};

use crate::octets::octets;
use crate::refusal;

/// Where keys are fetched from: one URL, or wherever an issuer's metadata says.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct KeyLocation {
    location: Mutex<verijot::KeyLocation>,
}

impl KeyLocation {
    pub(crate) const fn new(location: verijot::KeyLocation) -> Self {
        Self { location: Mutex::new(location) }
    }
}

#[pymethods]
impl KeyLocation {
    /// Keys at one URL. Raises DiscoveryError if it may not be fetched from.
    #[staticmethod]
    #[pyo3(signature = (url, /))]
    fn at(py: Python<'_>, url: &str) -> PyResult<Self> {
        let location = verijot::KeyLocation::at(url);
        location.map(Self::new).map_err(|error| raised(py, error))
    }

    /// Keys where the issuer's metadata says: that of OpenID Connect Discovery, without it that of
    /// RFC 8414, and without either, unless told otherwise, at `/.well-known/jwks.json`.
    ///
    /// Raises DiscoveryError if the issuer is no URL that may be fetched from.
    #[staticmethod]
    #[pyo3(signature = (issuer, /, *, customary=true))]
    fn of_issuer(py: Python<'_>, issuer: &str, customary: bool) -> PyResult<Self> {
        let location = verijot::KeyLocation::of_issuer(issuer);
        let location = location.map_err(|error| raised(py, error))?;
        Ok(Self::new(if customary { location } else { location.without_customary_place() }))
    }

    /// Begins one search.
    fn search(&self, py: Python<'_>) -> Search {
        Search { search: Mutex::new(held(py, &self.location).search()) }
    }

    /// Keys have been had from this URL, with status 200.
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

/// One way to the URL of the keys.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Search {
    search: Mutex<verijot::Search>,
}

#[pymethods]
impl Search {
    /// The metadata to fetch now; None once the search is over.
    #[getter]
    fn metadata_url(&self, py: Python<'_>) -> Option<String> {
        match held(py, &self.search).step() {
            SearchStep::Metadata { url } => Some(url.to_owned()),
            _ => None,
        }
    }

    /// Where the keys are, once they have been found.
    #[getter]
    fn keys_url(&self, py: Python<'_>) -> Option<String> {
        match held(py, &self.search).step() {
            SearchStep::Keys { url, .. } => Some(url.to_owned()),
            _ => None,
        }
    }

    /// Whether the keys were had from there before, so that the request may be conditional.
    #[getter]
    fn is_known(&self, py: Python<'_>) -> bool {
        matches!(held(py, &self.search).step(), SearchStep::Keys { is_known: true, .. })
    }

    /// Why the search has failed, if it has: what failed, a colon, and more about it for people.
    #[getter]
    fn failure(&self, py: Python<'_>) -> Option<String> {
        match held(py, &self.search).step() {
            SearchStep::Failed { failure } => Some(SearchFailure::to_string(failure)),
            _ => None,
        }
    }

    /// Takes the answer to a request for metadata.
    #[pyo3(signature = (status, body, /))]
    fn on_response(&self, py: Python<'_>, status: u16, body: &Bound<'_, PyAny>) -> PyResult<()> {
        let body = octets(body, "body")?;
        held(py, &self.search).on_response(status, &body);
        Ok(())
    }

    /// Takes the news that a request for metadata brought no answer.
    fn on_error(&self, py: Python<'_>) {
        held(py, &self.search).on_error();
    }

    fn __repr__(&self) -> &'static str {
        "<Search>"
    }
}

/// Raises DiscoveryError unless keys and tokens may be fetched from a URL: over https, or from this
/// very machine.
#[pyfunction]
#[pyo3(signature = (url, /))]
pub(crate) fn check_url(py: Python<'_>, url: &str) -> PyResult<()> {
    discovery::check_url(url).map_err(|error| raised(py, error))
}

/// Nothing of Python's runs while a lock is held.
fn held<'l, T>(py: Python<'_>, lock: &'l Mutex<T>) -> MutexGuard<'l, T> {
    lock.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
}

fn raised(py: Python<'_>, error: DiscoveryError) -> PyErr {
    refusal::discovery(py, &error.to_string())
}
