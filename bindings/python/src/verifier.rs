//! `Verifier`: takes a token, keys and the time, and returns a verified token or raises.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use verijot::verify::Asked;
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

/// Verifies tokens against one policy. Immutable: make it once and share it between threads. It can
/// be pickled if its `revoked` and `known_tenants` can.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Verifier {
    verifier: verijot::Verifier,
    cache: Option<SharedTokenCache<HeldToken>>,
    hooks: Hooks,
    /// The keywords that are not part of the policy, for pickling.
    keywords: Py<PyDict>,
}

/// What the caller knows of tokens, by keywords that are not part of the policy.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) known_tenants: Option<Py<PyAny>>,
    pub(crate) revoked: Option<Py<PyAny>>,
}

impl Hooks {
    fn are_set(&self) -> bool {
        self.known_tenants.is_some() || self.revoked.is_some()
    }

    fn named(&self) -> [(&'static str, Option<&Py<PyAny>>); 2] {
        [("known_tenants", self.known_tenants.as_ref()), ("revoked", self.revoked.as_ref())]
    }
}

impl Verifier {
    pub(crate) fn verifier_of_core(&self) -> &verijot::Verifier {
        &self.verifier
    }

    /// Makes a verifier with the keywords that are not part of the policy.
    pub(crate) fn of_policy(
        py: Python<'_>,
        policy: verijot::Policy,
        hooks: Hooks,
        token_cache: Option<usize>,
    ) -> PyResult<Self> {
        let verifier = verijot::Verifier::new(policy)
            .map_err(|error| refusal::invalid_policy(py, error.problem()))?;
        let keywords = PyDict::new(py);
        for (name, hook) in hooks.named() {
            if let Some(hook) = hook {
                revocation::check(name, hook.bind(py))?;
                keywords.set_item(name, hook)?;
            }
        }
        let cache = token_cache.map(SharedTokenCache::holding);
        if let Some(tokens) = token_cache {
            keywords.set_item("token_cache", tokens)?;
        }
        Ok(Self { verifier, cache, hooks, keywords: keywords.unbind() })
    }

    /// Returns a copy of the keywords that are not part of the policy.
    pub(crate) fn keywords<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.keywords.bind(py).copy()
    }

    pub(crate) fn has_hooks(&self) -> bool {
        self.hooks.are_set()
    }

    /// Asks the caller about a token that has passed every other check: first whether its tenant is
    /// known, then whether it is revoked. Raises what `known_tenants` raises.
    pub(crate) fn ask_caller(
        &self,
        py: Python<'_>,
        token: &Bound<'_, VerifiedToken>,
    ) -> PyResult<Answer> {
        if let (Some(hook), Some(issuer)) =
            (&self.hooks.known_tenants, token.get().verified().issuer())
        {
            if let Some(tenant) = self.verifier.tenant_of(issuer) {
                if !revocation::is_known(hook.bind(py), tenant)? {
                    return Ok(Answer::refused(self.verifier.unknown_tenant(issuer)));
                }
            }
        }
        match &self.hooks.revoked {
            Some(revoked) => Answer::of(revoked.bind(py), token),
            None => Ok(Answer::clear()),
        }
    }

    /// Lets the core verify the token, without the hooks.
    pub(crate) fn verify_by_core(
        &self,
        py: Python<'_>,
        token: &[u8],
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<VerifiedToken, Error> {
        match &self.cache {
            None => self.verify_detached(py, token, keys, now).map(VerifiedToken::new),
            Some(cache) => {
                self.verify_cached(py, cache, token, keys, now).map(VerifiedToken::of_cache)
            }
        }
    }

    /// Asks the caller, then converts the claims.
    pub(crate) fn finish<'py>(
        &self,
        py: Python<'py>,
        token: VerifiedToken,
        into: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let token = Bound::new(py, token)?;
        if self.has_hooks() {
            self.ask_caller(py, &token)?.raise(py)?;
        }
        match into {
            Some(kind) => convert::into(&token, kind),
            None => Ok(token.into_any()),
        }
    }

