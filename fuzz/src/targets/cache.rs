//! Two key caches, replicas of each other, under any sequence of questions, answers, seeds, withdrawals
//! and clocks, each against a second, naive state machine; the bounds on fetches are counted apart.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::{Value, json};
use verijot::crypto::ring;
use verijot::issuer::{
    CacheSettings, FetchFailure, FetchOutcome, FetchResponse, JwksCache, Now, Resolution, Ticket,
};
use verijot::{Error, JwkSet, JwkSetParser, UnixTime};

use crate::choices::Choices;
use crate::model::cache::{Answer, Held, Model, SECOND, SETS, Said, Time, time};
use crate::signing;

/// Runs an input: a settings octet, then events.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut world = World::new(&settings(&mut choices), choices.either());
    for _ in 0..500 {
        if choices.is_empty() {
            break;
        }
        world.step(&mut choices);
        world.replicas.iter().for_each(Replica::compare);
    }
    world.replicas.iter().for_each(Replica::bound_fetches);
}

fn settings(choices: &mut Choices<'_>) -> CacheSettings {
    let mut settings = CacheSettings::default();
    if choices.either() {
        settings.fresh_for = seconds(choices.pick(&[0, 1, 600]));
        settings.shortest_fresh = seconds(choices.pick(&[0, 60, 700]));
        settings.longest_fresh = seconds(choices.pick(&[0, 60, 86_400]));
        settings.revalidate_for = seconds(choices.pick(&[0, 60, u64::MAX]));
        settings.stale_for = seconds(choices.pick(&[0, 10, 86_400, u64::MAX]));
        settings.stale_despite_headers = choices.either();
        settings.unknown_window = seconds(choices.pick(&[0, 30, 1 << 50]));
        settings.shortest_rest = seconds(choices.pick(&[0, 1, 90]));
        settings.longest_rest = seconds(choices.pick(&[0, 60, u64::MAX]));
        settings.fetch_timeout = seconds(choices.pick(&[0, 1, 5, 100_000]));
    }
    settings
}

struct World {
    replicas: [Replica; 2],
}

impl World {
    fn new(settings: &CacheSettings, has_wall: bool) -> Self {
        Self { replicas: [0, 1].map(|_| Replica::new(settings, has_wall)) }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let [one, other] = &mut self.replicas;
        let (one, other) = if choices.either() { (other, one) } else { (one, other) };
        match choices.below(16) {
            0..=2 => one.ask(choices),
            3 => one.reconsider(choices),
            4 => one.refresh_now(choices),
            5 => one.purge(choices),
            6 | 7 => {
                let unit = choices.pick(&[1, 100, 1000, 60_000, 3_600_000]);
                let wait = Duration::from_millis(unit * u64::from(choices.octet()));
                for replica in [one, other] {
                    replica.monotonic = replica.monotonic.saturating_add(wait);
                    replica.wall += time(wait);
                }
            }
            8 => one.wait_for_an_edge(choices),
            9..=11 => one.answer(choices),
            12 => one.seed(choices),
            13 => one.seed_from(other),
            14 => one.cancel(choices),
            _ => one.disturb_clock(choices),
        }
    }
}

struct Replica {
    cache: JwksCache,
    model: Model,
    monotonic: Duration,
    wall: Time,
    has_wall: bool,
    tickets: Vec<Asked>,
    /// When fetches started that a token caused.
    token_starts: Vec<Time>,
    /// Fetches that the cache was told the end of while they were under way.
    ends: usize,
    serials: usize,
}

/// A ticket, with the set that it was given beside.
#[derive(Clone)]
struct Asked {
    ticket: Ticket,
    started: Time,
    serial: Option<usize>,
}

