//! Deterministic signatures, made without the libraries that verifiers of these vectors use.
//!
//! RSA is computed from its definition in RFC 8017, so that wrong keys, wrong encodings and wrong
//! salts can be signed too; a test reproduces the signature of RFC 7515 A.2.

use ecdsa::hazmat::SignPrimitive as _;
use ed25519_dalek::Signer as _;
use hmac::{Hmac, Mac as _};
use num_bigint::BigUint;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::keys;

/// A hash function of JOSE, by its length in bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The octets that an algorithm of JOSE signs with.
pub fn sign(key: &str, algorithm: &str, input: &[u8]) -> Vec<u8> {
    match algorithm {
        "EdDSA" | "Ed25519" => ed25519(key, input),
        _ => {
            let hash = Hash::of(algorithm);
            match &algorithm[..2] {
                "HS" => hmac(hash, &keys::octets(key, "k"), input),
                "RS" => rsa(key, &pkcs1(hash, input, modulus_octets(key))),
                "PS" => rsa(key, &pss(hash, input, modulus_bits(key), hash.len())),
                "ES" => ecdsa(key, hash, input),
                _ => panic!("no signer for {algorithm}"),
            }
        }
    }
}

impl Hash {
    /// The hash function that an algorithm's name ends with.
    pub fn of(algorithm: &str) -> Hash {
        match &algorithm[2..] {
            "256" => Hash::Sha256,
            "384" => Hash::Sha384,
            "512" => Hash::Sha512,
            _ => panic!("no hash function for {algorithm}"),
        }
    }

    /// The length of its output in octets.
    pub fn len(self) -> usize {
        match self {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The digest of the input.
    pub fn digest(self, input: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha256 => Sha256::digest(input).to_vec(),
            Hash::Sha384 => Sha384::digest(input).to_vec(),
            Hash::Sha512 => Sha512::digest(input).to_vec(),
        }
    }

    /// The DER of a DigestInfo up to the digest, RFC 8017 §9.2 note 1; `null` is its parameters.
    fn digest_info(self, null: bool) -> Vec<u8> {
        let last = match self {
            Hash::Sha256 => 1,
            Hash::Sha384 => 2,
            Hash::Sha512 => 3,
        };
        let (parameters, cut): (&[u8], u8) = if null { (&[5, 0], 0) } else { (&[], 2) };
        let len = u8::try_from(self.len()).expect("a digest is short");
        let mut info = vec![0x30, 17 + len - cut, 0x30, 13 - cut];
        info.extend([6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last]);
        info.extend(parameters);
        info.extend([4, len]);
        info
    }
}

/// An HMAC over the input.
pub fn hmac(hash: Hash, secret: &[u8], input: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length will do");
            mac.update(input);
            mac.finalize().into_bytes().to_vec()
        }
        Hash::Sha384 => {
            let mut mac = Hmac::<Sha384>::new_from_slice(secret).expect("any length will do");
            mac.update(input);
            mac.finalize().into_bytes().to_vec()
        }
        Hash::Sha512 => {
            let mut mac = Hmac::<Sha512>::new_from_slice(secret).expect("any length will do");
            mac.update(input);
            mac.finalize().into_bytes().to_vec()
        }
    }
}

/// The pure Ed25519 signature of RFC 8032.
pub fn ed25519(key: &str, input: &[u8]) -> Vec<u8> {
    let seed: [u8; 32] = keys::octets(key, "d").try_into().expect("a seed is 32 octets");
    ed25519_dalek::SigningKey::from_bytes(&seed).sign(input).to_bytes().to_vec()
}

/// An ECDSA signature, r and s of the curve's length, with a nonce that never changes.
pub fn ecdsa(key: &str, hash: Hash, input: &[u8]) -> Vec<u8> {
    ecdsa_prehashed(key, &hash.digest(input))
}

/// An ECDSA signature over a digest.
pub fn ecdsa_prehashed(key: &str, digest: &[u8]) -> Vec<u8> {
    let jwk = keys::private(key);
    let scalar = keys::octets(key, "d");
    match jwk["crv"].as_str().expect("a curve has a name") {
        "P-256" => {
            let key = p256::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar of P-256");
            let signature: p256::ecdsa::Signature = key.sign_prehash(digest).expect("signs");
            signature.to_bytes().to_vec()
        }
        "P-384" => {
            let key = p384::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar of P-384");
            let signature: p384::ecdsa::Signature = key.sign_prehash(digest).expect("signs");
            signature.to_bytes().to_vec()
        }
        "P-521" => {
            let key = p521::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar of P-521");
            let mut field = p521::FieldBytes::default();
            field[66 - digest.len()..].copy_from_slice(digest);
            // This crate cannot compute the nonce of RFC 6979 for P-521; any secret hash is
            // suitable.
            let halves = [0, 1].map(|n| Sha512::digest([&scalar, digest, &[n]].concat()));
            let nonce = [&[0], &halves.concat()[..65]].concat();
            let nonce = p521::NonZeroScalar::try_from(&nonce[..]).expect("less than the order");
            let (signature, _) =
                key.as_nonzero_scalar().try_sign_prehashed(*nonce, &field).expect("signs");
            signature.to_bytes().to_vec()
        }
        "secp256k1" => {
            let key = k256::ecdsa::SigningKey::from_slice(&scalar).expect("a scalar of secp256k1");
            let signature: k256::ecdsa::Signature = key.sign_prehash(digest).expect("signs");
            signature.to_bytes().to_vec()
        }
        curve => panic!("no ECDSA on {curve}"),
    }
}

