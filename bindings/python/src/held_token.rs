//! What a cache of verified tokens holds for each: the token, and its claims as a dict that nobody
//! else ever sees.

use std::borrow::Borrow;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString};
use verijot::Verified;

use crate::json;

pub(crate) struct HeldToken {
    verified: Verified,
    claims: PyOnceLock<Claims>,
}

impl HeldToken {
    pub(crate) const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The claims as a new dict, down to every container in it: what one request does to its claims
    /// no other request sees.
    pub(crate) fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.claims.get_or_try_init(py, || Claims::read(py, self.verified.payload_json()))?.copy(py)
    }
}

impl From<Verified> for HeldToken {
    fn from(verified: Verified) -> Self {
        Self { verified, claims: PyOnceLock::new() }
    }
}

impl Borrow<Verified> for HeldToken {
    fn borrow(&self) -> &Verified {
        &self.verified
    }
}

struct Claims {
    dict: Py<PyDict>,
    /// The names of the claims that are containers, which a copy of the dict would share.
    containers: Vec<Py<PyString>>,
}

impl Claims {
    fn read(py: Python<'_>, json: &str) -> PyResult<Self> {
        let dict = json::object(py, json)?;
        let mut containers = Vec::new();
        for (name, value) in &dict {
            if is_container(&value) {
                containers.push(name.cast_into::<PyString>()?.unbind());
            }
        }
        Ok(Self { dict: dict.unbind(), containers })
    }

    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copy = self.dict.bind(py).copy()?;
        for name in &self.containers {
            if let Some(value) = copy.get_item(name)? {
                copy.set_item(name, copied(&value)?)?;
            }
        }
        Ok(copy)
    }
}

/// A value of JSON with new containers. The core bounds how deep they are.
fn copied<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(list) = value.cast::<PyList>() {
        let copy = list.get_slice(0, list.len());
        for (place, element) in list.iter().enumerate() {
            if is_container(&element) {
                copy.set_item(place, copied(&element)?)?;
            }
        }
        return Ok(copy.into_any());
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        let copy = dict.copy()?;
        for (name, member) in dict {
            if is_container(&member) {
                copy.set_item(name, copied(&member)?)?;
            }
        }
        return Ok(copy.into_any());
    }
    Ok(value.clone())
}

fn is_container(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyDict>() || value.is_instance_of::<PyList>()
}
