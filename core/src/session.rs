//! When a client refreshes its access token (RFC 6749 §6): a state machine without I/O.
//!
//! A [`Session`] knows how old the tokens are, and nothing else of them: the caller keeps the
//! strings, in its keychain or wherever they belong, under the [`Generation`] that the session
//! gives them. So no secret passes through here, none can be in a log, and the same machine serves
//! every language.
//!
//! - Before a request, [`Session::resolve`] says which tokens to send, and whether to refresh.
//! - What the token endpoint answered goes into [`Session::on_refreshed`] or
//!   [`Session::on_failure`].
//! - A request that was answered with 401 goes into [`Session::on_unauthorized`], which says
//!   whether to send it once more.
//!
//! Every moment is a reading of the caller's clocks, [`Now`]; a [`Duration`] is one of a monotonic
//! clock alone. A clock that goes back is taken to stand still. A session is to be kept behind one lock together with the tokens, so that the
//! generation and the strings are always of one piece.
//!
//! ```
//! use core::time::Duration;
//! use verijot::session::{Decision, RefreshSettings, Session, Storage, Tokens};
//! let mut session = Session::new(RefreshSettings::default());
//! let hour = Duration::from_secs(3600);
//! let signed_in = session.sign_in(Tokens::new(Some(hour)), Duration::ZERO);
//!
//! // A minute before the end the old token still serves, while one caller refreshes it.
//! let late = Duration::from_secs(3541);
//! let Decision::Use { attempt, refresh: Some(ticket) } = session.resolve(Storage::Writable, late)
//! else { panic!() };
//! assert_eq!(attempt.generation(), signed_in);
//!
//! // The answer's tokens are stored under a new generation.
//! let outcome = session.on_refreshed(&ticket, Tokens::new(Some(hour)), late);
//! let generation = outcome.generation().unwrap();
//! let Decision::Use { attempt, refresh: None } = session.resolve(Storage::Writable, late)
//! else { panic!() };
//! assert_eq!(attempt.generation(), generation);
//! ```

use alloc::sync::Arc;
use core::time::Duration;

use crate::time::backoff::{Backoff, MIN_REST};
use crate::time::now::{AgingClock, Now};

mod decision;
mod exchange;

pub use decision::{AfterUnauthorized, Attempt, Decision, Generation, Storage};
pub use exchange::{RefreshFailure, RefreshOutcome, RefreshTicket, Tokens};

/// A client's tokens over time: signed in, refreshed, and one day signed out.
#[derive(Debug)]
pub struct Session {
    settings: RefreshSettings,
    held: Option<Held>,
    under_way: Option<UnderWay>,
    /// Tells this session's tickets from another's.
    identity: Arc<()>,
    last_ticket: u64,
    last_generation: u64,
    backoff: Backoff,
    last_failure: Option<RefreshFailure>,
    clock: AgingClock,
}

impl Session {
    /// How long requests wait for new tokens to be stored. After that the tokens are used as they
    /// are: there are no others.
    pub const STORING_TIMEOUT: Duration = Duration::from_secs(10);

    /// Nobody is signed in.
    #[must_use]
    pub fn new(settings: RefreshSettings) -> Self {
        Self {
            settings: settings.with_floors(),
            held: None,
            under_way: None,
            identity: Arc::new(()),
            last_ticket: 0,
            last_generation: 0,
            backoff: Backoff::new(),
            last_failure: None,
            clock: AgingClock::new(),
        }
    }

    /// Takes up tokens from a sign-in, from storage, or from another process that has refreshed
    /// them. A refresh that is under way is cancelled: its answer will change nothing.
    pub fn sign_in(&mut self, tokens: Tokens, now: impl Into<Now>) -> Generation {
        let now = self.advance(now);
        self.under_way = None;
        self.backoff = Backoff::new();
        self.last_failure = None;
        self.hold(tokens, None, now)
    }

    /// Forgets the tokens. A refresh that is under way is cancelled.
    pub fn sign_out(&mut self) {
        self.held = None;
        self.under_way = None;
        self.backoff = Backoff::new();
        self.last_failure = None;
    }

