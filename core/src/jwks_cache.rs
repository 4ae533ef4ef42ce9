//! When to fetch keys: a state machine without I/O.
//!
//! The caller owns the clock and the network. It asks [`JwksCache::resolve`] for keys and is told
//! what to do: use these, fetch first, wait, or give up for now. What a fetch brought goes into
//! [`JwksCache::on_response`] or [`JwksCache::on_error`]. However many tokens come, and whatever is
//! in them, the number of fetches stays bounded; and no failure takes away keys that are good.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::time::Duration;

use crate::backoff::Backoff;
use crate::fetch::{FetchFailure, FetchOutcome, FetchResponse, Ticket};
use crate::jwks::{JwkSet, JwkSetParser, JwksError};
use crate::sha256::sha256_text;

mod held;
mod settings;

use held::Held;
pub use settings::CacheSettings;

/// The keys of one issuer over time.
///
/// Times are of a monotonic clock: durations since any fixed point. A clock that goes back is
/// taken to stand still.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use core::time::Duration;
/// use verijot::{CacheSettings, FetchResponse, JwkSetParser, JwksCache, Resolution, crypto};
/// let parser = JwkSetParser::new(crypto::ring::PROVIDER);
/// let mut cache = JwksCache::new(parser, CacheSettings::default());
/// let now = Duration::from_secs(5);
/// let Resolution::Fetch(ticket) = cache.resolve(Some("a"), now, now) else { panic!() };
/// let body = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a",
///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// cache.on_response(&ticket, &FetchResponse::new(200, body), now);
/// assert!(matches!(cache.resolve(Some("a"), now, now), Resolution::Use { fetch: None, .. }));
/// # }
/// ```
#[derive(Debug)]
pub struct JwksCache {
    parser: JwkSetParser<'static>,
    settings: CacheSettings,
    held: Option<Held>,
    under_way: Option<UnderWay>,
    last_ticket: u64,
    /// Of fetches that failed since the last one that succeeded.
    backoff: Backoff,
    last_failure: Option<FetchFailure>,
    /// When fetches for unknown kids started, the latest first.
    unknown_fetches: [Option<Duration>; UNKNOWN_FETCHES],
    latest: Duration,
}

impl JwksCache {
    /// An empty cache.
    #[must_use]
    pub const fn new(parser: JwkSetParser<'static>, settings: CacheSettings) -> Self {
        Self {
            parser,
            settings,
            held: None,
            under_way: None,
            last_ticket: 0,
            backoff: Backoff::new(),
            last_failure: None,
            unknown_fetches: [None; UNKNOWN_FETCHES],
            latest: Duration::ZERO,
        }
    }

    /// What to do for a token with this `kid`.
    ///
    /// `asked` is when the caller first asked for this token, and stays the same when it asks again
    /// after a fetch: keys that were fetched since then settle the matter.
    pub fn resolve(&mut self, kid: Option<&str>, asked: Duration, now: Duration) -> Resolution {
        let now = self.advance(now);
        let Some(held) = &self.held else { return self.resolve_empty(now) };
        let keys = Arc::clone(&held.keys);
        if kid.is_none_or(|kid| keys.knows_id(kid)) {
            let due = now >= held.refresh_at && self.may_fetch(now);
            let fetch = due.then(|| self.start(now));
            return Resolution::Use { keys, fetch };
        }
        // A fetch that started before the token came may have missed a key that signed it.
        if held.fetch_started.is_some_and(|started| started >= asked) {
            return Resolution::UnknownKey { retry_after: self.wait_for_unknown(now) };
        }
        if let Some(under_way) = &self.under_way {
            return Resolution::Wait { until: under_way.deadline };
        }
        let rest = self.backoff.wait(now);
        if rest > Duration::ZERO {
            return Resolution::Unavailable { retry_after: rest };
        }
        let wait = self.wait_for_unknown(now);
        if wait > Duration::ZERO {
            // While the issuer cannot be asked, nobody can say that it has no such key.
            return if self.backoff.failures() > 0 {
                Resolution::Unavailable { retry_after: wait }
            } else {
                Resolution::UnknownKey { retry_after: wait }
            };
        }
        self.unknown_fetches.rotate_right(1);
        if let Some(latest) = self.unknown_fetches.first_mut() {
            *latest = Some(now);
        }
        Resolution::Fetch(self.start(now))
    }

