//! The access token of a client over time: held, refreshed, stored.
//!
//! The core's session decides when to refresh; this module refreshes, each time in a task of its
//! own, so that a cancelled request does not lose a refresh token. One refresh serves all waiting
//! requests.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;
use verijot::session::{
    AfterUnauthorized, Attempt, Decision, Generation, RefreshFailure, RefreshOutcome,
    RefreshSettings, RefreshTicket, Session, SessionHealth,
};

use crate::caught::{caught, report};
use crate::clock::{Clock, reading};
use crate::issued_tokens::{AnyTokenKeeper, IssuedTokens};
use crate::locked::lock;
use crate::send_error::SendError;

/// The tokens of one client, shared by any number of tasks.
pub(crate) struct TokenSession {
    keeper: Box<dyn AnyTokenKeeper>,
    state: Mutex<State>,
    /// Sets of tokens are stored one after the other.
    storing: tokio::sync::Mutex<()>,
    /// Signals that a refresh has ended.
    news: watch::Sender<()>,
    clock: Arc<dyn Clock>,
}

struct State {
    session: Session,
    held: Option<Held>,
}

struct Held {
    generation: Generation,
    tokens: Arc<IssuedTokens>,
    /// Tokens are used only after they have been stored, or could not be.
    is_stored: bool,
    since: Instant,
}

impl Held {
    fn new(generation: Generation, tokens: IssuedTokens, is_stored: bool) -> Self {
        Self { generation, tokens: Arc::new(tokens), is_stored, since: Instant::now() }
    }

    /// How long requests still wait for the tokens to be stored. Not longer, because a runtime that
    /// stands still stores nothing.
    fn wait(&self) -> Duration {
        if self.is_stored {
            return Duration::ZERO;
        }
        Session::STORING_TIMEOUT.saturating_sub(self.since.elapsed())
    }
}

