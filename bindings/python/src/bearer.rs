//! The Authorization header.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use verijot::request::bearer;

use crate::octets::octets;
use crate::refusal;

/// Returns the token in the value of an Authorization header (RFC 6750 §2.1). Pass None for a
/// request that has no such header.
///
/// Raises MissingTokenError or MalformedAuthorizationError.
#[pyfunction]
#[pyo3(signature = (authorization, /))]
pub(crate) fn bearer_token<'py>(
    py: Python<'py>,
    authorization: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let value = authorization.map(|value| octets(value, "authorization")).transpose()?;
    let token = bearer::token(value.as_deref()).map_err(|error| refusal::raised(py, &error))?;
    Ok(PyBytes::new(py, token))
}
