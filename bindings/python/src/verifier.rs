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
use crate::policy::Policy;
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
    /// Those beside the policy.
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
    /// A verifier with this policy, which is a Policy or the keywords that make one. `issuer` and
    /// `audience` must be written out; `None` waives them, as it waives `types`, whose default is
    /// absent, `JWT` or `at+jwt`.
    ///
    /// Keywords beside a Policy say what it leaves open. Raises InvalidPolicyError.
    #[new]
    #[pyo3(
        signature = (policy=None, /, *, revoked=None, token_cache=None, **demands),
        text_signature = "(policy=None, /, *, issuer=..., audience=..., algorithms=None, \
                          types=..., leeway=30, require_exp=True, required_claims=None, \
                          expected_claims=None, max_age=None, max_lifetime=None, \
                          max_lifetime_by=None, required_scopes=None, required_roles=None, \
                          revoked=None, max_token_octets=None, token_cache=None, \
                          allow_numeric_subject=False, allow_future_issued_at=False)"
    )]
    fn new(
        py: Python<'_>,
        policy: Option<&Bound<'_, Policy>>,
        revoked: Option<&Bound<'_, PyAny>>,
        token_cache: Option<usize>,
        demands: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let policy = Policy::of_keywords(py, policy.map(Bound::get), demands)?;
        let verifier = verijot::Verifier::new(policy)
            .map_err(|error| refusal::invalid_policy(py, error.problem()))?;
        let keywords = PyDict::new(py);
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

    /// What is demanded of a token.
    #[getter]
    fn policy(&self) -> Policy {
        Policy::of_core(self.verifier.policy().clone())
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
        let (issuer, audience) = Policy::shown(py, self.verifier.policy())?;
        Ok(format!("<Verifier issuer={} audience={}>", issuer.repr()?, audience.repr()?))
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::new(py, [Bound::new(py, self.policy())?])?, self.keywords.bind(py).copy()?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keywords)?;
        visit.call(&self.revoked)
    }
}
