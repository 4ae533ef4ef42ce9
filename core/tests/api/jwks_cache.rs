//! The key cache: the usual course of events, and any other.
#![cfg(feature = "ring")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unreachable
)]

mod by_id;
mod control;
mod invariants;
mod lifetimes;

use std::time::Duration;

use verijot::issuer::{CacheSettings, FetchOutcome, FetchResponse, JwksCache, Resolution, Ticket};
use verijot::{JwkSetParser, crypto};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn cache() -> JwksCache {
    JwksCache::new(JwkSetParser::new(crypto::ring::PROVIDER), CacheSettings::default())
}

/// A set with these kids, all of one key.
fn set(kids: &[&str]) -> String {
    let key = |kid: &&str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
        )
    };
    format!(r#"{{"keys":[{}]}}"#, kids.iter().map(key).collect::<Vec<_>>().join(","))
}

/// A client whose token arrives now.
fn ask(cache: &mut JwksCache, kid: &str, now: Duration) -> Resolution {
    cache.resolve(Some(kid), now, now)
}

fn fetch(resolution: Resolution) -> Ticket {
    match resolution {
        Resolution::Fetch(ticket) | Resolution::Use { fetch: Some(ticket), .. } => ticket,
        other => panic!("no fetch: {other:?}"),
    }
}

fn filled(kids: &[&str], now: Duration) -> JwksCache {
    let mut cache = cache();
    let ticket = fetch(ask(&mut cache, kids[0], now));
    let outcome = cache.on_response(&ticket, &FetchResponse::new(200, set(kids).as_bytes()), now);
    assert_eq!(outcome, FetchOutcome::Replaced);
    cache
}

#[test]
fn keys_are_fetched_once_used_refreshed_ahead_and_kept_through_an_outage() {
    let mut cache = filled(&["a"], MINUTE);
    assert!(matches!(ask(&mut cache, "a", MINUTE), Resolution::Use { fetch: None, .. }));
    let late = MINUTE + Duration::from_secs(479);
    assert!(matches!(ask(&mut cache, "a", late), Resolution::Use { fetch: None, .. }));
    // At 80 % of ten minutes a refresh is due, once.
    let due = MINUTE + Duration::from_secs(480);
    let ticket = fetch(ask(&mut cache, "a", due));
    assert!(matches!(ask(&mut cache, "a", due), Resolution::Use { fetch: None, .. }));
    assert!(matches!(cache.on_error(&ticket, due), FetchOutcome::Failed { .. }));
    // The issuer is down for a day: the keys are used for 24 hours after their lifetime.
    let mut now = due;
    while now < MINUTE + 10 * MINUTE + 24 * HOUR {
        match ask(&mut cache, "a", now) {
            Resolution::Use { fetch: Some(ticket), .. } => {
                cache.on_error(&ticket, now);
            }
            Resolution::Use { fetch: None, .. } => {}
            other => panic!("{other:?} at {now:?}"),
        }
        now += Duration::from_secs(7);
    }
    assert!(!matches!(ask(&mut cache, "a", now), Resolution::Use { .. }));
    assert_eq!(cache.health(now).usable_keys, 0);
}

#[test]
fn cache_control_is_obeyed_within_limits() {
    for (header, refreshed_after) in [
        (None, 480),
        (Some("max-age=3600"), 2880),
        (Some("max-age=1"), 48),
        (Some("no-store"), 48),
        (Some("max-age=999999999"), 69_120),
    ] {
        let mut cache = cache();
        let ticket = fetch(ask(&mut cache, "a", MINUTE));
        let body = set(&["a"]);
        let mut response = FetchResponse::new(200, body.as_bytes());
        response.cache_control = header;
        cache.on_response(&ticket, &response, MINUTE);
        let due = MINUTE + Duration::from_secs(refreshed_after);
        let before = ask(&mut cache, "a", due - Duration::from_millis(1));
        assert!(matches!(before, Resolution::Use { fetch: None, .. }), "{header:?}");
        fetch(ask(&mut cache, "a", due));
    }
}

