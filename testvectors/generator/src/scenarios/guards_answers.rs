//! The whole answer to a request that is refused.

use serde_json::json;

use super::guard::{Guarded, guarded};
use super::scenario::Scenario;

fn revocation(id: &str, title: &str, why: &str, answers: &[&str]) -> Guarded {
    guarded(id, title, why, &["G7"]).with("revocation", json!(answers)).bearer("plain")
}

/// A guard with this realm, which a challenge shows like this.
fn realm(id: &str, title: &str, realm: &str, sent: &str) -> Scenario {
    let why = "RFC 6750 §3 allows no other characters in a challenge, and none can end a header.";
    guarded(id, title, why, &["RFC 6750 §3", "RFC 9110 §11.5"])
        .with("realm", json!(realm))
        .with("realm_sent", json!(sent))
        .refuses("missing_token")
}

pub fn scenarios() -> Vec<Scenario> {
    vec![
        guarded(
            "guards-expired",
            "An expired token",
            "The code tells the client what to do.",
            &["RFC 6750 §3.1"],
        )
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-forged",
            "A forged token",
            "The code reveals nothing about the key.",
            &["RFC 6750 §3.1"],
        )
        .bearer("forged")
        .refuses("invalid_signature"),
        guarded(
            "guards-unknown-kid",
            "A token with an unknown kid",
            "The keys are given, so none can be fetched.",
            &["RFC 6750 §3.1"],
        )
        .bearer("unknown-kid")
        .refuses("unknown_key"),
        guarded(
            "guards-wrong-audience",
            "A token for another service",
            "The answer names no audience.",
            &["RFC 6750 §3.1"],
        )
        .bearer("wrong-audience")
        .refuses("wrong_audience"),
        guarded(
            "guards-garbage",
            "Text that is not a token",
            "It does not have three segments.",
            &["RFC 6750 §3.1"],
        )
        .header("Authorization", "Bearer garbage")
        .refuses("malformed_token"),
        guarded(
            "guards-expired-before-scope",
            "An invalid token without the scope gets 401",
            "Without authentication there is no authorization.",
            &["RFC 6750 §3.1"],
        )
        .demands(json!({ "all_scopes": ["notes:admin"] }))
        .bearer("expired")
        .refuses("expired"),
        realm("guards-realm", "The challenge contains the realm", "notes", "notes"),
        realm(
            "guards-realm-quotes",
            "Quotation marks and backslashes in a realm are dropped",
            "a\"b\\c",
            "abc",
        ),
        realm(
            "guards-realm-line-end",
            "Line breaks in a realm are dropped",
            "a\r\nSet-Cookie: b",
            "aSet-Cookie: b",
        ),
        realm(
            "guards-realm-not-ascii",
            "Non-ASCII characters in a realm are dropped",
            "Größe 5",
            "Gre 5",
        ),
        guarded(
            "guards-realm-with-error",
            "The realm precedes the error",
            "One challenge has both.",
            &["RFC 6750 §3"],
        )
        .with("realm", json!("notes"))
        .with("realm_sent", json!("notes"))
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-realm-with-scope",
            "The realm precedes the scope",
            "One challenge has both.",
            &["RFC 6750 §3"],
        )
        .with("realm", json!("notes"))
        .with("realm_sent", json!("notes"))
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .bearer("write")
        .wants_scopes("notes:read"),
        revocation(
            "guards-revocation-clear",
            "A token that was not revoked",
            "The check accepts it.",
            &["clear"],
        )
        .lets_in(),
        revocation("guards-revoked", "A revoked token", "The check refuses it.", &["revoked"])
            .refuses("revoked"),
        revocation(
            "guards-revocation-unavailable",
            "A check that cannot answer",
            "Only a clear answer accepts a token.",
            &["unavailable"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-error",
            "A check that fails with an error or a panic",
            "Only a clear answer accepts a token.",
            &["error"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-slow",
            "A check that does not answer in time",
            "A check must not block a request indefinitely.",
            &["slow"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-first-of-two",
            "Two checks, the first of which says revoked",
            "A second check must not replace the first.",
            &["revoked", "clear"],
        )
        .refuses("revoked"),
        revocation(
            "guards-revocation-second-of-two",
            "Two checks, the second of which says revoked",
            "Both run.",
            &["clear", "revoked"],
        )
        .refuses("revoked"),
        revocation(
            "guards-revocation-two-clear",
            "Two checks that both say clear",
            "Both run, and both accept the token.",
            &["clear", "clear"],
        )
        .lets_in(),
        revocation(
            "guards-revocation-unavailable-then-clear",
            "Two checks, the first of which cannot answer",
            "Only a clear answer accepts a token.",
            &["unavailable", "clear"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-clear-then-error",
            "Two checks, the second of which fails",
            "Only a clear answer accepts a token.",
            &["clear", "error"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        guarded(
            "guards-scope-before-revocation",
            "A token without the scope is not checked for revocation",
            "The check is only for tokens that would be accepted otherwise.",
            &["G7"],
        )
        .with("revocation", json!(["unavailable"]))
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .bearer("write")
        .wants_scopes("notes:read"),
        guarded(
            "guards-expired-before-revocation",
            "An invalid token is not checked for revocation",
            "The check is only for tokens that would be accepted otherwise.",
            &["G7"],
        )
        .with("revocation", json!(["unavailable"]))
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-optional-revoked",
            "Optional: a revoked token is refused",
            "A client that sends a token wants to be identified by it.",
            &["G6", "G7"],
        )
        .with("optional", json!(true))
        .with("revocation", json!(["revoked"]))
        .bearer("plain")
        .refuses("revoked"),
        guarded(
            "guards-keys-unavailable",
            "No keys can be fetched",
            "503: the token may be valid.",
            &["K8", "RFC 9110 §15.6.4"],
        )
        .with("keys_unavailable_for", json!(4))
        .bearer("plain")
        .asks_for_patience("keys_unavailable", 4),
        guarded(
            "guards-retry-after-rounds-up",
            "Retry-After is rounded up",
            "A client that retries at that time must not be too early.",
            &["RFC 9110 §10.2.3"],
        )
        .with("keys_unavailable_for", json!(1.25))
        .bearer("plain")
        .asks_for_patience("keys_unavailable", 2),
        guarded(
            "guards-retry-after-at-least-one",
            "Retry-After is at least one second",
            "Zero would mean immediately.",
            &["RFC 9110 §10.2.3"],
        )
        .with("keys_unavailable_for", json!(0.25))
        .bearer("plain")
        .asks_for_patience("keys_unavailable", 1),
        guarded(
            "guards-unavailable-header-place",
            "No keys, and the token in another header",
            "The answer is the same.",
            &["G8"],
        )
        .with("place", json!({ "header": "X-Access-Token" }))
        .with("keys_unavailable_for", json!(2))
        .header("X-Access-Token", "{token:plain}")
        .asks_for_patience("keys_unavailable", 2),
    ]
}