    /// Which tokens to send with a request.
    ///
    /// No refresh is started where `storage` cannot take its answer, for that may be the only copy
    /// of a new refresh token (RFC 6749 §6).
    pub fn resolve(&mut self, storage: Storage, now: impl Into<Now>) -> Decision {
        let now = self.advance(now);
        let Some(held) = &self.held else { return Decision::SignInNeeded };
        if held.is_valid(now) {
            let attempt = Attempt { generation: held.generation, is_retry: false };
            let is_due = held.refreshable && held.refresh_at.is_some_and(|due| now >= due);
            let may = self.under_way.is_none()
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
            Beginning::UnderWay { at_most } => Decision::Wait { at_most },
            Beginning::NoStorage => Decision::StorageNeeded,
            Beginning::Resting { retry_after } => Decision::Unavailable { retry_after },
        }
    }

    /// What to do about a request that was answered with 401 (RFC 6750 §3.1).
    ///
    /// Every request is sent twice at most. A token that itself came from a refresh less than
    /// [`RefreshSettings::unauthorized_rest`] ago is not refreshed for this: it is new, so its age
    /// is not what was refused. However many requests are refused, there is at most one refresh in
    /// that span that succeeds, and those that fail keep their distance from each other.
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
            Beginning::UnderWay { at_most } => AfterUnauthorized::Wait { at_most },
            Beginning::NoStorage => AfterUnauthorized::StorageNeeded,
            Beginning::Resting { retry_after } => AfterUnauthorized::Unavailable { retry_after },
        }
    }

    /// Takes the news that a refresh brought new tokens, however late: they may hold the only copy
    /// of a new refresh token. If the session holds other tokens by now than those that were
    /// refreshed, nothing changes, and the tokens are not to be used.
    ///
    /// The tokens' life is counted from the start of the refresh, when they cannot have been made
    /// yet. An answer without a refresh token leaves the old one in use (RFC 6749 §6).
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
        self.under_way = None;
        let tokens = tokens.age(tokens.age.saturating_add(now.saturating_sub(ticket.started)));
        let generation = self.hold(tokens, Some(now), now);
        if self.held.as_ref().is_some_and(|held| held.is_valid(now)) {
            self.last_failure = None;
            self.backoff.succeed(now.saturating_add(self.settings.shortest_rest));
        } else {
            // An endpoint that gives out such tokens must not be asked again and again.
            self.fail(RefreshFailure::ExpiredOnArrival, now);
        }
        RefreshOutcome::Replaced { generation }
    }

    /// Takes the news that a refresh brought no tokens. With any other ticket than that of the
    /// refresh under way nothing changes.
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

    /// How the session is doing.
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
            is_refreshing: self.under_way.as_ref().is_some_and(|refresh| now < refresh.deadline),
        }
    }

    /// Moves the clock on, which ends a refresh that takes too long.
    fn advance(&mut self, now: impl Into<Now>) -> Duration {
        let now = self.clock.advance(now.into());
        if let Some(late) = self.under_way.take_if(|refresh| now >= refresh.deadline) {
            self.fail(RefreshFailure::TimedOut, late.deadline);
        }
        now
    }

    /// Starts a refresh, if there is none and nothing stands against it.
    fn begin(&mut self, storage: Storage, now: Duration) -> Beginning {
        if let Some(under_way) = &self.under_way {
            return Beginning::UnderWay { at_most: under_way.deadline.saturating_sub(now) };
        }
        if storage == Storage::ReadOnly {
            return Beginning::NoStorage;
        }
        let retry_after = self.backoff.wait(now);
        if retry_after > Duration::ZERO {
            return Beginning::Resting { retry_after };
        }
        Beginning::Started(self.start(now))
    }

    fn start(&mut self, now: Duration) -> RefreshTicket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let timeout = self.settings.refresh_timeout;
        let deadline = now.saturating_add(timeout);
        self.under_way = Some(UnderWay { ticket: self.last_ticket, deadline });
        let generation = Generation { number: self.last_generation };
        let owner = Arc::clone(&self.identity);
        RefreshTicket { owner, number: self.last_ticket, started: now, generation, timeout }
    }

    /// Ends the refresh of the ticket. False if it was not under way.
    fn end(&mut self, ticket: &RefreshTicket) -> bool {
        let is_ours = Arc::ptr_eq(&ticket.owner, &self.identity);
        self.under_way.take_if(|refresh| is_ours && refresh.ticket == ticket.number).is_some()
    }

    /// Whether the tokens that the ticket was to refresh are still those that are held.
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
        self.held = Some(Held {
            generation,
            refreshable: tokens.refreshable,
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

    fn is_new(&self, held: &Held, now: Duration) -> bool {
        held.refreshed_at.is_some_and(|at| now < at.saturating_add(self.settings.unauthorized_rest))
    }
}

/// The numbers of a [`Session`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshSettings {
    /// How long before its end an access token is refreshed, but not before four fifths of its life
    /// have gone by: a token that lives for less than five times as long is refreshed at four
    /// fifths (60 seconds).
    pub skew: Duration,
    /// How long a token that came from a refresh is not refreshed again because of a 401
    /// (30 seconds).
    pub unauthorized_rest: Duration,
    /// The rest after a first failed refresh, doubled with each one that follows, and the least
    /// between two refreshes that succeed (1 second; at least 100 milliseconds).
    pub shortest_rest: Duration,
    /// The longest such rest (60 seconds; at least `shortest_rest`).
    pub longest_rest: Duration,
    /// After how long a refresh counts as failed (30 seconds; at least 100 milliseconds). This
    /// should be more than the request itself may take.
    pub refresh_timeout: Duration,
}

