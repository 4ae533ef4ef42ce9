//! When a client refreshes its access token (RFC 6749 §6): a state machine without I/O.
//!
//! A [`Session`] knows only how old the tokens are. The caller keeps the token strings, for example
//! in a keychain, under the [`Generation`] that the session assigns. So no secret passes through
//! the session or into its logs, and the same state machine works for every language.
//!
//! - Before a request, [`Session::resolve`] says which tokens to send, and whether to refresh.
//! - Report the token endpoint's answer to [`Session::on_refreshed`] or [`Session::on_failure`].
//! - Report a request that got 401 to [`Session::on_unauthorized`], which says whether to send it
//!   again.
//!
//! Every `now` is a reading of the caller's clocks, [`Now`]; a [`Duration`] is a reading of a
//! monotonic clock alone. A clock that goes back counts as standing still. Keep the session and the
//! tokens behind the same lock, so that generation and strings always match.
//!
//! ```
//! use core::time::Duration;
//! use verijot::session::{Decision, RefreshSettings, Session, Storage, Tokens};
//! let mut session = Session::new(RefreshSettings::default());
//! let hour = Duration::from_secs(3600);
//! let signed_in = session.sign_in(Tokens::new(Some(hour)), Duration::ZERO);
//!
//! // A minute before it expires the old token is still used, while one caller refreshes it.
//! let late = Duration::from_secs(3541);
//! let Decision::Use { attempt, refresh: Some(ticket) } = session.resolve(Storage::Writable, late)
//! else { panic!() };
//! assert_eq!(attempt.generation(), signed_in);
//!
//! // Store the new tokens under the new generation.
//! let outcome = session.on_refreshed(&ticket, Tokens::new(Some(hour)), late);
//! let generation = outcome.generation().unwrap();
//! let Decision::Use { attempt, refresh: None } = session.resolve(Storage::Writable, late)
//! else { panic!() };
//! assert_eq!(attempt.generation(), generation);
//! ```

use alloc::sync::Arc;
use core::time::Duration;

use crate::time::backoff::Backoff;
use crate::time::now::{AgingClock, Now};

mod decision;
mod exchange;
mod settings;
mod token_response;

pub use decision::{AfterUnauthorized, Attempt, Decision, Generation, Storage};
pub use exchange::{RefreshFailure, RefreshOutcome, RefreshTicket, Tokens};
pub use settings::RefreshSettings;
pub use token_response::TokenResponse;

/// A client's tokens over time: signed in, refreshed, and finally signed out.
#[derive(Debug)]
pub struct Session {
    settings: RefreshSettings,
    held: Option<HeldTokens>,
    running: Option<RunningRefresh>,
    /// Distinguishes this session's tickets from those of others.
    identity: Arc<()>,
    last_ticket: u64,
    last_generation: u64,
    backoff: Backoff,
    last_failure: Option<RefreshFailure>,
    clock: AgingClock,
}

impl Session {
    /// How long requests wait for new tokens to be stored. After that the new tokens are used
    /// anyway.
    pub const STORING_TIMEOUT: Duration = Duration::from_secs(10);

    /// How long a process that serves many clients keeps the result of a refresh for requests that
    /// still carry the old refresh token, such as those that a browser sent before it received the
    /// new cookies. After that an old refresh token goes to the token endpoint, which may treat it
    /// as stolen (RFC 9700 §4.14.2).
    pub const SHARING_TIME: Duration = Duration::from_secs(60);

    /// The maximum octets of a token endpoint's answer. A longer one has no tokens, and
    /// [`RefreshFailure::of_response`] does not read it.
    pub const MAX_ANSWER_OCTETS: usize = exchange::LONGEST_ANSWER;

    /// Creates a session in which nobody is signed in.
    #[must_use]
    pub fn new(settings: RefreshSettings) -> Self {
        Self {
            settings: settings.with_floors(),
            held: None,
            running: None,
            identity: Arc::new(()),
            last_ticket: 0,
            last_generation: 0,
            backoff: Backoff::new(),
            last_failure: None,
            clock: AgingClock::new(),
        }
    }

    /// Takes tokens from a sign-in, from storage, or from another process that has refreshed them.
    /// Cancels a running refresh: its answer will be ignored.
    pub fn sign_in(&mut self, tokens: Tokens, now: impl Into<Now>) -> Generation {
        let now = self.advance(now);
        self.running = None;
        self.backoff = Backoff::new();
        self.last_failure = None;
        self.hold(tokens, None, now)
    }

    /// Forgets the tokens and cancels a running refresh.
    pub fn sign_out(&mut self) {
        self.held = None;
        self.running = None;
        self.backoff = Backoff::new();
        self.last_failure = None;
    }

