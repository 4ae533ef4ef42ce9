//! The settings of a service, by name and as text, judged by the core.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use verijot::{KeySource, KeySourceError, Settings};

use crate::discovery::KeyLocation;
use crate::jwk_set::JwkSet;
use crate::refusal;

/// Reads the settings, each by its name behind a prefix: what `lookup` answers, None if it is not
/// set.
///
/// Gives the keywords of a Verifier, the keys or else where to fetch them, and the most octets and
/// the most keys that a set may have. Raises InvalidSettingsError, and whatever `lookup` raises.
#[pyfunction]
#[pyo3(signature = (prefix, lookup, /))]
pub(crate) fn read_settings<'py>(prefix: &str, lookup: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    let py = lookup.py();
    let mut demands = BTreeMap::new();
    let mut raised = None;
    let settings = Settings::read(prefix, |name| {
        let value = lookup.call1((name,)).and_then(|value| value.extract::<Option<String>>());
        let value = value.unwrap_or_else(|error| {
            raised.get_or_insert(error);
            None
        });
        let demand = DEMANDS.iter().find(|demand| name.strip_prefix(prefix) == Some(demand));
        if let (Some(demand), Some(value)) = (demand, &value) {
            demands.insert(*demand, value.clone());
        }
        value
    });
    if let Some(raised) = raised {
        return Err(raised);
    }
    let settings = settings
        .map_err(|error| refusal::invalid_settings(py, error.settings(), error.problem()))?;
    let source = settings.key_source();
    let keys = JwkSet::of_source(source).map_err(|error| unusable(py, prefix, source, &error))?;
    let source = match (keys, source.location()) {
        (Some(keys), _) => Bound::new(py, keys)?.into_any(),
        (None, Some(location)) => Bound::new(py, KeyLocation::new(location))?.into_any(),
        (None, None) => return Err(refusal::invalid_settings(py, &[], "no source of keys")),
    };
    let limits = settings.key_limits();
    Ok((keywords(py, &demands)?, source, (limits.max_octets, limits.max_keys)))
}

/// Keywords of a Verifier, the keys or where to fetch them, and the most octets and keys of a set.
type Read<'py> = (Bound<'py, PyDict>, Bound<'py, PyAny>, (usize, usize));

/// The settings that the core has found good, as keywords of a Verifier.
fn keywords<'py>(
    py: Python<'py>,
    demands: &BTreeMap<&str, String>,
) -> PyResult<Bound<'py, PyDict>> {
    let names = |name: &str, waiver: Option<&str>| {
        let names = demands.get(name)?.split_whitespace().collect::<Vec<_>>();
        let is_waived = waiver.is_some_and(|waiver| names == [waiver]);
        (!is_waived).then(|| PyTuple::new(py, names))
    };
    let keywords = PyDict::new(py);
    keywords.set_item("issuer", names(ISSUER, Some(ANY_ISSUER)).transpose()?)?;
    keywords.set_item("audience", names(AUDIENCE, Some(ANY_AUDIENCE)).transpose()?)?;
    keywords.set_item("algorithms", names(ALGORITHMS, None).transpose()?)?;
    if let Some(seconds) = demands.get(LEEWAY) {
        keywords.set_item("leeway", seconds.trim().parse::<u64>()?)?;
    }
    if let Some(octets) = demands.get(MAX_TOKEN_OCTETS) {
        keywords.set_item("max_token_octets", octets.trim().parse::<usize>()?)?;
    }
    Ok(keywords)
}

/// The provider that was built in lacks what a key is for.
fn unusable(py: Python<'_>, prefix: &str, source: &KeySource, error: &KeySourceError) -> PyErr {
    let name = match source {
        KeySource::PublicKey { .. } => "PUBLIC_KEY",
        KeySource::Secret { .. } => "SECRET",
        _ => "JWKS",
    };
    let text = error.to_string();
    let problem = text.split_once(": ").map_or(text.as_str(), |(_, problem)| problem);
    refusal::invalid_settings(py, &[format!("{prefix}{name}")], problem)
}

const DEMANDS: [&str; 5] = [ISSUER, AUDIENCE, ALGORITHMS, LEEWAY, MAX_TOKEN_OCTETS];

const ISSUER: &str = "ISSUER";
const AUDIENCE: &str = "AUDIENCE";
const ALGORITHMS: &str = "ALGORITHMS";
const LEEWAY: &str = "LEEWAY";
const MAX_TOKEN_OCTETS: &str = "MAX_TOKEN_OCTETS";

const ANY_ISSUER: &str = "any-issuer";
const ANY_AUDIENCE: &str = "any-audience";
