//! JSON to Python objects and back.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

pub(crate) use builder::object;

mod builder;
mod member_names;

/// The value that JSON text stands for, as a new Python object.
pub(crate) fn loads<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (json,))
}

/// A Python object as JSON text, which must be able to hold it.
pub(crate) fn dumps(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let options = PyDict::new(py);
    options.set_item("allow_nan", false)?;
    let text = py.import("json")?.call_method("dumps", (value,), Some(&options))?;
    Ok(text.cast::<PyString>()?.to_str()?.to_owned())
}