    /// Says which tokens to send with a request.
    ///
    /// Starts no refresh if `storage` cannot store its answer, which may be the only copy of a new
    /// refresh token (RFC 6749 §6).
    pub fn resolve(&mut self, storage: Storage, now: impl Into<Now>) -> Decision {
        let now = self.advance(now);
        let Some(held) = &self.held else { return Decision::SignInNeeded };
        if held.is_valid(now) {
            let attempt = Attempt { generation: held.generation, is_retry: false };
            let is_due = held.refreshable && held.refresh_at.is_some_and(|due| now >= due);
            let may = self.running.is_none()
                && storage == Storage::Writable
                && self.backoff.wait(now) == Duration::ZERO;
            let refresh = (is_due && may).then(|| self.start(now));
            return Decision::Use { attempt, refresh };
        }
        if !held.refreshable {
            return Decision::SignInNeeded;
        }
        match self.begin(storage, now) {
            Beginning::Started(ticket) => Decision::Refresh(ticket),
            Beginning::Running { at_most } => Decision::Wait { at_most },
            Beginning::NoStorage => Decision::StorageNeeded,
            Beginning::BackingOff { retry_after } => Decision::Unavailable { retry_after },
        }
    }

    /// Says what to do about a request that got 401 (RFC 6750 §3.1).
    ///
    /// Every request is sent at most twice. A token from a refresh less than
    /// [`RefreshSettings::unauthorized_rest`] ago is not refreshed again, because its age cannot be
    /// the reason for the refusal. However many requests are refused, at most one refresh succeeds
    /// in that time, and failed refreshes are spaced by the backoff.
    pub fn on_unauthorized(
        &mut self,
        attempt: &Attempt,
        storage: Storage,
        now: impl Into<Now>,
    ) -> AfterUnauthorized {
        let now = self.advance(now);
        let Some(held) = &self.held else { return AfterUnauthorized::SignInNeeded };
        if attempt.is_retry {
            return AfterUnauthorized::GiveUp;
        }
        if held.generation != attempt.generation {
            if held.is_valid(now) {
                let attempt = Attempt { generation: held.generation, is_retry: true };
                return AfterUnauthorized::Retry(attempt);
            }
        } else if held.is_valid(now) && self.is_new(held, now) {
            return AfterUnauthorized::GiveUp;
        }
        if !held.refreshable {
            return if held.is_valid(now) {
                AfterUnauthorized::GiveUp
            } else {
                AfterUnauthorized::SignInNeeded
            };
        }
        match self.begin(storage, now) {
            Beginning::Started(ticket) => AfterUnauthorized::Refresh(ticket),
            Beginning::Running { at_most } => AfterUnauthorized::Wait { at_most },
            Beginning::NoStorage => AfterUnauthorized::StorageNeeded,
            Beginning::BackingOff { retry_after } => AfterUnauthorized::Unavailable { retry_after },
        }
    }

    /// Records the new tokens of a refresh, however late, because they may include the only copy of
    /// a new refresh token. If the session has other tokens by now than those that were refreshed,
    /// nothing changes; do not use the new tokens then.
    ///
    /// The tokens' lifetime counts from the start of the refresh, because they were issued after
    /// that. If the answer has no refresh token, the old one stays in use (RFC 6749 §6).
    ///
    /// Store the tokens, then call [`Session::on_stored`]. Until then the next refresh must store them
    /// first ([`RefreshTicket::store_first`]).
    pub fn on_refreshed(
        &mut self,
        ticket: &RefreshTicket,
        tokens: Tokens,
        now: impl Into<Now>,
    ) -> RefreshOutcome {
        let now = self.advance(now);
        if !self.is_newest(ticket) {
            return RefreshOutcome::Ignored;
        }
        self.running = None;
        let tokens = tokens.age(tokens.age.saturating_add(now.saturating_sub(ticket.started)));
        let generation = self.hold(tokens, Some(now), now);
        if self.held.as_ref().is_some_and(|held| held.is_valid(now)) {
            self.last_failure = None;
            self.backoff.succeed(now.saturating_add(self.settings.shortest_rest));
        } else {
            // Without a wait, an endpoint that issues expired tokens would be called in a loop.
            self.fail(RefreshFailure::ExpiredOnArrival, now);
        }
        RefreshOutcome::Replaced { generation }
    }

    /// Records that the tokens of this generation are stored. Does nothing if the session has other
    /// tokens.
    pub fn on_stored(&mut self, generation: Generation) {
        if let Some(held) = self.held.as_mut().filter(|held| held.generation == generation) {
            held.is_stored = true;
        }
    }

    /// Records that a refresh failed. Does nothing if the ticket is not that of the running
    /// refresh.
    pub fn on_failure(
        &mut self,
        ticket: &RefreshTicket,
        failure: RefreshFailure,
        now: impl Into<Now>,
    ) -> RefreshOutcome {
        let now = self.advance(now);
        if !self.end(ticket) {
            return RefreshOutcome::Ignored;
        }
        if failure == RefreshFailure::Refused {
            self.sign_out();
            self.last_failure = Some(failure);
            return RefreshOutcome::SignedOut;
        }
        self.fail(failure, now);
        RefreshOutcome::Failed
    }

