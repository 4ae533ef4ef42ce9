//! The paved path: a token, keys and the time in, a token that may be believed or an exception out.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use verijot::{Error, SharedTokenCache, UnixTime, Verified};

use crate::explanation::Explanation;
use crate::held_token::HeldToken;
use crate::jwk_set::JwkSet;
use crate::jws::VerifiedJws;
use crate::octets::octets;
use crate::opened::OpenedToken;
use crate::policy::{Given, Keywords};
use crate::revocation::{self, Answer};
use crate::token::VerifiedToken;
use crate::{convert, refusal, time};

/// Verifies tokens against one policy. Immutable; to be made once and shared between threads. It
/// can be pickled if its `revoked` can.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Verifier {
    verifier: verijot::Verifier,
    cache: Option<SharedTokenCache<HeldToken>>,
    revoked: Option<Py<PyAny>>,
    keywords: Py<PyDict>,
}

impl Verifier {
    pub(crate) fn verifier_of_core(&self) -> &verijot::Verifier {
        &self.verifier
    }

    /// The core's verification.
    pub(crate) fn judge(
        &self,
        py: Python<'_>,
        token: &[u8],
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<VerifiedToken, Error> {
        match &self.cache {
            None => self.verify_along(py, token, keys, now).map(VerifiedToken::new),
            Some(cache) => {
                self.recall_or_verify(py, cache, token, keys, now).map(VerifiedToken::of_cache)
            }
        }
    }

    /// The hook, then the conversion.
    pub(crate) fn give<'py>(
        &self,
        py: Python<'py>,
        token: VerifiedToken,
        into: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let token = Bound::new(py, token)?;
        if let Some(revoked) = &self.revoked {
            Answer::of(revoked.bind(py), &token)?.raise(py)?;
        }
        match into {
            Some(kind) => convert::into(&token, kind),
            None => Ok(token.into_any()),
        }
    }

    /// Lets other threads run while a public key is being worked with. A code with a secret is
    /// checked sooner than the interpreter's lock could be given away and had again.
    fn verify_along(
        &self,
        py: Python<'_>,
        token: &[u8],
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Verified, Error> {
        let verify = || self.verifier.verify(token, keys.keys_of_core(), now);
        if keys.is_symmetric() { verify() } else { py.detach(verify) }
    }

    /// What is remembered is found sooner than the interpreter's lock could be given away.
    fn recall_or_verify(
        &self,
        py: Python<'_>,
        cache: &SharedTokenCache<HeldToken>,
        token: &[u8],
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Arc<HeldToken>, Error> {
        let (verifier, core_keys) = (&self.verifier, keys.keys_of_core());
        let verify = || cache.verify(verifier, token, core_keys, now);
        if keys.is_symmetric() {
            return verify();
        }
        match cache.recall(verifier, token, core_keys, now) {
            Some(verdict) => verdict,
            None => py.detach(verify),
        }
    }
}

#[pymethods]
impl Verifier {
    /// A verifier with this policy. `issuer` and `audience` must be written out; `None` waives
    /// them, as it waives `types`, whose default is absent, `JWT` or `at+jwt`.
    #[new]
    #[pyo3(
        signature = (
            *, issuer, audience, algorithms=None, types=Given::Default, leeway=Given::Default,
            require_exp=true, required_claims=None, expected_claims=None, max_age=None,
            max_lifetime=None, max_lifetime_by=None, required_scopes=None, required_roles=None,
            revoked=None, max_token_octets=None, token_cache=None, allow_numeric_subject=false,
            allow_future_issued_at=false
        ),
        text_signature = "(*, issuer, audience, algorithms=None, types=..., leeway=30, \
                          require_exp=True, required_claims=None, expected_claims=None, \
                          max_age=None, max_lifetime=None, max_lifetime_by=None, \
                          required_scopes=None, required_roles=None, revoked=None, \
                          max_token_octets=None, token_cache=None, \
                          allow_numeric_subject=False, allow_future_issued_at=False)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn new<'py>(
        py: Python<'py>,
        issuer: &Bound<'py, PyAny>,
        audience: &Bound<'py, PyAny>,
        algorithms: Option<&Bound<'py, PyAny>>,
        types: Given<'py>,
        leeway: Given<'py>,
        require_exp: bool,
        required_claims: Option<&Bound<'py, PyAny>>,
        expected_claims: Option<&Bound<'py, PyAny>>,
        max_age: Option<&Bound<'py, PyAny>>,
        max_lifetime: Option<&Bound<'py, PyAny>>,
        max_lifetime_by: Option<&Bound<'py, PyAny>>,
        required_scopes: Option<&Bound<'py, PyAny>>,
        required_roles: Option<&Bound<'py, PyAny>>,
        revoked: Option<&Bound<'py, PyAny>>,
        max_token_octets: Option<usize>,
        token_cache: Option<usize>,
        allow_numeric_subject: bool,
        allow_future_issued_at: bool,
    ) -> PyResult<Self> {
        let keywords = Keywords {
            issuer,
            audience,
            algorithms,
            types,
            leeway,
            require_exp,
            allow_numeric_subject,
            allow_future_issued_at,
            required_claims,
            expected_claims,
            max_age,
            max_lifetime,
            max_lifetime_by,
            required_scopes,
            required_roles,
            max_token_octets,
        };
        let (policy, keywords) = keywords.read(py)?;
        let verifier = verijot::Verifier::new(policy)
            .map_err(|error| refusal::invalid_policy(py, error.problem()))?;
        if let Some(revoked) = revoked {
            revocation::check(revoked)?;
            keywords.set_item("revoked", revoked)?;
        }
        let revoked = revoked.map(|revoked| revoked.clone().unbind());
        let cache = token_cache.map(SharedTokenCache::holding);
        if let Some(tokens) = token_cache {
            keywords.set_item("token_cache", tokens)?;
        }
        Ok(Self { verifier, cache, revoked, keywords: keywords.unbind() })
    }

    /// Verifies a JWT in compact serialization.
    ///
    /// `now` is for tests; without it the system's clock is asked. With `into` the claims are
    /// given as that type. Raises a VerificationError that says which check failed.
    #[pyo3(signature = (token, keys, *, now=None, into=None))]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        token: &Bound<'py, PyAny>,
        keys: &JwkSet,
        now: Option<&Bound<'py, PyAny>>,
        into: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let token = octets(token, "token")?;
        let verified = self.judge(py, &token, keys, time::moment(now)?);
        self.give(py, verified.map_err(|error| refusal::raised(py, &error))?, into)
    }

