//! The current set of a cache.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::time::Duration;

use super::settings::CacheSettings;
use crate::encoding::sha256::sha256_text;
use crate::issuer::cache_control::Freshness;
use crate::issuer::fetch::{FetchResponse, Ticket};
use crate::keys::jwks::JwkSet;

/// The current set, with the times that decide how it is used.
#[derive(Debug)]
pub(super) struct HeldSet {
    pub(super) keys: Arc<JwkSet>,
    /// Distinguishes this set from those before and after it.
    pub(super) serial: u64,
    pub(super) body: String,
    pub(super) sha256: String,
    pub(super) entity_tag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// The fetch that returned or confirmed it; none for a seed.
    pub(super) fetch: Option<Fetch>,
    pub(super) since: Since,
    pub(super) refresh_at: Duration,
    pub(super) fresh_until: Duration,
    /// From then on requests wait for a fetch.
    pub(super) wait_from: Duration,
    pub(super) stale_until: Duration,
}

/// A fetch that returned or confirmed a set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    pub(super) number: u64,
    pub(super) started: Duration,
}

/// The moment that a set's age counts from: the start of its fetch. For a seed that can be before
/// the clock's zero, so it is stored as a later moment and the seed's age at that moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    pub(super) moment: Duration,
    pub(super) age: Duration,
}

impl Since {
    pub(super) fn age(self, now: Duration) -> Duration {
        self.age.saturating_add(now.saturating_sub(self.moment))
    }

    /// Returns when the set reaches this age; `moment` if that was earlier.
    fn at_age(self, age: Duration) -> Duration {
        self.moment.saturating_add(age.saturating_sub(self.age))
    }
}

impl HeldSet {
    /// A set that a fetch returned.
    pub(super) fn fetched(
        keys: JwkSet,
        serial: u64,
        ticket: &Ticket,
        response: &FetchResponse<'_>,
        settings: &CacheSettings,
    ) -> Self {
        let body = String::from_utf8_lossy(response.body).into_owned();
        let since = Since { moment: ticket.started, age: Duration::ZERO };
        let mut held = Self::new(keys, serial, body, since);
        held.renew(ticket, response, settings);
        held
    }

    /// A seed that has this `age` at `now`. A fetch is due at once.
    pub(super) fn seeded(
        keys: JwkSet,
        serial: u64,
        body: String,
        age: Duration,
        now: Duration,
        settings: &CacheSettings,
    ) -> Self {
        let mut held = Self::new(keys, serial, body, Since { moment: now, age });
        held.live(Freshness::default(), settings);
        held.refresh_at = now;
        held
    }

    /// Records that the issuer returned or confirmed the set.
    pub(super) fn renew(
        &mut self,
        ticket: &Ticket,
        response: &FetchResponse<'_>,
        settings: &CacheSettings,
    ) {
        self.fetch = Some(Fetch { number: ticket.number, started: ticket.started });
        self.since = Since { moment: ticket.started, age: Duration::ZERO };
        self.live(Freshness::read(response.cache_control, response.age), settings);
        let text = |header: Option<&str>| header.map(ToString::to_string);
        self.entity_tag = text(response.entity_tag).or_else(|| self.entity_tag.take());
        self.last_modified = text(response.last_modified).or_else(|| self.last_modified.take());
    }

    pub(super) fn age(&self, now: Duration) -> Duration {
        self.since.age(now)
    }

    fn new(keys: JwkSet, serial: u64, body: String, since: Since) -> Self {
        Self {
            keys: Arc::new(keys),
            serial,
            sha256: sha256_text(body.as_bytes()),
            body,
            entity_tag: None,
            last_modified: None,
            fetch: None,
            since,
            refresh_at: since.moment,
            fresh_until: since.moment,
            wait_from: since.moment,
            stale_until: since.moment,
        }
    }

    /// Sets the times, counted from `since`.
    fn live(&mut self, said: Freshness, settings: &CacheSettings) {
        let lifetime = said
            .lifetime
            .unwrap_or(settings.fresh_for)
            .clamp(settings.shortest_fresh, settings.longest_fresh);
        let limited = |limit: Option<Duration>, span: Duration| match limit {
            Some(limit) if !settings.stale_despite_headers => span.min(limit),
            _ => span,
        };
        let stale_for = limited(said.if_error, settings.stale_for);
        let window = limited(said.while_revalidating, settings.revalidate_for.min(lifetime));
        let ahead = lifetime.saturating_mul(4).checked_div(5).unwrap_or_default();
        self.refresh_at = self.since.at_age(ahead);
        self.fresh_until = self.since.at_age(lifetime);
        self.wait_from = self.since.at_age(lifetime.saturating_add(window.min(stale_for)));
        self.stale_until = self.since.at_age(lifetime.saturating_add(stale_for));
    }
}
