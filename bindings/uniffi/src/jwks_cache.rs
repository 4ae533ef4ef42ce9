//! Keys over time: the core's state machine behind a lock. The packages fetch and keep the clock.
//!
//! Times are nanoseconds of a monotonic clock since any fixed point.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use verijot::issuer::{FetchOutcome, FetchResponse, JwksCache as Core, Now, Resolution, Ticket};
use verijot::{Error, Excerpt, JwkSetParser, Verified};

use crate::cache_health::{CacheHealth, SetSnapshot};
use crate::cache_numbers::CacheNumbers;
use crate::clocks::Clocks;
use crate::jwk_set::{JwkSet, JwkSetLimits};
use crate::key_fetch::KeyFetch;
use crate::key_location::{KeyLocation, held};
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

/// What came of a token, and what to do.
///
/// With a verdict nobody waits for a fetch that is to be begun. Without one, begin the fetch if there
/// is one, wait for its end, and ask again with the same `asked`.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct CacheStep {
    /// What is said of the token, if that can be said.
    pub verdict: Option<TokenVerdict>,
    /// The number of a fetch to begin.
    pub fetch: Option<u64>,
    /// How many nanoseconds to wait at most for the end of the fetch that is under way.
    pub wait: Option<u64>,
}

/// What came of the wish for keys. Without keys and without a refusal, begin the fetch if there is
/// one, wait for its end, and ask again with the same `asked`.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeysAtHand {
    /// Whether there are keys to use.
    pub ready: bool,
    /// Why there are none.
    pub refusal: Option<Refusal>,
    /// The number of a fetch to begin; where there are keys, nobody waits for it.
    pub fetch: Option<u64>,
    /// How many nanoseconds to wait at most for the end of the fetch that is under way.
    pub wait: Option<u64>,
}

