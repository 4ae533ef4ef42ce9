//! Signed responses of authorization servers, which a policy expresses: JARM, UserInfo, RFC 9701.

use serde_json::{Value, json};

use crate::case::{Case, case};

/// Each kind of response, with the policy of the guide to profiles.
pub fn signed_responses() -> Vec<Case> {
    let mut cases = authorization();
    cases.extend(user_info());
    cases.extend(introspection());
    cases
}

/// Responses of an authorization endpoint, JARM.
fn authorization() -> Vec<Case> {
    let response = |id: &str, title: &str, why: &str, refs: &[&str], changes: Value| {
        let claims = json!({
            "aud": "client", "sub": null, "exp": 1_700_000_600, "code": "c1", "state": "s1",
        });
        case(format!("response-jarm-{id}"), title, why, refs)
            .claims(with(&claims, &changes))
            .document(json!({
                "issuers": ["https://issuer.example"],
                "audiences": { "exactly": ["client"] },
                "types": { "or_none": ["JWT"] },
                "expected_claims": { "state": "s1" },
            }))
    };
    let why = "The response has what the client must check, and belongs to this browser.";
    let kept = |id: &str, title: &str, changes: Value| {
        response(id, title, why, &["JARM §2.1", "JARM §2.4"], changes)
    };
    let why = "The client must abort where one of these checks fails.";
    let broken =
        |id: &str, title: &str, changes: Value| response(id, title, why, &["JARM §2.4"], changes);
    vec![
        kept("code", "A code and the state", json!({})).valid(),
        kept("error", "An error and the state", json!({ "code": null, "error": "access_denied" }))
            .valid(),
        kept("rs256", "Signed with RS256", json!({})).key("rsa", "RS256").valid(),
        kept("type", "typ is JWT", json!({}))
            .header(r#"{"typ":"JWT","alg":"ES256","kid":"p256"}"#)
            .valid(),
        broken("other-state", "The state of another browser", json!({ "state": "s2" }))
            .claim_error("wrong_claim", "state"),
        broken("no-state", "No state", json!({ "state": null }))
            .claim_error("missing_claim", "state"),
        broken("other-issuer", "Another issuer", json!({ "iss": "https://other.example" }))
            .claim_error("wrong_issuer", "iss"),
        broken("other-client", "Another client", json!({ "aud": "other" }))
            .claim_error("wrong_audience", "aud"),
        broken("no-expiry", "exp is missing", json!({ "exp": null }))
            .claim_error("missing_claim", "exp"),
        broken("expired", "Expired", json!({ "exp": 1_699_999_970 })).claim_error("expired", "exp"),
        broken("none", "alg is none", json!({}))
            .header(r#"{"alg":"none"}"#)
            .signature(Vec::new())
            .error("algorithm_not_allowed"),
        broken("access-token", "An access token", json!({}))
            .header(r#"{"typ":"at+jwt","alg":"ES256","kid":"p256"}"#)
            .error("unexpected_type"),
    ]
}

/// Responses of a UserInfo endpoint.
fn user_info() -> Vec<Case> {
    let why = "The response is about the user of the ID token, or its values must not be used.";
    let response = |id: &str, title: &str, changes: Value| {
        let claims = json!({ "aud": "client", "exp": null, "email": "alice@example.com" });
        case(format!("response-userinfo-{id}"), title, why, &["OIDC Core §5.3.2"])
            .claims(with(&claims, &changes))
            .document(json!({
                "issuers": ["https://issuer.example"],
                "audiences": { "exactly": ["client"] },
                "types": { "or_none": ["JWT"] },
                "expected_claims": { "sub": "alice" },
                "require_exp": false,
            }))
    };
    vec![
        response("same-subject", "The user of the ID token", json!({})).valid(),
        response("type", "typ is JWT", json!({}))
            .header(r#"{"typ":"JWT","alg":"ES256","kid":"p256"}"#)
            .valid(),
        response("expiry", "With exp, which it need not have", json!({ "exp": 1_700_000_600 }))
            .valid(),
        response("other-subject", "Another user", json!({ "sub": "bob" }))
            .claim_error("wrong_claim", "sub"),
        response("no-subject", "sub is missing", json!({ "sub": null }))
            .claim_error("missing_claim", "sub"),
        response("other-client", "Another client", json!({ "aud": "other" }))
            .claim_error("wrong_audience", "aud"),
        response("no-issuer", "iss is missing", json!({ "iss": null }))
            .claim_error("missing_claim", "iss"),
    ]
}

/// Responses of an introspection endpoint, RFC 9701.
fn introspection() -> Vec<Case> {
    let response = |id: &str, title: &str, why: &str, refs: &[&str], inner: Value| {
        let claims = json!({
            "sub": null, "exp": null, "iat": 1_700_000_000, "token_introspection": inner,
        });
        case(format!("response-introspection-{id}"), title, why, refs)
            .header(INTROSPECTION)
            .claims(claims)
            .document(json!({
                "issuers": ["https://issuer.example"],
                "audiences": ["https://api.example"],
                "types": ["token-introspection+jwt"],
                "require_exp": false,
                "max_age": "60",
                "rules": [{ "path": ["token_introspection", "active"], "boolean": true }],
            }))
    };
    let active = || json!({ "active": true, "sub": "alice", "scope": "read:orders" });
    let aged = |seconds: u32| {
        json!({
            "sub": null, "exp": null, "iat": 1_700_000_000 - seconds,
            "token_introspection": active(),
        })
    };
    let why = "The response says that the token is active.";
    let kept =
        |id: &str, title: &str, inner: Value| response(id, title, why, &["RFC 9701 §5"], inner);
    let why = "A response about an invalid token is a valid response, so the policy has to look.";
    let inner =
        |id: &str, title: &str, inner: Value| response(id, title, why, &["RFC 9701 §5"], inner);
    let why = "The type and audience keep the response from being taken for another token.";
    let confused = |id: &str, title: &str| {
        response(id, title, why, &["RFC 9701 §5", "RFC 9701 §8.1"], active())
    };
    vec![
        kept("active", "An active token", active()).valid(),
        kept("bare", "active alone", json!({ "active": true })).valid(),
        kept("media-type", "The type with the prefix application/", active())
            .header(r#"{"typ":"application/token-introspection+jwt","alg":"ES256","kid":"p256"}"#)
            .valid(),
        kept("oldest", "Of a minute ago", active()).claims(aged(60)).valid(),
        inner("inactive", "An inactive token", json!({ "active": false }))
            .claim_error("wrong_claim", "token_introspection.active"),
        inner("active-text", "active is a text", json!({ "active": "true" }))
            .claim_error("invalid_claim", "token_introspection.active"),
        inner("no-active", "active is missing", json!({ "sub": "alice" }))
            .claim_error("missing_claim", "token_introspection.active"),
        inner("no-introspection", "token_introspection is missing", json!(null))
            .claim_error("missing_claim", "token_introspection.active"),
        inner("too-old", "Of more than a minute ago", active())
            .claims(aged(61))
            .claim_error("too_old", "iat"),
        confused("other-server", "For another resource server")
            .claims(json!({
                "sub": null, "exp": null, "iat": 1_700_000_000, "aud": "https://other.example",
                "token_introspection": active(),
            }))
            .claim_error("wrong_audience", "aud"),
        confused("access-token", "An access token")
            .header(r#"{"typ":"at+jwt","alg":"ES256","kid":"p256"}"#)
            .error("unexpected_type"),
        confused("as-access-token", "A response in place of an access token")
            .claims(json!({
                "client_id": "app", "iat": 1_700_000_000, "jti": "a1",
                "token_introspection": active(),
            }))
            .document(json!({
                "issuers": ["https://issuer.example"],
                "audiences": ["https://api.example"],
                "types": ["at+jwt"],
                "required_claims": ["sub", "client_id", "iat", "jti"],
            }))
            .error("unexpected_type"),
    ]
}

/// The claims with changes.
fn with(claims: &Value, changes: &Value) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    claims
}

const INTROSPECTION: &str = r#"{"typ":"token-introspection+jwt","alg":"ES256","kid":"p256"}"#;
