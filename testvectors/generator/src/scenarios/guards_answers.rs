//! The whole answer to a request that is refused.

use serde_json::json;

use super::guard::{Guarded, guarded};
use super::scenario::Scenario;

fn revocation(id: &str, title: &str, why: &str, answers: &[&str]) -> Guarded {
    guarded(id, title, why, &["G7"]).with("revocation", json!(answers)).bearer("plain")
}

/// A guard of this realm, of which this is left in a challenge.
fn realm(id: &str, title: &str, realm: &str, sent: &str) -> Scenario {
    let why = "RFC 6750 §3 has no other characters in a challenge, and none can end a header.";
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
            "The code says what a client can act on.",
            &["RFC 6750 §3.1"],
        )
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-forged",
            "A forged token",
            "The code says nothing of the key.",
            &["RFC 6750 §3.1"],
        )
        .bearer("forged")
        .refuses("invalid_signature"),
        guarded(
            "guards-unknown-kid",
            "A token of a key that nobody has",
            "Keys are at hand, so nobody need be asked.",
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
            "A token that is none",
            "Three segments are missing.",
            &["RFC 6750 §3.1"],
        )
        .header("Authorization", "Bearer garbage")
        .refuses("malformed_token"),
        guarded(
            "guards-expired-before-scope",
            "A bad token without the scope gets 401",
            "Who is not known cannot be told what he may.",
            &["RFC 6750 §3.1"],
        )
        .demands(json!({ "all_scopes": ["notes:admin"] }))
        .bearer("expired")
        .refuses("expired"),
        realm("guards-realm", "A realm stands in the challenge", "notes", "notes"),
        realm(
            "guards-realm-quotes",
            "Quotation marks and backslashes of a realm are left out",
            "a\"b\\c",
            "abc",
        ),
        realm(
            "guards-realm-line-end",
            "Line ends of a realm are left out",
            "a\r\nSet-Cookie: b",
            "aSet-Cookie: b",
        ),
        realm(
            "guards-realm-not-ascii",
            "Other characters than ASCII of a realm are left out",
            "Größe 5",
            "Gre 5",
        ),
        guarded(
            "guards-realm-with-error",
            "A realm stands before the error",
            "One challenge has both.",
            &["RFC 6750 §3"],
        )
        .with("realm", json!("notes"))
        .with("realm_sent", json!("notes"))
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-realm-with-scope",
            "A realm stands before the scope",
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
            "The check lets it in.",
            &["clear"],
        )
        .lets_in(),
        revocation(
            "guards-revoked",
            "A token that was revoked",
            "The check keeps it out.",
            &["revoked"],
        )
        .refuses("revoked"),
        revocation(
            "guards-revocation-unavailable",
            "A check that cannot say",
            "No answer is never a yes.",
            &["unavailable"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-error",
            "A check that fails by an error or a panic",
            "No answer is never a yes.",
            &["error"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-slow",
            "A check that does not answer in time",
            "A request is not held up for ever.",
            &["slow"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-first-of-two",
            "Two checks of which the first says revoked",
            "A second check must not drop the first.",
            &["revoked", "clear"],
        )
        .refuses("revoked"),
        revocation(
            "guards-revocation-second-of-two",
            "Two checks of which the second says revoked",
            "Both are asked.",
            &["clear", "revoked"],
        )
        .refuses("revoked"),
        revocation(
            "guards-revocation-two-clear",
            "Two checks that both say clear",
            "Both are asked, and both let it in.",
            &["clear", "clear"],
        )
        .lets_in(),
        revocation(
            "guards-revocation-unavailable-then-clear",
            "Two checks of which the first cannot say",
            "No answer is never a yes.",
            &["unavailable", "clear"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        revocation(
            "guards-revocation-clear-then-error",
            "Two checks of which the second fails",
            "No answer is never a yes.",
            &["clear", "error"],
        )
        .asks_for_patience("revocation_unavailable", 1),
        guarded(
            "guards-scope-before-revocation",
            "A token without the scope is not asked about",
            "The check is for tokens that would come in.",
            &["G7"],
        )
        .with("revocation", json!(["unavailable"]))
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .bearer("write")
        .wants_scopes("notes:read"),
        guarded(
            "guards-expired-before-revocation",
            "A bad token is not asked about",
            "The check is for tokens that would come in.",
            &["G7"],
        )
        .with("revocation", json!(["unavailable"]))
        .bearer("expired")
        .refuses("expired"),
        guarded(
            "guards-optional-revoked",
            "Optional: a revoked token is refused",
            "Who shows one means to be known by it.",
            &["G6", "G7"],
        )
        .with("optional", json!(true))
        .with("revocation", json!(["revoked"]))
        .bearer("plain")
        .refuses("revoked"),
        guarded(
            "guards-keys-unavailable",
            "No keys can be fetched",
            "503: the token may be good.",
            &["K8", "RFC 9110 §15.6.4"],
        )
        .with("keys_unavailable_for", json!(4))
        .bearer("plain")
        .asks_for_patience("keys_unavailable", 4),
        guarded(
            "guards-retry-after-rounds-up",
            "Retry-After is rounded up",
            "Who comes back at that time must not come too early.",
            &["RFC 9110 §10.2.3"],
        )
        .with("keys_unavailable_for", json!(1.25))
        .bearer("plain")
        .asks_for_patience("keys_unavailable", 2),
        guarded(
            "guards-retry-after-at-least-one",
            "Retry-After is at least one second",
            "Zero would mean at once.",
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
