//! When an access token is refreshed, by whom, and what is stored.

use serde_json::json;

use super::scenario::{Scenario, scenario};

/// Signed in for an hour with A1 and R1; the endpoint gives A2 and R2, the service takes both.
pub fn signed_in(id: &str, title: &str, why: &str, refs: &[&str]) -> Scenario {
    scenario(id, title, why, refs)
        .at(0)
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600 }))
        .api(&["A1", "A2"])
        .signs_in("A1", "R1", 3600)
}

pub fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "sessions-nobody-signed-in",
            "Without tokens no request is sent",
            "The caller has to sign somebody in first.",
            &["RFC 6749 §4"],
        )
        .at(0)
        .api(&["A1"])
        .no_request("sign_in_needed")
        .refreshes(0)
        .step("stored", json!(null)),
        signed_in(
            "sessions-sign-in-stores",
            "Tokens from a sign-in are stored, and sent",
            "They outlive the process.",
            &["RFC 6749 §5.1"],
        )
        .stored("A1", "R1")
        .request(200, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-refresh-ahead",
            "A minute before its end a token is refreshed in the background",
            "The old one still serves, so nobody waits.",
            &["RFC 6749 §6"],
        )
        .at(3539)
        .request(200, &["A1"])
        .refreshes(0)
        .at(3540)
        .request(200, &["A1"])
        .refreshes(1)
        .request(200, &["A2"])
        .refreshes(1)
        .stored("A2", "R2"),
        signed_in(
            "sessions-refresh-after-end",
            "After its end a token is refreshed before the request",
            "A request with an expired token would be refused.",
            &["RFC 6749 §6"],
        )
        .at(3600)
        .request(200, &["A2"])
        .refreshes(1)
        .stored("A2", "R2"),
        signed_in(
            "sessions-refresh-sends-refresh-token",
            "The endpoint is sent the newest refresh token",
            "With rotation an older one ends the session.",
            &["RFC 6749 §6", "RFC 9700 §4.14"],
        )
        .at(3600)
        .request(200, &["A2"])
        .step("refresh_token_sent", json!("R1"))
        .endpoint(json!({ "access": "A3", "refresh": "R3", "expires_in": 3600 }))
        .api(&["A3"])
        .at(7200)
        .request(200, &["A3"])
        .step("refresh_token_sent", json!("R2"))
        .stored("A3", "R3"),
        signed_in(
            "sessions-refresh-token-kept",
            "An answer without a refresh token leaves the old one in use",
            "RFC 6749 §6: the new one is optional.",
            &["RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "expires_in": 3600 }))
        .at(3600)
        .request(200, &["A2"])
        .stored("A2", "R1")
        .at(7200)
        .request(200, &["A2"])
        .step("refresh_token_sent", json!("R1"))
        .refreshes(2),
        signed_in(
            "sessions-single-flight",
            "A hundred requests with an expired token share one refresh",
            "A second refresh with the same refresh token can end the session.",
            &["RFC 6749 §6", "RFC 9700 §4.14.2"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .at(3600)
        .step("request", json!({ "status": 200, "sent": ["A2"], "times": 100, "as": "crowd" }))
        .refreshes(1)
        .release()
        .step("join", json!({ "as": "crowd", "status": 200, "sent": ["A2"] }))
        .refreshes(1),
        signed_in(
            "sessions-single-flight-ahead",
            "While a token is refreshed ahead nobody starts another refresh",
            "The old one still serves.",
            &["RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .at(3540)
        .request(200, &["A1"])
        .request(200, &["A1"])
        .at(3560)
        .request(200, &["A1"])
        .refreshes(1)
        .release()
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-stored-before-use",
            "A refresh ahead is stored as soon as it is there",
            "It may be the only copy of the new refresh token.",
            &["RFC 6749 §6"],
        )
        .at(3540)
        .request(200, &["A1"])
        .stored("A2", "R2"),
        signed_in(
            "sessions-store-broken",
            "Tokens that cannot be stored are used all the same",
            "There are no others.",
            &["RFC 6749 §6"],
        )
        .step("storage", json!("broken"))
        .at(3600)
        .request(200, &["A2"])
        .stored("A1", "R1"),
        signed_in(
            "sessions-store-locked",
            "Nothing is refreshed where it could not be stored",
            "The answer may be the only copy of a new refresh token.",
            &["RFC 6749 §6"],
        )
        .step("storage", json!("read_only"))
        .at(3550)
        .request(200, &["A1"])
        .refreshes(0)
        .at(3600)
        .no_request("storage_needed")
        .refreshes(0)
        .step("storage", json!("writable"))
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-sign-out",
            "After a sign-out no request is sent",
            "The tokens are forgotten.",
            &["RFC 7009 §1"],
        )
        .request(200, &["A1"])
        .step("sign_out", json!(true))
        .no_request("sign_in_needed")
        .at(3600)
        .no_request("sign_in_needed")
        .refreshes(0),
        signed_in(
            "sessions-sign-out-during-refresh",
            "A sign-out during a refresh: its answer changes nothing",
            "Somebody who signed out must not be signed in by a late answer.",
            &["RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .at(3540)
        .request(200, &["A1"])
        .step("sign_out", json!(true))
        .release()
        .no_request("sign_in_needed")
        .stored("A1", "R1"),
        signed_in(
            "sessions-sign-out-during-waiting",
            "A sign-out ends a request that waits for a refresh",
            "It has nobody's token to be sent with.",
            &["RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .at(3600)
        .step("request", json!({ "error": "sign_in_needed", "sent": [], "as": "waiting" }))
        .step("sign_out", json!(true))
        .step("join", json!({ "as": "waiting", "error": "sign_in_needed", "sent": [] }))
        .release()
        .no_request("sign_in_needed"),
        signed_in(
            "sessions-sign-in-during-refresh",
            "Another sign-in during a refresh: the newer tokens stay",
            "The late answer belongs to somebody else.",
            &["RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .api(&["A1", "A2", "B1"])
        .at(3540)
        .request(200, &["A1"])
        .signs_in("B1", "S1", 3600)
        .release()
        .request(200, &["B1"])
        .stored("B1", "S1"),
        signed_in(
            "sessions-resume",
            "Tokens from storage go on at the age that they have",
            "A restart does not make them younger.",
            &["RFC 6749 §5.1"],
        )
        .step("resume", json!({ "access": "A1", "refresh": "R1", "expires_in": 3600, "age": 3000 }))
        .at(539)
        .request(200, &["A1"])
        .refreshes(0)
        .at(540)
        .request(200, &["A1"])
        .refreshes(1)
        .request(200, &["A2"]),
        signed_in(
            "sessions-resume-ended",
            "Tokens from storage that have ended are refreshed before the request",
            "A phone that was off for a day has such tokens.",
            &["RFC 6749 §6"],
        )
        .step(
            "resume",
            json!({ "access": "A1", "refresh": "R1", "expires_in": 3600, "age": 90_000 }),
        )
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-no-refresh-token",
            "Without a refresh token a session ends with its access token",
            "There is nothing to refresh with.",
            &["RFC 6749 §5.1"],
        )
        .step("sign_in", json!({ "access": "A1", "expires_in": 3600 }))
        .at(3599)
        .request(200, &["A1"])
        .at(3600)
        .no_request("sign_in_needed")
        .refreshes(0),
        signed_in(
            "sessions-expires-in-absent",
            "Without expires_in a token is used until it is refused",
            "RFC 6749 §5.1: it is recommended, no more.",
            &["RFC 6749 §5.1"],
        )
        .step("sign_in", json!({ "access": "A1", "refresh": "R1" }))
        .at(1_000_000)
        .request(200, &["A1"])
        .refreshes(0)
        .api(&["A2"])
        .request(200, &["A1", "A2"])
        .refreshes(1),
        signed_in(
            "sessions-expires-in-short",
            "A token of 100 s is refreshed after 80 s",
            "A minute ahead would be most of its life.",
            &["RFC 6749 §5.1"],
        )
        .signs_in("A1", "R1", 100)
        .at(79)
        .request(200, &["A1"])
        .refreshes(0)
        .at(80)
        .request(200, &["A1"])
        .refreshes(1),
        signed_in(
            "sessions-expires-in-huge",
            "A huge expires_in is a token that does not end",
            "No number makes anything overflow.",
            &["RFC 6749 §5.1"],
        )
        .signs_in("A1", "R1", 9_007_199_254_740_991_i64)
        .at(1_000_000)
        .request(200, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-expires-in-zero-at-sign-in",
            "A token without any life is refreshed before its first use",
            "It has ended already.",
            &["RFC 6749 §5.1"],
        )
        .signs_in("A1", "R1", 0)
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-skew-setting",
            "skew says how long before its end a token is refreshed",
            "A slow endpoint wants more time.",
            &["RFC 6749 §6"],
        )
        .settings(json!({ "skew": 600 }))
        .at(2999)
        .request(200, &["A1"])
        .refreshes(0)
        .at(3000)
        .request(200, &["A1"])
        .refreshes(1),
        signed_in(
            "sessions-asleep",
            "Time asleep counts: a token that ended during sleep is refreshed before the request",
            "A phone sleeps for most of the day, and the server's clock does not.",
            &["K5"],
        )
        .at(10)
        .request(200, &["A1"])
        .asleep(3600)
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-asleep-ahead",
            "Time asleep counts towards the refresh ahead",
            "One clock decides both.",
            &["K5"],
        )
        .at(10)
        .request(200, &["A1"])
        .asleep(3540)
        .request(200, &["A1"])
        .refreshes(1)
        .request(200, &["A2"]),
        signed_in(
            "sessions-asleep-during-refresh",
            "The answer of a refresh that slept along is taken, and is as old as its request",
            "It may hold the only copy of a new refresh token; counted from the wake-up its \
             access token would seem to live on after its end.",
            &["K5", "RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .at(3540)
        .request(200, &["A1"])
        .asleep(4000)
        .release()
        .stored("A2", "R2")
        .endpoint(json!({ "access": "A3", "refresh": "R3", "expires_in": 3600 }))
        .api(&["A3"])
        .at(7545)
        .request(200, &["A3"])
        .step("refresh_token_sent", json!("R2")),
    ]
}
