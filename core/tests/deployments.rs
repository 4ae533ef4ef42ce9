//! How long a withdrawn key is accepted, and how often keys are fetched, in each kind of
//! deployment. The rotation guide contains the table that this prints, and the test compares them:
//!
//! ```sh
//! cargo test --package verijot --test deployments -- --nocapture
//! ```
#![cfg(feature = "ring")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::as_conversions
)]

use std::time::Duration;

use verijot::issuer::{CacheSettings, FetchResponse, JwksCache, Now, Resolution, Ticket};
use verijot::{JwkSetParser, UnixTime, crypto};

const GUIDE: &str = include_str!("../guide/jwks-rotation.md");

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// What the issuer sends as max-age.
const LIFETIME: u64 = HOUR;

/// The maximum time that a verifier which can reach its issuer accepts a withdrawn key.
const PROMISE: u64 = LIFETIME + 10 * MINUTE;

#[test]
fn the_guide_has_the_numbers_of_each_kind_of_deployment() {
    let every = |seconds: u64| Kind::calls(move || steadily(seconds));
    let idle =
        [10 * MINUTE, 30 * MINUTE, 50 * MINUTE, 65 * MINUTE, PROMISE - 1, PROMISE, 24 * HOUR];
    let frozen = [90, 10 * MINUTE, 50 * MINUTE, 65 * MINUTE, PROMISE - 1, 24 * HOUR];
    let rows = [
        ("busy: a token every 10 seconds", vec![every(10)]),
        ("idle: minutes or hours between two tokens", idle.map(every).into()),
        (
            "frozen between calls, which the fetch's answer survives",
            frozen.map(|rest| every(rest).background(Background::AnsweredAtTheNextCall)).into(),
        ),
        (
            "frozen between calls, which no fetch survives",
            frozen.map(|rest| every(rest).background(Background::Lost)).into(),
        ),
        (
            "one event loop a request, a token every 10 seconds",
            vec![every(10).background(Background::Cancelled)],
        ),
        ("forked while a fetch is under way, for each process", vec![every(10).loses_first()]),
        (
            "asleep for minutes or hours, awake for 5 minutes",
            NAPS.map(|nap| Kind::calls(move || asleep_by_turns(5 * MINUTE, nap))).into(),
        ),
        (
            "restored from a snapshot, minutes or days old",
            SNAPSHOT_AGES
                .iter()
                .flat_map(|age| {
                    [Monotonic::StandsStill, Monotonic::StartsAgain]
                        .map(|clock| Kind::calls(move || once_with_a_gap(5 * MINUTE, *age, clock)))
                })
                .collect(),
        ),
        ("two replicas, one busy and one nearly idle", vec![every(10).beside(PROMISE - 1)]),
        (
            "seeded, with a set minutes or hours old",
            SEED_AGES.map(|age| every(10).seeded(age)).into(),
        ),
        ("cut off from the issuer", vec![every(10).cut_off()]),
    ];
    let mut missing = String::new();
    for (name, kinds) in rows {
        let accepted = kinds.iter().map(Kind::longest_acceptance).max().unwrap();
        let fetches = kinds.iter().map(Kind::fetches_in_a_lifetime).fold(0.0, f64::max);
        let row = format!("| {name} | {} | {fetches:.2} |", words(accepted));
        println!("{row}");
        if name == "cut off from the issuer" {
            assert_eq!(accepted, LIFETIME + DAY - 10);
        } else {
            assert!(accepted < PROMISE, "{row}");
        }
        if !GUIDE.lines().any(|line| line == row) {
            missing.push_str(&row);
            missing.push('\n');
        }
    }
    assert_eq!(missing, "", "rows that the guide does not have");
}

const NAPS: [u64; 5] = [MINUTE, 20 * MINUTE, PROMISE - 5 * MINUTE - 1, PROMISE, 8 * HOUR];

const SNAPSHOT_AGES: [u64; 7] =
    [MINUTE, 40 * MINUTE, 50 * MINUTE, PROMISE - 5 * MINUTE - 1, PROMISE, DAY, 30 * DAY];

const SEED_AGES: [u64; 8] =
    [MINUTE, 5 * MINUTE, 9 * MINUTE, 15 * MINUTE, 20 * MINUTE - 1, 20 * MINUTE, HOUR, 23 * HOUR];

