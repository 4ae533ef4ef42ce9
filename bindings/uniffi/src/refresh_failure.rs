//! What came of a refresh.

use verijot::refresh;

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
    match refresh::RefreshFailure::of_response(status, &body) {
        refresh::RefreshFailure::Refused => RefreshFailure::Refused,
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
    pub(crate) const fn core(self) -> refresh::RefreshFailure {
        match self {
            Self::NoAnswer => refresh::RefreshFailure::NoAnswer,
            Self::TimedOut => refresh::RefreshFailure::TimedOut,
            Self::Refused => refresh::RefreshFailure::Refused,
            Self::UnexpectedStatus { status } => {
                refresh::RefreshFailure::UnexpectedStatus { status }
            }
        }
    }
}

impl FailureOutcome {
    pub(crate) const fn of(outcome: refresh::RefreshOutcome) -> Self {
        match outcome {
            refresh::RefreshOutcome::Failed => Self::Failed,
            refresh::RefreshOutcome::SignedOut => Self::SignedOut,
            _ => Self::Ignored,
        }
    }
}
