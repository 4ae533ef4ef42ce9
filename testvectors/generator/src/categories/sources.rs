//! Keys as certificates, keys for other purposes, and the tokens of load balancers.

use serde_json::{Value, json};

use super::load_balancers;
use crate::case::{Case, PAYLOAD, case};
use crate::der;
use crate::keys;

/// Where keys come from besides JWK Sets for signatures.
pub fn key_sources() -> Vec<Case> {
    let mut cases = certificate_maps();
    cases.extend(purposes());
    cases.extend(certificates_alone());
    cases.extend(load_balancers::cases());
    cases.extend(other_formats());
    cases
}

fn map_of(members: &[(&str, String)]) -> String {
    let members = members.iter().map(|(name, value)| format!("{}:{}", json!(name), json!(value)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn certificate_maps() -> Vec<Case> {
    let refs = ["RFC 7468 §5", "RFC 5280 §4.1"];
    let why = "Of a certificate only the public key is used; the caller vouches for it.";
    let p256 = || der::certificate(&der::ec_spki("p256"));
    let other = || der::certificate(&der::ec_spki("p256-other"));
    let rsa = || der::certificate(&der::rsa_spki("rsa"));
    let map = |id: &str, title: &str, members: &[(&str, String)]| {
        case(format!("sources-map-{id}"), title, why, &refs)
            .requires("certificate-map")
            .jwks_text(map_of(members))
            .jwks_certificates(&["ES256"])
    };
    let text = |id: &str, title: &str, text: String| {
        case(format!("sources-map-{id}"), title, why, &refs)
            .requires("certificate-map")
            .jwks_text(text)
            .jwks_certificates(&["ES256"])
    };
    vec![
        map("one", "A map of one certificate", &[("p256", p256())]).skipped(&[]).valid(),
        map("two", "The kid chooses among two", &[("old", other()), ("p256", p256())]).valid(),
        map(
            "public-key",
            "A public key instead of a certificate",
            &[("p256", der::pem("PUBLIC KEY", &der::ec_spki("p256")))],
        )
        .skipped(&[])
        .valid(),
        map("rsa", "Certificates of RSA keys, as Firebase has them", &[("rsa", rsa())])
            .key("rsa", "RS256")
            .jwks_certificates(&["RS256"])
            .skipped(&[])
            .valid(),
        map("rs512", "An RSA key for another hash", &[("rsa", rsa())])
            .key("rsa", "RS512")
            .jwks_certificates(&["RS512"])
            .valid(),
        map("ps256", "An RSA key for PSS", &[("rsa", rsa())])
            .key("rsa", "PS256")
            .jwks_certificates(&["PS256"])
            .valid(),
        map("first-algorithm", "A key for two algorithms", &[("rsa", rsa())])
            .key("rsa", "RS256")
            .jwks_certificates(&["RS256", "RS512"])
            .skipped(&[])
            .valid(),
        map("second-algorithm", "A key for two algorithms", &[("rsa", rsa())])
            .key("rsa", "RS512")
            .jwks_certificates(&["RS256", "RS512"])
            .skipped(&[])
            .valid(),
        map("without-kid", "The token has no kid", &[("p256", p256())])
            .header(r#"{"alg":"ES256"}"#)
            .valid(),
        map("escaped-kid", "The kid is written with an escape", &[("p256", p256())])
            .jwks_text(map_of(&[("p256", p256())]).replacen("p256", "\\u0070256", 1))
            .valid(),
        map("same-key-twice", "One key under two kids", &[("a", p256()), ("p256", p256())])
            .skipped(&[])
            .valid(),
        map(
            "unusable-beside",
            "A value that is no certificate is skipped",
            &[("x", "no PEM".into()), ("p256", p256())],
        )
        .skipped(&[(0, "malformed_key")])
        .valid(),
        map("other-kid", "No certificate has the token's kid", &[("old", p256())])
            .error("unknown_key"),
        map("other-key", "The kid names another key", &[("p256", other())])
            .error("invalid_signature"),
        map("empty", "An empty map", &[]).error("unknown_key"),
        map(
            "other-algorithm",
            "The algorithm named by the caller does not fit",
            &[("p256", p256())],
        )
        .jwks_certificates(&["RS256"])
        .skipped(&[(0, "unsupported_algorithm")])
        .error("algorithm_not_allowed"),
        map("no-algorithm", "The caller names HMAC", &[("p256", p256())])
            .jwks_certificates(&["HS256"])
            .skipped(&[(0, "unsupported_algorithm")])
            .error("algorithm_not_allowed"),
        map(
            "token-of-other-algorithm",
            "The token has an algorithm that is not named",
            &[("rsa", rsa())],
        )
        .key("rsa", "RS384")
        .jwks_certificates(&["RS256"])
        .error("algorithm_not_allowed"),
        map("private-key", "A private key", &[("p256", der::pem("PRIVATE KEY", &[0x30, 0]))])
            .skipped(&[(0, "private_key_material")])
            .error("unknown_key"),
        map("two-blocks", "A chain instead of a certificate", &[("p256", p256() + &other())])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        map(
            "truncated",
            "A truncated certificate",
            &[("p256", der::certificate(&der::ec_spki("p256")[..40]))],
        )
        .skipped(&[(0, "malformed_key")])
        .error("unknown_key"),
        text("number", "A value is a number", r#"{"p256":7}"#.into())
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        text("jwk", "A value is a JWK", format!(r#"{{"p256":{}}}"#, keys::public("p256")))
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        text("duplicate-kid", "A kid occurs twice", map_of(&[("p256", other()), ("p256", p256())]))
            .error("malformed_jwks"),
        text("array", "An array of certificates", json!([p256()]).to_string())
            .error("malformed_jwks"),
        text(
            "set",
            "A JWK Set where a map is expected",
            json!({ "keys": [keys::public("p256")] }).to_string(),
        )
        .error("malformed_jwks"),
        case("sources-map-as-set", "A map where a JWK Set is expected", why, &refs)
            .jwks_text(map_of(&[("p256", p256())]))
            .error("malformed_jwks"),
    ]
}

fn purposes() -> Vec<Case> {
    let refs = ["RFC 7517 §4.2", "SPIFFE Trust Domain and Bundle §4.2.2"];
    let why = "A key for another purpose, or without one, must be ignored.";
    let set = |purpose: Value| {
        case("", "", why, &refs)
            .requires("key-purposes")
            .jwks_purposes(&["jwt-svid"])
            .keys([keys::public_with("p256", json!({ "use": purpose }))])
    };
    let named =
        |id: &str, title: &str, case: Case| case.named(&format!("sources-purpose-{id}"), title);
    vec![
        named("jwt-svid", "A key for JWT-SVIDs where they are named", set(json!("jwt-svid")))
            .skipped(&[])
            .valid(),
        named("among-others", "Beside keys for other purposes", set(json!(null)))
            .keys([
                keys::public_with("p256-other", json!({ "use": "x509-svid" })),
                keys::public_with("p256", json!({ "use": "jwt-svid" })),
                keys::public_with("p256-third", json!({ "use": "sig" })),
            ])
            .skipped(&[(0, "not_for_signatures"), (2, "not_for_signatures")])
            .valid(),
        named("one-of-two", "Two purposes are named", set(json!("sig")))
            .jwks_purposes(&["jwt-svid", "sig"])
            .skipped(&[])
            .valid(),
        named("sig-named", "sig is named, like the default", set(json!("sig")))
            .jwks_purposes(&["sig"])
            .skipped(&[])
            .valid(),
        named("one-of-three", "Three purposes are named", set(json!("jwt-svid")))
            .jwks_purposes(&["x509-svid", "sig", "jwt-svid"])
            .skipped(&[])
            .valid(),
        named("algorithm-beside", "alg fits", set(json!(null)))
            .keys([keys::public_with("p256", json!({ "use": "jwt-svid", "alg": "ES256" }))])
            .skipped(&[])
            .valid(),
        named("operations", "key_ops allows verification", set(json!(null)))
            .keys([keys::public_with("p256", json!({ "use": "jwt-svid", "key_ops": ["verify"] }))])
            .skipped(&[])
            .valid(),
        named("sig", "A key for sig where others are named", set(json!("sig")))
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        named("missing", "A key without use", set(json!(null)))
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        named("sig-missing", "A key without use where sig is named", set(json!(null)))
            .jwks_purposes(&["sig"])
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        named("other-case", "The case of use differs", set(json!("JWT-SVID")))
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        named("x509-svid", "A key for X.509-SVIDs", set(json!("x509-svid")))
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        named("number", "use is a number", set(json!(7)))
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        named("other-operations", "key_ops forbids verification", set(json!(null)))
            .keys([keys::public_with("p256", json!({ "use": "jwt-svid", "key_ops": ["sign"] }))])
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        case("sources-purpose-default", "A key for JWT-SVIDs where none are named", why, &refs)
            .keys([keys::public_with("p256", json!({ "use": "jwt-svid" }))])
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
    ]
}

fn certificates_alone() -> Vec<Case> {
    let refs = ["RFC 7517 §4.7", "RFC 7518 §6.3.1"];
    let why = "x5c does not replace the key's own members, which are required.";
    let x5c = json!(["MIIB"]);
    vec![
        case("sources-x5c-beside", "x5c beside the numbers is ignored", why, &refs)
            .keys([keys::public_with("p256", json!({ "x5c": x5c }))])
            .skipped(&[])
            .valid(),
        case("sources-x5c-alone-rsa", "x5c without n and e", why, &refs)
            .key("rsa", "RS256")
            .keys([keys::public_with("rsa", json!({ "n": null, "e": null, "x5c": x5c }))])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        case("sources-x5c-alone-ec", "x5c without x and y", why, &refs)
            .keys([keys::public_with("p256", json!({ "x": null, "y": null, "x5c": x5c }))])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
    ]
}

/// What only looks like these sources.
fn other_formats() -> Vec<Case> {
    let refs = ["RFC 7517 §4.1"];
    let why = "An ordinary set is read as ever.";
    vec![
        case("sources-ordinary", "An ordinary set and token", why, &refs).payload(PAYLOAD).valid(),
        case("sources-ordinary-sig", "A key with use sig", why, &refs)
            .keys([keys::public_with("p256", json!({ "use": "sig" }))])
            .valid(),
    ]
}
