//! The key cache under any sequence of questions, answers and clocks, against a second, naive state
//! machine; the bound on fetches is counted apart from both.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};
use verijot::crypto::ring;
use verijot::{
    CacheSettings, FetchFailure, FetchOutcome, FetchResponse, JwkSetParser, JwksCache, Resolution,
    Ticket,
};

use crate::choices::Choices;
use crate::model::cache::{Answer, Held, Model, SETS};
use crate::signing;

/// Runs an input: a settings octet, then events.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut world = World::new(settings(&mut choices));
    for _ in 0..500 {
        if choices.is_empty() {
            break;
        }
        world.step(&mut choices);
        world.compare();
    }
    world.bound_fetches();
}

fn settings(choices: &mut Choices<'_>) -> CacheSettings {
    let mut settings = CacheSettings::default();
    if choices.either() {
        settings.fresh_for = seconds(choices.pick(&[0, 1, 600]));
        settings.shortest_fresh = seconds(choices.pick(&[0, 60, 700]));
        settings.longest_fresh = seconds(choices.pick(&[0, 60, 86_400]));
        settings.stale_for = seconds(choices.pick(&[0, 10, 86_400, u64::MAX]));
        settings.unknown_window = seconds(choices.pick(&[0, 30, u64::MAX]));
        settings.shortest_rest = seconds(choices.pick(&[0, 1, 90]));
        settings.longest_rest = seconds(choices.pick(&[0, 60, u64::MAX]));
        settings.fetch_timeout = seconds(choices.pick(&[1, 5, 100_000]));
    }
    settings
}

struct World {
    cache: JwksCache,
    model: Model,
    clock: Duration,
    tickets: Vec<Ticket>,
    /// When fetches started, and whether an unknown kid was the cause.
    starts: Vec<(Duration, bool)>,
    /// Successes and failures that the cache was told of or found itself.
    ends: usize,
}

