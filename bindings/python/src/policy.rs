//! What a token must fulfil: a document, or the keywords that make one.

use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySequence, PyString, PyTuple, PyType};
use verijot::PolicyError;

use crate::octets::octets;
use crate::{json, policy_options, refusal};

/// What a token must fulfil. Immutable; it can be pickled.
///
/// A policy is a document, the same JSON in every language: `from_json` reads it, `to_json` writes
/// it. `verijot.policy.PolicyOptions` lists the keywords.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Policy {
    policy: verijot::Policy,
}

impl Policy {
    pub(crate) fn of_core(policy: verijot::Policy) -> Self {
        Self { policy }
    }

    /// The policy that the keywords make; with `policy`, that policy and what the keywords add.
    pub(crate) fn of_keywords(
        py: Python<'_>,
        policy: Option<&Self>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<verijot::Policy> {
        let is_given = |keyword: &str| {
            keywords.map_or(Ok(false), |keywords| keywords.contains(keyword)).unwrap_or(false)
        };
        let document = policy.map(|policy| policy.policy.to_json());
        let document = policy_options::with_keywords(py, document.as_deref(), keywords)?;
        if policy.is_none() && !(is_given("issuer") && is_given("audience")) {
            return Err(PyTypeError::new_err(
                "missing keyword arguments: pass issuer and audience (None waives the check), or \
                 a Policy",
            ));
        }
        let policy = verijot::Policy::from_json(document);
        policy.map_err(|error| invalid(py, &error, policy_options::keyword_of))
    }

    /// The issuers and the audiences, each a tuple of names, or None where the check is waived. Templates
    /// and audiences with a further demand are shown as in the document.
    pub(crate) fn shown<'py>(
        py: Python<'py>,
        policy: &verijot::Policy,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let document = json::loads(py, &policy.to_json())?;
        let names = |member| {
            let names = document.get_item(member)?;
            if names.is_none() || names.is_instance_of::<PyDict>() {
                return PyResult::Ok(names);
            }
            Ok(names.cast::<PySequence>()?.to_tuple()?.into_any())
        };
        Ok((names("issuers")?, names("audiences")?))
    }
}

#[pymethods]
impl Policy {
    /// Makes a policy. `issuer` and `audience` are required; None waives the check.
    ///
    /// The other keywords are those of `verijot.policy.PolicyOptions`. Raises InvalidPolicyError
    /// for a policy that makes no sense.
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, issuer, audience, **options)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Ok(Self { policy: Self::of_keywords(py, None, options)? })
    }

    /// Reads a policy from its document.
    ///
    /// Raises InvalidPolicyError, which names the member, for an unknown or repeated member, a
    /// wrong type and a value that makes no sense.
    #[classmethod]
    #[pyo3(signature = (document, /))]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        let policy = verijot::Policy::from_json(&*octets(document, "document")?);
        match policy {
            Ok(policy) => Ok(Self { policy }),
            Err(error) => Err(invalid(document.py(), &error, str::to_owned)),
        }
    }

    /// Returns the document in one line, without the members that have their default.
    fn to_json(&self) -> String {
        self.policy.to_json()
    }

    fn __richcmp__<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        comparison: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        let equal = self.policy == other.get().policy;
        match comparison {
            CompareOp::Eq => Ok(equal.into_pyobject(py)?.to_owned().into_any()),
            CompareOp::Ne => Ok((!equal).into_pyobject(py)?.to_owned().into_any()),
            _ => Ok(py.NotImplemented().into_bound(py)),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.policy.to_json()).hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (issuer, audience) = Self::shown(py, &self.policy)?;
        Ok(format!("<Policy issuer={} audience={}>", issuer.repr()?, audience.repr()?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let reader = slf.get_type().getattr("from_json")?;
        PyTuple::new(slf.py(), [reader, (slf.get().to_json(),).into_pyobject(slf.py())?.into_any()])
    }
}

/// InvalidPolicyError that names the member as the caller does.
fn invalid(py: Python<'_>, error: &PolicyError, named: impl Fn(&str) -> String) -> PyErr {
    let place = error.member().map(|member| format!("{}: ", named(member))).unwrap_or_default();
    refusal::invalid_policy(py, &format!("{place}{}", error.problem()))
}
