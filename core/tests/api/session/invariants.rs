//! Compares a session with a model, under random sequences of requests, refusals, answers, late
//! answers, failures, sign-ins and clock jumps.

use std::time::Duration;

use proptest::prelude::*;
use verijot::session::{
    AfterUnauthorized, Attempt, Decision, Generation, RefreshFailure, RefreshOutcome,
    RefreshTicket, Session, Storage, Tokens,
};

use super::{HOUR, MINUTE, SECOND, resolve, session, signed_in, ticket, unauthorized, used};

/// What can happen to a session.
#[derive(Clone, Debug)]
enum Event {
    Wait(u64),
    ClockBack(u64),
    Ask(bool),
    /// A 401 for one of the latest attempts.
    Unauthorized(usize, bool),
    /// An answer to one of the latest tickets, possibly late.
    Answer(usize, Answer),
    /// An answer to another session's ticket.
    Foreign(Answer),
    SignIn(Option<u64>, bool),
    SignOut,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Tokens(Option<u64>),
    Silence,
    Trouble,
    Refused,
}

fn life() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(0)),
        2 => (1..2_000_u64).prop_map(Some),
        2 => (1..300_000_u64).prop_map(Some),
        4 => (300_000..7_200_000_u64).prop_map(Some),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        5 => life().prop_map(Answer::Tokens),
        2 => Just(Answer::Silence),
        2 => Just(Answer::Trouble),
        1 => Just(Answer::Refused),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        5 => prop_oneof![0..100_u64, 0..3_000_u64, 0..60_000_u64, 0..4_000_000_u64].prop_map(Event::Wait),
        1 => (0..100_000_u64).prop_map(Event::ClockBack),
        6 => prop::bool::weighted(0.8).prop_map(Event::Ask),
        5 => (0..4_usize, prop::bool::weighted(0.8)).prop_map(|(back, can)| Event::Unauthorized(back, can)),
        6 => (0..3_usize, answer()).prop_map(|(back, answer)| Event::Answer(back, answer)),
        1 => answer().prop_map(Event::Foreign),
        1 => (life(), prop::bool::weighted(0.8)).prop_map(|(life, can)| Event::SignIn(life, can)),
        1 => Just(Event::SignOut),
    ];
    prop::collection::vec(event, 1..200)
}

/// The tokens of the model.
#[derive(Clone, Copy, Debug)]
struct Known {
    generation: Generation,
    expires_at: Option<Duration>,
    refreshable: bool,
}

impl Known {
    fn is_valid(&self, now: Duration) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// A session and its model.
struct Observed {
    session: Session,
    other: Session,
    clock: Duration,
    latest: Duration,
    known: Option<Known>,
    attempts: Vec<Attempt>,
    tickets: Vec<(RefreshTicket, Duration)>,
    /// The ticket that counts, if one does.
    live: Option<usize>,
    /// When the last refresh started since the last sign-in, and when the last one that succeeded
    /// ended.
    last_start: Option<Duration>,
    renewed_at: Option<Duration>,
}

impl Observed {
    fn new() -> Self {
        let mut observed = Self {
            session: session(),
            other: signed_in(SECOND, Duration::ZERO),
            clock: MINUTE,
            latest: Duration::ZERO,
            known: None,
            attempts: Vec::new(),
            tickets: Vec::new(),
            live: None,
            last_start: None,
            renewed_at: None,
        };
        observed.sign_in(Some(3_600_000), true);
        observed
    }

    fn play(&mut self, event: &Event) {
        match event {
            Event::Wait(milliseconds) => self.clock += Duration::from_millis(*milliseconds),
            Event::ClockBack(milliseconds) => {
                self.clock = self.clock.saturating_sub(Duration::from_millis(*milliseconds));
            }
            Event::Ask(can_store) => self.ask(storage(*can_store)),
            Event::Unauthorized(back, can_store) => {
                if let Some(attempt) = self.attempts.iter().rev().nth(*back).cloned() {
                    self.refuse(&attempt, storage(*can_store));
                }
            }
            Event::Answer(back, answer) => {
                let seen = self.tickets.len();
                if let Some(index) = seen.checked_sub(back + 1) {
                    self.answer(index, *answer);
                }
            }
            Event::Foreign(answer) => self.foreign(*answer),
            Event::SignIn(life, refreshable) => self.sign_in(*life, *refreshable),
            Event::SignOut => {
                self.session.sign_out();
                self.known = None;
                self.live = None;
            }
        }
    }

