//! Compares the cache with a model, under random sequences of tokens, answers, failures, late
//! answers and clock jumps.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use verijot::issuer::{FetchOutcome, FetchResponse, JwksCache, Resolution, Ticket};
use verijot::{Error, JwkSet};

use super::{HOUR, MINUTE, SECOND, ask, cache, set};

/// What can happen to a cache.
#[derive(Clone, Debug)]
enum Event {
    Wait(u64),
    ClockBack(u64),
    Ask(usize),
    /// A token of this kid was refused.
    Reconsider(usize),
    RefreshNow,
    /// A seed of this age in seconds.
    Seed(usize, u64),
    Purge(usize),
    Restore(usize),
    Cancel(usize),
    /// An answer to one of the latest tickets, possibly late.
    Answer(usize, Answer),
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Set(usize),
    NotModified,
    Empty,
    Garbage,
    Redirect,
    Silence,
}

const KIDS: [&str; 4] = ["a", "b", "c", "nobody"];
const SETS: [&[&str]; 3] = [&["a"], &["a", "b"], &["b", "c"]];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let answer = prop_oneof![
        4 => (0..SETS.len()).prop_map(Answer::Set),
        1 => Just(Answer::NotModified),
        1 => Just(Answer::Empty),
        1 => Just(Answer::Garbage),
        1 => Just(Answer::Redirect),
        2 => Just(Answer::Silence),
    ];
    let event = prop_oneof![
        4 => prop_oneof![0..100_u64, 0..10_000_u64, 0..700_000_u64, 0..90_000_000_u64].prop_map(Event::Wait),
        1 => (0..100_000_u64).prop_map(Event::ClockBack),
        6 => (0..KIDS.len()).prop_map(Event::Ask),
        1 => (0..KIDS.len()).prop_map(Event::Reconsider),
        1 => Just(Event::RefreshNow),
        1 => (0..SETS.len(), prop_oneof![0..700_u64, 0..90_000_u64]).prop_map(|(set, age)| Event::Seed(set, age)),
        1 => (0..KIDS.len()).prop_map(Event::Purge),
        1 => (0..KIDS.len()).prop_map(Event::Restore),
        1 => (0..3_usize).prop_map(Event::Cancel),
        4 => (0..3_usize, answer).prop_map(|(back, answer)| Event::Answer(back, answer)),
    ];
    prop::collection::vec(event, 1..200)
}

/// A cache and its model.
struct Observed {
    cache: JwksCache,
    clock: Duration,
    latest: Duration,
    tickets: Vec<(Ticket, Duration)>,
    held: Option<Known>,
    purged: BTreeSet<&'static str>,
    /// When the fetch started whose end was not reported.
    under_way: Option<Duration>,
    /// A fetch was cancelled, or its end was not reported, since the last one that succeeded or
    /// failed.
    may_wait: bool,
}

/// The last accepted set.
#[derive(Clone)]
struct Known {
    kids: BTreeSet<&'static str>,
    /// The start of its fetch, later by a seed's age.
    since: Duration,
    age: Duration,
    is_seed: bool,
}

impl Known {
    fn age(&self, now: Duration) -> Duration {
        self.age + now.saturating_sub(self.since)
    }
}

impl Observed {
    fn new() -> Self {
        Self {
            cache: cache(),
            clock: MINUTE,
            latest: Duration::ZERO,
            tickets: Vec::new(),
            held: None,
            purged: BTreeSet::new(),
            under_way: None,
            may_wait: false,
        }
    }

    fn play(&mut self, event: &Event) {
        match event {
            Event::Wait(milliseconds) => self.clock += Duration::from_millis(*milliseconds),
            Event::ClockBack(milliseconds) => {
                self.clock = self.clock.saturating_sub(Duration::from_millis(*milliseconds));
            }
            Event::Ask(kid) => self.ask(KIDS[*kid]),
            Event::Reconsider(kid) => self.reconsider(KIDS[*kid]),
            Event::RefreshNow => {
                let now = self.seen();
                let resolution = self.cache.refresh_now(self.clock, self.clock);
                self.take_up(resolution, now, None);
            }
            Event::Seed(set, age) => self.seed(*set, Duration::from_secs(*age)),
            Event::Purge(kid) => {
                self.cache.purge(KIDS[*kid]);
                self.purged.insert(KIDS[*kid]);
            }
            Event::Restore(kid) => {
                assert_eq!(self.cache.restore(KIDS[*kid]), self.purged.remove(KIDS[*kid]));
            }
            Event::Cancel(back) => {
                if let Some((ticket, _)) = self.tickets.iter().rev().nth(*back).cloned() {
                    self.seen();
                    let outcome = self.cache.on_cancelled(&ticket, self.clock);
                    assert!(!matches!(outcome, FetchOutcome::Replaced | FetchOutcome::Unchanged));
                    self.end(&ticket);
                    match outcome {
                        FetchOutcome::Abandoned => self.may_wait = true,
                        FetchOutcome::Failed { .. } => self.may_wait = false,
                        _ => {}
                    }
                }
            }
            Event::Answer(back, answer) => {
                if let Some(ticket) = self.tickets.iter().rev().nth(*back).cloned() {
                    self.answer(&ticket, *answer);
                }
            }
        }
    }

