//! A key for each `kid`, each behind a URL of its own: one small cache for each key, and the limits that
//! hold for all of them.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::{CacheSettings, Health, JwksCache, Resolution};
use crate::encoding::uuid::is_uuid;
use crate::error::Error;
use crate::issuer::fetch::{FetchFailure, FetchOutcome, FetchResponse, Ticket};
use crate::keys::jwks::{JwkSet, JwkSetParser};
use crate::time::now::Now;

/// The keys that have been asked for, the least recent first.
pub(super) struct KeysById {
    entries: Vec<Entry>,
    /// For tokens without a `kid`.
    nothing: Arc<JwkSet>,
}

struct Entry {
    id: String,
    cache: JwksCache,
    /// When the latest fetch started.
    started: Duration,
    /// Whether that fetch found no key.
    is_absent: bool,
}

impl KeysById {
    pub(super) fn new(nothing: JwkSet) -> Self {
        Self { entries: Vec::new(), nothing: Arc::new(nothing) }
    }

    /// Returns the entry that issued a ticket.
    fn issuer_of(&mut self, ticket: &Ticket) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.cache.identity == ticket.owner)
    }

    pub(super) const fn nothing(&self) -> &Arc<JwkSet> {
        &self.nothing
    }
}

impl JwksCache {
    /// The cache of one key.
    fn for_key(
        parser: &JwkSetParser<'static>,
        settings: &CacheSettings,
        key_id: Option<String>,
    ) -> Self {
        Self { by_id: None, key_id, ..Self::new(parser.clone(), settings.clone()) }
    }

    /// As [`JwksCache::resolve`] for the key of one `kid`.
    pub(super) fn resolve_by_id(
        &mut self,
        kid: Option<&str>,
        asked: Duration,
        now: Now,
    ) -> Resolution {
        let at = self.clock.advance(now);
        let unknown = Resolution::UnknownKey { retry_after: Duration::ZERO };
        let is_purged = kid.is_some_and(|kid| self.has_purged(kid));
        let (settings, parser, most) = (&self.settings, &self.parser, self.parser.key_limit());
        let Some(by_id) = &mut self.by_id else { return unknown };
        let Some(kid) = kid else {
            return Resolution::Use { keys: Arc::clone(&by_id.nothing), fetch: None };
        };
        if is_purged || !is_uuid(kid) {
            return unknown;
        }
        let place = by_id.entries.iter().position(|entry| entry.id == kid);
        let mut entry = match place {
            Some(place) => by_id.entries.remove(place),
            None => Entry {
                id: kid.to_string(),
                cache: Self::for_key(parser, settings, Some(kid.to_string())),
                started: Duration::ZERO,
                is_absent: false,
            },
        };
        let gap = settings.unknown_window.checked_div(NEW_KEYS).unwrap_or_default();
        let due = self.refetch_from.max(at);
        let wait =
            due.saturating_add(gap).saturating_sub(at.saturating_add(settings.unknown_window));
        let is_new = entry.cache.held.is_none() && entry.cache.running.is_none();
        let resolution = if entry.is_absent && entry.started >= self.clock.at(asked) {
            unknown
        } else if is_new && wait > Duration::ZERO {
            Resolution::Unavailable { retry_after: wait }
        } else {
            entry.cache.resolve(Some(kid), asked, now)
        };
        if let Resolution::Fetch(_) | Resolution::Use { fetch: Some(_), .. } = resolution {
            entry.started = at;
            if is_new {
                self.refetch_from = due.saturating_add(gap);
            }
        }
        // A key that was not even asked for takes no room.
        if entry.cache.last_start.is_some() {
            if by_id.entries.len() >= most.max(1) {
                let is_empty = |entry: &Entry| entry.cache.held.is_none();
                by_id.entries.remove(by_id.entries.iter().position(is_empty).unwrap_or_default());
            }
            by_id.entries.push(entry);
        }
        resolution
    }

    pub(super) fn respond_by_id(
        &mut self,
        ticket: &Ticket,
        response: &FetchResponse<'_>,
        now: Now,
    ) -> FetchOutcome {
        let (parser, settings) = (&self.parser, &self.settings);
        let entry = self.by_id.as_mut().and_then(|by_id| by_id.issuer_of(ticket));
        let Some(entry) = entry else { return FetchOutcome::Ignored };
        if !matches!(response.status, 404 | 410) {
            let outcome = entry.cache.on_response(ticket, response, now);
            entry.is_absent &= !matches!(outcome, FetchOutcome::Replaced);
            return outcome;
        }
        if !entry.cache.is_newer(ticket) {
            return FetchOutcome::Ignored;
        }
        // The issuer has no such key any more: unlike a failure, that ends its use.
        let last_start = entry.cache.last_start;
        let key_id = entry.cache.key_id.take();
        entry.cache = Self::for_key(parser, settings, key_id);
        entry.cache.last_start = last_start;
        entry.is_absent = true;
        FetchOutcome::Failed { failure: FetchFailure::UnexpectedStatus { status: response.status } }
    }

    /// Has the cache that issued a ticket record how its fetch ended.
    pub(super) fn end_by_id(
        &mut self,
        ticket: &Ticket,
        record: impl FnOnce(&mut Self) -> FetchOutcome,
    ) -> FetchOutcome {
        let entry = self.by_id.as_mut().and_then(|by_id| by_id.issuer_of(ticket));
        entry.map_or(FetchOutcome::Ignored, |entry| record(&mut entry.cache))
    }

    pub(super) fn reconsider_by_id(
        &mut self,
        error: &Error,
        keys: &Arc<JwkSet>,
        kid: &str,
        asked: Duration,
        now: Now,
    ) -> Option<Resolution> {
        let at = self.clock.advance(now);
        if self.has_purged(kid) {
            return None;
        }
        let mut entries = self.by_id.as_mut()?.entries.iter_mut();
        let entry = entries.find(|entry| entry.id == kid)?;
        let resolution = entry.cache.reconsider(error, keys, Some(kid), asked, now);
        if let Some(Resolution::Fetch(_)) = resolution {
            entry.started = at;
        }
        resolution
    }

    /// The state of all keys together.
    pub(super) fn health_by_id(&self, now: Now, mut whole: Health) -> Health {
        let Some(by_id) = &self.by_id else { return whole };
        whole.is_fresh = by_id.entries.iter().any(|entry| entry.cache.held.is_some());
        for entry in &by_id.entries {
            let one = entry.cache.health(now);
            whole.usable_keys = whole.usable_keys.saturating_add(one.usable_keys);
            whole.skipped_keys = whole.skipped_keys.saturating_add(one.skipped_keys);
            whole.age = whole.age.max(one.age);
            whole.is_fresh &= one.is_fresh || one.age.is_none();
            whole.failures = whole.failures.max(one.failures);
            whole.last_failure = one.last_failure.or(whole.last_failure);
            whole.is_fetching |= one.is_fetching;
            let fetches = &mut whole.fetches;
            fetches.due = fetches.due.saturating_add(one.fetches.due);
            fetches.refused_token = fetches.refused_token.saturating_add(one.fetches.refused_token);
        }
        whole
    }
}

/// How many keys may be fetched for the first time in a row. After that one per tenth of
/// [`CacheSettings::unknown_window`](super::CacheSettings::unknown_window).
const NEW_KEYS: u32 = 10;
