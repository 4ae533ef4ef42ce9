//! Keys that sign tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "https://api.example";

/// An Ed25519 key with a `kid`.
pub struct Signer {
    kid: String,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// Always the same key for one `kid`.
    pub fn new(kid: &str) -> Self {
        let seed = ring::digest::digest(&ring::digest::SHA256, kid.as_bytes());
        Self {
            kid: kid.to_owned(),
            pair: Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).unwrap(),
        }
    }

    pub fn jwk(&self) -> Value {
        let x = BASE64URL.encode(self.pair.public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "alg": "EdDSA", "x": x})
    }

    /// A token with exactly these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.kid, claims)
    }

    /// The same token with another `kid`.
    pub fn sign_as(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "kid": kid}).to_string();
        let input =
            format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims.to_string()));
        let signature = self.pair.sign(input.as_bytes());
        format!("{input}.{}", BASE64URL.encode(signature))
    }
}

/// A set with these keys.
pub fn jwks(signers: &[&Signer]) -> String {
    json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()}).to_string()
}

/// Claims that are valid for an hour from this time.
pub fn claims(now: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": now, "exp": now + 3600,
        "scope": "notes:read notes:list", "realm_access": {"roles": ["editor"]},
    })
}
