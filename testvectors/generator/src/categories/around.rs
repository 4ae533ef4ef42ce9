//! Inputs other than the token: the Authorization header, the policy, revocation.

use serde_json::{Value, json};

use crate::case::{Case, case};

/// The Authorization header.
pub fn bearer() -> Vec<Case> {
    let refs = ["RFC 6750 §2.1", "RFC 9110 §11.6.2"];
    let mut cases = Vec::new();
    let why = "Without a bearer token the request lacks authentication; no token is refused.";
    for (id, value) in [
        ("absent", None),
        ("empty", Some("")),
        ("basic", Some("Basic YWxpY2U6c2VjcmV0")),
        ("dpop", Some("DPoP TOKEN")),
        ("longer-scheme", Some("BearerToken TOKEN")),
        ("bare-token", Some("TOKEN")),
    ] {
        cases.push(
            case(format!("bearer-{id}"), format!("Authorization: {id}"), why, &refs)
                .authorization(value)
                .error("missing_token"),
        );
    }
    let why = "The scheme is followed by exactly one token of token68 characters.";
    for (id, value) in [
        ("scheme-alone", "Bearer"),
        ("two-words", "Bearer TOKEN TOKEN"),
        ("quoted", "Bearer \"TOKEN\""),
        ("comma", "Bearer TOKEN,TOKEN"),
        ("parameter", "Bearer token=\"TOKEN\""),
        ("unicode", "Bearer TOKEN\u{e9}"),
    ] {
        cases.push(
            case(format!("bearer-{id}"), format!("Authorization: {id}"), why, &refs)
                .authorization(Some(value))
                .error("malformed_authorization"),
        );
    }
    let why = "Characters of token68 that no JWT has make the token malformed, not the header.";
    for (id, value, code) in [
        ("padded-token", "Bearer TOKEN=", "malformed_token"),
        ("opaque-token", "Bearer mF_9.B5f-4.1JqM", "malformed_header"),
        ("one-word", "Bearer abc", "malformed_token"),
    ] {
        cases.push(
            case(format!("bearer-{id}"), format!("Authorization: {id}"), why, &refs)
                .authorization(Some(value))
                .error(code),
        );
    }
    let why = "The scheme's name is case-insensitive.";
    for (id, value) in [
        ("usual", "Bearer TOKEN"),
        ("lower-case", "bearer TOKEN"),
        ("upper-case", "BEARER TOKEN"),
        ("mixed-case", "bEaReR TOKEN"),
    ] {
        cases.push(
            case(format!("bearer-good-{id}"), format!("Authorization: {id}"), why, &refs)
                .authorization(Some(value))
                .valid(),
        );
    }
    let why = "The token in the header is verified like any other.";
    cases.extend([
        case("bearer-good-rsa", "A longer token in the header", why, &refs)
            .key("rsa", "RS256")
            .authorization(Some("Bearer TOKEN"))
            .valid(),
        case("bearer-good-no-kid", "A token without kid in the header", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .authorization(Some("Bearer TOKEN"))
            .valid(),
        case("bearer-good-signature-only", "A plain JWS in the header", why, &refs)
            .payload("x")
            .signature_only()
            .authorization(Some("Bearer TOKEN"))
            .valid(),
        case("bearer-good-typed", "An access token in the header", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","typ":"at+jwt"}"#)
            .policy(json!({ "types": ["at+jwt"] }))
            .authorization(Some("Bearer TOKEN"))
            .valid(),
        case("bearer-expired", "An expired token in the header", why, &refs)
            .claims(json!({ "exp": 1 }))
            .authorization(Some("Bearer TOKEN"))
            .claim_error("expired", "exp"),
    ]);
    cases
}

/// Policies that make no sense, and border cases that do.
pub fn policy() -> Vec<Case> {
    let refs = ["RFC 8725 §3.1", "RFC 8725 §3.8", "RFC 8725 §3.9"];
    let why =
        "A policy that no token can meet, or that requires nothing, is a mistake of its author.";
    let mut cases = Vec::new();
    for (id, policy) in [
        ("no-algorithm", json!({ "algorithms": [] })),
        ("algorithm-none", json!({ "algorithms": ["none"] })),
        ("algorithm-unknown", json!({ "algorithms": ["ES256", "XS256"] })),
        ("algorithm-lower-case", json!({ "algorithms": ["es256"] })),
        ("algorithm-encryption", json!({ "algorithms": ["RSA-OAEP"] })),
        ("no-issuer", json!({ "issuers": [] })),
        ("no-audience", json!({ "audiences": [] })),
        ("empty-issuer", json!({ "issuers": [""] })),
        ("empty-audience", json!({ "audiences": ["https://api.example", ""] })),
        ("blank-issuer", json!({ "issuers": ["https://issuer.example", " \t"] })),
        ("blank-audience", json!({ "audiences": [" "] })),
        ("no-type", json!({ "types": [] })),
        ("blank-type", json!({ "types": [" "] })),
        ("no-claim", json!({ "required_claims": [] })),
        ("blank-claim", json!({ "required_claims": ["sub", " "] })),
        ("no-scope", json!({ "required_scopes": [] })),
        ("empty-scope", json!({ "required_scopes": ["read", ""] })),
        ("scope-of-two", json!({ "required_scopes": ["read write"] })),
        ("scope-with-tab", json!({ "required_scopes": ["read\twrite"] })),
        ("no-role", json!({ "required_roles": { "path": ["roles"], "roles": [] } })),
        ("blank-role", json!({ "required_roles": { "path": ["roles"], "roles": [" "] } })),
        ("negative-leeway", json!({ "leeway": "-1" })),
        ("leeway-over-ten-minutes", json!({ "leeway": "600.000000001" })),
        ("leeway-of-a-year", json!({ "leeway": "31557600" })),
        ("no-age", json!({ "max_age": "0" })),
        ("age-over-a-hundred-years", json!({ "max_age": "3155760001" })),
        ("no-lifetime", json!({ "max_lifetime": "0" })),
        ("lifetime-over-a-hundred-years", json!({ "max_lifetime": "999999999999999999" })),
        (
            "classes-without-claim",
            json!({ "max_lifetime_by": {
                "claim": " ", "ceilings": { "staff": "3600" }, "default": "900"
            } }),
        ),
        (
            "class-without-name",
            json!({ "max_lifetime_by": {
                "claim": "track", "ceilings": { "": "3600" }, "default": "900"
            } }),
        ),
        (
            "class-without-lifetime",
            json!({ "max_lifetime_by": {
                "claim": "track", "ceilings": { "staff": "0" }, "default": "900"
            } }),
        ),
        (
            "no-classes",
            json!({ "max_lifetime_by": { "claim": "track", "ceilings": {}, "default": null } }),
        ),
    ] {
        cases.push(
            case(format!("policy-{id}"), format!("The policy: {id}"), why, &refs)
                .policy(policy)
                .error("invalid_policy"),
        );
    }
    cases.push(
        case("policy-before-token", "Both the policy and the token are invalid", why, &refs)
            .policy(json!({ "audiences": [] }))
            .token("not a token")
            .error("invalid_policy"),
    );
    let why = "The largest and the smallest allowed values are valid.";
    for (id, policy) in [
        ("leeway-of-ten-minutes", json!({ "leeway": "600" })),
        ("age-of-a-nanosecond-more", json!({ "max_age": "60.000000001" })),
        ("age-of-a-hundred-years", json!({ "max_age": "3155760000" })),
        ("lifetime-of-a-hundred-years", json!({ "max_lifetime": "3155760000" })),
        ("one-claim", json!({ "required_claims": ["jti"] })),
        ("claim-with-a-space", json!({ "required_claims": ["a claim"] })),
        ("one-scope", json!({ "required_scopes": ["read"] })),
        ("scope-twice", json!({ "required_scopes": ["read", "read"] })),
        ("one-role", json!({ "required_roles": { "path": ["roles"], "roles": ["admin"] } })),
        ("one-type", json!({ "types": ["at+jwt"] })),
        (
            "one-class",
            json!({ "max_lifetime_by": {
                "claim": "track", "ceilings": { "staff": "7200" }, "default": null
            } }),
        ),
        (
            "default-class-alone",
            json!({ "max_lifetime_by": { "claim": "track", "ceilings": {}, "default": "7200" } }),
        ),
    ] {
        cases.push(
            case(format!("policy-border-{id}"), format!("The policy: {id}"), why, &refs)
                .header(r#"{"alg":"ES256","kid":"p256","typ":"at+jwt"}"#)
                .claims(json!({
                    "iat": 1_699_999_940, "jti": "1", "a claim": true, "scope": "read",
                    "roles": ["admin"], "track": "staff"
                }))
                .policy(policy)
                .valid(),
        );
    }
    let why = "A check that is waived explicitly is not made.";
    for (id, policy) in [
        ("nothing-demanded", json!({ "issuers": null, "audiences": null, "types": null })),
        ("zero-leeway", json!({ "leeway": "0" })),
        (
            "several-issuers",
            json!({ "issuers": ["https://other.example", "https://issuer.example"] }),
        ),
        ("fractional-leeway", json!({ "leeway": "2.5" })),
        ("every-algorithm", json!({ "algorithms": ["RS256", "PS256", "ES256", "ES384", "EdDSA"] })),
        ("leeway-of-ten-minutes", json!({ "leeway": "600" })),
        ("leeway-of-a-nanosecond", json!({ "leeway": "0.000000001" })),
        ("one-claim", json!({ "required_claims": ["sub"] })),
        ("one-value", json!({ "expected_claims": { "sub": "alice" } })),
        ("waived-subject", json!({ "numeric_subject": true })),
        ("waived-future", json!({ "future_issued_at": true })),
        ("nothing-waived", json!({ "numeric_subject": false, "future_issued_at": false })),
        ("expiry-not-required", json!({ "require_exp": false })),
        ("two-audiences", json!({ "audiences": ["x", "https://api.example"] })),
        ("three-claims", json!({ "required_claims": ["sub", "iss", "exp"] })),
        ("two-issuers", json!({ "issuers": ["https://other.example", "https://issuer.example"] })),
        (
            "everything-named",
            json!({
                "algorithms": ["ES256"],
                "types": null,
                "required_claims": ["sub"],
                "require_exp": true,
                "leeway": "30",
                "symmetric_keys": false,
                "expected_claims": {},
                "limits": { "token_octets": 16384, "jwks_octets": 262_144, "jwks_keys": 100 },
            }),
        ),
    ] {
        cases.push(
            case(format!("policy-good-{id}"), format!("The policy: {id}"), why, &refs)
                .policy(policy)
                .valid(),
        );
    }
    cases
}

/// The answer of the revocation check.
pub fn revocation() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1.7", "RFC 7009 §2"];
    let answer = |answer: &str| json!({ "revocation": answer });
    let closed = "If the check cannot tell whether a token is revoked, the token is refused.";
    let why = "A revoked token is refused after all other checks have passed.";
    let last = "The check runs last, so its answer never hides another error.";
    vec![
        case("revocation-revoked", "A revoked token", why, &refs)
            .claims(json!({ "jti": "1" }))
            .policy(answer("revoked"))
            .claim_error("revoked", "jti"),
        case("revocation-unavailable", "The check cannot answer", closed, &refs)
            .claims(json!({ "jti": "1" }))
            .policy(answer("unavailable"))
            .error("revocation_unavailable"),
        case("revocation-after-signature", "Revoked, and badly signed", last, &refs)
            .claims(json!({ "jti": "1" }))
            .signature(vec![3; 64])
            .policy(answer("revoked"))
            .error("invalid_signature"),
        case("revocation-after-exp", "Unavailable, and expired", last, &refs)
            .claims(json!({ "jti": "1", "exp": 1 }))
            .policy(answer("unavailable"))
            .claim_error("expired", "exp"),
        case("revocation-after-scope", "Revoked, and without the scope", last, &refs)
            .claims(json!({ "jti": "1" }))
            .policy(json!({ "revocation": "revoked", "required_scopes": ["write"] }))
            .error("insufficient_scope"),
        case("revocation-clear", "The check says that the token is not revoked", why, &refs)
            .claims(json!({ "jti": "1" }))
            .policy(answer("clear"))
            .valid(),
        case("revocation-clear-without-jti", "Not revoked, without a jti", why, &refs)
            .policy(answer("clear"))
            .valid(),
        case("revocation-not-asked", "No hook", why, &refs).claims(json!({ "jti": "1" })).valid(),
        case(
            "revocation-waived-issuer",
            "The check with a policy that requires nothing else",
            why,
            &refs,
        )
        .policy(json!({ "revocation": "clear", "issuers": Value::Null, "audiences": Value::Null }))
        .valid(),
    ]
}
