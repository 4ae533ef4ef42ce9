//! When a client refreshes its access token: the core's session behind a lock. The packages keep the
//! tokens and the clock, and make the requests.

use std::sync::{Arc, Mutex, MutexGuard};

use verijot::issuer::discovery;
use verijot::session::{self, AfterUnauthorized, Decision, Session, Storage, Tokens};

use crate::clocks::Clocks;
use crate::key_location::held;
use crate::moment::{nanoseconds, span};
use crate::problem::Problem;
use crate::refresh_failure::{FailureOutcome, RefreshFailure};
use crate::refresh_numbers::RefreshNumbers;

/// How old a client's tokens are, and when to refresh them. Knows no token; to be kept behind one
/// lock together with them.
#[derive(uniffi::Object)]
pub struct RefreshSession {
    session: Mutex<Session>,
}

/// What there is to know of an access token and the refresh token beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TokenFacts {
    /// The access token's whole life in nanoseconds; without it the token is used until it is
    /// refused.
    pub expires_in: Option<u64>,
    /// How many nanoseconds ago they were made.
    pub age: u64,
    /// Whether there is a refresh token.
    pub is_refreshable: bool,
}

/// What to do with a request, before it is sent or after it was answered with 401.
#[derive(Clone, uniffi::Enum)]
pub enum SessionStep {
    /// Send it with these tokens, and start this refresh, if there is one, without waiting for it.
    Use {
        /// With which tokens.
        attempt: Arc<Attempt>,
        /// A refresh that is due.
        refresh: Option<Arc<RefreshTicket>>,
    },
    /// Refresh first, then ask again.
    Refresh {
        /// The refresh to start.
        ticket: Arc<RefreshTicket>,
    },
    /// A refresh is under way: wait for its end, then ask again.
    Wait {
        /// After how many nanoseconds to ask again even if nothing was heard of it.
        at_most: u64,
    },
    /// A refresh is needed, and its answer could not be stored here.
    StorageNeeded,
    /// The last refresh failed.
    Unavailable {
        /// In how many nanoseconds the next may start.
        retry_after: u64,
    },
    /// There are no tokens, or none that can be refreshed.
    SignInNeeded,
    /// The answer with 401 stands.
    GiveUp,
}

/// One sending of a request.
#[derive(uniffi::Object)]
pub struct Attempt {
    attempt: session::Attempt,
}

/// Permission for one refresh.
#[derive(uniffi::Object)]
pub struct RefreshTicket {
    ticket: session::RefreshTicket,
}

/// How a client's tokens are doing.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SessionHealth {
    /// Whether there are tokens; otherwise somebody has to sign in.
    pub is_signed_in: bool,
    /// Whether the access token has not expired.
    pub is_valid: bool,
    /// For how many nanoseconds it is valid, if that is known.
    pub expires_in: Option<u64>,
    /// Refreshes that failed since the last one that succeeded.
    pub failures: u32,
    /// The last of them: what failed, and perhaps a colon and more about it.
    pub last_failure: Option<String>,
    /// Whether a refresh is under way.
    pub is_refreshing: bool,
}