    /// Verifies only the signature and the header of a JWS; its payload can be anything. Of the
    /// policy only the algorithms, the token's limit and types that it names itself apply.
    #[pyo3(signature = (token, keys))]
    fn verify_jws(
        &self,
        py: Python<'_>,
        token: &Bound<'_, PyAny>,
        keys: &JwkSet,
    ) -> PyResult<VerifiedJws> {
        let token = octets(token, "token")?;
        let verified = py.detach(|| self.verifier.verify_jws(&token, keys.keys_of_core()));
        verified.map(VerifiedJws::new).map_err(|error| refusal::raised(py, &error))
    }

    /// Verifies as `verify` does and says what became of each check, without any secret.
    #[pyo3(signature = (token, keys, *, now=None))]
    fn explain(
        &self,
        py: Python<'_>,
        token: &Bound<'_, PyAny>,
        keys: &JwkSet,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Explanation> {
        let token = octets(token, "token")?;
        let now = time::moment(now)?;
        let explanation = py.detach(|| self.verifier.explain(&token, keys.keys_of_core(), now));
        Explanation::of(py, explanation, self.revoked.as_ref())
    }

    /// Makes all checks that need no keys, for callers who must first find the keys: the header's
    /// `kid` says which. No key can make a token good that fails here.
    #[pyo3(signature = (token))]
    fn open<'py>(verifier: &Bound<'py, Self>, token: &Bound<'py, PyAny>) -> PyResult<OpenedToken> {
        OpenedToken::open(verifier, token)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let keywords = self.keywords.bind(py);
        let shown = |keyword| match keywords.get_item(keyword)? {
            Some(value) => Ok(value.repr()?.to_string()),
            None => PyResult::Ok(String::new()),
        };
        Ok(format!("<Verifier issuer={} audience={}>", shown("issuer")?, shown("audience")?))
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.keywords.bind(py).copy()?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keywords)?;
        visit.call(&self.revoked)
    }
}
