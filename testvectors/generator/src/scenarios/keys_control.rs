//! What an operator tells a client: withdraw a kid, fetch now, take these keys.

use serde_json::json;

use super::scenario::{Scenario, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "keys-purge",
            "A kid that is purged is refused at once, without a fetch",
            "A leaked key must not wait for the issuer.",
            &["K9"],
        )
        .at(0)
        .serves(&["a", "b"])
        .accepts("a")
        .step("purge", json!("a"))
        .refuses("a", "unknown_key")
        .accepts("b")
        .health(json!({ "purged": ["a"], "usable_keys": 1 }))
        .at(400)
        .refuses("a", "unknown_key")
        .fetches(1),
        scenario(
            "keys-purge-survives-fetch",
            "A purged kid stays refused though the issuer still publishes it",
            "The issuer is often the last to act.",
            &["K9"],
        )
        .at(0)
        .serves(&["a", "b"])
        .accepts("a")
        .step("purge", json!("a"))
        .at(480)
        .accepts("b")
        .fetches(2)
        .refuses("a", "unknown_key")
        .at(10_000)
        .accepts("b")
        .refuses("a", "unknown_key")
        .health(json!({ "purged": ["a"] })),
        scenario(
            "keys-purge-survives-seed",
            "A purged kid stays refused in seeded keys",
            "An old set must not bring a leaked key back.",
            &["K9"],
        )
        .at(0)
        .issuer(json!({ "status": 503 }))
        .step("purge", json!("a"))
        .step("seed", json!({ "keys": ["a", "b"], "age": 0, "expect": "ok" }))
        .accepts("b")
        .at(100)
        .refuses("a", "unknown_key"),
        scenario(
            "keys-purge-before-keys",
            "A kid can be purged before any keys are there",
            "It is refused in the first set as in every later one.",
            &["K9"],
        )
        .at(0)
        .serves(&["a", "b"])
        .step("purge", json!("a"))
        .refuses("a", "unknown_key")
        .accepts("b")
        .fetches(1),
        scenario(
            "keys-purge-only-key",
            "Purging the only key leaves a set that is read, and no usable key",
            "The issuer can be reached and has answered: its tokens are refused with 401.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .step("purge", json!("a"))
        .refuses("a", "unknown_key")
        .health(json!({ "usable_keys": 0, "failures": 0 })),
        scenario(
            "keys-restore",
            "A kid that is restored is accepted again, without a fetch",
            "A purge by mistake is undone at once.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .step("purge", json!("a"))
        .refuses("a", "unknown_key")
        .step("restore", json!("a"))
        .accepts("a")
        .health(json!({ "purged": [] })),
        scenario(
            "keys-purge-other-kid",
            "Purging a kid that nobody has changes nothing",
            "There is nothing to refuse.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .step("purge", json!("zzz"))
        .accepts("a")
        .health(json!({ "purged": ["zzz"], "usable_keys": 1 })),
        scenario(
            "keys-purge-not-for-replicas",
            "A purge is of one client",
            "Each process is told for itself.",
            &["K9"],
        )
        .at(0)
        .serves(&["a", "b"])
        .accepts("a")
        .on("second")
        .accepts("a")
        .step("purge", json!("a"))
        .refuses("a", "unknown_key")
        .on("main")
        .accepts("a"),
        scenario(
            "keys-refresh-now",
            "refresh_now brings a withdrawal at once",
            "An operator who knows of it need not wait for the set to age.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .serves(&["b"])
        .accepts("a")
        .step("refresh_now", json!({ "expect": "ok" }))
        .refuses("a", "unknown_key")
        .accepts("b")
        .fetches(2),
        scenario(
            "keys-refresh-now-fails",
            "refresh_now that fails says so, and takes nothing away",
            "Keys that are good stay in use.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .issuer(json!({ "status": 500 }))
        .step("refresh_now", json!({ "expect": "keys_unavailable", "retry_after": 1 }))
        .accepts("a")
        .fetches(2),
        scenario(
            "keys-refresh-now-rests",
            "refresh_now asks at most once in shortest_rest",
            "A button that somebody leans on is no storm.",
            &["K6", "K9"],
        )
        .settings(json!({ "shortest_rest": 10, "longest_rest": 60 }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(100)
        .step("refresh_now", json!({ "expect": "ok" }))
        .fetches(2)
        .at(101)
        .step("refresh_now", json!({ "expect": "keys_unavailable", "retry_after": 9 }))
        .fetches(2)
        .at(110)
        .step("refresh_now", json!({ "expect": "ok" }))
        .fetches(3),
        scenario(
            "keys-refresh-now-first",
            "refresh_now fetches where there are no keys yet",
            "A service may want its keys before the first request.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .step("refresh_now", json!({ "expect": "ok" }))
        .accepts("a")
        .fetches(1),
        scenario(
            "keys-seed-right-hash",
            "A seed with its SHA-256 is taken",
            "A file that was deployed along is the one that was exported.",
            &["FIPS 180-4"],
        )
        .at(0)
        .issuer(json!({ "status": 503 }))
        .step("seed", json!({ "keys": ["a"], "age": 10, "sha256": "right", "expect": "ok" }))
        .accepts("a"),
        scenario(
            "keys-seed-wrong-hash",
            "A seed with another SHA-256 is refused",
            "It was changed or cut off on its way.",
            &["FIPS 180-4"],
        )
        .at(0)
        .issuer(json!({ "status": 503 }))
        .step(
            "seed",
            json!({ "keys": ["a"], "age": 10, "sha256": "wrong", "expect": "malformed_jwks" }),
        )
        .unavailable("a", 1),
        scenario(
            "keys-seed-empty",
            "A seed without keys is refused",
            "It would be held as if the issuer had no keys.",
            &["RFC 7517 §5"],
        )
        .at(0)
        .serves(&["a"])
        .step("seed", json!({ "keys": [], "age": 0, "expect": "malformed_jwks" }))
        .accepts("a"),
        scenario(
            "keys-seed-older-than-held",
            "A seed that is older than what is held changes nothing",
            "The issuer has said something newer.",
            &["K1"],
        )
        .at(0)
        .serves(&["b"])
        .accepts("b")
        .at(10)
        .step("seed", json!({ "keys": ["a"], "age": 100, "expect": "ok" }))
        .accepts("b")
        .health(json!({ "is_seed": false }))
        .fetches(1),
        scenario(
            "keys-export",
            "Exported keys start another client, and keep their age",
            "They are used for no longer than where they came from.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1000)
        .serves(&["b"])
        .step("export_to", json!("second"))
        .step("export_to", json!("third"))
        .at(1199)
        .on("second")
        .accepts("a")
        .on("third")
        .at(1200)
        .refuses("a", "unknown_key"),
        scenario(
            "keys-restart",
            "A restarted process has nothing, and fetches once",
            "Keys do not outlive the process unless they are exported.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .step("purge", json!("a"))
        .step("restart", json!(true))
        .accepts("a")
        .fetches(2)
        .health(json!({ "purged": [] })),
    ]
}