impl RefreshSettings {
    /// The same with every number at its floor at least: with less, the token endpoint would be
    /// asked without end.
    fn with_floors(mut self) -> Self {
        self.shortest_rest = self.shortest_rest.max(MIN_REST);
        self.longest_rest = self.longest_rest.max(self.shortest_rest);
        self.refresh_timeout = self.refresh_timeout.max(MIN_REFRESH_TIMEOUT);
        self
    }

    /// At which age a token of this life is refreshed.
    fn refresh_after(&self, life: Duration) -> Duration {
        let four_fifths = life.saturating_mul(4).checked_div(5).unwrap_or_default();
        life.saturating_sub(self.skew).max(four_fifths)
    }
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            skew: Duration::from_secs(60),
            unauthorized_rest: Duration::from_secs(30),
            shortest_rest: Duration::from_secs(1),
            longest_rest: Duration::from_secs(60),
            refresh_timeout: Duration::from_secs(30),
        }
    }
}

/// How a session is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionHealth {
    /// The tokens that are held; none if the user has to sign in.
    pub generation: Option<Generation>,
    /// The access token has not expired.
    pub is_valid: bool,
    /// For how long it is valid, if that is known.
    pub expires_in: Option<Duration>,
    /// Refreshes that failed since the last one that succeeded.
    pub failures: u32,
    /// The last of them.
    pub last_failure: Option<RefreshFailure>,
    /// A refresh is under way.
    pub is_refreshing: bool,
}

#[derive(Debug)]
struct Held {
    generation: Generation,
    refreshable: bool,
    /// When the refresh ended that brought them; none for a sign-in.
    refreshed_at: Option<Duration>,
    /// Not known where the token endpoint does not say.
    expires_at: Option<Duration>,
    refresh_at: Option<Duration>,
}

impl Held {
    fn is_valid(&self, now: Duration) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

#[derive(Debug)]
struct UnderWay {
    ticket: u64,
    deadline: Duration,
}

enum Beginning {
    Started(RefreshTicket),
    UnderWay { at_most: Duration },
    NoStorage,
    Resting { retry_after: Duration },
}

const MIN_REFRESH_TIMEOUT: Duration = Duration::from_millis(100);
