//! What a challenge tells the client: where tokens come from, and how the user must sign in.

use serde_json::{Value, json};

use super::guard::{Guarded, guarded};
use super::scenario::Scenario;

const METADATA: &str = "https://api.example/.well-known/oauth-protected-resource/mcp";

/// A guard that names the metadata of its resource.
fn resource(id: &str, title: &str, why: &str) -> Guarded {
    guarded(id, title, why, &["RFC 9728 §5.1"]).with("resource_metadata", json!(METADATA))
}

/// A guard whose URL of the metadata makes no sense.
fn unusable(id: &str, title: &str, url: &str) -> Scenario {
    let why = "A client would look for its authorization server at the wrong place, or nowhere.";
    guarded(id, title, why, &["RFC 9728 §3", "RFC 9728 §5.1"])
        .with("resource_metadata", json!(url))
        .cannot_be_built()
}

/// A guard that demands one of two authentication context classes, and a token.
fn acr(id: &str, title: &str, why: &str, token: &str) -> Guarded {
    guarded(id, title, why, &["RFC 9470 §3"])
        .demands(json!({ "acr_values": ["phr", "mfa"] }))
        .bearer(token)
}

/// A guard that demands a sign-in in the last ten minutes, and a token.
fn recent(id: &str, title: &str, why: &str, token: &str) -> Guarded {
    guarded(id, title, why, &["RFC 9470 §3"])
        .demands(json!({ "max_authentication_age": "600" }))
        .bearer(token)
}

/// A demand that makes no sense.
fn invalid(id: &str, title: &str, why: &str, demand: Value) -> Scenario {
    guarded(id, title, why, &["RFC 9470 §3"]).demands(demand).cannot_be_built()
}

pub fn scenarios() -> Vec<Scenario> {
    let mut scenarios = resources();
    scenarios.extend(sign_ins());
    scenarios.extend(sign_in_demands());
    scenarios
}

fn resources() -> Vec<Scenario> {
    let everywhere = "A client must find the authorization server whatever the cause is.";
    vec![
        resource(
            "guards-resource-metadata",
            "Without a token: the challenge names the metadata of the resource",
            "A client that knows only the URL of the service, as those of the Model Context \
             Protocol, finds its authorization server by this parameter alone.",
        )
        .refuses("missing_token"),
        resource(
            "guards-resource-metadata-with-error",
            "An expired token: the metadata precede the error",
            everywhere,
        )
        .bearer("expired")
        .refuses("expired"),
        resource(
            "guards-resource-metadata-malformed",
            "A malformed Authorization header: the challenge names the metadata",
            everywhere,
        )
        .header("Authorization", "Bearer a b")
        .refuses("malformed_authorization"),
        resource(
            "guards-resource-metadata-with-scope",
            "A missing scope: the challenge names the metadata and the scope",
            everywhere,
        )
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .bearer("write")
        .wants_scopes("notes:read"),
        resource(
            "guards-resource-metadata-with-realm",
            "The realm precedes the metadata",
            "One challenge has both.",
        )
        .with("realm", json!("notes"))
        .with("realm_sent", json!("notes"))
        .bearer("wrong-audience")
        .refuses("wrong_audience"),
        resource(
            "guards-resource-metadata-optional",
            "Optional: the challenge of an invalid token names the metadata",
            everywhere,
        )
        .with("optional", json!(true))
        .bearer("expired")
        .refuses("expired"),
        resource(
            "guards-resource-metadata-good-token",
            "A valid token: no challenge",
            "The metadata are only for clients that need a token.",
        )
        .bearer("plain")
        .lets_in(),
        resource(
            "guards-resource-metadata-unavailable",
            "503 has no challenge, and no metadata",
            "Another token would not help.",
        )
        .with("keys_unavailable_for", json!(4))
        .bearer("plain")
        .asks_for_patience("keys_unavailable", 4),
        resource(
            "guards-resource-metadata-cookie",
            "A token in a cookie: no challenge, and no metadata",
            "A challenge describes the Authorization header.",
        )
        .with("place", json!({ "cookie": "session" }))
        .refuses_without_challenge(401, "missing_token"),
        guarded(
            "guards-resource-metadata-loopback",
            "A service on this machine may have metadata over http",
            "As during development.",
            &["RFC 9728 §5.1"],
        )
        .with("resource_metadata", json!("http://127.0.0.1:8000/.well-known/x?a=b"))
        .refuses("missing_token"),
        unusable("guards-resource-metadata-empty", "An empty URL of the metadata", ""),
        unusable(
            "guards-resource-metadata-relative",
            "A path instead of the URL of the metadata",
            "/.well-known/oauth-protected-resource",
        ),
        unusable(
            "guards-resource-metadata-urn",
            "A URN instead of the URL of the metadata",
            "urn:example:notes",
        ),
        unusable(
            "guards-resource-metadata-null",
            "A URL that was put together from an origin that is missing",
            "null/.well-known/oauth-protected-resource",
        ),
        unusable(
            "guards-resource-metadata-http",
            "Metadata over http from another machine",
            "http://api.example/.well-known/oauth-protected-resource",
        ),
        unusable(
            "guards-resource-metadata-quotes",
            "A quotation mark in the URL of the metadata",
            "https://api.example/\", error=\"x",
        ),
        unusable(
            "guards-resource-metadata-line-end",
            "A line break in the URL of the metadata",
            "https://api.example/\r\nSet-Cookie: a=b",
        ),
        unusable(
            "guards-resource-metadata-fragment",
            "A fragment in the URL of the metadata",
            "https://api.example/metadata#mcp",
        ),
        unusable(
            "guards-resource-metadata-user",
            "A user name in the URL of the metadata",
            "https://user@api.example/metadata",
        ),
    ]
}

