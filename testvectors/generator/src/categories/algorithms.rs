//! The header's `alg` and the policy: `none`, unknown names and the set of allowed ones.

use serde_json::json;

use crate::case::{Case, case};
use crate::keys;

/// Unsigned tokens in every spelling.
pub fn none() -> Vec<Case> {
    let why = "A token that says it is unsigned proves nothing; no policy can allow it.";
    let refs = ["RFC 8725 §3.1", "RFC 7518 §3.6"];
    let cves = ["CVE-2015-9235", "CVE-2015-2951", "CVE-2022-23540", "CVE-2018-1000531"];
    let mut cases = Vec::new();
    for (id, spelling) in [
        ("lower-case", r#""none""#),
        ("capitalized", r#""None""#),
        ("upper-case", r#""NONE""#),
        ("mixed-case", r#""nOnE""#),
        ("trailing-space", r#""none ""#),
        ("escaped", r#""\u006eone""#),
        ("trailing-nul", r#""none\u0000""#),
    ] {
        cases.push(
            case(format!("none-{id}"), format!("alg is {spelling}, no signature"), why, &refs)
                .cves(&cves)
                .header(format!(r#"{{"alg":{spelling},"kid":"p256"}}"#))
                .signature(Vec::new())
                .error("algorithm_not_allowed"),
        );
    }
    let refused = [
        case("none-with-good-signature", "alg is none over a genuine ES256 signature", why, &refs)
            .header(r#"{"alg":"none","kid":"p256"}"#),
        case("none-without-kid", "alg is none and there is no kid", why, &refs)
            .header(r#"{"alg":"none"}"#)
            .signature(Vec::new()),
        case("none-signature-only", "alg is none where only the signature is verified", why, &refs)
            .header(r#"{"alg":"none"}"#)
            .signature(Vec::new())
            .signature_only(),
        case("none-symmetric-allowed", "alg is none where HMAC is allowed", why, &refs)
            .keys([keys::public("hmac-32")])
            .header(r#"{"alg":"none","kid":"hmac-32"}"#)
            .signature(Vec::new())
            .policy(json!({ "symmetric_keys": true })),
    ];
    cases.extend(refused.map(|case| case.cves(&cves).error("algorithm_not_allowed")));
    let why = "Only the header's alg selects an algorithm; the word none is harmless elsewhere.";
    cases.extend([
        case("none-as-claim", "A claim called alg says none", why, &refs)
            .claims(json!({ "alg": "none" }))
            .valid(),
        case("none-as-kid", "The kid is none", why, &refs)
            .keys([keys::renamed("p256", "none")])
            .header(r#"{"alg":"ES256","kid":"none"}"#)
            .valid(),
        case("none-as-unknown-header", "An unknown header has the value none", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","enc":"none","none":true}"#)
            .valid(),
        case("none-as-content-type", "The content type is none", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","cty":"none"}"#)
            .valid(),
        case("none-as-subject", "The subject is none", why, &refs)
            .claims(json!({ "sub": "none" }))
            .valid(),
        case("none-without-kid-signed", "A signed token without a kid", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .valid(),
    ]);
    cases
}

/// Allowed algorithms, and names that a policy cannot contain.
pub fn allow_list() -> Vec<Case> {
    let refs = ["RFC 8725 §3.1", "RFC 7515 §4.1.1"];
    let mut cases = Vec::new();

    let why = "The policy lists what the caller accepts, whatever the key supports.";
    for (id, key, algorithm, allowed) in [
        ("rs256-under-es256", "rsa", "RS256", "ES256"),
        ("es384-under-es256", "p384", "ES384", "ES256"),
        ("ps256-under-rs256", "rsa", "PS256", "RS256"),
        ("rs512-under-rs256", "rsa", "RS512", "RS256"),
        ("eddsa-under-es256", "ed25519", "EdDSA", "ES256"),
        ("hs256-under-es256", "hmac-32", "HS256", "ES256"),
    ] {
        let title = format!("A valid {algorithm} token where only {allowed} is allowed");
        cases.push(
            case(format!("allowlist-{id}"), title, why, &refs)
                .key(key, algorithm)
                .policy(json!({ "algorithms": [allowed], "symmetric_keys": true }))
                .error("algorithm_not_allowed"),
        );
    }
    let hmac = "With HMAC every verifier can sign, so no default allows it.";
    cases.push(
        case(
            "allowlist-hs256-by-default",
            "A valid HS256 token with the default algorithms",
            hmac,
            &refs,
        )
        .key("hmac-32", "HS256")
        .skipped(&[(0, "symmetric_key")])
        .error("algorithm_not_allowed"),
    );

    let why = "Names of algorithms are compared octet for octet, and unknown ones are refused.";
    for (id, name) in [
        ("unknown", "XS256"),
        ("lower-case", "es256"),
        ("trailing-space", "ES256 "),
        ("leading-space", " ES256"),
        ("empty", ""),
        ("es256k", "ES256K"),
        ("ed448", "Ed448"),
        ("key-management", "RSA-OAEP"),
        ("direct-encryption", "dir"),
        ("rs1", "RS1"),
        ("hs1", "HS1"),
        ("lower-case-eddsa", "eddsa"),
        ("numbered", "-7"),
    ] {
        let title = format!("alg is {name:?} over a genuine ES256 signature");
        cases.push(
            case(format!("allowlist-name-{id}"), title, why, &refs)
                .cves(&["CVE-2026-23993"])
                .header(json!({ "alg": name, "kid": "p256" }).to_string())
                .error("algorithm_not_allowed"),
        );
    }
    cases.push(
        case(
            "allowlist-name-esp256",
            "alg is \"ESP256\" over a genuine ES256 signature",
            why,
            &["RFC 9864 §2.1"],
        )
        .header(r#"{"alg":"ESP256","kid":"p256"}"#)
        .error("algorithm_not_allowed"),
    );
    let why = "alg must be present and must be a string.";
    for (id, header) in [
        ("missing", r#"{"kid":"p256"}"#),
        ("null", r#"{"alg":null,"kid":"p256"}"#),
        ("number", r#"{"alg":256,"kid":"p256"}"#),
        ("array", r#"{"alg":["ES256"],"kid":"p256"}"#),
        ("object", r#"{"alg":{"name":"ES256"},"kid":"p256"}"#),
        ("true", r#"{"alg":true,"kid":"p256"}"#),
        ("other-case", r#"{"Alg":"ES256","kid":"p256"}"#),
    ] {
        cases.push(
            case(format!("allowlist-alg-{id}"), format!("alg is wrong: {id}"), why, &refs)
                .header(header)
                .error("malformed_header"),
        );
    }

    let why = "An algorithm in the policy is accepted.";
    for (id, key, algorithm, allowed) in [
        ("es256-alone", "p256", "ES256", vec!["ES256"]),
        ("es256-last", "p256", "ES256", vec!["RS256", "PS256", "ES256"]),
        ("rs256-alone", "rsa", "RS256", vec!["RS256"]),
        ("ps384-alone", "rsa", "PS384", vec!["PS384"]),
        ("es384-alone", "p384", "ES384", vec!["ES384"]),
        ("eddsa-alone", "ed25519", "EdDSA", vec!["EdDSA"]),
        ("ed25519-alone", "ed25519", "Ed25519", vec!["Ed25519"]),
        ("hs256-and-es256", "hmac-32", "HS256", vec!["HS256", "ES256"]),
        ("named-twice", "p256", "ES256", vec!["ES256", "ES256"]),
    ] {
        let title = format!("A {algorithm} token where the policy names {}", allowed.join(", "));
        let policy = json!({ "algorithms": allowed, "symmetric_keys": key == "hmac-32" });
        cases.push(
            case(format!("allowlist-{id}"), title, why, &refs)
                .key(key, algorithm)
                .policy(policy)
                .valid(),
        );
    }
    let refs = ["RFC 9864 §2.2", "RFC 8037 §3.1"];
    let why = "EdDSA and Ed25519 name the same algorithm, in a policy as in a header.";
    for (id, named, allowed) in
        [("eddsa-as-ed25519", "EdDSA", "Ed25519"), ("ed25519-as-eddsa", "Ed25519", "EdDSA")]
    {
        let title = format!("alg is {named} where the policy names {allowed}");
        cases.push(
            case(format!("allowlist-{id}"), title, why, &refs)
                .key("ed25519", named)
                .policy(json!({ "algorithms": [allowed] }))
                .valid(),
        );
    }
    let why = "The default allows every asymmetric algorithm.";
    cases.extend([("rsa", "PS512"), ("ed25519", "EdDSA"), ("p384", "ES384")].map(
        |(key, algorithm)| {
            let id = format!("allowlist-default-{}", algorithm.to_lowercase());
            let title = format!("A {algorithm} token with the default algorithms");
            case(id, title, why, &refs).key(key, algorithm).valid()
        },
    ));
    cases
}
