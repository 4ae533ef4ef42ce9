//! The Authorization header in (RFC 6750).

use verijot::request::bearer;

use crate::refusal::Refusal;

/// What an Authorization header holds.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum BearerToken {
    /// The token, not yet verified.
    Found {
        /// The token.
        token: String,
    },
    /// There is none, or the header is malformed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// The token in the value of an Authorization header; none stands for a request without it.
#[uniffi::export]
#[must_use]
pub fn bearer_token(authorization: Option<String>) -> BearerToken {
    match bearer::token(authorization.as_deref().map(str::as_bytes)) {
        // What the core takes for a token is ASCII.
        Ok(token) => BearerToken::Found { token: String::from_utf8_lossy(token).into_owned() },
        Err(error) => BearerToken::Refused { refusal: Refusal::from(error) },
    }
}