    fn ask(&mut self, kid: &'static str) {
        let now = self.seen();
        let resolution = ask(&mut self.cache, kid, self.clock);
        if let Some(held) = self.held.clone() {
            let age = held.age(now);
            if held.kids.contains(kid) {
                if age < 8 * MINUTE && !held.is_seed {
                    assert!(matches!(resolution, Resolution::Use { fetch: None, .. }));
                } else if age < 20 * MINUTE && !self.may_wait {
                    assert!(matches!(resolution, Resolution::Use { .. }), "{resolution:?}");
                }
            }
            if let Resolution::Use { .. } = resolution {
                assert!(age < 24 * HOUR + 10 * MINUTE, "used for longer than it may be");
                let failures = self.cache.health(self.clock).failures;
                assert!(age < 20 * MINUTE || failures > 0, "the issuer was not even asked");
            }
        }
        self.take_up(resolution, now, Some(kid));
    }

    fn reconsider(&mut self, kid: &'static str) {
        let now = self.seen();
        let error = Error::InvalidSignature;
        let young = self.held.as_ref().is_none_or(|held| held.age(now) < MINUTE);
        let held = self.cache.current_keys().map(|(keys, _)| Arc::clone(keys));
        let held = held.unwrap_or_else(|| Arc::new(JwkSet::from_keys([])));
        let resolution = self.cache.reconsider(&error, &held, Some(kid), self.clock, self.clock);
        if let Some(resolution) = resolution {
            assert!(!young && !self.purged.contains(kid), "not to be reconsidered");
            assert!(matches!(resolution, Resolution::Fetch(_) | Resolution::Wait { .. }));
            self.take_up(resolution, now, None);
        }
    }

    fn take_up(&mut self, resolution: Resolution, now: Duration, kid: Option<&'static str>) {
        match resolution {
            Resolution::Use { keys, fetch } => {
                let known = self.held.as_ref().unwrap();
                let held = keys.keys().iter().map(|key| key.id().unwrap()).collect::<BTreeSet<_>>();
                let expected = known.kids.difference(&self.purged).copied().collect();
                assert_eq!(held, expected, "no other set than the one accepted last");
                assert!(
                    kid.is_none_or(|kid| known.kids.contains(kid) || self.purged.contains(kid))
                );
                let (shown, exported) = (self.cache.health(now), self.cache.export(now));
                assert_eq!(shown.sha256.as_deref(), exported.map(|set| set.sha256));
                assert_eq!(shown.age, exported.map(|set| set.age));
                assert_eq!(shown.age, Some(known.age(now)));
                if let Some(ticket) = fetch {
                    self.started(ticket, now);
                }
            }
            Resolution::Fetch(ticket) => self.started(ticket, now),
            Resolution::Wait { at_most } => {
                assert!(at_most > Duration::ZERO && at_most <= 5 * SECOND);
            }
            Resolution::UnknownKey { retry_after } => assert!(retry_after <= 15 * SECOND),
            Resolution::Unavailable { retry_after } => {
                assert!(retry_after > Duration::ZERO && retry_after <= MINUTE);
            }
            _ => unreachable!(),
        }
    }

    fn seed(&mut self, set: usize, age: Duration) {
        let now = self.seen();
        // Advances the clock, so that keys that are too old are dropped.
        let held = self.cache.resolve(None, self.clock, self.clock);
        self.take_up(held, now, None);
        let is_newer = self.cache.health(self.clock).age.is_none_or(|held| held > age);
        self.cache.seed(&self::set(SETS[set]), age, self.clock).unwrap();
        if is_newer {
            let kids = SETS[set].iter().copied().collect();
            self.held = Some(Known { kids, since: now, age, is_seed: true });
        }
    }

