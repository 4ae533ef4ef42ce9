//! The Authorization header.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use verijot::request::bearer;

use crate::octets::octets;
use crate::refusal;

/// The token in the value of an Authorization header; `None` stands for a request without one.
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
