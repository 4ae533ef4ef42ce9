//! Keys used for another algorithm, above all public keys as HMAC secrets.

use serde_json::json;

use crate::case::{Case, case};
use crate::der::{
    after_bom, after_space, crlf, ec_spki, ed25519_spki, pem, rsa_pkcs1, rsa_spki, ssh_line, trim,
};
use crate::{keys, signing};

/// Every algorithm with keys of other algorithms.
pub fn confusion() -> Vec<Case> {
    let mut cases = public_keys_as_secrets();
    cases.extend(wrong_families());
    cases.extend(pinned_keys());
    cases.extend(rightful_uses());
    cases
}

fn public_keys_as_secrets() -> Vec<Case> {
    let why = "Anyone has the public key, so a MAC with any of its spellings is a forgery.";
    let refs = ["RFC 8725 §2.1", "RFC 8725 §3.1"];
    let cves = [
        "CVE-2015-9235",
        "CVE-2016-5431",
        "CVE-2016-10555",
        "CVE-2017-11424",
        "CVE-2022-29217",
        "CVE-2023-48223",
        "CVE-2023-48238",
        "CVE-2024-33663",
        "CVE-2024-37568",
        "CVE-2024-54150",
        "CVE-2026-22817",
        "CVE-2026-33322",
        "CVE-2026-34950",
        "CVE-2026-48526",
    ];
    let spki_pem = pem("PUBLIC KEY", &rsa_spki("rsa"));
    let pkcs1_pem = pem("RSA PUBLIC KEY", &rsa_pkcs1("rsa"));
    let ec_pem = pem("PUBLIC KEY", &ec_spki("p256"));
    let ed_pem = pem("PUBLIC KEY", &ed25519_spki("ed25519"));
    let jwk = keys::public("rsa").to_string();
    let set = json!({ "keys": [keys::public("rsa")] }).to_string();
    let thumbprint = json!({ "e": "AQAB", "kty": "RSA", "n": keys::private("rsa")["n"] });
    let n = keys::private("rsa")["n"].as_str().expect("text").to_string();
    let x = keys::private("ed25519")["x"].as_str().expect("text").to_string();
    let point = [vec![4], keys::octets("p256", "x"), keys::octets("p256", "y")].concat();
    let mut cases = Vec::new();
    for (id, title, key, secret) in [
        ("spki-pem", "the SPKI PEM", "rsa", spki_pem.clone().into_bytes()),
        ("spki-pem-trimmed", "the SPKI PEM without its last newline", "rsa", trim(&spki_pem)),
        ("spki-pem-crlf", "the SPKI PEM with CRLF", "rsa", crlf(&spki_pem)),
        ("spki-pem-bom", "the SPKI PEM after a byte order mark", "rsa", after_bom(&spki_pem)),
        ("spki-pem-indented", "the SPKI PEM after a space", "rsa", after_space(&spki_pem)),
        ("pkcs1-pem", "the PKCS#1 PEM", "rsa", pkcs1_pem.clone().into_bytes()),
        ("pkcs1-pem-trimmed", "the PKCS#1 PEM without its last newline", "rsa", trim(&pkcs1_pem)),
        ("spki-der", "the SPKI DER", "rsa", rsa_spki("rsa")),
        ("pkcs1-der", "the PKCS#1 DER", "rsa", rsa_pkcs1("rsa")),
        ("ssh", "the OpenSSH line", "rsa", ssh_line("rsa").into_bytes()),
        ("jwk", "the JWK's JSON", "rsa", jwk.into_bytes()),
        ("jwk-thumbprint", "the JWK's thumbprint form", "rsa", thumbprint.to_string().into_bytes()),
        ("jwks", "the JWK set's JSON", "rsa", set.into_bytes()),
        ("modulus", "the octets of the modulus", "rsa", keys::octets("rsa", "n")),
        ("modulus-text", "the text of the modulus", "rsa", n.into_bytes()),
        ("empty", "nothing", "rsa", Vec::new()),
        ("kid", "the kid", "rsa", b"rsa".to_vec()),
        ("ec-pem", "the SPKI PEM of an EC key", "p256", ec_pem.clone().into_bytes()),
        ("ec-pem-trimmed", "the SPKI PEM of an EC key, trimmed", "p256", trim(&ec_pem)),
        ("ec-point", "the point of an EC key", "p256", point),
        ("ec-x", "the x of an EC key", "p256", keys::octets("p256", "x")),
        ("ed25519-pem", "the SPKI PEM of an Ed25519 key", "ed25519", ed_pem.into_bytes()),
        ("ed25519-x", "the octets of an Ed25519 key", "ed25519", keys::octets("ed25519", "x")),
        ("ed25519-x-text", "the text of an Ed25519 key", "ed25519", x.into_bytes()),
    ] {
        cases.push(
            case(format!("confusion-hs256-{id}"), format!("HS256 keyed with {title}"), why, &refs)
                .cves(&cves)
                .keys([keys::public(key), keys::public("hmac-32")])
                .header(json!({ "alg": "HS256", "kid": key }).to_string())
                .signer(move |input| signing::hmac(signing::Hash::Sha256, &secret, input))
                .policy(json!({ "symmetric_keys": true }))
                .error("algorithm_mismatch"),
        );
    }
    for algorithm in ["HS384", "HS512"] {
        let secret = spki_pem.clone().into_bytes();
        let id = format!("confusion-{}-spki-pem", algorithm.to_lowercase());
        cases.push(
            case(id, format!("{algorithm} keyed with the SPKI PEM"), why, &refs)
                .cves(&cves)
                .keys([keys::public("rsa")])
                .header(json!({ "alg": algorithm, "kid": "rsa" }).to_string())
                .signer(move |input| signing::hmac(signing::Hash::of(algorithm), &secret, input))
                .policy(json!({ "symmetric_keys": true }))
                .error("algorithm_mismatch"),
        );
    }
    let forged = |id: &str, title: &str| {
        let secret = spki_pem.clone().into_bytes();
        case(id, title, why, &refs)
            .cves(&cves)
            .keys([keys::public("rsa")])
            .header(r#"{"alg":"HS256","kid":"rsa"}"#)
            .signer(move |input| signing::hmac(signing::Hash::Sha256, &secret, input))
    };
    cases.extend([
        forged("confusion-hs256-by-default", "HS256 keyed with the SPKI PEM, default policy")
            .error("algorithm_not_allowed"),
        forged("confusion-hs256-named", "HS256 keyed with the SPKI PEM, policy names both")
            .policy(json!({ "algorithms": ["RS256", "HS256"] }))
            .error("algorithm_mismatch"),
        forged("confusion-hs256-no-kid", "HS256 keyed with the SPKI PEM, no kid")
            .header(r#"{"alg":"HS256"}"#)
            .policy(json!({ "symmetric_keys": true }))
            .error("unknown_key"),
    ]);
    cases
}

fn wrong_families() -> Vec<Case> {
    let why = "The key's type and curve determine its algorithms.";
    let refs = ["RFC 8725 §3.1", "RFC 7518 §3.1"];
    let mut cases = Vec::new();
    for (id, algorithm, key, made_with) in [
        ("rs256-on-ec", "RS256", "p256", ("p256", "ES256")),
        ("es256-on-rsa", "ES256", "rsa", ("rsa", "RS256")),
        ("eddsa-on-ec", "EdDSA", "p256", ("p256", "ES256")),
        ("es256-on-ed25519", "ES256", "ed25519", ("ed25519", "EdDSA")),
        ("es384-on-p256", "ES384", "p256", ("p256", "ES384")),
        ("es256-on-p384", "ES256", "p384", ("p384", "ES256")),
        ("rs256-on-oct", "RS256", "hmac-32", ("hmac-32", "HS256")),
        ("ps256-on-ed25519", "PS256", "ed25519", ("ed25519", "EdDSA")),
        ("ed25519-on-ec", "Ed25519", "p256", ("p256", "ES256")),
    ] {
        let title = format!("alg is {algorithm} for the key {key}");
        cases.push(
            case(format!("confusion-{id}"), title, why, &refs)
                .cves(&["CVE-2026-22818", "CVE-2026-44699"])
                .keys([keys::public(key)])
                .header(json!({ "alg": algorithm, "kid": key }).to_string())
                .signer(move |input| signing::sign(made_with.0, made_with.1, input))
                .policy(json!({ "symmetric_keys": true }))
                .error("algorithm_mismatch"),
        );
    }
    cases
}

fn pinned_keys() -> Vec<Case> {
    let why = "A JWK with an alg is for that algorithm only.";
    let refs = ["RFC 7517 §4.4", "RFC 8725 §3.1"];
    let mut cases = Vec::new();
    for (id, key, pinned, used) in [
        ("rs256-as-ps256", "rsa", "RS256", "PS256"),
        ("ps256-as-rs256", "rsa", "PS256", "RS256"),
        ("rs256-as-rs512", "rsa", "RS256", "RS512"),
        ("rs512-as-rs256", "rsa", "RS512", "RS256"),
        ("hs256-as-hs512", "hmac-64", "HS256", "HS512"),
        ("hs512-as-hs256", "hmac-64", "HS512", "HS256"),
    ] {
        let title = format!("A key pinned to {pinned} and a token signed with {used}");
        cases.push(
            case(format!("confusion-pinned-{id}"), title, why, &refs)
                .key(key, used)
                .keys([keys::public_with(key, json!({ "alg": pinned }))])
                .policy(json!({ "symmetric_keys": true }))
                .error("algorithm_mismatch"),
        );
    }
    cases
}

fn rightful_uses() -> Vec<Case> {
    let refs = ["RFC 8725 §3.1", "RFC 7517 §4.4"];
    let symmetric = json!({ "symmetric_keys": true });
    let why = "An RSA key without an alg is for every RSA algorithm.";
    let mut cases: Vec<Case> = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        .into_iter()
        .map(|algorithm| {
            let id = format!("confusion-unpinned-{}", algorithm.to_lowercase());
            case(id, format!("{algorithm} with an unpinned RSA key"), why, &refs)
                .key("rsa", algorithm)
                .valid()
        })
        .collect();
    let why = "A key pinned to the token's algorithm verifies it.";
    for (key, pinned, used) in [
        ("rsa", "RS256", "RS256"),
        ("rsa", "PS512", "PS512"),
        ("p256", "ES256", "ES256"),
        ("p384", "ES384", "ES384"),
        ("ed25519", "EdDSA", "EdDSA"),
        ("ed25519", "Ed25519", "EdDSA"),
        ("ed25519", "EdDSA", "Ed25519"),
        ("hmac-64", "HS256", "HS256"),
        ("hmac-64", "HS512", "HS512"),
    ] {
        let names = format!("{}-as-{}", pinned.to_lowercase(), used.to_lowercase());
        let title = format!("A key pinned to {pinned} and a token with alg {used}");
        cases.push(
            case(format!("confusion-rightful-{names}"), title, why, &refs)
                .key(key, used)
                .keys([keys::public_with(key, json!({ "alg": pinned }))])
                .policy(symmetric.clone())
                .valid(),
        );
    }
    let why = "Allowing HMAC does not change how other keys are used.";
    for (id, key, algorithm) in [
        ("oct", "hmac-32", "HS256"),
        ("rsa", "rsa", "RS256"),
        ("pss", "rsa", "PS512"),
        ("ec", "p256", "ES256"),
    ] {
        let mixed = || [keys::public("rsa"), keys::public("hmac-32"), keys::public("p256")];
        let title = format!("{algorithm} and a set of several types");
        cases.extend([
            case(format!("confusion-mixed-set-{id}"), &title, why, &refs)
                .key(key, algorithm)
                .keys(mixed())
                .policy(symmetric.clone())
                .valid(),
            case(format!("confusion-mixed-set-{id}-no-kid"), title + ", no kid", why, &refs)
                .key(key, algorithm)
                .header(json!({ "alg": algorithm }).to_string())
                .keys(mixed())
                .policy(symmetric.clone())
                .valid(),
        ]);
    }
    let why = "The kty says what a secret is; its octets are not inspected.";
    let secret = pem("PUBLIC KEY", &rsa_spki("rsa-other"));
    let k = keys::encode(&secret);
    cases.push(
        case("confusion-secret-looks-like-pem", "An oct key whose octets are a PEM", why, &refs)
            .keys([json!({ "kty": "oct", "kid": "pem", "k": k })])
            .header(r#"{"alg":"HS256","kid":"pem"}"#)
            .signer(move |input| signing::hmac(signing::Hash::Sha256, secret.as_bytes(), input))
            .policy(symmetric)
            .valid(),
    );
    cases
}
