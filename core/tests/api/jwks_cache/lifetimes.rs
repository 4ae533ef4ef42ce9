//! How long keys are used, for every kind of deployment: busy, idle, frozen, with an event loop for
//! each request, asleep, with headers that forbid what the settings allow.

use std::time::Duration;

use verijot::issuer::{CacheSettings, FetchOutcome, FetchResponse, JwksCache, Now, Resolution};
use verijot::{JwkSetParser, UnixTime, crypto};

use super::{HOUR, MINUTE, SECOND, ask, cache, fetch, filled, set};

/// A cache whose set came with this Cache-Control header, at one minute.
fn with_header(cache_control: &str, settings: CacheSettings) -> JwksCache {
    let mut cache = JwksCache::new(JwkSetParser::new(crypto::ring::PROVIDER), settings);
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    let body = set(&["a"]);
    let mut response = FetchResponse::new(200, body.as_bytes());
    response.cache_control = Some(cache_control);
    assert_eq!(cache.on_response(&ticket, &response, MINUTE), FetchOutcome::Replaced);
    cache
}

fn is_used(resolution: &Resolution) -> bool {
    matches!(resolution, Resolution::Use { .. })
}

#[test]
fn an_idle_service_waits_for_a_fetch_once_the_window_is_over() {
    let moment = Duration::from_nanos(1);
    for (header, lifetime, window) in [
        ("public", 10 * MINUTE, 10 * MINUTE),
        ("max-age=86400", 24 * HOUR, 10 * MINUTE),
        ("max-age=120", 2 * MINUTE, 2 * MINUTE),
        ("max-age=86400, stale-while-revalidate=30", 24 * HOUR, 30 * SECOND),
        ("max-age=86400, stale-while-revalidate=86400", 24 * HOUR, 10 * MINUTE),
        ("max-age=86400, stale-if-error=30", 24 * HOUR, 30 * SECOND),
    ] {
        let last = MINUTE + lifetime + window - moment;
        let mut cache = with_header(header, CacheSettings::default());
        assert!(is_used(&ask(&mut cache, "a", last)), "{header}");
        let mut cache = with_header(header, CacheSettings::default());
        let waits = ask(&mut cache, "a", last + moment);
        assert!(matches!(waits, Resolution::Fetch(_)), "{header}: {waits:?}");
        // All other requests wait for the running fetch as well.
        assert!(!is_used(&ask(&mut cache, "a", last + moment)));
    }
}

#[test]
fn the_old_set_is_used_after_a_failed_fetch_and_nobody_waits_for_the_next() {
    let mut cache = filled(&["a"], MINUTE);
    let now = 3 * HOUR;
    let ticket = fetch(ask(&mut cache, "a", now));
    assert!(matches!(ask(&mut cache, "a", now), Resolution::Wait { .. }));
    cache.on_error(&ticket, now + SECOND);
    assert!(is_used(&ask(&mut cache, "a", now + SECOND)));
    // While the issuer is down and tokens arrive, each fetch runs in the background.
    let mut later = now + 2 * SECOND;
    while later < now + HOUR {
        match ask(&mut cache, "a", later) {
            Resolution::Use { fetch: Some(ticket), .. } => {
                assert!(is_used(&ask(&mut cache, "a", later)));
                cache.on_error(&ticket, later + 5 * SECOND);
            }
            resolution => assert!(is_used(&resolution), "{resolution:?} at {later:?}"),
        }
        later += 10 * SECOND;
    }
    // After one window without a token, requests wait for a fetch again.
    let waits = ask(&mut cache, "a", later + 10 * MINUTE);
    assert!(matches!(waits, Resolution::Fetch(_)), "{waits:?}");
}

