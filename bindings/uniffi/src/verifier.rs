//! Verification: a token, keys and the time in, a verdict out.

use std::sync::Arc;

use verijot::{Error, SharedTokenCache, Verified};

use crate::explanation::Explanation;
use crate::jwk_set::JwkSet;
use crate::moment::{Moment, nanoseconds};
use crate::problem::Problem;
use crate::profile::{Call, ReplayFacts};
use crate::refusal::Refusal;
use crate::token::{JwsVerdict, TokenVerdict};

/// Verifies tokens against one policy. Immutable; threads can share it.
#[derive(uniffi::Object)]
pub struct Verifier {
    rules: Rules,
    cache: Option<Arc<SharedTokenCache>>,
    #[cfg(feature = "jni")]
    pub(crate) number: crate::numbered::Number,
}

/// A verifier is behind an `Arc` already; a box would be a second indirection for each token.
#[allow(clippy::large_enum_variant)]
enum Rules {
    Policy(verijot::Verifier),
    Profile(Call),
}

/// Returns how many nanoseconds a revocation check may take.
#[uniffi::export]
#[must_use]
pub fn revocation_timeout() -> u64 {
    nanoseconds(verijot::Verifier::REVOCATION_TIMEOUT)
}

/// Returns the maximum number of calls of the caller's code that still run after their time limit.
#[uniffi::export]
#[must_use]
pub const fn max_abandoned_calls() -> u32 {
    verijot::Verifier::MAX_ABANDONED_CALLS
}

#[uniffi::export]
impl Verifier {
    /// Makes a verifier from a policy's document. `token_cache` is the maximum number of cached accepted
    /// tokens; zero turns the cache off.
    ///
    /// # Errors
    /// [`Problem::Policy`] if the document is not a valid policy.
    #[uniffi::constructor]
    pub fn from_document(policy: String, token_cache: u32) -> Result<Arc<Self>, Problem> {
        let verifier = verijot::Verifier::new(verijot::Policy::from_json(policy)?)?;
        Ok(Self::with(Rules::Policy(verifier), token_cache_of(token_cache)))
    }

    /// Returns the policy's document in its canonical form.
    #[must_use]
    pub fn policy_document(&self) -> String {
        self.core().policy().to_json()
    }

    /// Verifies a JWT in compact serialization.
    #[must_use]
    pub fn verify(&self, token: Vec<u8>, keys: &JwkSet, now: Moment) -> TokenVerdict {
        self.verify_octets(&token, keys, now)
    }

    /// Verifies only header and signature of a JWS in compact serialization.
    #[must_use]
    pub fn verify_jws(&self, token: Vec<u8>, keys: &JwkSet) -> JwsVerdict {
        JwsVerdict::of(self.core().verify_jws(token, keys.core()))
    }

    /// Verifies like `verify` and records the outcome of each check.
    #[must_use]
    pub fn explain(&self, token: Vec<u8>, keys: &JwkSet, now: Moment) -> Explanation {
        Explanation::of(&match &self.rules {
            Rules::Policy(verifier) => verifier.explain(token, keys.core(), now.time()),
            Rules::Profile(call) => call.explain(&token, keys.core(), now.time()),
        })
    }

    /// Returns the claims that the profile has checked of the latest accepted token, one JSON object,
    /// for a verifier that a profile has made for one token.
    #[must_use]
    pub fn checked(&self) -> Option<String> {
        match &self.rules {
            Rules::Policy(_) => None,
            Rules::Profile(call) => call.checked(),
        }
    }

    /// Returns what a window or a store must admit of the latest accepted token before it is used, for a
    /// verifier that a profile has made for one token. `None` if the token may be presented again, or if the
    /// settings waive the check.
    #[must_use]
    pub fn replay(&self) -> Option<ReplayFacts> {
        match &self.rules {
            Rules::Policy(_) => None,
            Rules::Profile(call) => call.replay(),
        }
    }

    /// Returns the tenant in the `iss` of an accepted token, if an issuer template of the policy gives that
    /// issuer. A package whose caller knows the tenants asks the caller about it once the token is
    /// accepted, before it asks whether the token is revoked.
    #[must_use]
    pub fn tenant(&self, issuer: &str) -> Option<String> {
        self.core().tenant_of(issuer).map(str::to_owned)
    }

    /// Returns the refusal of an accepted token whose tenant the caller does not know.
    #[must_use]
    pub fn unknown_tenant(&self, issuer: &str) -> Refusal {
        Refusal::from(self.core().unknown_tenant(issuer))
    }
}

impl Verifier {
    pub(crate) fn of_call(call: Call, cache: Option<Arc<SharedTokenCache>>) -> Arc<Self> {
        Self::with(Rules::Profile(call), cache)
    }

    fn with(rules: Rules, cache: Option<Arc<SharedTokenCache>>) -> Arc<Self> {
        Arc::new_cyclic(|_this| Self {
            rules,
            cache,
            #[cfg(feature = "jni")]
            number: crate::numbered::VERIFIERS.add(_this),
        })
    }

    pub(crate) fn core(&self) -> &verijot::Verifier {
        match &self.rules {
            Rules::Policy(verifier) => verifier,
            Rules::Profile(call) => call.core(),
        }
    }

    /// Verifies with the core, through the token cache if there is one. The checks of a profile are
    /// made for every call.
    pub(crate) fn verdict(
        &self,
        token: &[u8],
        keys: &verijot::JwkSet,
        now: Moment,
    ) -> Result<Arc<Verified>, Error> {
        let verified = match &self.cache {
            None => self.core().verify(token, keys, now.time()).map(Arc::new),
            Some(cache) => cache.verify(self.core(), token, keys, now.time()),
        }?;
        if let Rules::Profile(call) = &self.rules {
            call.check(&verified, now.time())?;
        }
        Ok(verified)
    }

    pub(crate) fn verify_octets(&self, token: &[u8], keys: &JwkSet, now: Moment) -> TokenVerdict {
        TokenVerdict::of(self.verdict(token, keys.core(), now).as_deref())
    }
}

/// Makes a cache for at most this many accepted tokens; none for zero.
pub(crate) fn token_cache_of(tokens: u32) -> Option<Arc<SharedTokenCache>> {
    let tokens = usize::try_from(tokens).unwrap_or(usize::MAX);
    (tokens > 0).then(|| Arc::new(SharedTokenCache::new(tokens)))
}
