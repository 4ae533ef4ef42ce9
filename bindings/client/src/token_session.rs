//! The access token of a client over time: held, refreshed, stored.
//!
//! The core's session says when to refresh; here it is done, each refresh in a task of its own, so
//! that no request that is given up takes a refresh token with it. However many requests wait, one
//! refresh serves them all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;
use verijot::session::{
    AfterUnauthorized, Attempt, Decision, Generation, RefreshFailure, RefreshOutcome,
    RefreshSettings, RefreshTicket, Session, SessionHealth,
};

use crate::clock::{Clock, reading};
use crate::issued_tokens::{AnyTokenKeeper, IssuedTokens};
use crate::locked::lock;
use crate::send_error::SendError;

/// The tokens of one client, for any number of tasks.
pub(crate) struct TokenSession {
    keeper: Box<dyn AnyTokenKeeper>,
    state: Mutex<State>,
    /// One set of tokens is stored after the other.
    storing: tokio::sync::Mutex<()>,
    /// Something has come of a refresh.
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
    /// Tokens are used once they have been stored.
    is_stored: bool,
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

    /// Takes up tokens from a sign-in, and stores them.
    pub(crate) async fn sign_in(&self, tokens: IssuedTokens) {
        let generation = self.hold(tokens, Duration::ZERO, false);
        self.store(generation).await;
    }

    /// Takes up tokens that have been stored.
    pub(crate) fn resume(&self, tokens: IssuedTokens, age: Duration) {
        self.hold(tokens, age, true);
    }

    pub(crate) fn sign_out(&self) {
        let mut state = lock(&self.state);
        state.session.sign_out();
        state.held = None;
        self.news.send_replace(());
    }

    pub(crate) fn health(&self) -> SessionHealth {
        lock(&self.state).session.health(reading(&*self.clock))
    }

    /// Good tokens. Waits for a refresh only if those that are held have ended.
    pub(crate) async fn tokens(
        self: &Arc<Self>,
    ) -> Result<(Attempt, Arc<IssuedTokens>), SendError> {
        let mut news = self.news.subscribe();
        loop {
            // Before the question: whatever comes after it is news.
            news.mark_unchanged();
            let now = reading(&*self.clock);
            let demand = lock(&self.state).session.resolve(self.keeper.storage_now(), now);
            match demand {
                Decision::Use { attempt, refresh } => {
                    if let Some(ticket) = refresh {
                        self.start(ticket);
                    }
                    match self.stored(attempt.generation()) {
                        Some(tokens) => return Ok((attempt, tokens)),
                        None => drop(news.changed().await),
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

    /// Newer tokens than those that were refused, if there can be any.
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
                AfterUnauthorized::Retry(attempt) => match self.stored(attempt.generation()) {
                    Some(tokens) => return Some(tokens),
                    None => drop(news.changed().await),
                },
                AfterUnauthorized::Refresh(ticket) => self.start(ticket),
                AfterUnauthorized::Wait { at_most } => {
                    drop(timeout(at_most, news.changed()).await);
                }
                _ => return None,
            }
        }
    }

    fn stored(&self, generation: Generation) -> Option<Arc<IssuedTokens>> {
        let state = lock(&self.state);
        let held = state.held.as_ref()?;
        (held.generation == generation && held.is_stored).then(|| Arc::clone(&held.tokens))
    }

    /// The tokens, stored or not, unless there are others by now.
    fn tokens_of(&self, generation: Generation) -> Option<Arc<IssuedTokens>> {
        let state = lock(&self.state);
        let held = state.held.as_ref().filter(|held| held.generation == generation)?;
        Some(Arc::clone(&held.tokens))
    }

    fn hold(&self, tokens: IssuedTokens, age: Duration, is_stored: bool) -> Generation {
        let mut state = lock(&self.state);
        let described = tokens.described().age(age);
        let generation = state.session.sign_in(described, reading(&*self.clock));
        state.held = Some(Held { generation, tokens: Arc::new(tokens), is_stored });
        self.news.send_replace(());
        generation
    }

    /// The refresh runs on, whatever becomes of the request that caused it.
    fn start(self: &Arc<Self>, ticket: RefreshTicket) {
        // Of no other tokens than the ticket's: the answer would be lost, and with it theirs.
        let old = self.tokens_of(ticket.generation());
        let pending = Pending { session: Arc::clone(self), ticket: Some(ticket) };
        match (Handle::try_current(), old) {
            (Ok(runtime), Some(old)) => drop(runtime.spawn(pending.run(old))),
            // Without a runtime, or where somebody has signed in or out meanwhile.
            _ => drop(pending),
        }
    }

    /// Takes the news of a refresh that brought tokens, and stores them if they are wanted still.
    async fn replace(&self, ticket: &RefreshTicket, tokens: IssuedTokens) {
        let described = tokens.described();
        let generation = {
            let mut state = lock(&self.state);
            let outcome = state.session.on_refreshed(ticket, described, reading(&*self.clock));
            let Some(generation) = outcome.generation() else { return };
            let tokens = Arc::new(tokens);
            state.held = Some(Held { generation, tokens, is_stored: false });
            generation
        };
        tracing::debug!("the access token has been refreshed");
        self.store(generation).await;
    }

    async fn store(&self, generation: Generation) {
        // Whatever becomes of the storing: there are no other tokens than these.
        let _stored = StoredAtLast { session: self, generation };
        let _turn = self.storing.lock().await;
        let Some(tokens) = self.tokens_of(generation) else { return };
        let kept = timeout(Session::STORING_TIMEOUT, self.keeper.store_boxed(&tokens)).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::error!("new tokens could not be stored");
        }
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
            tracing::warn!(%failure, "the access token could not be refreshed");
        }
    }
}

/// A refresh whose outcome is not known yet; one that is dropped has failed.
struct Pending {
    session: Arc<TokenSession>,
    ticket: Option<RefreshTicket>,
}

impl Pending {
    async fn run(mut self, old: Arc<IssuedTokens>) {
        let Some(ticket) = self.ticket.clone() else { return };
        let refresh_token = old.refresh_token().unwrap_or_default();
        let refreshing = self.session.keeper.refresh_boxed(refresh_token);
        let refreshed = timeout(ticket.timeout(), refreshing).await;
        self.ticket = None;
        match refreshed {
            Ok(Ok(tokens)) => {
                self.session.replace(&ticket, tokens.or_refresh_token_of(&old)).await;
            }
            Ok(Err(failure)) => self.session.fail(&ticket, failure),
            Err(_) => self.session.fail(&ticket, RefreshFailure::TimedOut),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.session.fail(&ticket, RefreshFailure::NoAnswer);
        }
    }
}

/// Lets tokens be used once they have been stored, and also where that failed or was given up.
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
