//! Critical header parameters, and the one that changes the encoding.

use crate::case::{Case, case};
use crate::keys;

/// The crit parameter.
pub fn crit() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.11"];
    let cves = ["CVE-2025-59420", "CVE-2026-32597", "CVE-2026-35042"];
    let mut cases = Vec::new();
    let why = "A header parameter that is critical but unknown is refused.";
    for (id, rest) in [
        ("exp", r#""crit":["exp"],"exp":1700003600"#),
        ("url", r#""crit":["http://example.invalid/X"],"http://example.invalid/X":true"#),
        ("null-value", r#""crit":["x"],"x":null"#),
        ("empty-name", r#""crit":[""],"":1"#),
        ("two", r#""crit":["x","y"],"x":1,"y":2"#),
        ("escaped", r#""crit":["\u0078"],"x":1"#),
        ("other-case-of-registered", r#""crit":["Alg"],"Alg":"ES256""#),
        ("claim-name", r#""crit":["iss"],"iss":"https://issuer.example""#),
        ("http-signature", r#""crit":["sigT"],"sigT":"2026-01-01T00:00:00Z""#),
        ("jwe-parameter", r#""crit":["enc"],"enc":"A256GCM""#),
    ] {
        cases.push(
            case(format!("crit-unsupported-{id}"), format!("A critical header: {id}"), why, &refs)
                .cves(&cves)
                .header(format!(r#"{{"alg":"ES256","kid":"p256",{rest}}}"#))
                .error("unsupported_critical_header"),
        );
    }
    let why = "crit is a non-empty array of distinct names of extension headers that are present.";
    for (id, rest) in [
        ("empty", r#""crit":[]"#),
        ("null", r#""crit":null"#),
        ("string", r#""crit":"exp","exp":1"#),
        ("number", r#""crit":1"#),
        ("object", r#""crit":{"exp":1},"exp":1"#),
        ("false", r#""crit":false"#),
        ("number-inside", r#""crit":["exp",1],"exp":1"#),
        ("null-inside", r#""crit":[null]"#),
        ("array-inside", r#""crit":[["exp"]],"exp":1"#),
        ("absent-name", r#""crit":["exp"]"#),
        ("absent-and-present", r#""crit":["exp","x"],"exp":1"#),
        ("absent-name-is-claim", r#""crit":["sub"]"#),
        ("other-case", r#""crit":["exp"],"Exp":1"#),
        ("twice", r#""crit":["exp","exp"],"exp":1"#),
        ("twice-escaped", r#""crit":["exp","\u0065xp"],"exp":1"#),
        ("registered-alg", r#""crit":["alg"]"#),
        ("registered-kid", r#""crit":["kid"]"#),
        ("registered-crit", r#""crit":["crit"]"#),
        ("registered-typ", r#""crit":["typ"],"typ":"JWT""#),
        ("registered-jwk", r#""crit":["jwk"],"jwk":{}"#),
        ("registered-x5t-s256", r##""crit":["x5t#S256"],"x5t#S256":"AAAA""##),
        ("registered-beside-unsupported", r#""crit":["exp","cty"],"exp":1,"cty":"x""#),
    ] {
        cases.push(
            case(format!("crit-malformed-{id}"), format!("crit is malformed: {id}"), why, &refs)
                .cves(&cves)
                .header(format!(r#"{{"alg":"ES256","kid":"p256",{rest}}}"#))
                .error("malformed_header"),
        );
    }
    let why = "The headers are checked before the algorithm, the key and the signature.";
    cases.extend([
        case("crit-before-signature", "A critical header and a bad signature", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","crit":["x"],"x":1}"#)
            .signature(vec![0; 64])
            .error("unsupported_critical_header"),
        case("crit-before-algorithm", "A critical header and no signature", why, &refs)
            .header(r#"{"alg":"none","crit":["x"],"x":1}"#)
            .signature(Vec::new())
            .error("unsupported_critical_header"),
        case("crit-before-type", "A critical header and an unexpected type", why, &refs)
            .header(r#"{"typ":"other","alg":"ES256","kid":"p256","crit":["x"],"x":1}"#)
            .error("unsupported_critical_header"),
        case(
            "crit-signature-only",
            "A critical header where only the signature is verified",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256","kid":"p256","crit":["x"],"x":1}"#)
        .signature_only()
        .error("unsupported_critical_header"),
    ]);
    let why = "A header that is not listed in crit may be ignored.";
    for (id, rest) in [
        ("unknown-not-listed", r#""x":1"#),
        ("exp-not-listed", r#""exp":1"#),
        ("other-case-of-crit", r#""Crit":["x"],"CRIT":[]"#),
        ("nested", r#""x":{"crit":["alg"]}"#),
        ("nested-in-jwk", r#""jwk":{"crit":[]}"#),
        ("as-value", r#""x":"crit","y":["crit"]"#),
        ("prefix", r#""cri":["x"],"critical":["x"]"#),
        ("claim-name-not-listed", r#""iss":"https://other.example","exp":0"#),
        ("nested-deeper", r#""x":[{"y":{"crit":null}}]"#),
        ("http-signature-not-listed", r#""sigT":"2026-01-01T00:00:00Z""#),
        ("jwe-parameter-not-listed", r#""enc":"A256GCM""#),
        ("empty-name-not-listed", r#""":1"#),
        ("number-not-listed", r#""1":1"#),
        ("space-before", r#"" crit":["x"]"#),
        ("space-after", r#""crit ":["x"]"#),
        ("null-not-listed", r#""x":null"#),
    ] {
        cases.push(
            case(format!("crit-ignored-{id}"), format!("Not critical: {id}"), why, &refs)
                .header(format!(r#"{{"alg":"ES256","kid":"p256",{rest}}}"#))
                .valid(),
        );
    }
    cases.extend([
        case("crit-ignored-claim", "A claim called crit", why, &refs)
            .claims(serde_json::json!({ "crit": ["x"] }))
            .valid(),
        case("crit-ignored-in-key", "A key with a crit", why, &refs)
            .keys([keys::public_with("p256", serde_json::json!({ "crit": ["x"] }))])
            .valid(),
    ]);
    cases
}

/// The b64 parameter.
pub fn b64() -> Vec<Case> {
    let refs = ["RFC 7797 §6", "RFC 7797 §7"];
    let why = "JWTs have no unencoded payload, and a change of the encoding is critical.";
    let mut cases = Vec::new();
    for (id, rest, code) in [
        ("false-not-critical", r#""b64":false"#, "malformed_header"),
        ("false-other-critical", r#""b64":false,"crit":["x"],"x":1"#, "malformed_header"),
        ("string", r#""b64":"false""#, "malformed_header"),
        ("null", r#""b64":null"#, "malformed_header"),
        ("zero", r#""b64":0"#, "malformed_header"),
        ("listed-but-absent", r#""crit":["b64"]"#, "malformed_header"),
        ("true-critical", r#""b64":true,"crit":["b64"]"#, "unsupported_critical_header"),
        ("false-critical", r#""b64":false,"crit":["b64"]"#, "unsupported_critical_header"),
    ] {
        cases.push(
            case(format!("b64-{id}"), format!("b64 over an encoded payload: {id}"), why, &refs)
                .header(format!(r#"{{"alg":"ES256","kid":"p256",{rest}}}"#))
                .error(code),
        );
    }
    let unencoded = |payload: &str| {
        let header = keys::encode(r#"{"alg":"ES256","kid":"p256","b64":false,"crit":["b64"]}"#);
        let input = format!("{header}.{payload}");
        let signature = crate::signing::sign("p256", "ES256", input.as_bytes());
        format!("{input}.{}", keys::encode(signature))
    };
    cases.extend([
        case("b64-unencoded", "A genuine unencoded payload", why, &refs)
            .token(unencoded("payload"))
            .signature_only()
            .error("unsupported_critical_header"),
        case("b64-unencoded-json", "A genuine unencoded payload of JSON", why, &refs)
            .token(unencoded("{}"))
            .error("malformed_token"),
        case(
            "b64-false-signature-only",
            "b64 is false where only the signature is verified",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256","kid":"p256","b64":false,"crit":["b64"]}"#)
        .signature_only()
        .error("unsupported_critical_header"),
    ]);
    let why = "A header that says that the payload is encoded changes nothing.";
    cases.extend([
        case("b64-true", "b64 is true", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","b64":true}"#)
            .valid(),
        case(
            "b64-true-signature-only",
            "b64 is true where only the signature is verified",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256","kid":"p256","b64":true}"#)
        .signature_only()
        .valid(),
        case("b64-other-case", "B64 is another header", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","B64":false}"#)
            .valid(),
        case("b64-claim", "A claim called b64", why, &refs)
            .claims(serde_json::json!({ "b64": false }))
            .valid(),
        case("b64-nested", "b64 inside another header", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","x":{"b64":false}}"#)
            .valid(),
        case("b64-as-value", "b64 as a value", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","x":"b64"}"#)
            .valid(),
    ]);
    cases
}
