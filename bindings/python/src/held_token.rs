//! An entry of the token cache: the verified token, and its claims as a dict that callers only get
//! copies of.

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

    /// Returns a deep copy of the claims, so that a change in one request is invisible to others.
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
    /// The names of the claims that are containers, which a shallow copy would share.
    containers: Vec<Py<PyString>>,
}

impl Claims {
    fn read(py: Python<'_>, json: &str) -> PyResult<Self> {
        let dict = json::claims(py, json)?;
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

/// A deep copy of a JSON value. The core limits its depth.
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