    /// The session's time, which never goes back. A refresh that timed out no longer counts.
    fn now(&mut self) -> Duration {
        self.latest = self.latest.max(self.clock);
        let late = |index: usize| self.latest >= self.tickets[index].1 + 30 * SECOND;
        self.live = self.live.filter(|index| !late(*index));
        self.latest
    }

    fn ask(&mut self, storage: Storage) {
        let now = self.now();
        let decision = self.session.resolve(storage, self.clock);
        let Some(known) = self.known else {
            assert!(matches!(decision, Decision::SignInNeeded), "{decision:?}");
            return;
        };
        if known.is_valid(now) {
            let (attempt, refresh) = used(decision);
            assert_eq!((attempt.generation(), attempt.is_retry()), (known.generation, false));
            self.attempts.push(attempt);
            if let Some(ticket) = refresh {
                assert!(known.expires_at.is_some(), "an unknown life is never nearly over");
                self.started(ticket, storage, now);
            }
            return;
        }
        match decision {
            Decision::Refresh(ticket) => self.started(ticket, storage, now),
            Decision::Wait { at_most } => self.waits(at_most),
            Decision::StorageNeeded => assert_eq!(storage, Storage::ReadOnly),
            Decision::Unavailable { retry_after } => self.rests(retry_after),
            Decision::SignInNeeded => assert!(!known.refreshable),
            other => panic!("{other:?} without a valid token"),
        }
    }

    fn refuse(&mut self, attempt: &Attempt, storage: Storage) {
        let now = self.now();
        let after = self.session.on_unauthorized(attempt, storage, self.clock);
        let Some(known) = self.known else {
            assert!(matches!(after, AfterUnauthorized::SignInNeeded), "{after:?}");
            return;
        };
        if attempt.is_retry() {
            assert!(matches!(after, AfterUnauthorized::GiveUp), "no third sending: {after:?}");
            return;
        }
        match after {
            AfterUnauthorized::Retry(second) => {
                assert!(second.is_retry() && second.generation() > attempt.generation());
                assert!(second.generation() == known.generation && known.is_valid(now));
                self.attempts.push(second);
            }
            AfterUnauthorized::Refresh(ticket) => {
                if known.is_valid(now) {
                    assert_eq!(attempt.generation(), known.generation);
                    let renewed = self.renewed_at.is_some_and(|at| now < at + 30 * SECOND);
                    assert!(!renewed, "new tokens are not refreshed for a refusal");
                }
                self.started(ticket, storage, now);
            }
            AfterUnauthorized::Wait { at_most } => self.waits(at_most),
            AfterUnauthorized::GiveUp => {
                let renewed = self.renewed_at.is_some_and(|at| now < at + 30 * SECOND);
                assert!(known.is_valid(now) && (renewed || !known.refreshable));
            }
            AfterUnauthorized::StorageNeeded => assert_eq!(storage, Storage::ReadOnly),
            AfterUnauthorized::Unavailable { retry_after } => self.rests(retry_after),
            AfterUnauthorized::SignInNeeded => {
                assert!(!known.refreshable && !known.is_valid(now));
            }
            other => panic!("{other:?}"),
        }
    }

    fn waits(&self, at_most: Duration) {
        assert!(self.live.is_some() && at_most > Duration::ZERO && at_most <= 30 * SECOND);
    }

    fn rests(&self, retry_after: Duration) {
        assert!(self.live.is_none() && retry_after > Duration::ZERO && retry_after <= MINUTE);
    }

    fn started(&mut self, ticket: RefreshTicket, storage: Storage, now: Duration) {
        assert_eq!(storage, Storage::Writable, "the answer would be lost");
        assert_eq!(self.live, None, "two refreshes at once");
        let known = self.known.unwrap();
        assert!(known.refreshable && ticket.generation() == known.generation);
        assert!(self.last_start.is_none_or(|last| now >= last + SECOND), "no distance");
        self.last_start = Some(now);
        self.live = Some(self.tickets.len());
        self.tickets.push((ticket, now));
    }

