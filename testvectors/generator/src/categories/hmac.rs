//! HMAC, where the policy allows it.

use serde_json::json;

use crate::case::{Case, case};
use crate::keys;
use crate::signing::{self, Hash};

/// HS256, HS384 and HS512.
pub fn hmac() -> Vec<Case> {
    let mut cases = wrong_codes();
    cases.extend(short_keys());
    cases.extend(right());
    cases
}

fn wrong_codes() -> Vec<Case> {
    let refs = ["RFC 7518 §3.2", "RFC 2104 §5"];
    let why = "The whole code must match this input and this key.";
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let changes: [(&str, Change); 8] = [
        ("empty", |_| Vec::new()),
        ("half", |mac| mac[..16].to_vec()),
        ("one-octet", |mac| mac[..1].to_vec()),
        ("last-octet-cut", |mac| mac[..31].to_vec()),
        ("octet-after", |mac| [mac, vec![0]].concat()),
        ("zeros", |_| vec![0; 32]),
        ("hexadecimal", |mac| {
            mac.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into_bytes()
        }),
        ("base64url-twice", |mac| keys::encode(mac).into_bytes()),
    ];
    let mut cases: Vec<Case> = changes
        .into_iter()
        .map(|(id, change)| {
            case(format!("hmac-code-{id}"), format!("The code: {id}"), why, &refs)
                .key("hmac-32", "HS256")
                .signer(move |input| change(signing::sign("hmac-32", "HS256", input)))
                .policy(json!({ "symmetric_keys": true }))
                .error("invalid_signature")
        })
        .collect();
    let text = keys::private("hmac-32")["k"].as_str().expect("text").to_string();
    let with_secret = |id: &str, title: &str, secret: Vec<u8>| {
        case(id, title, why, &refs)
            .key("hmac-32", "HS256")
            .signer(move |input| signing::hmac(Hash::Sha256, &secret, input))
            .policy(json!({ "symmetric_keys": true }))
            .error("invalid_signature")
    };
    cases.extend([
        with_secret("hmac-secret-other", "Another secret", keys::octets("hmac-other", "k")),
        with_secret("hmac-secret-empty", "The empty secret", Vec::new()),
        with_secret("hmac-secret-text", "The text of k as the secret", text.into_bytes()),
        with_secret("hmac-secret-kid", "The kid as the secret", b"hmac-32".to_vec()),
        case("hmac-other-hash", "HS512 by name, SHA-256 by content", why, &refs)
            .key("hmac-64", "HS512")
            .signer(|input| signing::sign("hmac-64", "HS256", input))
            .policy(json!({ "symmetric_keys": true }))
            .error("invalid_signature"),
        case("hmac-larger-hash", "HS256 by name, SHA-512 by content", why, &refs)
            .key("hmac-64", "HS256")
            .signer(|input| signing::sign("hmac-64", "HS512", input))
            .policy(json!({ "symmetric_keys": true }))
            .error("invalid_signature"),
        case(
            "hmac-truncated-larger-hash",
            "HS256 with SHA-512 truncated to its length",
            why,
            &refs,
        )
        .key("hmac-64", "HS256")
        .signer(|input| signing::sign("hmac-64", "HS512", input)[..32].to_vec())
        .policy(json!({ "symmetric_keys": true }))
        .error("invalid_signature"),
    ]);
    cases
}

fn short_keys() -> Vec<Case> {
    let refs = ["RFC 7518 §3.2"];
    let cves = ["CVE-2019-20933", "CVE-2020-28042", "CVE-2026-44351", "CVE-2026-45363"];
    let why = "A secret shorter than the hash can be guessed; the code itself is valid.";
    let symmetric = json!({ "symmetric_keys": true });
    let mut cases = Vec::new();
    for (id, key, algorithm, pinned) in [
        ("31-octets", "hmac-31", "HS256", None),
        ("31-octets-pinned", "hmac-31", "HS256", Some("HS256")),
        ("47-octets-pinned", "hmac-47", "HS384", Some("HS384")),
        ("63-octets-pinned", "hmac-63", "HS512", Some("HS512")),
        ("32-octets-pinned-to-512", "hmac-32", "HS512", Some("HS512")),
    ] {
        cases.push(
            case(format!("hmac-key-{id}"), format!("A key of {id}"), why, &refs)
                .cves(&cves)
                .key(key, algorithm)
                .keys([keys::public_with(key, json!({ "alg": pinned }))])
                .policy(symmetric.clone())
                .skipped(&[(0, "weak_key")])
                .error("unknown_key"),
        );
    }
    for (id, k) in [("empty", ""), ("one-zero-octet", "AA")] {
        let secret = keys::decode(k);
        cases.push(
            case(format!("hmac-key-{id}"), format!("A key that is {id}"), why, &refs)
                .cves(&cves)
                .keys([json!({ "kty": "oct", "kid": "short", "k": k })])
                .header(r#"{"alg":"HS256","kid":"short"}"#)
                .signer(move |input| signing::hmac(Hash::Sha256, &secret, input))
                .policy(symmetric.clone())
                .skipped(&[(0, if k.is_empty() { "malformed_key" } else { "weak_key" })])
                .error("unknown_key"),
        );
    }
    for (key, algorithm) in
        [("hmac-32", "HS384"), ("hmac-32", "HS512"), ("hmac-47", "HS384"), ("hmac-63", "HS512")]
    {
        let id = format!("hmac-key-{key}-for-{}", algorithm.to_lowercase());
        cases.push(
            case(id, format!("{algorithm} by {key}, which has no alg"), why, &refs)
                .cves(&cves)
                .key(key, algorithm)
                .policy(symmetric.clone())
                .skipped(&[])
                .error("algorithm_mismatch"),
        );
    }
    cases
}

fn right() -> Vec<Case> {
    let refs = ["RFC 7518 §3.2"];
    let why = "A valid code with a key at least as long as the hash.";
    let symmetric = json!({ "symmetric_keys": true });
    let mut cases = Vec::new();
    for (key, algorithm) in [
        ("hmac-32", "HS256"),
        ("hmac-47", "HS256"),
        ("hmac-48", "HS256"),
        ("hmac-48", "HS384"),
        ("hmac-63", "HS384"),
        ("hmac-64", "HS256"),
        ("hmac-64", "HS384"),
        ("hmac-64", "HS512"),
        ("hmac-200", "HS256"),
        ("hmac-200", "HS384"),
        ("hmac-200", "HS512"),
    ] {
        let id = format!("hmac-good-{key}-{}", algorithm.to_lowercase());
        cases.push(
            case(id, format!("{algorithm} by {key}"), why, &refs)
                .key(key, algorithm)
                .policy(symmetric.clone())
                .valid(),
        );
    }
    cases.extend([
        case(
            "hmac-good-named-algorithm",
            "HS256 in the policy, and symmetric keys allowed",
            why,
            &refs,
        )
        .key("hmac-32", "HS256")
        .policy(json!({ "symmetric_keys": true, "algorithms": ["HS256"] }))
        .valid(),
        case("hmac-good-no-kid", "Two secrets and no kid", why, &refs)
            .key("hmac-32", "HS256")
            .header(r#"{"alg":"HS256"}"#)
            .keys([keys::public("hmac-other"), keys::public("hmac-32")])
            .policy(symmetric.clone())
            .valid(),
        case("hmac-good-use-and-ops", "A secret with use and key_ops", why, &refs)
            .key("hmac-32", "HS256")
            .keys([keys::public_with(
                "hmac-32",
                json!({ "use": "sig", "key_ops": ["sign", "verify"] }),
            )])
            .policy(symmetric)
            .valid(),
    ]);
    cases
}
