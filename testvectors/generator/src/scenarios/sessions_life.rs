//! When an access token is refreshed, by which request, and what is stored.

use serde_json::json;

use super::scenario::{Scenario, scenario};

/// Signed in for an hour with A1 and R1; the endpoint returns A2 and R2, the service accepts both.
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
            "The user must sign in first.",
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
            "They survive the process.",
            &["RFC 6749 §5.1"],
        )
        .stored("A1", "R1")
        .request(200, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-refresh-ahead",
            "A minute before it expires a token is refreshed in the background",
            "The old one is still valid, so no request waits.",
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
            "After it expires a token is refreshed before the request",
            "A request with an expired token would be refused.",
            &["RFC 6749 §6"],
        )
        .at(3600)
        .request(200, &["A2"])
        .refreshes(1)
        .stored("A2", "R2"),
        signed_in(
            "sessions-refresh-sends-refresh-token",
            "The newest refresh token is sent to the endpoint",
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
            "After an answer without a refresh token the old one is used again",
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
            "While a token is refreshed in the background no request starts another refresh",
            "The old one is still valid.",
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
            "The tokens of a background refresh are stored at once",
            "It may be the only copy of the new refresh token.",
            &["RFC 6749 §6"],
        )
        .at(3540)
        .request(200, &["A1"])
        .stored("A2", "R2"),
        signed_in(
            "sessions-store-broken",
            "Tokens that cannot be stored are used anyway",
            "The old ones are no longer valid.",
            &["RFC 6749 §6"],
        )
        .step("storage", json!("broken"))
        .at(3600)
        .request(200, &["A2"])
        .stored("A1", "R1"),
        signed_in(
            "sessions-store-broken-no-refresh",
            "No refresh while the last tokens have not been stored",
            "A refresh uses up the refresh token in memory; what is stored would be two behind.",
            &["RFC 6749 §6", "RFC 9700 §4.14.2"],
        )
        .step("storage", json!("broken"))
        .at(3600)
        .request(200, &["A2"])
        .endpoint(json!({ "access": "A3", "refresh": "R3", "expires_in": 3600 }))
        .api(&["A2", "A3"])
        .at(7140)
        .request(200, &["A2"])
        .step("health", json!({ "failures": 1, "is_valid": true }))
        .at(7200)
        .no_request("unavailable")
        .refreshes(1)
        .stored("A1", "R1")
        .step("storage", json!("writable"))
        .at(7260)
        .request(200, &["A3"])
        .refreshes(2)
        .step("refresh_token_sent", json!("R2"))
        .stored("A3", "R3"),
        signed_in(
            "sessions-store-locked",
            "Nothing is refreshed while tokens cannot be stored",
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
            "A user who signed out must not be signed in by a late answer.",
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
            "There is no longer a token for it.",
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
            "The late answer belongs to the previous sign-in.",
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
            "Tokens from storage keep their age",
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
            "Expired tokens from storage are refreshed before the request",
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
            "RFC 6749 §5.1: expires_in is only recommended.",
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
            "A minute would be most of its lifetime.",
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
            "A huge expires_in means that the token does not expire",
            "No number causes an overflow.",
            &["RFC 6749 §5.1"],
        )
        .signs_in("A1", "R1", 9_007_199_254_740_991_i64)
        .at(1_000_000)
        .request(200, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-expires-in-zero-at-sign-in",
            "A token without any lifetime is refreshed before its first use",
            "It has already expired.",
            &["RFC 6749 §5.1"],
        )
        .signs_in("A1", "R1", 0)
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-skew-setting",
            "skew says how long before its expiry a token is refreshed",
            "A slow endpoint needs more time.",
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
            "Time asleep counts: a token that expired during sleep is refreshed before the request",
            "A phone sleeps most of the day, and the server's clock does not.",
            &["K5"],
        )
        .at(10)
        .request(200, &["A1"])
        .asleep(3600)
        .request(200, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-asleep-ahead",
            "Time asleep counts towards the background refresh",
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
            "The answer of a refresh interrupted by sleep is accepted, and is as old as its request",
            "It may contain the only copy of a new refresh token; counted from the wake-up its access \
             token would seem to be valid after it has expired.",
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
