//! The members of one JWK: those that make it unusable and those that do not matter.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::keys;

/// One key at a time, invalid or unusual.
pub fn parameters() -> Vec<Case> {
    let mut cases = unusable();
    cases.extend(unusable_by_their_clause());
    cases.extend(usable());
    cases.extend(beside_a_good_key());
    cases
}

/// Keys that a laxer parser would accept for the token, and why they are skipped.
fn broken_keys() -> Vec<(&'static str, &'static str, &'static str, Value, &'static str)> {
    let ec = |changes| keys::public_with("p256", changes);
    let rsa = |changes| keys::public_with("rsa", changes);
    let ed = |changes| keys::public_with("ed25519", changes);
    let text = |key: &str, member: &str| -> String {
        keys::private(key)[member].as_str().expect("a text").into()
    };
    let with_octet = |key, member, before: &[u8], after: &[u8]| {
        keys::encode([before, &keys::octets(key, member), after].concat())
    };
    let short = keys::encode(&keys::octets("p256-short-x", "x")[1..]);
    let padded_x = format!("{}=", text("p256", "x"));
    let x_of_33 = with_octet("p256", "x", &[0], &[]);
    let unused_bits = keys::with_unused_bit(&text("p256", "x"));
    let n_of_258 = with_octet("rsa", "n", &[0, 0], &[]);
    let n_padded = format!("{}==", text("rsa", "n"));
    let x_of_31 = keys::encode(&keys::octets("ed25519", "x")[..31]);
    let x_of_33_ed = with_octet("ed25519", "x", &[], &[0]);
    vec![
        ("kty-missing", "p256", "kty is missing", ec(json!({"kty": null})), "malformed_key"),
        ("kty-number", "p256", "kty is a number", ec(json!({"kty": 2})), "malformed_key"),
        ("kty-unknown", "p256", "kty is AKP", ec(json!({"kty": "AKP"})), "unsupported_key_type"),
        ("kty-lower-case", "p256", "kty is ec", ec(json!({"kty": "ec"})), "unsupported_key_type"),
        ("use-encryption", "p256", "use is enc", ec(json!({"use": "enc"})), "not_for_signatures"),
        ("use-upper-case", "p256", "use is SIG", ec(json!({"use": "SIG"})), "not_for_signatures"),
        ("use-number", "p256", "use is a number", ec(json!({"use": 1})), "malformed_key"),
        ("use-array", "p256", "use is an array", ec(json!({"use": ["sig"]})), "malformed_key"),
        ("ops-sign", "p256", "only sign", ec(json!({"key_ops": ["sign"]})), "not_for_signatures"),
        ("ops-one", "p256", "one other", ec(json!({"key_ops": ["x"]})), "not_for_signatures"),
        (
            "ops-encrypt",
            "rsa",
            "only encryption",
            rsa(json!({"key_ops": ["encrypt", "wrapKey"]})),
            "not_for_signatures",
        ),
        (
            "ops-against-use",
            "p256",
            "use is enc, although key_ops contains verify",
            ec(json!({"use": "enc", "key_ops": ["verify"]})),
            "not_for_signatures",
        ),
        ("ops-string", "p256", "a string", ec(json!({"key_ops": "verify"})), "malformed_key"),
        (
            "ops-number",
            "p256",
            "a number in the array",
            ec(json!({"key_ops": ["verify", 1]})),
            "malformed_key",
        ),
        (
            "ops-twice",
            "p256",
            "an operation twice",
            ec(json!({"key_ops": ["verify", "verify"]})),
            "malformed_key",
        ),
        ("alg-number", "p256", "alg is a number", ec(json!({"alg": 256})), "malformed_key"),
        ("alg-none", "p256", "alg is none", ec(json!({"alg": "none"})), "unsupported_algorithm"),
        (
            "alg-curve",
            "p256",
            "ES384 on P-256",
            ec(json!({"alg": "ES384"})),
            "unsupported_algorithm",
        ),
        ("alg-type", "p256", "RS256 on EC", ec(json!({"alg": "RS256"})), "unsupported_algorithm"),
        ("alg-hmac", "rsa", "HS256 on RSA", rsa(json!({"alg": "HS256"})), "unsupported_algorithm"),
        (
            "alg-encryption",
            "rsa",
            "RSA-OAEP without use",
            rsa(json!({"alg": "RSA-OAEP"})),
            "unsupported_algorithm",
        ),
        ("alg-case", "p256", "alg is es256", ec(json!({"alg": "es256"})), "unsupported_algorithm"),
        (
            "alg-okp",
            "ed25519",
            "Ed448 on Ed25519",
            ed(json!({"alg": "Ed448"})),
            "unsupported_algorithm",
        ),
        ("crv-missing", "p256", "crv is missing", ec(json!({"crv": null})), "malformed_key"),
        ("crv-number", "p256", "crv is a number", ec(json!({"crv": 256})), "malformed_key"),
        (
            "crv-lower-case",
            "p256",
            "crv is p-256",
            ec(json!({"crv": "p-256"})),
            "unsupported_curve",
        ),
        (
            "crv-alias",
            "p256",
            "crv is secp256r1",
            ec(json!({"crv": "secp256r1"})),
            "unsupported_curve",
        ),
        ("crv-of-okp", "p256", "EC on Ed25519", ec(json!({"crv": "Ed25519"})), "unsupported_curve"),
        ("crv-of-ec", "ed25519", "OKP on P-256", ed(json!({"crv": "P-256"})), "unsupported_curve"),
        ("x-missing", "p256", "x is missing", ec(json!({"x": null})), "malformed_key"),
        ("y-missing", "p256", "y is missing", ec(json!({"y": null})), "malformed_key"),
        ("x-number", "p256", "x is a number", ec(json!({"x": 5})), "malformed_key"),
        ("x-empty", "p256", "x is empty", ec(json!({"x": ""})), "malformed_key"),
        ("x-padded", "p256", "x is padded", ec(json!({"x": padded_x})), "malformed_key"),
        (
            "x-unused-bits",
            "p256",
            "unused bits of x",
            ec(json!({"x": unused_bits})),
            "malformed_key",
        ),
        ("x-long", "p256", "x of 33 octets", ec(json!({"x": x_of_33})), "malformed_key"),
        (
            "x-short",
            "p256-short-x",
            "x without its leading zero octet",
            keys::public_with("p256-short-x", json!({"x": short})),
            "malformed_key",
        ),
        ("n-missing", "rsa", "n is missing", rsa(json!({"n": null})), "malformed_key"),
        ("n-empty", "rsa", "n is empty", rsa(json!({"n": ""})), "malformed_key"),
        ("n-padded", "rsa", "n is padded", rsa(json!({"n": n_padded})), "malformed_key"),
        (
            "n-two-zeros",
            "rsa",
            "n after two zero octets",
            rsa(json!({"n": n_of_258})),
            "malformed_key",
        ),
        ("e-missing", "rsa", "e is missing", rsa(json!({"e": null})), "malformed_key"),
        ("e-empty", "rsa", "e is empty", rsa(json!({"e": ""})), "malformed_key"),
        ("e-number", "rsa", "e is a number", rsa(json!({"e": 65537})), "malformed_key"),
        (
            "e-leading-zero",
            "rsa",
            "e after a zero octet",
            rsa(json!({"e": "AAEAAQ"})),
            "malformed_key",
        ),
        ("okp-x-missing", "ed25519", "x is missing", ed(json!({"x": null})), "malformed_key"),
        ("okp-x-short", "ed25519", "x of 31 octets", ed(json!({"x": x_of_31})), "malformed_key"),
        ("okp-x-long", "ed25519", "x of 33 octets", ed(json!({"x": x_of_33_ed})), "malformed_key"),
        (
            "private-rsa",
            "rsa",
            "a complete private RSA key",
            Value::Object(keys::private("rsa")),
            "private_key_material",
        ),
        (
            "private-rsa-prime",
            "rsa",
            "a public RSA key with one prime",
            rsa(json!({"p": keys::private("rsa")["p"]})),
            "private_key_material",
        ),
        (
            "private-rsa-other-prime",
            "rsa",
            "oth contains a prime",
            rsa(json!({"oth": [{"r": "AAAA", "d": "AAAA", "t": "AAAA"}]})),
            "private_key_material",
        ),
        (
            "private-ec",
            "p256",
            "a complete private EC key",
            Value::Object(keys::private("p256")),
            "private_key_material",
        ),
        (
            "private-okp",
            "ed25519",
            "a complete private OKP key",
            Value::Object(keys::private("ed25519")),
            "private_key_material",
        ),
        ("private-empty", "p256", "d is empty", ec(json!({"d": ""})), "private_key_material"),
    ]
}

