//! Kinds of deployments, each with the longest time for which a withdrawn key is accepted: accepted
//! just before that, refused just after.

use serde_json::json;

use super::scenario::{Scenario, scenario};

fn deployed(kind: &str, id: &str, title: &str, why: &str, refs: &[&str]) -> Scenario {
    scenario(id, title, why, refs).with("deployment", json!(kind))
}

pub fn scenarios() -> Vec<Scenario> {
    let mut busy = deployed(
        "busy",
        "keys-busy-withdrawn",
        "A busy service refuses a withdrawn key after four fifths of a lifetime",
        "With a request per minute the set is refreshed early, in the background.",
        &["K4", "RFC 9111 §4.2"],
    )
    .at(0)
    .serves(&["a"])
    .accepts("a")
    .at(1)
    .serves(&["b"]);
    for minute in 1..8 {
        busy = busy.at(minute * 60).accepts("a");
    }
    busy = busy.fetches(1).at(480).accepts("a").fetches(2).at(481).refuses("a", "unknown_key");
    let mut serverless = deployed(
        "frozen",
        "keys-frozen-late-answers-taken",
        "Frozen between calls: an answer that is read after the next thaw is accepted",
        "A serverless process is frozen as soon as it has answered, and reads the keys 90 s later. \
         All such answers used to be discarded: 963 fetches, no keys, and a withdrawn key accepted \
         for a day.",
        &["K2"],
    )
    .at(0)
    .serves(&["a"])
    .accepts("a");
    for call in 1..6 {
        serverless = serverless.at(call * 90).accepts("a");
    }
    serverless = serverless
        .at(540)
        .issuer(json!({ "keys": ["b"], "hold": true }))
        .accepts("a")
        .fetches(2)
        .at(630)
        .serves(&["b"])
        .release()
        .refuses("a", "unknown_key")
        .accepts("b");
    vec![
        busy,
        deployed(
            "idle",
            "keys-idle-withdrawn",
            "An idle service refuses a withdrawn key after a lifetime and a window",
            "No request refreshed the set, so the first one after the window waits.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .at(1)
        .serves(&["b"])
        .at(1199)
        .accepts("a")
        .at(1200)
        .on("late")
        .refuses("a", "unknown_key"),
        deployed(
            "idle",
            "keys-idle-month",
            "After a month without requests the first one waits for fresh keys",
            "Only the age decides; nothing has to run in the background.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1)
        .serves(&["b"])
        .at(2_592_000)
        .refuses("a", "unknown_key")
        .accepts("b")
        .fetches(2),
        serverless,
        deployed(
            "frozen",
            "keys-frozen-never-thawed-in-time",
            "Frozen between calls with a lost answer: the next request waits for its own fetch",
            "A fetch whose end was never seen is cancelled and says nothing about the issuer; the next \
             request waits for a new one, so that it cannot be lost again.",
            &["K2", "K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .at(1)
        .issuer(json!({ "keys": ["b"], "hold": true }))
        .at(480)
        .accepts("a")
        .at(600)
        .serves(&["b"])
        .refuses("a", "unknown_key")
        .accepts("b")
        .at(1199)
        .on("late")
        .accepts("a"),
        deployed(
            "loop_each_call",
            "keys-loop-each-call-cancelled",
            "One event loop per request: a fetch that ends with its loop is repeated by the next \
             request that waits, and is not a failure of the issuer",
            "The background fetch ends with the request that caused it. Counted as a failure it \
             caused backoff and 503 although the issuer worked.",
            &["K3"],
        )
        .with("loop_each_call", json!(true))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(1)
        .issuer(json!({ "keys": ["b"], "hold": true }))
        .at(480)
        .accepts("a")
        .health(json!({ "failures": 0 }))
        .serves(&["b"])
        .release()
        .at(600)
        .refuses("a", "unknown_key")
        .accepts("b")
        .health(json!({ "failures": 0, "is_fresh": true })),
        deployed(
            "loop_each_call",
            "keys-loop-each-call-withdrawn",
            "One event loop per request: a withdrawn key is refused after the window",
            "Even if background fetches never complete, after the window the request itself waits.",
            &["K3", "K4"],
        )
        .with("loop_each_call", json!(true))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .at(1)
        .serves(&["b"])
        .at(1199)
        .accepts("a")
        .at(1200)
        .on("late")
        .refuses("a", "unknown_key")
        .accepts("b")
        .health(json!({ "failures": 0 })),
        deployed(
            "loop_each_call",
            "keys-loop-each-call-stale-for-zero",
            "One event loop per request and stale_for of zero: no 503 while the issuer works",
            "68 of 2160 requests got 503 when cancelled fetches counted as failures.",
            &["K3"],
        )
        .with("loop_each_call", json!(true))
        .settings(json!({ "stale_for": 0 }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(300)
        .accepts("a")
        .at(490)
        .accepts("a")
        .at(580)
        .accepts("a")
        .at(1300)
        .accepts("a")
        .at(1390)
        .accepts("a")
        .health(json!({ "failures": 0 })),
        deployed(
            "forked",
            "keys-forked-withdrawn",
            "A forked child refuses a withdrawn key after a lifetime and a window",
            "The inherited keys age in the child as in the parent.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(500)
        .step("fork_to", json!("child"))
        .step("fork_to", json!("other"))
        .at(501)
        .serves(&["b"])
        .at(1199)
        .on("child")
        .accepts("a")
        .at(1200)
        .on("other")
        .refuses("a", "unknown_key")
        .accepts("b"),
        deployed(
            "forked",
            "keys-forked-during-fetch",
            "A child that is forked during a fetch makes its own fetch",
            "The fetch belongs to a thread that the child does not have; the child must not wait for it \
             forever.",
            &["K2", "K3"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a", "b"], "hold": true }))
        .accepts("a")
        .step("fork_to", json!("child"))
        .issuer(json!({ "keys": ["a", "c"] }))
        .at(490)
        .on("child")
        .accepts("a")
        .accepts("c")
        .on("main")
        .release(),
        deployed(
            "asleep",
            "keys-asleep-withdrawn",
            "Time asleep counts: keys age while the machine is suspended",
            "With a clock that stops during sleep, keys would live longer by that time.",
            &["K5"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .at(1)
        .serves(&["b"])
        .asleep(1198)
        .accepts("a")
        .asleep(1)
        .on("late")
        .refuses("a", "unknown_key")
        .accepts("b"),
        deployed(
            "asleep",
            "keys-asleep-outage",
            "Time asleep counts towards the day for which keys bridge an outage",
            "Keys must not be used longer because the machine slept.",
            &["K5"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .issuer(json!({ "status": 500 }))
        .asleep(86_999)
        .accepts("a")
        .at(87_001)
        .unavailable("a", 2),
        deployed(
            "asleep",
            "keys-asleep-during-fetch",
            "A fetch interrupted by sleep is cancelled and repeated",
            "Its connection is dead; the request after the wake-up must neither wait for it nor fail \
             because of it.",
            &["K2", "K5"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "keys": ["a"], "hold": true }))
        .accepts("a")
        .serves(&["b"])
        .asleep(7200)
        .refuses("a", "unknown_key")
        .accepts("b")
        .health(json!({ "failures": 0 })),
        deployed(
            "snapshot",
            "keys-snapshot-restored-week-later",
            "A process restored from last week's snapshot fetches before it uses its keys",
            "The monotonic clock continues where the snapshot was taken; the wall clock does not.",
            &["K5"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(10)
        .serves(&["b"])
        .asleep(604_800)
        .refuses("a", "unknown_key")
        .accepts("b")
        .fetches(2),
        deployed(
            "snapshot",
            "keys-snapshot-restored-within-window",
            "A process restored within the window answers at once and fetches in the background",
            "The limit is the same as for a process that was never suspended.",
            &["K5"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .on("late")
        .accepts("a")
        .on("main")
        .at(10)
        .serves(&["b"])
        .asleep(1189)
        .accepts("a")
        .refuses("a", "unknown_key")
        .asleep(1)
        .on("late")
        .refuses("a", "unknown_key"),
        deployed(
            "replicas",
            "keys-replicas-withdrawn",
            "Each of two replicas keeps its own limit",
            "A replica that fetched later learns later, but never after a lifetime and a window.",
            &["K4"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(400)
        .on("second")
        .accepts("a")
        .on("main")
        .at(401)
        .serves(&["b"])
        .at(1200)
        .refuses("a", "unknown_key")
        .at(1599)
        .on("second")
        .accepts("a")
        .refuses("a", "unknown_key")
        .fetches(4),
        deployed(
            "replicas",
            "keys-replicas-new-key",
            "Each of two replicas fetches once for a new key",
            "A replica does not know what another one has fetched.",
            &["K8"],
        )
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .on("second")
        .accepts("a")
        .on("main")
        .at(100)
        .serves(&["a", "b"])
        .accepts("b")
        .fetches(3)
        .on("second")
        .accepts("b")
        .fetches(4),
        deployed(
            "seeded",
            "keys-seeded-withdrawn",
            "Seeded keys age from when the issuer returned them: a withdrawn key is refused after the window",
            "A set that was added at deployment is as old as it says.",
            &["K4"],
        )
        .at(0)
        .serves(&["b"])
        .step("seed", json!({ "keys": ["a"], "age": 1199, "expect": "ok" }))
        .accepts("a")
        .on("late")
        .step("seed", json!({ "keys": ["a"], "age": 1200, "expect": "ok" }))
        .refuses("a", "unknown_key")
        .accepts("b"),
        deployed(
            "seeded",
            "keys-seeded-outage",
            "Seeded keys start a service without its issuer, for a lifetime and a day",
            "A restart during an outage must not cause another one.",
            &["K4"],
        )
        .at(0)
        .issuer(json!({ "status": 503 }))
        .step("seed", json!({ "keys": ["a"], "age": 86_999, "expect": "ok" }))
        .accepts("a")
        .health(json!({ "is_seed": true, "usable_keys": 1 }))
        .on("late")
        .step("seed", json!({ "keys": ["a"], "age": 87_000, "expect": "ok" }))
        .unavailable("a", 1)
        .health(json!({ "usable_keys": 0 })),
    ]
}
