//! Keys over time: the core's state machine behind a lock. The packages fetch and read the clock.
//!
//! Times are nanoseconds of a monotonic clock since any fixed point.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use verijot::issuer::{FetchOutcome, FetchResponse, JwksCache as Core, Now, Resolution, Ticket};
use verijot::{Error, Excerpt, JwkSetParser};

use crate::cache_health::{CacheHealth, SetSnapshot};
use crate::cache_numbers::CacheNumbers;
use crate::clocks::Clocks;
use crate::jwk_set::{JwkSet, JwkSetLimits};
use crate::key_fetch::KeyFetch;
use crate::key_location::{KeyLocation, locked};
use crate::moment::{Moment, nanoseconds, span};
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::token::TokenVerdict;
use crate::verifier::Verifier;

/// The keys of one issuer over time.
#[derive(uniffi::Object)]
pub struct JwksCache {
    state: Mutex<State>,
    pub(crate) location: Arc<KeyLocation>,
    max_octets: usize,
    #[cfg(feature = "jni")]
    pub(crate) number: crate::numbered::Number,
}

/// The verdict on a token, if there is one, and what to do next.
///
/// With a verdict, begin `fetch` in the background. Without one, begin `fetch` if it is set, wait for
/// the end of the current fetch, and call again with the same `requested_at`.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct CacheStep {
    /// The verdict, if the cached keys are enough for one.
    pub verdict: Option<TokenVerdict>,
    /// The number of a fetch to begin.
    pub fetch: Option<u64>,
    /// The maximum wait for the end of the current fetch, in nanoseconds.
    pub wait: Option<u64>,
}

/// Whether keys are ready, and what to do next. If they are not and there is no refusal, begin
/// `fetch` if it is set, wait for the end of the current fetch, and call again with the same
/// `requested_at`.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeysStep {
    /// Whether there are usable keys.
    pub ready: bool,
    /// Why there will be none for now.
    pub refusal: Option<Refusal>,
    /// The number of a fetch to begin; in the background if keys are ready.
    pub fetch: Option<u64>,
    /// The maximum wait for the end of the current fetch, in nanoseconds.
    pub wait: Option<u64>,
}

#[uniffi::export]
impl JwksCache {
    /// Makes an empty cache for the keys at a location.
    ///
    /// # Errors
    /// [`Problem::Location`] for an empty list of purposes or certificates, and for a URL of each key
    /// without algorithms of certificates; [`Problem::Key`] for an unknown algorithm.
    #[uniffi::constructor]
    pub fn new(
        numbers: &CacheNumbers,
        limits: &JwkSetLimits,
        location: Arc<KeyLocation>,
    ) -> Result<Arc<Self>, Problem> {
        limits.check_lists()?;
        let parser = location.core().reading(limits.parser()?)?;
        let cache = Core::new(parser, numbers.settings());
        let state = State { cache, tickets: VecDeque::new(), issued: 0, problem: None };
        let max_octets =
            limits.max_octets.map(|octets| usize::try_from(octets).unwrap_or(usize::MAX));
        Ok(Arc::new_cyclic(|_this| Self {
            state: Mutex::new(state),
            location,
            max_octets: max_octets.unwrap_or(JwkSetParser::DEFAULT_OCTET_LIMIT),
            #[cfg(feature = "jni")]
            number: crate::numbered::JWKS_CACHES.add(_this),
        }))
    }

    /// Verifies a token at `now` with the cached keys, if they are enough for a verdict.
    ///
    /// `requested_at` is the monotonic time of the first call for this token.
    #[must_use]
    pub fn verify(
        &self,
        verifier: &Verifier,
        token: Vec<u8>,
        requested_at: u64,
        clocks: Clocks,
        now: Moment,
    ) -> CacheStep {
        self.verify_octets(verifier, &token, requested_at, clocks, now)
    }

    /// Says what to do to have keys before the first token arrives.
    #[must_use]
    pub fn ready(&self, requested_at: u64, clocks: Clocks) -> KeysStep {
        let mut state = self.state();
        let resolution = state.cache.resolve(None, span(requested_at), clocks.now());
        KeysStep::of(state.step(resolution, None))
    }

    /// Says what to do to have the issuer's current keys.
    #[must_use]
    pub fn refresh_now(&self, requested_at: u64, clocks: Clocks) -> KeysStep {
        let mut state = self.state();
        let resolution = state.cache.refresh_now(span(requested_at), clocks.now());
        KeysStep::of(state.step(resolution, None))
    }

    /// Begins a fetch. Returns `None` if the number is unknown or too old.
    #[must_use]
    pub fn begin(self: Arc<Self>, number: u64) -> Option<Arc<KeyFetch>> {
        let ticket = self.state().redeem(number)?;
        let fetch = self.location.core().fetch(&ticket, self.max_octets);
        Some(Arc::new(KeyFetch::new(self, ticket, fetch)))
    }

