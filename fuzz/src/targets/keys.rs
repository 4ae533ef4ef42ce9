//! Keys with changed numbers and signatures with changed octets: ring, aws-lc-rs and RustCrypto
//! agree about them.

use num_bigint::BigUint;
use serde_json::{Value, json};
use verijot::crypto::{aws_lc_rs, ring};

use crate::choices::Choices;
use crate::model::case::{Case, Mode, Policy};
use crate::model::keys;
use crate::oracle::base64url;
use crate::signing;
use crate::targets::case::judge;

/// Runs an input.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let (name, algs) = choices.pick(&KEYS);
    let alg = choices.pick(algs);
    let own = choices.octets();
    let pair = match choices.either() {
        true => signing::derived(alg, own),
        false => None,
    };
    let mut jwk = pair.as_ref().map_or_else(|| signing::jwk(name), |pair| pair.jwk.clone());
    let message = base64url::encode(choices.octets());
    let input =
        format!("{}.{message}", base64url::encode(format!("{{\"alg\":\"{alg}\"}}").as_bytes()));
    let mut signature = match &pair {
        Some(pair) => signing::sign_with(&pair.secret, alg, input.as_bytes()),
        None => signing::sign(name, alg, input.as_bytes()),
    };
    for _ in 0..choices.below(4) {
        edit_signature(&mut choices, &mut signature, alg);
    }
    for _ in 0..choices.below(4) {
        let members = ["x", "y", "n", "e", "k"].into_iter().filter(|name| jwk.contains_key(*name));
        let member = choices.pick(&members.collect::<Vec<_>>());
        let text = jwk[member].as_str().expect("text");
        let mut octets = base64url::decode(text.as_bytes()).expect("canonical");
        edit(&mut choices, &mut octets);
        jwk[member] = json!(base64url::encode(&octets));
    }
    let jwks = json!({ "keys": [Value::Object(jwk)] }).to_string();
    let case = Case {
        keys: Some(jwks.into_bytes()),
        jwks_options: Vec::new(),
        token: format!("{input}.{}", base64url::encode(&signature)).into_bytes(),
        mode: Mode::Jws,
        policy: Policy { symmetric_keys: true, ..Policy::default() },
        now: String::from("0"),
    };
    let of_aws = judge(&case, aws_lc_rs::PROVIDER, &keys::ALL);
    if alg != "ES512" {
        let of_ring = judge(&case, ring::PROVIDER, &keys::OF_RING);
        assert_eq!(of_ring.verdict, of_aws.verdict, "the providers differ: {}", case.to_vector());
    }
}

fn edit_signature(choices: &mut Choices<'_>, signature: &mut Vec<u8>, alg: &str) {
    let half = signature.len() / 2;
    // The order of the group, as far as it occurs in a number of the signature.
    let order = match alg {
        "ES256" => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "ES384" => {
            "ffffffffffffffffffffffffffffffffffffffffffffffff\
             c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        "ES512" => {
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
             51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        }
        "EdDSA" => "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed",
        _ => return edit(choices, signature),
    };
    let order = BigUint::parse_bytes(order.as_bytes(), 16).expect("hexadecimal");
    let edwards = alg == "EdDSA";
    let read = |octets: &[u8]| match edwards {
        true => BigUint::from_bytes_le(octets),
        false => BigUint::from_bytes_be(octets),
    };
    let number = match choices.below(8) {
        0..=3 => return edit(choices, signature),
        // The other valid ECDSA signature, which belongs to the same token.
        4 => &order - (read(&signature[half..]) % &order),
        5 => read(&signature[half..]) + &order,
        6 => order,
        _ => BigUint::ZERO,
    };
    let octets = if edwards { number.to_bytes_le() } else { number.to_bytes_be() };
    let place = if choices.either() && !edwards { 0 } else { half };
    let length = signature.len() - half;
    if octets.len() <= length && place + length <= signature.len() {
        let mut padded = vec![0; length];
        let start = if edwards { 0 } else { length - octets.len() };
        padded[start..start + octets.len()].copy_from_slice(&octets);
        signature[place..place + length].copy_from_slice(&padded);
    }
}

fn edit(choices: &mut Choices<'_>, octets: &mut Vec<u8>) {
    let place = usize::from(choices.number()) % (octets.len() + 1);
    let octet = choices.octet();
    match choices.below(8) {
        0 if place < octets.len() => octets[place] ^= 1 << (octet % 8),
        1 if place < octets.len() => octets[place] = octet,
        2 => octets.insert(place, octet),
        3 if place < octets.len() => drop(octets.remove(place)),
        4 => octets.insert(0, 0),
        5 => octets.fill(octet),
        6 if octets.len() == 32 => *octets = choices.pick(&ODD_POINTS).to_vec(),
        7 => octets.truncate(place),
        _ => octets.push(octet),
    }
}

const KEYS: [(&str, &[&str]); 9] = [
    ("ed25519", &["EdDSA"]),
    ("p256", &["ES256"]),
    ("p384", &["ES384"]),
    ("p521", &["ES512"]),
    ("hmac-64", &["HS256", "HS384", "HS512"]),
    ("rsa", &["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"]),
    ("ed25519-other", &["EdDSA"]),
    ("p256-short-x", &["ES256"]),
    ("rsa-2049", &["PS256", "RS256"]),
];

/// Ed25519 encodings that need attention: of small order, not canonical, or both; the first octet
/// of each, those in between and the last.
const ODD_POINTS: [[u8; 32]; 12] = [
    odd(0x00, 0x00, 0x00),
    odd(0x01, 0x00, 0x00),
    odd(0x01, 0x00, 0x80),
    odd(0x00, 0x00, 0x80),
    odd(0xec, 0xff, 0x7f),
    odd(0xed, 0xff, 0x7f),
    odd(0xee, 0xff, 0x7f),
    odd(0xec, 0xff, 0xff),
    odd(0xed, 0xff, 0xff),
    odd(0xee, 0xff, 0xff),
    odd(0xff, 0xff, 0x7f),
    odd(0xf0, 0xff, 0x7f),
];

const fn odd(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut octets = [between; 32];
    octets[0] = first;
    octets[31] = last;
    octets
}
