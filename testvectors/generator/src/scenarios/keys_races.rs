//! Answers that arrive late, out of order, or for another request.

use serde_json::json;

use super::scenario::{Scenario, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "keys-seed-during-conditional-refresh",
            "A 304 for keys A does not renew keys B that were seeded in the meantime",
            "B would get A's entity tag, and every later 304 would keep the withdrawn B alive while \
             health says fresh.",
            &["K1", "RFC 9110 §13.1.2"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"" }))
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"", "hold": true }))
        .accepts("a")
        .at(481)
        .step("seed", json!({ "keys": ["b"], "age": 0, "expect": "ok" }))
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"" }))
        .release()
        .health(json!({ "is_seed": true }))
        .accepts("b")
        .at(490)
        .accepts("a")
        .refuses("b", "unknown_key")
        .health(json!({ "is_seed": false, "failures": 0 })),
        scenario(
            "keys-seed-during-conditional-refresh-month",
            "The same after a month with a reachable issuer",
            "The issuer's own key is accepted and the withdrawn one is not.",
            &["K1"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"" }))
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"", "hold": true }))
        .accepts("a")
        .step("seed", json!({ "keys": ["b"], "age": 0, "expect": "ok" }))
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"" }))
        .release()
        .at(2_592_000)
        .refuses("b", "unknown_key")
        .accepts("a"),
        scenario(
            "keys-not-modified-unasked",
            "A 304 to an unconditional request is a failure",
            "There is no set that it could confirm.",
            &["K1", "RFC 9110 §15.4.5"],
        )
        .at(0)
        .issuer(json!({ "not_modified": true }))
        .unavailable("a", 1)
        .health(json!({ "failures": 1, "usable_keys": 0 })),
        scenario(
            "keys-not-modified-after-move",
            "A 304 from the new URL of the keys renews nothing",
            "The request to the new jwks_uri had no validators: they belong to another resource.",
            &["K1", "RFC 9110 §13.1.2"],
        )
        .with("source", json!({ "issuer": "{origin}" }))
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"A\"" }))
        .accepts("a")
        .at(1)
        .metadata(json!({ "jwks_uri": "{origin}/keys2" }))
        .issuer(json!({ "path": "/keys2", "not_modified": true }))
        .at(1199)
        .accepts("a")
        .health(json!({ "failures": 1, "is_fresh": false }))
        .at(87_000)
        .unavailable("a", 2),
        scenario(
            "keys-moved-no-validators",
            "Validators are not sent to the new URL of the keys",
            "One resource's entity tag says nothing about another, even if both look alike.",
            &["K1", "RFC 9110 §8.8.3"],
        )
        .with("source", json!({ "issuer": "{origin}" }))
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"1\"" }))
        .accepts("a")
        .at(480)
        .metadata(json!({ "jwks_uri": "{origin}/keys2" }))
        .issuer(json!({ "path": "/keys2", "keys": ["b"], "etag": "\"1\"" }))
        .accepts("a")
        .refuses("a", "unknown_key")
        .accepts("b"),
        scenario(
            "keys-late-answer-taken",
            "An answer after its timeout is accepted if there are no newer keys",
            "The issuer sent it; discarding it helps nobody.",
            &["K2"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a", "b"], "hold": true }))
        .accepts("a")
        .at(485.5)
        .accepts("a")
        .health(json!({ "is_fetching": false, "failures": 1 }))
        .release()
        .accepts("b")
        .health(json!({ "failures": 0, "is_fresh": true }))
        .fetches(2),
        scenario(
            "keys-late-answer-older-than-held",
            "An answer to an older fetch does not replace that of a newer one",
            "It may predate the change that the newer one brought.",
            &["K2"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .accepts("a")
        .at(500)
        .serves(&["b"])
        .refuses("a", "unknown_key")
        .release()
        .refuses("a", "unknown_key")
        .accepts("b")
        .fetches(3),
        scenario(
            "keys-late-answer-age-counts-from-start",
            "A late answer is as old as its fetch",
            "The issuer may have created it at any time since then.",
            &["K2", "RFC 9111 §4.2.3"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .accepts("a")
        .at(489)
        .release()
        .serves(&["b"])
        .at(959)
        .accepts("a")
        .fetches(2)
        .at(960)
        .accepts("a")
        .fetches(3)
        .refuses("a", "unknown_key"),
        scenario(
            "keys-late-failure-changes-nothing",
            "A failure that is reported late removes no keys",
            "A newer fetch has succeeded since then.",
            &["K2"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "status": 500, "hold": true }))
        .accepts("a")
        .at(500)
        .serves(&["a", "b"])
        .accepts("b")
        .release()
        .accepts("a")
        .accepts("b")
        .health(json!({ "failures": 0, "is_fresh": true })),
        scenario(
            "keys-late-first-answer",
            "The first answer is accepted, however late it is",
            "There is nothing newer.",
            &["K2"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .verify(json!({ "token": "a", "as": "first" }))
        .at(4)
        .release()
        .join("first", "accepted")
        .fetches(1),
        scenario(
            "keys-one-fetch-for-all",
            "A hundred requests without keys share one fetch",
            "A start under load must not cause many fetches.",
            &["K6"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .verify(json!({ "token": "a", "times": 100, "as": "crowd" }))
        .fetches(1)
        .release()
        .join("crowd", "accepted")
        .fetches(1),
        scenario(
            "keys-crowd-fails-together",
            "A hundred requests without keys share one failure",
            "No request fetches again right after the failure.",
            &["K6"],
        )
        .at(0)
        .issuer(json!({ "status": 500, "hold": true }))
        .verify(json!({ "token": "a", "times": 100, "as": "crowd" }))
        .release()
        .join("crowd", "keys_unavailable")
        .fetches(1),
        scenario(
            "keys-crowd-after-window",
            "A hundred requests after the window share one fetch",
            "All of them wait together.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1200)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .verify(json!({ "token": "a", "times": 100, "as": "crowd" }))
        .fetches(2)
        .release()
        .join("crowd", "accepted")
        .fetches(2),
        scenario(
            "keys-seed-newer-than-answer",
            "A seed that is newer than a late answer stays",
            "The fetch started before the seed was made.",
            &["K1", "K2"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .verify(json!({ "token": "a", "as": "first" }))
        .at(3)
        .step("seed", json!({ "keys": ["a", "b"], "age": 0, "expect": "ok" }))
        .serves(&["a", "b"])
        .release()
        .join("first", "accepted")
        .accepts("b"),
        scenario(
            "keys-known-kid-never-waits-for-unknown",
            "A token with a known kid does not wait for a fetch for an unknown kid",
            "Made-up kids must not slow down other requests.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .verify(json!({ "token": "unknown-1", "as": "slow" }))
        .accepts("a")
        .release()
        .join("slow", "unknown_key")
        .fetches(2),
    ]
}