fn sign_ins() -> Vec<Scenario> {
    let values = "acr_values=\"phr mfa\"";
    let age = "max_age=\"600\"";
    let step_up = "The client can send the user to sign in as the challenge says.";
    vec![
        acr("guards-acr", "An acr that is demanded", "One of the values is enough.", "acr-mfa")
            .lets_in(),
        acr(
            "guards-acr-first",
            "The acr that is preferred",
            "One of the values is enough.",
            "acr-phr",
        )
        .lets_in(),
        acr("guards-acr-other", "An acr that is not demanded", step_up, "acr-password")
            .wants_sign_in(values),
        acr("guards-acr-missing", "A token without acr", step_up, "plain").wants_sign_in(values),
        acr(
            "guards-acr-words",
            "An acr of two words is not two values",
            "The claim has one value; only the parameter is a list.",
            "acr-words",
        )
        .wants_sign_in(values),
        acr(
            "guards-acr-array",
            "An acr that is an array",
            "The issuer's claim is malformed.",
            "acr-array",
        )
        .refuses("invalid_claim"),
        acr(
            "guards-acr-null",
            "An acr that is null",
            "The issuer's claim is malformed.",
            "acr-null",
        )
        .refuses("invalid_claim"),
        recent("guards-recent", "A sign-in just now", "It is recent enough.", "signed-in-now")
            .lets_in(),
        recent(
            "guards-recent-limit",
            "A sign-in exactly as long ago as allowed",
            "The limit itself is allowed.",
            "signed-in-600",
        )
        .lets_in(),
        recent("guards-recent-over", "A sign-in a second too long ago", step_up, "signed-in-601")
            .wants_sign_in(age),
        recent("guards-recent-missing", "A token without auth_time", step_up, "plain")
            .wants_sign_in(age),
        recent(
            "guards-recent-ahead",
            "A sign-in ahead by as much as clocks may differ",
            "The issuer's clock may be ahead.",
            "signed-in-ahead",
        )
        .lets_in(),
        recent(
            "guards-recent-too-far-ahead",
            "A sign-in further ahead than clocks differ",
            "It would be recent until then, and longer.",
            "signed-in-too-far-ahead",
        )
        .wants_sign_in(age),
        recent(
            "guards-recent-text",
            "An auth_time that is text",
            "The issuer's claim is malformed.",
            "signed-in-text",
        )
        .refuses("invalid_claim"),
    ]
}