    /// Withdraws every key with this `kid` at once, from the cached set and from every later one.
    pub fn purge(&self, kid: String) {
        self.state().cache.purge(kid);
    }

    /// Undoes `purge`. Returns false if the `kid` was not withdrawn.
    #[must_use]
    pub fn restore(&self, kid: &str) -> bool {
        self.state().cache.restore(kid)
    }

    /// Returns the cached keys, fresh or stale.
    #[must_use]
    pub fn keys(&self) -> Option<Arc<JwkSet>> {
        let keys = self.state().cache.current_keys().map(|(keys, _)| Arc::clone(keys));
        keys.map(JwkSet::of)
    }

    /// Loads a set that the issuer published `age` nanoseconds ago. Does nothing if newer keys are
    /// cached.
    ///
    /// # Errors
    /// [`Problem::Jwks`] if the set cannot be used, or if its SHA-256 is not `sha256`.
    pub fn seed(
        &self,
        jwks: &str,
        sha256: Option<String>,
        age: u64,
        clocks: Clocks,
    ) -> Result<(), Problem> {
        let (age, now) = (span(age), clocks.now());
        let mut state = self.state();
        let seeded = match sha256 {
            Some(sha256) => state.cache.seed_intact(jwks, &sha256, age, now),
            None => state.cache.seed(jwks, age, now),
        };
        Ok(seeded?)
    }

    /// Returns the cached set, for `seed` in another process.
    #[must_use]
    pub fn export(&self, clocks: Clocks) -> Option<SetSnapshot> {
        let state = self.state();
        state.cache.export(clocks.now()).map(|snapshot| SetSnapshot::of(&snapshot))
    }

    /// Returns the state of the cache.
    #[must_use]
    pub fn health(&self, clocks: Clocks) -> CacheHealth {
        let state = self.state();
        CacheHealth::of(state.cache.health(clocks.now()), state.problem.as_deref())
    }
}

impl JwksCache {
    pub(crate) fn verify_octets(
        &self,
        verifier: &Verifier,
        token: &[u8],
        requested_at: u64,
        clocks: Clocks,
        now: Moment,
    ) -> CacheStep {
        let made = self.decide(
            requested_at,
            clocks,
            |keys| verifier.verdict(token, keys, now),
            || Ok(verifier.core().open(token)?.header().key_id().map(str::to_owned)),
        );
        let verdict = made.verdict.as_ref();
        let verdict = verdict.map(|verdict| TokenVerdict::of(verdict.as_deref()));
        CacheStep { verdict, fetch: made.fetch, wait: made.wait }
    }

    /// Verifies with the cached keys, if they are enough for a verdict. `open` makes the checks that need no
    /// keys, and returns the token's `kid`.
    pub(crate) fn decide<T>(
        &self,
        requested_at: u64,
        clocks: Clocks,
        verify: impl Fn(&Arc<verijot::JwkSet>) -> Result<T, Error>,
        open: impl FnOnce() -> Result<Option<String>, Error>,
    ) -> Made<T> {
        let reading = clocks.now();
        let mut tried = None;
        if let Some(keys) = self.current_keys(reading) {
            let verdict = verify(&keys);
            match verdict {
                Err(error) if Core::reconsiders(&error) => tried = Some((keys, error)),
                _ => return Made::decided(verdict, None),
            }
        }
        let key_id = match open() {
            Ok(key_id) => key_id,
            Err(error) => return Made::decided(Err(error), None),
        };
        self.resolve(span(requested_at), reading, key_id.as_deref(), |keys| match tried {
            Some((before, error)) if Arc::ptr_eq(&before, keys) => Err(error),
            _ => verify(keys),
        })
    }

    /// Gets keys from the core, verifies with them, and asks the core whether a refusal may be due to
    /// old keys.
    fn resolve<T>(
        &self,
        requested_at: Duration,
        now: Now,
        kid: Option<&str>,
        verify: impl FnOnce(&Arc<verijot::JwkSet>) -> Result<T, Error>,
    ) -> Made<T> {
        let mut state = self.state();
        let resolution = state.cache.resolve(kid, requested_at, now);
        let (keys, fetch) = match state.step(resolution, kid) {
            Next::Use { keys, fetch } => (keys, fetch),
            Next::Refuse(error) => return Made::decided(Err(error), None),
            Next::Fetch(number, at_most) => {
                return Made::undecided(Some(number), Some(at_most));
            }
            Next::Wait(at_most) => return Made::undecided(None, Some(at_most)),
        };
        drop(state);
        let verdict = verify(&keys);
        let Err(error) = &verdict else { return Made::decided(verdict, fetch) };
        let mut state = self.state();
        let again = state.cache.reconsider(error, &keys, kid, requested_at, now);
        match again.map(|resolution| state.step(resolution, kid)) {
            Some(Next::Fetch(number, at_most)) => Made::undecided(Some(number), Some(at_most)),
            Some(Next::Wait(at_most)) => Made::undecided(fetch, Some(at_most)),
            _ => Made::decided(verdict, fetch),
        }
    }

