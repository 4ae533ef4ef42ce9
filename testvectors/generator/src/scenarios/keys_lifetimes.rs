//! How long a set is used, depending on its age and the issuer's headers.

use serde_json::json;

use super::scenario::{Scenario, scenario};

/// Keys a, replaced with b right after the first fetch, with this header.
fn withdrawn(id: &str, title: &str, why: &str, refs: &[&str], cache_control: &str) -> Scenario {
    let headers = json!({ "Cache-Control": cache_control });
    scenario(id, title, why, refs)
        .at(0)
        .issuer(json!({ "keys": ["a"], "headers": headers }))
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .at(1)
        .issuer(json!({ "keys": ["b"], "headers": headers }))
}

/// As [`withdrawn`], and the time from which on a request waits for a fetch.
fn waits_from(
    id: &str,
    title: &str,
    why: &str,
    refs: &[&str],
    cache_control: &str,
    moment: u32,
) -> Scenario {
    withdrawn(id, title, why, refs, cache_control)
        .at(moment - 1)
        .accepts("a")
        .refuses("a", "unknown_key")
        .accepts("b")
        .at(moment)
        .on("late")
        .refuses("a", "unknown_key")
        .accepts("b")
        .fetches(4)
}

/// The issuer fails after the first fetch; the time from which on its keys are not used.
fn lasts_until(
    id: &str,
    title: &str,
    why: &str,
    refs: &[&str],
    cache_control: &str,
    moment: u32,
) -> Scenario {
    scenario(id, title, why, refs)
        .at(0)
        .issuer(json!({ "keys": ["a"], "headers": { "Cache-Control": cache_control } }))
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .issuer(json!({ "status": 500 }))
        .at(moment - 1)
        .accepts("a")
        .health(json!({ "failures": 1, "usable_keys": 1 }))
        .at(moment)
        .on("late")
        .unavailable("a", 1)
        .health(json!({ "failures": 1, "usable_keys": 0 }))
}

