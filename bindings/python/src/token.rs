//! A verified token.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet, PyTuple};
use verijot::{Excerpt, Verified};

use crate::held_token::HeldToken;
use crate::{convert, json, names, time};

/// A JWT that has passed every check of a verifier.
///
/// Only a Verifier makes one. Its repr contains no claim.
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

    /// A token that the token cache holds.
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

// A box would cost an allocation for each token that is not cached.
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

    /// The scopes in `scope` or, if that is missing, in `scp`.
    #[getter]
    fn scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.verified().scopes())
    }

    /// Returns whether the token grants a scope.
    fn has_scope(&self, scope: &str) -> bool {
        self.verified().has_scope(scope)
    }

    /// Returns the roles in the claim at `path`: a str that is split at its dots, or a sequence of
    /// names.
    fn roles<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.verified().roles(&names::claim_path(path)?))
    }

    /// Returns whether the claim at `path` contains a role.
    fn has_role(&self, path: &Bound<'_, PyAny>, role: &str) -> PyResult<bool> {
        Ok(self.verified().has_role(&names::claim_path(path)?, role))
    }

    /// All claims as a dict, made on first use and kept. Raises InvalidClaimError for an integer with
    /// more digits than Python converts.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        kept(py, &self.claims, || match &self.token {
            Token::Own(verified) => json::claims(py, verified.payload_json()),
            Token::Held(held) => held.claims(py),
        })
    }

    /// The payload, exactly as it was signed: one JSON object in UTF-8.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.verified().payload())
    }

    /// The JOSE header as a dict, made on first use and kept. Raises MalformedHeaderError for an
    /// integer with more digits than Python converts.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        kept(py, &self.header, || json::header(py, self.verified().header().json()))
    }

    /// The algorithm of the signature.
    #[getter]
    fn algorithm(&self) -> &'static str {
        self.verified().algorithm().name()
    }

    /// The `kid` of the header or, if that has none, of the key.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.verified().key_id()
    }

    /// Converts the claims to `kind`: a pydantic model or TypeAdapter, a msgspec.Struct, a dataclass
    /// or a TypedDict. Raises InvalidClaimError or MissingClaimError for claims that do not match.
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

/// Makes a value on first use. Several threads may make it at the same time; all get the one that
/// was stored first. Waiting for it would mean to release and take the interpreter's lock.
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
