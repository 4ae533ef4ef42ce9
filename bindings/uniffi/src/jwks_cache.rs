//! Keys over time: the core's state machine behind a lock. The packages fetch and keep the clock.
//!
//! Times are nanoseconds of a monotonic clock since any fixed point.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use verijot::{
    CacheSettings, Error, FetchFailure, FetchOutcome, FetchResponse, Resolution, Ticket,
};

use crate::jwk_set::{JwkSet, JwkSetLimits};
use crate::moment::{Moment, nanoseconds, span};
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::token::TokenVerdict;
use crate::verifier::Verifier;

/// The keys of one issuer over time.
#[derive(uniffi::Object)]
pub struct JwksCache {
    state: Mutex<State>,
    #[cfg(feature = "jni")]
    pub(crate) number: crate::numbered::Number,
}

/// The numbers of a cache in nanoseconds; what is left out has the core's default.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct CacheNumbers {
    /// How long keys are fresh where the response says nothing (10 minutes).
    pub fresh_for: Option<u64>,
    /// The least that a response can say (1 minute).
    pub shortest_fresh: Option<u64>,
    /// The most that a response can say (24 hours).
    pub longest_fresh: Option<u64>,
    /// How long keys are still used once they are no longer fresh (24 hours).
    pub stale_for: Option<u64>,
    /// In which span an unknown kid may cause two fetches (30 seconds).
    pub unknown_window: Option<u64>,
    /// The rest after a first failed fetch, doubled with each further one (1 second).
    pub shortest_rest: Option<u64>,
    /// The longest such rest (60 seconds).
    pub longest_rest: Option<u64>,
    /// After how long a fetch counts as failed (5 seconds).
    pub fetch_timeout: Option<u64>,
}

/// What came of a token, and what to do.
///
/// With a verdict nobody waits for a fetch that is to be started. Without one, fetch or wait, and
/// ask again with the same `asked`.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct CacheStep {
    /// What is said of the token, if that can be said.
    pub verdict: Option<TokenVerdict>,
    /// A fetch to start.
    pub fetch: Option<CacheTicket>,
    /// Until when to wait at most for somebody else's fetch.
    pub wait_until: Option<u64>,
}

/// What came of the wish for keys.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeysAtHand {
    /// Whether there are keys to use.
    pub ready: bool,
    /// Why there are none.
    pub refusal: Option<Refusal>,
    /// A fetch to start; where there are keys, nobody waits for it.
    pub fetch: Option<CacheTicket>,
    /// Until when to wait at most for somebody else's fetch.
    pub wait_until: Option<u64>,
}

/// Leave for one fetch.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CacheTicket {
    /// Which one.
    pub number: u64,
    /// The value for an If-None-Match header.
    pub if_none_match: Option<String>,
    /// The value for an If-Modified-Since header.
    pub if_modified_since: Option<String>,
    /// How many nanoseconds the fetch may take.
    pub timeout: u64,
}

/// An HTTP answer to a fetch. Redirects are not followed, they are answers too.
#[derive(Clone, Debug, uniffi::Record)]
pub struct FetchAnswer {
    /// The status.
    pub status: u16,
    /// The body, read up to one octet more than the limit.
    pub body: Vec<u8>,
    /// The value of the Cache-Control header.
    pub cache_control: Option<String>,
    /// The value of the Age header.
    pub age: Option<String>,
    /// The value of the ETag header.
    pub entity_tag: Option<String>,
    /// The value of the Last-Modified header.
    pub last_modified: Option<String>,
}

/// The set of a cache, to be carried to another process or a later one.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SetSnapshot {
    /// The set as the issuer gave it.
    pub jwks: String,
    /// The SHA-256 of its octets, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// How many nanoseconds ago the issuer gave or confirmed it.
    pub age: u64,
}

/// How a cache is doing.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CacheHealth {
    /// Keys that tokens are verified with; none where all are too old.
    pub usable_keys: u64,
    /// Keys of the set that are not used.
    pub skipped_keys: u64,
    /// How many nanoseconds ago the issuer confirmed the set.
    pub age: Option<u64>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// Whether the set came from elsewhere and no fetch has confirmed it since.
    pub is_seed: bool,
    /// Whether the set is as young as it should be.
    pub is_fresh: bool,
    /// Fetches that failed since the last one that succeeded.
    pub failures: u32,
    /// The last of them: what failed, a colon, and more about it for people.
    pub last_failure: Option<String>,
    /// Whether a fetch is under way.
    pub is_fetching: bool,
}

