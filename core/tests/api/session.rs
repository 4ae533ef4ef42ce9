//! A client's session: the usual course of events, and any other.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unreachable
)]

mod invariants;
mod token_response;

use std::time::Duration;

use verijot::UnixTime;
use verijot::issuer::Now;
use verijot::session::{
    AfterUnauthorized, Attempt, Decision, RefreshFailure, RefreshOutcome, RefreshSettings,
    RefreshTicket, Session, Storage, Tokens,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn session() -> Session {
    Session::new(RefreshSettings::default())
}

fn signed_in(life: Duration, now: Duration) -> Session {
    let mut session = session();
    session.sign_in(Tokens::new(Some(life)), now);
    session
}

fn resolve(session: &mut Session, now: Duration) -> Decision {
    session.resolve(Storage::Writable, now)
}

fn unauthorized(session: &mut Session, attempt: &Attempt, now: Duration) -> AfterUnauthorized {
    session.on_unauthorized(attempt, Storage::Writable, now)
}

fn used(decision: Decision) -> (Attempt, Option<RefreshTicket>) {
    match decision {
        Decision::Use { attempt, refresh } => (attempt, refresh),
        other => panic!("no token: {other:?}"),
    }
}

fn ticket(decision: Decision) -> RefreshTicket {
    match decision {
        Decision::Refresh(ticket) | Decision::Use { refresh: Some(ticket), .. } => ticket,
        other => panic!("no refresh: {other:?}"),
    }
}

fn started(after: AfterUnauthorized) -> RefreshTicket {
    match after {
        AfterUnauthorized::Refresh(ticket) => ticket,
        other => panic!("no refresh: {other:?}"),
    }
}

#[test]
fn a_token_is_refreshed_a_minute_before_its_end_and_not_before_four_fifths_of_its_life() {
    for (life, due) in [
        (HOUR, HOUR - MINUTE),
        (300 * SECOND, 240 * SECOND),
        (100 * SECOND, 80 * SECOND),
        (60 * SECOND, 48 * SECOND),
        (SECOND, 800 * SECOND / 1000),
    ] {
        let mut session = signed_in(life, MINUTE);
        let before = used(resolve(&mut session, MINUTE + due - Duration::from_nanos(1)));
        assert!(before.1.is_none(), "{life:?}");
        assert!(used(resolve(&mut session, MINUTE + due)).1.is_some(), "{life:?}");
    }
    // From storage: the age counts.
    let mut session = session();
    session.sign_in(Tokens::new(Some(HOUR)).age(50 * MINUTE), MINUTE);
    assert_eq!(session.health(MINUTE).expires_in, Some(10 * MINUTE));
    assert!(used(resolve(&mut session, 9 * MINUTE)).1.is_none());
    assert!(used(resolve(&mut session, 10 * MINUTE)).1.is_some());
    session.sign_in(Tokens::new(Some(HOUR)).age(2 * HOUR), 10 * MINUTE);
    ticket(resolve(&mut session, 10 * MINUTE));
    // A token with unknown lifetime is used until it is refused.
    session.sign_in(Tokens::new(None), 11 * MINUTE);
    assert!(used(resolve(&mut session, 1000 * HOUR)).1.is_none());
    let settings = {
        let mut settings = RefreshSettings::default();
        settings.skew = 10 * MINUTE;
        settings
    };
    let mut session = Session::new(settings);
    session.sign_in(Tokens::new(Some(HOUR)), MINUTE);
    assert!(used(resolve(&mut session, 51 * MINUTE)).1.is_some());
}

#[test]
fn one_caller_refreshes_while_all_use_the_old_token() {
    let mut session = signed_in(HOUR, MINUTE);
    let due = MINUTE + HOUR - MINUTE;
    let (attempt, refresh) = used(resolve(&mut session, due));
    let refresh = refresh.unwrap();
    assert_eq!(refresh.generation(), attempt.generation());
    for _ in 0..1000 {
        let (other, none) = used(resolve(&mut session, due + SECOND));
        assert_eq!((other.generation(), none.is_none()), (attempt.generation(), true));
    }
    // Once it has expired they wait, at most until the refresh counts as failed.
    let outcome = {
        let mut session = signed_in(10 * SECOND, MINUTE);
        let refresh = ticket(resolve(&mut session, MINUTE + 8 * SECOND));
        let waiting = resolve(&mut session, MINUTE + 10 * SECOND);
        let Decision::Wait { at_most } = waiting else { panic!("{waiting:?}") };
        assert_eq!(at_most, 28 * SECOND);
        session.on_refreshed(&refresh, Tokens::new(Some(HOUR)), MINUTE + 11 * SECOND)
    };
    assert!(outcome.generation().unwrap() > attempt.generation());
    // The new token's lifetime counts from the start of the refresh.
    session.on_refreshed(&refresh, Tokens::new(Some(HOUR)), due + 20 * SECOND);
    assert_eq!(session.health(due + 20 * SECOND).expires_in, Some(HOUR - 20 * SECOND));
}

#[test]
fn a_failed_refresh_removes_no_token_and_backs_off() {
    let mut session = signed_in(HOUR, Duration::ZERO);
    let mut now = HOUR - MINUTE;
    let mut starts = Vec::new();
    while now < HOUR {
        let (_, refresh) = used(resolve(&mut session, now));
        if let Some(refresh) = refresh {
            starts.push((now - (HOUR - MINUTE)).as_secs());
            let failure = RefreshFailure::of_response(503, b"{}");
            assert_eq!(session.on_failure(&refresh, failure, now), RefreshOutcome::Failed);
        }
        now += SECOND;
    }
    assert_eq!(starts, [0, 1, 3, 7, 15, 31]);
    let health = session.health(now);
    assert_eq!((health.failures, health.is_valid), (6, false));
    assert_eq!(health.last_failure.unwrap().to_string(), "unexpected_status: 503");
    // Without a valid token, the wait is returned.
    let waiting = resolve(&mut session, now);
    let Decision::Unavailable { retry_after } = waiting else { panic!("{waiting:?}") };
    assert_eq!(retry_after, 3 * SECOND);
    let refresh = ticket(resolve(&mut session, now + retry_after));
    session.on_refreshed(&refresh, Tokens::new(Some(HOUR)), now + retry_after);
    let health = session.health(now + retry_after);
    assert_eq!((health.failures, health.is_valid, health.last_failure), (0, true, None));
}

#[test]
fn nothing_is_refreshed_if_the_answer_cannot_be_stored() {
    let mut session = signed_in(HOUR, Duration::ZERO);
    let (attempt, refresh) = used(session.resolve(Storage::ReadOnly, HOUR - SECOND));
    assert!(refresh.is_none());
    let after = session.on_unauthorized(&attempt, Storage::ReadOnly, HOUR - SECOND);
    assert!(matches!(after, AfterUnauthorized::StorageNeeded), "{after:?}");
    assert!(matches!(session.resolve(Storage::ReadOnly, HOUR), Decision::StorageNeeded));
    // A refresh that another caller has started can still be awaited.
    let refresh = ticket(resolve(&mut session, HOUR));
    assert!(matches!(session.resolve(Storage::ReadOnly, HOUR), Decision::Wait { .. }));
    session.on_refreshed(&refresh, Tokens::new(Some(HOUR)), HOUR);
    let after = session.on_unauthorized(&attempt, Storage::ReadOnly, HOUR);
    assert!(matches!(after, AfterUnauthorized::Retry(_)), "{after:?}");
}

#[test]
fn a_refused_request_is_sent_again_once() {
    let mut session = signed_in(HOUR, Duration::ZERO);
    let now = 10 * MINUTE;
    let (attempt, _) = used(resolve(&mut session, now));
    let (other, _) = used(resolve(&mut session, now));
    let refresh = started(unauthorized(&mut session, &attempt, now));
    assert!(matches!(unauthorized(&mut session, &other, now), AfterUnauthorized::Wait { .. }));
    let generation =
        session.on_refreshed(&refresh, Tokens::new(Some(HOUR)), now).generation().unwrap();
    for refused in [attempt, other] {
        let after = unauthorized(&mut session, &refused, now);
        let AfterUnauthorized::Retry(second) = after else { panic!("{after:?}") };
        assert_eq!((second.generation(), second.is_retry()), (generation, true));
        let after = unauthorized(&mut session, &second, now + MINUTE);
        assert!(matches!(after, AfterUnauthorized::GiveUp), "{after:?}");
    }
    // The refresh fails: the refusal is final, and the old token is still used.
    let mut session = signed_in(HOUR, Duration::ZERO);
    let (attempt, _) = used(resolve(&mut session, now));
    let refresh = started(unauthorized(&mut session, &attempt, now));
    session.on_failure(&refresh, RefreshFailure::NoAnswer, now);
    let after = unauthorized(&mut session, &attempt, now);
    assert!(matches!(after, AfterUnauthorized::Unavailable { .. }), "{after:?}");
    used(resolve(&mut session, now));
    // Tokens that another process has refreshed count as newer ones.
    session.sign_in(Tokens::new(Some(HOUR)), now);
    let after = unauthorized(&mut session, &attempt, now);
    assert!(matches!(after, AfterUnauthorized::Retry(_)), "{after:?}");
}

#[test]
fn many_refusals_of_valid_tokens_cause_few_refreshes() {
    let mut session = signed_in(HOUR, Duration::ZERO);
    let mut refreshes = 0;
    for index in 0_u32..600_000 {
        // Ten minutes, a thousand requests a second, each of them refused.
        let now = MINUTE + Duration::from_millis(1) * index;
        let (attempt, _) = used(resolve(&mut session, now));
        match unauthorized(&mut session, &attempt, now) {
            AfterUnauthorized::Refresh(ticket) => {
                refreshes += 1;
                session.on_refreshed(&ticket, Tokens::new(Some(HOUR)), now);
                let after = unauthorized(&mut session, &attempt, now);
                let AfterUnauthorized::Retry(second) = after else { panic!("{after:?}") };
                let after = unauthorized(&mut session, &second, now);
                assert!(matches!(after, AfterUnauthorized::GiveUp));
            }
            AfterUnauthorized::GiveUp => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refreshes, 20);
}

#[test]
fn a_permanent_refusal_ends_the_session() {
    for answer in [
        (400, &br#"{"error":"invalid_grant","error_description":"reuse detected"}"#[..]),
        (401, br#"{"error":"invalid_grant"}"#),
    ] {
        let mut session = signed_in(HOUR, Duration::ZERO);
        let (attempt, refresh) = used(resolve(&mut session, HOUR - SECOND));
        let failure = RefreshFailure::of_response(answer.0, answer.1);
        let outcome = session.on_failure(&refresh.unwrap(), failure, HOUR - SECOND);
        assert_eq!(outcome, RefreshOutcome::SignedOut);
        for now in [HOUR - SECOND, 100 * HOUR] {
            assert!(matches!(resolve(&mut session, now), Decision::SignInNeeded));
            let after = unauthorized(&mut session, &attempt, now);
            assert!(matches!(after, AfterUnauthorized::SignInNeeded));
            assert_eq!(session.health(now).last_failure, Some(RefreshFailure::Refused));
        }
        let generation = session.sign_in(Tokens::new(Some(HOUR)), 100 * HOUR);
        assert!(generation > attempt.generation());
        assert_eq!(used(resolve(&mut session, 100 * HOUR)).0.generation(), generation);
    }
    // Answers that say nothing about the refresh token do not end the session.
    for (status, body) in [
        (400, &br#"{"error":"invalid_request"}"#[..]),
        (401, br#"{"error":"invalid_client"}"#),
        (400, b"invalid_grant"),
        (400, br#"{"error":["invalid_grant"]}"#),
        (400, br#"{"error":"invalid_grant","error":"invalid_grant"}"#),
        (500, br#"{"error":"invalid_grant"}"#),
        (200, br#"{"error":"invalid_grant"}"#),
        (403, b""),
        (429, b""),
    ] {
        let failure = RefreshFailure::of_response(status, body);
        assert_eq!(failure, RefreshFailure::UnexpectedStatus { status });
    }
}

#[test]
fn without_a_refresh_token_the_session_ends_with_its_token() {
    let mut session = session();
    assert!(matches!(resolve(&mut session, MINUTE), Decision::SignInNeeded));
    session.sign_in(Tokens::new(Some(HOUR)).without_refresh_token(), MINUTE);
    let (attempt, refresh) = used(resolve(&mut session, HOUR));
    assert!(refresh.is_none());
    assert!(matches!(unauthorized(&mut session, &attempt, HOUR), AfterUnauthorized::GiveUp));
    assert!(matches!(resolve(&mut session, HOUR + MINUTE), Decision::SignInNeeded));
    let after = unauthorized(&mut session, &attempt, HOUR + MINUTE);
    assert!(matches!(after, AfterUnauthorized::SignInNeeded));
    session.sign_out();
    assert_eq!(session.health(HOUR).generation, None);
}

#[test]
fn a_refresh_that_never_ends_blocks_nothing() {
    let mut session = signed_in(SECOND, Duration::ZERO);
    let cancelled = ticket(resolve(&mut session, MINUTE));
    assert_eq!(cancelled.timeout(), 30 * SECOND);
    assert!(session.health(MINUTE).is_refreshing);
    let timed_out = MINUTE + 31 * SECOND;
    assert!(!session.health(timed_out).is_refreshing);
    let next = ticket(resolve(&mut session, timed_out));
    assert_eq!(session.health(timed_out).last_failure, Some(RefreshFailure::TimedOut));
    let mut other = signed_in(SECOND, Duration::ZERO);
    ticket(resolve(&mut other, MINUTE));
    other.sign_in(Tokens::new(Some(SECOND)), MINUTE);
    let foreign = ticket(resolve(&mut other, 2 * MINUTE));
    for stray in [&cancelled, &foreign] {
        let before = format!("{session:?}");
        let outcome = session.on_failure(stray, RefreshFailure::Refused, timed_out);
        assert_eq!((outcome, outcome.generation()), (RefreshOutcome::Ignored, None));
        assert_eq!(format!("{session:?}"), before);
    }
    let outcome = session.on_refreshed(&foreign, Tokens::new(Some(HOUR)), timed_out);
    assert_eq!(outcome, RefreshOutcome::Ignored);
    session.on_refreshed(&next, Tokens::new(Some(HOUR)), timed_out);
    for overtaken in [&next, &cancelled] {
        let again = session.on_refreshed(overtaken, Tokens::new(Some(HOUR)), timed_out);
        assert_eq!(again, RefreshOutcome::Ignored);
    }
    // Nor does one that was overtaken by a sign-in, or by a sign-out.
    for sign_in in [true, false] {
        let mut session = signed_in(SECOND, Duration::ZERO);
        let overtaken = ticket(resolve(&mut session, MINUTE));
        session.sign_out();
        if sign_in {
            session.sign_in(Tokens::new(Some(HOUR)), MINUTE);
        }
        let outcome = session.on_failure(&overtaken, RefreshFailure::Refused, MINUTE);
        assert_eq!(outcome, RefreshOutcome::Ignored);
        assert_eq!(session.health(MINUTE).is_valid, sign_in);
    }
}

#[test]
fn a_late_answer_is_used_because_it_may_have_the_only_refresh_token() {
    let mut session = signed_in(SECOND, Duration::ZERO);
    let late = ticket(resolve(&mut session, MINUTE));
    // The process was suspended, and then refreshes again with a refresh token that is already
    // used.
    let thawed = 10 * MINUTE;
    let next = ticket(resolve(&mut session, thawed));
    let outcome = session.on_refreshed(&late, Tokens::new(Some(HOUR)), thawed);
    assert!(outcome.generation().is_some());
    // The tokens' lifetime counts from the start of their refresh.
    assert_eq!(session.health(thawed).expires_in, Some(51 * MINUTE));
    let refused = session.on_failure(&next, RefreshFailure::Refused, thawed);
    assert_eq!(refused, RefreshOutcome::Ignored);
    assert!(session.health(thawed).is_valid);
}

#[test]
fn time_asleep_counts() {
    let mut session = Session::new(RefreshSettings::default());
    let at = |monotonic: u32, wall| Now::new(MINUTE * monotonic, UnixTime::from_seconds(wall));
    session.sign_in(Tokens::new(Some(HOUR)), at(1, 0));
    assert!(matches!(
        session.resolve(Storage::Writable, at(2, 60)),
        Decision::Use { refresh: None, .. }
    ));
    let asleep = session.resolve(Storage::Writable, at(3, 3600));
    assert!(matches!(asleep, Decision::Refresh(_)), "{asleep:?}");
}

#[test]
fn settings_of_zero_do_not_cause_a_refresh_loop() {
    let mut settings = RefreshSettings::default();
    settings.shortest_rest = Duration::ZERO;
    settings.longest_rest = Duration::ZERO;
    settings.refresh_timeout = Duration::ZERO;
    let mut session = Session::new(settings);
    session.sign_in(Tokens::new(Some(Duration::ZERO)), Duration::ZERO);
    let mut refreshes = 0;
    for millisecond in 0..2000 {
        let now = Duration::from_millis(millisecond);
        if let Decision::Refresh(ticket) = resolve(&mut session, now) {
            refreshes += 1;
            session.on_failure(&ticket, RefreshFailure::NoAnswer, now);
        }
    }
    assert_eq!(refreshes, 20);
}

#[test]
fn tokens_that_expire_on_arrival_do_not_cause_a_refresh_loop() {
    let mut session = signed_in(SECOND, Duration::ZERO);
    let mut refreshes = 0;
    for second in 0..600 {
        let now = MINUTE + second * SECOND;
        if let Decision::Refresh(ticket) = resolve(&mut session, now) {
            refreshes += 1;
            session.on_refreshed(&ticket, Tokens::new(Some(Duration::ZERO)), now);
        }
    }
    // 1, 2, 4, 8, 16 and 32 seconds, then once a minute.
    assert_eq!(refreshes, 15);
    assert_eq!(session.health(MINUTE).last_failure, Some(RefreshFailure::ExpiredOnArrival));
}

#[test]
fn tokens_that_live_for_a_moment_are_refreshed_once_a_second() {
    let mut session = signed_in(Duration::ZERO, Duration::ZERO);
    let mut refreshes = 0;
    for index in 0..1000 {
        let now = MINUTE + index * Duration::from_millis(10);
        if let Decision::Refresh(ticket) | Decision::Use { refresh: Some(ticket), .. } =
            resolve(&mut session, now)
        {
            refreshes += 1;
            session.on_refreshed(&ticket, Tokens::new(Some(Duration::from_millis(1))), now);
        }
    }
    assert_eq!(refreshes, 10);
}

#[test]
fn generations_are_counted_and_failures_have_stable_names() {
    let mut session = signed_in(HOUR, Duration::ZERO);
    let due = ticket(resolve(&mut session, HOUR));
    assert_eq!((due.generation().number(), due.timeout()), (1, 30 * SECOND));
    let outcome = session.on_refreshed(&due, Tokens::new(Some(HOUR)), HOUR);
    assert_eq!(outcome.generation().unwrap().number(), 2);
    assert_eq!(session.on_failure(&due, RefreshFailure::NoAnswer, HOUR).generation(), None);
    for (failure, name) in [
        (RefreshFailure::NoAnswer, "no_answer"),
        (RefreshFailure::TimedOut, "timed_out"),
        (RefreshFailure::Refused, "invalid_grant"),
        (RefreshFailure::UnexpectedStatus { status: 503 }, "unexpected_status: 503"),
        (RefreshFailure::ExpiredOnArrival, "expired_on_arrival"),
    ] {
        assert_eq!(failure.to_string(), name);
    }
}

#[test]
fn only_invalid_grant_is_a_permanent_refusal() {
    let refused = br#"{"error":"invalid_grant"}"#;
    for status in [400, 401] {
        assert_eq!(RefreshFailure::of_response(status, refused), RefreshFailure::Refused);
    }
    let long = |octets: usize| {
        let mut body = refused.to_vec();
        body.resize(octets, b' ');
        body
    };
    assert_eq!(RefreshFailure::of_response(400, &long(65_536)), RefreshFailure::Refused);
    let escaped = br#"{"\u0065rror":"invalid_gran\u0074","error_description":"error"}"#;
    assert_eq!(RefreshFailure::of_response(400, escaped), RefreshFailure::Refused);
    for (status, body) in [
        (403, &refused[..]),
        (200, refused),
        (500, refused),
        (400, b""),
        (400, b"\xff"),
        (400, br#"{"error":"invalid_client"}"#),
        (400, br#"{"error":["invalid_grant"]}"#),
        (400, br#"{"error_description":"invalid_grant"}"#),
        (400, br#"{"error":"invalid_grant","error":"invalid_grant"}"#),
        (400, br#"{"error":"invalid_grant"} x"#),
        (400, &long(65_537)),
    ] {
        let failure = RefreshFailure::of_response(status, body);
        assert_eq!(failure, RefreshFailure::UnexpectedStatus { status });
    }
}

#[test]
fn waits_end_exactly_on_time() {
    let moment = Duration::from_nanos(1);
    let mut session = signed_in(HOUR, Duration::ZERO);
    let refresh = ticket(resolve(&mut session, HOUR));
    assert!(session.health(HOUR + 30 * SECOND - moment).is_refreshing);
    assert!(!session.health(HOUR + 30 * SECOND).is_refreshing);
    session.on_refreshed(&refresh, Tokens::new(Some(HOUR)), HOUR);
    let (attempt, _) = used(resolve(&mut session, HOUR));
    let refused = unauthorized(&mut session, &attempt, HOUR + 30 * SECOND - moment);
    assert!(matches!(refused, AfterUnauthorized::GiveUp), "{refused:?}");
    started(unauthorized(&mut session, &attempt, HOUR + 30 * SECOND));
}

#[test]
fn tokens_of_a_refresh_are_stored_before_the_next_refresh() {
    let mut session = signed_in(HOUR, Duration::ZERO);
    let first = ticket(resolve(&mut session, HOUR));
    assert!(!first.store_first(), "tokens of a sign-in count as stored");
    let second = session.on_refreshed(&first, Tokens::new(Some(HOUR)), HOUR).generation().unwrap();

    let next = ticket(resolve(&mut session, 2 * HOUR));
    assert!(next.store_first());
    let outcome = session.on_failure(&next, RefreshFailure::NotStored, 2 * HOUR);
    assert_eq!(outcome, RefreshOutcome::Failed);
    assert_eq!(session.health(2 * HOUR).last_failure.unwrap().to_string(), "storage_needed");

    session.on_stored(first.generation());
    assert!(ticket(resolve(&mut session, 2 * HOUR + MINUTE)).store_first(), "those are older");
    session.on_stored(second);
    let late = 2 * HOUR + 2 * MINUTE;
    assert!(!ticket(resolve(&mut session, late)).store_first());

    session.sign_in(Tokens::new(Some(HOUR)).not_yet_stored(), late);
    assert!(ticket(resolve(&mut session, late + HOUR)).store_first());
}
