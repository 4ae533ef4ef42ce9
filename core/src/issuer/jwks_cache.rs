//! When to fetch keys, and how long to use them: a state machine without I/O.
//!
//! The caller owns the clocks and the network. It calls [`JwksCache::resolve`] to learn what to do:
//! use these keys, fetch first, wait, or refuse for now. It reports the result of a fetch to
//! [`JwksCache::on_response`] or [`JwksCache::on_error`]. The number of fetches is bounded for any
//! sequence of tokens and responses, and a failed fetch never removes good keys.
//!
//! # The promise
//! - While the issuer can be reached, a withdrawn key is accepted for at most one lifetime of the
//!   set plus one revalidation window ([`CacheSettings::revalidate_for`]) after it was withdrawn.
//! - A new key is accepted after at most one fetch. If unknown kids have just caused a fetch, its
//!   tokens get 503 for at most half of [`CacheSettings::unknown_window`].
//! - While the issuer cannot be reached, keys are used for as long as [`CacheSettings::stale_for`]
//!   and the issuer's headers allow, and no longer.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::encoding::sha256::sha256_text;
use crate::issuer::fetch::{FetchFailure, FetchOutcome, FetchResponse, Ticket};
use crate::keys::identity::Identity;
use crate::keys::jwks::{JwkSet, JwkSetParser, JwksError};
use crate::time::backoff::Backoff;
use crate::time::now::{AgingClock, Now, Until};

mod health;
mod held_set;
mod keys_by_id;
mod refetch;
mod resolution;
mod settings;
mod withdrawal;

pub use health::{FetchCounts, Health, Snapshot};
use held_set::HeldSet;
use keys_by_id::KeysById;
pub use resolution::Resolution;
pub use settings::CacheSettings;
use withdrawal::has_withdrawn;

/// The keys of one issuer over time.
///
/// Every `now` is a reading of the caller's clocks, [`Now`]; a [`Duration`] is a reading of a
/// monotonic clock alone. A clock that goes back counts as standing still.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use core::time::Duration;
/// use verijot::{JwkSetParser, crypto};
/// use verijot::issuer::{CacheSettings, FetchResponse, JwksCache, Resolution};
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
pub struct JwksCache {
    parser: JwkSetParser<'static>,
    settings: CacheSettings,
    held: Option<HeldSet>,
    purged: Vec<String>,
    running: Option<RunningFetch>,
    /// The caller cancelled the last fetch, so requests wait for the next one.
    abandoned: bool,
    identity: Identity,
    last_ticket: u64,
    last_serial: u64,
    /// For the fetches that failed since the last success.
    backoff: Backoff,
    failed_at: Option<Duration>,
    last_failure: Option<FetchFailure>,
    last_start: Option<Duration>,
    /// When an unknown kid or a bad signature may cause a fetch again.
    refetch_from: Duration,
    fetches: FetchCounts,
    clock: AgingClock,
    /// The caches of single keys, if each has a URL of its own. The set itself stays empty then.
    by_id: Option<KeysById>,
    /// The `kid` of the only key, if this is the cache of one.
    key_id: Option<String>,
}

impl JwksCache {
    /// Creates an empty cache.
    ///
    /// With the parser of a location [per key](super::KeyLocation::per_key) it keeps a key for each `kid` that
    /// tokens name, each with a lifetime of its own, at most as many as the parser's limit of keys. A
    /// `kid` that is no UUID is unknown without a fetch; at most ten keys are fetched for the first time
    /// at once, and then one in each tenth of [`CacheSettings::unknown_window`]. The statuses 404 and 410
    /// mean that there is no such key, so a token with this `kid` is refused with `unknown_key`. Such a
    /// cache has no set: [`JwksCache::seed`] is an error, [`JwksCache::export`] and
    /// [`JwksCache::current_keys`] have nothing, [`JwksCache::refresh_now`] does nothing.
    #[must_use]
    pub fn new(parser: JwkSetParser<'static>, settings: CacheSettings) -> Self {
        let by_id = parser.set_without_ids().map(KeysById::new);
        Self {
            parser,
            settings: settings.with_floors(),
            held: None,
            purged: Vec::new(),
            running: None,
            abandoned: false,
            identity: Identity::new(),
            last_ticket: 0,
            last_serial: 0,
            backoff: Backoff::new(),
            failed_at: None,
            last_failure: None,
            last_start: None,
            refetch_from: Duration::ZERO,
            fetches: FetchCounts::default(),
            clock: AgingClock::new(),
            by_id,
            key_id: None,
        }
    }

