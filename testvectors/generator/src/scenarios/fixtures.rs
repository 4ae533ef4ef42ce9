//! The keys and tokens of the scenarios. Published test keys: never use them for anything else.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::der;
use crate::keys::encode;

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "https://api.example";
/// The kids of tokens whose keys have a URL each.
pub const UUIDS: [&str; 2] =
    ["83be4b60-9e3c-4b0d-8a5c-1f5d7a3e2c10", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"];
/// The start of every scenario, in Unix time.
const START: u64 = 1_800_000_000;

/// The fixtures of the kind `keys`.
pub fn keys() -> Value {
    let mut keys = Map::new();
    for name in ["a", "b", "c", "d"] {
        keys.insert(name.into(), jwk(name, name));
    }
    keys.insert("a2".into(), jwk("a2", "a"));
    let mut no_kid = jwk("a", "a");
    no_kid.as_object_mut().expect("a key is an object").shift_remove("kid");
    keys.insert("a-no-kid".into(), no_kid);
    let mut svid = jwk("a", "a");
    svid["use"] = json!("jwt-svid");
    keys.insert("a-jwt-svid".into(), svid);

    let claims = claims(json!({}));
    let mut tokens = Map::new();
    for name in ["a", "b", "c", "d"] {
        tokens.insert(name.into(), json!(token(name, Some(name), &claims)));
    }
    tokens.insert("a-forged".into(), json!(token("forger", Some("a"), &claims)));
    tokens.insert("a-reused".into(), json!(token("a2", Some("a"), &claims)));
    tokens.insert("no-kid".into(), json!(token("a", None, &claims)));
    let expired = self::claims(json!({ "exp": START - 3600 }));
    tokens.insert("expired".into(), json!(token("a", Some("a"), &expired)));
    for number in 1..=40 {
        let name = format!("unknown-{number}");
        tokens.insert(name.clone(), json!(token("forger", Some(&name), &claims)));
    }
    for (name, key, kid) in
        [("uuid-1", "a", UUIDS[0]), ("uuid-2", "b", UUIDS[1]), ("uuid-path", "a", "../keys")]
    {
        tokens.insert(name.into(), json!(token(key, Some(kid), &claims)));
    }
    json!({ "keys": keys, "tokens": tokens })
}

/// The fixtures of the kind `guards`: one key, and tokens with different grants.
pub fn guards() -> Value {
    let grants = [
        ("plain", json!({})),
        ("read", json!({ "scope": "notes:read" })),
        ("write", json!({ "scope": "notes:write" })),
        ("read-write", json!({ "scope": "notes:read notes:write" })),
        ("customer", json!({ "scope": "payments:write", "roles": ["customer"] })),
        ("staff", json!({ "scope": "notes:read", "roles": ["staff"] })),
        ("staff-writer", json!({ "scope": "payments:write", "roles": ["staff"] })),
        ("staff-admin", json!({ "roles": ["staff", "admin"] })),
        ("role-text", json!({ "roles": "staff" })),
        ("role-text-two", json!({ "roles": "staff admin" })),
        ("role-number", json!({ "roles": 7 })),
        ("realm-editor", json!({ "realm_access": { "roles": ["editor"] } })),
        ("url-editor", json!({ "https://x.example/roles": ["editor"] })),
        ("scope-array", json!({ "scope": ["notes:read", "notes:write"] })),
        ("scope-array-words", json!({ "scope": ["notes:read notes:write"] })),
        ("scope-array-mixed", json!({ "scope": ["notes:read", 7] })),
        ("scope-number", json!({ "scope": 7 })),
        ("scope-empty", json!({ "scope": "" })),
        ("scope-spaces", json!({ "scope": " notes:read  notes:write " })),
        ("scope-other-case", json!({ "scope": "Notes:Read" })),
        ("scope-longer", json!({ "scope": "notes:read-all" })),
        ("scp-text", json!({ "scp": "notes:read" })),
        ("scp-array", json!({ "scp": ["notes:read"] })),
        ("scope-before-scp", json!({ "scope": "other", "scp": "notes:read" })),
        ("acr-mfa", json!({ "acr": "mfa" })),
        ("acr-phr", json!({ "acr": "phr" })),
        ("acr-password", json!({ "acr": "pwd", "scope": "notes:read" })),
        ("acr-words", json!({ "acr": "phr mfa" })),
        ("acr-array", json!({ "acr": ["mfa"] })),
        ("acr-null", json!({ "acr": null })),
        ("signed-in-now", json!({ "auth_time": START })),
        ("signed-in-600", json!({ "auth_time": START - 600 })),
        ("signed-in-601", json!({ "auth_time": START - 601 })),
        ("signed-in-ahead", json!({ "auth_time": START + 600 })),
        ("signed-in-too-far-ahead", json!({ "auth_time": START + 601 })),
        ("signed-in-text", json!({ "auth_time": START.to_string() })),
        ("signed-in-mfa", json!({ "auth_time": START - 60, "acr": "mfa", "scope": "notes:read" })),
        ("signed-in-mfa-long-ago", json!({ "auth_time": START - 7000, "acr": "mfa" })),
    ];
    let mut tokens = Map::new();
    for (name, granted) in grants {
        tokens.insert(name.into(), json!(token("a", Some("a"), &claims(granted))));
    }
    let expired = claims(json!({ "exp": START - 3600, "scope": "notes:read" }));
    tokens.insert("expired".into(), json!(token("a", Some("a"), &expired)));
    let other = claims(json!({ "aud": "https://other.example" }));
    tokens.insert("wrong-audience".into(), json!(token("a", Some("a"), &other)));
    let plain = claims(json!({}));
    tokens.insert("forged".into(), json!(token("forger", Some("a"), &plain)));
    tokens.insert("unknown-kid".into(), json!(token("forger", Some("nobody"), &plain)));
    json!({ "jwks": { "keys": [jwk("a", "a")] }, "tokens": tokens })
}

/// The published key of a name, as an issuer writes it.
pub fn jwk(name: &str, kid: &str) -> Value {
    let x = encode(signing_key(name).verifying_key().to_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "use": "sig", "x": x })
}

/// A certificate of the key of a name, which says nothing else.
pub fn certificate(name: &str) -> String {
    der::certificate(&der::ed25519_info(&signing_key(name).verifying_key().to_bytes()))
}

/// A set of these keys as text.
pub fn set(names: &[&str]) -> String {
    let keys: Vec<Value> = names.iter().map(|name| jwk(name, name)).collect();
    json!({ "keys": keys }).to_string()
}

/// Base64 with padding.
pub fn base64(octets: impl AsRef<[u8]>) -> String {
    STANDARD.encode(octets)
}

fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": START - 7200, "exp": START + 100_000_000,
    });
    for (name, value) in changes.as_object().expect("changes are an object") {
        claims[name] = value.clone();
    }
    claims
}

fn token(key: &str, kid: Option<&str>, claims: &Value) -> String {
    let mut header = json!({ "alg": "EdDSA", "typ": "JWT" });
    if let Some(kid) = kid {
        header["kid"] = json!(kid);
    }
    let input = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let signature = signing_key(key).sign(input.as_bytes()).to_bytes();
    format!("{input}.{}", encode(signature))
}

fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(format!("verijot scenario key {name}")).into())
}
