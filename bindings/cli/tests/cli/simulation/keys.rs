//! Keys that sign tokens, and their sets.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    A,
    B,
    C,
    /// Another key with the `kid` of A.
    OtherA,
    /// The key A with another `kid`.
    RenamedA,
    Nameless,
    OtherNameless,
}

impl Key {
    pub(super) fn kid(self) -> Option<&'static str> {
        match self {
            Self::A | Self::OtherA => Some("a"),
            Self::B => Some("b"),
            Self::C => Some("c"),
            Self::RenamedA => Some("renamed"),
            Self::Nameless | Self::OtherNameless => None,
        }
    }

    /// The keys as which the holder of its private half can sign.
    pub(super) fn aliases(self) -> &'static [Self] {
        match self {
            Self::A | Self::RenamedA => &[Self::A, Self::RenamedA],
            Self::B => &[Self::B],
            Self::C => &[Self::C],
            Self::OtherA => &[Self::OtherA],
            Self::Nameless => &[Self::Nameless],
            Self::OtherNameless => &[Self::OtherNameless],
        }
    }

    pub(super) fn pair(self) -> &'static EcdsaKeyPair {
        static PAIRS: LazyLock<[EcdsaKeyPair; 6]> = LazyLock::new(|| [(); 6].map(|()| new_pair()));
        let place = match self {
            Self::A | Self::RenamedA => 0,
            Self::B => 1,
            Self::C => 2,
            Self::OtherA => 3,
            Self::Nameless => 4,
            Self::OtherNameless => 5,
        };
        &PAIRS[place]
    }

    pub(super) fn jwk(self) -> Value {
        // The first octet says that the point is not compressed.
        let (x, y) = self.pair().public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64URL.encode(x), BASE64URL.encode(y));
        let mut jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        if let Some(kid) = self.kid() {
            jwk["kid"] = kid.into();
        }
        jwk
    }

    pub(super) fn token(self, issued: i64, expires: i64) -> String {
        let mut header = json!({"alg": "ES256"});
        if let Some(kid) = self.kid() {
            header["kid"] = kid.into();
        }
        let payload = json!({"iat": EPOCH + issued, "exp": EPOCH + expires});
        let encode = |value: Value| BASE64URL.encode(value.to_string());
        let input = format!("{}.{}", encode(header), encode(payload));
        let signature = self.pair().sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", BASE64URL.encode(signature))
    }
}

pub(super) fn new_pair() -> EcdsaKeyPair {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
}

pub(super) fn set(keys: &[Key]) -> String {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}).to_string()
}
