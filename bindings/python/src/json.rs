//! Converts JSON to Python objects and back.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

pub(crate) use builder::object;

mod builder;
mod member_names;

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
