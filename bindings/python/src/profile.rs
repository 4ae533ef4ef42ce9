//! Profiles: the settings of a verifier for one kind of token, and what one call expects.

use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyEllipsis, PyTuple};
use verijot::{NumericDate, PolicyError};

use crate::explanation::Explanation;
use crate::jwk_set::JwkSet;
use crate::octets::{octets, wrong_type};
use crate::policy_options::{array, span, text};
use crate::replay::Replay;
use crate::token::VerifiedToken;
use crate::verifier::{Hooks, Verifier};
use crate::{json, names, policy_options, refusal, time};

/// A profile: the settings of a verifier for one kind of token. Immutable.
#[pyclass(frozen, module = "verijot._native")]
pub(crate) struct Profile {
    profile: verijot::profile::Profile,
    document: String,
    verifier: Py<Verifier>,
    /// The same without the caller's hooks, which are called after the profile's checks.
    core_verifier: Py<Verifier>,
}

#[pymethods]
impl Profile {
    /// Reads the document of a profile, to which the keywords of a Verifier are added.
    ///
    /// Raises InvalidPolicyError, and TypeError for an option that the document has already.
    #[new]
    #[pyo3(signature = (document, /, *, known_tenants=None, revoked=None, token_cache=None, **options))]
    fn new(
        py: Python<'_>,
        document: &Bound<'_, PyAny>,
        known_tenants: Option<Py<PyAny>>,
        revoked: Option<Py<PyAny>>,
        token_cache: Option<usize>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut document = match document.cast::<PyDict>() {
            Ok(members) => written(members)?,
            Err(_) => text_of(document, "document")?,
        };
        if options.is_some() {
            check_object(py, &document)?;
            document = policy_options::with_keywords(py, Some(&document), options)?;
        }
        let profile =
            verijot::profile::Profile::from_json(&document).map_err(|error| invalid(py, &error))?;
        let policy = profile.verifier().policy().clone();
        let without = Verifier::of_policy(py, policy.clone(), Hooks::default(), token_cache)?;
        let core_verifier = Py::new(py, without)?;
        let hooks = Hooks { known_tenants, revoked };
        let verifier = match (&hooks.known_tenants, &hooks.revoked) {
            (None, None) => core_verifier.clone_ref(py),
            _ => Py::new(py, Verifier::of_policy(py, policy, hooks, token_cache)?)?,
        };
        Ok(Self { profile, document, verifier, core_verifier })
    }

    /// The kind of token, such as `id-token`.
    #[getter]
    const fn name(&self) -> &'static str {
        self.profile.name()
    }

    /// The verifier that makes the checks up to the profile's.
    #[getter]
    fn verifier(&self, py: Python<'_>) -> Py<Verifier> {
        self.verifier.clone_ref(py)
    }

    /// The same, but it asks neither `known_tenants` nor `revoked`.
    #[getter]
    fn core_verifier(&self, py: Python<'_>) -> Py<Verifier> {
        self.core_verifier.clone_ref(py)
    }

    /// Asks `known_tenants` and `revoked` about a token that has passed every other check.
    #[pyo3(signature = (token, /))]
    fn ask_caller(&self, py: Python<'_>, token: &Bound<'_, VerifiedToken>) -> PyResult<()> {
        self.verifier.get().ask_caller(py, token)?.raise(py)
    }

    /// Reads what one call expects: a document, or a dict of its members.
    ///
    /// Raises InvalidPolicyError, which names the member.
    #[pyo3(signature = (call, /))]
    fn expectations<'py>(
        profile: &Bound<'py, Self>,
        call: &Bound<'py, PyAny>,
    ) -> PyResult<Expectations> {
        let document = match call.cast::<PyDict>() {
            Ok(members) => written(members)?,
            Err(_) => text_of(call, "call")?,
        };
        match profile.get().profile.expectations(&document) {
            Ok(_) => Ok(Expectations { profile: profile.clone().unbind(), document }),
            Err(error) => Err(invalid(call.py(), &error)),
        }
    }

    fn __repr__(&self) -> String {
        format!("<Profile {}>", self.profile.name())
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let keywords = self.verifier.get().keywords(py)?;
        Ok((PyTuple::new(py, [&self.document])?, keywords))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.verifier)?;
        visit.call(&self.core_verifier)
    }
}

/// What one call expects of a token.
#[pyclass(frozen, module = "verijot._native")]
pub(crate) struct Expectations {
    profile: Py<Profile>,
    document: String,
}