/// What happens to a fetch that nobody waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Background {
    Answered,
    AnsweredAtTheNextCall,
    /// It is never reported.
    Lost,
    Cancelled,
}

#[derive(Clone, Copy)]
enum Monotonic {
    StandsStill,
    StartsAgain,
}

/// A call, by the monotonic clock and by the wall clock.
#[derive(Clone, Copy)]
struct Call {
    monotonic: u64,
    wall: u64,
}

/// A kind of deployment.
struct Kind {
    calls: Vec<Call>,
    background: Background,
    loses_first: bool,
    seed_age: Option<u64>,
    cut_off: bool,
    beside: Option<Box<Kind>>,
}

impl Kind {
    fn calls(calls: impl Fn() -> Vec<Call>) -> Self {
        Self {
            calls: calls(),
            background: Background::Answered,
            loses_first: false,
            seed_age: None,
            cut_off: false,
            beside: None,
        }
    }

    fn background(mut self, background: Background) -> Self {
        self.background = background;
        self
    }

    fn loses_first(mut self) -> Self {
        self.loses_first = true;
        self
    }

    fn seeded(mut self, age: u64) -> Self {
        self.seed_age = Some(age);
        self
    }

    fn cut_off(mut self) -> Self {
        self.cut_off = true;
        self
    }

    fn beside(mut self, seconds: u64) -> Self {
        self.beside = Some(Box::new(Self::calls(|| steadily(seconds))));
        self
    }

    /// The worst moment for a key to be withdrawn is right after a fetch has started, or after a
    /// seed was taken.
    fn longest_acceptance(&self) -> u64 {
        let seeded = self.seed_age.map(|age| BEGINNING - age);
        let starts = match seeded {
            Some(start) => vec![start],
            None => self.play(None).starts.into_iter().take(8).collect(),
        };
        let spans = starts.into_iter().map(|start| {
            let last = self.play(Some(start + 1)).last_accepted;
            last.map_or(0, |last| last.saturating_sub(start))
        });
        let own = spans.max().unwrap();
        own.max(self.beside.as_ref().map_or(0, |other| other.longest_acceptance()))
    }

    /// While nothing changes.
    fn fetches_in_a_lifetime(&self) -> f64 {
        let starts = self.play(None).starts;
        let took = starts.last().unwrap() - starts.first().unwrap();
        let own = (starts.len() - 1) as f64 / took.max(1) as f64 * LIFETIME as f64;
        own + self.beside.as_ref().map_or(0.0, |other| other.fetches_in_a_lifetime())
    }

    /// Presents a token of the key with every call, until one is refused.
    fn play(&self, withdrawn: Option<u64>) -> Process {
        let mut process = Process::new(self, withdrawn);
        for call in &self.calls {
            if process.call(*call) {
                process.last_accepted = Some(call.wall);
            } else if withdrawn.is_some_and(|at| call.wall > at) {
                break;
            }
        }
        process
    }
}

fn steadily(seconds: u64) -> Vec<Call> {
    let length = if seconds < MINUTE { 30 * HOUR } else { 100 * HOUR };
    let times = (0..=length / seconds).map(|index| index * seconds);
    times.map(|at| Call { monotonic: at, wall: BEGINNING + at }).collect()
}

/// Only the wall clock counts while the machine sleeps.
fn asleep_by_turns(awake: u64, asleep: u64) -> Vec<Call> {
    let turn = |turn: u64| {
        (0..awake).step_by(10).map(move |at| Call {
            monotonic: turn * awake + at,
            wall: BEGINNING + turn * (awake + asleep) + at,
        })
    };
    (0..40).flat_map(turn).collect()
}

fn once_with_a_gap(before: u64, gap: u64, clock: Monotonic) -> Vec<Call> {
    let mut calls = Vec::new();
    for at in (0..before).step_by(10) {
        calls.push(Call { monotonic: at, wall: BEGINNING + at });
    }
    for at in (0..20 * HOUR).step_by(10) {
        let monotonic = match clock {
            Monotonic::StandsStill => before + at,
            Monotonic::StartsAgain => 5 + at,
        };
        calls.push(Call { monotonic, wall: BEGINNING + before + gap + at });
    }
    calls
}

