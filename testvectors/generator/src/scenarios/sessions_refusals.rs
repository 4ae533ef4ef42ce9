//! What happens when the service or the token endpoint says no.

use serde_json::json;

use super::scenario::Scenario;
use super::sessions_life::signed_in;

pub fn scenarios() -> Vec<Scenario> {
    let once = "Every request is sent twice at most.";
    vec![
        signed_in(
            "sessions-refused-once",
            "A request that is answered with 401 is sent once more with a new token",
            "A token can be revoked before its end.",
            &["RFC 6750 §3.1"],
        )
        .api(&["A2"])
        .request(200, &["A1", "A2"])
        .refreshes(1)
        .stored("A2", "R2"),
        signed_in(
            "sessions-refused-twice",
            "A request that is refused again is not sent a third time",
            once,
            &["RFC 6750 §3.1"],
        )
        .api(&[])
        .request(401, &["A1", "A2"])
        .refreshes(1),
        signed_in(
            "sessions-refused-new-token",
            "A token that was just refreshed is not refreshed for a 401",
            "Its age is not what was refused.",
            &["RFC 6750 §3.1"],
        )
        .api(&[])
        .request(401, &["A1", "A2"])
        .request(401, &["A2"])
        .at(29)
        .request(401, &["A2"])
        .refreshes(1),
        signed_in(
            "sessions-refused-later",
            "After unauthorized_rest a 401 is worth another refresh",
            "The token is no longer new.",
            &["RFC 6750 §3.1"],
        )
        .api(&[])
        .request(401, &["A1", "A2"])
        .endpoint(json!({ "access": "A3", "refresh": "R3", "expires_in": 3600 }))
        .api(&["A3"])
        .at(30)
        .request(200, &["A2", "A3"])
        .refreshes(2),
        signed_in(
            "sessions-refused-rest-setting",
            "unauthorized_rest says for how long a token is new",
            "It is a setting.",
            &["RFC 6750 §3.1"],
        )
        .settings(json!({ "unauthorized_rest": 300 }))
        .api(&[])
        .request(401, &["A1", "A2"])
        .at(299)
        .request(401, &["A2"])
        .refreshes(1)
        .at(300)
        .request(401, &["A2", "A2"])
        .refreshes(2),
        signed_in(
            "sessions-refused-crowd",
            "Twenty requests that are refused share one refresh",
            "A second refresh with the same refresh token can end the session.",
            &["RFC 6750 §3.1", "RFC 9700 §4.14.2"],
        )
        .endpoint(json!({ "access": "A2", "refresh": "R2", "expires_in": 3600, "hold": true }))
        .api(&["A2"])
        .step("request", json!({ "status": 200, "sent": ["A1", "A2"], "times": 20, "as": "crowd" }))
        .refreshes(1)
        .release()
        .step("join", json!({ "as": "crowd", "status": 200, "sent": ["A1", "A2"] }))
        .refreshes(1),
        signed_in(
            "sessions-refused-no-refresh-token",
            "Without a refresh token a 401 is the answer",
            "There is nothing to refresh with.",
            &["RFC 6750 §3.1"],
        )
        .step("sign_in", json!({ "access": "A1", "expires_in": 3600 }))
        .api(&[])
        .request(401, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-refused-and-endpoint-fails",
            "A 401 is the answer if the refresh fails",
            "The caller learns what the service said.",
            &["RFC 6750 §3.1"],
        )
        .endpoint(json!({ "status": 500 }))
        .api(&[])
        .request(401, &["A1"])
        .refreshes(1)
        .request(401, &["A1"])
        .refreshes(1),
        signed_in(
            "sessions-refused-and-grant-invalid",
            "A 401 is the answer if the refresh token is refused, and the session ends",
            "The next request says that somebody has to sign in.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "error": "invalid_grant" }))
        .api(&[])
        .request(401, &["A1"])
        .no_request("sign_in_needed")
        .refreshes(1),
        signed_in(
            "sessions-forbidden",
            "403 is no reason to refresh",
            "The token is good; it does not grant this.",
            &["RFC 6750 §3.1"],
        )
        .step("api", json!({ "accepts": ["A1"], "status": 403 }))
        .request(403, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-service-fails",
            "500 of the service is no reason to refresh",
            "The service is in trouble, not the token.",
            &["RFC 9110 §15.6.1"],
        )
        .step("api", json!({ "accepts": ["A1"], "status": 500 }))
        .request(500, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-invalid-grant",
            "invalid_grant ends the session",
            "The refresh token is refused for good.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "error": "invalid_grant" }))
        .at(3600)
        .no_request("sign_in_needed")
        .no_request("sign_in_needed")
        .refreshes(1)
        .step("health", json!({ "signed_in": false, "is_valid": false })),
        signed_in(
            "sessions-invalid-grant-401",
            "invalid_grant with status 401 ends the session too",
            "Some endpoints answer so.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 401, "error": "invalid_grant" }))
        .at(3600)
        .no_request("sign_in_needed")
        .refreshes(1),
        signed_in(
            "sessions-invalid-grant-ahead",
            "invalid_grant of a refresh ahead ends the session at once",
            "A session that was ended on the server is not used on.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "error": "invalid_grant" }))
        .at(3540)
        .request(200, &["A1"])
        .no_request("sign_in_needed")
        .refreshes(1),
        signed_in(
            "sessions-invalid-grant-then-sign-in",
            "After invalid_grant a sign-in starts anew, without a rest",
            "The new tokens have done nothing wrong.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "error": "invalid_grant" }))
        .api(&["B1"])
        .at(3600)
        .no_request("sign_in_needed")
        .signs_in("B1", "S1", 3600)
        .request(200, &["B1"]),
        signed_in(
            "sessions-invalid-client",
            "invalid_client does not end the session",
            "It says nothing about the refresh token.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 401, "error": "invalid_client" }))
        .at(3600)
        .no_request("unavailable")
        .step("health", json!({ "signed_in": true, "failures": 1 })),
        signed_in(
            "sessions-invalid-grant-status-500",
            "invalid_grant with status 500 does not end the session",
            "A server in trouble is not believed that far.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 500, "error": "invalid_grant" }))
        .at(3600)
        .no_request("unavailable")
        .step("health", json!({ "signed_in": true })),
        signed_in(
            "sessions-invalid-grant-in-html",
            "A page that mentions invalid_grant does not end the session",
            "Only the member error of a JSON object counts.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "body": "<p>\"error\":\"invalid_grant\"</p>" }))
        .at(3600)
        .no_request("unavailable")
        .step("health", json!({ "signed_in": true })),
        signed_in(
            "sessions-unsafe-url",
            "A request over plain http to another machine is not sent",
            "Anybody on the way could read the token.",
            &["RFC 6750 §5.3"],
        )
        .step(
            "request",
            json!({ "url": "http://api.example/", "error": "unsafe_url", "sent": [] }),
        ),
    ]
}