impl TokenSession {
    pub(crate) fn new(
        keeper: Box<dyn AnyTokenKeeper>,
        settings: RefreshSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            keeper,
            state: Mutex::new(State { session: Session::new(settings), held: None }),
            storing: tokio::sync::Mutex::new(()),
            news: watch::Sender::new(()),
            clock,
        }
    }

    /// Uses the tokens of a sign-in from now on, and stores them.
    pub(crate) async fn sign_in(&self, tokens: IssuedTokens) {
        let generation = self.hold(tokens, Duration::ZERO, false);
        self.store(generation).await;
    }

    /// Uses tokens from now on that are already stored.
    pub(crate) fn resume(&self, tokens: IssuedTokens, age: Duration) {
        self.hold(tokens, age, true);
    }

    /// Forgets the tokens, and waits until none are being stored.
    pub(crate) async fn sign_out(&self) {
        {
            let mut state = lock(&self.state);
            state.session.sign_out();
            state.held = None;
        }
        self.news.send_replace(());
        drop(timeout(Session::STORING_TIMEOUT, self.storing.lock()).await);
    }

    pub(crate) fn health(&self) -> SessionHealth {
        lock(&self.state).session.health(reading(&*self.clock))
    }

    /// Returns valid tokens. Waits for a refresh only if the current ones have expired.
    pub(crate) async fn tokens(
        self: &Arc<Self>,
    ) -> Result<(Attempt, Arc<IssuedTokens>), SendError> {
        let mut news = self.news.subscribe();
        loop {
            // Before asking: a refresh that ends afterwards must wake this task.
            news.mark_unchanged();
            // Before the lock: a keeper may ask for the state of the client.
            let storage = self.keeper.storage_now();
            let now = reading(&*self.clock);
            let decision = lock(&self.state).session.resolve(storage, now);
            match decision {
                Decision::Use { attempt, refresh } => {
                    // Looked up first: the refresh could replace them before they are read.
                    let ready = self.ready(attempt.generation());
                    if let Some(ticket) = refresh {
                        self.start(ticket);
                    }
                    let tokens = match ready {
                        None => self.stored(attempt.generation(), &mut news).await,
                        ready => ready,
                    };
                    if let Some(tokens) = tokens {
                        return Ok((attempt, tokens));
                    }
                }
                Decision::Refresh(ticket) => self.start(ticket),
                Decision::Wait { at_most } => {
                    drop(timeout(at_most, news.changed()).await);
                }
                Decision::StorageNeeded => return Err(SendError::StorageNeeded),
                Decision::Unavailable { retry_after } => {
                    return Err(SendError::Unavailable { retry_after });
                }
                _ => return Err(SendError::SignInNeeded),
            }
        }
    }

    /// Returns newer tokens than those that were refused, if there can be any.
    pub(crate) async fn newer_tokens(
        self: &Arc<Self>,
        refused: &Attempt,
    ) -> Option<Arc<IssuedTokens>> {
        let mut news = self.news.subscribe();
        loop {
            news.mark_unchanged();
            let now = reading(&*self.clock);
            let storage = self.keeper.storage_now();
            let after = lock(&self.state).session.on_unauthorized(refused, storage, now);
            match after {
                AfterUnauthorized::Retry(attempt) => {
                    let tokens = self.stored(attempt.generation(), &mut news).await;
                    if tokens.is_some() {
                        return tokens;
                    }
                }
                AfterUnauthorized::Refresh(ticket) => self.start(ticket),
                AfterUnauthorized::Wait { at_most } => {
                    drop(timeout(at_most, news.changed()).await);
                }
                _ => return None,
            }
        }
    }

    /// The tokens, if none have replaced them and nothing must be waited for.
    fn ready(&self, generation: Generation) -> Option<Arc<IssuedTokens>> {
        let state = lock(&self.state);
        let held = state.held.as_ref()?;
        (held.generation == generation && held.wait() == Duration::ZERO)
            .then(|| Arc::clone(&held.tokens))
    }

    /// Returns the tokens when they may be used. `None` after news: then the session must be asked
    /// again.
    async fn stored(
        &self,
        generation: Generation,
        news: &mut watch::Receiver<()>,
    ) -> Option<Arc<IssuedTokens>> {
        let wait = lock(&self.state).held.as_ref().map(Held::wait).unwrap_or_default();
        if wait > Duration::ZERO && timeout(wait, news.changed()).await.is_ok() {
            return None;
        }
        self.tokens_of(generation)
    }

    /// The tokens, stored or not, unless others have replaced them.
    fn tokens_of(&self, generation: Generation) -> Option<Arc<IssuedTokens>> {
        let state = lock(&self.state);
        let held = state.held.as_ref().filter(|held| held.generation == generation)?;
        Some(Arc::clone(&held.tokens))
    }

    fn hold(&self, tokens: IssuedTokens, age: Duration, is_stored: bool) -> Generation {
        let mut state = lock(&self.state);
        let described = tokens.described().age(age);
        let described = if is_stored { described } else { described.not_yet_stored() };
        let generation = state.session.sign_in(described, reading(&*self.clock));
        state.held = Some(Held::new(generation, tokens, is_stored));
        self.news.send_replace(());
        generation
    }

    /// The refresh continues even if the request that caused it is cancelled.
    fn start(self: &Arc<Self>, ticket: RefreshTicket) {
        // Refresh only the ticket's own tokens: the answer for others would be lost, and with it
        // those tokens.
        let old = self.tokens_of(ticket.generation());
        let pending = Pending { session: Arc::clone(self), ticket: Some(ticket) };
        match (Handle::try_current(), old) {
            (Ok(runtime), Some(old)) => drop(runtime.spawn(pending.run(old))),
            // There is no runtime, or someone has signed in or out in the meantime.
            _ => drop(pending),
        }
    }

    /// Reports a successful refresh to the session, and stores the tokens if they are still wanted.
    async fn replace(&self, ticket: &RefreshTicket, tokens: IssuedTokens) {
        let described = tokens.described();
        let generation = {
            let mut state = lock(&self.state);
            let outcome = state.session.on_refreshed(ticket, described, reading(&*self.clock));
            let Some(generation) = outcome.generation() else { return };
            state.held = Some(Held::new(generation, tokens, false));
            generation
        };
        tracing::debug!("refreshed the access token");
        self.store(generation).await;
    }

    /// Returns whether the tokens are stored now.
    async fn store(&self, generation: Generation) -> bool {
        // Even if storing fails: the old tokens are no longer valid.
        let _stored = StoredAtLast { session: self, generation };
        let turn = timeout(Session::STORING_TIMEOUT, self.storing.lock()).await;
        let Some(tokens) = self.tokens_of(generation) else { return false };
        let storing = caught(|| self.keeper.store_boxed(&tokens));
        let is_stored = turn.is_ok()
            && matches!(timeout(Session::STORING_TIMEOUT, storing).await, Ok(Some(Ok(()))));
        if is_stored {
            lock(&self.state).session.on_stored(generation);
        } else {
            tracing::error!("could not store the new tokens");
        }
        is_stored
    }

    fn fail(&self, ticket: &RefreshTicket, failure: RefreshFailure) {
        let mut state = lock(&self.state);
        let outcome = state.session.on_failure(ticket, failure, reading(&*self.clock));
        if outcome == RefreshOutcome::SignedOut {
            state.held = None;
        }
        drop(state);
        self.news.send_replace(());
        if outcome != RefreshOutcome::Ignored {
            tracing::warn!(%failure, "could not refresh the access token");
        }
    }
}

/// A refresh with an unknown outcome so far. Dropping it counts as a failure.
struct Pending {
    session: Arc<TokenSession>,
    ticket: Option<RefreshTicket>,
}

impl Pending {
    async fn run(mut self, old: Arc<IssuedTokens>) {
        let Some(ticket) = self.ticket.clone() else { return };
        if ticket.store_first() && !self.session.store(ticket.generation()).await {
            self.ticket = None;
            self.session.fail(&ticket, RefreshFailure::NotStored);
            return;
        }
        let refresh_token = old.refresh_token().unwrap_or_default();
        let refreshing = caught(|| self.session.keeper.refresh_boxed(refresh_token));
        let refreshed = timeout(ticket.timeout(), refreshing).await;
        self.ticket = None;
        match refreshed {
            Ok(Some(Ok(tokens))) => {
                self.session.replace(&ticket, tokens.or_refresh_token_of(&old)).await;
            }
            Ok(Some(Err(failure))) => self.session.fail(&ticket, failure),
            Ok(None) => self.session.fail(&ticket, RefreshFailure::NoAnswer),
            Err(_) => self.session.fail(&ticket, RefreshFailure::TimedOut),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            report(|| self.session.fail(&ticket, RefreshFailure::NoAnswer));
        }
    }
}

/// Allows the use of tokens after they have been stored, or after storing has failed or been
/// cancelled.
struct StoredAtLast<'s> {
    session: &'s TokenSession,
    generation: Generation,
}

impl Drop for StoredAtLast<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.session.state);
        if let Some(held) = state.held.as_mut().filter(|held| held.generation == self.generation) {
            held.is_stored = true;
        }
        drop(state);
        self.session.news.send_replace(());
    }
}
