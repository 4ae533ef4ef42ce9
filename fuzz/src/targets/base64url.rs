//! Any text in each place of base64url, compared with the `base64` crate and with a decoder that
//! works bit by bit.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use verijot::{Algorithm, Audiences, Issuers, JwkSet, JwkSetParser, Key, Policy, Verifier};

use crate::invariants;
use crate::oracle::{base64url, signature};

/// Runs an input.
pub fn run(data: &[u8]) {
    let expected = base64url::decode(data);
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(data).ok(), expected, "the two oracles");
    if let Some(octets) = &expected {
        assert_eq!(base64url::encode(octets).as_bytes(), data, "one spelling");
    }
    if data.len() > 15_000 || data.contains(&b'.') {
        return;
    }
    payload(data, expected.as_deref());
    of_signature(data, expected.as_deref());
    header(data, expected.as_deref());
    if let Ok(text) = std::str::from_utf8(data) {
        secret(text, expected.as_deref());
    }
}

fn payload(data: &[u8], expected: Option<&[u8]>) {
    let input = [HEADER, b".", data].concat();
    let tag = signature::hmac(&SECRET, "HS256", &input).expect("HMAC");
    let token = [&input, &b"."[..], base64url::encode(&tag).as_bytes()].concat();
    let (verifier, keys) = &*FIXED;
    match verifier.verify_jws(&token, keys) {
        Ok(verified) => assert_eq!(Some(verified.payload()), expected),
        Err(error) => {
            invariants::of_error(&error, &token);
            assert_eq!(error.code(), "malformed_token");
            assert_eq!(expected, None);
        }
    }
}

fn of_signature(data: &[u8], expected: Option<&[u8]>) {
    let input = [HEADER, b".e30"].concat();
    let token = [&input, &b"."[..], data].concat();
    let tag = signature::hmac(&SECRET, "HS256", &input).expect("HMAC");
    let (verifier, keys) = &*FIXED;
    let code = verifier.verify_jws(&token, keys).err().map(|error| error.code());
    let expected = match expected {
        None => Some("malformed_token"),
        Some(octets) if octets == tag => None,
        Some(_) => Some("invalid_signature"),
    };
    assert_eq!(code, expected);
}

fn header(data: &[u8], expected: Option<&[u8]>) {
    let token = [data, b".e30.AA"].concat();
    let (verifier, keys) = &*FIXED;
    let error = verifier.verify_jws(&token, keys).expect_err("a signature of one octet");
    assert_eq!(error.code() == "malformed_token", expected.is_none(), "{error}");
}

fn secret(text: &str, expected: Option<&[u8]>) {
    let jwks = json!({ "keys": [{ "kty": "oct", "k": text }] }).to_string();
    let parser = JwkSetParser::new(verijot::crypto::ring::PROVIDER).allow_symmetric_keys();
    let keys = parser.parse(&jwks).expect("a sound set");
    let problem = keys.skipped().first().map(|key| key.reason().problem().code());
    let expected = match expected.map(<[u8]>::len) {
        None | Some(0) => Some("malformed_key"),
        Some(1..32) => Some("weak_key"),
        Some(_) => None,
    };
    assert_eq!(problem, expected);
}

static FIXED: LazyLock<(Verifier, JwkSet)> = LazyLock::new(|| {
    let policy = Policy::new(Issuers::any(), Audiences::any());
    let provider = verijot::crypto::ring::PROVIDER;
    let key = Key::from_secret(&SECRET, Algorithm::Hs256, provider).expect("long enough");
    (Verifier::new(policy).expect("sound"), JwkSet::from_keys([key]))
});

/// `{"alg":"HS256"}`
const HEADER: &[u8] = b"eyJhbGciOiJIUzI1NiJ9";
const SECRET: [u8; 32] = [7; 32];
