//! Refusals by the service or the token endpoint.

use serde_json::json;

use super::scenario::Scenario;
use super::sessions_life::signed_in;

pub fn scenarios() -> Vec<Scenario> {
    let once = "Every request is sent at most twice.";
    vec![
        signed_in(
            "sessions-refused-once",
            "A request with the response 401 is sent again with a new token",
            "A token can be revoked before it expires.",
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
            "A token that was just refreshed is not refreshed because of a 401",
            "It was not refused because of its age.",
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
            "After unauthorized_rest a 401 causes another refresh",
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
            "unauthorized_rest says how long a token counts as new",
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
            "Twenty refused requests share one refresh",
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
            "Without a refresh token the caller gets the 401",
            "There is nothing to refresh with.",
            &["RFC 6750 §3.1"],
        )
        .step("sign_in", json!({ "access": "A1", "expires_in": 3600 }))
        .api(&[])
        .request(401, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-refused-and-endpoint-fails",
            "The caller gets the 401 if the refresh fails",
            "The caller sees what the service answered.",
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
            "The caller gets the 401 if the refresh token is refused, and the session ends",
            "The next request says that the user must sign in.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "error": "invalid_grant" }))
        .api(&[])
        .request(401, &["A1"])
        .no_request("sign_in_needed")
        .refreshes(1),
        signed_in(
            "sessions-forbidden",
            "403 causes no refresh",
            "The token is valid; it does not grant this.",
            &["RFC 6750 §3.1"],
        )
        .step("api", json!({ "accepts": ["A1"], "status": 403 }))
        .request(403, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-service-fails",
            "500 of the service causes no refresh",
            "The service fails, not the token.",
            &["RFC 9110 §15.6.1"],
        )
        .step("api", json!({ "accepts": ["A1"], "status": 500 }))
        .request(500, &["A1"])
        .refreshes(0),
        signed_in(
            "sessions-invalid-grant",
            "invalid_grant ends the session",
            "The refresh token is refused permanently.",
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
            "Some endpoints answer like this.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 401, "error": "invalid_grant" }))
        .at(3600)
        .no_request("sign_in_needed")
        .refreshes(1),
        signed_in(
            "sessions-invalid-grant-ahead",
            "invalid_grant in a background refresh ends the session at once",
            "A session that was ended on the server is not used any more.",
            &["RFC 6749 §5.2"],
        )
        .endpoint(json!({ "status": 400, "error": "invalid_grant" }))
        .at(3540)
        .request(200, &["A1"])
        .no_request("sign_in_needed")
        .refreshes(1),
        signed_in(
            "sessions-invalid-grant-then-sign-in",
            "After invalid_grant a sign-in starts a new session, without backoff",
            "The new tokens did not cause the failure.",
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
            "A failing server is not trusted that far.",
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
            "Anyone on the network path could read the token.",
            &["RFC 6750 §5.3"],
        )
        .step(
            "request",
            json!({ "url": "http://api.example/", "error": "unsafe_url", "sent": [] }),
        ),
    ]
}
