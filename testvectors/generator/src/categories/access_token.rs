//! Access tokens of RFC 9068, with a policy that requires everything that the profile does.

use serde_json::{Value, json};

use crate::case::{Case, case};

/// Tokens that follow the profile, and tokens that violate one rule of it.
pub fn access_token() -> Vec<Case> {
    let mut cases = kept();
    cases.extend(broken());
    cases.extend(types());
    cases.extend(clients_and_logins());
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

/// The types of the claims, which a policy does not know.
fn types() -> Vec<Case> {
    let why = "A claim of the wrong type is not the same as none.";
    let refs = ["RFC 9068 §2.2", "RFC 9068 §2.2.1"];
    let typed = |id: &str, title: &str, claim: &str, value: Value| {
        strict(&format!("type-{id}"), title, why, &refs)
            .claims(with(json!({ claim: value })))
            .claim_error("invalid_claim", claim)
    };
    vec![
        strict("strict", "A complete access token, with every optional claim", why, &refs)
            .claims(with(json!({
                "auth_time": 1_699_999_000, "acr": "phr", "amr": ["pop"], "scope": "a b",
            })))
            .checked(json!({
                "iss": "https://issuer.example", "sub": "alice", "client_id": "app", "jti": "a1",
                "scope": "a b", "auth_time": 1_699_999_000, "acr": "phr", "amr": ["pop"],
            })),
        strict("strict-minimal", "Only what is required", why, &refs).checked(json!({
            "iss": "https://issuer.example", "sub": "alice", "client_id": "app", "jti": "a1",
        })),
        strict("strict-no-methods", "An empty amr", why, &refs)
            .claims(with(json!({ "amr": [] })))
            .valid(),
        strict("strict-media-type", "The type with the prefix application/", why, &refs)
            .header(r#"{"typ":"application/at+jwt","alg":"RS256","kid":"rsa"}"#)
            .valid(),
        strict("strict-no-type", "typ is missing", why, &refs)
            .header(r#"{"alg":"RS256","kid":"rsa"}"#)
            .error("unexpected_type"),
        typed("client-number", "client_id is a number", "client_id", json!(5)),
        typed("client-empty", "client_id is empty", "client_id", json!("")),
        typed("id-empty", "jti is empty", "jti", json!("")),
        typed("subject-empty", "sub is empty", "sub", json!("")),
        typed("auth-time-text", "auth_time is a text", "auth_time", json!("1699999000")),
        typed("acr-number", "acr is a number", "acr", json!(2)),
        typed("amr-text", "amr is a text", "amr", json!("pop")),
        typed("amr-numbers", "amr has a number", "amr", json!(["pop", 1])),
        typed("scope-array", "scope is an array", "scope", json!(["a", "b"])),
    ]
}

fn clients_and_logins() -> Vec<Case> {
    let why = "Only these clients may call.";
    let refs = ["RFC 9068 §2.2"];
    let client = |id: &str, title: &str, clients: Value| {
        strict(&format!("client-{id}"), title, why, &refs).profile(json!({ "client_ids": clients }))
    };
    let mut cases = vec![
        client("named", "One of the clients", json!(["web", "app"])).valid(),
        client("alone", "The only client", json!(["app"])).valid(),
        client("other", "Another client", json!(["web"])).claim_error("wrong_claim", "client_id"),
        client("none", "No client", json!([])).error("invalid_policy"),
    ];
    let why = "The request needs a newer or stronger login.";
    let refs = ["RFC 9470 §3", "RFC 9068 §2.2.1"];
    let login = |id: &str, title: &str, expected: Value, claims: Value| {
        strict(&format!("step-up-{id}"), title, why, &refs)
            .expectations(expected)
            .claims(with(claims))
    };
    let recent = json!({ "max_authentication_age": "300" });
    let strong = json!({ "acr": ["phr", "phrh"] });
    let code = "insufficient_authentication";
    cases.extend([
        login("recent", "A recent login", recent.clone(), json!({ "auth_time": 1_699_999_700 }))
            .valid(),
        login("old", "An older login", recent.clone(), json!({ "auth_time": 1_699_999_699 }))
            .claim_error(code, "auth_time"),
        login("not-said", "Not said when", recent.clone(), json!({}))
            .claim_error(code, "auth_time"),
        login(
            "ahead",
            "A login in the future",
            recent.clone(),
            json!({ "auth_time": 1_700_000_601 }),
        )
        .claim_error(code, "auth_time"),
        login("strong", "A strong login", strong.clone(), json!({ "acr": "phrh" })).valid(),
        login(
            "both",
            "A recent and strong login",
            json!({
                "max_authentication_age": "300", "acr": ["phr"],
            }),
            json!({ "auth_time": 1_700_000_000, "acr": "phr" }),
        )
        .valid(),
        login("weak", "A weak login", strong.clone(), json!({ "acr": "pwd" }))
            .claim_error(code, "acr"),
        login("unknown", "Not said how", strong, json!({})).claim_error(code, "acr"),
        login("misspelled", "An unknown expectation", json!({ "max_age": "300" }), json!({}))
            .error("invalid_policy"),
    ]);
    cases
}

/// A complete access token, with the profile itself.
fn strict(id: &str, title: &str, why: &str, refs: &[&str]) -> Case {
    profile(id, title, why, refs).profile(json!({
        "profile": "access-token", "issuers": ["https://issuer.example"],
        "audiences": ["https://api.example"],
    }))
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
