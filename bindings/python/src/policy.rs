//! The keywords of a Verifier as a policy of the core.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyEllipsis, PyMapping, PyTuple};
use verijot::{Audiences, Issuers, LifetimeClasses, Policy};

use crate::octets::wrong_type;
use crate::{json, names, time};

/// The keywords as they were given.
pub(crate) struct Keywords<'k, 'py> {
    pub(crate) issuer: &'k Bound<'py, PyAny>,
    pub(crate) audience: &'k Bound<'py, PyAny>,
    pub(crate) algorithms: Option<&'k Bound<'py, PyAny>>,
    pub(crate) types: Given<'py>,
    pub(crate) leeway: Given<'py>,
    pub(crate) require_exp: bool,
    pub(crate) allow_numeric_subject: bool,
    pub(crate) allow_future_issued_at: bool,
    pub(crate) required_claims: Option<&'k Bound<'py, PyAny>>,
    pub(crate) expected_claims: Option<&'k Bound<'py, PyAny>>,
    pub(crate) max_age: Option<&'k Bound<'py, PyAny>>,
    pub(crate) max_lifetime: Option<&'k Bound<'py, PyAny>>,
    pub(crate) max_lifetime_by: Option<&'k Bound<'py, PyAny>>,
    pub(crate) required_scopes: Option<&'k Bound<'py, PyAny>>,
    pub(crate) required_roles: Option<&'k Bound<'py, PyAny>>,
    pub(crate) max_token_octets: Option<usize>,
}

impl<'py> Keywords<'_, 'py> {
    /// The policy, and the same keywords again with values that nobody can change.
    pub(crate) fn read(&self, py: Python<'py>) -> PyResult<(Policy, Bound<'py, PyDict>)> {
        let kept = Kept { values: PyDict::new(py) };
        let issuers = kept.names("issuer", Some(self.issuer))?;
        let audiences = kept.names("audience", Some(self.audience))?;
        let mut policy = Policy::new(
            issuers.map_or_else(Issuers::any, Issuers::one_of),
            audiences.map_or_else(Audiences::any, Audiences::one_of),
        );
        if let Some(algorithms) = kept.names("algorithms", self.algorithms)? {
            policy = policy.algorithms(names::algorithms(py, &algorithms)?);
        }
        policy = match &self.types {
            Given::Default => policy,
            Given::Value(types) => match kept.names("types", Some(types))? {
                Some(types) => policy.types(types),
                None => policy.any_type(),
            },
        };
        if let Given::Value(leeway) = &self.leeway {
            if let Some(leeway) = kept.span("leeway", Some(leeway))? {
                policy = policy.leeway(leeway);
            }
        }
        if let Some(max_age) = kept.span("max_age", self.max_age)? {
            policy = policy.max_age(max_age);
        }
        if let Some(max_lifetime) = kept.span("max_lifetime", self.max_lifetime)? {
            policy = policy.max_lifetime(max_lifetime);
        }
        if let Some(classes) = kept.lifetime_classes("max_lifetime_by", self.max_lifetime_by)? {
            policy = policy.max_lifetime_by(classes);
        }
        if !self.require_exp {
            policy = policy.allow_missing_expiry();
        }
        kept.values.set_item("require_exp", self.require_exp)?;
        if self.allow_numeric_subject {
            policy = policy.allow_numeric_subject();
            kept.values.set_item("allow_numeric_subject", true)?;
        }
        if self.allow_future_issued_at {
            policy = policy.allow_future_issued_at();
            kept.values.set_item("allow_future_issued_at", true)?;
        }
        if let Some(names) = kept.names("required_claims", self.required_claims)? {
            policy = policy.require_claims(names);
        }
        if let Some(scopes) = kept.names("required_scopes", self.required_scopes)? {
            policy = policy.require_scopes(scopes);
        }
        policy = kept.expected_claims("expected_claims", self.expected_claims, policy)?;
        policy = kept.roles("required_roles", self.required_roles, policy)?;
        if let Some(octets) = self.max_token_octets {
            policy = policy.token_limit(octets);
            kept.values.set_item("max_token_octets", octets)?;
        }
        Ok((policy, kept.values))
    }
}