impl Replica {
    fn new(settings: &CacheSettings, has_wall: bool) -> Self {
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

    fn now(&self) -> Now {
        if !self.has_wall {
            return self.monotonic.into();
        }
        let whole = i64::try_from(self.wall.div_euclid(SECOND)).expect("a year of today's");
        let rest = u32::try_from(self.wall.rem_euclid(SECOND)).expect("below a second");
        Now::new(self.monotonic, UnixTime::from_parts(whole, rest))
    }

    fn advance(&mut self) {
        self.model.advance(time(self.monotonic), self.has_wall.then_some(self.wall));
    }

    fn disturb_clock(&mut self, choices: &mut Choices<'_>) {
        let span = seconds(u64::from(choices.octet()) * choices.pick(&[1, 60, 3600]));
        match choices.below(4) {
            0 => self.monotonic = self.monotonic.saturating_sub(span),
            1 => self.wall -= time(span),
            // Asleep.
            2 => self.wall += time(span),
            _ => self.wall += time(Duration::from_millis(u64::from(choices.octet()) * 10)),
        }
    }

    /// To one of the instants at which something changes, or a nanosecond beside it.
    fn wait_for_an_edge(&mut self, choices: &mut Choices<'_>) {
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
        // Further away no clock goes.
        let wait = (edge - model.now()).clamp(0, SECOND << 40);
        let wait = Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX));
        self.monotonic = self.monotonic.saturating_add(wait).min(seconds(1 << 40));
        self.wall = (self.wall + time(wait)).min(SECOND << 41);
    }

    fn ask(&mut self, choices: &mut Choices<'_>) {
        let kid = pick_kid(choices);
        let asked = self.monotonic.saturating_sub(seconds(choices.pick(&[0, 0, 1, 10, 100])));
        let now = self.now();
        let at_hand = self.cache.current_keys().filter(|(keys, until)| {
            !until.has_passed(now) && kid.is_none_or(|kid| keys.knows_id(kid))
        });
        let at_hand = at_hand.map(|(keys, _)| Arc::clone(keys));
        self.advance();
        let expected = self.model.resolve(kid, time(asked));
        let resolution = self.cache.resolve(kid, asked, now);
        if let Some(at_hand) = at_hand {
            let is_same = matches!(
                &resolution,
                Resolution::Use { keys, fetch: None } if Arc::ptr_eq(keys, &at_hand)
            );
            assert!(is_same, "not what was at hand: {resolution:?}");
        }
        let by_token = self.model.held.is_some() && !self.model.is_known(kid);
        self.take_up(resolution, &expected, by_token);
    }

    fn reconsider(&mut self, choices: &mut Choices<'_>) {
        let kid = pick_kid(choices);
        let asked = self.monotonic.saturating_sub(seconds(choices.pick(&[0, 1, 100])));
        let error = choices.pick(&[Error::InvalidSignature, Error::Revoked]);
        self.advance();
        let held = self.cache.current_keys().map(|(keys, _)| Arc::clone(keys));
        let by_held = choices.pick(&[true, true, false]);
        let keys = held.filter(|_| by_held).unwrap_or_else(|| Arc::new(JwkSet::from_keys([])));
        let expected = match error {
            Error::InvalidSignature => self.model.reconsider(by_held, kid, time(asked)),
            _ => None,
        };
        let resolution = self.cache.reconsider(&error, &keys, kid, asked, self.now());
        match (resolution, expected) {
            (Some(resolution), Some(expected)) => self.take_up(resolution, &expected, true),
            (None, None) => {}
            (resolution, expected) => panic!("{resolution:?} instead of {expected:?}"),
        }
    }

    fn refresh_now(&mut self, choices: &mut Choices<'_>) {
        let asked = self.monotonic.saturating_sub(seconds(choices.pick(&[0, 1, 100])));
        self.advance();
        let expected = self.model.refresh_now(time(asked));
        let resolution = self.cache.refresh_now(asked, self.now());
        self.take_up(resolution, &expected, false);
    }

    fn take_up(&mut self, resolution: Resolution, expected: &Answer, by_token: bool) {
        let (answer, ticket) = match resolution {
            Resolution::Use { keys, fetch } => {
                self.is_newest(&keys);
                (if fetch.is_some() { Answer::UseAndFetch } else { Answer::Use }, fetch)
            }
            Resolution::Fetch(ticket) => (Answer::Fetch, Some(ticket)),
            Resolution::Wait { at_most } => (Answer::Wait(time(at_most)), None),
            Resolution::UnknownKey { retry_after } => (Answer::Unknown(time(retry_after)), None),
            Resolution::Unavailable { retry_after } => {
                (Answer::Unavailable(time(retry_after)), None)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(answer, *expected, "at {}", self.model.now());
        let Some(ticket) = ticket else { return };
        let held = self.model.held.as_ref();
        assert_eq!(ticket.if_none_match(), held.and_then(|held| held.entity_tag));
        assert_eq!(ticket.if_modified_since(), held.and_then(|held| held.last_modified));
        assert_eq!(time(ticket.timeout()), self.model.numbers.timeout);
        assert!(self.tickets.iter().all(|asked| asked.ticket != ticket), "a ticket twice");
        let started = self.model.now();
        if by_token {
            self.token_starts.push(started);
        }
        self.tickets.push(Asked { ticket, started, serial: held.map(|held| held.serial) });
    }

    fn is_newest(&self, keys: &JwkSet) {
        let held = self.model.held.as_ref().expect("keys come from somewhere");
        let names = keys.keys().iter().map(|key| key.id().expect("named"));
        let usable = SETS[held.set].iter().filter(|kid| !self.model.purged.contains(*kid));
        assert!(names.eq(usable.copied()), "another set than the newest");
    }

    fn purge(&mut self, choices: &mut Choices<'_>) {
        let kid = choices.pick(&["a", "b", "odd", "nobody"]);
        if choices.either() {
            self.cache.purge(kid);
            self.model.purged.insert(kid);
        } else {
            assert_eq!(self.cache.restore(kid), self.model.purged.remove(kid));
        }
        if let Some((keys, _)) = self.cache.current_keys() {
            self.is_newest(keys);
        }
    }

    fn latest_ticket(&self, choices: &mut Choices<'_>) -> Option<(usize, Asked)> {
        let back = choices.pick(&[0, 0, 0, 1, 2]);
        let number = self.tickets.len().checked_sub(back + 1)?;
        Some((number, self.tickets[number].clone()))
    }

    fn cancel(&mut self, choices: &mut Choices<'_>) {
        let Some((number, asked)) = self.latest_ticket(choices) else { return };
        self.advance();
        let outcome = self.cache.on_cancelled(&asked.ticket, self.now());
        if !self.end(number) {
            assert_eq!(outcome, FetchOutcome::Ignored);
        } else if self.model.abandoned {
            let failure = FetchFailure::NoAnswer;
            assert_eq!(outcome, FetchOutcome::Failed { failure: failure.clone() });
            self.model.fail(self.model.now(), failure);
        } else {
            assert_eq!(outcome, FetchOutcome::Abandoned);
            self.model.abandoned = true;
        }
    }

    /// Whether the fetch was under way, which it is no longer.
    fn end(&mut self, number: usize) -> bool {
        let was_under_way = self.model.fetch.take_if(|fetch| fetch.number == number).is_some();
        self.ends += usize::from(was_under_way);
        was_under_way
    }

    fn answer(&mut self, choices: &mut Choices<'_>) {
        let Some((number, asked)) = self.latest_ticket(choices) else { return };
        self.advance();
        if choices.below(4) == 3 {
            let outcome = self.cache.on_error(&asked.ticket, self.now());
            let was_under_way = self.end(number);
            self.expect_failure(&outcome, was_under_way, FetchFailure::NoAnswer);
            return;
        }
        let status = choices.pick(&[200, 200, 200, 304, 302, 404, 500, 0, 201]);
        let set = choices.below(SETS.len() + 3);
        let garbage = ["<html>", "", "{\"keys\":[],\"keys\":[]}"];
        let body = BODIES.get(set).map_or_else(|| garbage[set - SETS.len()], String::as_str);
        let (cache_control, age, said) = choices.pick(&FRESHNESS);
        let mut response = FetchResponse::new(status, body.as_bytes());
        response.is_conditional = choices.below(4) > 0;
        response.cache_control = cache_control;
        response.age = age;
        let entity_tag = choices.pick(&[None, Some("\"1\""), Some("W/\"2\"")]);
        let last_modified = choices.pick(&[None, Some("yesterday")]);
        (response.entity_tag, response.last_modified) = (entity_tag, last_modified);
        let outcome = self.cache.on_response(&asked.ticket, &response, self.now());
        let was_under_way = self.end(number);

        let ticket = &asked.ticket;
        let has_validators =
            ticket.if_none_match().is_some() || ticket.if_modified_since().is_some();
        let held = self.model.held.clone();
        let is_newer = held.as_ref().is_none_or(|held| {
            held.fetch.is_none_or(|fetch| number > fetch) && asked.started >= held.as_of
        });
        let confirms = status == 304 && response.is_conditional && has_validators;
        let is_held = held.as_ref().map(|held| held.serial) == asked.serial;
        let is_usable = SETS.get(set).is_some_and(|kids| !kids.is_empty());
        let renewed = match held {
            _ if !is_newer => None,
            Some(held) if confirms && is_held => Some((FetchOutcome::Unchanged, held)),
            _ if status == 200 && is_usable => Some((FetchOutcome::Replaced, self.set(set))),
            _ => None,
        };
        if let Some((expected, mut held)) = renewed {
            assert_eq!(outcome, expected);
            held.as_of = asked.started;
            held.fetch = Some(number);
            held.refresh_at = None;
            held.live(said, &self.model.numbers);
            held.entity_tag = entity_tag.or(held.entity_tag);
            held.last_modified = last_modified.or(held.last_modified);
            self.model.held = Some(held);
            self.model.succeed();
            return;
        }
        if !is_newer || confirms {
            assert_eq!(outcome, FetchOutcome::Ignored);
            return;
        }
        let failure = match (status, JwkSetParser::new(ring::PROVIDER).parse(body)) {
            (200, Err(error)) => FetchFailure::UnusableSet { error },
            (200, Ok(_)) => FetchFailure::NoUsableKeys,
            (status, _) => FetchFailure::UnexpectedStatus { status },
        };
        self.expect_failure(&outcome, was_under_way, failure);
    }

    fn expect_failure(
        &mut self,
        outcome: &FetchOutcome,
        was_under_way: bool,
        failure: FetchFailure,
    ) {
        if was_under_way {
            assert_eq!(*outcome, FetchOutcome::Failed { failure: failure.clone() });
            self.model.fail(self.model.now(), failure);
        } else {
            assert_eq!(*outcome, FetchOutcome::Ignored);
        }
    }

    fn set(&mut self, set: usize) -> Held {
        self.serials += 1;
        Held {
            set,
            serial: self.serials,
            as_of: 0,
            fetch: None,
            refresh_at: None,
            lifetime: 0,
            window: 0,
            stale: 0,
            entity_tag: None,
            last_modified: None,
        }
    }

    fn seed(&mut self, choices: &mut Choices<'_>) {
        let set = choices.below(SETS.len());
        let age = seconds(choices.pick(&[0, 60, 3600, 90_000, 1 << 40]));
        let body = &BODIES[set];
        let now = self.now();
        let outcome = match choices.below(3) {
            0 => self.cache.seed(body, age, now),
            1 => {
                assert!(self.cache.seed_intact(body, "00", age, now).is_err());
                return;
            }
            _ => {
                use sha2::Digest;
                let hash = sha2::Sha256::digest(body.as_bytes());
                let hash = hash.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
                self.cache.seed_intact(body, &hash, age, now)
            }
        };
        self.advance();
        assert_eq!(outcome.is_ok(), !SETS[set].is_empty());
        if outcome.is_ok() {
            self.take_over(set, time(age));
        }
    }

    /// What another replica exports.
    fn seed_from(&mut self, other: &Self) {
        let Some(exported) = other.cache.export(other.now()) else { return };
        let held = other.model.held.as_ref().expect("what is exported is held");
        let outcome =
            self.cache.seed_intact(exported.jwks, exported.sha256, exported.age, self.now());
        assert!(outcome.is_ok());
        self.advance();
        self.take_over(held.set, time(exported.age));
    }

    fn take_over(&mut self, set: usize, age: Time) {
        let now = self.model.now();
        let as_of = now - age;
        if self.model.held.as_ref().is_none_or(|held| as_of > held.as_of) {
            let mut held = self.set(set);
            held.as_of = as_of;
            held.refresh_at = Some(now);
            held.live(Said::default(), &self.model.numbers);
            self.model.held = Some(held);
            self.model.drop_old();
        }
    }

    fn compare(&self) {
        let health = self.cache.health(self.now());
        let model = &self.model;
        // What the clocks say now, which nobody has moved on to.
        let (age, exported) = (health.age.map(time), self.cache.export(self.now()));
        if let (Some(held), Some(exported)) = (&model.held, exported) {
            assert_eq!(exported.jwks, BODIES[held.set]);
            assert!(time(exported.age) >= model.now() - held.as_of, "younger than it was");
            assert!(age.is_none_or(|age| age == time(exported.age)));
        }
        assert_eq!(exported.is_some(), model.held.is_some());
        if let Some(age) = age {
            let held = model.held.as_ref().expect("what has an age is held");
            let usable = SETS[held.set].iter().filter(|kid| !model.purged.contains(*kid));
            assert_eq!(health.usable_keys, usable.count());
            assert_eq!(health.is_seed, held.fetch.is_none());
            assert_eq!(health.is_fresh, age < held.lifetime);
            assert!(age < held.lifetime + held.stale);
        } else {
            assert_eq!((health.usable_keys, health.is_fresh), (0, false));
        }
        assert_eq!(health.failures, model.failures);
        assert_eq!(health.last_failure, model.last_failure);
        assert!(!health.is_fetching || model.fetch.is_some());
        assert!(health.purged.iter().map(String::as_str).eq(model.purged.iter().copied()));
        let counts = health.fetches;
        let by_token = counts.unknown_key + counts.refused_token;
        assert_eq!(usize::try_from(by_token), Ok(self.token_starts.len()));
        let all = by_token + counts.due + counts.requested;
        assert_eq!(usize::try_from(all), Ok(self.tickets.len()));
    }

    /// Tokens cause one fetch in half a window, and between two fetches one has ended.
    fn bound_fetches(&self) {
        for two in self.token_starts.windows(2) {
            assert!(two[1] - two[0] >= self.model.numbers.gap, "two fetches in half a window");
        }
        let ends = self.ends + self.model.overdue;
        assert!(self.tickets.len() <= ends + 1, "two fetches at once");
    }
}

fn pick_kid(choices: &mut Choices<'_>) -> Option<&'static str> {
    choices.pick(&[Some("a"), Some("b"), Some("c"), Some("odd"), Some("nobody"), None])
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

/// Cache-Control, Age, and what they mean.
const FRESHNESS: [(Option<&str>, Option<&str>, Said); 14] = [
    (None, None, said(None, None, None)),
    (Some("max-age=300"), None, said(Some(300), None, None)),
    (Some("max-age=300"), Some("100"), said(Some(200), None, None)),
    (Some("max-age=300"), Some("400"), said(Some(0), None, None)),
    (Some("public, Max-Age=\"86401\""), None, said(Some(86_401), None, None)),
    (Some("no-store"), None, said(Some(0), Some(0), Some(0))),
    (Some("max-age=99999999999999999999999"), None, said(Some(u64::MAX), None, None)),
    (Some("max-age=300, no-cache"), None, said(Some(0), Some(0), Some(0))),
    (Some("must-revalidate"), Some("5"), said(None, Some(0), Some(0))),
    (Some("max-age=-1"), None, said(Some(0), None, None)),
    (Some("max-age=300, stale-if-error=60"), None, said(Some(300), None, Some(60))),
    (Some("stale-while-revalidate=30"), None, said(None, Some(30), None)),
    (Some("stale-while-revalidate=30, must-revalidate"), None, said(None, Some(0), Some(0))),
    (Some("stale-if-error=60, stale-if-error=7"), None, said(None, None, Some(7))),
];

const fn said(lifetime: Option<u64>, window: Option<u64>, stale: Option<u64>) -> Said {
    Said { lifetime, window, stale }
}