fn algorithm_of(key: &str) -> &'static str {
    match key {
        "rsa" => "RS256",
        "ed25519" => "EdDSA",
        "hmac-32" => "HS256",
        _ => "ES256",
    }
}

fn unusable() -> Vec<Case> {
    let why = "A key that breaks a rule is skipped, and a token with its kid finds no key.";
    let refs = ["RFC 7517 §4", "RFC 7517 §5", "RFC 7518 §6"];
    let mut cases: Vec<Case> = broken_keys()
        .into_iter()
        .map(|(id, key, title, jwk, reason)| {
            case(format!("jwk-{id}"), format!("An unusable {key} key: {title}"), why, &refs)
                .key(key, algorithm_of(key))
                .keys([jwk])
                .skipped(&[(0, reason)])
                .error("unknown_key")
        })
        .collect();
    cases.extend([
        case("jwk-crv-ed448", "An Ed448 key", why, &refs)
            .key("ed25519", "EdDSA")
            .keys([keys::public("ed448")])
            .header(r#"{"alg":"EdDSA","kid":"ed448"}"#)
            .skipped(&[(0, "unsupported_curve")])
            .error("unknown_key"),
        case("jwk-crv-x25519", "An X25519 key", why, &refs)
            .key("ed25519", "EdDSA")
            .keys([keys::public("x25519")])
            .header(r#"{"alg":"EdDSA","kid":"x25519"}"#)
            .skipped(&[(0, "unsupported_curve")])
            .error("unknown_key"),
        case("jwk-oct-by-default", "An oct key where none is allowed", why, &refs)
            .key("hmac-32", "HS256")
            .policy(json!({ "algorithms": ["HS256"] }))
            .skipped(&[(0, "symmetric_key")])
            .error("unknown_key"),
        case("jwk-k-missing", "An oct key without k", why, &refs)
            .key("hmac-32", "HS256")
            .keys([keys::public_with("hmac-32", json!({ "k": null }))])
            .policy(json!({ "symmetric_keys": true }))
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        case("jwk-k-number", "An oct key whose k is a number", why, &refs)
            .key("hmac-32", "HS256")
            .keys([keys::public_with("hmac-32", json!({ "k": 0 }))])
            .policy(json!({ "symmetric_keys": true }))
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
    ]);
    cases
}

/// Keys that each violate one rule, in addition to `broken_keys`.
fn unusable_by_their_clause() -> Vec<Case> {
    let why = "A key that breaks a rule is skipped, and a token with its kid finds no key.";
    let long_y = keys::encode([vec![0], keys::octets("p256", "y")].concat());
    let short_y = keys::octets("p521", "y");
    assert_eq!(short_y[0], 0, "the y of p521 begins with a zero octet");
    let short_y = keys::encode(&short_y[1..]);
    let text = |key: &str, member: &str| keys::private(key)[member].as_str().map(String::from);
    let padded = |key, member| format!("{}=", text(key, member).expect("a text"));
    let ed25519_as_ec = json!({ "kty": "EC" });
    let mut cases: Vec<Case> = [
        (
            "y-long",
            "p256",
            "y of 33 octets",
            json!({ "y": long_y }),
            "malformed_key",
            "RFC 7518 §6.2.1.3",
        ),
        (
            "alg-esp256",
            "p256",
            "alg is ESP256",
            json!({ "alg": "ESP256" }),
            "unsupported_algorithm",
            "RFC 9864 §2.1",
        ),
        (
            "ops-upper-case",
            "p256",
            "only Verify",
            json!({ "key_ops": ["Verify"] }),
            "not_for_signatures",
            "RFC 7517 §4.3",
        ),
        (
            "okp-crv-missing",
            "ed25519",
            "crv is missing",
            json!({ "crv": null }),
            "malformed_key",
            "RFC 8037 §2",
        ),
        (
            "okp-x-padded",
            "ed25519",
            "x is padded",
            json!({ "x": padded("ed25519", "x") }),
            "malformed_key",
            "RFC 8037 §2",
        ),
        ("okp-as-ec", "ed25519", "kty is EC", ed25519_as_ec, "unsupported_curve", "RFC 8037 §2"),
        (
            "k-padded",
            "hmac-32",
            "k is padded",
            json!({ "k": padded("hmac-32", "k") }),
            "malformed_key",
            "RFC 7518 §6.4.1",
        ),
    ]
    .into_iter()
    .map(|(id, key, title, changes, reason, clause)| {
        case(format!("jwk-{id}"), format!("An unusable {key} key: {title}"), why, &[clause])
            .key(key, algorithm_of(key))
            .keys([keys::public_with(key, changes)])
            .policy(json!({ "symmetric_keys": key == "hmac-32" }))
            .skipped(&[(0, reason)])
            .error("unknown_key")
    })
    .collect();
    let title = "An unusable p521 key: y without its leading zero octet";
    cases.push(
        case("jwk-y-short", title, why, &["RFC 7518 §6.2.1.3"])
            .requires("ES512")
            .key("p521", "ES512")
            .keys([keys::public_with("p521", json!({ "y": short_y }))])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
    );
    cases
}

fn usable() -> Vec<Case> {
    let why = "A verifier does not check what it does not need.";
    let refs = ["RFC 7517 §4", "RFC 7518 §6"];
    let n = keys::encode([vec![0], keys::octets("rsa", "n")].concat());
    [
        ("use-signature", "p256", json!({"use": "sig"})),
        ("ops-verify", "p256", json!({"key_ops": ["verify"]})),
        ("ops-sign-and-verify", "p256", json!({"key_ops": ["sign", "verify"]})),
        ("ops-unknown-too", "p256", json!({"key_ops": ["verify", "example"]})),
        ("use-and-ops", "rsa", json!({"use": "sig", "key_ops": ["verify"]})),
        ("n-leading-zero", "rsa", json!({"n": n})),
        ("unknown-members", "p256", json!({"ext": true, "nbf": "x", "example": {"x": [1]}})),
        ("certificates", "rsa", json!({"x5c": ["AAAA"], "x5t": "AAAA", "x5t#S256": "AAAA"})),
        ("wrong-certificates", "rsa", json!({"x5c": 5, "x5u": false, "x5t": 7})),
        ("member-of-another-type", "p256", json!({"n": "AAAA", "e": 3, "k": "AAAA", "p": "AAAA"})),
        ("k-in-rsa", "rsa", json!({"k": "AAAA", "crv": 5, "x": "AAAA"})),
        ("y-in-okp", "ed25519", json!({"y": "AAAA"})),
        ("alg", "p256", json!({"alg": "ES256"})),
        ("all-at-once", "ed25519", json!({"alg": "EdDSA", "use": "sig", "key_ops": ["verify"]})),
        ("empty-member-name", "p256", json!({"": ""})),
    ]
    .into_iter()
    .map(|(id, key, changes)| {
        case(format!("jwk-usable-{id}"), format!("A usable {key} key: {id}"), why, &refs)
            .key(key, algorithm_of(key))
            .keys([keys::public_with(key, changes)])
            .skipped(&[])
            .valid()
    })
    .chain([
        case("jwk-usable-leading-zero-x", "x begins with a zero octet", why, &refs)
            .key("p256-short-x", "ES256")
            .valid(),
        case("jwk-usable-members-in-any-order", "The members in another order", why, &refs)
            .keys([json!({
                "y": keys::private("p256")["y"],
                "x": keys::private("p256")["x"],
                "crv": "P-256",
                "kid": "p256",
                "kty": "EC",
            })])
            .valid(),
        case("jwk-usable-escaped-members", "Escaped names and values", why, &refs)
            .jwks_text(
                json!({ "keys": [keys::public("p256")] })
                    .to_string()
                    .replace(r#""kty":"EC""#, r#""\u006bty":"\u0045C""#)
                    .replace(r#""crv":"P-256""#, r#""c\u0072v":"P\u002d256""#),
            )
            .valid(),
        case(
            "jwk-usable-leading-zero-y",
            "y begins with a zero octet",
            why,
            &["RFC 7518 §6.2.1.3"],
        )
        .requires("ES512")
        .key("p521", "ES512")
        .skipped(&[])
        .valid(),
        case("jwk-usable-x5u", "x5u is a URL that nobody can reach", why, &["RFC 7517 §4.6"])
            .keys([keys::public_with("p256", json!({ "x5u": "http://localhost:1/x.pem" }))])
            .skipped(&[])
            .valid(),
    ])
    .collect()
}

/// The invalid keys in groups, each group together with a valid key.
fn beside_a_good_key() -> Vec<Case> {
    let why = "An unusable key never makes the rest of its set unusable.";
    let refs = ["RFC 7517 §5"];
    broken_keys()
        .chunks(4)
        .enumerate()
        .map(|(group, broken)| {
            let mut set = Vec::new();
            let mut skipped = Vec::new();
            for (place, (id, _, _, jwk, reason)) in broken.iter().enumerate() {
                let mut jwk = jwk.clone();
                jwk["kid"] = json!(id);
                set.push(jwk);
                skipped.push((place, *reason));
            }
            set.push(keys::public("p384"));
            let names: Vec<&str> = broken.iter().map(|(id, ..)| *id).collect();
            let title = format!("With a valid key: {}", names.join(", "));
            case(format!("jwk-beside-good-{}", group + 1), title, why, &refs)
                .key("p384", "ES384")
                .keys(set)
                .skipped(&skipped)
                .valid()
        })
        .collect()
}
