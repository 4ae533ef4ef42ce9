//! Registered claims: their types, the issuer, and required claims.

use serde_json::{Value, json};

use crate::case::{Case, ISSUER, PAYLOAD, case};

/// The usual payload with one claim replaced with this text.
fn payload_with(claim: &str, value: &str) -> String {
    let mut claims: serde_json::Map<String, Value> =
        serde_json::from_str(PAYLOAD).expect("an object");
    claims.shift_remove(claim);
    let rest = Value::Object(claims).to_string();
    rest.replacen('{', &format!("{{\"{claim}\":{value},"), 1)
}

/// Claims of the wrong JSON type.
pub fn types() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1", "RFC 7519 §2"];
    let cves = ["CVE-2026-25537"];
    let why = "A registered claim of the wrong type is an error; it does not count as missing.";
    let mut cases = Vec::new();
    for claim in ["exp", "nbf", "iat"] {
        for (id, value) in [
            ("string", "\"1700003600\""),
            ("null", "null"),
            ("true", "true"),
            ("array", "[1700003600]"),
            ("object", "{}"),
            ("infinite", "1e400"),
            ("negative-infinite", "-1e400"),
        ] {
            cases.push(
                case(format!("type-{claim}-{id}"), format!("{claim} is {value}"), why, &refs)
                    .cves(&cves)
                    .payload(payload_with(claim, value))
                    .claim_error("invalid_claim", claim),
            );
        }
    }
    for claim in ["iss", "sub", "jti"] {
        for (id, value) in [
            ("number", "5"),
            ("null", "null"),
            ("array", r#"["https://issuer.example"]"#),
            ("object", "{}"),
            ("false", "false"),
        ] {
            cases.push(
                case(format!("type-{claim}-{id}"), format!("{claim} is {value}"), why, &refs)
                    .payload(payload_with(claim, value))
                    .claim_error("invalid_claim", claim),
            );
        }
    }
    for (id, value) in [
        ("number", "5"),
        ("null", "null"),
        ("object", r#"{"https://api.example":true}"#),
        ("true", "true"),
        ("array-with-number", r#"["https://api.example",5]"#),
        ("array-with-null", r#"["https://api.example",null]"#),
        ("array-in-array", r#"[["https://api.example"]]"#),
    ] {
        cases.push(
            case(format!("type-aud-{id}"), format!("aud is {value}"), why, &refs)
                .payload(payload_with("aud", value))
                .claim_error("invalid_claim", "aud"),
        );
    }
    let waived = "A present claim must have its type, even if the policy does not require it.";
    for (claim, policy) in [
        ("iss", json!({ "issuers": null })),
        ("aud", json!({ "audiences": null })),
        ("exp", json!({ "require_exp": false })),
    ] {
        let title = format!("{claim} is an object where it is not required");
        cases.push(
            case(format!("type-{claim}-waived"), title, waived, &refs)
                .payload(payload_with(claim, "{}"))
                .policy(policy)
                .claim_error("invalid_claim", claim),
        );
    }
    let order = "Types are checked first, in the order iss, sub, aud, exp, nbf, iat, jti.";
    for (id, members, claim) in [
        ("iss-before-exp", r#"{"exp":"x","iss":5}"#, "iss"),
        ("sub-before-aud", r#"{"aud":5,"sub":5}"#, "sub"),
        ("aud-before-exp", r#"{"exp":"x","aud":5}"#, "aud"),
        ("exp-before-nbf", r#"{"nbf":"x","exp":"x"}"#, "exp"),
        ("nbf-before-iat", r#"{"iat":"x","nbf":"x"}"#, "nbf"),
        ("iat-before-jti", r#"{"jti":5,"iat":"x"}"#, "iat"),
        ("jti-before-missing", r#"{"jti":5}"#, "jti"),
        ("jti-before-expired", r#"{"exp":1,"jti":5}"#, "jti"),
    ] {
        cases.push(
            case(format!("type-order-{id}"), format!("The order of types: {id}"), order, &refs)
                .payload(members)
                .claim_error("invalid_claim", claim),
        );
    }
    cases.extend(right_types());
    cases
}

fn right_types() -> Vec<Case> {
    let refs = ["RFC 7519 §4", "RFC 7519 §4.2", "RFC 7519 §4.3"];
    let why = "Unregistered claims may have any value, and their names are compared exactly.";
    let mut cases = Vec::new();
    for (id, claims) in [
        ("private-null", json!({ "x": null })),
        ("private-object", json!({ "x": { "exp": "x", "iss": 5 } })),
        ("private-array", json!({ "x": [1, "a", null, true] })),
        ("capital-exp", json!({ "EXP": "never", "Exp": null })),
        ("capital-aud", json!({ "AUD": 5, "Iss": [] })),
        ("scope-number", json!({ "scope": 5, "scp": {} })),
        ("roles-number", json!({ "roles": 5, "realm_access": 5 })),
        ("public-claim", json!({ "http://example.com/is_root": true })),
        ("openid-claims", json!({ "auth_time": "x", "nonce": 5, "azp": null, "acr": [] })),
        ("confirmation", json!({ "cnf": { "jkt": "AAAA" }, "act": { "sub": 5 } })),
        ("alg-and-typ", json!({ "alg": 5, "typ": 5, "kid": null, "crit": 5 })),
        ("bool-email-verified", json!({ "email_verified": "true", "updated_at": "x" })),
        ("prototype", json!({ "__proto__": { "admin": true }, "constructor": null })),
        ("date-names", json!({ "nbf ": "x", "iat_": "x", "expires": "x" })),
    ] {
        cases.push(
            case(format!("type-free-{id}"), format!("Free claims: {id}"), why, &refs)
                .claims(claims)
                .valid(),
        );
    }
    let why = "Valid values of registered claims.";
    for (id, claim, value) in [
        ("sub-empty", "sub", r#""""#),
        ("sub-uri", "sub", r#""urn:example:alice""#),
        ("sub-digits", "sub", r#""248289761001""#),
        ("jti", "jti", r#""4fe0c3ad-6e0a-4b0f-9d2f-3a6b7d2f1c55""#),
        ("jti-empty", "jti", r#""""#),
        ("iat-fraction", "iat", "1699999999.25"),
        ("nbf-exponent", "nbf", "1.6e9"),
        ("exp-fraction", "exp", "1700003600.75"),
        ("aud-string", "aud", r#""https://api.example""#),
        ("aud-array", "aud", r#"["https://api.example"]"#),
    ] {
        cases.push(
            case(format!("type-right-{id}"), format!("A right {claim}: {value}"), why, &refs)
                .payload(payload_with(claim, value))
                .valid(),
        );
    }
    let why = "A claim that is not required may be missing.";
    for (id, claim, policy) in [
        ("iss", "iss", json!({ "issuers": null })),
        ("aud", "aud", json!({ "audiences": null })),
        ("exp", "exp", json!({ "require_exp": false })),
    ] {
        cases.push(
            case(
                format!("type-absent-{id}"),
                format!("No {claim}, which is not required"),
                why,
                &refs,
            )
            .claims(json!({ claim: null }))
            .policy(policy)
            .valid(),
        );
    }
    cases
}

/// The issuer.
pub fn issuer() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1.1", "RFC 8725 §3.8"];
    let cves = ["CVE-2024-53861", "CVE-2025-30144", "CVE-2026-22748", "CVE-2026-23552"];
    let why = "The issuer is compared as a string, octet for octet.";
    let mut cases = Vec::new();
    for (id, value) in [
        ("other", "https://other.example"),
        ("empty", ""),
        ("trailing-slash", "https://issuer.example/"),
        ("other-case", "https://Issuer.example"),
        ("other-scheme", "http://issuer.example"),
        ("prefix", "https://issuer.exampl"),
        ("longer", "https://issuer.example.attacker.example"),
        ("port", "https://issuer.example:443"),
        ("space-after", "https://issuer.example "),
        ("nul-after", "https://issuer.example\0"),
        ("percent", "https://issuer%2Eexample"),
        ("single-letter", "h"),
        ("dot-after", "https://issuer.example."),
        ("full-width", "https://issuer.ex\u{ff41}mple"),
    ] {
        cases.push(
            case(format!("iss-{id}"), format!("The issuer is {value:?}"), why, &refs)
                .cves(&cves)
                .claims(json!({ "iss": value }))
                .claim_error("wrong_issuer", "iss"),
        );
    }
    let why = "If the policy names issuers, the token must have one of them.";
    cases.extend([
        case("iss-missing", "iss is missing", why, &refs)
            .cves(&["CVE-2024-5037", "CVE-2024-8901"])
            .claims(json!({ "iss": null }))
            .claim_error("missing_claim", "iss"),
        case("iss-of-none-of-two", "iss is neither of two issuers", why, &refs)
            .claims(json!({ "iss": "https://a.example,https://b.example" }))
            .policy(json!({ "issuers": ["https://a.example", "https://b.example"] }))
            .claim_error("wrong_issuer", "iss"),
        case("iss-before-aud", "Both iss and aud are wrong", why, &refs)
            .claims(json!({ "iss": "https://other.example", "aud": "https://other.example" }))
            .claim_error("wrong_issuer", "iss"),
    ]);
    let long = format!("https://issuer.example/{}", "tenant/".repeat(100));
    for (id, value, issuers) in [
        ("one", ISSUER, json!([ISSUER])),
        ("first-of-two", ISSUER, json!([ISSUER, "https://other.example"])),
        ("last-of-two", ISSUER, json!(["https://other.example", ISSUER])),
        ("waived", "https://anything.example", Value::Null),
        ("waived-empty", "", Value::Null),
        ("trailing-slash", "https://issuer.example/", json!(["https://issuer.example/"])),
        ("not-a-url", "issuer", json!(["issuer"])),
        ("unicode", "https://\u{e9}.example", json!(["https://\u{e9}.example"])),
        ("with-nul", "a\0b", json!(["a\0b"])),
        ("long", &long, json!([long])),
    ] {
        cases.push(
            case(format!("iss-good-{id}"), format!("A matching issuer: {id}"), why, &refs)
                .claims(json!({ "iss": value }))
                .policy(json!({ "issuers": issuers }))
                .valid(),
        );
    }
    cases
}

/// Claims that the policy requires, by name or by value.
pub fn required() -> Vec<Case> {
    let refs = ["RFC 7519 §4", "RFC 7519 §7.2"];
    let why = "Claims that the policy requires must be present.";
    let mut cases = Vec::new();
    for (id, demanded, claims, missing) in [
        ("private", json!(["tenant"]), json!({}), "tenant"),
        ("sub", json!(["sub"]), json!({ "sub": null }), "sub"),
        ("jti", json!(["jti"]), json!({}), "jti"),
        ("iat", json!(["iat"]), json!({}), "iat"),
        ("nbf", json!(["nbf"]), json!({}), "nbf"),
        ("one-of-two", json!(["sub", "tenant"]), json!({}), "tenant"),
        ("other-case", json!(["tenant"]), json!({ "Tenant": "a" }), "tenant"),
        ("nested", json!(["tenant"]), json!({ "x": { "tenant": "a" } }), "tenant"),
    ] {
        cases.push(
            case(format!("required-{id}"), format!("Not there: {id}"), why, &refs)
                .claims(claims)
                .policy(json!({ "required_claims": demanded }))
                .claim_error("missing_claim", missing),
        );
    }
    for claim in ["tenant", "https://issuer.example/tenant"] {
        let id = if claim == "tenant" { "null" } else { "null-under-a-url" };
        let nothing = "A required claim that is null counts as missing.";
        cases.push(
            case(format!("required-{id}"), format!("{claim} is null"), nothing, &refs)
                .payload(payload_with(claim, "null"))
                .policy(json!({ "required_claims": [claim] }))
                .claim_error("invalid_claim", claim),
        );
    }
    let equal = "An expected value is compared as JSON, so its type counts too.";
    for (id, expected, claims, code) in [
        ("absent", json!("abc"), json!({}), "missing_claim"),
        ("other", json!("abc"), json!({ "nonce": "abd" }), "wrong_claim"),
        ("other-type", json!("5"), json!({ "nonce": 5 }), "wrong_claim"),
        ("array-of-it", json!("abc"), json!({ "nonce": ["abc"] }), "wrong_claim"),
        ("other-case", json!("abc"), json!({ "nonce": "ABC" }), "wrong_claim"),
        ("object-with-more", json!({"a": 1}), json!({ "nonce": {"a": 1, "b": 2} }), "wrong_claim"),
        ("array-order", json!([1, 2]), json!({ "nonce": [2, 1] }), "wrong_claim"),
        ("false-for-zero", json!(0), json!({ "nonce": false }), "wrong_claim"),
    ] {
        cases.push(
            case(format!("expected-{id}"), format!("Another value: {id}"), equal, &refs)
                .claims(claims)
                .policy(json!({ "expected_claims": { "nonce": expected } }))
                .claim_error(code, "nonce"),
        );
    }
    for (id, claims, policy) in [
        ("private", json!({ "tenant": "a" }), json!({ "required_claims": ["tenant"] })),
        ("false", json!({ "tenant": false }), json!({ "required_claims": ["tenant"] })),
        ("empty", json!({ "tenant": "" }), json!({ "required_claims": ["tenant"] })),
        (
            "three",
            json!({ "jti": "1", "iat": 1_699_999_999 }),
            json!({ "required_claims": ["jti", "iat", "sub"] }),
        ),
        ("value", json!({ "nonce": "abc" }), json!({ "expected_claims": { "nonce": "abc" } })),
        ("sub-value", json!({}), json!({ "expected_claims": { "sub": "alice" } })),
        (
            "object-in-other-order",
            json!({ "x": { "b": [2], "a": 1 } }),
            json!({ "expected_claims": { "x": { "a": 1, "b": [2] } } }),
        ),
        ("bool-value", json!({ "x": true }), json!({ "expected_claims": { "x": true } })),
        (
            "two-values",
            json!({ "x": 1, "y": "z" }),
            json!({ "expected_claims": {"x": 1, "y": "z"} }),
        ),
        ("nothing", json!({}), json!({ "expected_claims": {} })),
    ] {
        cases.push(
            case(format!("required-good-{id}"), format!("Present as required: {id}"), why, &refs)
                .claims(claims)
                .policy(policy)
                .valid(),
        );
    }
    cases
}