    pub(crate) fn take_answer(
        &self,
        ticket: &Ticket,
        response: &FetchResponse<'_>,
        clocks: Clocks,
    ) -> Option<String> {
        let mut state = self.state();
        match state.cache.on_response(ticket, response, clocks.now()) {
            FetchOutcome::Failed { failure } => Some(failure.to_string()),
            _ => None,
        }
    }

    pub(crate) fn take_error(
        &self,
        ticket: &Ticket,
        problem: Option<String>,
        clocks: Clocks,
    ) -> bool {
        let mut state = self.state();
        let outcome = state.cache.on_error(ticket, clocks.now());
        let counts = !matches!(outcome, FetchOutcome::Ignored);
        if counts {
            state.problem = problem;
        }
        counts
    }

    pub(crate) fn take_cancellation(&self, ticket: &Ticket, clocks: Clocks) {
        let mut state = self.state();
        if matches!(state.cache.on_cancelled(ticket, clocks.now()), FetchOutcome::Failed { .. }) {
            state.problem = Some("the fetch was cancelled".to_owned());
        }
    }

    /// The cached keys while they are fresh, without asking the state machine: enough for most tokens.
    fn current_keys(&self, now: Now) -> Option<Arc<verijot::JwkSet>> {
        let state = self.state();
        let (keys, until) = state.cache.current_keys()?;
        (!until.has_passed(now)).then(|| Arc::clone(keys))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

/// The verdict of any verifier, if there is one, and what to do next, as of [`CacheStep`].
pub(crate) struct Made<T> {
    pub(crate) verdict: Option<Result<T, Error>>,
    pub(crate) fetch: Option<u64>,
    pub(crate) wait: Option<u64>,
}

impl<T> Made<T> {
    const fn decided(verdict: Result<T, Error>, fetch: Option<u64>) -> Self {
        Self { verdict: Some(verdict), fetch, wait: None }
    }

    const fn undecided(fetch: Option<u64>, wait: Option<u64>) -> Self {
        Self { verdict: None, fetch, wait }
    }
}

impl KeysStep {
    fn of(next: Next) -> Self {
        let nothing = Self { ready: false, refusal: None, fetch: None, wait: None };
        match next {
            Next::Use { fetch, .. } => Self { ready: true, fetch, ..nothing },
            Next::Refuse(error) => Self { refusal: Some(Refusal::from(error)), ..nothing },
            Next::Fetch(number, at_most) => {
                Self { fetch: Some(number), wait: Some(at_most), ..nothing }
            }
            Next::Wait(at_most) => Self { wait: Some(at_most), ..nothing },
        }
    }
}

struct State {
    cache: Core,
    /// Fetches that have not begun yet, under the numbers given to the packages.
    tickets: VecDeque<(u64, Ticket)>,
    issued: u64,
    /// The package's text about the latest fetch without a response.
    problem: Option<String>,
}

enum Next {
    Use {
        keys: Arc<verijot::JwkSet>,
        fetch: Option<u64>,
    },
    Refuse(Error),
    /// A fetch to begin, and the maximum wait for its end.
    Fetch(u64, u64),
    Wait(u64),
}

impl State {
    fn step(&mut self, resolution: Resolution, kid: Option<&str>) -> Next {
        match resolution {
            Resolution::Use { keys, fetch } => {
                Next::Use { keys, fetch: fetch.map(|ticket| self.issue(ticket)) }
            }
            Resolution::Fetch(ticket) => {
                let at_most = nanoseconds(ticket.timeout());
                Next::Fetch(self.issue(ticket), at_most)
            }
            Resolution::Wait { at_most } => Next::Wait(nanoseconds(at_most)),
            Resolution::UnknownKey { .. } => {
                Next::Refuse(Error::UnknownKey { kid: kid.map(Excerpt::of) })
            }
            Resolution::Unavailable { retry_after } => {
                Next::Refuse(Error::KeysUnavailable { retry_after: Some(retry_after) })
            }
            // `Resolution` is non-exhaustive: an unknown variant means no keys.
            _ => Next::Refuse(Error::KeysUnavailable { retry_after: None }),
        }
    }

    fn issue(&mut self, ticket: Ticket) -> u64 {
        self.issued = self.issued.wrapping_add(1);
        if self.tickets.len() >= MAX_TICKETS {
            self.tickets.pop_front();
        }
        self.tickets.push_back((self.issued, ticket));
        self.issued
    }

    fn redeem(&mut self, number: u64) -> Option<Ticket> {
        let index = self.tickets.iter().position(|(issued, _)| *issued == number)?;
        self.tickets.remove(index).map(|(_, ticket)| ticket)
    }
}

/// A package begins each fetch at once, so that normally at most one or two are pending.
const MAX_TICKETS: usize = 8;
