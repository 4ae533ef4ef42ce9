//! A cache with its model and its clocks.

use std::time::Duration;

use verijot::JwkSetParser;
use verijot::UnixTime;
use verijot::crypto::ring;
use verijot::issuer::{CacheSettings, JwksCache, Now, Ticket};

use super::seconds;
use crate::choices::Choices;
use crate::model::cache::{Model, SECOND, Time, time};

pub(super) struct Replica {
    pub(super) cache: JwksCache,
    pub(super) model: Model,
    pub(super) monotonic: Duration,
    pub(super) wall: Time,
    pub(super) has_wall: bool,
    pub(super) tickets: Vec<Asked>,
    /// When tokens caused fetches.
    pub(super) token_starts: Vec<Time>,
    /// Running fetches whose end was reported to the cache.
    pub(super) ends: usize,
    pub(super) serials: usize,
}

/// A ticket, with the set that was cached at its start.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) ticket: Ticket,
    pub(super) started: Time,
    pub(super) serial: Option<usize>,
}

impl Replica {
    pub(super) fn new(settings: &CacheSettings, has_wall: bool) -> Self {
        Self {
            cache: JwksCache::new(JwkSetParser::new(ring::PROVIDER), settings.clone()),
            model: Model::new(settings),
            monotonic: seconds(60),
            wall: 1_800_000_000 * SECOND,
            has_wall,
            tickets: Vec::new(),
            token_starts: Vec::new(),
            ends: 0,
            serials: 0,
        }
    }

    pub(super) fn now(&self) -> Now {
        if !self.has_wall {
            return self.monotonic.into();
        }
        let whole = i64::try_from(self.wall.div_euclid(SECOND)).expect("a year of today's");
        let rest = u32::try_from(self.wall.rem_euclid(SECOND)).expect("below a second");
        Now::new(self.monotonic, UnixTime::from_parts(whole, rest))
    }

    pub(super) fn advance(&mut self) {
        self.model.advance(time(self.monotonic), self.has_wall.then_some(self.wall));
    }

    pub(super) fn disturb_clock(&mut self, choices: &mut Choices<'_>) {
        let span = seconds(u64::from(choices.octet()) * choices.pick(&[1, 60, 3600]));
        match choices.below(4) {
            0 => self.monotonic = self.monotonic.saturating_sub(span),
            1 => self.wall -= time(span),
            // Asleep.
            2 => self.wall += time(span),
            _ => self.wall += time(Duration::from_millis(u64::from(choices.octet()) * 10)),
        }
    }

    /// Advances to a time at which something changes, or to a nanosecond before or after it.
    pub(super) fn wait_for_an_edge(&mut self, choices: &mut Choices<'_>) {
        let model = &self.model;
        let mut edges = vec![model.rest_until];
        let timeout = model.numbers.timeout;
        if let Some(fetch) = &model.fetch {
            edges.extend([fetch.started + timeout, fetch.started + 2 * timeout]);
        }
        if let Some(held) = &model.held {
            edges.extend([held.refresh_at(), held.fresh_until()]);
            edges.extend([held.wait_from(), held.stale_until(), held.as_of + 60 * SECOND]);
        }
        edges.extend(model.token_fetch.map(|start| start + model.numbers.gap));
        edges.extend(model.failed_at.map(|at| at + model.numbers.revalidate_for));
        let edge = choices.pick(&edges) + [0, -1, 1][choices.below(3)];
        // The maximum of the clocks.
        let wait = (edge - model.now()).clamp(0, SECOND << 40);
        let wait = Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX));
        self.monotonic = self.monotonic.saturating_add(wait).min(seconds(1 << 40));
        self.wall = (self.wall + time(wait)).min(SECOND << 41);
    }
}