/// The length of an RSA modulus in bits.
pub fn modulus_bits(key: &str) -> usize {
    usize::try_from(number(key, "n").bits()).expect("a modulus is short")
}

/// The length of an RSA modulus in octets.
pub fn modulus_octets(key: &str) -> usize {
    modulus_bits(key).div_ceil(8)
}

/// A member of a key as a number.
pub fn number(key: &str, member: &str) -> BigUint {
    BigUint::from_bytes_be(&keys::octets(key, member))
}

/// A number in exactly this many octets.
pub fn fixed(number: &BigUint, len: usize) -> Vec<u8> {
    let octets = number.to_bytes_be();
    let mut out = vec![0; len - octets.len()];
    out.extend(octets);
    out
}

/// The RSA private operation on an encoded message, RFC 8017 §5.2.1.
pub fn rsa(key: &str, encoded: &[u8]) -> Vec<u8> {
    let message = BigUint::from_bytes_be(encoded);
    let signature = if !keys::private(key).contains_key("p") {
        message.modpow(&number(key, "d"), &number(key, "n"))
    } else {
        let (p, q) = (number(key, "p"), number(key, "q"));
        let first = message.modpow(&number(key, "dp"), &p);
        let second = message.modpow(&number(key, "dq"), &q);
        let difference = (&first + &p - (&second % &p)) % &p;
        second + (difference * number(key, "qi") % &p) * q
    };
    fixed(&signature, modulus_octets(key))
}

/// EMSA-PKCS1-v1_5, RFC 8017 §9.2.
pub fn pkcs1(hash: Hash, input: &[u8], len: usize) -> Vec<u8> {
    pkcs1_padded(&[hash.digest_info(true), hash.digest(input)].concat(), len)
}

/// EMSA-PKCS1-v1_5 whose DigestInfo leaves out the NULL parameters, which RFC 8017 §8.2.2 refuses.
pub fn pkcs1_without_null(hash: Hash, input: &[u8], len: usize) -> Vec<u8> {
    pkcs1_padded(&[hash.digest_info(false), hash.digest(input)].concat(), len)
}

/// The padding of EMSA-PKCS1-v1_5 before any data.
pub fn pkcs1_padded(content: &[u8], len: usize) -> Vec<u8> {
    let mut encoded = vec![0, 1];
    encoded.resize(len - content.len() - 1, 0xff);
    encoded.push(0);
    encoded.extend(content);
    encoded
}

/// EMSA-PSS, RFC 8017 §9.1.1, with the hash function's MGF1 and a fixed salt of this length.
pub fn pss(hash: Hash, input: &[u8], bits: usize, salt_len: usize) -> Vec<u8> {
    pss_with(hash, hash, input, bits, salt_len)
}

/// EMSA-PSS with another hash function for MGF1.
pub fn pss_with(hash: Hash, mgf: Hash, input: &[u8], bits: usize, salt_len: usize) -> Vec<u8> {
    let encoded_bits = bits - 1;
    let encoded_len = encoded_bits.div_ceil(8);
    // A verifier does not need a secret or random salt; a fixed one keeps the file stable.
    let salt: Vec<u8> = Sha512::digest(b"a fixed salt").repeat(2)[..salt_len].to_vec();
    let digest = hash.digest(&[vec![0; 8], hash.digest(input), salt.clone()].concat());
    let mut block = vec![0; encoded_len - salt_len - hash.len() - 2];
    block.push(1);
    block.extend(&salt);
    for (octet, mask) in block.iter_mut().zip(mgf1(mgf, &digest, encoded_len)) {
        *octet ^= mask;
    }
    block[0] &= 0xff >> (8 * encoded_len - encoded_bits);
    block.extend(digest);
    block.push(0xbc);
    block
}

fn mgf1(hash: Hash, seed: &[u8], len: usize) -> Vec<u8> {
    let blocks = u32::try_from(len.div_ceil(hash.len())).expect("a mask is short");
    (0..blocks).flat_map(|n| hash.digest(&[seed, &n.to_be_bytes()].concat())).collect()
}
