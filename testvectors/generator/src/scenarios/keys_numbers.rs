//! Extreme settings: zero, small limits, and backoff after failures.

use serde_json::json;

use super::scenario::{Scenario, scenario};

pub fn scenarios() -> Vec<Scenario> {
    let mut rests = scenario(
        "keys-rests-double",
        "Backoff after failures doubles from 1 s up to 60 s",
        "A failing issuer gets fewer and fewer requests, but never none.",
        &["K6"],
    )
    .at(0)
    .issuer(json!({ "status": 500 }));
    let (mut now, mut fetches) = (0, 0);
    for rest in [1, 2, 4, 8, 16, 32, 60, 60] {
        fetches += 1;
        rests = rests.at(now).unavailable("a", rest).unavailable("a", rest).fetches(fetches);
        now += rest;
    }
    rests = rests.at(now).serves(&["a"]).accepts("a").fetches(fetches + 1);
    vec![
        rests,
        scenario(
            "keys-zero-settings-no-storm",
            "Settings of zero cause one fetch, not many",
            "The core has minimums: a backoff of zero made verify never return, with 4,921 fetches in \
             3 s.",
            &["K6"],
        )
        .settings(json!({
            "fresh_for": 0, "shortest_fresh": 0, "longest_fresh": 0, "revalidate_for": 0,
            "stale_for": 0, "unknown_window": 0, "shortest_rest": 0, "longest_rest": 0,
        }))
        .at(0)
        .issuer(json!({ "status": 500 }))
        .verify(json!({ "token": "a", "expect": "keys_unavailable", "times": 20 }))
        .fetches(1)
        .at(1)
        .serves(&["a"])
        .verify(json!({ "token": "a", "expect": "accepted", "times": 20 }))
        .fetches(2)
        .verify(json!({ "token": "unknown-1", "expect": "unknown_key", "times": 20 }))
        .fetches(2),
        scenario(
            "keys-zero-rest-floor",
            "A backoff of zero counts as 100 ms",
            "The minimum is in the core, for every language.",
            &["K6"],
        )
        .settings(json!({ "shortest_rest": 0, "longest_rest": 0 }))
        .at(0)
        .issuer(json!({ "status": 500 }))
        .unavailable("a", 1)
        .at(0.05)
        .unavailable("a", 1)
        .fetches(1)
        .at(0.125)
        .unavailable("a", 1)
        .fetches(2),
        scenario(
            "keys-zero-unknown-window-floor",
            "An unknown_window of zero counts as 2 s",
            "Made-up kids cause at most one fetch per second.",
            &["K6", "K8"],
        )
        .settings(json!({ "unknown_window": 0 }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .refuses("unknown-1", "unknown_key")
        .at(10.5)
        .unavailable("unknown-2", 1)
        .fetches(2)
        .at(11)
        .refuses("unknown-3", "unknown_key")
        .fetches(3),
        scenario(
            "keys-retry-after-rounds-up",
            "Retry-After is rounded up to whole seconds",
            "A client that retries at that time must not be too early.",
            &["RFC 9110 §10.2.3"],
        )
        .settings(json!({ "shortest_rest": 1.5 }))
        .at(0)
        .issuer(json!({ "status": 500 }))
        .unavailable("a", 2)
        .at(0.75)
        .unavailable("a", 1)
        .at(1.25)
        .unavailable("a", 1)
        .fetches(1),
        scenario(
            "keys-longest-below-shortest-rest",
            "A longest_rest below shortest_rest counts as shortest_rest",
            "Contradicting numbers have one meaning, the same in every language.",
            &["K6"],
        )
        .settings(json!({ "shortest_rest": 5, "longest_rest": 1 }))
        .at(0)
        .issuer(json!({ "status": 500 }))
        .unavailable("a", 5)
        .at(5)
        .unavailable("a", 5),
        scenario(
            "keys-longest-below-shortest-fresh",
            "A longest_fresh below shortest_fresh counts as shortest_fresh",
            "Contradicting numbers have one meaning, the same in every language.",
            &["K6"],
        )
        .settings(json!({ "shortest_fresh": 300, "longest_fresh": 100 }))
        .at(0)
        .issuer(json!({ "keys": ["a"], "headers": { "Cache-Control": "max-age=10" } }))
        .accepts("a")
        .at(239)
        .accepts("a")
        .fetches(1)
        .at(240)
        .accepts("a")
        .fetches(2),
        scenario(
            "keys-more-than-100-keys",
            "A set of 101 keys is refused",
            "The default limit bounds the cost of a set.",
            &["K10"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "more_keys": 100 }))
        .unavailable("a", 1),
        scenario(
            "keys-100-keys",
            "A set of 100 keys is used",
            "The limit itself is accepted.",
            &["K10"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "more_keys": 99 }))
        .accepts("a")
        .health(json!({ "usable_keys": 100 })),
        scenario(
            "keys-limit-of-keys-raised",
            "A higher max_keys allows a set of 101 keys",
            "Some issuers have a key for each tenant.",
            &["K10"],
        )
        .settings(json!({ "max_keys": 200 }))
        .at(0)
        .issuer(json!({ "keys": ["a"], "more_keys": 100 }))
        .accepts("a")
        .health(json!({ "usable_keys": 101 })),
        scenario(
            "keys-limit-of-octets",
            "A set of more than 262,144 octets is refused",
            "At most the limit is read.",
            &["K10"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "pad_octets": 262_145 }))
        .unavailable("a", 1),
        scenario(
            "keys-octets-at-limit",
            "A set of 262,144 octets is used",
            "The limit itself is accepted.",
            &["K10"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "pad_octets": 262_144 }))
        .accepts("a"),
        scenario(
            "keys-limit-of-octets-raised",
            "A higher max_octets allows a larger set",
            "Sets with certificate chains can be large.",
            &["K10"],
        )
        .settings(json!({ "max_octets": 600_000 }))
        .at(0)
        .issuer(json!({ "keys": ["a"], "pad_octets": 600_000 }))
        .accepts("a"),
        scenario(
            "keys-limit-of-keys-lowered",
            "A lower max_keys refuses a set of two keys",
            "A limit can be lowered too.",
            &["K10"],
        )
        .settings(json!({ "max_keys": 1 }))
        .at(0)
        .serves(&["a", "b"])
        .unavailable("a", 1),
    ]
}
