//! Names that are passed as one string or as several.

use pyo3::prelude::*;
use pyo3::types::PyString;
use verijot::ClaimPath;

use crate::octets::wrong_type;

/// Takes one str, or an iterable of str. Raises TypeError that calls the argument `name`.
pub(crate) fn names(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(vec![text.to_str()?.to_owned()]);
    }
    let elements = value.try_iter().map_err(|_| wrong_type(name, ONE_OR_SEVERAL, value))?;
    let mut names = Vec::new();
    for element in elements {
        let element = element?;
        let text = element
            .cast::<PyString>()
            .map_err(|_| wrong_type(&format!("each of {name}"), "str", &element))?;
        names.push(text.to_str()?.to_owned());
    }
    Ok(names)
}

/// Takes the path of a claim: a str that is split at its dots, or an iterable of names.
pub(crate) fn claim_path(value: &Bound<'_, PyAny>) -> PyResult<ClaimPath> {
    Ok(ClaimPath::from_names(path(value)?))
}

/// Returns the names of such a path.
pub(crate) fn path(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.split('.').map(str::to_owned).collect()),
        Err(_) => names(value, "path"),
    }
}

const ONE_OR_SEVERAL: &str = "str or a sequence of str";
