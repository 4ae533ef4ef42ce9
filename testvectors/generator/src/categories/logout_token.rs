//! Logout tokens of `OpenID` Connect Back-Channel Logout 1.0.

use serde_json::{Value, json};

use crate::case::{Case, case};

/// Tokens that log out a session or a user, and each step of the validation violated.
pub fn logout_token() -> Vec<Case> {
    let mut cases = types();
    cases.extend(claims());
    cases.extend(times());
    cases.extend(settings());
    cases
}

fn types() -> Vec<Case> {
    let refs = [TOKEN];
    let why = "The type is logout+jwt, which older issuers leave out.";
    let typed = |id: &str, typ: &str| {
        one(&format!("type-{id}"), &format!("typ is {typ}"), why, &refs)
            .header(format!(r#"{{"typ":"{typ}","alg":"ES256","kid":"p256"}}"#))
    };
    let strict = json!({ "strict_type": true });
    vec![
        typed("logout", "logout+jwt").checked(json!({
            "iss": "https://issuer.example", "sub": "alice", "sid": "s1", "jti": "j1",
        })),
        typed("media-type", "application/logout+JWT").valid(),
        typed("jwt", "JWT").valid(),
        one("type-none", "No typ", why, &refs).valid(),
        typed("access-token", "at+jwt").error("unexpected_type"),
        typed("event", "secevent+jwt").error("unexpected_type"),
        typed("strict", "logout+jwt").profile(strict.clone()).valid(),
        typed("strict-jwt", "JWT").profile(strict.clone()).error("unexpected_type"),
        one("type-strict-none", "No typ, where it is required", why, &refs)
            .profile(strict)
            .error("unexpected_type"),
    ]
}

fn claims() -> Vec<Case> {
    let refs = [TOKEN, VALIDATION];
    let why = "The claim is required of every logout token.";
    let mut cases: Vec<Case> = ["iss", "aud", "iat", "exp", "jti", "events"]
        .into_iter()
        .map(|claim| {
            one(&format!("no-{claim}"), &format!("{claim} is missing"), why, &refs)
                .claims(with(json!({ claim: null })))
                .claim_error("missing_claim", claim)
        })
        .collect();
    let who = "It says whose session is over: sub, sid or both.";
    let whose =
        |id: &str, title: &str, claims: Value| one(id, title, who, &refs).claims(with(claims));
    cases.extend([
        whose("subject-only", "sub without sid", json!({ "sid": null })).valid(),
        whose("session-only", "sid without sub", json!({ "sub": null })).valid(),
        whose("nobody", "Neither sub nor sid", json!({ "sub": null, "sid": null }))
            .claim_error("missing_claim", "sub"),
        whose("empty-subject", "sub is empty", json!({ "sub": "" }))
            .claim_error("invalid_claim", "sub"),
        whose("empty-session", "sid is empty", json!({ "sid": "" }))
            .claim_error("invalid_claim", "sid"),
        whose("session-number", "sid is a number", json!({ "sid": 5 }))
            .claim_error("invalid_claim", "sid"),
        whose("empty-id", "jti is empty", json!({ "jti": "" })).claim_error("invalid_claim", "jti"),
    ]);
    let what = "events is an object with the event of a logout, whose value is an object.";
    let events = |id: &str, title: &str, events: Value| {
        one(&format!("events-{id}"), title, what, &refs).claims(with(json!({ "events": events })))
    };
    cases.extend([
        events("members", "The event has members", json!({ EVENT: { "reason": "admin" } })).valid(),
        events("more", "Another event beside it", json!({ EVENT: {}, "urn:example:event": {} }))
            .valid(),
        events("other", "Another event", json!({ "urn:example:event": {} }))
            .claim_error("wrong_claim", "events"),
        events("empty", "No event", json!({})).claim_error("wrong_claim", "events"),
        events(
            "text",
            "The text of an object, as Apple sends it",
            json!(format!(r#"{{"{EVENT}":{{}}}}"#)),
        )
        .claim_error("invalid_claim", "events"),
        events("array", "An array", json!([EVENT])).claim_error("invalid_claim", "events"),
        events("value-null", "The event is true", json!({ EVENT: true }))
            .claim_error("invalid_claim", "events"),
        events(
            "https",
            "The event with another scheme",
            json!({ EVENT.replace("http:", "https:"): {} }),
        )
        .claim_error("wrong_claim", "events"),
    ]);
    let nonce = "A nonce would make an ID token of it for a client that expects none.";
    cases.extend([
        one("nonce", "With a nonce", nonce, &refs)
            .claims(with(json!({ "nonce": "n" })))
            .claim_error("unexpected_claim", "nonce"),
        one("nonce-null", "With a nonce that is null", nonce, &refs)
            .payload(format!(
                r#"{{"iss":"https://issuer.example","aud":"c","sub":"alice","jti":"j1","iat":1700000000,"exp":1700000120,"events":{{"{EVENT}":{{}}}},"nonce":null}}"#
            ))
            .claim_error("unexpected_claim", "nonce"),
        one("audience-array", "An array of the client alone", "It is validated like an ID token.", &refs)
            .claims(with(json!({ "aud": ["c"] })))
            .valid(),
        one("trusted-audience", "For a trusted audience too", "It is validated like an ID token.", &refs)
            .profile(json!({ "trusted_audiences": ["api"] }))
            .claims(with(json!({ "aud": ["c", "api"] })))
            .valid(),
        one("rs256", "Signed with RS256", "It is signed like an ID token.", &refs)
            .key("rsa", "RS256")
            .valid(),
        one("eddsa", "Signed with EdDSA", "It is signed like an ID token.", &refs)
            .key("ed25519", "EdDSA")
            .valid(),
        one("other-audience", "For another client", "It is validated like an ID token.", &refs)
            .claims(with(json!({ "aud": "d" })))
            .claim_error("wrong_audience", "aud"),
        one("untrusted-audience", "For another client too", "It is validated like an ID token.", &refs)
            .claims(with(json!({ "aud": ["c", "evil"] })))
            .claim_error("wrong_audience", "aud"),
        one("other-issuer", "Of another issuer", "It is validated like an ID token.", &refs)
            .claims(with(json!({ "iss": "https://other.example" })))
            .claim_error("wrong_issuer", "iss"),
    ]);
    cases
}

fn times() -> Vec<Case> {
    let refs = [TOKEN, VALIDATION];
    let why = "A logout token is delivered once, soon after it was issued.";
    let at = |id: &str, title: &str, claims: Value| one(id, title, why, &refs).claims(with(claims));
    vec![
        at("five-minutes", "Issued five minutes ago", json!({ "iat": 1_699_999_700 })).valid(),
        at("too-old", "Issued longer ago", json!({ "iat": 1_699_999_699 }))
            .claim_error("too_old", "iat"),
        at(
            "older-allowed",
            "Issued longer ago, where that is allowed",
            json!({ "iat": 1_699_999_000 }),
        )
        .profile(json!({ "max_age": "3600" }))
        .valid(),
        at("expired", "Expired", json!({ "exp": 1_699_999_970 })).claim_error("expired", "exp"),
        at("no-expiry-waived", "No exp, where that is waived", json!({ "exp": null }))
            .profile(json!({ "allow_missing_expiry": true }))
            .valid(),
        one("replayed", "Presented before", "A logout token is used once.", &[VALIDATION])
            .replay_window("has_token")
            .claim_error("replayed", "jti"),
        one(
            "replay-waived",
            "Presented before, where that is waived",
            "The check is optional.",
            &[VALIDATION],
        )
        .profile(json!({ "without_replay_check": true }))
        .replay_window("has_token")
        .valid(),
        one(
            "window-full",
            "No room to remember it",
            "What cannot be remembered is not admitted.",
            &["verijot design"],
        )
        .replay_window("full")
        .error("replay_unavailable"),
    ]
}

fn settings() -> Vec<Case> {
    let refs = ["verijot design"];
    let why = "What a lost value looks like is a mistake of the caller.";
    let set = |id: &str, title: &str| one(&format!("invalid-{id}"), title, why, &refs);
    vec![
        set("empty-client", "An empty client id").profile(json!({ "client_id": "" })),
        set("strict", "A type that is strict by a text").profile(json!({ "strict_type": "yes" })),
        set("nonce", "A nonce is expected").expectations(json!({ "nonce": "n" })),
    ]
    .into_iter()
    .map(|case| case.error("invalid_policy"))
    .collect()
}

/// A complete logout token, with its profile.
fn one(id: &str, title: &str, why: &str, refs: &[&str]) -> Case {
    case(format!("logout-token-{id}"), title, why, refs)
        .profile(json!({
            "profile": "logout-token", "issuer": "https://issuer.example", "client_id": "c",
        }))
        .claims(with(json!({})))
}

/// The claims of a logout token, with changes.
fn with(changes: Value) -> Value {
    let mut claims = json!({
        "aud": "c", "iat": 1_700_000_000, "exp": 1_700_000_120, "jti": "j1", "sid": "s1",
        "events": { EVENT: {} },
    });
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    claims
}

const TOKEN: &str = "OIDC Back-Channel Logout §2.4";
const VALIDATION: &str = "OIDC Back-Channel Logout §2.6";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