impl World {
    fn new(settings: CacheSettings) -> Self {
        let parser = JwkSetParser::new(ring::PROVIDER);
        Self {
            cache: JwksCache::new(parser, settings.clone()),
            model: Model::new(settings),
            clock: seconds(60),
            tickets: Vec::new(),
            starts: Vec::new(),
            ends: 0,
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(8) {
            0 | 1 => self.ask(choices),
            2 => {
                let unit = choices.pick(&[1, 100, 1000, 60_000, 3_600_000]);
                let wait = Duration::from_millis(unit * u64::from(choices.octet()));
                self.clock = self.clock.saturating_add(wait);
            }
            3 => self.wait_for_an_edge(choices),
            4 | 5 => self.answer(choices),
            6 => self.seed(choices),
            _ => {
                let back = seconds(u64::from(choices.octet()));
                self.clock = self.clock.saturating_sub(back);
            }
        }
    }

    /// To one of the instants at which something changes, or a nanosecond beside it.
    fn wait_for_an_edge(&mut self, choices: &mut Choices<'_>) {
        let mut edges = vec![self.model.rest_until];
        edges.extend(self.model.fetch.as_ref().map(|fetch| fetch.deadline));
        if let Some(held) = &self.model.held {
            edges.extend([held.refresh_at, held.fresh_until, held.stale_until]);
        }
        edges.extend(
            self.model
                .unknown
                .iter()
                .map(|start| start.saturating_add(self.model.settings.unknown_window)),
        );
        let edge = choices.pick(&edges);
        let nanosecond = Duration::from_nanos(1);
        let edge = match choices.below(3) {
            0 => edge,
            1 => edge.saturating_sub(nanosecond),
            _ => edge.saturating_add(nanosecond),
        };
        // Further away no clock goes.
        self.clock = self.clock.max(edge.min(seconds(1 << 40)));
    }

    fn ask(&mut self, choices: &mut Choices<'_>) {
        let kid =
            choices.pick(&[Some("a"), Some("b"), Some("c"), Some("odd"), Some("nobody"), None]);
        let asked = self.clock.saturating_sub(seconds(choices.pick(&[0, 0, 1, 10, 100])));
        let known = self.model.peek(kid, self.clock);
        let expected = self.model.resolve(kid, asked, self.clock);
        let resolution = self.cache.resolve(kid, asked, self.clock);
        let now = self.model.latest;
        if known {
            assert!(
                matches!(resolution, Resolution::Use { .. }),
                "a known kid waits: {resolution:?}"
            );
        }
        let (answer, ticket, keys) = match resolution {
            Resolution::Use { keys, fetch: None } => (Answer::Use, None, Some(keys)),
            Resolution::Use { keys, fetch } => (Answer::UseAndFetch, fetch, Some(keys)),
            Resolution::Fetch(ticket) => (Answer::Fetch, Some(ticket), None),
            Resolution::Wait { until } => (Answer::Wait(until), None, None),
            Resolution::UnknownKey { retry_after } => (Answer::Unknown(retry_after), None, None),
            Resolution::Unavailable { retry_after } => {
                (Answer::Unavailable(retry_after), None, None)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(answer, expected, "{kid:?} at {now:?}");
        if let Some(keys) = keys {
            let held = self.model.held.as_ref().expect("keys come from somewhere");
            let names = keys.keys().iter().map(|key| key.id().expect("named"));
            assert!(names.eq(SETS[held.set].iter().copied()), "another set than the newest");
        }
        if let Some(ticket) = ticket {
            let held = self.model.held.as_ref();
            assert_eq!(ticket.if_none_match(), held.and_then(|held| held.entity_tag));
            assert_eq!(ticket.if_modified_since(), held.and_then(|held| held.last_modified));
            assert_eq!(ticket.timeout(), self.model.settings.fetch_timeout);
            assert!(!self.tickets.contains(&ticket), "a ticket twice");
            self.tickets.push(ticket);
            let unknown = answer == Answer::Fetch && self.model.held.is_some();
            self.starts.push((now, unknown));
        }
    }

    fn answer(&mut self, choices: &mut Choices<'_>) {
        let back = choices.pick(&[0, 0, 0, 1, 2]);
        let Some(number) = self.tickets.len().checked_sub(back + 1) else { return };
        let ticket = self.tickets[number].clone();
        if choices.below(4) == 3 {
            let outcome = self.cache.on_error(&ticket, self.clock);
            self.outcome(outcome, number, Some(FetchFailure::NoAnswer), None);
            return;
        }
        let status = choices.pick(&[200, 200, 200, 304, 302, 404, 500, 0, 201]);
        let set = choices.below(SETS.len() + 3);
        let garbage = ["<html>", "", "{\"keys\":[],\"keys\":[]}"];
        let body = BODIES.get(set).map_or_else(|| garbage[set - SETS.len()], String::as_str);
        let (cache_control, age, fresh_for) = choices.pick(&FRESHNESS);
        let mut response = FetchResponse::new(status, body.as_bytes());
        response.cache_control = cache_control;
        response.age = age;
        response.entity_tag = choices.pick(&[None, Some("\"1\""), Some("W/\"2\"")]);
        response.last_modified = choices.pick(&[None, Some("yesterday")]);
        let outcome = self.cache.on_response(&ticket, &response, self.clock);
        let conditional = ticket.if_none_match().is_some() || ticket.if_modified_since().is_some();
        self.model.advance(self.clock);
        let failure = match status {
            200 if SETS.get(set).is_some_and(|kids| !kids.is_empty()) => None,
            200 if set < SETS.len() => Some(FetchFailure::NoUsableKeys),
            200 => match JwkSetParser::new(ring::PROVIDER).parse(body) {
                Err(error) => Some(FetchFailure::UnusableSet { error }),
                Ok(_) => unreachable!("garbage"),
            },
            304 if conditional && self.model.held.is_some() => None,
            status => Some(FetchFailure::UnexpectedStatus { status }),
        };
        let news = (status == 200).then_some(set);
        self.outcome(outcome, number, failure, Some((news, fresh_for.map(seconds), response)));
    }

    fn outcome(
        &mut self,
        outcome: FetchOutcome,
        number: usize,
        failure: Option<FetchFailure>,
        success: Option<(Option<usize>, Option<Duration>, FetchResponse<'_>)>,
    ) {
        self.model.advance(self.clock);
        let now = self.model.latest;
        let Some(fetch) = self.model.fetch.take_if(|fetch| fetch.number == number) else {
            assert_eq!(outcome, FetchOutcome::Ignored, "not the fetch that is under way");
            return;
        };
        self.ends += 1;
        if let Some(failure) = failure {
            assert_eq!(outcome, FetchOutcome::Failed { failure: failure.clone() });
            self.model.fail(now, failure);
            return;
        }
        let (news, fresh_for, response) = success.expect("an answer");
        let settings = &self.model.settings;
        let longest = settings.longest_fresh.max(settings.shortest_fresh);
        let fresh_for =
            fresh_for.unwrap_or(settings.fresh_for).clamp(settings.shortest_fresh, longest);
        let (expected, mut held) = match (news, self.model.held.take()) {
            (Some(set), _) => (FetchOutcome::Replaced, Held::new(set, now)),
            (None, held) => (FetchOutcome::Unchanged, held.expect("304 with keys")),
        };
        assert_eq!(outcome, expected);
        held.started = Some(fetch.started);
        held.since = now;
        held.age_before = Duration::ZERO;
        held.refresh_at = now.saturating_add(fresh_for * 4 / 5);
        held.fresh_until = now.saturating_add(fresh_for);
        held.stale_until = held.fresh_until.saturating_add(settings.stale_for);
        let known =
            |tag: &str| ["\"1\"", "W/\"2\"", "yesterday"].into_iter().find(|one| *one == tag);
        held.entity_tag = response.entity_tag.and_then(known).or(held.entity_tag);
        held.last_modified = response.last_modified.and_then(known).or(held.last_modified);
        self.model.held = Some(held);
        self.model.failures = 0;
        self.model.rest_until = Duration::ZERO;
        self.model.last_failure = None;
    }

    fn seed(&mut self, choices: &mut Choices<'_>) {
        let set = choices.below(SETS.len());
        let age = seconds(choices.pick(&[0, 60, 3600, 90_000, 1 << 40]));
        let body = &BODIES[set];
        let outcome = match choices.below(3) {
            0 => self.cache.seed(body, age, self.clock),
            1 => {
                assert!(self.cache.seed_intact(body, "00", age, self.clock).is_err());
                return;
            }
            _ => {
                use sha2::Digest;
                let hash = sha2::Sha256::digest(body.as_bytes());
                let hash = hash.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
                self.cache.seed_intact(body, &hash, age, self.clock)
            }
        };
        self.model.advance(self.clock);
        assert_eq!(outcome.is_ok(), !SETS[set].is_empty());
        let now = self.model.latest;
        let older = self.model.held.as_ref().is_none_or(|held| held.age(now) > age);
        if outcome.is_ok() && older {
            let life = self.model.settings.fresh_for.saturating_add(self.model.settings.stale_for);
            let mut held = Held::new(set, now);
            held.age_before = age;
            held.stale_until = now.saturating_add(life.saturating_sub(age));
            self.model.held = Some(held);
            self.model.advance(now);
        }
    }

    fn compare(&mut self) {
        let (model, now) = (&self.model, self.clock.max(self.model.latest));
        let health = self.cache.health(self.clock);
        let held = model.held.as_ref().filter(|held| now < held.stale_until);
        assert_eq!(health.usable_keys, held.map_or(0, |held| SETS[held.set].len()));
        assert_eq!(health.age, held.map(|held| held.age(now)));
        assert_eq!(health.is_seed, held.is_some_and(|held| held.started.is_none()));
        assert_eq!(health.is_fresh, held.is_some_and(|held| now < held.fresh_until));
        assert_eq!(health.failures, model.failures);
        assert_eq!(health.last_failure, model.last_failure);
        let fetching = model.fetch.as_ref().is_some_and(|fetch| now < fetch.deadline);
        assert_eq!(health.is_fetching, fetching);
        let exported = self.cache.export(self.clock);
        assert_eq!(
            exported.map(|set| set.jwks),
            model.held.as_ref().map(|held| &*BODIES[held.set])
        );
        assert_eq!(exported.map(|set| set.age), model.held.as_ref().map(|held| held.age(now)));
        let until = self.cache.at_hand().map(|(_, until)| until);
        let expected = model.held.as_ref().map(|held| {
            let free = match &model.fetch {
                Some(fetch) => fetch.deadline,
                None => held.refresh_at.max(model.rest_until.max(model.latest)),
            };
            free.min(held.stale_until)
        });
        // Where nothing rests, the instant is one that has come already, so either will do.
        let past = |until: Option<Duration>| until.map(|until| until.max(model.latest));
        assert_eq!(past(until), past(expected), "at hand");
    }

    /// DESIGN §6: unknown kids cause at most two fetches in any window, and between two fetches
    /// one has ended.
    fn bound_fetches(&self) {
        let window = self.model.settings.unknown_window;
        let unknown = self.starts.iter().filter(|(_, unknown)| *unknown).map(|(start, _)| *start);
        let unknown = unknown.collect::<Vec<_>>();
        for three in unknown.windows(3) {
            assert!(three[2].saturating_sub(three[0]) >= window, "three fetches in a window");
        }
        let ends = self.ends + self.model.timed_out;
        assert!(self.starts.len() <= ends + 1, "two fetches at once");
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

static BODIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let key = |kid: &&str| {
        let mut key = signing::jwk("ed25519");
        key["kid"] = json!(kid);
        Value::Object(key)
    };
    let body = |kids: &&[&str]| {
        let mut keys = kids.iter().map(key).collect::<Vec<_>>();
        keys.push(json!({ "kty": "EC", "kid": "odd", "crv": "secp256k1" }));
        json!({ "keys": keys }).to_string()
    };
    SETS.iter().map(body).collect()
});

/// Cache-Control, Age, and the seconds that they mean.
const FRESHNESS: [(Option<&str>, Option<&str>, Option<u64>); 10] = [
    (None, None, None),
    (Some("max-age=300"), None, Some(300)),
    (Some("max-age=300"), Some("100"), Some(200)),
    (Some("max-age=300"), Some("400"), Some(0)),
    (Some("public, Max-Age=\"86401\""), None, Some(86_401)),
    (Some("no-store"), None, Some(0)),
    (Some("max-age=99999999999999999999999"), None, Some(u64::MAX)),
    (Some("max-age=300, no-cache"), None, Some(0)),
    (Some("must-revalidate"), Some("5"), None),
    (Some("max-age=-1"), None, Some(0)),
];