#[test]
fn not_modified_counts_only_for_conditional_requests() {
    let conditional = || {
        let mut response = FetchResponse::new(304, b"");
        response.is_conditional = true;
        response
    };
    let mut cache = cache();
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    let unasked = cache.on_response(&ticket, &FetchResponse::new(304, b""), MINUTE);
    assert!(matches!(unasked, FetchOutcome::Failed { .. }));
    let ticket = fetch(ask(&mut cache, "a", 2 * MINUTE));
    let body = set(&["a"]);
    let mut response = FetchResponse::new(200, body.as_bytes());
    response.entity_tag = Some("\"1\"");
    cache.on_response(&ticket, &response, 2 * MINUTE);
    let ticket = fetch(ask(&mut cache, "a", 20 * MINUTE));
    assert_eq!(ticket.if_none_match(), Some("\"1\""));
    assert!(!cache.health(20 * MINUTE).is_fresh);
    let renewed = cache.on_response(&ticket, &conditional(), 20 * MINUTE);
    assert_eq!(renewed, FetchOutcome::Unchanged);
    assert!(cache.health(29 * MINUTE).is_fresh);
    // The keys have moved, so the request had no validators.
    let ticket = fetch(ask(&mut cache, "a", 40 * MINUTE));
    let unasked = cache.on_response(&ticket, &FetchResponse::new(304, b""), 40 * MINUTE);
    assert!(matches!(unasked, FetchOutcome::Failed { .. }));
    // Without validators an issuer cannot answer that nothing was modified.
    let mut cache = filled(&["a"], MINUTE);
    let ticket = fetch(ask(&mut cache, "a", 20 * MINUTE));
    let unasked = cache.on_response(&ticket, &conditional(), 20 * MINUTE);
    assert!(matches!(unasked, FetchOutcome::Failed { .. }));
}

#[test]
fn not_modified_confirms_only_the_set_of_the_request() {
    let mut cache = cache();
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    let body = set(&["a"]);
    let mut response = FetchResponse::new(200, body.as_bytes());
    response.entity_tag = Some("\"a\"");
    cache.on_response(&ticket, &response, MINUTE);
    // While set a is being fetched, set b arrives as a seed.
    let ticket = fetch(ask(&mut cache, "a", 10 * MINUTE));
    assert_eq!(ticket.if_none_match(), Some("\"a\""));
    cache.seed(&set(&["b"]), MINUTE, 10 * MINUTE).unwrap();
    let mut response = FetchResponse::new(304, b"");
    response.is_conditional = true;
    let outcome = cache.on_response(&ticket, &response, 10 * MINUTE);
    assert_eq!(outcome, FetchOutcome::Ignored);
    assert!(cache.health(10 * MINUTE).is_seed);
    // The next fetch is unconditional.
    let ticket = fetch(ask(&mut cache, "b", 10 * MINUTE));
    assert_eq!(ticket.if_none_match(), None);
}

#[test]
fn an_unknown_kid_causes_one_fetch_in_fifteen_seconds_which_decides() {
    let mut cache = filled(&["a"], MINUTE);
    let now = 2 * MINUTE;
    let ticket = fetch(ask(&mut cache, "new", now));
    assert!(matches!(ask(&mut cache, "other", now), Resolution::Wait { .. }));
    assert!(matches!(ask(&mut cache, "a", now), Resolution::Use { fetch: None, .. }));
    cache.on_response(&ticket, &FetchResponse::new(200, set(&["a"]).as_bytes()), now);
    let settled = cache.resolve(Some("new"), now, now);
    assert!(matches!(settled, Resolution::UnknownKey { .. }), "{settled:?}");
    // A later token may be signed with a newer key than the current ones. The next fetch decides,
    // at most fifteen seconds later.
    let later = ask(&mut cache, "new", now + SECOND);
    assert!(
        matches!(later, Resolution::Unavailable { retry_after } if retry_after == 14 * SECOND),
        "{later:?}"
    );
    let ticket = fetch(ask(&mut cache, "new", now + 15 * SECOND));
    let body = set(&["a", "new"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), now + 15 * SECOND);
    let accepted = cache.resolve(Some("new"), now + 15 * SECOND, now + 15 * SECOND);
    assert!(matches!(accepted, Resolution::Use { .. }));
    let mut fetches = 0;
    for index in 0_u32..300_000 {
        // An attacker's 10,000 random kids a SECOND, for 30 seconds.
        let at = now + 20 * SECOND + Duration::from_micros(100) * index;
        if let Resolution::Fetch(ticket) = ask(&mut cache, &format!("random-{index}"), at) {
            fetches += 1;
            cache.on_response(&ticket, &FetchResponse::new(200, set(&["a"]).as_bytes()), at);
        }
    }
    assert_eq!(fetches, 2);
    assert_eq!(cache.health(now).fetches.unknown_key, 4);
}

