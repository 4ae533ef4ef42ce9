//! A JWS with a verified signature, whose payload can be anything.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use verijot::Excerpt;

use crate::json;

/// A JWS whose signature is verified; its payload can be anything.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct VerifiedJws {
    verified: verijot::VerifiedJws,
}

impl VerifiedJws {
    pub(crate) fn new(verified: verijot::VerifiedJws) -> Self {
        Self { verified }
    }
}

#[pymethods]
impl VerifiedJws {
    /// The payload, exactly as it was signed.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.verified.payload())
    }

    /// The JOSE header. Raises MalformedHeaderError for an integer with more digits than Python
    /// converts.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::header(py, self.verified.header().json())
    }

    /// The algorithm of the signature.
    #[getter]
    fn algorithm(&self) -> &'static str {
        self.verified.algorithm().name()
    }

    /// The `kid` of the header or, if that has none, of the key.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.verified.key_id()
    }

    fn __repr__(&self) -> String {
        let kid = self.verified.key_id().map(|kid| format!(" kid={}", Excerpt::of(kid)));
        format!("<VerifiedJws {}{}>", self.verified.algorithm(), kid.unwrap_or_default())
    }
}