#[uniffi::export]
impl JwksCache {
    /// An empty cache.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(numbers: &CacheNumbers, limits: &JwkSetLimits) -> Arc<Self> {
        let cache = verijot::JwksCache::new(limits.parser(), numbers.settings());
        let state = State { cache, ticket: None, issued: 0, problem: None };
        Arc::new_cyclic(|_this| Self {
            state: Mutex::new(state),
            #[cfg(feature = "jni")]
            number: crate::numbered::JWKS_CACHES.add(_this),
        })
    }

    /// Verifies a token with the keys that are held, if they can tell.
    ///
    /// `asked` is when the caller first asked for this token.
    #[must_use]
    pub fn verify(
        &self,
        verifier: &Verifier,
        token: Vec<u8>,
        asked: u64,
        monotonic: u64,
        now: Moment,
    ) -> CacheStep {
        self.verify_octets(verifier, &token, asked, monotonic, now)
    }

    /// What to do so that there are keys, before the first token comes.
    #[must_use]
    pub fn prepare(&self, asked: u64, monotonic: u64) -> KeysAtHand {
        let mut state = self.state();
        let resolution = state.cache.resolve(None, span(asked), span(monotonic));
        match state.take_up(resolution, None) {
            Next::Verify { fetch, .. } => {
                KeysAtHand { ready: true, refusal: None, fetch, wait_until: None }
            }
            Next::Refuse(error) => {
                let refusal = Some(Refusal::from(error));
                KeysAtHand { ready: false, refusal, fetch: None, wait_until: None }
            }
            Next::Fetch(ticket) => {
                KeysAtHand { ready: false, refusal: None, fetch: Some(ticket), wait_until: None }
            }
            Next::Wait { until } => {
                KeysAtHand { ready: false, refusal: None, fetch: None, wait_until: Some(until) }
            }
        }
    }

    /// The keys that are held, fresh or stale.
    #[must_use]
    pub fn keys(&self) -> Option<Arc<JwkSet>> {
        let keys = self.state().cache.at_hand().map(|(keys, _)| Arc::clone(keys));
        keys.map(JwkSet::of)
    }

    /// Takes a fetch's answer and says what was wrong with it, if anything was. An answer to
    /// another fetch than the one under way changes nothing.
    #[must_use]
    pub fn on_response(&self, ticket: u64, answer: &FetchAnswer, monotonic: u64) -> Option<String> {
        let mut response = FetchResponse::new(answer.status, &answer.body);
        response.cache_control = answer.cache_control.as_deref();
        response.age = answer.age.as_deref();
        response.entity_tag = answer.entity_tag.as_deref();
        response.last_modified = answer.last_modified.as_deref();
        let mut state = self.state();
        let ticket = state.redeem(ticket)?;
        let outcome = state.cache.on_response(&ticket, &response, span(monotonic));
        state.problem = None;
        match outcome {
            FetchOutcome::Failed { failure } => Some(failure.to_string()),
            _ => None,
        }
    }

    /// Takes the news that a fetch brought no answer; `problem` says why, for people.
    ///
    /// False if the fetch is no longer under way, so that the news changes nothing.
    #[must_use]
    pub fn on_error(&self, ticket: u64, problem: Option<String>, monotonic: u64) -> bool {
        let mut state = self.state();
        let Some(ticket) = state.redeem(ticket) else { return false };
        let outcome = state.cache.on_error(&ticket, span(monotonic));
        let counts = !matches!(outcome, FetchOutcome::Ignored);
        if counts {
            state.problem = problem;
        }
        counts
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
        monotonic: u64,
    ) -> Result<(), Problem> {
        let (age, now) = (span(age), span(monotonic));
        let mut state = self.state();
        let seeded = match sha256 {
            Some(sha256) => state.cache.seed_intact(jwks, &sha256, age, now),
            None => state.cache.seed(jwks, age, now),
        };
        Ok(seeded?)
    }

    /// The set that is held, for `seed` elsewhere.
    #[must_use]
    pub fn export(&self, monotonic: u64) -> Option<SetSnapshot> {
        let state = self.state();
        let snapshot = state.cache.export(span(monotonic))?;
        Some(SetSnapshot {
            jwks: snapshot.jwks.to_owned(),
            sha256: snapshot.sha256.to_owned(),
            age: nanoseconds(snapshot.age),
        })
    }

    /// How the cache is doing.
    #[must_use]
    pub fn health(&self, monotonic: u64) -> CacheHealth {
        let state = self.state();
        let health = state.cache.health(span(monotonic));
        let problem = state.problem.as_deref();
        CacheHealth {
            usable_keys: u64::try_from(health.usable_keys).unwrap_or(u64::MAX),
            skipped_keys: u64::try_from(health.skipped_keys).unwrap_or(u64::MAX),
            age: health.age.map(nanoseconds),
            sha256: health.sha256,
            is_seed: health.is_seed,
            is_fresh: health.is_fresh,
            failures: health.failures,
            last_failure: health.last_failure.map(|failure| described(&failure, problem)),
            is_fetching: health.is_fetching,
        }
    }
}

