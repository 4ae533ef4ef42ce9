//! What a key cache answers, after §6 of the design, in the simplest way that could be right.

use std::time::Duration;

use verijot::{CacheSettings, FetchFailure};

#[derive(Debug, PartialEq)]
pub enum Answer {
    Use,
    UseAndFetch,
    Fetch,
    Wait(Duration),
    Unknown(Duration),
    Unavailable(Duration),
}

pub struct Model {
    pub settings: CacheSettings,
    pub held: Option<Held>,
    pub fetch: Option<Fetch>,
    pub fetches: usize,
    pub failures: u32,
    pub last_failure: Option<FetchFailure>,
    pub rest_until: Duration,
    pub unknown: Vec<Duration>,
    pub timed_out: usize,
    pub latest: Duration,
}

pub struct Fetch {
    pub number: usize,
    pub started: Duration,
    pub deadline: Duration,
}

pub struct Held {
    pub set: usize,
    pub started: Option<Duration>,
    pub since: Duration,
    pub age_before: Duration,
    pub refresh_at: Duration,
    pub fresh_until: Duration,
    pub stale_until: Duration,
    pub entity_tag: Option<&'static str>,
    pub last_modified: Option<&'static str>,
}

impl Held {
    pub fn new(set: usize, now: Duration) -> Self {
        Self {
            set,
            started: None,
            since: now,
            age_before: Duration::ZERO,
            refresh_at: now,
            fresh_until: now,
            stale_until: now,
            entity_tag: None,
            last_modified: None,
        }
    }

    pub fn age(&self, now: Duration) -> Duration {
        self.age_before.saturating_add(now.saturating_sub(self.since))
    }

    pub fn knows(&self, kid: Option<&str>) -> bool {
        // A key that cannot be used is known all the same.
        kid.is_none_or(|kid| SETS[self.set].contains(&kid) || kid == "odd")
    }
}

impl Model {
    pub fn new(settings: CacheSettings) -> Self {
        Self {
            settings,
            held: None,
            fetch: None,
            fetches: 0,
            failures: 0,
            last_failure: None,
            rest_until: Duration::ZERO,
            unknown: Vec::new(),
            timed_out: 0,
            latest: Duration::ZERO,
        }
    }

    /// Whether keys that know this kid serve now.
    pub fn peek(&self, kid: Option<&str>, now: Duration) -> bool {
        let now = now.max(self.latest);
        self.held.as_ref().is_some_and(|held| now < held.stale_until && held.knows(kid))
    }

    pub fn advance(&mut self, now: Duration) {
        self.latest = self.latest.max(now);
        if let Some(late) = self.fetch.take_if(|fetch| self.latest >= fetch.deadline) {
            self.timed_out += 1;
            self.fail(late.deadline, FetchFailure::TimedOut);
        }
        if self.held.as_ref().is_some_and(|held| self.latest >= held.stale_until) {
            self.held = None;
        }
    }

    pub fn fail(&mut self, at: Duration, failure: FetchFailure) {
        let mut rest = self.settings.shortest_rest;
        for _ in 0..self.failures {
            rest = rest.saturating_mul(2);
        }
        self.rest_until = at.saturating_add(rest.min(self.settings.longest_rest));
        self.failures = (self.failures + 1).min(30);
        self.last_failure = Some(failure);
    }

    pub fn start(&mut self) {
        let deadline = self.latest.saturating_add(self.settings.fetch_timeout);
        self.fetch = Some(Fetch { number: self.fetches, started: self.latest, deadline });
        self.fetches += 1;
    }

    pub fn resolve(&mut self, kid: Option<&str>, asked: Duration, now: Duration) -> Answer {
        self.advance(now);
        let now = self.latest;
        let rest = self.rest_until.saturating_sub(now);
        let idle = self.fetch.is_none();
        let Some(held) = &self.held else {
            return match &self.fetch {
                Some(fetch) => Answer::Wait(fetch.deadline),
                None if rest > Duration::ZERO => Answer::Unavailable(rest),
                None => {
                    self.start();
                    Answer::Fetch
                }
            };
        };
        if held.knows(kid) {
            if now < held.refresh_at || !idle || rest > Duration::ZERO {
                return Answer::Use;
            }
            self.start();
            return Answer::UseAndFetch;
        }
        // The second to last fetch for an unknown kid must be a window away.
        let free = self
            .unknown
            .iter()
            .rev()
            .nth(1)
            .map(|start| start.saturating_add(self.settings.unknown_window));
        let wait = free.map_or(Duration::ZERO, |free| free.saturating_sub(now));
        if held.started.is_some_and(|started| started >= asked) {
            return Answer::Unknown(wait);
        }
        if let Some(fetch) = &self.fetch {
            return Answer::Wait(fetch.deadline);
        }
        if rest > Duration::ZERO {
            return Answer::Unavailable(rest);
        }
        if wait > Duration::ZERO {
            return if self.failures > 0 {
                Answer::Unavailable(wait)
            } else {
                Answer::Unknown(wait)
            };
        }
        self.unknown.push(now);
        self.start();
        Answer::Fetch
    }
}

/// The kids of the usable keys of each set; beside them stands one that cannot be used.
pub const SETS: [&[&str]; 5] = [&["a"], &["a", "b"], &["b", "c"], &["a", "b", "c"], &[]];
