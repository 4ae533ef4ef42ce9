//! Names given as one string or as several.

use pyo3::prelude::*;
use pyo3::types::PyString;
use verijot::ClaimPath;

use crate::octets::wrong_type;

/// One str stands for itself; anything else must give strings when it is iterated over.
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

/// A str is split at its dots; names that have dots themselves come one by one.
pub(crate) fn claim_path(value: &Bound<'_, PyAny>) -> PyResult<ClaimPath> {
    Ok(ClaimPath::from_names(path(value)?))
}

/// The names of such a path.
pub(crate) fn path(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.split('.').map(str::to_owned).collect()),
        Err(_) => names(value, "path"),
    }
}

const ONE_OR_SEVERAL: &str = "str or a sequence of str";
