//! Text and octets in any of Python's types, without a copy where possible.

use std::borrow::Cow;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};

/// Returns the octets of a str (as UTF-8), bytes, bytearray or memoryview.
///
/// Lone surrogates become octets that are not valid UTF-8, which the core refuses. The TypeError
/// names the type of the argument and never its value.
pub(crate) fn octets<'v>(value: &'v Bound<'_, PyAny>, name: &str) -> PyResult<Cow<'v, [u8]>> {
    if let Ok(text) = value.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => Ok(Cow::Borrowed(text.as_bytes())),
            Err(_) => {
                let encoded = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
                Ok(Cow::Owned(encoded.cast::<PyBytes>()?.as_bytes().to_vec()))
            }
        };
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    // These two can change while the interpreter's lock is not held.
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Cow::Owned(bytes.to_vec()));
    }
    if let Ok(view) = value.cast::<PyMemoryView>() {
        let copy = view.call_method0("tobytes")?;
        return Ok(Cow::Owned(copy.cast::<PyBytes>()?.as_bytes().to_vec()));
    }
    Err(wrong_type(name, "str, bytes, bytearray or memoryview", value))
}

/// A TypeError that names the type of the argument, not its value.
pub(crate) fn wrong_type(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let actual = value.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("{name} must be {expected}, not {actual}"))
}
