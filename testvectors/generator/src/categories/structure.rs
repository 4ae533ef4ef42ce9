//! The three segments of a token, and text that does not have three segments.

use serde_json::json;

use crate::case::{Case, PAYLOAD, case};
use crate::{keys, signing};

fn genuine() -> String {
    let header = json!({ "alg": "ES256", "kid": "p256" }).to_string();
    let input = format!("{}.{}", keys::encode(header), keys::encode(PAYLOAD));
    let signature = signing::sign("p256", "ES256", input.as_bytes());
    format!("{input}.{}", keys::encode(signature))
}

/// Malformed segments and unusual content.
pub fn structure() -> Vec<Case> {
    let mut cases = wrong_cuts();
    cases.extend(foreign_characters());
    cases.extend(empty_segments());
    cases.extend(unusual_tokens());
    cases
}

fn wrong_cuts() -> Vec<Case> {
    let refs = ["RFC 7515 §7.1", "RFC 7519 §7.2"];
    let why = "A token has exactly two dots.";
    let token = genuine();
    let segments: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (segments[0], segments[1], segments[2]);
    [
        ("empty", String::new()),
        ("no-dot", header.into()),
        ("one-dot", format!("{header}.{payload}")),
        ("dots-dropped", token.replace('.', "")),
        ("one-dot-alone", ".".into()),
        ("three-dots-alone", "...".into()),
        ("five-dots-alone", ".....".into()),
        ("dot-before", format!(".{token}")),
        ("dot-after", format!("{token}.")),
        ("dot-doubled", format!("{header}..{payload}.{signature}")),
        ("fourth-segment", format!("{token}.{signature}")),
        ("two-tokens", format!("{token}.{token}")),
        ("many-dots", format!("{token}{}", ".".repeat(5000))),
    ]
    .into_iter()
    .map(|(id, token)| {
        case(format!("structure-{id}"), format!("Wrongly cut: {id}"), why, &refs)
            .cves(&["CVE-2025-30204", "CVE-2025-27144", "CVE-2025-22868", "CVE-2025-61920"])
            .token(token)
            .error("malformed_token")
    })
    .collect()
}

fn foreign_characters() -> Vec<Case> {
    let refs = ["RFC 7515 §2", "RFC 7515 §7.1"];
    let why = "A token consists only of base64url characters and dots.";
    let token = genuine();
    let mut cases: Vec<Case> = [
        ("space-before", format!(" {token}")),
        ("space-after", format!("{token} ")),
        ("newline-after", format!("{token}\n")),
        ("newline-before", format!("\n{token}")),
        ("tab-after", format!("{token}\t")),
        ("spaces-at-dots", token.replace('.', " . ")),
        ("nul-after", format!("{token}\0")),
        ("nul-and-more-after", format!("{token}\0.admin")),
        ("scheme-before", format!("Bearer {token}")),
        ("quoted", format!("\"{token}\"")),
        ("comma-list", format!("{token},{token}")),
        ("semicolon-after", format!("{token};")),
        ("percent-dots", token.replace('.', "%2E")),
        ("full-width-dots", token.replace('.', "\u{ff0e}")),
        ("ideographic-dots", token.replace('.', "\u{3002}")),
        ("byte-order-mark", format!("\u{feff}{token}")),
        ("zero-width-space", format!("{token}\u{200b}")),
        ("full-width-letter", token.replacen('e', "\u{ff45}", 1)),
        ("tilde-after", format!("{token}~")),
        ("asterisk-after", format!("{token}*")),
    ]
    .into_iter()
    .map(|(id, token)| {
        case(format!("structure-{id}"), format!("Other characters: {id}"), why, &refs)
            .token(token)
            .error("malformed_token")
    })
    .collect();
    let with = |before: &[u8], after: &[u8]| [before, genuine().as_bytes(), after].concat();
    cases.extend(
        [
            ("byte-ff-after", with(b"", &[0xff])),
            ("byte-80-before", with(&[0x80], b"")),
            ("latin-1-after", with(b"", &[0xe9])),
            ("utf-16", genuine().bytes().flat_map(|octet| [octet, 0]).collect()),
            ("high-bit", genuine().bytes().map(|octet| octet | 0x80).collect()),
        ]
        .map(|(id, octets)| {
            case(format!("structure-{id}"), format!("Not even UTF-8: {id}"), why, &refs)
                .token_octets(octets)
                .error("malformed_token")
        }),
    );
    cases
}

fn empty_segments() -> Vec<Case> {
    let refs = ["RFC 7515 §5.2", "RFC 7519 §7.2"];
    let why = "An empty segment is treated like any other invalid content.";
    let signed = |header: &str, payload: &str| {
        let input = format!("{}.{}", keys::encode(header), keys::encode(payload));
        let signature = signing::sign("p256", "ES256", input.as_bytes());
        format!("{input}.{}", keys::encode(signature))
    };
    vec![
        case("structure-empty-header", "An empty header", why, &refs)
            .token(signed("", PAYLOAD))
            .error("malformed_header"),
        case("structure-two-dots-alone", "Three empty segments", why, &refs)
            .token("..")
            .error("malformed_header"),
        case("structure-empty-payload", "An empty payload with a valid signature", why, &refs)
            .payload("")
            .error("malformed_claims"),
        case("structure-empty-signature", "An empty signature", why, &refs)
            .signature(Vec::new())
            .error("invalid_signature"),
        case("structure-four-dots-alone", "Five empty segments", why, &refs)
            .token("....")
            .error("encrypted_token"),
    ]
}

