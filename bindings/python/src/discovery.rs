//! From an issuer's name to the place of its keys, judged by the core.

use pyo3::prelude::*;
use verijot::discovery::{self, DiscoveryError};

use crate::octets::octets;
use crate::refusal;

/// Where an issuer's metadata may be, in the order to ask.
#[pyfunction]
#[pyo3(signature = (issuer, /))]
pub(crate) fn metadata_urls(py: Python<'_>, issuer: &str) -> PyResult<(String, String)> {
    let [openid, oauth] = discovery::metadata_urls(issuer).map_err(|error| raised(py, error))?;
    Ok((openid, oauth))
}

/// Where an issuer without metadata is asked for its keys by custom.
#[pyfunction]
#[pyo3(signature = (issuer, /))]
pub(crate) fn customary_jwks_url(py: Python<'_>, issuer: &str) -> PyResult<String> {
    discovery::customary_jwks_url(issuer).map_err(|error| raised(py, error))
}

/// The `jwks_uri` in an issuer's metadata, which must name the very issuer that was asked for.
#[pyfunction]
#[pyo3(signature = (issuer, metadata, /))]
pub(crate) fn jwks_url(
    py: Python<'_>,
    issuer: &str,
    metadata: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let metadata = octets(metadata, "metadata")?;
    discovery::jwks_url(issuer, &metadata).map_err(|error| raised(py, error))
}

/// Raises DiscoveryError unless keys may be fetched from a URL.
#[pyfunction]
#[pyo3(signature = (url, /))]
pub(crate) fn check_url(py: Python<'_>, url: &str) -> PyResult<()> {
    discovery::check_url(url).map_err(|error| raised(py, error))
}

fn raised(py: Python<'_>, error: DiscoveryError) -> PyErr {
    refusal::discovery(py, &error.to_string())
}
