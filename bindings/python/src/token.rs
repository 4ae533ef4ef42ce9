//! A token that may be believed.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet, PyTuple};
use verijot::{Error, Excerpt, Verified};

use crate::held_token::HeldToken;
use crate::{convert, json, names, refusal, time};

/// A JWT whose signature and claims have passed every check of a verifier.
///
/// Only a Verifier makes one. Its repr shows no claim.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct VerifiedToken {
    token: Token,
    claims: PyOnceLock<Py<PyDict>>,
    header: PyOnceLock<Py<PyDict>>,
}

impl VerifiedToken {
    pub(crate) fn new(verified: Verified) -> Self {
        Self::of(Token::Own(verified))
    }

    /// A token that a cache holds.
    pub(crate) fn of_cache(held: Arc<HeldToken>) -> Self {
        Self::of(Token::Held(held))
    }

    fn of(token: Token) -> Self {
        Self { token, claims: PyOnceLock::new(), header: PyOnceLock::new() }
    }

    pub(crate) fn verified(&self) -> &Verified {
        match &self.token {
            Token::Own(verified) => verified,
            Token::Held(held) => held.verified(),
        }
    }
}

// A token that no cache holds is used where it is: a box would cost each of them an allocation.
#[allow(clippy::large_enum_variant)]
enum Token {
    Own(Verified),
    Held(Arc<HeldToken>),
}

#[pymethods]
impl VerifiedToken {
    /// `iss`.
    #[getter]
    fn issuer(&self) -> Option<&str> {
        self.verified().issuer()
    }

    /// `sub`.
    #[getter]
    fn subject(&self) -> Option<&str> {
        self.verified().subject()
    }

    /// Every string in `aud`.
    #[getter]
    fn audience<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.verified().audience().collect::<Vec<_>>())
    }

    /// `jti`.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.verified().id()
    }

    /// `exp` as an aware datetime, rounded down to microseconds.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified().expires_at().map(|date| time::datetime(py, date)).transpose()
    }

    /// `exp` in seconds since 1970.
    #[getter]
    fn expires_at_seconds<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified().expires_at().map(|date| time::number(py, date)).transpose()
    }

    /// `nbf` as an aware datetime, rounded down to microseconds.
    #[getter]
    fn not_before<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified().not_before().map(|date| time::datetime(py, date)).transpose()
    }

    /// `nbf` in seconds since 1970.
    #[getter]
    fn not_before_seconds<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified().not_before().map(|date| time::number(py, date)).transpose()
    }

    /// `iat` as an aware datetime, rounded down to microseconds.
    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified().issued_at().map(|date| time::datetime(py, date)).transpose()
    }

    /// `iat` in seconds since 1970.
    #[getter]
    fn issued_at_seconds<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.verified().issued_at().map(|date| time::number(py, date)).transpose()
    }

    /// What `scope` or, without that, `scp` grants.
    #[getter]
    fn scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.verified().scopes())
    }

    /// Whether the token grants a scope.
    fn has_scope(&self, scope: &str) -> bool {
        self.verified().has_scope(scope)
    }

    /// The roles in the claim at `path`: a str is split at its dots, a sequence is taken as it is.
    fn roles<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.verified().roles(&names::claim_path(path)?))
    }

    /// Whether the token grants a role in the claim at `path`.
    fn has_role(&self, path: &Bound<'_, PyAny>, role: &str) -> PyResult<bool> {
        Ok(self.verified().has_role(&names::claim_path(path)?, role))
    }

    /// Every claim, made when first asked for and kept.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        kept(py, &self.claims, || {
            let claims = match &self.token {
                Token::Own(verified) => json::object(py, verified.payload_json()),
                Token::Held(held) => held.claims(py),
            };
            claims.map_err(|_| {
                let expected = "a number with fewer digits";
                refusal::raised(py, &Error::InvalidClaim { claim: String::new(), expected })
            })
        })
    }

    /// The payload, octet for octet as it was signed: one JSON object in UTF-8.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.verified().payload())
    }

    /// The JOSE header, made when first asked for and kept.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        kept(py, &self.header, || json::object(py, self.verified().header().json()))
    }

    /// The algorithm of the signature.
    #[getter]
    fn algorithm(&self) -> &'static str {
        self.verified().algorithm().name()
    }

    /// The `kid` of the header or, where that has none, of the key.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.verified().key_id()
    }

    /// The claims as `kind`: a pydantic model or TypeAdapter, a msgspec.Struct, a dataclass or a
    /// TypedDict.
    fn into<'py>(
        token: &Bound<'py, Self>,
        kind: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        convert::into(token, kind)
    }

    fn __repr__(&self) -> String {
        let kid = self.verified().key_id().map(|kid| format!(" kid={}", Excerpt::of(kid)));
        format!("<VerifiedToken {}{}>", self.verified().algorithm(), kid.unwrap_or_default())
    }
}

/// What is made when first asked for. Threads that ask at the same time all get what the first of
/// them has made: waiting for it would mean to give the interpreter's lock away and have it again.
fn kept<'py>(
    py: Python<'py>,
    place: &PyOnceLock<Py<PyDict>>,
    make: impl FnOnce() -> PyResult<Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyDict>> {
    if let Some(kept) = place.get(py) {
        return Ok(kept.bind(py).clone());
    }
    let made = make()?;
    if place.set(py, made.clone().unbind()).is_ok() {
        return Ok(made);
    }
    Ok(place.get(py).map_or(made, |kept| kept.bind(py).clone()))
}
