//! The results of a verification as flat records.

use std::borrow::Cow;

use verijot::{Algorithm, ClaimPath, Error, Header, Verified, VerifiedJws};

use crate::moment::Moment;
use crate::refusal::Refusal;

/// A verified token.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Token {
    /// The header and the key.
    pub signature: VerifiedSignature,
    /// `iss`
    pub issuer: Option<String>,
    /// `sub`
    pub subject: Option<String>,
    /// The strings in `aud`.
    pub audience: Vec<String>,
    /// `exp`
    pub expires_at: Option<Moment>,
    /// `nbf`
    pub not_before: Option<Moment>,
    /// `iat`
    pub issued_at: Option<Moment>,
    /// `jti`
    pub id: Option<String>,
    /// The scopes in `scope` or, if that is missing, in `scp`.
    pub scopes: Vec<String>,
    /// The payload exactly as it was signed: one JSON object.
    pub payload: String,
}

/// A verified signature: header and key.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct VerifiedSignature {
    /// The algorithm's name.
    pub algorithm: String,
    /// The `kid` of the header or, if that has none, of the key.
    pub key_id: Option<String>,
    /// `typ`
    pub token_type: Option<String>,
    /// `cty`
    pub content_type: Option<String>,
    /// The JOSE header as JSON text.
    pub header: String,
}

/// Accepted or refused.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
#[allow(clippy::large_enum_variant)]
pub enum TokenVerdict {
    /// The token passed every check.
    Accepted {
        /// The token.
        token: Token,
    },
    /// The token failed a check.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// Accepted or refused, for a JWS.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum JwsVerdict {
    /// The signature is valid.
    Accepted {
        /// The header and the key.
        signature: VerifiedSignature,
        /// The payload exactly as it was signed.
        payload: Vec<u8>,
    },
    /// The token failed a check.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// Returns the roles at a path of a verified token's payload: an array of strings, or one string. A
/// claim of another type grants nothing.
#[uniffi::export]
#[must_use]
pub fn roles(payload: &str, path: Vec<String>) -> Vec<String> {
    ClaimPath::from_names(path).roles_in(payload)
}

impl Token {
    fn of(verified: &Verified) -> Self {
        Self {
            signature: VerifiedSignature::of(
                verified.algorithm(),
                verified.key_id(),
                verified.header(),
            ),
            issuer: verified.issuer().map(str::to_owned),
            subject: verified.subject().map(str::to_owned),
            audience: verified.audience().map(Cow::into_owned).collect(),
            expires_at: verified.expires_at().map(Moment::of),
            not_before: verified.not_before().map(Moment::of),
            issued_at: verified.issued_at().map(Moment::of),
            id: verified.id().map(str::to_owned),
            scopes: verified.scopes().into_iter().map(Cow::into_owned).collect(),
            payload: verified.payload_json().to_owned(),
        }
    }
}

impl VerifiedSignature {
    pub(crate) fn of(algorithm: Algorithm, key_id: Option<&str>, header: &Header) -> Self {
        Self {
            algorithm: algorithm.name().to_owned(),
            key_id: key_id.map(str::to_owned),
            token_type: header.token_type().map(str::to_owned),
            content_type: header.content_type().map(str::to_owned),
            header: header.json().to_owned(),
        }
    }
}

impl TokenVerdict {
    pub(crate) fn of(verdict: Result<&Verified, &Error>) -> Self {
        match verdict {
            Ok(verified) => Self::Accepted { token: Token::of(verified) },
            Err(error) => Self::Refused { refusal: Refusal::from(error) },
        }
    }
}

impl JwsVerdict {
    pub(crate) fn of(verdict: Result<VerifiedJws, Error>) -> Self {
        match verdict {
            Ok(verified) => Self::Accepted {
                signature: VerifiedSignature::of(
                    verified.algorithm(),
                    verified.key_id(),
                    verified.header(),
                ),
                payload: verified.payload().to_owned(),
            },
            Err(error) => Self::Refused { refusal: Refusal::from(error) },
        }
    }
}