    /// Takes a fetch's answer. An answer to another fetch than the one under way changes nothing.
    pub fn on_response(
        &mut self,
        ticket: &Ticket,
        response: &FetchResponse<'_>,
        now: Duration,
    ) -> FetchOutcome {
        let now = self.advance(now);
        let Some(started) = self.take(ticket) else { return FetchOutcome::Ignored };
        match (response.status, &mut self.held) {
            (304, Some(held)) if ticket.is_conditional() => {
                held.renew(&self.settings, response, started, now);
                self.succeed();
                FetchOutcome::Unchanged
            }
            (304, _) => self.fail(FetchFailure::UnexpectedStatus { status: 304 }, now),
            (200, _) => match self.parser.parse(response.body) {
                Ok(keys) if keys.keys().is_empty() => self.fail(FetchFailure::NoUsableKeys, now),
                Ok(keys) => {
                    let body = String::from_utf8_lossy(response.body).into_owned();
                    let mut held = Held::new(keys, body, now);
                    held.renew(&self.settings, response, started, now);
                    self.held = Some(held);
                    self.succeed();
                    FetchOutcome::Replaced
                }
                Err(error) => self.fail(FetchFailure::UnusableSet { error }, now),
            },
            (status, _) => self.fail(FetchFailure::UnexpectedStatus { status }, now),
        }
    }

    /// Takes the news that a fetch brought no answer. For another fetch than the one under way it
    /// changes nothing.
    pub fn on_error(&mut self, ticket: &Ticket, now: Duration) -> FetchOutcome {
        let now = self.advance(now);
        match self.take(ticket) {
            Some(_) => self.fail(FetchFailure::NoAnswer, now),
            None => FetchOutcome::Ignored,
        }
    }

    /// Takes over keys from elsewhere, such as a set that was baked in at deployment or exported
    /// by another process; `age` is how long ago the issuer gave them. They are used as if they
    /// had been fetched then, and refreshed at the first occasion. Nothing happens if newer keys
    /// are held.
    ///
    /// # Errors
    /// [`JwksError`] if the set cannot be read. A set without usable keys is taken as malformed.
    pub fn seed(&mut self, json: &str, age: Duration, now: Duration) -> Result<(), JwksError> {
        let now = self.advance(now);
        let keys = self.parser.parse(json)?;
        if keys.keys().is_empty() {
            return Err(JwksError::Malformed { reason: "no key in the set is usable" });
        }
        if self.held.as_ref().is_none_or(|held| held.age(now) > age) {
            let mut held = Held::new(keys, json.to_string(), now);
            held.age_when_held = age;
            held.refresh_at = now;
            let lifetime = self.settings.fresh_for.saturating_add(self.settings.stale_for);
            held.stale_until = now.saturating_add(lifetime.saturating_sub(age));
            self.held = Some(held);
            self.advance(now);
        }
        Ok(())
    }

    /// As [`JwksCache::seed`], for a set whose hash is known: that of [`Snapshot::sha256`] or of
    /// `sha256sum`, 64 hexadecimal digits in either case.
    ///
    /// # Errors
    /// [`JwksError::Malformed`] if the hash is another, so that the set has been changed or cut
    /// off on its way; otherwise as [`JwksCache::seed`].
    pub fn seed_intact(
        &mut self,
        json: &str,
        sha256: &str,
        age: Duration,
        now: Duration,
    ) -> Result<(), JwksError> {
        if !sha256_text(json.as_bytes()).eq_ignore_ascii_case(sha256) {
            return Err(JwksError::Malformed { reason: "the set's SHA-256 is another" });
        }
        self.seed(json, age, now)
    }

    /// The keys, and until when nobody need ask the cache about a `kid` that they know, or about
    /// none: so long [`JwksCache::resolve`] would answer with them and start no fetch, unless it is
    /// told of something before. For callers who want to take no lock for most tokens.
    #[must_use]
    pub fn at_hand(&self) -> Option<(&Arc<JwkSet>, Duration)> {
        let held = self.held.as_ref()?;
        let rest_until = self.latest.saturating_add(self.backoff.wait(self.latest));
        let until = match &self.under_way {
            Some(fetch) => fetch.deadline,
            None => held.refresh_at.max(rest_until),
        };
        Some((&held.keys, until.min(held.stale_until)))
    }

