//! A token endpoint that fails.

use serde_json::{Value, json};

use super::scenario::Scenario;
use super::sessions_life::signed_in;

/// The endpoint answers like this: a valid token is still used, an expired one is an outage, and
/// everything recovers.
fn bad(id: &str, title: &str, why: &str, refs: &[&str], answer: Value) -> Scenario {
    signed_in(id, title, why, refs)
        .settings(json!({ "refresh_timeout": 1 }))
        .endpoint(answer)
        .at(3540)
        .request(200, &["A1"])
        .step("health", json!({ "failures": 1, "is_valid": true }))
        .request(200, &["A1"])
        .at(3600)
        .step("request", json!({ "error": "unavailable", "retry_after": 2, "sent": [] }))
        .step("request", json!({ "error": "unavailable", "retry_after": 2, "sent": [] }))
        .stored("A1", "R1")
        .at(3602)
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600 }))
        .request(200, &["A2"])
        .step("health", json!({ "failures": 0, "is_valid": true }))
}

pub fn scenarios() -> Vec<Scenario> {
    let outage = "A failed refresh does not invalidate a token that is still valid.";
    let mut rests = signed_in(
        "sessions-rests-double",
        "Backoff after failed refreshes doubles from 1 s up to 60 s",
        "A failing endpoint gets fewer and fewer requests.",
        &["K6"],
    )
    .endpoint(json!({ "status": 500 }));
    let (mut now, mut refreshes) = (3600, 0);
    for rest in [1, 2, 4, 8, 16, 32, 60, 60] {
        refreshes += 1;
        let unavailable = json!({ "error": "unavailable", "retry_after": rest, "sent": [] });
        rests = rests
            .at(now)
            .step("request", unavailable.clone())
            .step("request", unavailable)
            .refreshes(refreshes);
        now += rest;
    }
    vec![
        bad(
            "sessions-endpoint-500",
            "The endpoint answers with 500",
            outage,
            &["RFC 9110 §15.6.1"],
            json!({ "status": 500 }),
        ),
        bad(
            "sessions-endpoint-silence",
            "The endpoint never answers",
            "A refresh has a timeout, and a token that is still valid is used.",
            &["RFC 6749 §6"],
            json!({ "fault": "silence" }),
        ),
        bad(
            "sessions-endpoint-half",
            "The endpoint sends half an answer",
            outage,
            &["RFC 9112 §8"],
            json!({ "access": "A9", "refresh": "R9", "expires_in": 3600, "fault": "half" }),
        ),
        bad(
            "sessions-endpoint-reset",
            "The endpoint closes the connection without an answer",
            outage,
            &["RFC 9112 §9.6"],
            json!({ "fault": "reset" }),
        ),
        bad(
            "sessions-endpoint-refuse",
            "The endpoint accepts no connection",
            outage,
            &["RFC 9112 §9"],
            json!({ "fault": "refuse" }),
        ),
        bad(
            "sessions-endpoint-html",
            "The endpoint answers with an HTML page and status 200",
            outage,
            &["RFC 6749 §5.1"],
            json!({ "body": "<!doctype html><title>Sign in</title>" }),
        ),
        bad(
            "sessions-endpoint-no-access-token",
            "The endpoint answers with status 200 and without an access token",
            outage,
            &["RFC 6749 §5.1"],
            json!({ "body": "{\"token_type\":\"Bearer\",\"expires_in\":3600}" }),
        ),
        bad(
            "sessions-endpoint-odd-access-token",
            "The endpoint returns an access token that no header can contain",
            "A line break in it would start another header.",
            &["RFC 6750 §2.1"],
            json!({ "body": "{\"access_token\":\"A2\\r\\nX: y\",\"expires_in\":3600}" }),
        ),
        bad(
            "sessions-endpoint-too-many-requests",
            "The endpoint answers with 429",
            outage,
            &["RFC 6585 §4"],
            json!({ "status": 429 }),
        ),
        bad(
            "sessions-endpoint-redirect",
            "The endpoint redirects",
            "A refresh token is not sent to the target of a redirect.",
            &["RFC 9700 §4.12"],
            json!({ "status": 302, "headers": { "Location": "{origin}/elsewhere" } }),
        ),
        rests,
        signed_in(
            "sessions-zero-rests",
            "Backoff of zero causes one refresh per request, not many",
            "The core has minimums: the endpoint got 6,370 requests in 2 s.",
            &["K6"],
        )
        .settings(json!({ "shortest_rest": 0, "longest_rest": 0 }))
        .endpoint(json!({ "status": 500 }))
        .at(3600)
        .step("request", json!({ "error": "unavailable", "sent": [], "times": 20 }))
        .refreshes(1)
        .at(3600.05)
        .no_request("unavailable")
        .refreshes(1)
        .at(3600.125)
        .no_request("unavailable")
        .refreshes(2),
        signed_in(
            "sessions-expires-in-zero",
            "An endpoint that returns expired tokens is not asked repeatedly",
            "The refresh counts as failed, and the new refresh token is kept.",
            &["K6", "RFC 6749 §5.1"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 0 }))
        .at(3600)
        .no_request("unavailable")
        .no_request("unavailable")
        .refreshes(1)
        .stored("A2", "R2")
        .endpoint(json!({ "access": "A3", "refresh": "R3", "expires_in": 3600 }))
        .api(&["A3"])
        .at(3601)
        .request(200, &["A3"])
        .step("refresh_token_sent", json!("R2"))
        .refreshes(2),
        signed_in(
            "sessions-late-answer-taken",
            "An answer of the endpoint after its timeout is accepted",
            "It may contain the only copy of a new refresh token.",
            &["K2", "RFC 6749 §6"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .at(3540)
        .request(200, &["A1"])
        .at(3571)
        .request(200, &["A1"])
        .release()
        .request(200, &["A2"])
        .stored("A2", "R2"),
        signed_in(
            "sessions-crowd-fails-together",
            "A hundred requests share one failed refresh",
            "No request refreshes again right after the failure.",
            &["K6"],
        )
        .endpoint(json!({ "status": 500, "hold": true }))
        .at(3600)
        .step("request", json!({ "error": "unavailable", "sent": [], "times": 100, "as": "crowd" }))
        .release()
        .step("join", json!({ "as": "crowd", "error": "unavailable", "sent": [] }))
        .refreshes(1),
    ]
}
