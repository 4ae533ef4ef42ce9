//! The tokens of AWS Application Load Balancers, a format of their own.

use std::sync::Arc;

use verijot::verify::{AlbToken, AlbVerifier as Core};
use verijot::{Algorithm, Error};

use crate::clocks::Clocks;
use crate::jwk_set::JwkSet;
use crate::jwks_cache::JwksCache;
use crate::moment::Moment;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::token::VerifiedSignature;

/// Verifies the tokens of named load balancers. Immutable; threads can share it.
#[derive(uniffi::Object)]
pub struct AlbVerifier {
    verifier: Core,
}

/// What a load balancer says of a user, verified.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AlbFacts {
    /// The header and the key.
    pub signature: VerifiedSignature,
    /// The ARN of the load balancer that signed it.
    pub signer: String,
    /// The client as which the user signed in.
    pub client: String,
    /// The issuer at which the user signed in.
    pub issuer: String,
    /// `sub`
    pub subject: Option<String>,
    /// The header's `exp`.
    pub expires_at: Moment,
    /// The payload exactly as it was signed: one JSON object.
    pub payload: String,
}

/// Accepted or refused, for the token of a load balancer.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[allow(clippy::large_enum_variant)]
pub enum AlbVerdict {
    /// The token passed every check.
    Accepted {
        /// The token.
        token: AlbFacts,
    },
    /// The token failed a check.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// The verdict on the token of a load balancer, if there is one, and what to do next, as of
/// [`CacheStep`](crate::jwks_cache::CacheStep).
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AlbStep {
    /// The verdict, if the cached keys are enough for one.
    pub verdict: Option<AlbVerdict>,
    /// The number of a fetch to begin.
    pub fetch: Option<u64>,
    /// The maximum wait for the end of the current fetch, in nanoseconds.
    pub wait: Option<u64>,
}

#[uniffi::export]
impl AlbVerifier {
    /// Makes a verifier from its document.
    ///
    /// # Errors
    /// [`Problem::Policy`] if the document is not valid.
    #[uniffi::constructor]
    pub fn from_document(document: String) -> Result<Arc<Self>, Problem> {
        Ok(Arc::new(Self { verifier: Core::from_json(document)? }))
    }

    /// Verifies a token.
    #[must_use]
    pub fn verify(&self, token: Vec<u8>, keys: &JwkSet, now: Moment) -> AlbVerdict {
        AlbVerdict::of(self.verifier.verify(token, keys.core(), now.time()))
    }

    /// Verifies a token at `now` with the keys of a cache, as
    /// [`JwksCache::verify`](crate::jwks_cache::JwksCache::verify) does. The cache's location is that of each
    /// key (`{kid}` in the URL), and its keys are certificates for ES256.
    #[must_use]
    pub fn verify_with_cache(
        &self,
        cache: &JwksCache,
        token: Vec<u8>,
        requested_at: u64,
        clocks: Clocks,
        now: Moment,
    ) -> AlbStep {
        let made = cache.decide(
            requested_at,
            clocks,
            |keys| self.verifier.verify(&token, keys, now.time()),
            || Ok(self.verifier.open(&token)?.key_id().map(str::to_owned)),
        );
        AlbStep { verdict: made.verdict.map(AlbVerdict::of), fetch: made.fetch, wait: made.wait }
    }
}

impl AlbVerdict {
    fn of(verdict: Result<AlbToken, Error>) -> Self {
        match verdict {
            Ok(token) => Self::Accepted { token: AlbFacts::of(&token) },
            Err(error) => Self::Refused { refusal: Refusal::from(error) },
        }
    }
}

impl AlbFacts {
    fn of(token: &AlbToken) -> Self {
        Self {
            signature: VerifiedSignature::of(Algorithm::Es256, token.key_id(), token.header()),
            signer: token.signer().to_owned(),
            client: token.client().to_owned(),
            issuer: token.issuer().to_owned(),
            subject: token.subject().map(str::to_owned),
            expires_at: Moment::of(token.expires_at()),
            payload: token.payload_json().to_owned(),
        }
    }
}