fn unusual_tokens() -> Vec<Case> {
    let refs = ["RFC 7515 §7.1", "RFC 7515 §3"];
    let why = "The content of a payload does not matter where only the signature is verified.";
    let mut cases: Vec<Case> = [
        ("empty", Vec::new()),
        ("text", b"It is a dangerous business, going out of your door.".to_vec()),
        ("binary", (0..=255).collect()),
        ("array", b"[1,2,3]".to_vec()),
        ("broken-json", b"{\"exp\":".to_vec()),
        ("expired-claims", b"{\"exp\":1}".to_vec()),
        ("duplicates", b"{\"a\":1,\"a\":2}".to_vec()),
        ("nul", vec![0]),
        ("looks-like-a-token", genuine().into_bytes()),
        ("white-space", b" \n".to_vec()),
    ]
    .into_iter()
    .map(|(id, payload)| {
        case(format!("structure-any-payload-{id}"), format!("Any payload: {id}"), why, &refs)
            .payload(payload)
            .signature_only()
            .valid()
    })
    .collect();
    let why = "Unusual but valid.";
    cases.extend([
        case("structure-short-header", "A header with only alg", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .valid(),
        case("structure-unknown-headers", "Unknown headers", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","x":{"y":[1,null]},"nonce":"n"}"#)
            .valid(),
        case("structure-content-type", "A content type", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","cty":"json"}"#)
            .valid(),
        case(
            "structure-long-signature",
            "A signature longer than the rest of the token",
            why,
            &refs,
        )
        .key("rsa-4096", "RS256")
        .valid(),
        case("structure-long-header", "A header of 4000 octets", why, &refs)
            .header(json!({ "alg": "ES256", "kid": "p256", "x": "x".repeat(4000) }).to_string())
            .valid(),
        case("structure-long-payload", "A payload of 8000 octets", why, &refs)
            .claims(json!({ "x": "x".repeat(8000) }))
            .valid(),
        case("structure-urls-in-header", "Dots and slashes in strings of the header", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","x":"a.b.c/d+e=f"}"#)
            .valid(),
        case("structure-empty-strings", "Empty strings in every optional member", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","cty":"","":""}"#)
            .claims(json!({ "sub": "", "jti": "", "": "" }))
            .valid(),
        case("structure-type-first", "The members of the header in another order", why, &refs)
            .header(r#"{"typ":"JWT","kid":"p256","alg":"ES256"}"#)
            .valid(),
        case(
            "structure-short-signature",
            "A signature shorter than the rest of the token",
            why,
            &refs,
        )
        .key("hmac-32", "HS256")
        .policy(json!({ "symmetric_keys": true }))
        .valid(),
        case(
            "structure-type-only-payload",
            "The smallest payload that the policy accepts",
            why,
            &refs,
        )
        .payload(r#"{"exp":1700000100}"#)
        .policy(json!({ "issuers": null, "audiences": null }))
        .valid(),
        case(
            "structure-empty-object",
            "An empty payload object with a policy that requires nothing",
            why,
            &refs,
        )
        .payload("{}")
        .policy(json!({ "issuers": null, "audiences": null, "require_exp": false }))
        .valid(),
    ]);
    cases
}

/// Other serializations of JOSE, and encrypted tokens.
pub fn serializations() -> Vec<Case> {
    let mut cases = json_serializations();
    cases.extend(encrypted());
    cases.extend(looks_like_more());
    cases
}

fn json_serializations() -> Vec<Case> {
    let refs = ["RFC 7519 §1", "RFC 7515 §7.2"];
    let why = "A JWT always has the compact serialization.";
    let token = genuine();
    let segments: Vec<&str> = token.split('.').collect();
    let flattened = json!({
        "payload": segments[1],
        "protected": segments[0],
        "signature": segments[2],
    });
    let general = json!({
        "payload": segments[1],
        "signatures": [{ "protected": segments[0], "signature": segments[2] }],
    });
    let unprotected = json!({
        "payload": segments[1],
        "header": { "alg": "ES256", "kid": "p256" },
        "signature": segments[2],
    });
    let polyglot = format!(r#"{{"x":"{}.","payload":"{}"}}"#, segments[0], segments[1]);
    [
        ("flattened", flattened.to_string()),
        ("general", general.to_string()),
        ("unprotected-header", unprotected.to_string()),
        ("polyglot", polyglot),
        ("json-around-token", format!(r#"{{"  {token}  ":5}}"#)),
        ("array-of-token", json!([token]).to_string()),
    ]
    .into_iter()
    .map(|(id, token)| {
        case(format!("serialization-{id}"), format!("JSON serialization: {id}"), why, &refs)
            .cves(&["CVE-2022-39227", "CVE-2024-21664"])
            .token(token)
            .error("malformed_token")
    })
    .collect()
}

fn encrypted() -> Vec<Case> {
    let refs = ["RFC 7516 §7.1", "RFC 7519 §7.2"];
    let why = "Five segments are an encrypted token, which this verifier never decrypts.";
    let cves = ["CVE-2022-3102", "CVE-2023-51774", "CVE-2026-29000"];
    let token = genuine();
    let rest =
        format!("{}.{}.{}", keys::encode([1; 12]), keys::encode([2; 40]), keys::encode([3; 16]));
    let jwe =
        |header: &str, key: &[u8]| format!("{}.{}.{rest}", keys::encode(header), keys::encode(key));
    let bomb = r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}"#;
    let mut cases: Vec<Case> = [
        ("rsa-oaep", jwe(r#"{"alg":"RSA-OAEP","enc":"A256GCM","kid":"rsa"}"#, &[4; 256])),
        ("direct", jwe(r#"{"alg":"dir","enc":"A256GCM"}"#, &[])),
        ("signature-algorithm", jwe(r#"{"alg":"ES256","kid":"p256"}"#, &[4; 32])),
        ("none", jwe(r#"{"alg":"none"}"#, &[])),
        ("rsa1-5", jwe(r#"{"alg":"RSA1_5","enc":"A128CBC-HS256"}"#, &[4; 256])),
        ("pbes2-bomb", jwe(bomb, &[4; 24])),
        ("zip-bomb", jwe(r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#, &[])),
        ("broken-header", format!("AAAA.AAAA.{rest}")),
        ("signed-token-inside", format!("{token}.AAAA.AAAA")),
        ("empty-rest", format!("{token}..")),
    ]
    .into_iter()
    .map(|(id, token)| {
        case(format!("serialization-jwe-{id}"), format!("Five segments: {id}"), why, &refs)
            .cves(match id {
                "pbes2-bomb" => &["CVE-2023-52428", "CVE-2023-51775", "CVE-2025-63811"],
                "zip-bomb" => &["CVE-2024-28180", "CVE-2024-28176", "CVE-2024-33664"],
                _ => &cves,
            })
            .token(token)
            .error("encrypted_token")
    })
    .collect();
    let three = "Three segments are a signed token, even if the header has members of encryption.";
    cases.extend([
        case("serialization-jwe-bad-character", "Five segments and a space", why, &refs)
            .token(format!("{token}.AAAA.AA A"))
            .error("malformed_token"),
        case(
            "serialization-jwe-in-three",
            "An encryption algorithm in three segments",
            three,
            &refs,
        )
        .header(r#"{"alg":"RSA-OAEP","enc":"A256GCM","kid":"p256"}"#)
        .error("algorithm_not_allowed"),
        case("serialization-nested", "A signed token inside a signed token", three, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","cty":"JWT"}"#)
            .payload(genuine())
            .error("malformed_claims"),
        case("serialization-detached", "A detached payload", three, &refs)
            .edit(|token| {
                let segments: Vec<&str> = token.split('.').collect();
                format!("{}..{}", segments[0], segments[2])
            })
            .error("invalid_signature"),
    ]);
    cases
}

fn looks_like_more() -> Vec<Case> {
    let refs = ["RFC 7515 §4", "RFC 7519 §5.2"];
    let why = "Members of other serializations mean nothing in a compact signed token.";
    let mut cases: Vec<Case> = [
        ("enc", r#""enc":"A256GCM""#),
        ("zip", r#""zip":"DEF""#),
        ("content-type-jwt", r#""cty":"JWT""#),
        ("epk", r#""epk":{"kty":"EC"},"apu":"AAAA""#),
        ("pbes2", r#""p2c":2147483647,"p2s":"AAAA""#),
        ("iv-and-tag", r#""iv":"AAAA","tag":"AAAA""#),
        ("protected", r#""protected":"AAAA","signatures":[]"#),
    ]
    .into_iter()
    .map(|(id, rest)| {
        case(format!("serialization-ignored-{id}"), format!("Ignored: {id}"), why, &refs)
            .header(format!(r#"{{"alg":"ES256","kid":"p256",{rest}}}"#))
            .valid()
    })
    .collect();
    cases.extend([
        case("serialization-ignored-claims", "Claims that look like parts of a token", why, &refs)
            .claims(json!({ "payload": "AAAA", "signatures": [], "protected": "AAAA" }))
            .valid(),
        case("serialization-ignored-token-claim", "A claim that contains a token", why, &refs)
            .claims(json!({ "act": genuine() }))
            .valid(),
        case(
            "serialization-nested-signature-only",
            "Only the outer signature is verified",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256","kid":"p256","cty":"JWT"}"#)
        .payload(genuine())
        .signature_only()
        .valid(),
    ]);
    cases
}
