//! Converts the core's errors to Python exceptions, whose classes are in `verijot.errors`.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use verijot::keys::{KeyProblem, UnusableKey};
use verijot::request::DemandError;
use verijot::{Error, JwksError};

use crate::names;

/// Returns the exception for a code of the core, for callers that find a problem themselves: a
/// missing token, unavailable keys, a missing scope.
///
/// Raises ValueError for a code that only a verification can produce.
#[pyfunction]
#[pyo3(signature = (code, *, claim=None, required=None, retry_after=None))]
pub(crate) fn refusal<'py>(
    py: Python<'py>,
    code: &str,
    claim: Option<String>,
    required: Option<&Bound<'py, PyAny>>,
    retry_after: Option<f64>,
) -> PyResult<Bound<'py, PyAny>> {
    let required = match required {
        Some(value) => names::names(value, "required")?,
        None => Vec::new(),
    };
    let retry_after = retry_after
        .map(Duration::try_from_secs_f64)
        .transpose()
        .map_err(|_| PyValueError::new_err("retry_after must be a number of seconds"))?;
    let error = of_caller(code, claim, required, retry_after)
        .ok_or_else(|| PyValueError::new_err("only a verification can produce this code"))?;
    exception(py, &error)
}

/// Returns the exception for claims that do not match a type of the caller.
#[pyfunction]
#[pyo3(signature = (claim, *, is_missing))]
pub(crate) fn mismatch<'py>(
    py: Python<'py>,
    claim: Option<String>,
    is_missing: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let claim = claim.unwrap_or_default();
    let error = if is_missing {
        Error::MissingClaim { claim }
    } else {
        Error::InvalidClaim { claim, expected: "of the requested type" }
    };
    exception(py, &error)
}

/// The error for a code that callers may use.
fn of_caller(
    code: &str,
    claim: Option<String>,
    required: Vec<String>,
    retry_after: Option<Duration>,
) -> Option<Error> {
    Some(match code {
        "missing_token" => Error::MissingToken,
        "malformed_authorization" => Error::MalformedAuthorization,
        "revoked" => Error::Revoked,
        "keys_unavailable" => Error::KeysUnavailable { retry_after },
        "revocation_unavailable" => Error::RevocationUnavailable { retry_after },
        "replayed" => Error::Replayed,
        "replay_unavailable" => Error::ReplayUnavailable { retry_after },
        "insufficient_scope" => Error::InsufficientScope {
            claim: claim.unwrap_or_else(|| String::from("scope")),
            required,
            any_of: false,
        },
        _ => return None,
    })
}

/// The exception to raise for a refused token.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|problem| problem, PyErr::from_value)
}

/// The exception for an error of the core.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let build = BUILD.import(py, "verijot.errors", "_refusal")?;
    build.call1((
        error.code(),
        error.message(),
        error.claim().map(String::from),
        error.expected(),
        error.actual(),
        error.http_status(),
        error.www_authenticate(None),
        error.retry_after_seconds(),
    ))
}

/// InvalidDemandError.
pub(crate) fn invalid_demand(py: Python<'_>, error: &DemandError) -> PyErr {
    invalid_demand_because(py, error.problem())
}

/// InvalidDemandError for arguments that the core never sees.
pub(crate) fn invalid_demand_because(py: Python<'_>, problem: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    of_class(py, &CLASS, "InvalidDemandError", problem, None)
}

/// InvalidPolicyError.
pub(crate) fn invalid_policy(py: Python<'_>, problem: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    of_class(py, &CLASS, "InvalidPolicyError", problem, None)
}

/// InvalidJwksError.
pub(crate) fn invalid_jwks(py: Python<'_>, error: &JwksError) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let text = error.to_string();
    let message = text.split_once(": ").map_or(text.as_str(), |(_, message)| message);
    of_class(py, &CLASS, "InvalidJwksError", message, Some(error.code()))
}

/// InvalidKeySourceError.
pub(crate) fn discovery(py: Python<'_>, problem: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    of_class(py, &CLASS, "InvalidKeySourceError", problem, None)
}

/// InvalidSettingsError.
pub(crate) fn invalid_settings(py: Python<'_>, settings: &[String], problem: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = CLASS
        .import(py, "verijot.errors", "InvalidSettingsError")
        .and_then(|class| class.call1((problem, PyTuple::new(py, settings)?)));
    made.map_or_else(|problem| problem, PyErr::from_value)
}

/// SignInNeededError.
pub(crate) fn sign_in_needed(py: Python<'_>, problem: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    of_class(py, &CLASS, "SignInNeededError", problem, None)
}

/// StorageNeededError.
pub(crate) fn storage_needed(py: Python<'_>, problem: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    of_class(py, &CLASS, "StorageNeededError", problem, None)
}

/// RefreshUnavailableError.
pub(crate) fn refresh_unavailable(py: Python<'_>, problem: &str, retry_after: Duration) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = CLASS
        .import(py, "verijot.errors", "RefreshUnavailableError")
        .and_then(|class| class.call1((problem, whole_seconds(retry_after))));
    made.map_or_else(|problem| problem, PyErr::from_value)
}

/// UnusableKeyError.
pub(crate) fn unusable_key(py: Python<'_>, reason: UnusableKey) -> PyErr {
    unusable_key_because(py, reason.problem(), reason.detail())
}

/// UnusableKeyError for arguments that the core never sees.
pub(crate) fn unusable_key_because(py: Python<'_>, problem: KeyProblem, detail: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    of_class(py, &CLASS, "UnusableKeyError", detail, Some(problem.code()))
}

fn of_class(
    py: Python<'_>,
    class: &PyOnceLock<Py<PyAny>>,
    name: &str,
    message: &str,
    code: Option<&str>,
) -> PyErr {
    let made = class.import(py, "verijot.errors", name).and_then(|class| match code {
        Some(code) => class.call1(PyTuple::new(py, [message, code])?),
        None => class.call1((message,)),
    });
    made.map_or_else(|problem| problem, PyErr::from_value)
}

/// Rounds up to whole seconds, as the Retry-After header has them (RFC 9110 §10.2.3).
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}
