//! The set that a cache holds.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::time::Duration;

use super::settings::CacheSettings;
use crate::cache_control;
use crate::fetch::FetchResponse;
use crate::jwks::JwkSet;
use crate::sha256::sha256_text;

/// The set that is held, with the times that decide over it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) keys: Arc<JwkSet>,
    pub(super) body: String,
    pub(super) sha256: String,
    pub(super) entity_tag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// When the fetch started that brought or confirmed it; not known of a seed.
    pub(super) fetch_started: Option<Duration>,
    pub(super) fetched_at: Duration,
    /// How old the set was already then.
    pub(super) age_when_held: Duration,
    pub(super) refresh_at: Duration,
    pub(super) fresh_until: Duration,
    pub(super) stale_until: Duration,
}

impl Held {
    pub(super) fn new(keys: JwkSet, body: String, now: Duration) -> Self {
        Self {
            keys: Arc::new(keys),
            sha256: sha256_text(body.as_bytes()),
            body,
            entity_tag: None,
            last_modified: None,
            fetch_started: None,
            fetched_at: now,
            age_when_held: Duration::ZERO,
            refresh_at: now,
            fresh_until: now,
            stale_until: now,
        }
    }

    /// The issuer has given or confirmed the set.
    pub(super) fn renew(
        &mut self,
        settings: &CacheSettings,
        response: &FetchResponse<'_>,
        started: Duration,
        now: Duration,
    ) {
        let fresh_for = cache_control::freshness(response.cache_control, response.age)
            .unwrap_or(settings.fresh_for)
            .clamp(settings.shortest_fresh, settings.longest_fresh.max(settings.shortest_fresh));
        let ahead = fresh_for.saturating_mul(4).checked_div(5).unwrap_or_default();
        self.fetch_started = Some(started);
        self.fetched_at = now;
        self.age_when_held = Duration::ZERO;
        self.refresh_at = now.saturating_add(ahead);
        self.fresh_until = now.saturating_add(fresh_for);
        self.stale_until = self.fresh_until.saturating_add(settings.stale_for);
        let text = |header: Option<&str>| header.map(ToString::to_string);
        self.entity_tag = text(response.entity_tag).or_else(|| self.entity_tag.take());
        self.last_modified = text(response.last_modified).or_else(|| self.last_modified.take());
    }

    pub(super) fn age(&self, now: Duration) -> Duration {
        self.age_when_held.saturating_add(now.saturating_sub(self.fetched_at))
    }
}
