//! The settings of a service, by name and as text, judged by the core.

use pyo3::prelude::*;
use verijot::issuer::{KeySource, KeySourceError, Settings};

use crate::discovery::KeyLocation;
use crate::jwk_set::JwkSet;
use crate::policy::Policy;
use crate::refusal;

/// Reads the settings, each by its name behind a prefix: what `lookup` answers, None if it is not
/// set.
///
/// Gives the policy, the keys or else where to fetch them, and the most octets and
/// the most keys that a set may have. Raises InvalidSettingsError, and whatever `lookup` raises.
#[pyfunction]
#[pyo3(signature = (prefix, lookup, /))]
pub(crate) fn read_settings<'py>(prefix: &str, lookup: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    let py = lookup.py();
    let mut raised = None;
    let settings = Settings::read(prefix, |name| {
        let value = lookup.call1((name,)).and_then(|value| value.extract::<Option<String>>());
        value.unwrap_or_else(|error| {
            raised.get_or_insert(error);
            None
        })
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
    let policy = Policy::of_core(settings.policy().clone());
    Ok((policy, source, (limits.max_octets, limits.max_keys)))
}

/// What is demanded, the keys or where to fetch them, and the most octets and keys of a set.
type Read<'py> = (Policy, Bound<'py, PyAny>, (usize, usize));

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
