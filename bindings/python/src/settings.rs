//! The settings of a service, which the core reads from names and texts.

use pyo3::prelude::*;
use verijot::issuer::{KeySource, KeySourceError, Settings, SettingsError};

use crate::discovery::KeyLocation;
use crate::jwk_set::JwkSet;
use crate::policy::Policy;
use crate::preset::{self, Names};
use crate::refusal;

/// Reads the settings. `lookup` takes a name with the prefix and returns the octets of its value, and of
/// the file that the setting with `SETTINGS_FILE_SUFFIX` names; None for what is not set.
///
/// Returns the policy, the keys or the place to fetch them from, and how a set is read: the most
/// octets, the most keys, the purposes of keys, and the algorithms of certificates. Raises InvalidSettingsError, and what `lookup` raises.
#[pyfunction]
#[pyo3(signature = (prefix, lookup, /))]
pub(crate) fn read_settings<'py>(prefix: &str, lookup: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    let py = lookup.py();
    let settings = Settings::try_read(prefix, |name| {
        let found = lookup.call1((name,)).map_err(Failed::Raised)?;
        let (value, content) = found.extract::<Found>().map_err(Failed::Raised)?;
        Ok(Settings::text(name, value, content)?)
    });
    let settings = settings.map_err(|failed| match failed {
        Failed::Raised(error) => error,
        Failed::Settings(error) => refusal::invalid_settings(py, error.settings(), error.problem()),
    })?;
    let source = settings.key_source();
    let keys = JwkSet::of_source(source).map_err(|error| unusable(py, prefix, source, &error))?;
    let source = match (keys, source.location()) {
        (Some(keys), _) => Bound::new(py, keys)?.into_any(),
        (None, Some(location)) => Bound::new(py, KeyLocation::new(location))?.into_any(),
        (None, None) => return Err(refusal::invalid_settings(py, &[], "no source of keys")),
    };
    let limits = settings.key_limits();
    let policy = Policy::of_core(settings.policy().clone());
    let (purposes, certificates) = preset::reading(settings.key_source());
    Ok((policy, source, (limits.max_octets, limits.max_keys, purposes, certificates)))
}

/// The octets of a value and of a file.
type Found = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Why settings could not be read.
enum Failed {
    Raised(PyErr),
    Settings(SettingsError),
}

impl From<SettingsError> for Failed {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

/// The policy, the keys or the place to fetch them from, and how a set is read.
type Read<'py> = (Policy, Bound<'py, PyAny>, Reading);
type Reading = (usize, usize, Names, Names);

/// The error for a key that the built-in provider cannot use.
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
