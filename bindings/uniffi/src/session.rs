//! A client's session: the core's state machine behind a lock. The packages keep the tokens, read the
//! clock and make the requests.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use verijot::issuer::discovery;
use verijot::session::{self, AfterUnauthorized, Decision, Session, Storage, Tokens};

use crate::clocks::Clocks;
use crate::key_location::locked;
use crate::moment::{nanoseconds, span};
use crate::problem::Problem;
use crate::refresh_failure::{FailureOutcome, RefreshFailure};
use crate::refresh_numbers::RefreshNumbers;

/// Decides when to refresh a client's tokens. It knows their ages but not the tokens; keep both under
/// one lock.
#[derive(uniffi::Object)]
pub struct RefreshSession {
    session: Mutex<Session>,
}

/// What the core needs to know about an access token and its refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TokenFacts {
    /// The access token's lifetime in nanoseconds; `None` if the token is used until it is refused.
    pub expires_in: Option<u64>,
    /// How many nanoseconds ago they were issued.
    pub age: u64,
    /// Whether there is a refresh token.
    pub is_refreshable: bool,
    /// Whether they are stored already, which counts for those of a sign-in.
    pub is_stored: bool,
}

/// What to do with a request, before it is sent or after a response with 401.
#[derive(Clone, uniffi::Enum)]
pub enum SessionStep {
    /// Send it with these tokens; start the refresh, if there is one, in the background.
    Use {
        /// The tokens to send.
        attempt: Arc<Attempt>,
        /// A refresh that is due.
        refresh: Option<Arc<RefreshTicket>>,
    },
    /// Refresh first, then call again.
    Refresh {
        /// The refresh to start.
        ticket: Arc<RefreshTicket>,
    },
    /// A refresh is under way: wait for its end, then call again.
    Wait {
        /// The maximum wait, in nanoseconds; then call again in any case.
        at_most: u64,
    },
    /// A refresh is needed, but new tokens cannot be stored now.
    StorageNeeded,
    /// The last refresh failed.
    Unavailable {
        /// How many nanoseconds to wait before the next refresh.
        retry_after: u64,
    },
    /// There are no tokens, or they cannot be refreshed.
    SignInNeeded,
    /// Do not retry: the response with 401 is final.
    GiveUp,
}

/// One attempt at a request.
#[derive(uniffi::Object)]
pub struct Attempt {
    attempt: session::Attempt,
}

/// Permission for one refresh.
#[derive(uniffi::Object)]
pub struct RefreshTicket {
    ticket: session::RefreshTicket,
}

/// The state of a client's tokens.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SessionHealth {
    /// Whether there are tokens; if not, the user has to sign in.
    pub is_signed_in: bool,
    /// Whether the access token has not expired.
    pub is_valid: bool,
    /// How many nanoseconds it is still valid for, if known.
    pub expires_in: Option<u64>,
    /// How many refreshes in a row have failed.
    pub failures: u32,
    /// Why the latest of them failed: a stable name, and perhaps a colon and a detail.
    pub last_failure: Option<String>,
    /// Whether a refresh is under way.
    pub is_refreshing: bool,
}

#[uniffi::export]
impl RefreshSession {
    /// Makes a session in which nobody is signed in.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(numbers: &RefreshNumbers) -> Arc<Self> {
        Arc::new(Self { session: Mutex::new(Session::new(numbers.settings())) })
    }

    /// Takes new tokens. Returns the number to keep them under.
    #[must_use]
    pub fn sign_in(&self, tokens: TokenFacts, clocks: Clocks) -> u64 {
        self.session().sign_in(tokens.core(), clocks.now()).number()
    }

    /// Returns how many nanoseconds requests wait for new tokens to be stored.
    #[must_use]
    pub fn storing_timeout(&self) -> u64 {
        nanoseconds(Session::STORING_TIMEOUT)
    }

    /// Reports that the tokens with this number are stored.
    pub fn on_stored(&self, generation: u64) {
        let mut session = self.session();
        let held = session.health(Duration::ZERO).generation;
        if let Some(held) = held.filter(|held| held.number() == generation) {
            session.on_stored(held);
        }
    }

    /// Forgets the tokens.
    pub fn sign_out(&self) {
        self.session().sign_out();
    }

    /// Says which tokens to send with a request. `can_store` is whether new tokens could be stored
    /// now.
    #[must_use]
    pub fn resolve(&self, can_store: bool, clocks: Clocks) -> SessionStep {
        SessionStep::of_decision(self.session().resolve(storage(can_store), clocks.now()))
    }

    /// Says what to do after a response with 401.
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

    /// Takes the tokens of a refresh. Returns the number to keep them under, or `None` if they must be
    /// neither used nor stored.
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

    /// Records that a refresh got no tokens.
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

    /// Returns the state of the session.
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
    /// Returns the number of the tokens to send.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.attempt.generation().number()
    }
}

#[uniffi::export]
impl RefreshTicket {
    /// Returns the number of the tokens whose refresh token to send.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.ticket.generation().number()
    }

    /// Returns whether the tokens must be stored before their refresh token is sent. If that fails, report
    /// [`RefreshFailure::NotStored`].
    #[must_use]
    pub fn store_first(&self) -> bool {
        self.ticket.store_first()
    }

    /// Returns the timeout of the refresh in nanoseconds.
    #[must_use]
    pub fn timeout(&self) -> u64 {
        nanoseconds(self.ticket.timeout())
    }
}

/// Checks that an access token may be sent to a URL: over https, or to this machine.
///
/// # Errors
/// [`Problem::Location`] with the reason.
#[uniffi::export]
pub fn check_url(url: &str) -> Result<(), Problem> {
    Ok(discovery::check_url(url)?)
}

impl RefreshSession {
    fn session(&self) -> MutexGuard<'_, Session> {
        locked(&self.session)
    }
}

impl TokenFacts {
    fn core(self) -> Tokens {
        let tokens = Tokens::new(self.expires_in.map(span)).age(span(self.age));
        let tokens = if self.is_stored { tokens } else { tokens.not_yet_stored() };
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
            // `Decision` is non-exhaustive: an unknown variant means a new sign-in.
            _ => Self::SignInNeeded,
        }
    }

    fn of_unauthorized(after: AfterUnauthorized) -> Self {
        match after {
            AfterUnauthorized::Retry(attempt) => Self::sending(attempt, None),
            AfterUnauthorized::Refresh(ticket) => Self::refreshing(ticket),
            AfterUnauthorized::Wait { at_most } => Self::Wait { at_most: nanoseconds(at_most) },
            // `GiveUp`, and any unknown variant.
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
