//! Test keys, and signatures made with them by RustCrypto.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rsa::signature::Signer;
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::oracle::{base64url, signature};

/// The public half of a published test key as a JWK, with its name as `kid`; complete if it is a
/// secret.
pub fn jwk(name: &str) -> Map<String, Value> {
    let mut jwk = private(name).clone();
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        jwk.remove(member);
    }
    jwk
}

/// The octets of a member of a test key.
pub fn octets(name: &str, member: &str) -> Vec<u8> {
    let text = private(name)[member].as_str().expect("text");
    base64url::decode(text.as_bytes()).expect("canonical")
}

/// Signs with a test key, in the JWS encoding.
pub fn sign(key: &str, alg: &str, message: &[u8]) -> Vec<u8> {
    match alg {
        "HS256" | "HS384" | "HS512" => sign_with(&octets(key, "k"), alg, message),
        "ES256" | "ES384" | "ES512" | "EdDSA" => sign_with(&octets(key, "d"), alg, message),
        "RS256" => rsa(key)
            .sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
            .expect("fits"),
        "RS384" => rsa(key)
            .sign(rsa::Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message))
            .expect("fits"),
        "RS512" => rsa(key)
            .sign(rsa::Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message))
            .expect("fits"),
        "PS256" => pss(key, rsa::Pss::new::<Sha256>(), &Sha256::digest(message)),
        "PS384" => pss(key, rsa::Pss::new::<Sha384>(), &Sha384::digest(message)),
        "PS512" => pss(key, rsa::Pss::new::<Sha512>(), &Sha512::digest(message)),
        _ => Vec::new(),
    }
}

/// Signs with a private scalar, an Ed25519 seed or a secret.
pub fn sign_with(secret: &[u8], alg: &str, message: &[u8]) -> Vec<u8> {
    match alg {
        "ES256" => {
            let key = p256::ecdsa::SigningKey::from_slice(secret).expect("a scalar");
            let signature: p256::ecdsa::Signature = key.sign(message);
            signature.to_vec()
        }
        "ES384" => {
            let key = p384::ecdsa::SigningKey::from_slice(secret).expect("a scalar");
            let signature: p384::ecdsa::Signature = key.sign(message);
            signature.to_vec()
        }
        "ES512" => {
            let key = p521::ecdsa::SigningKey::from_slice(secret).expect("a scalar");
            let signature: p521::ecdsa::Signature = key.sign(message);
            signature.to_vec()
        }
        "EdDSA" => {
            let secret = <[u8; 32]>::try_from(secret).expect("32 octets");
            ed25519_dalek::SigningKey::from_bytes(&secret).sign(message).to_vec()
        }
        _ => signature::hmac(secret, alg, message).expect("HMAC"),
    }
}

/// A key and its private half.
pub struct KeyPair {
    /// The public half.
    pub jwk: Map<String, Value>,
    /// The private half.
    pub secret: Vec<u8>,
}

/// A key pair for `alg` from any octets; `None` for RSA and HMAC.
pub fn derived(alg: &str, seed: &[u8]) -> Option<KeyPair> {
    let secret = Sha256::digest(seed).to_vec();
    let point = |curve: &str, point: &[u8]| {
        let (x, y) = point[1..].split_at(point.len() / 2);
        json!({ "kty": "EC", "crv": curve, "x": base64url::encode(x), "y": base64url::encode(y) })
    };
    let padded = |length: usize| [vec![0; length - secret.len()], secret.clone()].concat();
    let (jwk, secret) = match alg {
        "ES256" => {
            let key = p256::ecdsa::SigningKey::from_slice(&secret).ok()?;
            (point("P-256", key.verifying_key().to_encoded_point(false).as_bytes()), secret)
        }
        "ES384" => {
            let secret = padded(48);
            let key = p384::SecretKey::from_slice(&secret).ok()?.public_key();
            use p384::elliptic_curve::sec1::ToEncodedPoint;
            (point("P-384", key.to_encoded_point(false).as_bytes()), secret)
        }
        "ES512" => {
            let secret = padded(66);
            let key = p521::SecretKey::from_slice(&secret).ok()?.public_key();
            use p521::elliptic_curve::sec1::ToEncodedPoint;
            (point("P-521", key.to_encoded_point(false).as_bytes()), secret)
        }
        "EdDSA" => {
            let seed = <[u8; 32]>::try_from(&secret[..]).ok()?;
            let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            (
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(key.as_bytes()) }),
                secret,
            )
        }
        _ => return None,
    };
    Some(KeyPair { jwk: jwk.as_object().expect("an object").clone(), secret })
}

/// A token in compact serialization.
pub fn token(key: &str, alg: &str, header: &[u8], payload: &[u8]) -> Vec<u8> {
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = base64url::encode(&sign(key, alg, input.as_bytes()));
    format!("{input}.{signature}").into_bytes()
}

fn pss(key: &str, scheme: rsa::Pss, digest: &[u8]) -> Vec<u8> {
    rsa(key).sign_with_rng(&mut Counter(0), scheme, digest).expect("fits")
}

fn rsa(name: &str) -> &'static RsaPrivateKey {
    static KEYS: LazyLock<BTreeMap<&str, RsaPrivateKey>> = LazyLock::new(|| {
        let read = |name: &'static str| {
            let number = |member| BigUint::from_bytes_be(&octets(name, member));
            let primes = vec![number("p"), number("q")];
            let key = RsaPrivateKey::from_components(number("n"), number("e"), number("d"), primes);
            (name, key.expect("a published key"))
        };
        RSA_KEYS.into_iter().map(read).collect()
    });
    &KEYS[name]
}

fn private(name: &str) -> &'static Map<String, Value> {
    static KEYS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
        let file = serde_json::from_str::<Value>(TEST_KEYS).expect("JSON");
        file["keys"].as_object().expect("an object").clone()
    });
    KEYS[name].as_object().expect("a key")
}

/// Always the same salts, so that an input always does the same.
struct Counter(u64);

impl rsa::rand_core::RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        octets.fill_with(|| self.next_u32() as u8);
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Counter {}

/// Keys that sign something.
const RSA_KEYS: [&str; 3] = ["rsa", "rsa-other", "rsa-2049"];

const TEST_KEYS: &str = include_str!("../../testvectors/generator/src/public_test_keys.json");