    /// The newest fetch is over.
    fn end(&mut self, ticket: &Ticket) {
        if self.tickets.last().is_some_and(|(newest, _)| newest == ticket) {
            self.under_way = None;
        }
    }

    /// The cache's time, which never goes back.
    fn seen(&mut self) -> Duration {
        self.latest = self.latest.max(self.clock);
        // The cache notices at its next call how long ago a fetch should have ended.
        if let Some(start) = self.under_way.take_if(|start| self.latest >= *start + 5 * SECOND) {
            self.may_wait = self.latest >= start + 10 * SECOND && !self.may_wait;
        }
        self.latest
    }

    fn started(&mut self, ticket: Ticket, now: Duration) {
        assert!(self.tickets.iter().all(|(other, _)| *other != ticket));
        self.tickets.push((ticket, now));
        self.under_way = Some(now);
    }

    fn answer(&mut self, (ticket, start): &(Ticket, Duration), answer: Answer) {
        self.seen();
        let body = match answer {
            Answer::Set(index) => set(SETS[index]),
            Answer::Empty => set(&[]),
            _ => String::from("<html>"),
        };
        let mut response = FetchResponse::new(200, body.as_bytes());
        response.entity_tag = Some("\"x\"");
        response.is_conditional = ticket.if_none_match().is_some();
        let outcome = match answer {
            Answer::Silence => self.cache.on_error(ticket, self.clock),
            Answer::NotModified => {
                response.status = 304;
                self.cache.on_response(ticket, &response, self.clock)
            }
            Answer::Redirect => {
                response.status = 302;
                self.cache.on_response(ticket, &response, self.clock)
            }
            _ => self.cache.on_response(ticket, &response, self.clock),
        };
        self.end(ticket);
        match (outcome, answer) {
            (FetchOutcome::Replaced, Answer::Set(index)) => {
                let kids = SETS[index].iter().copied().collect();
                self.held =
                    Some(Known { kids, since: *start, age: Duration::ZERO, is_seed: false });
                self.may_wait = false;
            }
            (FetchOutcome::Unchanged, Answer::NotModified) => {
                let held = self.held.as_mut().unwrap();
                assert!(*start + held.age >= held.since, "an older answer renews nothing");
                (held.since, held.age, held.is_seed) = (*start, Duration::ZERO, false);
                self.may_wait = false;
            }
            (FetchOutcome::Failed { .. }, Answer::Set(_)) => panic!("a good set was refused"),
            (FetchOutcome::Failed { .. }, _) => self.may_wait = false,
            (FetchOutcome::Ignored, Answer::Set(_)) => {
                let held = self.held.as_ref().unwrap();
                assert!(*start + held.age <= held.since, "a newer answer was thrown away");
            }
            (FetchOutcome::Ignored, _) => {}
            (outcome, answer) => panic!("{outcome:?} of {answer:?}"),
        }
    }

    /// Three by tokens, one when the keys are due, six while failures double the rest (1, 2, 4, 8
    /// and 16 seconds in between), six that were lost or cancelled, and one a second on request.
    fn assert_few_fetches(&self) {
        let counts = self.cache.health(self.clock).fetches;
        let all = counts.due + counts.unknown_key + counts.refused_token + counts.requested;
        assert_eq!(usize::try_from(all).unwrap(), self.tickets.len());
        for (index, (_, start)) in self.tickets.iter().enumerate() {
            let window = self.tickets[index..].iter();
            let count = window.take_while(|(_, other)| *other < *start + 30 * SECOND).count();
            assert!(count <= 40, "{count} fetches in 30 seconds");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn whatever_happens_the_invariants_hold(events in events()) {
        let mut observed = Observed::new();
        for event in &events {
            observed.play(event);
        }
        observed.assert_few_fetches();
        // From any state, a healthy issuer is used again within seventy seconds.
        observed.cache.restore("c");
        let start = observed.latest;
        let mut now = start;
        loop {
            match ask(&mut observed.cache, "c", now) {
                Resolution::Use { .. } => break,
                Resolution::Fetch(ticket) => {
                    let body = set(SETS[2]);
                    let response = FetchResponse::new(200, body.as_bytes());
                    observed.cache.on_response(&ticket, &response, now);
                }
                _ => now += Duration::from_millis(500),
            }
            prop_assert!(now < start + Duration::from_secs(70), "not back after {:?}", now - start);
        }
    }
}
