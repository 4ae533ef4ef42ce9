//! Where a request carries its token.

use serde_json::json;

use super::guard::{Guarded, guarded};
use super::scenario::Scenario;

fn in_header(id: &str, title: &str, why: &str) -> Guarded {
    guarded(id, title, why, &["G8"]).with("place", json!({ "header": "X-Access-Token" }))
}

fn in_cookie(id: &str, title: &str, why: &str) -> Guarded {
    guarded(id, title, why, &["G8", "RFC 6265 §4.2.1"])
        .with("place", json!({ "cookie": "session" }))
}

fn optional(id: &str, title: &str, why: &str) -> Guarded {
    guarded(id, title, why, &["G6"]).with("optional", json!(true))
}

pub fn scenarios() -> Vec<Scenario> {
    let once = "A request with two tokens does not say which one counts.";
    vec![
        guarded(
            "guards-bearer",
            "A valid token in the Authorization header",
            "RFC 6750 §2.1.",
            &["RFC 6750 §2.1"],
        )
        .bearer("plain")
        .lets_in(),
        guarded(
            "guards-bearer-case",
            "The scheme's name is case-insensitive",
            "RFC 9110 §11.1.",
            &["RFC 9110 §11.1"],
        )
        .header("Authorization", "bEaReR {token:plain}")
        .lets_in(),
        guarded(
            "guards-no-header",
            "No Authorization header",
            "The client learns the scheme, and nothing else.",
            &["RFC 6750 §3.1"],
        )
        .refuses("missing_token"),
        guarded(
            "guards-basic",
            "Another scheme is not a bearer token",
            "The client learns which scheme to use.",
            &["RFC 6750 §3.1"],
        )
        .header("Authorization", "Basic YWxpY2U6c2VjcmV0")
        .refuses("missing_token"),
        guarded(
            "guards-authorization-empty",
            "An empty Authorization header contains no token",
            "It names no scheme, so the client learns which one to use.",
            &["RFC 6750 §3.1"],
        )
        .header("Authorization", "")
        .refuses("missing_token"),
        guarded(
            "guards-bearer-nothing",
            "Bearer without a token",
            "The header is malformed.",
            &["RFC 6750 §2.1"],
        )
        .header("Authorization", "Bearer")
        .refuses("malformed_authorization"),
        guarded("guards-bearer-two-tokens", "Bearer with two tokens", once, &["RFC 6750 §2.1"])
            .header("Authorization", "Bearer {token:plain} {token:plain}")
            .refuses("malformed_authorization"),
        guarded(
            "guards-two-authorizations",
            "Two Authorization headers with the same valid token",
            once,
            &["RFC 9110 §5.3"],
        )
        .bearer("plain")
        .bearer("plain")
        .refuses("malformed_authorization"),
        guarded(
            "guards-two-authorizations-other",
            "A valid token and Basic in two Authorization headers",
            once,
            &["RFC 9110 §5.3"],
        )
        .bearer("plain")
        .header("Authorization", "Basic YWxpY2U6c2VjcmV0")
        .refuses("malformed_authorization"),
        guarded(
            "guards-token-in-other-header",
            "A token in another header than the configured one is ignored",
            "The token is read from one place.",
            &["G8"],
        )
        .header("X-Access-Token", "{token:plain}")
        .refuses("missing_token"),
        in_header(
            "guards-header",
            "A valid token alone in a configured header",
            "Some proxies forward it like this.",
        )
        .header("X-Access-Token", "{token:plain}")
        .lets_in(),
        in_header("guards-header-case", "A header's name is case-insensitive", "RFC 9110 §5.1.")
            .header("x-access-token", "{token:plain}")
            .lets_in(),
        in_header(
            "guards-header-missing",
            "The configured header is missing",
            "There is no challenge for it.",
        )
        .refuses_without_challenge(401, "missing_token"),
        in_header(
            "guards-header-only-authorization",
            "With another header configured, a valid token in Authorization is ignored",
            "The token is read from one place.",
        )
        .bearer("plain")
        .refuses_without_challenge(401, "missing_token"),
        in_header("guards-header-twice", "The configured header occurs twice", once)
            .header("X-Access-Token", "{token:plain}")
            .header("X-Access-Token", "{token:plain}")
            .refuses_without_challenge(401, "malformed_authorization"),
        in_header(
            "guards-header-with-scheme",
            "The configured header contains only the token",
            "A scheme before it is not expected.",
        )
        .header("X-Access-Token", "Bearer {token:plain}")
        .refuses_without_challenge(401, "malformed_authorization"),
        in_header("guards-header-empty", "The configured header is empty", "It contains no token.")
            .header("X-Access-Token", "")
            .refuses_without_challenge(401, "malformed_authorization"),
        in_header(
            "guards-header-expired",
            "An expired token in a configured header",
            "The code is the same.",
        )
        .header("X-Access-Token", "{token:expired}")
        .refuses_without_challenge(401, "expired"),
        in_header(
            "guards-header-scope",
            "A configured header and a missing scope",
            "403 without a challenge.",
        )
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .header("X-Access-Token", "{token:write}")
        .refuses_without_challenge(403, "insufficient_scope"),
        in_cookie(
            "guards-cookie",
            "A valid token in one of several cookies",
            "Browsers send it like this.",
        )
        .header("Cookie", "theme=dark; session={token:plain}; lang=en")
        .lets_in(),
        in_cookie(
            "guards-cookie-quoted",
            "A valid token in quotation marks",
            "RFC 6265 §4.1.1 allows them.",
        )
        .header("Cookie", "session=\"{token:plain}\"")
        .lets_in(),
        in_cookie(
            "guards-cookie-missing",
            "The cookie is missing",
            "There is no challenge for it.",
        )
        .header("Cookie", "theme=dark")
        .refuses_without_challenge(401, "missing_token"),
        in_cookie("guards-cookie-twice", "The cookie occurs twice", once)
            .header("Cookie", "session={token:plain}; session={token:plain}")
            .refuses_without_challenge(401, "malformed_authorization"),
        in_cookie("guards-cookie-empty", "The cookie is empty", "It contains no token.")
            .header("Cookie", "session=")
            .refuses_without_challenge(401, "malformed_authorization"),
        in_cookie(
            "guards-cookie-case",
            "A cookie's name is case-sensitive",
            "RFC 6265 §4.1.1: it is another cookie.",
        )
        .header("Cookie", "Session={token:plain}")
        .refuses_without_challenge(401, "missing_token"),
        in_cookie(
            "guards-cookie-prefix",
            "A cookie with a longer name is another one",
            "Names are compared whole.",
        )
        .header("Cookie", "session2={token:plain}; xsession={token:plain}")
        .refuses_without_challenge(401, "missing_token"),
        guarded(
            "guards-header-blank-name",
            "A header without a name is refused",
            "A guard that reads no header is a mistake.",
            &["G8"],
        )
        .with("place", json!({ "header": "" }))
        .cannot_be_built(),
        guarded(
            "guards-cookie-bad-name",
            "A cookie's name with a semicolon is refused",
            "No request can have it.",
            &["G8", "RFC 6265 §4.1.1"],
        )
        .with("place", json!({ "cookie": "a;b" }))
        .cannot_be_built(),
        optional(
            "guards-optional-none",
            "Optional: a request without the header is accepted without a token",
            "That is what optional means.",
        )
        .lets_in_without_token(),
        optional(
            "guards-optional-good",
            "Optional: a valid token is used",
            "The route may greet the user.",
        )
        .bearer("plain")
        .lets_in(),
        optional(
            "guards-optional-bad",
            "Optional: an invalid token is still refused",
            "A client that sends a token wants to be identified by it.",
        )
        .bearer("expired")
        .refuses("expired"),
        optional(
            "guards-optional-basic",
            "Optional: another scheme is refused",
            "A request with the header must have a valid token in it: one rule in every language.",
        )
        .header("Authorization", "Basic YWxpY2U6c2VjcmV0")
        .refuses("missing_token"),
        optional(
            "guards-optional-empty",
            "Optional: an empty Authorization header is refused",
            "A request with the header must have a valid token in it.",
        )
        .header("Authorization", "")
        .refuses("missing_token"),
        optional(
            "guards-optional-cookie-none",
            "Optional: a request without the cookie is accepted",
            "Other cookies are not tokens.",
        )
        .with("place", json!({ "cookie": "session" }))
        .header("Cookie", "theme=dark")
        .lets_in_without_token(),
        optional(
            "guards-optional-cookie-bad",
            "Optional: an invalid token in the cookie is refused",
            "A client that sends a token wants to be identified by it.",
        )
        .with("place", json!({ "cookie": "session" }))
        .header("Cookie", "session={token:forged}")
        .refuses_without_challenge(401, "invalid_signature"),
    ]
}