/// A keyword for which `None` is a value, and `...` the default.
pub(crate) enum Given<'py> {
    Default,
    Value(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(match value.cast::<PyEllipsis>() {
            Ok(_) => Self::Default,
            Err(_) => Self::Value(value.to_owned()),
        })
    }
}

/// Keywords that have been read.
struct Kept<'py> {
    values: Bound<'py, PyDict>,
}

impl<'py> Kept<'py> {
    fn names(
        &self,
        keyword: &str,
        value: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Vec<String>>> {
        let Some(value) = value.filter(|value| !value.is_none()) else {
            self.values.set_item(keyword, self.values.py().None())?;
            return Ok(None);
        };
        let names = names::names(value, keyword)?;
        self.values.set_item(keyword, PyTuple::new(self.values.py(), &names)?)?;
        Ok(Some(names))
    }

    fn span(&self, keyword: &str, value: Option<&Bound<'py, PyAny>>) -> PyResult<Option<Duration>> {
        let Some(value) = value else { return Ok(None) };
        let span = time::span(value, keyword)?;
        self.values.set_item(keyword, value)?;
        Ok(Some(span))
    }

    /// `(claim, ceilings, default)`, the last of which may be left out or `None`.
    fn lifetime_classes(
        &self,
        keyword: &str,
        value: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<LifetimeClasses>> {
        let Some(value) = value else { return Ok(None) };
        let py = value.py();
        let wrong = || wrong_type(keyword, "LifetimeClasses(claim, ceilings, default)", value);
        let parts = value.cast::<PyTuple>().map_err(|_| wrong())?;
        let (claim, ceilings, default) = match parts.len() {
            2 => (parts.get_item(0)?, parts.get_item(1)?, py.None().into_bound(py)),
            3 => (parts.get_item(0)?, parts.get_item(1)?, parts.get_item(2)?),
            _ => return Err(wrong()),
        };
        let mut classes = LifetimeClasses::by_claim(claim.extract::<String>()?);
        let copy = PyDict::new(py);
        for pair in ceilings.cast::<PyMapping>().map_err(|_| wrong())?.items()? {
            let (class, ceiling) = pair.extract::<(String, Bound<'_, PyAny>)>()?;
            classes = classes.class(&class, time::span(&ceiling, keyword)?);
            copy.set_item(class, ceiling)?;
        }
        if !default.is_none() {
            classes = classes.otherwise(time::span(&default, keyword)?);
        }
        self.values.set_item(keyword, (claim, copy, default))?;
        Ok(Some(classes))
    }

    fn expected_claims(
        &self,
        keyword: &str,
        value: Option<&Bound<'py, PyAny>>,
        mut policy: Policy,
    ) -> PyResult<Policy> {
        let Some(value) = value else { return Ok(policy) };
        let claims = value.cast::<PyMapping>();
        let claims = claims.map_err(|_| wrong_type(keyword, "a mapping", value))?;
        let copy = PyDict::new(value.py());
        for pair in claims.items()? {
            let (claim, value) = pair.extract::<(String, Bound<'_, PyAny>)>()?;
            let json = json::dumps(&value)?;
            policy = policy.expect_claim(&claim, json::value(&json)?);
            copy.set_item(claim, json::loads(value.py(), &json)?)?;
        }
        self.values.set_item(keyword, copy)?;
        Ok(policy)
    }

    fn roles(
        &self,
        keyword: &str,
        value: Option<&Bound<'py, PyAny>>,
        mut policy: Policy,
    ) -> PyResult<Policy> {
        let Some(value) = value else { return Ok(policy) };
        let roles = value.cast::<PyMapping>();
        let roles = roles.map_err(|_| wrong_type(keyword, "a mapping of path to roles", value))?;
        let copy = PyDict::new(value.py());
        for pair in roles.items()? {
            let (path, roles) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            let roles = names::names(&roles, keyword)?;
            policy = policy.require_roles(names::claim_path(&path)?, roles.iter().cloned());
            copy.set_item(path, PyTuple::new(value.py(), roles)?)?;
        }
        self.values.set_item(keyword, copy)?;
        Ok(policy)
    }
}
