//! An issuer with one key for each algorithm, and the public key in every form.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use verijot::crypto::{CryptoProvider, Curve, KeyMaterial, VerificationKey};
use verijot::{Algorithm, JwkSet, JwkSetParser};

use super::claims::{KEY_ID, SECRET, header};

/// Signs with one key that is generated for each run.
pub struct Issuer {
    pub algorithm: Algorithm,
    signer: Signer,
    public: PublicHalf,
}

enum Signer {
    Rsa(RsaKeyPair),
    EllipticCurve(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Secret(Box<hmac::Key>),
}

/// The numbers of the key.
pub enum PublicHalf {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    EllipticCurve { curve: Curve, point: Vec<u8> },
    Ed25519 { x: Vec<u8> },
    Secret { secret: Vec<u8> },
}

impl Issuer {
    pub fn new(algorithm: Algorithm) -> Self {
        let (signer, public) = match algorithm {
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().unwrap();
                let x = pair.public_key().as_ref().to_vec();
                (Signer::Ed25519(pair), PublicHalf::Ed25519 { x })
            }
            Algorithm::Es256 => elliptic(Curve::P256, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::Es384 => elliptic(Curve::P384, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::Es512 => elliptic(Curve::P521, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::Hs256 => secret(hmac::HMAC_SHA256, 32),
            Algorithm::Hs384 => secret(hmac::HMAC_SHA384, 48),
            Algorithm::Hs512 => secret(hmac::HMAC_SHA512, 64),
            _ => rsa(),
        };
        Self { algorithm, signer, public }
    }

    pub const fn public(&self) -> &PublicHalf {
        &self.public
    }

    /// A token with the 18 claims.
    pub fn token(&self) -> String {
        self.token_with(super::claims::EIGHTEEN_CLAIMS)
    }

    pub fn token_with(&self, claims: &str) -> String {
        self.token_of(&header(self.algorithm.name()), claims)
    }

    /// A token with exactly this header and these claims.
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
        let signature = self.sign(input.as_bytes());
        format!("{input}.{}", BASE64URL.encode(signature))
    }

    /// Its public key (or secret) as a JWK with this `kid`.
    pub fn jwk(&self, id: &str) -> String {
        let numbers = match &self.public {
            PublicHalf::Rsa { modulus, exponent } => {
                let [n, e] = [modulus, exponent].map(|number| BASE64URL.encode(number));
                format!(r#""kty":"RSA","n":"{n}","e":"{e}""#)
            }
            PublicHalf::EllipticCurve { curve, point } => {
                let [x, y] = coordinates(point).map(|number| BASE64URL.encode(number));
                format!(r#""kty":"EC","crv":"{}","x":"{x}","y":"{y}""#, curve.name())
            }
            PublicHalf::Ed25519 { x } => {
                format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, BASE64URL.encode(x))
            }
            PublicHalf::Secret { secret } => {
                format!(r#""kty":"oct","k":"{}""#, BASE64URL.encode(secret))
            }
        };
        format!(r#"{{"kid":"{id}","use":"sig","alg":"{}",{numbers}}}"#, self.algorithm.name())
    }

    /// A JWK Set with `size` keys. The one in the middle has the `kid` of the tokens. All have the
    /// same numbers, which does not affect parsing.
    pub fn jwk_set(&self, size: usize) -> String {
        let jwks = (0..size).map(|index| match index {
            _ if index == size / 2 => self.jwk(KEY_ID),
            _ => self.jwk(&format!("2019-{index}")),
        });
        format!(r#"{{"keys":[{}]}}"#, jwks.collect::<Vec<_>>().join(","))
    }

    /// The same set, parsed.
    pub fn keys(&self, size: usize, provider: &dyn CryptoProvider) -> JwkSet {
        let parser = JwkSetParser::new(provider).allow_symmetric_keys();
        let parser = parser.max_keys(size).max_octets(usize::MAX);
        let keys = parser.parse(self.jwk_set(size)).unwrap();
        assert_eq!(keys.keys().len(), size);
        keys
    }

    /// The key as a provider prepares it: the raw primitive.
    pub fn primitive(&self, provider: &dyn CryptoProvider) -> Box<dyn VerificationKey> {
        let material = match &self.public {
            PublicHalf::Rsa { modulus, exponent } => KeyMaterial::Rsa { modulus, exponent },
            PublicHalf::EllipticCurve { curve, point } => {
                let [x, y] = coordinates(point);
                KeyMaterial::EllipticCurve { curve: *curve, x, y }
            }
            PublicHalf::Ed25519 { x } => KeyMaterial::Ed25519 { x },
            PublicHalf::Secret { secret } => KeyMaterial::Secret { secret },
        };
        provider.load(&material, self.algorithm.into()).unwrap()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.signer {
            Signer::Rsa(pair) => {
                let encoding: &'static dyn signature::RsaEncoding = match self.algorithm {
                    Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
                    Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
                    Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
                    Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
                    _ => &signature::RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Signer::EllipticCurve(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Signer::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Signer::Secret(key) => hmac::sign(key, message).as_ref().to_vec(),
        }
    }
}

/// Message and signature of a token.
pub fn signed_parts(token: &str) -> (&[u8], Vec<u8>) {
    let (message, signature) = token.rsplit_once('.').unwrap();
    (message.as_bytes(), BASE64URL.decode(signature).unwrap())
}

/// The x and y of an uncompressed point.
pub fn coordinates(point: &[u8]) -> [&[u8]; 2] {
    let (x, y) = point[1..].split_at(point.len() / 2);
    [x, y]
}

fn rsa() -> (Signer, PublicHalf) {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = pair.as_der().unwrap();
    let public = ring::rsa::KeyPair::from_pkcs8(der.as_ref()).unwrap();
    let numbers = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(public.public());
    (Signer::Rsa(pair), PublicHalf::Rsa { modulus: numbers.n, exponent: numbers.e })
}

fn elliptic(
    curve: Curve,
    algorithm: &'static signature::EcdsaSigningAlgorithm,
) -> (Signer, PublicHalf) {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let point = pair.public_key().as_ref().to_vec();
    (Signer::EllipticCurve(pair), PublicHalf::EllipticCurve { curve, point })
}

fn secret(hash: hmac::Algorithm, octets: usize) -> (Signer, PublicHalf) {
    let secret = SECRET.iter().copied().cycle().take(octets).collect::<Vec<_>>();
    (Signer::Secret(Box::new(hmac::Key::new(hash, &secret))), PublicHalf::Secret { secret })
}
