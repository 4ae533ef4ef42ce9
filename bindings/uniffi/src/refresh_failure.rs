//! What came of a refresh.

use verijot::session;

/// Why a refresh brought no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum RefreshFailure {
    /// There was no answer.
    NoAnswer,
    /// It took too long.
    TimedOut,
    /// The refresh token is refused for good, which ends the session.
    Refused,
    /// Any other answer without tokens.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
}

/// What the news of a refresh without tokens did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FailureOutcome {
    /// The old tokens stay in use.
    Failed,
    /// The session has ended.
    SignedOut,
    /// It belonged to no refresh that is under way.
    Ignored,
}

/// What an answer without usable tokens means: only `invalid_grant` is for good.
#[uniffi::export]
#[must_use]
pub fn refresh_failure(status: u16, body: Vec<u8>) -> RefreshFailure {
    match session::RefreshFailure::of_response(status, &body) {
        session::RefreshFailure::Refused => RefreshFailure::Refused,
        _ => RefreshFailure::UnexpectedStatus { status },
    }
}

/// A stable name, and more where there is more to say.
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