    /// Says what to do for a token with this `kid`.
    ///
    /// `asked` is the reading of the monotonic clock at the first call for this token. Pass the
    /// same value again after a fetch: keys that were fetched since then are final for this token.
    pub fn resolve(
        &mut self,
        kid: Option<&str>,
        asked: Duration,
        now: impl Into<Now>,
    ) -> Resolution {
        let reading = now.into();
        if self.by_id.is_some() {
            return self.resolve_by_id(kid, asked, reading);
        }
        let now = self.advance(reading);
        match &self.held {
            None => self.resolve_without_keys(now),
            Some(held) if kid.is_none_or(|kid| self.is_settled(held, kid)) => {
                self.resolve_known(now)
            }
            Some(held) => {
                let asked = self.clock.at(asked);
                // A fetch that started before the token arrived may have missed its key.
                if held.fetch.is_some_and(|fetch| fetch.started >= asked) {
                    return Resolution::UnknownKey { retry_after: self.refetch_wait(now) };
                }
                self.refetch(Cause::UnknownKey, now)
            }
        }
    }

    /// Takes the response of a fetch, however late, if the fetch started after that of the current
    /// set.
    ///
    /// A 304 counts only if the request was conditional on the current set.
    pub fn on_response(
        &mut self,
        ticket: &Ticket,
        response: &FetchResponse<'_>,
        now: impl Into<Now>,
    ) -> FetchOutcome {
        let reading = now.into();
        if self.by_id.is_some() {
            return self.respond_by_id(ticket, response, reading);
        }
        let now = self.advance(reading);
        let was_running = self.end(ticket);
        if !self.is_newer(ticket) {
            return FetchOutcome::Ignored;
        }
        let failure = match (response.status, &mut self.held) {
            (304, held) if response.is_conditional && ticket.is_conditional() => match held {
                Some(held) if ticket.held == Some(held.serial) => {
                    held.renew(ticket, response, &self.settings);
                    self.succeed(now);
                    return FetchOutcome::Unchanged;
                }
                // It confirms a set that is no longer current.
                _ => return FetchOutcome::Ignored,
            },
            (200, _) => match self.read(response.body) {
                Ok(keys) if !self.may_hold(&keys) => FetchFailure::NoUsableKeys,
                Ok(keys) => {
                    let serial = self.next_serial();
                    self.held =
                        Some(HeldSet::fetched(keys, serial, ticket, response, &self.settings));
                    self.succeed(now);
                    return FetchOutcome::Replaced;
                }
                Err(error) => FetchFailure::UnusableSet { error },
            },
            (status, _) => FetchFailure::UnexpectedStatus { status },
        };
        if was_running { self.fail(failure, now) } else { FetchOutcome::Ignored }
    }

    /// Records that a fetch got no answer. Does nothing if that fetch is not running any more.
    pub fn on_error(&mut self, ticket: &Ticket, now: impl Into<Now>) -> FetchOutcome {
        let reading = now.into();
        if self.by_id.is_some() {
            return self.end_by_id(ticket, |cache| cache.on_error(ticket, reading));
        }
        let now = self.advance(reading);
        if self.end(ticket) {
            self.fail(FetchFailure::NoAnswer, now)
        } else {
            FetchOutcome::Ignored
        }
    }

    /// Records that the caller cancelled a fetch, for example because its event loop ended. That
    /// says nothing about the issuer: the next request that needs a fetch starts one at once and
    /// waits for it. A second cancellation in a row counts as a failure.
    pub fn on_cancelled(&mut self, ticket: &Ticket, now: impl Into<Now>) -> FetchOutcome {
        let reading = now.into();
        if self.by_id.is_some() {
            return self.end_by_id(ticket, |cache| cache.on_cancelled(ticket, reading));
        }
        let now = self.advance(reading);
        if self.end(ticket) {
            self.abandon(FetchFailure::NoAnswer, now)
        } else {
            FetchOutcome::Ignored
        }
    }

    /// Takes keys from another source, such as a set that was part of the deployment or exported by
    /// another process. `age` is how long ago the issuer published or confirmed them: they are used
    /// as if they had been fetched then, and a fetch is due at once. Does nothing if the current
    /// keys are newer.
    ///
    /// # Errors
    /// [`JwksError`] if the set cannot be read. A set without usable keys counts as malformed.
    pub fn seed(
        &mut self,
        json: &str,
        age: Duration,
        now: impl Into<Now>,
    ) -> Result<(), JwksError> {
        let now = self.advance(now);
        let keys = self.read(json.as_bytes())?;
        if !self.may_hold(&keys) {
            return Err(JwksError::Malformed { reason: "no key in the set is usable" });
        }
        if self.held.as_ref().is_none_or(|held| held.age(now) > age) {
            let serial = self.next_serial();
            let body = json.to_string();
            self.held = Some(HeldSet::seeded(keys, serial, body, age, now, &self.settings));
            self.drop_outdated(now);
        }
        Ok(())
    }