#[test]
fn bad_answers_never_replace_good_keys() {
    let oversized = vec![b' '; 300_000];
    let bodies: [(u16, &[u8], &str); 9] = [
        (200, b"", "unusable_set: malformed_jwks: "),
        (200, b"<html>", "unusable_set: malformed_jwks: "),
        (200, br#"{"keys":[]}"#, "no_usable_keys"),
        (200, br#"{"keys":[{"kty":"EC"}]}"#, "no_usable_keys"),
        (200, br#"{"keys":[{"kty":"OKP""#, "unusable_set: malformed_jwks: "),
        (200, &oversized, "unusable_set: jwks_too_large: "),
        (302, b"", "unexpected_status: 302"),
        (500, br#"{"keys":[]}"#, "unexpected_status: 500"),
        (204, b"", "unexpected_status: 204"),
    ];
    for (status, body, failure) in bodies {
        let mut cache = filled(&["a"], MINUTE);
        let now = 12 * MINUTE;
        let ticket = fetch(ask(&mut cache, "a", now));
        let outcome = cache.on_response(&ticket, &FetchResponse::new(status, body), now);
        assert!(matches!(outcome, FetchOutcome::Failed { .. }), "{status}");
        assert!(matches!(ask(&mut cache, "a", now), Resolution::Use { fetch: None, .. }));
        assert_eq!(cache.health(now).failures, 1);
        let shown = cache.health(now).last_failure.unwrap().to_string();
        assert!(shown.starts_with(failure), "{shown}");
        // Without keys there is no fallback, and a wait before the next attempt.
        let mut cache = self::cache();
        let ticket = fetch(ask(&mut cache, "a", now));
        cache.on_response(&ticket, &FetchResponse::new(status, body), now);
        assert!(matches!(ask(&mut cache, "a", now), Resolution::Unavailable { .. }));
        fetch(ask(&mut cache, "a", now + Duration::from_secs(1)));
    }
}

#[test]
fn a_caller_that_disappears_blocks_nothing() {
    let mut cache = cache();
    let abandoned = fetch(ask(&mut cache, "a", MINUTE));
    assert!(matches!(ask(&mut cache, "a", MINUTE), Resolution::Wait { .. }));
    let later = MINUTE + Duration::from_secs(6);
    let ticket = fetch(ask(&mut cache, "a", later));
    let body = set(&["a"]);
    let response = FetchResponse::new(200, body.as_bytes());
    assert_eq!(cache.on_response(&ticket, &response, later), FetchOutcome::Replaced);
    for older in [&ticket, &abandoned] {
        assert_eq!(cache.on_response(older, &response, later), FetchOutcome::Ignored);
    }
}

#[test]
fn a_seed_is_used_at_once_refreshed_and_finally_dropped() {
    let mut cache = cache();
    cache.seed(&set(&["a"]), HOUR, MINUTE).unwrap();
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    assert!(!cache.health(MINUTE).is_fresh);
    assert_eq!(cache.health(MINUTE).age, Some(HOUR));
    // It is older than its lifetime and the revalidation window, so requests wait for the fetch.
    assert!(matches!(ask(&mut cache, "a", MINUTE), Resolution::Wait { .. }));
    cache.on_error(&ticket, MINUTE);
    assert!(matches!(ask(&mut cache, "a", MINUTE), Resolution::Use { fetch: None, .. }));
    let ticket = fetch(ask(&mut cache, "a", 22 * HOUR));
    cache.on_error(&ticket, 22 * HOUR);
    assert!(matches!(ask(&mut cache, "a", 22 * HOUR), Resolution::Use { .. }));
    assert_eq!(cache.health(24 * HOUR).usable_keys, 0);
    // Older keys do not replace newer ones, and a useless seed is an error.
    let mut cache = filled(&["a"], MINUTE);
    cache.seed(&set(&["b"]), HOUR, 2 * MINUTE).unwrap();
    assert!(matches!(ask(&mut cache, "a", 2 * MINUTE), Resolution::Use { .. }));
    assert_eq!(cache.seed("{}", HOUR, MINUTE).unwrap_err().code(), "malformed_jwks");
    assert_eq!(cache.seed(r#"{"keys":[]}"#, HOUR, MINUTE).unwrap_err().code(), "malformed_jwks");
    let exported = cache.export(3 * MINUTE).unwrap();
    assert_eq!((exported.jwks, exported.age), (set(&["a"]).as_str(), 2 * MINUTE));
    // Its lifetime of 10 minutes and the 24 hours of an outage, of which 2 minutes have passed.
    assert_eq!(exported.usable_for, 24 * HOUR + 8 * MINUTE);
}

#[test]
fn an_exported_set_keeps_its_hash() {
    // The output of `sha256sum` for the set with the kid "a".
    let hash = "8e967a7622d9e36c70ef379c6653cdfdb457f44f9089c87417031fd837229768";
    let mut origin = filled(&["a"], MINUTE);
    assert_eq!(origin.health(MINUTE).sha256.as_deref(), Some(hash));
    assert!(!origin.health(MINUTE).is_seed);
    let exported = origin.export(HOUR).unwrap();
    assert_eq!(exported.sha256, hash);

    let mut cache = cache();
    assert_eq!(cache.health(MINUTE).sha256, None);
    assert!(!cache.health(MINUTE).is_seed);
    let upper_case = exported.sha256.to_uppercase();
    cache.seed_intact(exported.jwks, &upper_case, exported.age, MINUTE).unwrap();
    let health = cache.health(2 * MINUTE);
    assert_eq!((health.sha256.as_deref(), health.is_seed), (Some(hash), true));
    assert_eq!(health.age, Some(HOUR));
    // The issuer confirms the set, then returns another.
    let ticket = fetch(ask(&mut cache, "a", 2 * MINUTE));
    let body = set(&["a"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), 2 * MINUTE);
    let health = cache.health(2 * MINUTE);
    assert_eq!((health.sha256.as_deref(), health.is_seed), (Some(hash), false));
    let ticket = fetch(ask(&mut origin, "b", HOUR));
    let body = set(&["a", "b"]);
    origin.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), HOUR);
    assert_ne!(origin.health(HOUR).sha256.as_deref(), Some(hash));
    // A set that is too old is not shown as usable.
    assert_eq!(origin.health(100 * HOUR).sha256, None);
}

#[test]
fn a_seed_with_the_wrong_hash_is_refused() {
    let origin = filled(&["a"], MINUTE);
    let exported = origin.export(MINUTE).unwrap();
    let mut cache = cache();
    for (jwks, sha256) in [
        (set(&["b"]).as_str(), exported.sha256),
        (exported.jwks.trim_end_matches('}'), exported.sha256),
        (exported.jwks, ""),
        (exported.jwks, &exported.sha256[..63]),
        (exported.jwks, &format!("{} ", exported.sha256)),
    ] {
        let error = cache.seed_intact(jwks, sha256, HOUR, MINUTE).unwrap_err();
        assert_eq!(error.to_string(), "malformed_jwks: the set does not have the expected SHA-256");
        assert_eq!(cache.health(MINUTE).usable_keys, 0);
    }
    assert!(cache.seed_intact(exported.jwks, exported.sha256, HOUR, MINUTE).is_ok());
}

#[test]
fn a_ticket_has_the_validators_of_the_response() {
    let mut cache = cache();
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    assert_eq!((ticket.if_none_match(), ticket.if_modified_since()), (None, None));
    assert_eq!(ticket.timeout(), Duration::from_secs(5));
    let body = set(&["a"]);
    let mut response = FetchResponse::new(200, body.as_bytes());
    response.last_modified = Some("Tue, 14 Nov 2023 22:13:20 GMT");
    cache.on_response(&ticket, &response, MINUTE);
    let ticket = fetch(ask(&mut cache, "a", 20 * MINUTE));
    assert_eq!(ticket.if_none_match(), None);
    assert_eq!(ticket.if_modified_since(), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
    // This alone makes the request conditional.
    let mut response = FetchResponse::new(304, b"");
    response.is_conditional = true;
    assert_eq!(cache.on_response(&ticket, &response, 20 * MINUTE), FetchOutcome::Unchanged);
}

#[test]
fn failures_have_stable_names() {
    let failure = |act: &dyn Fn(&mut JwksCache, &Ticket)| {
        let mut cache = cache();
        let ticket = fetch(ask(&mut cache, "a", MINUTE));
        act(&mut cache, &ticket);
        cache.health(2 * MINUTE).last_failure.unwrap().to_string()
    };
    let answered = |status, body: &'static [u8]| {
        failure(&move |cache, ticket| {
            cache.on_response(ticket, &FetchResponse::new(status, body), MINUTE);
        })
    };
    assert_eq!(answered(503, b""), "unexpected_status: 503");
    assert_eq!(answered(304, b""), "unexpected_status: 304");
    assert_eq!(
        answered(200, b"{}"),
        "unusable_set: malformed_jwks: keys is missing or not an array"
    );
    assert_eq!(answered(200, br#"{"keys":[]}"#), "no_usable_keys");
    assert_eq!(
        failure(&|cache, ticket| {
            cache.on_error(ticket, MINUTE);
        }),
        "no_answer"
    );
    let timed_out = failure(&|cache, _| {
        ask(cache, "a", MINUTE + Duration::from_secs(5));
    });
    assert_eq!(timed_out, "timed_out");
}

#[test]
fn no_key_is_reported_unknown_while_the_issuer_cannot_be_reached() {
    let mut cache = filled(&["a"], MINUTE);
    let mut now = 2 * MINUTE;
    for rest in [15 * SECOND, 15 * SECOND, 15 * SECOND, 15 * SECOND, 16 * SECOND, 32 * SECOND] {
        let ticket = fetch(ask(&mut cache, "b", now));
        cache.on_error(&ticket, now);
        let resting = ask(&mut cache, "b", now);
        assert!(
            matches!(resting, Resolution::Unavailable { retry_after } if retry_after == rest),
            "{resting:?}"
        );
        assert!(matches!(ask(&mut cache, "a", now), Resolution::Use { .. }));
        now += rest;
    }
    // An issuer that answers has no such key.
    let mut cache = filled(&["a"], MINUTE);
    let now = 2 * MINUTE;
    let ticket = fetch(ask(&mut cache, "b", now));
    cache.on_response(&ticket, &FetchResponse::new(200, set(&["a"]).as_bytes()), now);
    let unknown = cache.resolve(Some("b"), now, now + 2 * SECOND);
    assert!(
        matches!(unknown, Resolution::UnknownKey { retry_after } if retry_after == 13 * SECOND),
        "{unknown:?}"
    );
}

#[test]
fn only_newer_keys_replace_the_current_set() {
    let mut cache = filled(&["a"], HOUR);
    let held = |cache: &JwksCache| cache.current_keys().unwrap().0.knows_id("b");
    for age in [2 * MINUTE, MINUTE] {
        cache.seed(&set(&["b"]), age, HOUR + MINUTE).unwrap();
        assert!(!held(&cache), "{age:?}");
    }
    cache.seed(&set(&["b"]), MINUTE - Duration::from_nanos(1), HOUR + MINUTE).unwrap();
    assert!(held(&cache));
}

#[test]
fn health_is_current_at_every_moment() {
    let moment = Duration::from_nanos(1);
    let mut cache = cache();
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    let deadline = MINUTE + Duration::from_secs(5);
    assert!(cache.health(MINUTE).is_fetching && cache.health(deadline - moment).is_fetching);
    assert!(!cache.health(deadline).is_fetching);
    cache.on_error(&ticket, MINUTE);
    let failing = cache.health(MINUTE);
    assert_eq!((failing.failures, failing.is_fetching, failing.usable_keys), (1, false, 0));

    let ticket = fetch(ask(&mut cache, "a", 2 * MINUTE));
    let body = set(&["a"]).replace("]}", r#",{"kty":"x"}]}"#);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), 2 * MINUTE);
    let health = cache.health(3 * MINUTE);
    assert_eq!((health.failures, health.last_failure), (0, None));
    assert_eq!((health.usable_keys, health.skipped_keys), (1, 1));
    assert_eq!((health.age, health.is_seed), (Some(MINUTE), false));
    // Fresh for ten minutes, and stale for a day.
    assert!(cache.health(12 * MINUTE - moment).is_fresh && !cache.health(12 * MINUTE).is_fresh);
    let end = 12 * MINUTE + 24 * HOUR;
    assert_eq!(cache.health(end - moment).usable_keys, 1);
    let gone = cache.health(end);
    assert_eq!((gone.usable_keys, gone.skipped_keys, gone.age, gone.sha256), (0, 0, None, None));
}
