//! Verification: a token, keys and the time in, a verdict out.

use std::sync::Arc;

use verijot::{Error, SharedTokenCache, Verified};

use crate::explanation::Explanation;
use crate::jwk_set::JwkSet;
use crate::moment::{Moment, nanoseconds};
use crate::problem::Problem;
use crate::token::{JwsVerdict, TokenVerdict};

/// Verifies tokens against one policy. Immutable; threads can share it.
#[derive(uniffi::Object)]
pub struct Verifier {
    verifier: verijot::Verifier,
    cache: Option<SharedTokenCache>,
    #[cfg(feature = "jni")]
    pub(crate) number: crate::numbered::Number,
}

/// Returns how many nanoseconds a revocation check may take.
#[uniffi::export]
#[must_use]
pub fn revocation_timeout() -> u64 {
    nanoseconds(verijot::Verifier::REVOCATION_TIMEOUT)
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
        let tokens = usize::try_from(token_cache).unwrap_or(usize::MAX);
        let cache = (tokens > 0).then(|| SharedTokenCache::new(tokens));
        Ok(Arc::new_cyclic(|_this| Self {
            verifier,
            cache,
            #[cfg(feature = "jni")]
            number: crate::numbered::VERIFIERS.add(_this),
        }))
    }

    /// Returns the policy's document in its canonical form.
    #[must_use]
    pub fn policy_document(&self) -> String {
        self.verifier.policy().to_json()
    }

    /// Verifies a JWT in compact serialization.
    #[must_use]
    pub fn verify(&self, token: Vec<u8>, keys: &JwkSet, now: Moment) -> TokenVerdict {
        self.verify_octets(&token, keys, now)
    }

    /// Verifies only header and signature of a JWS in compact serialization.
    #[must_use]
    pub fn verify_jws(&self, token: Vec<u8>, keys: &JwkSet) -> JwsVerdict {
        JwsVerdict::of(self.verifier.verify_jws(token, keys.core()))
    }

    /// Verifies like `verify` and records the outcome of each check.
    #[must_use]
    pub fn explain(&self, token: Vec<u8>, keys: &JwkSet, now: Moment) -> Explanation {
        Explanation::of(&self.verifier.explain(token, keys.core(), now.time()))
    }
}

impl Verifier {
    pub(crate) const fn core(&self) -> &verijot::Verifier {
        &self.verifier
    }

    /// Verifies with the core, through the token cache if there is one.
    pub(crate) fn verdict(
        &self,
        token: &[u8],
        keys: &verijot::JwkSet,
        now: Moment,
    ) -> Result<Arc<Verified>, Error> {
        match &self.cache {
            None => self.verifier.verify(token, keys, now.time()).map(Arc::new),
            Some(cache) => cache.verify(&self.verifier, token, keys, now.time()),
        }
    }

    pub(crate) fn verify_octets(&self, token: &[u8], keys: &JwkSet, now: Moment) -> TokenVerdict {
        TokenVerdict::of(self.verdict(token, keys.core(), now).as_deref())
    }
}
