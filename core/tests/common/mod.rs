//! Tokens for tests: published ones, and HMAC ones with any header and claims.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::hmac;
use verijot::crypto::default_provider;
use verijot::{Algorithm, Audiences, Issuers, JwkSet, Key, Policy, UnixTime, Verifier};

pub const SECRET: &[u8] = b"a secret for tests, 32 octets ok";

/// The set that [`token`] verifies under.
pub fn keys() -> JwkSet {
    JwkSet::from_keys([Key::from_secret(SECRET, Algorithm::Hs256, default_provider()).unwrap()])
}

/// A token of exactly these octets as header and payload.
pub fn token_of(header: &str, payload: &[u8]) -> String {
    let input = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    let tag = hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", BASE64URL.encode(tag))
}

/// A token with these claims.
pub fn token(payload: &str) -> String {
    token_of(r#"{"alg":"HS256"}"#, payload.as_bytes())
}

pub fn now() -> UnixTime {
    UnixTime::from_seconds(1_700_000_000)
}

/// A policy with only the checks that cannot be waived.
pub fn waived() -> Policy {
    Policy::new(Issuers::any(), Audiences::any()).allow_missing_expiry()
}

pub fn verifier(policy: Policy) -> Verifier {
    Verifier::new(policy).unwrap()
}

/// 18 claims, 870 octets as a token with a signature of 64 octets.
pub const EIGHTEEN_CLAIMS: &str = concat!(
    r#"{"iss":"https://issuer.example/tenant/4f1c","sub":"auth0|5f7c8ec7c33c6c004bbafe82","#,
    r#""aud":["https://api.example","https://issuer.example/userinfo"],"exp":1700003600,"#,
    r#""nbf":1699999990,"iat":1699999990,"jti":"01HF2Z7K8Q4W9E5R6T7Y8U9I0P","azp":"web-client-17","#,
    r#""scope":"openid profile email orders:read orders:write","name":"Alice Example","#,
    r#""email":"alice@example.com","email_verified":true,"tenant":"4f1c","locale":"en-GB","#,
    r#""roles":["admin","editor"],"session":"7d9f8a","level":3,"amr":["pwd","otp"]}"#
);
