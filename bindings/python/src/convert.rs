//! Converts claims to a type of the caller, with the library that the type belongs to.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::token::VerifiedToken;

/// Converts the payload; see `verijot._into`.
pub(crate) fn into<'py>(
    token: &Bound<'py, VerifiedToken>,
    kind: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    static CONVERT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    CONVERT.import(token.py(), "verijot._into", "convert")?.call1((kind, token))
}
