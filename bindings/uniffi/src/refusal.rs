//! The core's errors as one flat record.

use verijot::Error;

use crate::moment;

/// Why a token was refused; safe to log.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// What is wrong and what to do, for people.
    pub detail: String,
    /// The claim at fault, where it is one.
    pub claim: Option<String>,
    /// What would have been accepted, where saying so is harmless.
    pub expected: Option<String>,
    /// What the token has instead, where saying so is harmless.
    pub actual: Option<String>,
    /// The status a resource server answers with: 401, 403 or 503.
    pub http_status: u16,
    /// The value of the WWW-Authenticate header, for the answers that have one.
    pub www_authenticate: Option<String>,
    /// How many seconds the client should wait, for status 503; rounded up, as Retry-After has it.
    pub retry_after: Option<u64>,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().to_owned(),
            detail: error.message(),
            claim: error.claim().map(String::from),
            expected: error.expected(),
            actual: error.actual(),
            http_status: error.http_status(),
            www_authenticate: error.www_authenticate(None),
            retry_after: error.retry_after_seconds(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// What a caller has found out for himself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RefusalCause {
    /// `missing_token`
    MissingToken,
    /// `revoked`
    Revoked,
    /// `revocation_unavailable`
    RevocationUnavailable {
        /// Nanoseconds until it is worth asking again.
        retry_after: Option<u64>,
    },
    /// `keys_unavailable`
    KeysUnavailable {
        /// Nanoseconds until it is worth asking again.
        retry_after: Option<u64>,
    },
    /// `missing_claim`
    MissingClaim {
        /// The claim.
        claim: String,
    },
    /// `invalid_claim`: the claims do not fit the type that the caller asked for.
    MisfitClaim {
        /// The outermost claim at fault; empty where it cannot be told.
        claim: String,
    },
}

/// The refusal for what a caller has found out for himself.
#[uniffi::export]
#[must_use]
pub fn refusal(cause: RefusalCause) -> Refusal {
    Refusal::from(match cause {
        RefusalCause::MissingToken => Error::MissingToken,
        RefusalCause::Revoked => Error::Revoked,
        RefusalCause::RevocationUnavailable { retry_after } => {
            Error::RevocationUnavailable { retry_after: retry_after.map(moment::span) }
        }
        RefusalCause::KeysUnavailable { retry_after } => {
            Error::KeysUnavailable { retry_after: retry_after.map(moment::span) }
        }
        RefusalCause::MissingClaim { claim } => Error::MissingClaim { claim },
        RefusalCause::MisfitClaim { claim } => {
            Error::InvalidClaim { claim, expected: "of the type that the caller asked for" }
        }
    })
}