impl Expectations {
    fn of_core(&self, py: Python<'_>) -> PyResult<verijot::profile::Expectations<'_>> {
        let read = self.profile.get().profile.expectations(&self.document);
        read.map_err(|error| invalid(py, &error))
    }
}

#[pymethods]
impl Expectations {
    /// Makes the profile's checks of a token that its verifier has accepted. Raises a
    /// VerificationError. If the result has a `replay`, it must be admitted before the token is used.
    #[pyo3(signature = (token, /, *, now=None))]
    fn check(
        &self,
        py: Python<'_>,
        token: &VerifiedToken,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Checked> {
        let checked = self.of_core(py)?.check(token.verified(), time::moment(now)?);
        let checked = checked.map_err(|error| refusal::raised(py, &error))?;
        Ok(Checked { checked })
    }

    /// Verifies a token, makes the profile's checks, and returns the outcome of each check.
    #[pyo3(signature = (token, keys, *, now=None))]
    fn explain(
        &self,
        py: Python<'_>,
        token: &Bound<'_, PyAny>,
        keys: &JwkSet,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Explanation> {
        let octets = octets(token, "token")?;
        let now = time::moment(now)?;
        let expectations = self.of_core(py)?;
        let explanation = py.detach(|| expectations.explain(&octets, keys.keys_of_core(), now));
        Explanation::of(py, explanation, Some(self.profile.get().verifier.get()))
    }

    fn __repr__(&self) -> &'static str {
        "<Expectations>"
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.profile)
    }
}

/// What a profile has checked of a token.
#[pyclass(frozen, module = "verijot._native")]
pub(crate) struct Checked {
    checked: verijot::profile::Checked,
}

#[pymethods]
impl Checked {
    /// The claims that the profile has checked. Raises InvalidClaimError as `VerifiedToken.claims` does.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::claims(py, self.checked.json())
    }

    /// What must be admitted before the token is used; None if it may be presented again.
    #[getter]
    fn replay(&self) -> Option<Replay> {
        self.checked.replay().copied().map(Replay::of_core)
    }

    /// A claim that is a date, as an aware datetime.
    #[pyo3(signature = (claim, /))]
    fn date<'py>(&self, py: Python<'py>, claim: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let claims = serde_json::from_str::<serde_json::Value>(self.checked.json());
        let number = claims.ok().and_then(|claims| Some(claims.get(claim)?.to_string()));
        let date = number.and_then(|number| NumericDate::from_json_number(&number));
        date.map(|date| time::datetime(py, date)).transpose()
    }

    fn __repr__(&self) -> &'static str {
        "<Checked>"
    }
}

/// The text of a document. For what is not UTF-8 the core says what is wrong.
fn text_of(value: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    String::from_utf8(octets(value, name)?.into_owned()).map_err(|error| {
        let refused = verijot::profile::Profile::from_json(error.as_bytes()).err();
        refused.map_or_else(
            || refusal::invalid_policy(value.py(), "not UTF-8"),
            |error| invalid(value.py(), &error),
        )
    })
}

/// Raises the core's error for a document to which no members can be added.
fn check_object(py: Python<'_>, document: &str) -> PyResult<()> {
    let read = json::loads(py, document);
    if let Ok(read) = &read {
        if read.is_instance_of::<PyDict>() {
            return Ok(());
        }
    }
    match verijot::profile::Profile::from_json(document) {
        Err(error) => Err(invalid(py, &error)),
        Ok(_) => read.map(drop),
    }
}

/// Writes the members as a document. `...` leaves a member out, and so do False for a flag, which is
/// what a waiver is by default, and None, except for a flag and where it waives a check.
fn written(members: &Bound<'_, PyDict>) -> PyResult<String> {
    let mut pairs = Vec::new();
    for (name, value) in members {
        let name = name.extract::<String>()?;
        if value.is_instance_of::<PyEllipsis>() {
            continue;
        }
        let value = if FLAGS.contains(&&*name) {
            let flag = value.cast::<PyBool>().map_err(|_| wrong_type(&name, "bool", &value))?;
            if !flag.is_true() {
                continue;
            }
            String::from("true")
        } else if value.is_none() {
            if !WAIVABLE.contains(&&*name) {
                continue;
            }
            String::from("null")
        } else if NAMES.contains(&&*name) {
            array(&names::names(&value, &name)?)
        } else if SPANS.contains(&&*name) {
            span(&value, &name)?
        } else {
            member(&name, &value)?
        };
        pairs.push(format!("{}:{value}", text(&name)));
    }
    Ok(format!("{{{}}}", pairs.join(",")))
}

fn member(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    // Quotes no value: it may be a token.
    json::dumps(value)
        .map_err(|_| PyTypeError::new_err(format!("{name} cannot be written as JSON")))
}

fn invalid(py: Python<'_>, error: &PolicyError) -> PyErr {
    let problem = match error.member() {
        Some(member) => format!("{}: {}", policy_options::keyword_of(member), error.problem()),
        None => error.problem().to_owned(),
    };
    refusal::invalid_policy(py, &problem)
}

const FLAGS: [&str; 8] = [
    "allow_missing_expiry",
    "allow_missing_type",
    "any_nonce",
    "auth_time_required",
    "shared_signals",
    "strict_type",
    "without_nonce",
    "without_replay_check",
];
const NAMES: [&str; 4] = ["acr", "authorized_parties", "client_ids", "trusted_audiences"];
const SPANS: [&str; 3] = ["max_age", "max_authentication_age", "remember_for"];
const WAIVABLE: [&str; 1] = ["authorized_parties"];
