//! Security Event Tokens of RFC 8417, also those of the Shared Signals Framework.

use serde_json::{Value, json};

use crate::case::{Case, case};

/// Events as they should be, and each rule violated.
pub fn security_event() -> Vec<Case> {
    let mut cases = types();
    cases.extend(claims());
    cases.extend(events());
    cases.extend(around());
    cases
}

fn types() -> Vec<Case> {
    let refs = ["RFC 8417 §2.3"];
    let why =
        "The type keeps an event from being taken for another token, and others for an event.";
    let typed = |id: &str, typ: &str| {
        one(&format!("type-{id}"), &format!("typ is {typ}"), why, &refs)
            .header(format!(r#"{{"typ":"{typ}","alg":"ES256","kid":"p256"}}"#))
    };
    let none = |id: &str, title: &str| {
        one(&format!("type-{id}"), title, why, &refs).header(r#"{"alg":"ES256","kid":"p256"}"#)
    };
    vec![
        typed("event", "secevent+jwt").checked(json!({
            "iss": "https://issuer.example", "jti": "j1", "events": { EVENT: { "reason": "r" } },
        })),
        typed("media-type", "application/secevent+jwt").valid(),
        typed("jwt", "JWT").error("unexpected_type"),
        typed("logout", "logout+jwt").error("unexpected_type"),
        none("none", "No typ").error("unexpected_type"),
        none("none-waived", "No typ, where that is waived")
            .profile(json!({ "allow_missing_type": true }))
            .valid(),
        typed("jwt-waived", "JWT")
            .profile(json!({ "allow_missing_type": true }))
            .error("unexpected_type"),
    ]
}

fn claims() -> Vec<Case> {
    let refs = ["RFC 8417 §2.2"];
    let why = "The claim is required of every event.";
    let mut cases: Vec<Case> = ["iss", "aud", "iat", "jti", "events"]
        .into_iter()
        .map(|claim| {
            one(&format!("no-{claim}"), &format!("{claim} is missing"), why, &refs)
                .claims(with(json!({ claim: null })))
                .claim_error("missing_claim", claim)
        })
        .collect();
    let why = "The claims of an event have their types.";
    let typed =
        |id: &str, title: &str, claims: Value| one(id, title, why, &refs).claims(with(claims));
    let subject = json!({ "format": "email", "email": "alice@example.com" });
    cases.extend([
        typed(
            "all-claims",
            "With txn, toe and sub_id",
            json!({
                "txn": "t1", "toe": 1_699_999_000, "sub_id": subject,
            }),
        )
        .checked(json!({
            "iss": "https://issuer.example", "jti": "j1", "txn": "t1", "toe": 1_699_999_000,
            "sub_id": subject, "events": { EVENT: { "reason": "r" } },
        })),
        typed("transaction", "With txn", json!({ "txn": "t1" })).valid(),
        typed("fraction", "With a toe that has a fraction", json!({ "toe": 1_699_999_000.5 }))
            .valid(),
        typed(
            "audiences",
            "For several receivers",
            json!({
                "aud": ["https://api.example", "https://other.example"],
            }),
        )
        .valid(),
        typed("txn-number", "txn is a number", json!({ "txn": 5 }))
            .claim_error("invalid_claim", "txn"),
        typed("toe-text", "toe is a text", json!({ "toe": "1699999000" }))
            .claim_error("invalid_claim", "toe"),
        typed("sub-id-text", "sub_id is a text", json!({ "sub_id": "alice" }))
            .claim_error("invalid_claim", "sub_id"),
        typed("empty-id", "jti is empty", json!({ "jti": "" })).claim_error("invalid_claim", "jti"),
        typed("subject", "With sub", json!({ "sub": "alice" })).valid(),
        typed("expiry", "With exp", json!({ "exp": 1_700_003_600 })).valid(),
        typed("expired", "Expired", json!({ "exp": 1_699_999_970 })).claim_error("expired", "exp"),
    ]);
    cases
}

fn events() -> Vec<Case> {
    let refs = ["RFC 8417 §2.2"];
    let why = "events is an object of at least one event by its URI, whose value is an object.";
    let events = |id: &str, title: &str, events: Value| {
        one(&format!("events-{id}"), title, why, &refs).claims(with(json!({ "events": events })))
    };
    vec![
        events("two", "Two events", json!({ EVENT: {}, "urn:example:other": {} })).valid(),
        events("urn", "An event by its URN", json!({ "urn:example:event": {} })).valid(),
        events("old", "An old event, with a token that has no end", json!({ EVENT: {} }))
            .claims(with(json!({ "iat": 1_600_000_000 })))
            .valid(),
        events("empty", "No event", json!({})).claim_error("invalid_claim", "events"),
        events(
            "text",
            "The text of an object, as Apple sends it",
            json!(format!(r#"{{"{EVENT}":{{}}}}"#)),
        )
        .claim_error("invalid_claim", "events"),
        events("array", "An array", json!([EVENT])).claim_error("invalid_claim", "events"),
        events("value", "An event that is a text", json!({ EVENT: "r" }))
            .claim_error("invalid_claim", "events"),
        events("one-value", "One of two events that is true", json!({ EVENT: {}, "urn:a": true }))
            .claim_error("invalid_claim", "events"),
        events("name", "A name that is no URI", json!({ "session-revoked": {} }))
            .claim_error("invalid_claim", "events"),
        events("space", "A URI with a space", json!({ "urn:example: a": {} }))
            .claim_error("invalid_claim", "events"),
    ]
}

fn around() -> Vec<Case> {
    let refs = ["RFC 8417 §4.1"];
    let why = "Shared signals have neither exp nor sub, so that no other token is taken for one.";
    let shared = |id: &str, title: &str, claims: Value| {
        one(&format!("shared-signals-{id}"), title, why, &refs)
            .profile(json!({ "shared_signals": true }))
            .claims(with(claims))
    };
    let set = |id: &str, title: &str, profile: Value| {
        one(&format!("invalid-{id}"), title, "A lost value is a mistake.", &["verijot design"])
            .profile(profile)
            .error("invalid_policy")
    };
    vec![
        shared("plain", "Without both", json!({})).valid(),
        shared("expiry", "With exp", json!({ "exp": 1_700_003_600 }))
            .claim_error("unexpected_claim", "exp"),
        shared("subject", "With sub", json!({ "sub": "alice" }))
            .claim_error("unexpected_claim", "sub"),
        one(
            "other-issuer",
            "Of another transmitter",
            "Events are trusted by their issuer.",
            &["RFC 8417 §2.2"],
        )
        .claims(with(json!({ "iss": "https://other.example" })))
        .claim_error("wrong_issuer", "iss"),
        one(
            "other-audience",
            "For another receiver",
            "Events are for one receiver.",
            &["RFC 8417 §2.2"],
        )
        .claims(with(json!({ "aud": "https://other.example" })))
        .claim_error("wrong_audience", "aud"),
        one("replayed", "Presented before", "An event is handled once.", &["RFC 8417 §2.2"])
            .replay_window("has_token")
            .claim_error("replayed", "jti"),
        one(
            "replay-waived",
            "Presented before, where that is waived",
            "An event is handled once.",
            &["RFC 8417 §2.2"],
        )
        .profile(json!({ "without_replay_check": true }))
        .replay_window("has_token")
        .valid(),
        set("empty-audience", "An empty audience", json!({ "audience": "" })),
        set("no-issuer", "No issuer", json!({ "issuer": null })),
    ]
}

/// A complete event, with its profile.
fn one(id: &str, title: &str, why: &str, refs: &[&str]) -> Case {
    case(format!("security-event-{id}"), title, why, refs)
        .header(r#"{"typ":"secevent+jwt","alg":"ES256","kid":"p256"}"#)
        .profile(json!({
            "profile": "security-event", "issuer": "https://issuer.example",
            "audience": "https://api.example",
        }))
        .claims(with(json!({})))
}

/// The claims of an event, with changes.
fn with(changes: Value) -> Value {
    let mut claims = json!({
        "sub": null, "exp": null, "iat": 1_700_000_000, "jti": "j1",
        "events": { EVENT: { "reason": "r" } },
    });
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    claims
}

const EVENT: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
