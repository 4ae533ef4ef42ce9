//! Access tokens of RFC 9068, with a policy that requires everything that the profile does.

use serde_json::{Value, json};

use crate::case::{Case, case};

/// Tokens that follow the profile, and tokens that violate one rule of it.
pub fn access_token() -> Vec<Case> {
    let mut cases = kept();
    cases.extend(broken());
    cases
}

fn kept() -> Vec<Case> {
    let why = "The token has the type and every claim that the profile requires.";
    let refs = ["RFC 9068 §2.1", "RFC 9068 §2.2", "RFC 9068 §4"];
    let one = |id: &str, title: &str| profile(id, title, why, &refs);
    vec![
        one("rs256", "A complete access token, RS256").valid(),
        one("es256", "A complete access token, ES256").key("p256", "ES256").header(ES256).valid(),
        one("eddsa", "A complete access token, EdDSA")
            .key("ed25519", "EdDSA")
            .header(r#"{"typ":"at+jwt","alg":"EdDSA","kid":"ed25519"}"#)
            .valid(),
        one("whole-media-type", "The type with the prefix application/")
            .header(r#"{"typ":"application/at+jwt","alg":"RS256","kid":"rsa"}"#)
            .valid(),
        one("type-mixed-case", "The type in the case of the RFC's example")
            .header(r#"{"typ":"at+JWT","alg":"RS256","kid":"rsa"}"#)
            .valid(),
        one("audiences", "Several resources")
            .claims(with(json!({ "aud": ["https://other.example", "https://api.example"] })))
            .valid(),
        one("scope", "The required scope")
            .claims(with(json!({ "scope": "openid read:orders" })))
            .policy(json!({ "required_scopes": ["read:orders"] }))
            .valid(),
        one("authentication-claims", "With auth_time, acr and amr")
            .claims(with(json!({ "auth_time": 1_699_999_000, "acr": "phr", "amr": ["pop"] })))
            .valid(),
    ]
}

fn broken() -> Vec<Case> {
    let why = "What the profile requires is missing or wrong.";
    let refs = ["RFC 9068 §2.2"];
    let mut cases: Vec<Case> = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]
        .into_iter()
        .map(|claim| {
            let id = format!("no-{}", claim.replace('_', "-"));
            profile(&id, &format!("{claim} is missing"), why, &refs)
                .claims(with(json!({ claim: null })))
                .claim_error("missing_claim", claim)
        })
        .collect();
    let refs = ["RFC 9068 §4"];
    let one = |id: &str, title: &str| profile(id, title, why, &refs);
    cases.extend([
        one("no-type", "typ is missing")
            .header(r#"{"alg":"RS256","kid":"rsa"}"#)
            .error("unexpected_type"),
        one("type-jwt", "typ is JWT")
            .header(r#"{"typ":"JWT","alg":"RS256","kid":"rsa"}"#)
            .error("unexpected_type"),
        one("id-token", "An ID token of the same issuer for the same audience")
            .header(r#"{"typ":"JWT","alg":"RS256","kid":"rsa"}"#)
            .claims(with(json!({ "nonce": "n", "at_hash": "AAAA" })))
            .error("unexpected_type"),
        one("none", "alg is none")
            .header(r#"{"typ":"at+jwt","alg":"none"}"#)
            .signature(Vec::new())
            .error("algorithm_not_allowed"),
        one("other-issuer", "Another issuer")
            .claims(with(json!({ "iss": "https://other.example" })))
            .claim_error("wrong_issuer", "iss"),
        one("other-audience", "Another resource")
            .claims(with(json!({ "aud": "https://other.example" })))
            .claim_error("wrong_audience", "aud"),
        one("scope-missing", "The required scope is missing")
            .claims(with(json!({ "scope": "openid read:invoices" })))
            .policy(json!({ "required_scopes": ["read:orders"] }))
            .error("insufficient_scope"),
        one("expired", "Expired")
            .claims(with(json!({ "exp": 1_699_999_970 })))
            .claim_error("expired", "exp"),
    ]);
    cases
}

/// A complete access token, with the profile's policy.
fn profile(id: &str, title: &str, why: &str, refs: &[&str]) -> Case {
    case(format!("access-token-{id}"), title, why, refs)
        .key("rsa", "RS256")
        .header(RS256)
        .claims(with(json!({})))
        .policy(json!({
            "types": ["at+jwt"],
            "required_claims": ["sub", "client_id", "iat", "jti"],
        }))
}

/// The claims that the profile requires in addition, with changes.
fn with(changes: Value) -> Value {
    let mut claims = json!({ "client_id": "app", "iat": 1_700_000_000, "jti": "a1" });
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    claims
}

const RS256: &str = r#"{"typ":"at+jwt","alg":"RS256","kid":"rsa"}"#;
const ES256: &str = r#"{"typ":"at+jwt","alg":"ES256","kid":"p256"}"#;
