//! Tokens with random headers and claims, signed with one of a few secrets.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use proptest::prelude::*;
use proptest::sample::select;
use ring::hmac;
use serde_json::{Map, Value, json};
use verijot::{Algorithm, UnixTime};

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kid: Option<&'static str>,
    token_type: Option<&'static str>,
    algorithm: usize,
    secret: usize,
    claims: Map<String, Value>,
}

impl Token {
    pub(crate) fn text(&self) -> String {
        let mut header = json!({ "alg": ALGORITHMS[self.algorithm].name() });
        if let Some(kid) = self.kid {
            header["kid"] = json!(kid);
        }
        if let Some(token_type) = self.token_type {
            header["typ"] = json!(token_type);
        }
        let claims = Value::Object(self.claims.clone()).to_string();
        let input =
            format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims));
        let key = hmac::Key::new(HASHES[self.algorithm], SECRETS[self.secret].as_bytes());
        format!("{input}.{}", BASE64URL.encode(hmac::sign(&key, input.as_bytes())))
    }
}

pub(crate) fn tokens() -> impl Strategy<Value = Token> {
    let header = (
        prop_oneof![3 => Just(Some("a")), 1 => select(vec![None, Some("b"), Some("x")])],
        select(vec![None, None, Some("JWT"), Some("at+jwt"), Some("other")]),
        0..ALGORITHMS.len(),
        prop_oneof![4 => Just(0_usize), 1 => 0..SECRETS.len()],
    );
    (header, claims()).prop_map(|((kid, token_type, algorithm, secret), claims)| Token {
        kid,
        token_type,
        algorithm,
        secret,
        claims,
    })
}

pub(crate) fn claims() -> impl Strategy<Value = Map<String, Value>> {
    let date = || prop::option::weighted(0.8, -200..200_i64);
    (
        (date(), date(), date(), weighted(&[json!("joe"), json!("eve"), json!(null)], json!(1))),
        weighted(&[json!("api"), json!(["api", "web"]), json!("web"), json!(null)], json!([1])),
        weighted(&[json!("read write"), json!("read"), json!(null)], json!(["read"])),
        select(vec![json!(["admin"]), json!("admin"), json!([]), json!(null)]),
        select(vec![json!("staff"), json!("guest"), json!(null)]),
        any::<bool>(),
    )
        .prop_map(|((exp, nbf, iat, iss), aud, scope, roles, class, nonce)| {
            let mut claims = Map::new();
            let mut put = |name: &str, value: Value| {
                if !value.is_null() {
                    claims.insert(name.to_owned(), value);
                }
            };
            for (name, offset, around) in
                [("exp", exp, 300), ("nbf", nbf, -300), ("iat", iat, -300)]
            {
                put(name, json!(offset.map(|offset| NOW + around + offset)));
            }
            for (name, value) in
                [("iss", iss), ("aud", aud), ("scope", scope), ("roles", roles), ("class", class)]
            {
                put(name, value);
            }
            put("private", json!("7f3a91c2e8d05b64"));
            if nonce {
                put("nonce", json!("a-nonce-of-the-caller"));
            }
            claims
        })
}

/// One of the usual values, or rarely one of the wrong type.
pub(crate) fn weighted(usual: &[Value], wrong: Value) -> impl Strategy<Value = Value> + use<> {
    prop_oneof![12 => select(usual.to_vec()), 1 => Just(wrong)]
}

/// Times around the tokens' dates.
pub(crate) fn times() -> impl Strategy<Value = UnixTime> {
    prop_oneof![3 => NOW - 200..NOW + 200, 1 => NOW - 2000..NOW + 2000]
        .prop_map(UnixTime::from_seconds)
}

const NOW: i64 = 1_700_000_000;
pub(crate) const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
const HASHES: [hmac::Algorithm; 3] = [hmac::HMAC_SHA256, hmac::HMAC_SHA384, hmac::HMAC_SHA512];
/// 64 octets each.
pub(crate) const SECRETS: [&str; 3] = [
    "zQ9mT4vK2pX7cR5wL8nB3fJ6hD1gS0yAuE7iO4tZ9qM2kV5xC8bN1rW6jP3lHaaa",
    "Y3dF8sG1hJ6kL9zX4cV7bN2mQ5wE0rT8yU1iO6pA3sD9fG4hJ7kL2zX5cV8bNbbb",
    "M7nB2vC5xZ8lK1jH4gF9dS6aP3oI0uY7tR2eW5qM8nB1vC4xZ7lK0jH3gF6dSccc",
];