#[uniffi::export]
impl JwksCache {
    /// An empty cache for the keys at a location.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(
        numbers: &CacheNumbers,
        limits: &JwkSetLimits,
        location: Arc<KeyLocation>,
    ) -> Arc<Self> {
        let cache = Core::new(limits.parser(), numbers.settings());
        let state = State { cache, tickets: VecDeque::new(), issued: 0, problem: None };
        let max_octets = limits.octets.map(|octets| usize::try_from(octets).unwrap_or(usize::MAX));
        Arc::new_cyclic(|_this| Self {
            state: Mutex::new(state),
            location,
            max_octets: max_octets.unwrap_or(JwkSetParser::DEFAULT_OCTET_LIMIT),
            #[cfg(feature = "jni")]
            number: crate::numbered::JWKS_CACHES.add(_this),
        })
    }

    /// Verifies a token at `now` with the keys that are held, if they can tell.
    ///
    /// `asked` is what the monotonic clock said when the caller first asked for this token.
    #[must_use]
    pub fn verify(
        &self,
        verifier: &Verifier,
        token: Vec<u8>,
        asked: u64,
        clocks: Clocks,
        now: Moment,
    ) -> CacheStep {
        self.verify_octets(verifier, &token, asked, clocks, now)
    }

    /// What to do so that there are keys, before the first token comes.
    #[must_use]
    pub fn prepare(&self, asked: u64, clocks: Clocks) -> KeysAtHand {
        let mut state = self.state();
        let resolution = state.cache.resolve(None, span(asked), clocks.now());
        KeysAtHand::of(state.take_up(resolution, None))
    }

    /// What to do so that the issuer's present keys are there.
    #[must_use]
    pub fn refresh_now(&self, asked: u64, clocks: Clocks) -> KeysAtHand {
        let mut state = self.state();
        let resolution = state.cache.refresh_now(span(asked), clocks.now());
        KeysAtHand::of(state.take_up(resolution, None))
    }

    /// Begins a fetch. None if its number was given long ago or never.
    #[must_use]
    pub fn begin(self: Arc<Self>, number: u64) -> Option<Arc<KeyFetch>> {
        let ticket = self.state().redeem(number)?;
        let fetch = self.location.core().fetch(&ticket, self.max_octets);
        Some(Arc::new(KeyFetch::new(self, ticket, fetch)))
    }

    /// Withdraws every key with this `kid` at once, in the held set and in all that come later.
    pub fn purge(&self, kid: String) {
        self.state().cache.purge(kid);
    }

    /// Takes back `purge`. False if the `kid` was not withdrawn.
    #[must_use]
    pub fn restore(&self, kid: &str) -> bool {
        self.state().cache.restore(kid)
    }

    /// The keys that are held, fresh or stale.
    #[must_use]
    pub fn keys(&self) -> Option<Arc<JwkSet>> {
        let keys = self.state().cache.at_hand().map(|(keys, _)| Arc::clone(keys));
        keys.map(JwkSet::of)
    }

    /// Takes over a set from elsewhere that the issuer gave `age` nanoseconds ago. Nothing happens
    /// if newer keys are held.
    ///
    /// # Errors
    /// [`Problem::Jwks`] if the set cannot be used, or if `sha256` is given and the set has another.
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

    /// The set that is held, for `seed` elsewhere.
    #[must_use]
    pub fn export(&self, clocks: Clocks) -> Option<SetSnapshot> {
        let state = self.state();
        state.cache.export(clocks.now()).map(|snapshot| SetSnapshot::of(&snapshot))
    }

    /// How the cache is doing.
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
        asked: u64,
        clocks: Clocks,
        now: Moment,
    ) -> CacheStep {
        let reading = clocks.now();
        let mut tried = None;
        if let Some(keys) = self.at_hand(reading) {
            let verdict = verifier.verdict(token, &keys, now);
            match verdict {
                Err(error) if Core::reconsiders(&error) => tried = Some((keys, error)),
                _ => return CacheStep::decided(verdict, None),
            }
        }
        let key_id = match verifier.core().open(token) {
            Ok(opened) => opened.header().key_id().map(str::to_owned),
            Err(error) => return CacheStep::decided(Err(error), None),
        };
        self.ask(span(asked), reading, key_id.as_deref(), |keys| match tried {
            Some((before, error)) if Arc::ptr_eq(&before, keys) => Err(error),
            _ => verifier.verdict(token, keys, now),
        })
    }

    /// Asks the core for keys, judges by them, and asks it about a refusal.
    fn ask(
        &self,
        asked: Duration,
        now: Now,
        kid: Option<&str>,
        judge: impl FnOnce(&Arc<verijot::JwkSet>) -> Result<Arc<Verified>, Error>,
    ) -> CacheStep {
        let mut state = self.state();
        let resolution = state.cache.resolve(kid, asked, now);
        let (keys, fetch) = match state.take_up(resolution, kid) {
            Next::Use { keys, fetch } => (keys, fetch),
            Next::Refuse(error) => return CacheStep::decided(Err(error), None),
            Next::Fetch(number, at_most) => {
                return CacheStep::undecided(Some(number), Some(at_most));
            }
            Next::Wait(at_most) => return CacheStep::undecided(None, Some(at_most)),
        };
        drop(state);
        let verdict = judge(&keys);
        let Err(error) = &verdict else { return CacheStep::decided(verdict, fetch) };
        let mut state = self.state();
        let again = state.cache.reconsider(error, &keys, kid, asked, now);
        match again.map(|resolution| state.take_up(resolution, kid)) {
            Some(Next::Fetch(number, at_most)) => CacheStep::undecided(Some(number), Some(at_most)),
            Some(Next::Wait(at_most)) => CacheStep::undecided(fetch, Some(at_most)),
            _ => CacheStep::decided(verdict, fetch),
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

    /// Keys about which nobody need ask the cache, for most tokens.
    fn at_hand(&self, now: Now) -> Option<Arc<verijot::JwkSet>> {
        let state = self.state();
        let (keys, until) = state.cache.at_hand()?;
        (!until.has_passed(now)).then(|| Arc::clone(keys))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        held(&self.state)
    }
}

impl CacheStep {
    fn decided(verdict: Result<Arc<Verified>, Error>, fetch: Option<u64>) -> Self {
        Self { verdict: Some(TokenVerdict::of(verdict.as_deref())), fetch, wait: None }
    }

    const fn undecided(fetch: Option<u64>, wait: Option<u64>) -> Self {
        Self { verdict: None, fetch, wait }
    }
}

impl KeysAtHand {
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
    /// The latest fetches that have not begun, under the numbers that the packages know.
    tickets: VecDeque<(u64, Ticket)>,
    issued: u64,
    /// What the package said of the latest fetch that brought no answer.
    problem: Option<String>,
}

enum Next {
    Use {
        keys: Arc<verijot::JwkSet>,
        fetch: Option<u64>,
    },
    Refuse(Error),
    /// A fetch to begin, and how long to wait for its end at most.
    Fetch(u64, u64),
    Wait(u64),
}

impl State {
    fn take_up(&mut self, resolution: Resolution, kid: Option<&str>) -> Next {
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
            // The core has no other resolution; a new one means no keys.
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

/// A package begins a fetch at once, so that more than one or two never wait for that.
const MAX_TICKETS: usize = 8;
