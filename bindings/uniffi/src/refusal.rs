//! The core's errors as one flat record.

use verijot::Error;

use crate::moment;

/// Why a token was refused; safe to log.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// What is wrong and what to do, human-readable.
    pub message: String,
    /// The claim at fault, if it is one.
    pub claim: Option<String>,
    /// What would have been accepted, if it is not secret.
    pub expected: Option<String>,
    /// What the token has instead, if it is not secret.
    pub actual: Option<String>,
    /// The HTTP status for a resource server: 401, 403 or 503.
    pub http_status: u16,
    /// The value of the WWW-Authenticate header, if the response has one (RFC 6750 §3).
    pub www_authenticate: Option<String>,
    /// The value of Retry-After for status 503: seconds, rounded up.
    pub retry_after: Option<u64>,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.message(),
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

/// A refusal that the package decides itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RefusalCause {
    /// `missing_token`
    MissingToken,
    /// `revoked`
    Revoked,
    /// `revocation_unavailable`
    RevocationUnavailable {
        /// How long to wait before a retry, in nanoseconds.
        retry_after: Option<u64>,
    },
    /// `keys_unavailable`
    KeysUnavailable {
        /// How long to wait before a retry, in nanoseconds.
        retry_after: Option<u64>,
    },
    /// `replayed`
    Replayed,
    /// `replay_unavailable`
    ReplayUnavailable,
    /// `missing_claim`
    MissingClaim {
        /// The claim.
        claim: String,
    },
    /// `invalid_claim`: the claims do not match the type that the caller asked for.
    MismatchedClaim {
        /// The outermost claim at fault; empty if unknown.
        claim: String,
    },
}

/// Makes the refusal for a cause that the package found.
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
        RefusalCause::Replayed => Error::Replayed,
        RefusalCause::ReplayUnavailable => Error::ReplayUnavailable { retry_after: None },
        RefusalCause::MissingClaim { claim } => Error::MissingClaim { claim },
        RefusalCause::MismatchedClaim { claim } => {
            Error::InvalidClaim { claim, expected: "of the requested type" }
        }
    })
}
