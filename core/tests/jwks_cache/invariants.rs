//! The cache under any sequence of tokens, answers, failures, late answers and clock jumps, beside
//! what can be known of it from outside.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use verijot::{FetchOutcome, FetchResponse, JwksCache, Resolution, Ticket};

use super::{HOUR, MINUTE, ask, cache, set};

/// What can happen to a cache.
#[derive(Clone, Debug)]
enum Event {
    Wait(u64),
    ClockBack(u64),
    Ask(usize),
    /// An answer to one of the latest tickets, late ones among them.
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
        4 => (0..3_usize, answer).prop_map(|(back, answer)| Event::Answer(back, answer)),
    ];
    prop::collection::vec(event, 1..200)
}

/// A cache beside what is known of it from outside.
struct Observed {
    cache: JwksCache,
    clock: Duration,
    latest: Duration,
    tickets: Vec<Ticket>,
    starts: Vec<Duration>,
    /// The kids of the set that was accepted last, and until when it must serve at least.
    held: Option<(BTreeSet<&'static str>, Duration)>,
}

impl Observed {
    fn new() -> Self {
        Self {
            cache: cache(),
            clock: MINUTE,
            latest: Duration::ZERO,
            tickets: Vec::new(),
            starts: Vec::new(),
            held: None,
        }
    }

    fn play(&mut self, event: &Event) {
        match event {
            Event::Wait(milliseconds) => self.clock += Duration::from_millis(*milliseconds),
            Event::ClockBack(milliseconds) => {
                self.clock = self.clock.saturating_sub(Duration::from_millis(*milliseconds));
            }
            Event::Ask(kid) => self.ask(KIDS[*kid]),
            Event::Answer(back, answer) => {
                if let Some(ticket) = self.tickets.iter().rev().nth(*back).cloned() {
                    self.answer(&ticket, *answer);
                }
            }
        }
    }

    fn ask(&mut self, kid: &'static str) {
        let resolution = ask(&mut self.cache, kid, self.clock);
        let now = self.seen();
        if let Some((kids, serves_until)) = &self.held {
            if kids.contains(kid) && now < *serves_until {
                assert!(matches!(resolution, Resolution::Use { .. }), "{kid}: {resolution:?}");
            }
        }
        match resolution {
            Resolution::Use { keys, fetch } => {
                let (kids, _) = self.held.as_ref().unwrap();
                let held = keys.keys().iter().map(|key| key.id().unwrap()).collect::<BTreeSet<_>>();
                assert_eq!(held, *kids, "no other set than the one accepted last");
                assert!(kids.contains(kid));
                let (shown, exported) = (self.cache.health(now), self.cache.export(now));
                assert_eq!(shown.sha256.as_deref(), exported.map(|set| set.sha256));
                assert_eq!(shown.age, exported.map(|set| set.age));
                if let Some(ticket) = fetch {
                    self.started(ticket, now);
                }
            }
            Resolution::Fetch(ticket) => self.started(ticket, now),
            Resolution::Wait { until } => {
                assert!(until > now && until <= now + Duration::from_secs(5));
            }
            Resolution::UnknownKey { retry_after } => {
                assert!(retry_after <= Duration::from_secs(30));
            }
            Resolution::Unavailable { retry_after } => {
                assert!(retry_after > Duration::ZERO && retry_after <= MINUTE);
            }
            _ => unreachable!(),
        }
    }

    /// The time as the cache has it, which never goes back.
    fn seen(&mut self) -> Duration {
        self.latest = self.latest.max(self.clock);
        self.latest
    }

    fn started(&mut self, ticket: Ticket, now: Duration) {
        assert!(!self.tickets.contains(&ticket));
        self.tickets.push(ticket);
        self.starts.push(now);
    }

    fn answer(&mut self, ticket: &Ticket, answer: Answer) {
        let before = format!("{:?}", self.cache);
        let body = match answer {
            Answer::Set(index) => set(SETS[index]),
            Answer::Empty => set(&[]),
            _ => String::from("<html>"),
        };
        let mut response = FetchResponse::new(200, body.as_bytes());
        response.entity_tag = Some("\"x\"");
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
        let late = self.clock < self.latest;
        let now = self.seen();
        let serves_until = now + 24 * HOUR;
        match (outcome, answer) {
            (FetchOutcome::Replaced, Answer::Set(index)) => {
                self.held = Some((SETS[index].iter().copied().collect(), serves_until));
            }
            (FetchOutcome::Unchanged, Answer::NotModified) => {
                self.held.as_mut().unwrap().1 = serves_until;
                assert!(self.cache.health(now).is_fresh);
            }
            (FetchOutcome::Failed { .. }, Answer::Set(_)) => panic!("a good set was refused"),
            (FetchOutcome::Failed { .. }, _) => {}
            (FetchOutcome::Ignored, _) => {
                if late {
                    assert_eq!(before, format!("{:?}", self.cache));
                }
            }
            (outcome, answer) => panic!("{outcome:?} of {answer:?}"),
        }
    }

    /// Two by unknown kids, one when the keys are due, and six while failures double the rest
    /// (1, 2, 4, 8 and 16 seconds in between).
    fn assert_few_fetches(&self) {
        for (index, start) in self.starts.iter().enumerate() {
            let window = self.starts[index..].iter();
            let count =
                window.take_while(|other| **other < *start + Duration::from_secs(30)).count();
            assert!(count <= 9, "{count} fetches in 30 seconds");
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
        // And from wherever that led, a healthy issuer is back in use within seventy seconds.
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
