//! Verified tokens with a chosen `jti`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};
use verijot::crypto::default_provider;
use verijot::{Algorithm, Audiences, Issuers, JwkSet, Key, Policy, UnixTime, Verified, Verifier};

/// A token for alice with this `jti`.
pub(crate) fn token(id: &str) -> Verified {
    token_with(&json!({ "jti": id, "sub": "alice" }).to_string())
}

/// A token with these claims; `exp` is added if it is not among them.
pub(crate) fn token_with(claims: &str) -> Verified {
    let has_expiry = serde_json::from_str::<Value>(claims).unwrap().get("exp").is_some();
    let open = claims.strip_suffix('}').unwrap();
    let comma = if open == "{" { "" } else { "," };
    let payload = match has_expiry {
        true => claims.to_owned(),
        false => format!("{open}{comma}\"exp\":{EXPIRY}}}"),
    };
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&payload));
    let code = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), message.as_bytes());
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(code));

    let key = Key::from_secret(SECRET, Algorithm::Hs256, default_provider()).unwrap();
    let policy = Policy::new(Issuers::any(), Audiences::any()).max_token_octets(1 << 16);
    let verifier = Verifier::new(policy).unwrap();
    verifier
        .verify(&token, &JwkSet::from_keys([key]), UnixTime::from_seconds(1_700_000_000))
        .unwrap()
}

pub(crate) const EXPIRY: i64 = 1_700_000_600;

const SECRET: &[u8] = b"a published secret of at least 32 octets";