    fn answer(&mut self, index: usize, answer: Answer) {
        let now = self.now();
        // Advances the clock, so that only the answer can change something after this.
        let _ = self.session.resolve(Storage::ReadOnly, self.clock);
        let before = format!("{:?}", self.session);
        let (ticket, start) = self.tickets[index].clone();
        let outcome = give(&mut self.session, &ticket, answer, self.clock);
        // A late answer counts as long as the tokens that it replaces are current.
        let renews = matches!(answer, Answer::Tokens(_))
            && self.known.is_some_and(|known| known.generation == ticket.generation());
        if self.live != Some(index) && !renews {
            assert_eq!(outcome, RefreshOutcome::Ignored);
            assert_eq!(format!("{:?}", self.session), before);
            return;
        }
        self.live = None;
        match (answer, outcome) {
            (Answer::Tokens(life), RefreshOutcome::Replaced { generation }) => {
                let before = self.known.unwrap();
                assert!(generation > before.generation);
                let expires_at = life.map(|life| start + Duration::from_millis(life));
                self.known = Some(Known { generation, expires_at, refreshable: true });
                self.renewed_at = Some(now);
            }
            (Answer::Silence | Answer::Trouble, RefreshOutcome::Failed) => {}
            (Answer::Refused, RefreshOutcome::SignedOut) => self.known = None,
            (answer, outcome) => panic!("{outcome:?} of {answer:?}"),
        }
    }

    fn foreign(&mut self, answer: Answer) {
        let _ = self.session.resolve(Storage::ReadOnly, self.clock);
        self.now();
        let before = format!("{:?}", self.session);
        self.other.sign_in(Tokens::new(Some(Duration::ZERO)), self.clock);
        let ticket = ticket(self.other.resolve(Storage::Writable, self.clock));
        let outcome = give(&mut self.session, &ticket, answer, self.clock);
        assert_eq!(outcome, RefreshOutcome::Ignored);
        assert_eq!(format!("{:?}", self.session), before);
    }

    fn sign_in(&mut self, life: Option<u64>, refreshable: bool) {
        let now = self.now();
        let life = life.map(Duration::from_millis);
        let tokens = Tokens::new(life);
        let tokens = if refreshable { tokens } else { tokens.without_refresh_token() };
        let generation = self.session.sign_in(tokens, self.clock);
        let expires_at = life.map(|life| now + life);
        self.known = Some(Known { generation, expires_at, refreshable });
        self.live = None;
        self.last_start = None;
        self.renewed_at = None;
    }
}

fn storage(can_store: bool) -> Storage {
    if can_store { Storage::Writable } else { Storage::ReadOnly }
}

fn give(
    session: &mut Session,
    ticket: &RefreshTicket,
    answer: Answer,
    now: Duration,
) -> RefreshOutcome {
    let failure = match answer {
        Answer::Tokens(life) => {
            let life = life.map(Duration::from_millis);
            return session.on_refreshed(ticket, Tokens::new(life), now);
        }
        Answer::Silence => RefreshFailure::NoAnswer,
        Answer::Trouble => RefreshFailure::of_response(503, b""),
        Answer::Refused => RefreshFailure::of_response(400, br#"{"error":"invalid_grant"}"#),
    };
    session.on_failure(ticket, failure, now)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn whatever_happens_the_invariants_hold(events in events()) {
        let mut observed = Observed::new();
        for event in &events {
            observed.play(event);
        }
        // From any state, a healthy token endpoint is used again within a hundred seconds: a
        // refresh that never ends, and the maximum wait.
        let start = observed.now();
        let mut now = start;
        loop {
            match resolve(&mut observed.session, now) {
                Decision::Use { .. } => break,
                Decision::Refresh(ticket) => {
                    observed.session.on_refreshed(&ticket, Tokens::new(Some(HOUR)), now);
                }
                Decision::SignInNeeded => {
                    prop_assert!(observed.known.is_none_or(|known| !known.refreshable));
                    break;
                }
                _ => now += Duration::from_millis(500),
            }
            prop_assert!(now < start + 100 * SECOND, "not back after {:?}", now - start);
        }
    }

    #[test]
    fn no_number_of_refusals_causes_more_than_their_share_of_refreshes(
        steps in prop::collection::vec((0..2_000_u64, prop::bool::ANY), 100..1000),
    ) {
        let mut session = signed_in(100 * HOUR, Duration::ZERO);
        let (mut now, mut starts) = (MINUTE, Vec::new());
        for (milliseconds, succeeds) in steps {
            now += Duration::from_millis(milliseconds);
            let (attempt, _) = used(resolve(&mut session, now));
            if let AfterUnauthorized::Refresh(ticket) = unauthorized(&mut session, &attempt, now) {
                let answer = if succeeds { Answer::Tokens(None) } else { Answer::Silence };
                give(&mut session, &ticket, answer, now);
                starts.push(now);
            }
        }
        for (index, start) in starts.iter().enumerate() {
            let in_window = starts[index..].iter().filter(|other| **other < *start + 30 * SECOND);
            // Failures with 1, 2, 4 and 8 seconds in between, and one success.
            prop_assert!(in_window.count() <= 6);
        }
    }
}
