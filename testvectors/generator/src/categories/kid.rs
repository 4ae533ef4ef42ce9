//! Key identifiers: valid values, and when two of them are equal.

use serde_json::json;

use crate::case::{Case, case};
use crate::{keys, signing};

/// The kid: a string without any meaning, compared octet for octet.
pub fn kid() -> Vec<Case> {
    let mut cases = malformed_kids();
    cases.extend(unequal_kids());
    cases.extend(equal_kids());
    cases
}

fn malformed_kids() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.4", "RFC 7517 §4.5"];
    let why = "A kid that is not a string is an error; it does not count as missing.";
    ["1", "null", "true", r#"["p256"]"#, r#"{"kid":"p256"}"#]
        .into_iter()
        .zip(["number", "null", "true", "array", "object"])
        .map(|(kid, id)| {
            case(format!("kid-{id}"), format!("The kid is {kid}"), why, &refs)
                .header(format!(r#"{{"alg":"ES256","kid":{kid}}}"#))
                .error("malformed_header")
        })
        .chain([case("kid-number-in-set", "The kid in the set is a number", why, &refs)
            .header(r#"{"alg":"ES256","kid":"1"}"#)
            .keys([keys::public_with("p256", json!({ "kid": 1 }))])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key")])
        .collect()
}

fn unequal_kids() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.4", "RFC 8725 §3.10"];
    let why = "A kid is compared octet for octet and never used for anything else.";
    [
        ("other-case", "key-1", "Key-1"),
        ("trailing-space", "key-1", "key-1 "),
        ("leading-space", "key-1", " key-1"),
        ("prefix", "key-1", "key-"),
        ("longer", "key-1", "key-10"),
        ("trailing-nul", "key-1", "key-1\0"),
        ("cut-at-nul", "key-1\0other", "key-1"),
        ("decomposed", "cl\u{e9}", "cle\u{301}"),
        ("full-width", "key-1", "key-\u{ff11}"),
        ("empty", "key-1", ""),
        ("path", "key-1", "../../../../dev/null"),
        ("sql", "key-1", "key-1' OR '1'='1"),
        ("shell", "key-1", "key-1|whoami"),
        ("url", "key-1", "https://attacker.example/key.json"),
    ]
    .into_iter()
    .map(|(id, published, named)| {
        let title = format!("The set has {published:?} and the token has {named:?}");
        case(format!("kid-unequal-{id}"), title, why, &refs)
            .cves(&["CVE-2021-46743", "CVE-2021-41106"])
            .keys([keys::renamed("p256", published)])
            .header(json!({ "alg": "ES256", "kid": named }).to_string())
            .error("unknown_key")
    })
    .chain([
        case("kid-unequal-empty-and-absent", "An empty kid and a key without kid", why, &refs)
            .keys([keys::nameless("p256")])
            .header(r#"{"alg":"ES256","kid":""}"#)
            .error("unknown_key"),
        case("kid-unequal-null-secret", "A path as kid and an empty secret", why, &refs)
            .keys([keys::public("hmac-32")])
            .header(r#"{"alg":"HS256","kid":"/dev/null"}"#)
            .signer(|input| signing::hmac(signing::Hash::Sha256, b"", input))
            .policy(json!({ "symmetric_keys": true }))
            .error("unknown_key"),
    ])
    .collect()
}

fn equal_kids() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.4", "RFC 7517 §4.5"];
    let why = "Any string may be a kid.";
    let long = "k".repeat(1000);
    let mut cases: Vec<Case> = [
        ("empty", ""),
        ("digits", "1"),
        ("path", "../keys/p256.pem"),
        ("quotes", "a \"quoted\" kid"),
        ("newline", "two\nlines"),
        ("nul", "with\0nul"),
        ("unicode", "cl\u{e9} \u{1f511}"),
        ("long", &long),
        ("url", "https://issuer.example/keys/1"),
    ]
    .into_iter()
    .map(|(id, kid)| {
        case(format!("kid-equal-{id}"), format!("An unusual kid: {id}"), why, &refs)
            .keys([keys::public("p256-other"), keys::renamed("p256", kid)])
            .header(json!({ "alg": "ES256", "kid": kid }).to_string())
            .valid()
    })
    .collect();
    let why = "Strings are compared after unescaping.";
    cases.extend([
        case("kid-equal-escaped-in-token", "The kid is escaped in the token", why, &refs)
            .header(r#"{"alg":"ES256","kid":"\u00702\u00356"}"#)
            .valid(),
        case("kid-equal-escaped-in-set", "The kid is escaped in the set", why, &refs)
            .jwks_text(json!({ "keys": [keys::public("p256")] }).to_string().replacen(
                r#""p256""#,
                r#""\u0070256""#,
                1,
            ))
            .valid(),
    ]);
    cases
}
