//! Tokens of every profile, signed with Ed25519, and a verifier for each.
#![cfg(feature = "ring")]
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use verijot::profile::{
    AccessTokenVerifier, IdTokenVerifier, LogoutTokenVerifier, SecurityEventVerifier,
};
use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime};

pub const NOW: i64 = 1_700_000_000;
pub const ISSUER: &str = "https://issuer.example";
pub const API: &str = "https://api.example";
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

pub fn assert_shows_no_claim(name: &str, shown: &str) {
    assert!(shown.starts_with(&format!("{name} {{ token: Verified {{")), "{shown}");
    for claim in ["alice", ISSUER, "a1", "s1", "l1", "e1"] {
        assert!(!shown.contains(&format!("\"{claim}\"")), "{shown}");
    }
}

pub fn access_token(changes: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": API, "sub": "alice", "client_id": "app", "jti": "a1", "iat": NOW,
        "exp": NOW + 300, "scope": "read", "auth_time": NOW - 600, "acr": "phr",
        "amr": ["pwd", "otp"],
    });
    merge(&mut claims, changes);
    sign(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &claims)
}

pub fn id_token(changes: &Value) -> String {
    let mut claims =
        json!({ "iss": ISSUER, "aud": "c", "sub": "alice", "iat": NOW, "exp": NOW + 300 });
    merge(&mut claims, changes);
    sign(&json!({ "alg": "EdDSA" }), &claims)
}

pub fn logout_token(changes: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": "c", "sub": "alice", "sid": "s1", "jti": "l1", "iat": NOW,
        "exp": NOW + 120, "events": { LOGOUT: {} },
    });
    merge(&mut claims, changes);
    sign(&json!({ "alg": "EdDSA" }), &claims)
}

pub fn event(changes: &Value) -> String {
    sign(&json!({ "alg": "EdDSA", "typ": "secevent+jwt" }), &event_claims(changes))
}

pub fn event_claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": API, "jti": "e1", "iat": NOW,
        "events": { "urn:example:changed": { "by": "admin" } },
    });
    merge(&mut claims, changes);
    claims
}

/// Sets members, and removes those that are `null`.
pub fn merge(claims: &mut Value, changes: &Value) {
    let claims = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
}

pub fn sign(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| BASE64URL.encode(part.to_string()));
    let input = format!("{header}.{claims}");
    let signature = BASE64URL.encode(key_pair().sign(input.as_bytes()));
    format!("{input}.{signature}")
}

pub fn keys() -> JwkSet {
    let x = BASE64URL.encode(key_pair().public_key());
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    JwkSet::from_json(json!({ "keys": [key] }).to_string()).unwrap()
}

fn key_pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

pub fn access_tokens() -> AccessTokenVerifier {
    AccessTokenVerifier::new(Policy::new(Issuers::only(ISSUER), Audiences::only(API))).unwrap()
}

pub fn id_tokens() -> IdTokenVerifier {
    IdTokenVerifier::new(ISSUER, "c").unwrap()
}

pub fn logout_tokens() -> LogoutTokenVerifier {
    LogoutTokenVerifier::new(ISSUER, "c").unwrap()
}

pub fn events() -> SecurityEventVerifier {
    SecurityEventVerifier::new(ISSUER, API).unwrap()
}

pub fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW.saturating_add(seconds))
}

pub fn now() -> UnixTime {
    at(0)
}

pub fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
