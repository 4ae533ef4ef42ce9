//! What a set was made from, and how it is made again when it is unpickled.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use verijot::AlgorithmSet;

use super::{JwkSet, known};
use crate::names;
use crate::octets::octets;

/// What a set was made from.
pub(super) enum Source {
    Json(JsonSource),
    Pem(NamedSource),
    Secret(NamedSource),
}

pub(super) struct JsonSource {
    pub(super) json: Vec<u8>,
    pub(super) symmetric_keys: bool,
    pub(super) max_octets: Option<usize>,
    pub(super) max_keys: Option<usize>,
    pub(super) tolerate_padded_base64: bool,
    pub(super) tolerate_short_coordinates: bool,
    /// Whether `json` is one JWK instead of a set.
    pub(super) single: bool,
    /// The values that `use` may have.
    pub(super) purposes: Option<Vec<String>>,
    /// The algorithms of certificates, if `json` is a map of them.
    pub(super) certificates: Option<Vec<String>>,
}

impl JsonSource {
    /// JSON that is read with the defaults.
    pub(super) fn of(json: Vec<u8>) -> Self {
        Self {
            json,
            symmetric_keys: false,
            max_octets: None,
            max_keys: None,
            tolerate_padded_base64: false,
            tolerate_short_coordinates: false,
            single: false,
            purposes: None,
            certificates: None,
        }
    }
}

/// A key in PEM or a secret. `None` as `algorithms` is for secrets only.
pub(super) struct NamedSource {
    pub(super) octets: Vec<u8>,
    pub(super) algorithms: Option<Vec<String>>,
    pub(super) kid: Option<String>,
}

impl NamedSource {
    pub(super) fn read(
        value: &Bound<'_, PyAny>,
        name: &str,
        algorithms: Option<&Bound<'_, PyAny>>,
        kid: Option<String>,
    ) -> PyResult<Self> {
        let octets = octets(value, name)?.into_owned();
        let algorithms = algorithms.map(|names| names::names(names, "algorithms")).transpose()?;
        Ok(Self { octets, algorithms, kid })
    }

    /// Raises UnusableKeyError for a name that is not an algorithm.
    pub(super) fn algorithms(&self, py: Python<'_>) -> PyResult<Option<AlgorithmSet>> {
        self.algorithms.as_ref().map(|names| known(py, names)).transpose()
    }

    pub(super) fn name(&self, key: verijot::Key) -> verijot::Key {
        match &self.kid {
            Some(kid) => key.with_id(kid),
            None => key,
        }
    }

    pub(super) fn arguments<'py>(
        &self,
        py: Python<'py>,
    ) -> (Bound<'py, PyBytes>, Option<Vec<String>>, Option<String>) {
        (PyBytes::new(py, &self.octets), self.algorithms.clone(), self.kid.clone())
    }
}

/// For pickling.
#[pyfunction]
#[pyo3(signature = (
    json, symmetric_keys, max_octets, max_keys, tolerate_padded_base64=false,
    tolerate_short_coordinates=false, single=false, purposes=None, certificates=None
))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn restore_json(
    py: Python<'_>,
    json: Vec<u8>,
    symmetric_keys: bool,
    max_octets: Option<usize>,
    max_keys: Option<usize>,
    tolerate_padded_base64: bool,
    tolerate_short_coordinates: bool,
    single: bool,
    purposes: Option<Vec<String>>,
    certificates: Option<Vec<String>>,
) -> PyResult<JwkSet> {
    let source = JsonSource {
        json,
        symmetric_keys,
        max_octets,
        max_keys,
        tolerate_padded_base64,
        tolerate_short_coordinates,
        single,
        purposes,
        certificates,
    };
    JwkSet::of_json(py, source)
}

/// For pickling.
#[pyfunction]
pub(crate) fn restore_pem(
    py: Python<'_>,
    pem: Vec<u8>,
    algorithms: Vec<String>,
    kid: Option<String>,
) -> PyResult<JwkSet> {
    let algorithms = Some(algorithms);
    JwkSet::of_pem(py, NamedSource { octets: pem, algorithms, kid })
}

/// For pickling.
#[pyfunction]
pub(crate) fn restore_secret(
    py: Python<'_>,
    secret: Vec<u8>,
    algorithms: Option<Vec<String>>,
    kid: Option<String>,
) -> PyResult<JwkSet> {
    JwkSet::of_secret(py, NamedSource { octets: secret, algorithms, kid })
}
