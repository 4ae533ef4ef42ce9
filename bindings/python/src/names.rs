//! Names given as one string or as several.

use pyo3::prelude::*;
use pyo3::types::PyString;
use verijot::{Algorithm, AlgorithmSet, ClaimPath};

use crate::octets::wrong_type;
use crate::refusal;

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

/// The algorithms that names stand for. A name that stands for none makes no policy and no key.
pub(crate) fn algorithms(py: Python<'_>, names: &[String]) -> PyResult<AlgorithmSet> {
    let algorithms = names.iter().map(|name| name.parse::<Algorithm>());
    algorithms
        .collect::<Result<AlgorithmSet, _>>()
        .map_err(|error| refusal::invalid_policy(py, &error.to_string()))
}

/// A str is split at its dots; names that have dots themselves come one by one.
pub(crate) fn claim_path(value: &Bound<'_, PyAny>) -> PyResult<ClaimPath> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(ClaimPath::from(text.to_str()?)),
        Err(_) => Ok(ClaimPath::from_names(names(value, "path")?)),
    }
}

const ONE_OR_SEVERAL: &str = "str or a sequence of str";
