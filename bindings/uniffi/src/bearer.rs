//! Reads the Authorization header (RFC 6750 §2.1).

use verijot::request::bearer;

use crate::refusal::Refusal;

/// What an Authorization header contains.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum BearerToken {
    /// The token, not yet verified.
    Found {
        /// The token.
        token: String,
    },
    /// There is no token, or the header is malformed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// Returns the token in the value of an Authorization header; `None` stands for a request without
/// the header.
#[uniffi::export]
#[must_use]
pub fn bearer_token(authorization: Option<String>) -> BearerToken {
    match bearer::token(authorization.as_deref().map(str::as_bytes)) {
        // The core accepts only ASCII as a token.
        Ok(token) => BearerToken::Found { token: String::from_utf8_lossy(token).into_owned() },
        Err(error) => BearerToken::Refused { refusal: Refusal::from(error) },
    }
}