    /// Like [`JwksCache::seed`], for a set whose hash is known: [`Snapshot::sha256`] or the output
    /// of `sha256sum`, 64 hexadecimal digits in upper or lower case.
    ///
    /// # Errors
    /// [`JwksError::Malformed`] if the hash differs, because the set was changed or truncated;
    /// otherwise like [`JwksCache::seed`].
    pub fn seed_intact(
        &mut self,
        json: &str,
        sha256: &str,
        age: Duration,
        now: impl Into<Now>,
    ) -> Result<(), JwksError> {
        if !sha256_text(json.as_bytes()).eq_ignore_ascii_case(sha256) {
            return Err(JwksError::Malformed {
                reason: "the set does not have the expected SHA-256",
            });
        }
        self.seed(json, age, now)
    }

    /// Returns the current keys, and until when they can be used without calling
    /// [`JwksCache::resolve`] for tokens without a `kid` or with one that they know. Until then
    /// `resolve` would return them and start no fetch, unless the cache gets a response, an error
    /// or new keys before. With this, most tokens need no lock.
    #[must_use]
    pub fn current_keys(&self) -> Option<(&Arc<JwkSet>, Until)> {
        let held = self.held.as_ref()?;
        let latest = self.clock.latest();
        let rest_until = latest.saturating_add(self.backoff.wait(latest));
        let next_fetch = match &self.running {
            Some(fetch) => fetch.deadline,
            None => held.refresh_at.max(rest_until),
        };
        let usable = held.wait_from.max(self.tolerated_until(latest)).min(held.stale_until);
        // A clock that goes back must not make an elapsed moment valid again.
        let until = Some(next_fetch.min(usable)).filter(|until| *until > latest);
        Some((&held.keys, self.clock.until(until.unwrap_or_default())))
    }