    /// The set that is held, for [`JwksCache::seed`] elsewhere.
    #[must_use]
    pub fn export(&self, now: Duration) -> Option<Snapshot<'_>> {
        let held = self.held.as_ref()?;
        let age = held.age(now.max(self.latest));
        Some(Snapshot { jwks: &held.body, sha256: &held.sha256, age })
    }

    /// How the cache is doing, for a health endpoint.
    #[must_use]
    pub fn health(&self, now: Duration) -> Health {
        let now = now.max(self.latest);
        let held = self.held.as_ref().filter(|held| now < held.stale_until);
        Health {
            usable_keys: held.map_or(0, |held| held.keys.keys().len()),
            skipped_keys: held.map_or(0, |held| held.keys.skipped().len()),
            age: held.map(|held| held.age(now)),
            sha256: held.map(|held| held.sha256.clone()),
            is_seed: held.is_some_and(|held| held.fetch_started.is_none()),
            is_fresh: held.is_some_and(|held| now < held.fresh_until),
            failures: self.backoff.failures(),
            last_failure: self.last_failure.clone(),
            is_fetching: self.under_way.as_ref().is_some_and(|fetch| now < fetch.deadline),
        }
    }

    /// Moves the clock on, which ends fetches that take too long and keys that are too old.
    fn advance(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        let now = self.latest;
        if let Some(late) = self.under_way.take_if(|fetch| now >= fetch.deadline) {
            self.fail(FetchFailure::TimedOut, late.deadline);
        }
        if self.held.as_ref().is_some_and(|held| now >= held.stale_until) {
            self.held = None;
        }
        now
    }

    fn resolve_empty(&mut self, now: Duration) -> Resolution {
        let rest = self.backoff.wait(now);
        if let Some(under_way) = &self.under_way {
            Resolution::Wait { until: under_way.deadline }
        } else if rest > Duration::ZERO {
            Resolution::Unavailable { retry_after: rest }
        } else {
            Resolution::Fetch(self.start(now))
        }
    }

    fn may_fetch(&self, now: Duration) -> bool {
        self.under_way.is_none() && self.backoff.wait(now) == Duration::ZERO
    }

    fn start(&mut self, now: Duration) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let deadline = now.saturating_add(self.settings.fetch_timeout);
        self.under_way = Some(UnderWay { ticket: self.last_ticket, started: now, deadline });
        let held = self.held.as_ref();
        Ticket {
            number: self.last_ticket,
            if_none_match: held.and_then(|held| held.entity_tag.clone()),
            if_modified_since: held.and_then(|held| held.last_modified.clone()),
            timeout: self.settings.fetch_timeout,
        }
    }

    /// Ends the fetch of the ticket, if it is the one under way, and says when it started.
    fn take(&mut self, ticket: &Ticket) -> Option<Duration> {
        let under_way = self.under_way.take_if(|fetch| fetch.ticket == ticket.number)?;
        Some(under_way.started)
    }

    fn succeed(&mut self) {
        self.backoff.succeed(Duration::ZERO);
        self.last_failure = None;
    }

    fn fail(&mut self, failure: FetchFailure, now: Duration) -> FetchOutcome {
        self.backoff.fail(self.settings.shortest_rest, self.settings.longest_rest, now);
        self.last_failure = Some(failure.clone());
        FetchOutcome::Failed { failure }
    }

    /// How long until an unknown kid may cause a fetch again.
    fn wait_for_unknown(&self, now: Duration) -> Duration {
        let free_again = |started: &Duration| started.saturating_add(self.settings.unknown_window);
        let oldest = self.unknown_fetches.iter().last().copied().flatten();
        oldest.as_ref().map(free_again).unwrap_or_default().saturating_sub(now)
    }
}

/// What to do for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Resolution {
    /// Verify with these keys, and start this fetch, if there is one, without waiting for it.
    Use {
        /// The keys.
        keys: Arc<JwkSet>,
        /// A fetch that is due.
        fetch: Option<Ticket>,
    },
    /// Fetch first, then ask again.
    Fetch(Ticket),
    /// Somebody else's fetch is under way: wait for it, at most until then, then ask again.
    Wait {
        /// When the fetch counts as failed.
        until: Duration,
    },
    /// The issuer has no such key: [`Error::UnknownKey`](crate::Error::UnknownKey).
    UnknownKey {
        /// When such a kid may cause a fetch again.
        retry_after: Duration,
    },
    /// No keys could be had: [`Error::KeysUnavailable`](crate::Error::KeysUnavailable).
    Unavailable {
        /// When the next fetch may start.
        retry_after: Duration,
    },
}

/// The set of a cache, to be carried to another process or a later one.
///
/// The age must be carried as a point in time by whoever takes longer than a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot<'c> {
    /// The set as the issuer gave it.
    pub jwks: &'c str,
    /// The SHA-256 of its octets, 64 lower-case hexadecimal digits.
    pub sha256: &'c str,
    /// How long ago the issuer gave or confirmed it.
    pub age: Duration,
}

/// How a cache is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Keys that tokens are verified with; none where all are too old.
    pub usable_keys: usize,
    /// Keys of the set that are not used.
    pub skipped_keys: usize,
    /// How long ago the issuer confirmed the set.
    pub age: Option<Duration>,
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// The set came from elsewhere and no fetch has confirmed it since.
    pub is_seed: bool,
    /// The set is as young as it should be.
    pub is_fresh: bool,
    /// Fetches that failed since the last one that succeeded.
    pub failures: u32,
    /// The last of them.
    pub last_failure: Option<FetchFailure>,
    /// A fetch is under way.
    pub is_fetching: bool,
}

#[derive(Debug)]
struct UnderWay {
    ticket: u64,
    started: Duration,
    deadline: Duration,
}

/// Fetches that unknown kids may cause in [`CacheSettings::unknown_window`].
const UNKNOWN_FETCHES: usize = 2;
