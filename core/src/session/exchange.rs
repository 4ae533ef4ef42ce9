//! One refresh: its ticket, its tokens and its outcome.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::Generation;
use crate::codes;
use crate::encoding::json;

/// Permission for one refresh.
#[derive(Clone, Debug)]
pub struct RefreshTicket {
    pub(super) owner: Arc<()>,
    pub(super) number: u64,
    pub(super) started: Duration,
    pub(super) generation: Generation,
    pub(super) timeout: Duration,
    pub(super) store_first: bool,
}

impl RefreshTicket {
    /// Returns the tokens whose refresh token to send.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns how long the refresh may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Store the tokens of this generation before sending their refresh token: they could not be
    /// stored before, and a refresh may end the only refresh token that is stored. If that fails
    /// again, send nothing and report [`RefreshFailure::NotStored`].
    #[must_use]
    pub const fn store_first(&self) -> bool {
        self.store_first
    }
}

/// What a session needs to know about an access token and its refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Tokens {
    pub(super) expires_in: Option<Duration>,
    pub(super) age: Duration,
    pub(super) refreshable: bool,
    pub(super) is_stored: bool,
}

impl Tokens {
    /// Describes tokens that were just issued. `expires_in` is the access token's whole lifetime,
    /// as returned by the token endpoint (RFC 6749 §5.1); without it the token is used until it is
    /// refused.
    pub const fn new(expires_in: Option<Duration>) -> Self {
        Self { expires_in, age: Duration::ZERO, refreshable: true, is_stored: true }
    }

    /// Sets how long ago the tokens were issued, for tokens from storage.
    pub const fn age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Says that there is no refresh token, neither a new one nor an old one: when the access token
    /// expires, the user must sign in.
    pub const fn without_refresh_token(mut self) -> Self {
        self.refreshable = false;
        self
    }

    /// They are not stored yet: report it with
    /// [`Session::on_stored`](super::Session::on_stored). Tokens of a sign-in count as stored
    /// without this, tokens of a refresh never do.
    pub const fn not_yet_stored(mut self) -> Self {
        self.is_stored = false;
        self
    }
}

/// What the result of a refresh changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshOutcome {
    /// The new tokens are in use.
    Replaced {
        /// Store them under this number.
        generation: Generation,
    },
    /// The refresh failed; the old tokens stay in use.
    Failed,
    /// The session has ended.
    SignedOut,
    /// The result does not belong to the running refresh.
    Ignored,
}

impl RefreshOutcome {
    /// Returns the number of the new tokens, if they are in use.
    #[must_use]
    pub const fn generation(self) -> Option<Generation> {
        match self {
            Self::Replaced { generation } => Some(generation),
            _ => None,
        }
    }
}

/// Why a refresh failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshFailure {
    /// There was no answer.
    NoAnswer,
    /// The answer took too long.
    TimedOut,
    /// The token endpoint permanently refuses the refresh token: `invalid_grant` (RFC 6749 §5.2).
    /// This ends the session.
    Refused,
    /// Any other answer without tokens.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The new access token had already expired when it arrived.
    ExpiredOnArrival,
    /// The tokens of the last refresh could not be stored, so nothing was sent.
    NotStored,
}

impl RefreshFailure {
    /// Interprets an answer without usable tokens.
    ///
    /// Only `invalid_grant` with status 400 or 401 is permanent. An unknown or unauthorized client,
    /// a failing server or a gateway's error page says nothing about the refresh token.
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

    /// Returns the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => codes::NO_ANSWER.code,
            Self::TimedOut => codes::TIMED_OUT.code,
            Self::Refused => codes::INVALID_GRANT.code,
            Self::UnexpectedStatus { .. } => codes::UNEXPECTED_STATUS.code,
            Self::ExpiredOnArrival => codes::EXPIRED_ON_ARRIVAL.code,
            Self::NotStored => codes::STORAGE_NEEDED.code,
        }
    }
}

impl fmt::Display for RefreshFailure {
    /// Writes the stable code and, if there are any, details.
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

/// In octets; a longer answer is not an answer of RFC 6749.
pub(super) const LONGEST_ANSWER: usize = 65_536;
