//! The audience, and the type of the token.

use serde_json::{Value, json};

use crate::case::{AUDIENCE, Case, case};

/// The aud claim.
pub fn audience() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1.3", "RFC 8725 §3.9"];
    let cves =
        ["CVE-2020-26160", "CVE-2023-22482", "CVE-2025-62610", "CVE-2026-30223", "CVE-2026-55669"];
    let why = "One of the token's audiences must equal one of the policy's, octet for octet.";
    let mut cases = Vec::new();
    for (id, value) in [
        ("other", json!("https://other.example")),
        ("empty-string", json!("")),
        ("empty-array", json!([])),
        ("array-of-others", json!(["https://a.example", "https://b.example"])),
        ("array-of-empty", json!([""])),
        ("trailing-slash", json!("https://api.example/")),
        ("other-case", json!("https://API.example")),
        ("prefix", json!("https://api.exampl")),
        ("longer", json!("https://api.example.attacker.example")),
        ("contains", json!("x https://api.example x")),
        ("comma-list", json!("https://api.example,https://b.example")),
        ("space-list", json!("https://api.example https://b.example")),
        ("json-text", json!("[\"https://api.example\"]")),
        ("wildcard", json!("*")),
        ("space-after", json!("https://api.example ")),
        ("nul-after", json!("https://api.example\0")),
        ("single-letters", json!(["h", "t", "p", "s"])),
    ] {
        cases.push(
            case(format!("aud-{id}"), format!("The audience is {value}"), why, &refs)
                .cves(&cves)
                .claims(json!({ "aud": value }))
                .claim_error("wrong_audience", "aud"),
        );
    }
    cases.extend([
        case("aud-missing", "aud is missing", why, &refs)
            .cves(&cves)
            .claims(json!({ "aud": null }))
            .claim_error("missing_claim", "aud"),
        case("aud-neither-of-two", "Two audiences, of which the policy has neither", why, &refs)
            .claims(json!({ "aud": ["a", "b"] }))
            .policy(json!({ "audiences": ["c", "d"] }))
            .claim_error("wrong_audience", "aud"),
        case("aud-policy-prefix", "The policy's audience is longer", why, &refs)
            .claims(json!({ "aud": "api" }))
            .policy(json!({ "audiences": ["api2"] }))
            .claim_error("wrong_audience", "aud"),
        case(
            "aud-before-expected",
            "Both the audience and an expected value are wrong",
            why,
            &refs,
        )
        .claims(json!({ "aud": "x", "nonce": "x" }))
        .policy(json!({ "expected_claims": { "nonce": "y" } }))
        .claim_error("wrong_audience", "aud"),
    ]);
    for (id, value, audiences) in [
        ("string", json!(AUDIENCE), json!([AUDIENCE])),
        ("array", json!([AUDIENCE]), json!([AUDIENCE])),
        ("first-of-array", json!([AUDIENCE, "b"]), json!([AUDIENCE])),
        ("last-of-array", json!(["a", "b", AUDIENCE]), json!([AUDIENCE])),
        ("twice-in-array", json!([AUDIENCE, AUDIENCE]), json!([AUDIENCE])),
        ("empty-beside", json!(["", AUDIENCE]), json!([AUDIENCE])),
        ("second-of-policy", json!(AUDIENCE), json!(["a", AUDIENCE])),
        ("one-of-each", json!(["x", AUDIENCE]), json!(["a", AUDIENCE])),
        ("not-a-url", json!("orders"), json!(["orders"])),
        ("unicode", json!("\u{1f600}"), json!(["\u{1f600}"])),
        (
            "many",
            json!(vec!["x"; 50].into_iter().chain([AUDIENCE]).collect::<Vec<_>>()),
            json!([AUDIENCE]),
        ),
        ("waived-other", json!("https://other.example"), Value::Null),
        ("waived-empty-array", json!([]), Value::Null),
    ] {
        cases.push(
            case(format!("aud-good-{id}"), format!("A matching audience: {id}"), why, &refs)
                .claims(json!({ "aud": value }))
                .policy(json!({ "audiences": audiences }))
                .valid(),
        );
    }
    cases.extend(super::exact_audience::exactly());
    cases.extend(super::exact_audience::in_claim());
    cases
}

