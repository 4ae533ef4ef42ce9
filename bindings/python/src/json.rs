//! Converts JSON to Python objects and back.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use verijot::Error;

pub(crate) use builder::object;

use crate::refusal;

mod builder;
mod member_names;

/// The dict of claims that the core has checked. Raises InvalidClaimError for an integer with more
/// digits than Python converts.
pub(crate) fn claims<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    object(py, json).map_err(|_| {
        let expected = "a number with fewer digits";
        refusal::raised(py, &Error::InvalidClaim { claim: String::new(), expected })
    })
}

/// The dict of a header that the core has checked. Raises MalformedHeaderError for such an integer.
pub(crate) fn header<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    object(py, json).map_err(|_| {
        let reason = "a number has more digits than can be converted";
        refusal::raised(py, &Error::MalformedHeader { reason })
    })
}

/// Parses JSON text with Python's `json`.
pub(crate) fn loads<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (json,))
}

/// Writes a Python object as JSON. Raises as Python's `json` does for what JSON cannot represent.
pub(crate) fn dumps(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let options = PyDict::new(py);
    options.set_item("allow_nan", false)?;
    let text = py.import("json")?.call_method("dumps", (value,), Some(&options))?;
    Ok(text.cast::<PyString>()?.to_str()?.to_owned())
}