    /// Releases the interpreter's lock while it works with a public key. An HMAC is faster than
    /// releasing and taking the lock.
    fn verify_detached(
        &self,
        py: Python<'_>,
        token: &[u8],
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Verified, Error> {
        let verify = || self.verifier.verify(token, keys.keys_of_core(), now);
        if keys.is_symmetric() { verify() } else { py.detach(verify) }
    }

    /// A lookup in the cache is faster than releasing and taking the interpreter's lock.
    fn verify_cached(
        &self,
        py: Python<'_>,
        cache: &SharedTokenCache<HeldToken>,
        token: &[u8],
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Arc<HeldToken>, Error> {
        let (verifier, core_keys) = (&self.verifier, keys.keys_of_core());
        if keys.is_symmetric() {
            return cache.verify(verifier, token, core_keys, now);
        }
        if let Some(verdict) = cache.recall(verifier, token, core_keys, now) {
            return verdict;
        }
        // Only the signature is verified without the interpreter's lock. A fork holds that lock, so
        // it never happens while the cache is locked, which would stay so in the child.
        match py.detach(|| verifier.ask(token, core_keys))? {
            Asked::Settled(answered) => cache.answer(answered, verifier, now),
            // The crypto provider answers at once.
            Asked::Waiting(_) => cache.verify(verifier, token, core_keys, now),
        }
    }
}

#[pymethods]
impl Verifier {
    /// Makes a verifier from a Policy, or from the keywords of one. Without a Policy, `issuer` and
    /// `audience` are required; None waives the check.
    ///
    /// The other keywords are those of `verijot.policy.VerifierOptions`. With a Policy they set
    /// what it does not. Raises InvalidPolicyError for a policy that makes no sense, and TypeError
    /// for an option that the Policy has already.
    #[new]
    #[pyo3(
        signature = (policy=None, /, *, known_tenants=None, revoked=None, token_cache=None, **options),
        text_signature = "(policy=None, /, *, issuer=..., audience=..., **options)"
    )]
    fn new(
        py: Python<'_>,
        policy: Option<&Bound<'_, Policy>>,
        known_tenants: Option<Py<PyAny>>,
        revoked: Option<Py<PyAny>>,
        token_cache: Option<usize>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let policy = Policy::of_keywords(py, policy.map(Bound::get), options)?;
        Self::of_policy(py, policy, Hooks { known_tenants, revoked }, token_cache)
    }

    /// What a token must fulfil.
    #[getter]
    fn policy(&self) -> Policy {
        Policy::of_core(self.verifier.policy().clone())
    }

    /// Verifies a JWT in compact serialization (RFC 7519 §3).
    ///
    /// `now` is for tests; by default it is the system's time. With `into`, returns the claims as
    /// that type. Raises a VerificationError that says which check failed.
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
        let verified = self.verify_by_core(py, &token, keys, time::moment(now)?);
        self.finish(py, verified.map_err(|error| refusal::raised(py, &error))?, into)
    }

    /// Verifies only the signature and the header of a JWS (RFC 7515); its payload can be anything.
    ///
    /// Of the policy, only `algorithms`, `max_token_octets` and an explicit `types` apply. Raises a
    /// VerificationError.
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

    /// Verifies as `verify` does, and returns the outcome of each check, without any secret.
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
        Explanation::of(py, explanation, Some(self))
    }

    /// Makes all checks that need no keys, for callers that choose the keys by the header's `kid`.
    /// Raises a VerificationError for a token that no key can make valid.
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
        Ok((PyTuple::new(py, [Bound::new(py, self.policy())?])?, self.keywords(py)?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keywords)?;
        visit.call(&self.hooks.known_tenants)?;
        visit.call(&self.hooks.revoked)
    }
}