#[test]
fn headers_can_forbid_what_the_settings_allow() {
    for header in ["max-age=600, must-revalidate", "max-age=600, stale-if-error=0"] {
        let mut cache = with_header(header, CacheSettings::default());
        let ticket = fetch(ask(&mut cache, "a", MINUTE + 9 * MINUTE));
        cache.on_error(&ticket, MINUTE + 9 * MINUTE);
        assert!(is_used(&ask(&mut cache, "a", MINUTE + 10 * MINUTE - SECOND)), "{header}");
        assert!(!is_used(&ask(&mut cache, "a", MINUTE + 10 * MINUTE)), "{header}");
        assert_eq!(cache.health(MINUTE + 10 * MINUTE).usable_keys, 0);
    }
    for header in ["no-store", "no-cache, max-age=600"] {
        let mut cache = with_header(header, CacheSettings::default());
        // The minimum lifetime bounds the fetches.
        assert!(is_used(&ask(&mut cache, "a", 2 * MINUTE - SECOND)), "{header}");
        assert_eq!(cache.health(2 * MINUTE).usable_keys, 0, "{header}");
    }
    let mut settings = CacheSettings::default();
    settings.stale_despite_headers = true;
    let mut cache = with_header("no-store", settings);
    let ticket = fetch(ask(&mut cache, "a", 3 * MINUTE));
    cache.on_error(&ticket, 3 * MINUTE);
    assert!(is_used(&ask(&mut cache, "a", 3 * MINUTE)));
    assert_eq!(cache.health(24 * HOUR).usable_keys, 1);
}

#[test]
fn settings_can_forbid_it_too() {
    let mut settings = CacheSettings::default();
    settings.stale_for = Duration::ZERO;
    let mut cache = with_header("max-age=600", settings);
    assert!(is_used(&ask(&mut cache, "a", 11 * MINUTE - SECOND)));
    assert!(!is_used(&ask(&mut cache, "a", 11 * MINUTE)));
    let mut settings = CacheSettings::default();
    settings.revalidate_for = Duration::ZERO;
    let mut cache = with_header("max-age=600", settings);
    let ticket = fetch(ask(&mut cache, "a", 11 * MINUTE));
    assert!(!is_used(&ask(&mut cache, "a", 11 * MINUTE)));
    // Without a window, requests do not wait during the backoff after a failure.
    cache.on_error(&ticket, 11 * MINUTE);
    assert!(is_used(&ask(&mut cache, "a", 11 * MINUTE)));
    let waits = ask(&mut cache, "a", 11 * MINUTE + SECOND);
    assert!(matches!(waits, Resolution::Fetch(_)));
}

/// One call every 90 seconds to a process that is suspended in between, so that no background fetch
/// ends before the next call.
#[test]
fn a_frozen_process_takes_late_answers() {
    for answers_survive in [true, false] {
        let mut cache = filled(&["a"], MINUTE);
        let (mut now, mut fetches, mut pending) = (MINUTE, 0, None);
        let mut withdrawn_at = None;
        while now < 3 * HOUR {
            now += 90 * SECOND;
            let is_old = now > 2 * HOUR;
            let body = if is_old { set(&["b"]) } else { set(&["a"]) };
            let resolution = ask(&mut cache, "a", now);
            if answers_survive {
                if let Some(ticket) = pending.take() {
                    let old = FetchResponse::new(200, body.as_bytes());
                    cache.on_response(&ticket, &old, now);
                }
            }
            match resolution {
                Resolution::Use { fetch, .. } => {
                    fetches += usize::from(fetch.is_some() && !is_old);
                    pending = fetch;
                    assert!(withdrawn_at.is_none_or(|at| now < at + 20 * MINUTE), "{now:?}");
                }
                Resolution::Fetch(ticket) => {
                    fetches += usize::from(!is_old);
                    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), now);
                }
                Resolution::Unavailable { .. } | Resolution::UnknownKey { .. } => {}
                other => panic!("{other:?}"),
            }
            if is_old {
                withdrawn_at.get_or_insert(now);
            }
        }
        assert!(fetches <= 2 * 7200 / 570, "two in a lifetime at most, not {fetches}");
        assert_eq!(cache.health(now).usable_keys, 1);
        let held = cache.current_keys().unwrap().0;
        assert!(held.knows_id("b") && !held.knows_id("a"));
    }
}

