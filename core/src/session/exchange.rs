//! One refresh, as a session and its caller speak of it.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::Generation;
use crate::codes;
use crate::encoding::json;

/// Leave for one refresh.
#[derive(Clone, Debug)]
pub struct RefreshTicket {
    pub(super) owner: Arc<()>,
    pub(super) number: u64,
    pub(super) started: Duration,
    pub(super) generation: Generation,
    pub(super) timeout: Duration,
}

impl RefreshTicket {
    /// Whose refresh token to send.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// How long the refresh may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// What there is to know of an access token and the refresh token beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Tokens {
    pub(super) expires_in: Option<Duration>,
    pub(super) age: Duration,
    pub(super) refreshable: bool,
}

impl Tokens {
    /// Tokens just made. `expires_in` is the access token's whole life as the token endpoint gives
    /// it (RFC 6749 §5.1); without it the token is used until it is refused.
    pub const fn new(expires_in: Option<Duration>) -> Self {
        Self { expires_in, age: Duration::ZERO, refreshable: true }
    }

    /// How long ago they were made, for tokens that come from storage.
    pub const fn age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// There is no refresh token, neither a new one nor an old: when the access token ends, the
    /// user has to sign in.
    pub const fn without_refresh_token(mut self) -> Self {
        self.refreshable = false;
        self
    }
}

/// What the news of a refresh did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshOutcome {
    /// The new tokens are in use.
    Replaced {
        /// To be stored under this number.
        generation: Generation,
    },
    /// Nothing came of it; the old tokens stay in use.
    Failed,
    /// The session has ended.
    SignedOut,
    /// It belonged to no refresh that is under way.
    Ignored,
}

impl RefreshOutcome {
    /// The new tokens' number, if they are in use.
    #[must_use]
    pub const fn generation(self) -> Option<Generation> {
        match self {
            Self::Replaced { generation } => Some(generation),
            _ => None,
        }
    }
}

/// Why a refresh brought no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshFailure {
    /// There was no answer.
    NoAnswer,
    /// It took too long.
    TimedOut,
    /// The refresh token is refused for good: `invalid_grant` (RFC 6749 §5.2). This ends the
    /// session.
    Refused,
    /// Any other answer without tokens.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The new access token had no life left when it came.
    ExpiredOnArrival,
}

impl RefreshFailure {
    /// What an answer without usable tokens means.
    ///
    /// Only `invalid_grant` with status 400 or 401 is for good. A client that is not known or not
    /// allowed, a server in trouble or a gateway's page says nothing about the refresh token.
    ///
    /// ```
    /// use verijot::session::RefreshFailure;
    /// let failure = RefreshFailure::of_response(400, br#"{"error": "invalid_grant"}"#);
    /// assert_eq!(failure, RefreshFailure::Refused);
    /// let failure = RefreshFailure::of_response(503, b"");
    /// assert_eq!(failure.to_string(), "unexpected_status: 503");
    /// ```
    #[must_use]
    pub fn of_response(status: u16, body: &[u8]) -> Self {
        if matches!(status, 400 | 401) && names_invalid_grant(body) {
            Self::Refused
        } else {
            Self::UnexpectedStatus { status }
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => codes::NO_ANSWER.code,
            Self::TimedOut => codes::TIMED_OUT.code,
            Self::Refused => codes::INVALID_GRANT.code,
            Self::UnexpectedStatus { .. } => codes::UNEXPECTED_STATUS.code,
            Self::ExpiredOnArrival => codes::EXPIRED_ON_ARRIVAL.code,
        }
    }
}

impl fmt::Display for RefreshFailure {
    /// A stable name, and more where there is more to say.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())?;
        match self {
            Self::UnexpectedStatus { status } => write!(formatter, ": {status}"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for RefreshFailure {}

fn names_invalid_grant(body: &[u8]) -> bool {
    let text = core::str::from_utf8(body).ok().filter(|text| text.len() <= LONGEST_ANSWER);
    let Some(text) = text else { return false };
    let mut refused = false;
    let read = json::read_object(text, |name, value| {
        if name.is("error") {
            refused = value.as_text().is_some_and(|error| error.is("invalid_grant"));
        }
    });
    read.is_ok() && refused
}

/// Octets; an answer that is longer is none of RFC 6749.
const LONGEST_ANSWER: usize = 65_536;
