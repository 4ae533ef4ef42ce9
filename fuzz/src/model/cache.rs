//! The answers of a key cache, computed in the simplest possible way: in whole nanoseconds, which
//! may be negative, and every time on demand.

use std::collections::BTreeSet;
use std::time::Duration;

use verijot::issuer::{CacheSettings, FetchFailure};

/// Nanoseconds.
pub type Time = i128;

#[derive(Debug, PartialEq)]
pub enum Answer {
    Use,
    UseAndFetch,
    Fetch,
    Wait(Time),
    Unknown(Time),
    Unavailable(Time),
}

pub struct Model {
    pub numbers: Numbers,
    pub held: Option<Held>,
    pub purged: BTreeSet<&'static str>,
    pub fetch: Option<Fetch>,
    pub fetches: usize,
    pub abandoned: bool,
    pub failures: u32,
    pub failed_at: Option<Time>,
    pub last_failure: Option<FetchFailure>,
    pub rest_until: Time,
    /// The last fetch caused by a token.
    pub token_fetch: Option<Time>,
    pub last_start: Option<Time>,
    /// Fetches that ended with their timeout.
    pub overdue: usize,
    pub clock: Clock,
}

/// The settings after their minimums, in nanoseconds.
pub struct Numbers {
    pub fresh_for: Time,
    pub shortest_fresh: Time,
    pub longest_fresh: Time,
    pub revalidate_for: Time,
    pub stale_for: Time,
    pub stale_despite_headers: bool,
    pub gap: Time,
    pub shortest_rest: Time,
    pub longest_rest: Time,
    pub timeout: Time,
}

impl Numbers {
    pub fn of(settings: &CacheSettings) -> Self {
        let shortest_fresh = time(settings.shortest_fresh).max(SECOND);
        let shortest_rest = time(settings.shortest_rest).max(SECOND / 10);
        Self {
            fresh_for: time(settings.fresh_for).max(SECOND),
            shortest_fresh,
            longest_fresh: time(settings.longest_fresh).max(shortest_fresh),
            revalidate_for: time(settings.revalidate_for),
            stale_for: time(settings.stale_for),
            stale_despite_headers: settings.stale_despite_headers,
            gap: time(settings.unknown_window).max(2 * SECOND) / 2,
            shortest_rest,
            longest_rest: time(settings.longest_rest).max(shortest_rest),
            timeout: time(settings.fetch_timeout).max(SECOND / 10),
        }
    }
}

pub struct Fetch {
    pub number: usize,
    pub started: Time,
}

#[derive(Clone, Debug)]
pub struct Held {
    pub set: usize,
    pub serial: usize,
    /// When the set was known to be current; before the clock's start for old seeds.
    pub as_of: Time,
    /// The fetch that brought or confirmed it.
    pub fetch: Option<usize>,
    /// For a seed, which is fetched again at once.
    pub refresh_at: Option<Time>,
    pub lifetime: Time,
    pub window: Time,
    pub stale: Time,
    pub entity_tag: Option<&'static str>,
    pub last_modified: Option<&'static str>,
}

/// What a response says about its lifetime, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    pub lifetime: Option<u64>,
    pub window: Option<u64>,
    pub stale: Option<u64>,
}

impl Held {
    pub fn refresh_at(&self) -> Time {
        self.refresh_at.unwrap_or(self.as_of + self.lifetime * 4 / 5)
    }

    pub fn fresh_until(&self) -> Time {
        self.as_of + self.lifetime
    }

    pub fn wait_from(&self) -> Time {
        self.fresh_until() + self.window
    }

    pub fn stale_until(&self) -> Time {
        self.fresh_until() + self.stale
    }

    pub fn knows(&self, kid: Option<&str>) -> bool {
        // An unusable key is still known, and so is a withdrawn one.
        kid.is_none_or(|kid| SETS[self.set].contains(&kid) || kid == "odd")
    }

    pub fn live(&mut self, said: Said, numbers: &Numbers) {
        let seconds = |said: u64| Time::from(said) * SECOND;
        self.lifetime = said
            .lifetime
            .map_or(numbers.fresh_for, seconds)
            .clamp(numbers.shortest_fresh, numbers.longest_fresh);
        self.stale = numbers.stale_for;
        self.window = numbers.revalidate_for.min(self.lifetime);
        if !numbers.stale_despite_headers {
            self.stale = said.stale.map_or(self.stale, |said| self.stale.min(seconds(said)));
            self.window = said.window.map_or(self.window, |said| self.window.min(seconds(said)));
        }
        self.window = self.window.min(self.stale);
    }
}

impl Model {
    pub fn new(settings: &CacheSettings) -> Self {
        Self {
            numbers: Numbers::of(settings),
            held: None,
            purged: BTreeSet::new(),
            fetch: None,
            fetches: 0,
            abandoned: false,
            failures: 0,
            failed_at: None,
            last_failure: None,
            rest_until: 0,
            token_fetch: None,
            last_start: None,
            overdue: 0,
            clock: Clock::default(),
        }
    }

    pub fn now(&self) -> Time {
        self.clock.latest
    }

    pub fn advance(&mut self, monotonic: Time, wall: Option<Time>) {
        self.clock.advance(monotonic, wall);
        let (now, timeout) = (self.now(), self.numbers.timeout);
        if let Some(late) = self.fetch.take_if(|fetch| now >= fetch.started + timeout) {
            self.overdue += 1;
            let deadline = late.started + timeout;
            if now >= deadline + timeout && !self.abandoned {
                self.abandoned = true;
            } else {
                self.fail(deadline, FetchFailure::TimedOut);
            }
        }
        self.drop_old();
    }

    pub fn drop_old(&mut self) {
        let now = self.now();
        self.held.take_if(|held| now >= held.stale_until());
    }