/// An event loop for each request ends every fetch that nobody waits for.
#[test]
fn a_cancelled_fetch_is_repeated_and_awaited() {
    let mut cache = filled(&["a"], MINUTE);
    let due = MINUTE + 8 * MINUTE;
    let ticket = fetch(ask(&mut cache, "a", due));
    assert_eq!(cache.on_cancelled(&ticket, due), FetchOutcome::Abandoned);
    assert_eq!(cache.health(due).failures, 0);
    let Resolution::Fetch(ticket) = ask(&mut cache, "a", due) else { panic!() };
    // Others use the set in the meantime, because it is still fresh.
    assert!(is_used(&ask(&mut cache, "a", due)));
    let body = set(&["a"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), due);
    assert!(matches!(ask(&mut cache, "a", due), Resolution::Use { fetch: None, .. }));
    // Without keys the next caller fetches at once, but not in a loop.
    let mut cache = self::cache();
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    cache.on_cancelled(&ticket, MINUTE);
    let ticket = fetch(ask(&mut cache, "a", MINUTE));
    assert!(matches!(cache.on_cancelled(&ticket, MINUTE), FetchOutcome::Failed { .. }));
    assert!(matches!(ask(&mut cache, "a", MINUTE), Resolution::Unavailable { .. }));
    assert_eq!(cache.on_cancelled(&ticket, MINUTE), FetchOutcome::Ignored);
}

#[test]
fn keys_age_while_the_machine_sleeps() {
    let at = |monotonic: Duration, wall: i64| Now::new(monotonic, UnixTime::from_seconds(wall));
    let mut cache = cache();
    let Resolution::Fetch(ticket) = cache.resolve(Some("a"), MINUTE, at(MINUTE, 1000)) else {
        panic!()
    };
    let body = set(&["a"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), at(MINUTE, 1000));
    let (_, until) = cache.current_keys().unwrap();
    assert!(!until.has_passed(at(2 * MINUTE, 1060)));
    // Eight hours asleep, which the monotonic clock does not count.
    assert!(until.has_passed(at(2 * MINUTE, 1060 + 8 * 3600)));
    let asleep = cache.resolve(Some("a"), 2 * MINUTE, at(2 * MINUTE, 1060 + 8 * 3600));
    assert!(matches!(asleep, Resolution::Fetch(_)), "{asleep:?}");
    assert_eq!(cache.health(at(2 * MINUTE, 1060 + 8 * 3600)).age, Some(8 * HOUR + MINUTE));
}

#[test]
fn settings_of_zero_do_not_cause_a_fetch_loop() {
    let mut settings = CacheSettings::default();
    for number in [
        &mut settings.fresh_for,
        &mut settings.shortest_fresh,
        &mut settings.longest_fresh,
        &mut settings.stale_for,
        &mut settings.revalidate_for,
        &mut settings.unknown_window,
        &mut settings.shortest_rest,
        &mut settings.longest_rest,
        &mut settings.fetch_timeout,
    ] {
        *number = Duration::ZERO;
    }
    for succeeds in [true, false] {
        let mut cache = JwksCache::new(JwkSetParser::new(crypto::ring::PROVIDER), settings.clone());
        let mut fetches = 0_u32;
        for millisecond in 0..10_000_u32 {
            let now = Duration::from_millis(u64::from(millisecond));
            let kid = if millisecond % 2 == 0 { "a" } else { "unknown" };
            let resolution = ask(&mut cache, kid, now);
            if let Resolution::Fetch(ticket) | Resolution::Use { fetch: Some(ticket), .. } =
                resolution
            {
                fetches += 1;
                let body = set(&["a"]);
                let response = FetchResponse::new(200, body.as_bytes());
                if succeeds {
                    cache.on_response(&ticket, &response, now);
                } else {
                    cache.on_error(&ticket, now);
                }
            }
        }
        assert!(fetches <= 100, "{fetches} in ten seconds");
    }
}