fn sign_in_demands() -> Vec<Scenario> {
    let both = json!({ "acr_values": ["mfa"], "max_authentication_age": "600" });
    let with_scope = json!({ "acr_values": ["mfa"], "all_scopes": ["notes:read"] });
    let together = "A client that learned only what this token lacks would have to ask twice.";
    let blank = "Nobody or everybody would meet a blank demand; either is a mistake.";
    let refs = &["RFC 9470 §3"];
    vec![
        guarded("guards-sign-in", "A recent sign-in with the acr", "It has both.", refs)
            .demands(both.clone())
            .bearer("signed-in-mfa")
            .lets_in(),
        guarded("guards-sign-in-both", "A sign-in too long ago: both are named", together, refs)
            .demands(both.clone())
            .bearer("signed-in-mfa-long-ago")
            .wants_sign_in("acr_values=\"mfa\", max_age=\"600\""),
        guarded("guards-sign-in-neither", "No sign-in: both are named", together, refs)
            .demands(both.clone())
            .bearer("plain")
            .wants_sign_in("acr_values=\"mfa\", max_age=\"600\""),
        guarded(
            "guards-sign-in-before-scope",
            "Without the acr and the scope: the sign-in first",
            "Without authentication there is no authorization.",
            refs,
        )
        .demands(with_scope.clone())
        .bearer("write")
        .wants_sign_in("acr_values=\"mfa\""),
        guarded(
            "guards-sign-in-then-scope",
            "With the acr, without the scope",
            "403: another sign-in would not help.",
            refs,
        )
        .demands(with_scope.clone())
        .bearer("acr-mfa")
        .wants_scopes("notes:read"),
        guarded("guards-sign-in-and-scope", "With the acr and the scope", "It has both.", refs)
            .demands(with_scope)
            .bearer("signed-in-mfa")
            .lets_in(),
        guarded(
            "guards-sign-in-expired",
            "An expired token is expired, whatever it lacks",
            "A token that is refused shows nothing about the user.",
            refs,
        )
        .demands(both.clone())
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-sign-in-adds-up",
            "Two demands: the values of both, and the shorter age",
            "A demand that replaces an earlier one bypasses authorization.",
            &["G1", "RFC 9470 §3"],
        )
        .demands(json!([
            { "acr_values": ["pwd", "phr", "mfa"] },
            { "acr_values": ["phr", "mfa"], "max_authentication_age": "600" },
        ]))
        .bearer("acr-password")
        .wants_sign_in("acr_values=\"phr mfa\", max_age=\"600\""),
        guarded(
            "guards-sign-in-with-metadata",
            "The challenge names the metadata and the sign-in",
            "The client learns where to send the user, and how.",
            &["RFC 9470 §3", "RFC 9728 §5.1"],
        )
        .with("resource_metadata", json!(METADATA))
        .demands(both.clone())
        .bearer("plain")
        .wants_sign_in("acr_values=\"mfa\", max_age=\"600\""),
        guarded(
            "guards-sign-in-cookie",
            "A token in a cookie: 401 without a challenge",
            "A challenge describes the Authorization header.",
            &["G8", "RFC 9470 §3"],
        )
        .with("place", json!({ "cookie": "session" }))
        .demands(both.clone())
        .header("Cookie", "session={token:plain}")
        .refuses_without_challenge(401, "insufficient_authentication"),
        guarded(
            "guards-sign-in-before-revocation",
            "A token without the sign-in is not checked for revocation",
            "The check is only for tokens that would be accepted otherwise.",
            &["G7"],
        )
        .with("revocation", json!(["unavailable"]))
        .demands(both.clone())
        .bearer("plain")
        .wants_sign_in("acr_values=\"mfa\", max_age=\"600\""),
        guarded(
            "guards-sign-in-optional",
            "An optional guard cannot demand a sign-in",
            "A request without a token would pass.",
            &["G2"],
        )
        .with("optional", json!(true))
        .demands(both)
        .cannot_be_built(),
        invalid("guards-acr-none", "No acr value", blank, json!({ "acr_values": [] })),
        invalid("guards-acr-blank", "A blank acr value", blank, json!({ "acr_values": [""] })),
        invalid(
            "guards-acr-space",
            "An acr value with a space",
            "The challenge would show two values.",
            json!({ "acr_values": ["phr mfa"] }),
        ),
        invalid(
            "guards-acr-quotes",
            "An acr value with a quotation mark",
            "It would end the parameter of the challenge.",
            json!({ "acr_values": ["a\""] }),
        ),
        invalid(
            "guards-recent-zero",
            "A maximum age of zero",
            "No token is that young; an unset variable is.",
            json!({ "max_authentication_age": "0" }),
        ),
        invalid(
            "guards-recent-fraction",
            "A maximum age with a fraction",
            "The challenge has whole seconds.",
            json!({ "max_authentication_age": "1.5" }),
        ),
        invalid(
            "guards-recent-words",
            "A maximum age that is no number",
            "It is not guessed.",
            json!({ "max_authentication_age": "ten minutes" }),
        ),
    ]
}