    /// Returns the state of the session.
    #[must_use]
    pub fn health(&self, now: impl Into<Now>) -> SessionHealth {
        let now = self.clock.peek(now.into());
        let held = self.held.as_ref();
        SessionHealth {
            generation: held.map(|held| held.generation),
            is_valid: held.is_some_and(|held| held.is_valid(now)),
            expires_in: held
                .and_then(|held| held.expires_at)
                .map(|expires_at| expires_at.saturating_sub(now)),
            failures: self.backoff.failures(),
            last_failure: self.last_failure,
            is_refreshing: self.running.as_ref().is_some_and(|refresh| now < refresh.deadline),
        }
    }

    /// Advances the clock and ends a refresh that took too long.
    fn advance(&mut self, now: impl Into<Now>) -> Duration {
        let now = self.clock.advance(now.into());
        if let Some(late) = self.running.take_if(|refresh| now >= refresh.deadline) {
            self.fail(RefreshFailure::TimedOut, late.deadline);
        }
        now
    }

    /// Starts a refresh, unless one is running, storage is read-only, or it is too early.
    fn begin(&mut self, storage: Storage, now: Duration) -> Beginning {
        if let Some(running) = &self.running {
            return Beginning::Running { at_most: running.deadline.saturating_sub(now) };
        }
        if storage == Storage::ReadOnly {
            return Beginning::NoStorage;
        }
        let retry_after = self.backoff.wait(now);
        if retry_after > Duration::ZERO {
            return Beginning::BackingOff { retry_after };
        }
        Beginning::Started(self.start(now))
    }

    fn start(&mut self, now: Duration) -> RefreshTicket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let timeout = self.settings.refresh_timeout;
        let deadline = now.saturating_add(timeout);
        self.running = Some(RunningRefresh { ticket: self.last_ticket, deadline });
        let generation = Generation { number: self.last_generation };
        let owner = Arc::clone(&self.identity);
        let store_first = self.held.as_ref().is_some_and(|held| !held.is_stored);
        let number = self.last_ticket;
        RefreshTicket { owner, number, started: now, generation, timeout, store_first }
    }

    /// Ends the refresh of the ticket. Returns false if it was not running.
    fn end(&mut self, ticket: &RefreshTicket) -> bool {
        let is_ours = Arc::ptr_eq(&ticket.owner, &self.identity);
        self.running.take_if(|refresh| is_ours && refresh.ticket == ticket.number).is_some()
    }

    /// Whether the session still has the tokens that the ticket refreshes.
    fn is_newest(&self, ticket: &RefreshTicket) -> bool {
        Arc::ptr_eq(&ticket.owner, &self.identity)
            && self.held.as_ref().is_some_and(|held| held.generation == ticket.generation)
    }

    fn hold(
        &mut self,
        tokens: Tokens,
        refreshed_at: Option<Duration>,
        now: Duration,
    ) -> Generation {
        self.last_generation = self.last_generation.wrapping_add(1);
        let generation = Generation { number: self.last_generation };
        let at = |age: Duration| now.saturating_add(age.saturating_sub(tokens.age));
        self.held = Some(HeldTokens {
            generation,
            refreshable: tokens.refreshable,
            // A sign-in takes tokens that are stored, unless it says otherwise.
            is_stored: tokens.is_stored && refreshed_at.is_none(),
            refreshed_at,
            expires_at: tokens.expires_in.map(at),
            refresh_at: tokens.expires_in.map(|life| at(self.settings.refresh_after(life))),
        });
        generation
    }

    fn fail(&mut self, failure: RefreshFailure, now: Duration) {
        let RefreshSettings { shortest_rest, longest_rest, .. } = self.settings;
        self.backoff.fail(shortest_rest, longest_rest, now);
        self.last_failure = Some(failure);
    }

    fn is_new(&self, held: &HeldTokens, now: Duration) -> bool {
        held.refreshed_at.is_some_and(|at| now < at.saturating_add(self.settings.unauthorized_rest))
    }
}

/// The state of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionHealth {
    /// The current tokens; none if the user must sign in.
    pub generation: Option<Generation>,
    /// The access token has not expired.
    pub is_valid: bool,
    /// How long the access token is still valid, if known.
    pub expires_in: Option<Duration>,
    /// The number of failed refreshes since the last success.
    pub failures: u32,
    /// The last failure since then.
    pub last_failure: Option<RefreshFailure>,
    /// A refresh is running.
    pub is_refreshing: bool,
}

#[derive(Debug)]
struct HeldTokens {
    generation: Generation,
    refreshable: bool,
    is_stored: bool,
    /// When the refresh that returned them ended; none for a sign-in.
    refreshed_at: Option<Duration>,
    /// None if the token endpoint does not say.
    expires_at: Option<Duration>,
    refresh_at: Option<Duration>,
}

impl HeldTokens {
    fn is_valid(&self, now: Duration) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

#[derive(Debug)]
struct RunningRefresh {
    ticket: u64,
    deadline: Duration,
}

enum Beginning {
    Started(RefreshTicket),
    Running { at_most: Duration },
    NoStorage,
    BackingOff { retry_after: Duration },
}
