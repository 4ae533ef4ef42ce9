//! Presets of well-known providers: their documents, and where their keys are.

use pyo3::prelude::*;
use verijot::PolicyError;
use verijot::issuer::KeySource;
use verijot::provider::{Preset, PresetKeys, Provider};

use crate::discovery::{self, KeyLocation};
use crate::octets::octets;
use crate::refusal;

/// The documents of a preset: of a policy, of a profile and of a load balancer's verifier, of which
/// it has one; and all of it with the source of keys as one JSON object. Raises InvalidPolicyError.
#[pyfunction]
#[pyo3(signature = (provider, options, /))]
pub(crate) fn read_preset(
    py: Python<'_>,
    provider: &str,
    options: &Bound<'_, PyAny>,
) -> PyResult<Documents> {
    let preset = preset(py, provider, options)?;
    let owned = |document: Option<&str>| document.map(str::to_owned);
    let (policy, profile) = (owned(preset.policy()), owned(preset.profile()));
    Ok((policy, profile, owned(preset.load_balancer()), preset.to_json()))
}

/// Where a preset's keys are fetched from, the purposes of keys, and the algorithms of certificates.
///
/// Raises InvalidKeySourceError if the caller has the keys, and for a URL that is not allowed.
#[pyfunction]
#[pyo3(signature = (provider, options, /, *, allow_plain_http=false, allowed_hosts=None))]
pub(crate) fn preset_keys(
    py: Python<'_>,
    provider: &str,
    options: &Bound<'_, PyAny>,
    allow_plain_http: bool,
    allowed_hosts: Option<&Bound<'_, PyAny>>,
) -> PyResult<(KeyLocation, Names, Names)> {
    let preset = preset(py, provider, options)?;
    let rules = discovery::rules(allow_plain_http, allowed_hosts)?;
    let source = KeySource::of_preset_under(&preset, rules).map_err(|error| {
        let text = error.to_string();
        let problem = text.split_once(": ").map_or(text.as_str(), |(_, problem)| problem);
        refusal::discovery(py, problem)
    })?;
    let location = source.as_ref().and_then(KeySource::location);
    let (Some(source), Some(location)) = (source, location) else {
        let what = match preset.keys() {
            PresetKeys::OfCaller { what, .. } => what,
            _ => "keys",
        };
        return Err(refusal::discovery(
            py,
            &format!("the preset names no URL of keys; pass {what}"),
        ));
    };
    let (purposes, certificates) = reading(&source);
    Ok((KeyLocation::new(location), purposes, certificates))
}

/// How the keys of a source are read: their purposes, and the algorithms of certificates.
pub(crate) fn reading(source: &KeySource) -> (Names, Names) {
    let purposes = source.purposes().map(<[String]>::to_vec);
    let certificates = source.certificates();
    (purposes, certificates.map(|all| all.iter().map(|one| one.to_string()).collect()))
}

fn preset(py: Python<'_>, provider: &str, options: &Bound<'_, PyAny>) -> PyResult<Preset> {
    let options = octets(options, "options")?;
    let preset = Provider::parse(provider).and_then(|provider| provider.preset(&*options));
    preset.map_err(|error| invalid(py, &error))
}

fn invalid(py: Python<'_>, error: &PolicyError) -> PyErr {
    let problem = match error.member() {
        Some(member) => format!("{member}: {}", error.problem()),
        None => error.problem().to_owned(),
    };
    refusal::invalid_policy(py, &problem)
}

pub(crate) type Names = Option<Vec<String>>;
type Documents = (Option<String>, Option<String>, Option<String>, String);
