//! A token that has passed the checks that need no keys.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use verijot::{Error, Excerpt, Header};

use crate::jwk_set::JwkSet;
use crate::octets::octets;
use crate::verifier::Verifier;
use crate::{json, refusal, time};

/// A token that has passed the checks that need no keys. Its signature is not verified yet.
///
/// Its content is untrusted: use it to choose keys and for nothing else.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct OpenedToken {
    verifier: Py<Verifier>,
    /// A str or bytes, neither of which can change.
    token: Py<PyAny>,
    header: Header,
    refusal: Mutex<Option<Refusal>>,
}

/// Why the core last refused the token, and the keys that it used.
#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) error: Error,
    pub(crate) keys: Arc<verijot::JwkSet>,
}

impl OpenedToken {
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.key_id()
    }

    pub(crate) fn open<'py>(
        verifier: &Bound<'py, Verifier>,
        token: &Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let py = token.py();
        let octets = octets(token, "token")?;
        let opened = verifier.get().verifier_of_core().open(&octets);
        let opened = opened.map_err(|error| refusal::raised(py, &error))?;
        let header = opened.header().clone();
        Ok(Self::new(verifier, token, octets, header))
    }

    /// Makes the object for a token that this verifier has opened.
    pub(crate) fn new<'py>(
        verifier: &Bound<'py, Verifier>,
        token: &Bound<'py, PyAny>,
        octets: Cow<'_, [u8]>,
        header: Header,
    ) -> Self {
        let token = match octets {
            Cow::Borrowed(_) => token.clone().unbind(),
            Cow::Owned(copy) => PyBytes::new(token.py(), &copy).into_any().unbind(),
        };
        Self { verifier: verifier.clone().unbind(), token, header, refusal: Mutex::new(None) }
    }
}

#[pymethods]
impl OpenedToken {
    /// The JOSE header, as its sender wrote it. Raises MalformedHeaderError for an integer with more
    /// digits than Python converts.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::header(py, self.header.json())
    }

    /// The `kid` header, if present.
    #[getter]
    fn key_id<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        self.header.key_id().map(|kid| PyString::new(py, kid))
    }

    /// The `alg` header as its sender wrote it.
    #[getter]
    fn algorithm(&self) -> &str {
        self.header.algorithm_name()
    }

    /// Verifies the token with these keys, as `Verifier.verify` does.
    #[pyo3(signature = (keys, *, now=None, into=None))]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        keys: &JwkSet,
        now: Option<&Bound<'py, PyAny>>,
        into: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let token = octets(self.token.bind(py), "token")?;
        let verifier = self.verifier.get();
        match verifier.verify_by_core(py, &token, keys, time::moment(now)?) {
            Ok(verified) => verifier.finish(py, verified, into),
            Err(error) => {
                let raised = refusal::raised(py, &error);
                let refusal = Refusal { error, keys: keys.shared() };
                *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
                Err(raised)
            }
        }
    }

    fn __repr__(&self) -> String {
        let kid = self.header.key_id().map(|kid| format!(" kid={}", Excerpt::of(kid)));
        let algorithm = Excerpt::of(self.header.algorithm_name());
        format!("<OpenedToken, not verified: {algorithm}{}>", kid.unwrap_or_default())
    }
}