#[uniffi::export]
impl RefreshSession {
    /// Nobody is signed in.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(numbers: &RefreshNumbers) -> Arc<Self> {
        Arc::new(Self { session: Mutex::new(Session::new(numbers.settings())) })
    }

    /// Takes up tokens, and gives the number to keep them under.
    #[must_use]
    pub fn sign_in(&self, tokens: TokenFacts, clocks: Clocks) -> u64 {
        self.session().sign_in(tokens.core(), clocks.now()).number()
    }

    /// The nanoseconds for which requests wait for new tokens to be stored.
    #[must_use]
    pub fn storing_timeout(&self) -> u64 {
        nanoseconds(Session::STORING_TIMEOUT)
    }

    /// Forgets the tokens.
    pub fn sign_out(&self) {
        self.session().sign_out();
    }

    /// Which tokens to send with a request. `can_store` is whether the answer of a refresh could be
    /// stored here.
    #[must_use]
    pub fn resolve(&self, can_store: bool, clocks: Clocks) -> SessionStep {
        SessionStep::of_decision(self.session().resolve(storage(can_store), clocks.now()))
    }

    /// What to do about a request that was answered with 401.
    #[must_use]
    pub fn on_unauthorized(
        &self,
        attempt: &Attempt,
        can_store: bool,
        clocks: Clocks,
    ) -> SessionStep {
        let (storage, now) = (storage(can_store), clocks.now());
        let after = self.session().on_unauthorized(&attempt.attempt, storage, now);
        SessionStep::of_unauthorized(after)
    }

    /// Takes the news of new tokens, and gives the number to keep them under. None if they are not
    /// to be used, nor to be stored.
    #[must_use]
    pub fn on_refreshed(
        &self,
        ticket: &RefreshTicket,
        tokens: TokenFacts,
        clocks: Clocks,
    ) -> Option<u64> {
        let outcome = self.session().on_refreshed(&ticket.ticket, tokens.core(), clocks.now());
        outcome.generation().map(session::Generation::number)
    }

    /// Takes the news that a refresh brought no tokens.
    #[must_use]
    pub fn on_failure(
        &self,
        ticket: &RefreshTicket,
        failure: RefreshFailure,
        clocks: Clocks,
    ) -> FailureOutcome {
        let outcome = self.session().on_failure(&ticket.ticket, failure.core(), clocks.now());
        FailureOutcome::of(outcome)
    }

    /// How the session is doing.
    #[must_use]
    pub fn health(&self, clocks: Clocks) -> SessionHealth {
        let health = self.session().health(clocks.now());
        SessionHealth {
            is_signed_in: health.generation.is_some(),
            is_valid: health.is_valid,
            expires_in: health.expires_in.map(nanoseconds),
            failures: health.failures,
            last_failure: health.last_failure.map(|failure| failure.to_string()),
            is_refreshing: health.is_refreshing,
        }
    }
}

#[uniffi::export]
impl Attempt {
    /// The number of the tokens to send.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.attempt.generation().number()
    }
}

#[uniffi::export]
impl RefreshTicket {
    /// The number of the tokens whose refresh token to send.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.ticket.generation().number()
    }

    /// How many nanoseconds the refresh may take.
    #[must_use]
    pub fn timeout(&self) -> u64 {
        nanoseconds(self.ticket.timeout())
    }
}

/// Whether an access token may be sent to a URL: over https, or to this very machine.
///
/// # Errors
/// [`Problem::Location`] with the reason.
#[uniffi::export]
pub fn check_url(url: &str) -> Result<(), Problem> {
    Ok(discovery::check_url(url)?)
}

impl RefreshSession {
    fn session(&self) -> MutexGuard<'_, Session> {
        held(&self.session)
    }
}

impl TokenFacts {
    fn core(self) -> Tokens {
        let tokens = Tokens::new(self.expires_in.map(span)).age(span(self.age));
        if self.is_refreshable { tokens } else { tokens.without_refresh_token() }
    }
}

impl SessionStep {
    fn of_decision(decision: Decision) -> Self {
        match decision {
            Decision::Use { attempt, refresh } => Self::sending(attempt, refresh),
            Decision::Refresh(ticket) => Self::refreshing(ticket),
            Decision::Wait { at_most } => Self::Wait { at_most: nanoseconds(at_most) },
            Decision::StorageNeeded => Self::StorageNeeded,
            Decision::Unavailable { retry_after } => {
                Self::Unavailable { retry_after: nanoseconds(retry_after) }
            }
            // The core has no other decision but a sign-in.
            _ => Self::SignInNeeded,
        }
    }

    fn of_unauthorized(after: AfterUnauthorized) -> Self {
        match after {
            AfterUnauthorized::Retry(attempt) => Self::sending(attempt, None),
            AfterUnauthorized::Refresh(ticket) => Self::refreshing(ticket),
            AfterUnauthorized::Wait { at_most } => Self::Wait { at_most: nanoseconds(at_most) },
            // Whatever else there is to say, the refusal stands.
            _ => Self::GiveUp,
        }
    }

    fn sending(attempt: session::Attempt, refresh: Option<session::RefreshTicket>) -> Self {
        let refresh = refresh.map(|ticket| Arc::new(RefreshTicket { ticket }));
        Self::Use { attempt: Arc::new(Attempt { attempt }), refresh }
    }

    fn refreshing(ticket: session::RefreshTicket) -> Self {
        Self::Refresh { ticket: Arc::new(RefreshTicket { ticket }) }
    }
}

const fn storage(can_store: bool) -> Storage {
    if can_store { Storage::Writable } else { Storage::ReadOnly }
}