/// A process with a cache, and its issuer.
struct Process {
    cache: JwksCache,
    background: Background,
    loses_next: bool,
    cut_off: bool,
    withdrawn: Option<u64>,
    /// A fetch whose answer waits until the process continues.
    pending: Option<(Ticket, String)>,
    /// When fetches were started.
    starts: Vec<u64>,
    last_accepted: Option<u64>,
}

impl Process {
    fn new(kind: &Kind, withdrawn: Option<u64>) -> Self {
        let parser = JwkSetParser::new(crypto::ring::PROVIDER);
        let mut process = Self {
            cache: JwksCache::new(parser, CacheSettings::default()),
            background: kind.background,
            loses_next: kind.loses_first,
            cut_off: kind.cut_off,
            withdrawn,
            pending: None,
            starts: Vec::new(),
            last_accepted: None,
        };
        if let Some(age) = kind.seed_age {
            let set = process.published(BEGINNING - age);
            let now = clocks(Call { monotonic: 0, wall: BEGINNING });
            process.cache.seed(&set, Duration::from_secs(age), now).unwrap();
        }
        process
    }

    /// Whether a token of the key is accepted.
    fn call(&mut self, call: Call) -> bool {
        let asked = Duration::from_secs(call.monotonic);
        let mut now = call;
        loop {
            let resolution = self.cache.resolve(Some(KEY), asked, clocks(now));
            if let Some((ticket, set)) = self.pending.take() {
                self.answer(&ticket, &set, now);
            }
            match resolution {
                Resolution::Use { keys, fetch } => {
                    if let Some(ticket) = fetch {
                        self.fetch_in_the_background(ticket, now);
                    }
                    return keys.knows_id(KEY)
                        && keys.keys().iter().any(|key| key.id() == Some(KEY));
                }
                Resolution::Fetch(ticket) => {
                    self.starts.push(now.wall);
                    let set = self.published(now.wall);
                    self.answer(&ticket, &set, now);
                }
                Resolution::Wait { at_most } => {
                    let seconds = at_most.as_secs().max(1);
                    now.monotonic += seconds;
                    now.wall += seconds;
                }
                _ => return false,
            }
        }
    }

    fn fetch_in_the_background(&mut self, ticket: Ticket, now: Call) {
        self.starts.push(now.wall);
        let set = self.published(now.wall);
        match self.background {
            _ if self.loses_next => self.loses_next = false,
            Background::Answered => self.answer(&ticket, &set, now),
            Background::AnsweredAtTheNextCall => self.pending = Some((ticket, set)),
            Background::Lost => {}
            Background::Cancelled => {
                self.cache.on_cancelled(&ticket, clocks(now));
            }
        }
    }

    fn answer(&mut self, ticket: &Ticket, set: &str, now: Call) {
        if self.cut_off && self.starts.len() > 1 {
            self.cache.on_error(ticket, clocks(now));
            return;
        }
        let mut response = FetchResponse::new(200, set.as_bytes());
        let cache_control = format!("max-age={LIFETIME}");
        response.cache_control = Some(&cache_control);
        self.cache.on_response(ticket, &response, clocks(now));
    }

    /// What the issuer publishes at a moment.
    fn published(&self, wall: u64) -> String {
        let is_withdrawn = self.withdrawn.is_some_and(|withdrawn| wall >= withdrawn);
        let kids = if is_withdrawn { vec!["other"] } else { vec![KEY, "other"] };
        let key = |kid| format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"{X}"}}"#);
        format!(r#"{{"keys":[{}]}}"#, kids.into_iter().map(key).collect::<Vec<_>>().join(","))
    }
}

fn clocks(call: Call) -> Now {
    let wall = UnixTime::from_seconds(i64::try_from(call.wall).unwrap());
    Now::new(Duration::from_secs(call.monotonic), wall)
}

/// Such as `1 h 9 min 58 s`.
fn words(seconds: u64) -> String {
    let parts = [(seconds / HOUR, "h"), (seconds % HOUR / MINUTE, "min"), (seconds % MINUTE, "s")];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, unit)| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}

const KEY: &str = "withdrawn";

const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// The start of every simulation, by the wall clock.
const BEGINNING: u64 = 1_800_000_000;
