//! Keys and signatures, verified with RustCrypto.

use hmac::{Hmac, Mac};
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey};
use sha2::{Sha256, Sha384, Sha512};

/// The numbers of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// Modulus and exponent.
    Rsa {
        /// Big-endian.
        n: Vec<u8>,
        /// Big-endian.
        e: Vec<u8>,
    },
    /// A point with both coordinates, each of the curve's length.
    Point {
        /// 256, 384 or 521.
        bits: u16,
        /// Big-endian.
        x: Vec<u8>,
        /// Big-endian.
        y: Vec<u8>,
    },
    /// The octets of an Ed25519 key.
    Ed25519(Vec<u8>),
    /// A shared secret.
    Secret(Vec<u8>),
}

/// Whether a point is on its curve and not at infinity; coordinates have the right length.
pub fn is_point(bits: u16, x: &[u8], y: &[u8]) -> bool {
    let point = [&[4], x, y].concat();
    match bits {
        256 => p256::PublicKey::from_sec1_bytes(&point).is_ok(),
        384 => p384::PublicKey::from_sec1_bytes(&point).is_ok(),
        _ => p521::PublicKey::from_sec1_bytes(&point).is_ok(),
    }
}

/// RustCrypto's result for 32 octets as an Ed25519 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ed25519Key {
    /// A point of large order.
    Sound,
    /// A point of small order.
    Weak,
    /// Not a point, or one whose y is not below the prime (RFC 8032 §5.1.3).
    Invalid,
}

/// Checks 32 octets.
pub fn judge_ed25519(octets: &[u8; 32]) -> Ed25519Key {
    let mut y = *octets;
    y[31] &= 0x7f;
    let prime = (num_bigint::BigUint::from(1_u8) << 255_u32) - 19_u8;
    match ed25519_dalek::VerifyingKey::from_bytes(octets) {
        Ok(_) if num_bigint::BigUint::from_bytes_le(&y) >= prime => Ed25519Key::Invalid,
        Ok(key) if key.is_weak() => Ed25519Key::Weak,
        Ok(_) => Ed25519Key::Sound,
        Err(_) => Ed25519Key::Invalid,
    }
}

/// Whether `signature`, in its JWS encoding, verifies with `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
pub fn verifies(material: &Material, alg: &str, message: &[u8], signature: &[u8]) -> bool {
    match (material, alg) {
        (Material::Rsa { n, e }, _) => rsa_verifies(n, e, alg, message, signature).is_some(),
        (Material::Point { bits: 256, x, y }, "ES256") => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], &x[..], y].concat());
            let signature = p256::ecdsa::Signature::from_slice(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        (Material::Point { bits: 384, x, y }, "ES384") => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], &x[..], y].concat());
            let signature = p384::ecdsa::Signature::from_slice(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        (Material::Point { bits: 521, x, y }, "ES512") => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&[&[4], &x[..], y].concat());
            let signature = p521::ecdsa::Signature::from_slice(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        (Material::Ed25519(x), "EdDSA") => {
            let key = <&[u8; 32]>::try_from(&x[..]).ok();
            let key = key.and_then(|x| ed25519_dalek::VerifyingKey::from_bytes(x).ok());
            let signature = ed25519_dalek::Signature::from_slice(signature);
            matches!((key, signature), (Some(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        (Material::Secret(secret), _) => hmac(secret, alg, message).as_deref() == Some(signature),
        _ => false,
    }
}

fn rsa_verifies(n: &[u8], e: &[u8], alg: &str, message: &[u8], signature: &[u8]) -> Option<()> {
    let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    let key = RsaPublicKey::new_with_max_size(n, e, 8192).ok()?;
    if alg.starts_with("RS") {
        let signature = rsa::pkcs1v15::Signature::try_from(signature).ok()?;
        use rsa::pkcs1v15::VerifyingKey;
        match alg {
            "RS256" => VerifyingKey::<Sha256>::new(key).verify(message, &signature),
            "RS384" => VerifyingKey::<Sha384>::new(key).verify(message, &signature),
            "RS512" => VerifyingKey::<Sha512>::new(key).verify(message, &signature),
            _ => return None,
        }
    } else {
        let signature = rsa::pss::Signature::try_from(signature).ok()?;
        use rsa::pss::VerifyingKey;
        match alg {
            "PS256" => VerifyingKey::<Sha256>::new(key).verify(message, &signature),
            "PS384" => VerifyingKey::<Sha384>::new(key).verify(message, &signature),
            "PS512" => VerifyingKey::<Sha512>::new(key).verify(message, &signature),
            _ => return None,
        }
    }
    .ok()
}

/// The message's code (RFC 7518 §3.2); `None` if `alg` is not HMAC.
pub fn hmac(secret: &[u8], alg: &str, message: &[u8]) -> Option<Vec<u8>> {
    Some(match alg {
        "HS256" => Hmac::<Sha256>::new_from_slice(secret)
            .ok()?
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        "HS384" => Hmac::<Sha384>::new_from_slice(secret)
            .ok()?
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        "HS512" => Hmac::<Sha512>::new_from_slice(secret)
            .ok()?
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        _ => return None,
    })
}
