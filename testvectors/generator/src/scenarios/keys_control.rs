//! Operations of a client's operator: withdraw a kid, fetch now, import keys.

use serde_json::json;

use super::scenario::{Scenario, scenario};

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "keys-purge",
            "A purged kid is refused at once, without a fetch",
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
            "A purged kid stays refused while the issuer still publishes it",
            "The issuer is often the last to react.",
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
            "An old set must not restore a leaked key.",
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
            "A kid can be purged before there are any keys",
            "It is refused in the first set and in all later ones.",
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
            "After purging the only key there is a set without usable keys",
            "The issuer is reachable and has answered: its tokens are refused with 401.",
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
            "A restored kid is accepted again, without a fetch",
            "A mistaken purge is reversed at once.",
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
            "Purging an unknown kid changes nothing",
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
            "A purge applies to one client",
            "Each process is told separately.",
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
            "refresh_now applies a withdrawal at once",
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
            "refresh_now reports a failure, and removes no keys",
            "Valid keys stay in use.",
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
            "refresh_now fetches at most once in shortest_rest",
            "Repeated calls must not cause many requests.",
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
            "refresh_now fetches if there are no keys yet",
            "A service may want keys before its first request.",
            &["K9"],
        )
        .at(0)
        .serves(&["a"])
        .step("refresh_now", json!({ "expect": "ok" }))
        .accepts("a")
        .fetches(1),
        scenario(
            "keys-seed-right-hash",
            "A seed with the right SHA-256 is accepted",
            "The deployed file is the one that was exported.",
            &["FIPS 180-4"],
        )
        .at(0)
        .issuer(json!({ "status": 503 }))
        .step("seed", json!({ "keys": ["a"], "age": 10, "sha256": "right", "expect": "ok" }))
        .accepts("a"),
        scenario(
            "keys-seed-wrong-hash",
            "A seed with another SHA-256 is refused",
            "It was changed or truncated on the way.",
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
            "It would look as if the issuer had no keys.",
            &["RFC 7517 §5"],
        )
        .at(0)
        .serves(&["a"])
        .step("seed", json!({ "keys": [], "age": 0, "expect": "malformed_jwks" }))
        .accepts("a"),
        scenario(
            "keys-seed-older-than-held",
            "A seed that is older than the cached keys changes nothing",
            "The issuer has since published newer ones.",
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
            "Exported keys work in another client, and keep their age",
            "They are used for no longer than in the first client.",
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
            "A restarted process has no keys, and fetches once",
            "Keys do not survive the process unless they are exported.",
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
