//! The shape of a key set, and keys inside the token.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::{keys, signing};

fn set_text() -> String {
    json!({ "keys": [keys::public("p256")] }).to_string()
}

/// Whole sets, malformed and unusual.
pub fn shape() -> Vec<Case> {
    let mut cases = malformed_sets();
    cases.extend(unusual_sets());
    cases
}

fn malformed_sets() -> Vec<Case> {
    let why = "A key set must be one strict JSON object with an array of keys.";
    let refs = ["RFC 7517 §5", "RFC 8259 §2"];
    let good = set_text();
    let key = keys::public("p256").to_string();
    let members = good.strip_prefix('{').expect("an object");
    let mut cases: Vec<Case> = [
        ("empty", String::new()),
        ("white-space", "  \n".into()),
        ("null", "null".into()),
        ("string", "\"keys\"".into()),
        ("array", format!("[{key}]")),
        ("single-key", key.clone()),
        ("no-keys-member", "{}".into()),
        ("keys-null", r#"{"keys":null}"#.into()),
        ("keys-object", format!(r#"{{"keys":{key}}}"#)),
        ("keys-string", r#"{"keys":"p256"}"#.into()),
        ("keys-other-case", good.replace("\"keys\"", "\"Keys\"")),
        ("html", "<!DOCTYPE html><title>502 Bad Gateway</title>".into()),
        ("truncated", good[..good.len() - 1].into()),
        ("trailing-data", format!("{good}{{}}")),
        ("trailing-comma", good.replace("}]}", "},]}")),
        ("comment", format!("{{/* keys */{members}")),
        ("single-quotes", good.replace('"', "'")),
        ("byte-order-mark", format!("\u{feff}{good}")),
        ("not-a-number", format!(r#"{{"x":NaN,{members}"#)),
        ("leading-zero", format!(r#"{{"x":01,{members}"#)),
        ("lone-surrogate", format!(r#"{{"x":"\ud800",{members}"#)),
        ("control-character", format!("{{\"x\":\"\u{1}\",{members}")),
    ]
    .into_iter()
    .map(|(id, text)| {
        case(format!("jwks-malformed-{id}"), format!("The set is malformed: {id}"), why, &refs)
            .jwks_text(text)
            .error("malformed_jwks")
    })
    .collect();
    let why = "The policy is checked before the keys, and the keys before the token.";
    cases.extend([
        case("jwks-malformed-before-token", "Both the set and the token are malformed", why, &refs)
            .jwks_text("{")
            .token("not a token")
            .error("malformed_jwks"),
        case("jwks-malformed-after-policy", "Both the set and the policy are invalid", why, &refs)
            .jwks_text("{")
            .policy(json!({ "issuers": [] }))
            .error("invalid_policy"),
        case("jwks-empty-array", "A set may be empty; then it has no key", why, &refs)
            .keys([])
            .skipped(&[])
            .error("unknown_key"),
    ]);
    cases
}

fn unusual_sets() -> Vec<Case> {
    let refs = ["RFC 7517 §5", "RFC 8259 §2"];
    let good = set_text();
    let members = good.strip_prefix('{').expect("an object").to_string();
    let why = "Whitespace, order and unknown members of a set have no meaning.";
    let mut cases: Vec<Case> = [
        ("white-space", format!(" \t\r\n{}\r\n ", good.replace([','], " ,\n\t"))),
        ("unknown-members", format!(r#"{{"issuer":"x","n":[1,{{"keys":5}}],{members}"#)),
        ("number-too-large-for-a-double", format!(r#"{{"x":1e999,{members}"#)),
        ("escaped-name", good.replace("\"keys\"", r#""\u006beys""#)),
        ("empty-member-name", format!(r#"{{"":null,{members}"#)),
        ("keys-last", format!(r#"{{"Keys":null,"KEYS":5,{members}"#)),
    ]
    .into_iter()
    .map(|(id, text)| {
        case(format!("jwks-usable-{id}"), format!("A usable set: {id}"), why, &refs)
            .jwks_text(text)
            .skipped(&[])
            .valid()
    })
    .collect();
    let why = "An element that is not a key is skipped alone.";
    cases.extend(
        [
            ("null", Value::Null),
            ("number", json!(5)),
            ("string", json!("p256")),
            ("array", json!([keys::public("p256-other")])),
            ("empty-object", json!({})),
        ]
        .map(|(id, element)| {
            case(format!("jwks-element-{id}"), format!("With a key: {id}"), why, &refs)
                .keys([element, keys::public("p256")])
                .skipped(&[(0, "malformed_key")])
                .valid()
        }),
    );
    let why =
        "Sets also have keys for other uses: for encryption, of new types, for other verifiers.";
    cases.extend([
        case("jwks-usable-crowd", "One usable key among many others", why, &refs)
            .keys([
                json!({ "kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AAAA" }),
                keys::public("secp256k1"),
                keys::public("ed448"),
                keys::public("x25519"),
                keys::public_with("rsa-other", json!({ "use": "enc", "alg": "RSA-OAEP-256" })),
                keys::public("hmac-64"),
                keys::public("p256"),
                Value::Object(keys::private("p256-other")),
                keys::public("rsa-1024"),
                Value::Null,
            ])
            .skipped(&[
                (0, "unsupported_key_type"),
                (1, "unsupported_curve"),
                (2, "unsupported_curve"),
                (3, "unsupported_curve"),
                (4, "not_for_signatures"),
                (5, "symmetric_key"),
                (7, "private_key_material"),
                (8, "weak_key"),
                (9, "malformed_key"),
            ])
            .valid(),
        case("jwks-usable-all-good", "Keys of all types", why, &refs)
            .keys(["rsa", "p256", "p384", "ed25519"].map(keys::public))
            .skipped(&[])
            .valid(),
        case("jwks-usable-symmetric-allowed", "Keys of all types and a secret", why, &refs)
            .keys(["hmac-32", "rsa", "p256", "p384", "ed25519"].map(keys::public))
            .policy(json!({ "symmetric_keys": true }))
            .skipped(&[])
            .valid(),
    ]);
    cases
}

/// Keys and locations of keys in the token's own header.
pub fn embedded() -> Vec<Case> {
    let refs = ["RFC 8725 §3.10", "RFC 7515 §4.1.3"];
    let cves =
        ["CVE-2018-0114", "CVE-2024-21643", "CVE-2025-24976", "CVE-2026-27962", "CVE-2026-34240"];
    let why = "The sender of a token writes its header, so a key in the header proves nothing.";
    let attacker = keys::public("p256-other");
    let forged = |id: &str, title: &str, extra: Value| {
        let mut header = json!({ "alg": "ES256", "kid": "p256" });
        let members = header.as_object_mut().expect("an object");
        members.extend(extra.as_object().expect("an object").clone());
        members.retain(|_, value| !value.is_null());
        case(format!("embedded-{id}"), title, why, &refs)
            .cves(&cves)
            .header(header.to_string())
            .signer(|input| signing::sign("p256-other", "ES256", input))
    };
    let url = "https://attacker.example/keys.json";
    let mut cases = vec![
        forged("jwk", "Signed by the key in jwk", json!({ "jwk": attacker }))
            .error("invalid_signature"),
        forged(
            "jwk-no-kid",
            "Signed by the key in jwk, no kid",
            json!({ "kid": null, "jwk": attacker }),
        )
        .error("invalid_signature"),
        forged(
            "jwk-own-kid",
            "Signed by the key in jwk, with its kid",
            json!({ "kid": "p256-other", "jwk": attacker }),
        )
        .error("unknown_key"),
        forged(
            "jwk-empty-set",
            "Signed by the key in jwk, no trusted key",
            json!({ "jwk": attacker }),
        )
        .keys([])
        .error("unknown_key"),
        forged("jwk-no-keys", "Signed by the key in jwk, no set", json!({ "jwk": attacker }))
            .jwks(Value::Null)
            .error("keys_unavailable"),
        forged("jku", "A URL of a key set", json!({ "jku": url })).error("invalid_signature"),
        forged(
            "jku-own-kid",
            "A URL of a key set, with its kid",
            json!({ "jku": url, "kid": "x" }),
        )
        .error("unknown_key"),
        forged("x5u", "A URL of a certificate", json!({ "x5u": url })).error("invalid_signature"),
        forged("x5c", "A certificate chain", json!({ "x5c": ["MIIB"], "x5t": "AAAA" }))
            .error("invalid_signature"),
        case("embedded-jwk-symmetric", "HMAC with the oct key in jwk", why, &refs)
            .cves(&cves)
            .header(
                json!({ "alg": "HS256", "kid": "hmac-32", "jwk": keys::public("hmac-other") })
                    .to_string(),
            )
            .signer(|input| signing::sign("hmac-other", "HS256", input))
            .keys([keys::public("hmac-32")])
            .policy(json!({ "symmetric_keys": true }))
            .error("invalid_signature"),
    ];
    let why = "These members are not used, so neither their values nor their types matter.";
    cases.extend(
        [
            ("jwk", json!(keys::public("p256-other"))),
            ("jwk", json!(5)),
            ("jku", json!("https://attacker.example/keys.json")),
            ("jku", Value::Null),
            ("x5u", json!(["x"])),
            ("x5c", json!("not an array")),
            ("x5t", json!(false)),
            ("x5t#S256", json!({})),
        ]
        .into_iter()
        .enumerate()
        .map(|(number, (name, value))| {
            let id = format!("embedded-ignored-{}", number + 1);
            case(id, format!("A valid signature, and {name} in the header"), why, &refs)
                .header(json!({ "alg": "ES256", "kid": "p256", name: value }).to_string())
                .valid()
        }),
    );
    cases
}