    /// Returns the current set, for [`JwksCache::seed`] in another process.
    #[must_use]
    pub fn export(&self, now: impl Into<Now>) -> Option<Snapshot<'_>> {
        let held = self.held.as_ref()?;
        let now = self.clock.peek(now.into());
        Some(Snapshot {
            jwks: &held.body,
            sha256: &held.sha256,
            age: held.age(now),
            usable_for: held.stale_until.saturating_sub(now),
        })
    }

    /// Returns the state of the cache, for a health endpoint.
    #[must_use]
    pub fn health(&self, now: impl Into<Now>) -> Health {
        let reading = now.into();
        let now = self.clock.peek(reading);
        let held = self.held.as_ref().filter(|held| now < held.stale_until);
        let health = Health {
            usable_keys: held.map_or(0, |held| held.keys.keys().len()),
            skipped_keys: held.map_or(0, |held| held.keys.skipped().len()),
            age: held.map(|held| held.age(now)),
            sha256: held.map(|held| held.sha256.clone()),
            is_seed: held.is_some_and(|held| held.fetch.is_none()),
            is_fresh: held.is_some_and(|held| now < held.fresh_until),
            failures: self.backoff.failures(),
            last_failure: self.last_failure.clone(),
            is_fetching: self.running.as_ref().is_some_and(|fetch| now < fetch.deadline),
            purged: self.purged.clone(),
            fetches: self.fetches,
        };
        self.health_by_id(reading, health)
    }

    /// Advances the clock; ends a fetch that took too long and drops keys that are too old.
    fn advance(&mut self, now: impl Into<Now>) -> Duration {
        let now = self.clock.advance(now.into());
        if let Some(late) = self.running.take_if(|fetch| now >= fetch.deadline) {
            let timeout = self.settings.fetch_timeout;
            if now >= late.deadline.saturating_add(timeout) {
                // Nobody called for so long that the process was suspended; the issuer is not at
                // fault.
                self.abandon(FetchFailure::TimedOut, late.deadline);
            } else {
                self.fail(FetchFailure::TimedOut, late.deadline);
            }
        }
        self.drop_outdated(now);
        now
    }

    fn drop_outdated(&mut self, now: Duration) {
        if self.held.as_ref().is_some_and(|held| now >= held.stale_until) {
            self.held = None;
        }
    }

    fn resolve_without_keys(&mut self, now: Duration) -> Resolution {
        let rest = self.backoff.wait(now);
        if let Some(running) = &self.running {
            running.wait(now)
        } else if rest > Duration::ZERO {
            Resolution::Unavailable { retry_after: rest }
        } else {
            Resolution::Fetch(self.start(Cause::Due, now))
        }
    }

    fn resolve_known(&mut self, now: Duration) -> Resolution {
        let Some(held) = &self.held else { return self.resolve_without_keys(now) };
        let keys = Arc::clone(&held.keys);
        if now < held.refresh_at {
            return Resolution::Use { keys, fetch: None };
        }
        let may_use = now < held.wait_from || now < self.tolerated_until(now);
        match &self.running {
            Some(running) if !may_use => return running.wait(now),
            Some(_) => return Resolution::Use { keys, fetch: None },
            None if self.backoff.wait(now) > Duration::ZERO => {
                return Resolution::Use { keys, fetch: None };
            }
            None => {}
        }
        let is_waited_for = self.abandoned || !may_use;
        let ticket = self.start(Cause::Due, now);
        if is_waited_for {
            Resolution::Fetch(ticket)
        } else {
            Resolution::Use { keys, fetch: Some(ticket) }
        }
    }

    /// Whether a fetch cannot help for this `kid`: the current set knows it, or it was withdrawn.
    fn is_settled(&self, held: &HeldSet, kid: &str) -> bool {
        held.keys.knows_id(kid) || self.has_purged(kid)
    }

    /// Until when keys may be used although requests would otherwise wait, because a fetch has just
    /// failed.
    fn tolerated_until(&self, now: Duration) -> Duration {
        let failed = self.failed_at.map(|at| at.saturating_add(self.settings.revalidate_for));
        failed.unwrap_or_default().max(now.saturating_add(self.backoff.wait(now)))
    }

    fn start(&mut self, cause: Cause, now: Duration) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let count = match cause {
            Cause::Due => &mut self.fetches.due,
            Cause::UnknownKey => &mut self.fetches.unknown_key,
            Cause::RefusedToken => &mut self.fetches.refused_token,
            Cause::Request => &mut self.fetches.requested,
        };
        *count = count.saturating_add(1);
        self.last_start = Some(now);
        let timeout = self.settings.fetch_timeout;
        let deadline = now.saturating_add(timeout);
        self.running = Some(RunningFetch { ticket: self.last_ticket, deadline });
        let held = self.held.as_ref();
        Ticket {
            owner: self.identity.clone(),
            number: self.last_ticket,
            started: now,
            held: held.map(|held| held.serial),
            if_none_match: held.and_then(|held| held.entity_tag.clone()),
            if_modified_since: held.and_then(|held| held.last_modified.clone()),
            timeout,
            key_id: self.key_id.clone(),
        }
    }

    /// Ends the fetch of the ticket. Returns false if it was not running.
    fn end(&mut self, ticket: &Ticket) -> bool {
        let is_ours = ticket.owner == self.identity;
        self.running.take_if(|fetch| is_ours && fetch.ticket == ticket.number).is_some()
    }

    /// Whether the ticket's response is newer than the current set.
    fn is_newer(&self, ticket: &Ticket) -> bool {
        let is_newer = |held: &HeldSet| {
            let is_later = held.fetch.is_none_or(|fetch| ticket.number > fetch.number);
            is_later && ticket.started.saturating_add(held.since.age) >= held.since.moment
        };
        ticket.owner == self.identity && self.held.as_ref().is_none_or(is_newer)
    }

    fn succeed(&mut self, now: Duration) {
        self.backoff.succeed(Duration::ZERO);
        self.failed_at = None;
        self.last_failure = None;
        self.abandoned = false;
        self.drop_outdated(now);
    }

    fn fail(&mut self, failure: FetchFailure, at: Duration) -> FetchOutcome {
        self.backoff.fail(self.settings.shortest_rest, self.settings.longest_rest, at);
        self.failed_at = Some(at);
        self.last_failure = Some(failure.clone());
        self.abandoned = false;
        FetchOutcome::Failed { failure }
    }

    fn abandon(&mut self, failure: FetchFailure, at: Duration) -> FetchOutcome {
        if self.abandoned {
            return self.fail(failure, at);
        }
        self.abandoned = true;
        FetchOutcome::Abandoned
    }

    fn next_serial(&mut self) -> u64 {
        self.last_serial = self.last_serial.wrapping_add(1);
        self.last_serial
    }

    /// Whether a set may replace the current one, although it may have no usable key.
    fn may_hold(&self, keys: &JwkSet) -> bool {
        !keys.keys().is_empty()
            || has_withdrawn(keys)
            || self.settings.empty_set_revokes && keys.has_no_key_for_signatures()
    }

    fn read(&self, json: &[u8]) -> Result<JwkSet, JwksError> {
        match &self.key_id {
            Some(id) => self.parser.parse_key(json, id),
            None => self.parser.parse_without(json, &self.purged),
        }
    }
}

impl fmt::Debug for JwksCache {
    /// Does not show the set, which can contain secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JwksCache")
            .field("settings", &self.settings)
            .field("health", &self.health(Duration::ZERO))
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct RunningFetch {
    ticket: u64,
    deadline: Duration,
}

impl RunningFetch {
    fn wait(&self, now: Duration) -> Resolution {
        Resolution::Wait { at_most: self.deadline.saturating_sub(now) }
    }
}

/// Why a fetch was started.
#[derive(Clone, Copy)]
enum Cause {
    Due,
    UnknownKey,
    RefusedToken,
    Request,
}
