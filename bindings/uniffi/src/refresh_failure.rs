//! Failed refreshes and their effect.

use verijot::session;

/// Why a refresh got no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RefreshFailure {
    /// There was no response.
    NoAnswer,
    /// It took too long.
    TimedOut,
    /// The refresh token was refused permanently, which ends the session.
    Refused,
    /// Any other response without tokens.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The tokens of the last refresh could not be stored, so nothing was sent.
    NotStored,
}

/// What a failed refresh changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FailureOutcome {
    /// The old tokens stay in use.
    Failed,
    /// The session has ended.
    SignedOut,
    /// Nothing: that refresh was already over.
    Ignored,
}

/// Classifies a response without usable tokens: only `invalid_grant` is permanent (RFC 6749 §5.2).
#[uniffi::export]
#[must_use]
pub fn refresh_failure(status: u16, body: Vec<u8>) -> RefreshFailure {
    match session::RefreshFailure::of_response(status, &body) {
        session::RefreshFailure::Refused => RefreshFailure::Refused,
        _ => RefreshFailure::UnexpectedStatus { status },
    }
}

/// Returns a stable name, and perhaps a colon and a detail.
#[uniffi::export]
#[must_use]
pub fn refresh_failure_text(failure: RefreshFailure) -> String {
    failure.core().to_string()
}

impl RefreshFailure {
    pub(crate) const fn core(self) -> session::RefreshFailure {
        match self {
            Self::NoAnswer => session::RefreshFailure::NoAnswer,
            Self::TimedOut => session::RefreshFailure::TimedOut,
            Self::Refused => session::RefreshFailure::Refused,
            Self::UnexpectedStatus { status } => {
                session::RefreshFailure::UnexpectedStatus { status }
            }
            Self::NotStored => session::RefreshFailure::NotStored,
        }
    }
}

impl FailureOutcome {
    pub(crate) const fn of(outcome: session::RefreshOutcome) -> Self {
        match outcome {
            session::RefreshOutcome::Failed => Self::Failed,
            session::RefreshOutcome::SignedOut => Self::SignedOut,
            _ => Self::Ignored,
        }
    }
}