impl JwksCache {
    pub(crate) fn verify_octets(
        &self,
        verifier: &Verifier,
        token: &[u8],
        asked: u64,
        monotonic: u64,
        now: Moment,
    ) -> CacheStep {
        if let Some(keys) = self.at_hand(monotonic) {
            let verdict = verifier.verdict(token, &keys, now);
            if !matches!(verdict, Err(Error::UnknownKey { .. })) {
                return CacheStep::decided(TokenVerdict::of(verdict.as_deref()), None);
            }
        }
        let key_id = match verifier.core().open(token) {
            Ok(opened) => opened.header().key_id().map(str::to_owned),
            Err(error) => return CacheStep::decided(TokenVerdict::of(Err(&error)), None),
        };
        let mut state = self.state();
        let resolution = state.cache.resolve(key_id.as_deref(), span(asked), span(monotonic));
        let next = state.take_up(resolution, key_id.as_deref());
        drop(state);
        match next {
            Next::Verify { keys, fetch } => {
                let verdict = verifier.verdict(token, &keys, now);
                CacheStep::decided(TokenVerdict::of(verdict.as_deref()), fetch)
            }
            Next::Refuse(error) => CacheStep::decided(TokenVerdict::of(Err(&error)), None),
            Next::Fetch(ticket) => {
                CacheStep { verdict: None, fetch: Some(ticket), wait_until: None }
            }
            Next::Wait { until } => {
                CacheStep { verdict: None, fetch: None, wait_until: Some(until) }
            }
        }
    }

    /// Keys about which nobody need ask the cache, for most tokens.
    fn at_hand(&self, monotonic: u64) -> Option<Arc<verijot::JwkSet>> {
        let state = self.state();
        let (keys, until) = state.cache.at_hand()?;
        (span(monotonic) < until).then(|| Arc::clone(keys))
    }

    /// The core's machine is whole whatever became of the thread that had it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheStep {
    const fn decided(verdict: TokenVerdict, fetch: Option<CacheTicket>) -> Self {
        Self { verdict: Some(verdict), fetch, wait_until: None }
    }
}

impl CacheNumbers {
    fn settings(&self) -> CacheSettings {
        let mut settings = CacheSettings::default();
        for (number, given) in [
            (&mut settings.fresh_for, self.fresh_for),
            (&mut settings.shortest_fresh, self.shortest_fresh),
            (&mut settings.longest_fresh, self.longest_fresh),
            (&mut settings.stale_for, self.stale_for),
            (&mut settings.unknown_window, self.unknown_window),
            (&mut settings.shortest_rest, self.shortest_rest),
            (&mut settings.longest_rest, self.longest_rest),
            (&mut settings.fetch_timeout, self.fetch_timeout),
        ] {
            if let Some(given) = given {
                *number = span(given);
            }
        }
        settings
    }
}

struct State {
    cache: verijot::JwksCache,
    /// The latest fetch that was given leave, under the number that the packages know: the core's
    /// machine lets no other be under way.
    ticket: Option<(u64, Ticket)>,
    issued: u64,
    /// What the package said of the latest fetch that brought no answer.
    problem: Option<String>,
}

enum Next {
    Verify { keys: Arc<verijot::JwkSet>, fetch: Option<CacheTicket> },
    Refuse(Error),
    Fetch(CacheTicket),
    Wait { until: u64 },
}

impl State {
    fn take_up(&mut self, resolution: Resolution, kid: Option<&str>) -> Next {
        match resolution {
            Resolution::Use { keys, fetch } => {
                Next::Verify { keys, fetch: fetch.map(|ticket| self.issue(ticket)) }
            }
            Resolution::Fetch(ticket) => Next::Fetch(self.issue(ticket)),
            Resolution::Wait { until } => Next::Wait { until: nanoseconds(until) },
            Resolution::UnknownKey { .. } => {
                Next::Refuse(Error::UnknownKey { kid: kid.map(verijot::Excerpt::of) })
            }
            Resolution::Unavailable { retry_after } => {
                Next::Refuse(Error::KeysUnavailable { retry_after: Some(retry_after) })
            }
            // The core has no other resolution; whoever meets a new one has no keys.
            _ => Next::Refuse(Error::KeysUnavailable { retry_after: None }),
        }
    }

    fn issue(&mut self, ticket: Ticket) -> CacheTicket {
        self.issued = self.issued.wrapping_add(1);
        let shown = CacheTicket {
            number: self.issued,
            if_none_match: ticket.if_none_match().map(str::to_owned),
            if_modified_since: ticket.if_modified_since().map(str::to_owned),
            timeout: nanoseconds(ticket.timeout()),
        };
        self.ticket = Some((self.issued, ticket));
        shown
    }

    fn redeem(&mut self, number: u64) -> Option<Ticket> {
        self.ticket.take_if(|(issued, _)| *issued == number).map(|(_, ticket)| ticket)
    }
}

/// What the package knows of a fetch without an answer is worth more than that there was none.
fn described(failure: &FetchFailure, problem: Option<&str>) -> String {
    match (failure, problem) {
        (FetchFailure::NoAnswer, Some(problem)) => format!("{failure}: {problem}"),
        _ => failure.to_string(),
    }
}