/// The typ header.
pub fn token_type() -> Vec<Case> {
    let refs = ["RFC 8725 §3.11", "RFC 9068 §4", "RFC 7515 §4.1.9"];
    let header = |typ: &str| format!(r#"{{"alg":"ES256","kid":"p256","typ":{typ}}}"#);
    let mut cases = Vec::new();
    let why = "The type refuses tokens that were made for another purpose.";
    for (id, typ) in [
        ("logout", r#""logout+jwt""#),
        ("security-event", r#""secevent+jwt""#),
        ("proof", r#""dpop+jwt""#),
        ("jose", r#""JOSE""#),
        ("json", r#""application/json""#),
        ("empty", r#""""#),
        ("space-after", r#""JWT ""#),
        ("prefix-only", r#""application/""#),
        ("prefix-twice", r#""application/application/jwt""#),
        ("other-prefix", r#""text/jwt""#),
        ("other-letter-for-the-solidus", r#""applicationsJWT""#),
        ("parameter", r#""JWT; charset=utf-8""#),
        ("dotless-i", "\"appl\u{131}cation/jwt\""),
    ] {
        cases.push(
            case(format!("typ-{id}"), format!("typ is {typ}"), why, &refs)
                .cves(&["CVE-2026-24899", "CVE-2026-41164"])
                .header(header(typ))
                .error("unexpected_type"),
        );
    }
    let malformed = "typ and cty are strings.";
    for (id, typ) in [("null", "null"), ("number", "5"), ("array", r#"["JWT"]"#)] {
        cases.push(
            case(format!("typ-malformed-{id}"), format!("typ is {typ}"), malformed, &refs)
                .header(header(typ))
                .error("malformed_header"),
        );
    }
    cases.push(
        case("typ-malformed-cty-null", "cty is null", malformed, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","cty":null}"#)
            .error("malformed_header"),
    );
    let demanded = "With a list of types, the token must have one of them.";
    for (id, header_text, types) in [
        ("absent", r#"{"alg":"ES256","kid":"p256"}"#.to_string(), json!(["at+jwt"])),
        ("jwt", header(r#""JWT""#), json!(["at+jwt"])),
        ("access-token", header(r#""at+jwt""#), json!(["JWT"])),
        ("of-two", header(r#""logout+jwt""#), json!(["JWT", "at+jwt"])),
    ] {
        cases.push(
            case(format!("typ-demanded-{id}"), format!("Not in the list: {id}"), demanded, &refs)
                .header(header_text)
                .policy(json!({ "types": types }))
                .error("unexpected_type"),
        );
    }
    cases.extend([
        case(
            "typ-demanded-signature-only",
            "The list also applies to a plain JWS",
            demanded,
            &refs,
        )
        .header(header(r#""JOSE""#))
        .payload("x")
        .signature_only()
        .policy(json!({ "types": ["at+jwt"] }))
        .error("unexpected_type"),
        case("typ-before-algorithm", "Both the type and the algorithm are wrong", demanded, &refs)
            .header(r#"{"alg":"none","typ":"logout+jwt"}"#)
            .error("unexpected_type"),
    ]);
    let why = "By default JWTs, access tokens and tokens without a type are accepted.";
    for (id, typ) in [
        ("jwt", r#""JWT""#),
        ("jwt-lower-case", r#""jwt""#),
        ("jwt-mixed-case", r#""Jwt""#),
        ("access-token", r#""at+jwt""#),
        ("access-token-upper-case", r#""AT+JWT""#),
        ("jwt-full", r#""application/jwt""#),
        ("access-token-full", r#""application/at+jwt""#),
        ("full-upper-case", r#""APPLICATION/AT+JWT""#),
    ] {
        cases.push(
            case(format!("typ-good-{id}"), format!("typ is {typ}"), why, &refs)
                .header(header(typ))
                .valid(),
        );
    }
    for (id, typ, types) in [
        ("demanded", r#""at+jwt""#, json!(["at+jwt"])),
        ("demanded-full", r#""application/at+jwt""#, json!(["at+jwt"])),
        ("full-demanded", r#""at+jwt""#, json!(["application/at+jwt"])),
        ("demanded-other", r#""logout+jwt""#, json!(["logout+jwt"])),
        ("waived", r#""anything""#, Value::Null),
    ] {
        cases.push(
            case(
                format!("typ-good-{id}"),
                format!("typ is {typ}, the list is {types}"),
                why,
                &refs,
            )
            .header(header(typ))
            .policy(json!({ "types": types }))
            .valid(),
        );
    }
    cases.push(
        case("typ-good-signature-only", "A plain JWS has no type by default", why, &refs)
            .header(header(r#""JOSE""#))
            .payload("x")
            .signature_only()
            .valid(),
    );
    cases.extend(absent_or_one_of());
    cases
}

/// Types that may be absent.
fn absent_or_one_of() -> Vec<Case> {
    let refs = ["RFC 8725 §3.11", "RFC 8725 §3.12"];
    let why = "A list with or_none accepts a token without a type, but no other type.";
    let mut cases = Vec::new();
    for (id, typ, types, accepted) in [
        ("absent", "", json!(["JWT"]), true),
        ("listed", r#","typ":"JWT""#, json!(["JWT"]), true),
        ("listed-lower-case", r#","typ":"jwt""#, json!(["JWT"]), true),
        ("listed-full", r#","typ":"application/jwt""#, json!(["JWT"]), true),
        ("second", r#","typ":"JOSE""#, json!(["JWT", "JOSE"]), true),
        ("absent-of-two", "", json!(["logout+jwt", "JWT"]), true),
        ("access-token", r#","typ":"at+jwt""#, json!(["JWT"]), false),
        ("empty", r#","typ":"""#, json!(["JWT"]), false),
        ("none", r#","typ":"none""#, json!(["JWT"]), false),
        ("prefix", r#","typ":"JWTx""#, json!(["JWT"]), false),
        ("default-is-replaced", r#","typ":"JWT""#, json!(["at+jwt"]), false),
    ] {
        let title = format!("A type or none: {}", id.replace('-', " "));
        let case = case(format!("typ-or-none-{id}"), title, why, &refs)
            .header(format!(r#"{{"alg":"ES256","kid":"p256"{typ}}}"#))
            .policy(json!({ "types": { "or_none": types } }));
        cases.push(if accepted { case.valid() } else { case.error("unexpected_type") });
    }
    let signature_only = |id: &str, title: &str, typ: &str| {
        case(format!("typ-or-none-{id}"), title, why, &refs)
            .header(format!(r#"{{"alg":"ES256","kid":"p256"{typ}}}"#))
            .payload("x")
            .signature_only()
            .policy(json!({ "types": { "or_none": ["JWT"] } }))
    };
    cases.extend([
        signature_only("signature-only", "A plain JWS without a type", "").valid(),
        signature_only("signature-only-other", "A plain JWS of another type", r#","typ":"JOSE""#)
            .error("unexpected_type"),
        case("typ-or-none-policy-empty", "No type is listed", why, &refs)
            .policy(json!({ "types": { "or_none": [] } }))
            .error("invalid_policy"),
        case("typ-or-none-policy-blank", "A blank type is listed", why, &refs)
            .policy(json!({ "types": { "or_none": [" "] } }))
            .error("invalid_policy"),
    ]);
    cases
}
