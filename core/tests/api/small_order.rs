//! Ed25519 keys of small order: no set accepts one, because anyone can make a signature for such a
//! key.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use verijot::crypto::{CryptoProvider, KeyMaterial, VerificationKey};
use verijot::keys::KeyProblem;
use verijot::{Algorithm, Audiences, Issuers, JwkSetParser, Policy, UnixTime, Verifier};

#[test]
fn no_set_accepts_a_key_of_small_order() {
    for provider in providers() {
        for (encoding, spelling) in SMALL_ORDER {
            let set = JwkSetParser::new(provider).parse(set_of(&octets(encoding))).unwrap();
            assert!(set.keys().is_empty(), "{}: {encoding}", provider.name());
            let problem = set.skipped()[0].reason().problem();
            let expected = match spelling {
                Spelling::Proper | Spelling::NegativeZero => KeyProblem::WeakKey,
                Spelling::NotReduced => KeyProblem::InvalidKey,
            };
            assert_eq!(problem, expected, "{}: {encoding}", provider.name());
        }
    }
}

#[test]
fn a_key_that_is_not_of_small_order_is_accepted() {
    // RFC 8032 §7.1, test 1.
    let key = octets("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    for provider in providers() {
        let set = JwkSetParser::new(provider).parse(set_of(&key)).unwrap();
        assert_eq!(set.keys().len(), 1, "{}", provider.name());
    }
}

/// Why the check exists: the providers themselves accept such keys, and then R = identity with S =
/// 0 is a signature that anyone can make. The test loads the keys without the check.
#[test]
fn the_providers_themselves_accept_forged_signatures() {
    for provider in providers() {
        let (identity, _) = SMALL_ORDER[0];
        let identity = load(provider, &octets(identity));
        for message in messages() {
            identity.verify(Algorithm::EdDsa, &message, &forged_signature()).unwrap();
        }
        // For the others it fits each message whose hash is a multiple of their order.
        for (encoding, spelling) in SMALL_ORDER {
            let key = load(provider, &octets(encoding));
            let accepts =
                |message: Vec<u8>| key.verify(Algorithm::EdDsa, &message, &forged_signature());
            let accepted = messages().any(|message| accepts(message).is_ok());
            // aws-lc-rs accepts only the canonical encoding of each point, ring accepts any.
            let expected = provider.name() == "ring" || matches!(spelling, Spelling::Proper);
            assert_eq!(accepted, expected, "{}: {encoding}", provider.name());
        }
    }
}

#[test]
fn a_token_with_a_forged_signature_finds_no_key() {
    let token = [br#"{"alg":"EdDSA"}"#.as_slice(), br#"{"exp":2000000000}"#, &forged_signature()]
        .map(|segment| URL_SAFE_NO_PAD.encode(segment))
        .join(".");
    let policy = Policy::new(Issuers::any(), Audiences::any());
    let verifier = Verifier::new(policy).unwrap();
    for provider in providers() {
        for (encoding, _) in SMALL_ORDER {
            let keys = JwkSetParser::new(provider).parse(set_of(&octets(encoding))).unwrap();
            let now = UnixTime::from_seconds(1_700_000_000);
            let error = verifier.verify(&token, &keys, now).unwrap_err();
            assert_eq!(error.code(), "unknown_key", "{}: {encoding}", provider.name());
        }
    }
}

/// Every provider that is compiled in.
fn providers() -> Vec<&'static dyn CryptoProvider> {
    vec![
        #[cfg(feature = "ring")]
        verijot::crypto::ring::PROVIDER,
        #[cfg(feature = "aws-lc-rs")]
        verijot::crypto::aws_lc_rs::PROVIDER,
    ]
}

fn load(provider: &dyn CryptoProvider, key: &[u8]) -> Box<dyn VerificationKey> {
    provider.load(&KeyMaterial::Ed25519 { x: key }, Algorithm::EdDsa.into()).unwrap()
}

fn messages() -> impl Iterator<Item = Vec<u8>> {
    (0..64_u8).map(|number| vec![number; usize::from(number)])
}

/// R is the identity and S is zero.
fn forged_signature() -> [u8; 64] {
    let mut signature = [0; 64];
    signature[0] = 1;
    signature
}

fn set_of(key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(key);
    format!(r#"{{"keys": [{{"kty": "OKP", "crv": "Ed25519", "x": "{x}"}}]}}"#)
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let octet = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    hexadecimal.as_bytes().chunks(2).map(octet).collect()
}

/// How a point is written, by RFC 8032 §5.1.3.
#[derive(Clone, Copy)]
enum Spelling {
    /// As it should be.
    Proper,
    /// x is zero but has a sign.
    NegativeZero,
    /// y is not below the field's prime.
    NotReduced,
}

/// Every encoding that a lenient decoder reads as one of the eight points of order 1, 2, 4 and 8.
const SMALL_ORDER: [(&str, Spelling); 14] = [
    ("0100000000000000000000000000000000000000000000000000000000000000", Spelling::Proper),
    ("0100000000000000000000000000000000000000000000000000000000000080", Spelling::NegativeZero),
    ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", Spelling::Proper),
    ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", Spelling::NegativeZero),
    ("0000000000000000000000000000000000000000000000000000000000000000", Spelling::Proper),
    ("0000000000000000000000000000000000000000000000000000000000000080", Spelling::Proper),
    ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", Spelling::Proper),
    ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", Spelling::Proper),
    ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", Spelling::Proper),
    ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", Spelling::Proper),
    ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", Spelling::NotReduced),
    ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", Spelling::NotReduced),
    ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", Spelling::NotReduced),
    ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", Spelling::NotReduced),
];
