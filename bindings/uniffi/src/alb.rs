//! The tokens of AWS Application Load Balancers, a format of their own.

use std::sync::Arc;

use verijot::Algorithm;
use verijot::verify::{AlbToken, AlbVerifier as Core};

use crate::jwk_set::JwkSet;
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
        match self.verifier.verify(token, keys.core(), now.time()) {
            Ok(token) => AlbVerdict::Accepted { token: AlbFacts::of(&token) },
            Err(error) => AlbVerdict::Refused { refusal: Refusal::from(error) },
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
