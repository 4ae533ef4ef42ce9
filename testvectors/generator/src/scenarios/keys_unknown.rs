//! Tokens with an unknown kid, and tokens with a bad signature.

use serde_json::json;

use super::scenario::{Scenario, scenario};

pub fn scenarios() -> Vec<Scenario> {
    let mut flood = scenario(
        "keys-unknown-flood",
        "Forty made-up kids at once cause one fetch",
        "The number of fetches is bounded, however many hostile tokens there are.",
        &["K8"],
    )
    .at(0)
    .serves(&["a"])
    .accepts("a")
    .at(100)
    .refuses("unknown-1", "unknown_key");
    for number in 2..=40 {
        flood = flood.refuses(&format!("unknown-{number}"), "unknown_key");
    }
    flood = flood.fetches(2).accepts("a");
    let mut hour = scenario(
        "keys-unknown-steady-flood",
        "A made-up kid per second causes a fetch every 15 s",
        "Between fetches it is unknown whether the key exists, so the answer is 503, not 401.",
        &["K8"],
    )
    .at(0)
    .serves(&["a"])
    .accepts("a");
    for second in 0..40_u32 {
        let name = format!("unknown-{}", second + 1);
        hour = hour.at(100 + second);
        hour = match second % 15 {
            0 => hour.refuses(&name, "unknown_key"),
            since => hour.unavailable(&name, 15 - since),
        };
    }
    hour = hour.fetches(4).accepts("a");
    vec![
        flood,
        hour,
        scenario(
            "keys-new-key-one-fetch",
            "A new key is accepted after one fetch",
            "The first token of a new key reveals the rotation.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .serves(&["a", "b"])
        .accepts("b")
        .fetches(2)
        .accepts("a")
        .fetches(2),
        scenario(
            "keys-new-key-budget-spent",
            "While no fetch for unknown kids is allowed, a new key's token gets 503, not 401",
            "The cached set is older than the token, so the issuer may have the key. 401 would make a \
             client discard a valid token.",
            &["K8", "RFC 9110 §15.6.4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .refuses("unknown-1", "unknown_key")
        .at(11)
        .serves(&["a", "b"])
        .at(12)
        .unavailable("b", 13)
        .at(24)
        .unavailable("b", 1)
        .at(25)
        .accepts("b")
        .fetches(3),
        scenario(
            "keys-new-key-brought-by-another",
            "A fetch for a made-up kid brings the new key too",
            "The answer is the issuer's, whatever caused the fetch.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .serves(&["a", "b"])
        .refuses("unknown-1", "unknown_key")
        .at(11)
        .accepts("b")
        .fetches(2),
        scenario(
            "keys-new-key-same-moment",
            "A set that was fetched after the token arrived is decisive",
            "Two requests with the same unknown kid share one fetch and one verdict.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .verify(json!({ "token": "unknown-1", "times": 20, "as": "crowd" }))
        .release()
        .join("crowd", "unknown_key")
        .fetches(2),
        scenario(
            "keys-unknown-before-any-keys",
            "An unknown kid causes one fetch if there are no keys yet",
            "The fetch of the first keys also decides about it.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .refuses("unknown-1", "unknown_key")
        .fetches(1)
        .accepts("a"),
        scenario(
            "keys-unknown-while-issuer-fails",
            "During the backoff after a failure an unknown kid gets 503",
            "It is unknown whether the issuer has such a key.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .issuer(json!({ "status": 500 }))
        .unavailable("b", 15)
        .accepts("a")
        .at(101)
        .unavailable("b", 14)
        .fetches(2)
        .at(115)
        .serves(&["a", "b"])
        .accepts("b")
        .fetches(3),
        scenario(
            "keys-unknown-window-setting",
            "The limit follows unknown_window",
            "With a window of 120 s an unknown kid causes a fetch per minute.",
            &["K8"],
        )
        .settings(json!({ "unknown_window": 120 }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .refuses("unknown-1", "unknown_key")
        .at(159)
        .unavailable("unknown-2", 1)
        .at(160)
        .refuses("unknown-2", "unknown_key")
        .fetches(3),
        scenario(
            "keys-no-kid",
            "A token without a kid is tried with the matching keys",
            "It names no key that could be missing.",
            &["RFC 7515 §4.1.4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("no-kid")
        .at(10)
        .accepts("no-kid")
        .fetches(1),
        scenario(
            "keys-reused-kid-old-set",
            "A key that was replaced under the same kid is found by one fetch",
            "Some issuers reuse kids. The set is older than a minute, so it may be the cause of the bad \
             signature.",
            &["K9", "RFC 7517 §4.5"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(60)
        .serves(&["a2"])
        .accepts("a-reused")
        .refuses("a", "invalid_signature")
        .fetches(2),
        scenario(
            "keys-reused-kid-young-set",
            "A set younger than a minute is not fetched again because of a bad signature",
            "Otherwise every forged token would cause a request to the issuer.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(59)
        .serves(&["a2"])
        .refuses("a-reused", "invalid_signature")
        .fetches(1)
        .at(60)
        .accepts("a-reused")
        .fetches(2),
        scenario(
            "keys-forged-flood",
            "Forged tokens with a known kid cause one fetch per minute",
            "The fetch makes the set young again.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .verify(json!({ "token": "a-forged", "expect": "invalid_signature", "times": 50 }))
        .fetches(2)
        .at(110)
        .verify(json!({ "token": "a-forged", "expect": "invalid_signature", "times": 50 }))
        .at(159)
        .refuses("a-forged", "invalid_signature")
        .fetches(2)
        .at(160)
        .refuses("a-forged", "invalid_signature")
        .fetches(3)
        .accepts("a"),
        scenario(
            "keys-forged-while-issuer-fails",
            "A forged token gets 401 while the issuer fails",
            "Its signature is bad for every known key; 503 would invite a retry.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .issuer(json!({ "status": 500 }))
        .refuses("a-forged", "invalid_signature")
        .fetches(2)
        .at(101)
        .refuses("a-forged", "invalid_signature")
        .fetches(2)
        .accepts("a"),
        scenario(
            "keys-forged-and-unknown-share-budget",
            "Bad signatures and unknown kids share one limit",
            "Two kinds of hostile tokens cause no more fetches than one.",
            &["K8", "K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .issuer(json!({ "status": 500 }))
        .refuses("a-forged", "invalid_signature")
        .at(105)
        .unavailable("unknown-1", 10)
        .fetches(2),
        scenario(
            "keys-refetch-not-modified",
            "A fetch after a bad signature that returns 304 confirms the verdict",
            "The issuer has confirmed the key for which the signature is bad.",
            &["K9", "RFC 9110 §15.4.5"],
        )
        .at(0)
        .issuer(json!({ "keys": ["a"], "etag": "\"1\"" }))
        .accepts("a")
        .at(100)
        .refuses("a-forged", "invalid_signature")
        .fetches(2)
        .refuses("a-forged", "invalid_signature")
        .fetches(2),
    ]
}