pub fn scenarios() -> Vec<Scenario> {
    vec![
        waits_from(
            "keys-default-lifetime-idle",
            "A set without headers is used for its lifetime of 600 s and a window of 600 s",
            "After one lifetime and one revalidation window a request waits for the issuer, so that a \
             withdrawn key is refused even without earlier requests.",
            &["K4", "RFC 9111 §4.2", "RFC 5861 §3"],
            "public",
            1200,
        ),
        waits_from(
            "keys-max-age-day-idle",
            "With max-age=86400 an idle service fetches before it uses keys older than 87,000 s",
            "A long lifetime does not extend the window, which is at most 600 s. Earlier, such keys \
             were used up to 172,799 s while the issuer was reachable.",
            &["K4", "RFC 9111 §5.2.2.1"],
            "max-age=86400",
            87_000,
        ),
        waits_from(
            "keys-max-age-short-window",
            "With max-age=100 the window is 100 s, no longer than the lifetime",
            "An issuer that wants frequent fetches gets a short window.",
            &["K4", "RFC 9111 §5.2.2.1"],
            "max-age=100",
            200,
        ),
        waits_from(
            "keys-max-age-below-floor",
            "max-age=5 counts as 60 s",
            "No issuer can cause a fetch for every request; the minimum is a setting.",
            &["RFC 9111 §4.2"],
            "max-age=5",
            120,
        ),
        waits_from(
            "keys-max-age-above-ceiling",
            "max-age of a year counts as a day",
            "A withdrawn key must not live for a year because of a careless header.",
            &["K4", "RFC 9111 §4.2"],
            "max-age=31536000",
            87_000,
        ),
        waits_from(
            "keys-stale-while-revalidate-short",
            "stale-while-revalidate=30 shortens the window",
            "The issuer says how long old keys may be used while they are fetched.",
            &["K4", "RFC 5861 §3"],
            "max-age=300, stale-while-revalidate=30",
            330,
        ),
        waits_from(
            "keys-stale-while-revalidate-zero",
            "stale-while-revalidate=0: a request waits as soon as the lifetime is over",
            "The issuer forbids using old keys while they are fetched.",
            &["K4", "RFC 5861 §3"],
            "max-age=300, stale-while-revalidate=0",
            300,
        ),
        waits_from(
            "keys-stale-while-revalidate-long",
            "stale-while-revalidate=86400 does not extend the window",
            "A header may tighten the settings, never loosen them.",
            &["K4", "RFC 5861 §3"],
            "max-age=300, stale-while-revalidate=86400",
            600,
        ),
        waits_from(
            "keys-must-revalidate-reachable",
            "must-revalidate: no window",
            "RFC 9111 §5.2.2.2 forbids using a stale response without revalidation.",
            &["K4", "RFC 9111 §5.2.2.2"],
            "max-age=300, must-revalidate",
            300,
        ),
        waits_from(
            "keys-no-cache-reachable",
            "no-cache: fetched again after the minimum of 60 s, and not used after that",
            "The shortest lifetime is a setting and applies to every header.",
            &["K4", "RFC 9111 §5.2.2.4"],
            "no-cache",
            60,
        ),
        waits_from(
            "keys-no-store-reachable",
            "no-store: fetched again after the minimum of 60 s, and not used after that",
            "The shortest lifetime is a setting and applies to every header.",
            &["K4", "RFC 9111 §5.2.2.5"],
            "no-store",
            60,
        ),
        lasts_until(
            "keys-must-revalidate-outage",
            "must-revalidate: keys end with their lifetime if the issuer fails",
            "RFC 9111 §5.2.2.2 requires an error rather than a stale answer; here 503.",
            &["K4", "RFC 9111 §5.2.2.2"],
            "max-age=300, must-revalidate",
            300,
        ),
        lasts_until(
            "keys-no-store-outage",
            "no-store: keys end after 60 s if the issuer fails",
            "The issuer wants nothing cached; only the minimum avoids a fetch per request.",
            &["K4", "RFC 9111 §5.2.2.5"],
            "no-store",
            60,
        ),
        lasts_until(
            "keys-no-cache-outage",
            "no-cache: keys end after 60 s if the issuer fails",
            "The issuer wants a fetch per request; only the minimum avoids that.",
            &["K4", "RFC 9111 §5.2.2.4"],
            "no-cache",
            60,
        ),
        lasts_until(
            "keys-stale-if-error-zero",
            "stale-if-error=0: keys end with their lifetime if the issuer fails",
            "The issuer forbids using old keys during an outage, and thus also using them without \
             waiting for it.",
            &["K4", "RFC 5861 §4"],
            "max-age=300, stale-if-error=0",
            300,
        ),
        lasts_until(
            "keys-stale-if-error-hour",
            "stale-if-error=3600: keys bridge an outage of an hour",
            "A header may tighten the settings.",
            &["K4", "RFC 5861 §4"],
            "max-age=300, stale-if-error=3600",
            3900,
        ),
        lasts_until(
            "keys-stale-if-error-week",
            "stale-if-error of a week counts as a day",
            "A header never loosens the settings.",
            &["K4", "RFC 5861 §4"],
            "max-age=300, stale-if-error=604800",
            86_700,
        ),
        lasts_until(
            "keys-outage-day",
            "Keys without headers bridge an outage of a day",
            "An outage of the issuer is no outage of its services, as long as stale_for allows.",
            &["K4"],
            "public",
            87_000,
        ),
        scenario(
            "keys-stale-despite-headers",
            "The waiver stale_despite_headers lets keys bridge an outage despite the headers",
            "Some issuers forbid it unintentionally; an operator can waive that explicitly.",
            &["K4", "RFC 9111 §5.2.2.2"],
        )
        .settings(json!({ "stale_despite_headers": true }))
        .at(0)
        .issuer(json!({
            "keys": ["a"],
            "headers": { "Cache-Control": "max-age=300, must-revalidate, stale-if-error=0" },
        }))
        .accepts("a")
        .issuer(json!({ "status": 500 }))
        .at(86_699)
        .accepts("a")
        .at(86_700)
        .unavailable("a", 2),
        scenario(
            "keys-age-header",
            "The Age header is subtracted from max-age",
            "A set that was in a shared cache for 200 s is 200 s old.",
            &["RFC 9111 §4.2.3"],
        )
        .at(0)
        .issuer(json!({
            "keys": ["a"], "headers": { "Cache-Control": "max-age=300", "Age": "200" },
        }))
        .accepts("a")
        .at(1)
        .serves(&["b"])
        .at(200)
        .refuses("a", "unknown_key")
        .accepts("b"),
        scenario(
            "keys-refresh-ahead",
            "After four fifths of the lifetime keys are fetched in the background",
            "A busy service never waits for planned rotations.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(479)
        .accepts("a")
        .fetches(1)
        .at(480)
        .issuer(json!({ "keys": ["a", "b"], "hold": true }))
        .accepts("a")
        .accepts("a")
        .release()
        .accepts("a")
        .accepts("b")
        .fetches(2),
        scenario(
            "keys-wait-only-failure-lets-old-serve",
            "After the window the old set is used only if the fetch has failed",
            "An unreachable issuer cannot have withdrawn anything as far as anyone knows; a reachable \
             one is asked first.",
            &["K4", "RFC 5861 §4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1200)
        .issuer(json!({ "status": 500, "hold": true }))
        .verify(json!({ "token": "a", "as": "first" }))
        .verify(json!({ "token": "a", "as": "second" }))
        .fetches(2)
        .release()
        .join("first", "accepted")
        .join("second", "accepted")
        .fetches(2)
        .health(json!({ "failures": 1, "is_fresh": false })),
        scenario(
            "keys-after-failure-no-wait",
            "For one window after a failure no request waits again",
            "An outage costs one wait per ten minutes, not one per request.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1200)
        .issuer(json!({ "status": 500 }))
        .accepts("a")
        .at(1300)
        .issuer(json!({ "keys": ["b"], "hold": true }))
        .accepts("a")
        .fetches(3)
        .release()
        .refuses("a", "unknown_key")
        .accepts("b"),
        scenario(
            "keys-after-window-of-failure-waits",
            "One window after the last failure a request waits again",
            "The issuer may work again; the old set is not used any longer without asking.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1200)
        .issuer(json!({ "status": 500 }))
        .accepts("a")
        .serves(&["b"])
        .at(1800)
        .refuses("a", "unknown_key")
        .accepts("b"),
        scenario(
            "keys-not-modified-renews",
            "A 304 renews the set that was requested",
            "The issuer has confirmed exactly the cached set.",
            &["RFC 9110 §15.4.5", "RFC 9111 §4.3.4"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"1\"" }))
        .accepts("a")
        .at(480)
        .accepts("a")
        .fetches(2)
        .health(json!({ "is_fresh": true, "failures": 0 }))
        .at(959)
        .accepts("a")
        .fetches(2)
        .health(json!({ "is_fresh": true })),
        scenario(
            "keys-not-modified-compressed",
            "A 304 with the headers of a compressed answer renews the set",
            "It has no body; servers that compress send it nevertheless.",
            &["RFC 9110 §8.4", "RFC 9110 §15.4.5"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"1\"" }))
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a"], "etag": "\"1\"", "headers": { "Content-Encoding": "gzip" } }))
        .accepts("a")
        .fetches(2)
        .health(json!({ "is_fresh": true, "failures": 0 })),
        scenario(
            "keys-revalidate-for-zero",
            "revalidate_for of zero: a request waits as soon as the lifetime is over",
            "A setting of zero means no window.",
            &["K4"],
        )
        .settings(json!({ "revalidate_for": 0 }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1)
        .serves(&["b"])
        .at(600)
        .refuses("a", "unknown_key"),
        scenario(
            "keys-expired-token-asks-nobody",
            "An expired token causes no fetch once there are keys",
            "A token that stays invalid needs no new keys.",
            &["RFC 7519 §4.1.4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .refuses("expired", "expired")
        .fetches(1),
    ]
}