    pub fn fail(&mut self, at: Time, failure: FetchFailure) {
        let mut rest = self.numbers.shortest_rest;
        for _ in 0..self.failures {
            rest *= 2;
        }
        self.rest_until = at + rest.min(self.numbers.longest_rest);
        self.failures = (self.failures + 1).min(30);
        self.failed_at = Some(at);
        self.last_failure = Some(failure);
        self.abandoned = false;
    }

    pub fn succeed(&mut self) {
        self.failures = 0;
        self.rest_until = 0;
        self.failed_at = None;
        self.last_failure = None;
        self.abandoned = false;
        self.drop_old();
    }

    pub fn start(&mut self) {
        self.last_start = Some(self.now());
        self.fetch = Some(Fetch { number: self.fetches, started: self.now() });
        self.fetches += 1;
    }

    fn wait(&self) -> Option<Answer> {
        let fetch = self.fetch.as_ref()?;
        Some(Answer::Wait(fetch.started + self.numbers.timeout - self.now()))
    }

    pub fn resolve(&mut self, kid: Option<&str>, asked: Time) -> Answer {
        let now = self.now();
        let rests = now < self.rest_until;
        let Some(held) = self.held.clone() else {
            if let Some(wait) = self.wait() {
                return wait;
            }
            if rests {
                return Answer::Unavailable(self.rest_until - now);
            }
            self.start();
            return Answer::Fetch;
        };
        if !self.is_known(kid) {
            return if self.is_settled(asked) {
                Answer::Unknown(self.token_wait())
            } else {
                self.token_fetch()
            };
        }
        if now < held.refresh_at() {
            return Answer::Use;
        }
        let failed = self.failed_at.is_some_and(|at| now < at + self.numbers.revalidate_for);
        let may_use = now < held.wait_from() || failed || rests;
        if self.fetch.is_some() {
            return if may_use { Answer::Use } else { self.wait().expect("a fetch") };
        }
        if rests {
            return Answer::Use;
        }
        let waits = self.abandoned || !may_use;
        self.start();
        if waits { Answer::Fetch } else { Answer::UseAndFetch }
    }

    /// Whether no other set can have the key.
    pub fn is_known(&self, kid: Option<&str>) -> bool {
        let is_purged = kid.is_some_and(|kid| self.purged.contains(kid));
        is_purged || self.held.as_ref().is_some_and(|held| held.knows(kid))
    }

    /// For a token that the cached keys, or earlier ones, refuse although another set might not.
    pub fn reconsider(&mut self, by_held: bool, kid: Option<&str>, asked: Time) -> Option<Answer> {
        let held = self.held.as_ref()?;
        let is_purged = kid.is_some_and(|kid| self.purged.contains(kid));
        if !is_purged && !by_held {
            return Some(Answer::Use);
        }
        if is_purged || self.is_settled(asked) || self.now() - held.as_of < 60 * SECOND {
            return None;
        }
        match self.token_fetch() {
            Answer::Unavailable(_) => None,
            answer => Some(answer),
        }
    }

    pub fn refresh_now(&mut self, asked: Time) -> Answer {
        let now = self.now();
        if self.is_settled(asked) {
            return Answer::Use;
        }
        if let Some(wait) = self.wait() {
            return wait;
        }
        let free = self.last_start.map_or(0, |start| start + self.numbers.shortest_rest);
        let wait = self.rest_until.max(free) - now;
        if wait > 0 {
            return Answer::Unavailable(wait);
        }
        self.start();
        Answer::Fetch
    }

    /// Whether the cached set was fetched after the token arrived.
    fn is_settled(&self, asked: Time) -> bool {
        let asked = self.clock.earlier(asked);
        self.held.as_ref().is_some_and(|held| held.fetch.is_some() && held.as_of >= asked)
    }

    fn token_wait(&self) -> Time {
        let free = self.token_fetch.map_or(0, |start| start + self.numbers.gap);
        (free - self.now()).max(0)
    }

    fn token_fetch(&mut self) -> Answer {
        if let Some(wait) = self.wait() {
            return wait;
        }
        let wait = self.token_wait().max(self.rest_until - self.now());
        if wait > 0 {
            return Answer::Unavailable(wait);
        }
        self.token_fetch = Some(self.now());
        self.start();
        Answer::Fetch
    }
}

/// The time that has passed on the clock that advanced more.
#[derive(Default)]
pub struct Clock {
    pub latest: Time,
    /// The time that the monotonic clock did not count.
    credit: Time,
    anchor: Option<(Time, Time)>,
}

impl Clock {
    fn advance(&mut self, monotonic: Time, wall: Option<Time>) {
        if let Some(wall) = wall {
            let (before, wall_before) = *self.anchor.get_or_insert((monotonic, wall));
            let (counted, shown) = (monotonic - before, wall - wall_before);
            if counted < 0 {
                self.credit += shown.max(0) - counted;
                self.anchor = Some((monotonic, wall));
            } else if shown > counted + SECOND {
                self.credit += shown - counted;
                self.anchor = Some((monotonic, wall));
            } else if shown + SECOND < counted {
                self.anchor = Some((monotonic, wall));
            }
        }
        self.latest = self.latest.max(monotonic + self.credit);
    }

    fn earlier(&self, monotonic: Time) -> Time {
        (monotonic + self.credit).min(self.latest)
    }
}

pub fn time(duration: Duration) -> Time {
    Time::try_from(duration.as_nanos()).expect("fewer than 2^127")
}

pub const SECOND: Time = 1_000_000_000;

/// The kids of the usable keys of each set; each also has an unusable key.
pub const SETS: [&[&str]; 5] = [&["a"], &["a", "b"], &["b", "c"], &["a", "b", "c"], &[]];
