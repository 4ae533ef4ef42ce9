//! Ed25519 signatures: numbers out of range, and keys for which anyone can sign.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use num_bigint::BigUint;
use serde_json::{Value, json};

use crate::case::{Case, PAYLOAD, case};
use crate::keys;
use crate::signing::{self, Hash};

/// EdDSA, which means Ed25519 here.
pub fn eddsa() -> Vec<Case> {
    let mut cases = wrong_signatures();
    cases.extend(forged_by_small_order());
    cases.extend(wrong_points());
    cases.extend(right());
    cases
}

/// The order of the group, RFC 8032 §5.1.
fn order() -> BigUint {
    let digits = b"1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
    BigUint::parse_bytes(digits, 16).expect("hexadecimal digits")
}

fn little_endian(number: &BigUint) -> [u8; 32] {
    let mut octets = number.to_bytes_le();
    octets.resize(32, 0);
    octets.try_into().expect("at most 32 octets")
}

fn wrong_signatures() -> Vec<Case> {
    let refs = ["RFC 8032 §5.1.7", "RFC 8037 §3.1"];
    let why = "A signature is 64 octets, R and an S below the order of the group.";
    let plus_order = |times: u8| {
        move |signature: Vec<u8>| {
            let s = BigUint::from_bytes_le(&signature[32..]) + order() * times;
            [&signature[..32], &little_endian(&s)].concat()
        }
    };
    type Change = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
    let changes: Vec<(&str, Change)> = vec![
        ("s-plus-order", Box::new(plus_order(1))),
        ("s-plus-twice-order", Box::new(plus_order(2))),
        (
            "s-highest-bit",
            Box::new(|mut signature| {
                signature[63] |= 0x80;
                signature
            }),
        ),
        ("s-order", Box::new(|signature| [&signature[..32], &little_endian(&order())].concat())),
        ("s-zero", Box::new(|signature| [&signature[..32], &[0; 32]].concat())),
        (
            "r-identity-s-zero",
            Box::new(|_| {
                let mut signature = vec![0; 64];
                signature[0] = 1;
                signature
            }),
        ),
        ("zeros", Box::new(|_| vec![0; 64])),
        ("all-ones", Box::new(|_| vec![0xff; 64])),
        ("empty", Box::new(|_| Vec::new())),
        ("only-r", Box::new(|signature| signature[..32].to_vec())),
        ("last-octet-cut", Box::new(|signature| signature[..63].to_vec())),
        ("octet-after", Box::new(|signature| [signature, vec![0]].concat())),
        ("swapped", Box::new(|signature| [&signature[32..], &signature[..32]].concat())),
        ("ed448-length", Box::new(|signature| [signature, vec![0; 50]].concat())),
    ];
    let mut cases: Vec<Case> = changes
        .into_iter()
        .map(|(id, change)| {
            case(format!("eddsa-signature-{id}"), format!("The signature: {id}"), why, &refs)
                .cves(&["CVE-2020-36843"])
                .key("ed25519", "EdDSA")
                .signer(move |input| change(signing::sign("ed25519", "EdDSA", input)))
                .error("invalid_signature")
        })
        .collect();
    cases.extend([
        case("eddsa-other-key", "Another key signed", why, &refs)
            .key("ed25519", "EdDSA")
            .signer(|input| signing::sign("ed25519-other", "EdDSA", input))
            .error("invalid_signature"),
        case("eddsa-hashed-first", "The key signed the hash of the input", why, &refs)
            .key("ed25519", "EdDSA")
            .signer(|input| signing::ed25519("ed25519", &Hash::Sha512.digest(input)))
            .error("invalid_signature"),
        case("eddsa-other-input", "The signature of another token", why, &refs)
            .key("ed25519", "EdDSA")
            .signer(|_| signing::ed25519("ed25519", b"another.token"))
            .error("invalid_signature"),
    ]);
    cases
}

/// Every encoding of a point whose order divides eight, and why such a key is refused.
fn small_order() -> Vec<(&'static str, [u8; 32], &'static str)> {
    let y = |first: u8, middle: u8, last: u8| {
        let mut octets = [middle; 32];
        octets[0] = first;
        octets[31] = last;
        octets
    };
    let eighth = |octets: &[u8; 32], sign: u8| {
        let mut octets = *octets;
        octets[31] |= sign;
        octets
    };
    let (one, other) = (EIGHT_TORSION[1].compress().0, EIGHT_TORSION[3].compress().0);
    let plain = |octets: [u8; 32]| {
        let mut octets = octets;
        octets[31] &= 0x7f;
        octets
    };
    let (one, other) = (plain(one), plain(other));
    vec![
        ("identity", y(1, 0, 0), "weak_key"),
        ("identity-signed", y(1, 0, 0x80), "weak_key"),
        ("identity-beyond-prime", y(0xee, 0xff, 0x7f), "invalid_key"),
        ("identity-beyond-prime-signed", y(0xee, 0xff, 0xff), "invalid_key"),
        ("order-2", y(0xec, 0xff, 0x7f), "weak_key"),
        ("order-2-signed", y(0xec, 0xff, 0xff), "weak_key"),
        ("order-4", y(0, 0, 0), "weak_key"),
        ("order-4-signed", y(0, 0, 0x80), "weak_key"),
        ("order-4-beyond-prime", y(0xed, 0xff, 0x7f), "invalid_key"),
        ("order-4-beyond-prime-signed", y(0xed, 0xff, 0xff), "invalid_key"),
        ("order-8-first", one, "weak_key"),
        ("order-8-first-signed", eighth(&one, 0x80), "weak_key"),
        ("order-8-second", other, "weak_key"),
        ("order-8-second-signed", eighth(&other, 0x80), "weak_key"),
    ]
}

fn small_order_jwk(id: &str, x: [u8; 32]) -> Value {
    json!({ "kty": "OKP", "kid": id, "crv": "Ed25519", "x": keys::encode(x) })
}

/// A token that is valid under the key by the equation alone, made without any private key.
fn forge(kid: &str, key: [u8; 32]) -> String {
    let point = CompressedEdwardsY(key).decompress().expect("a point");
    let header = keys::encode(json!({ "alg": "EdDSA", "kid": kid }).to_string());
    for attempt in 0.. {
        let claim = format!("{{\"jti\":\"{attempt}\",");
        let input = format!("{header}.{}", keys::encode(PAYLOAD.replacen('{', &claim, 1)));
        for commitment in EIGHT_TORSION {
            let r = commitment.compress().0;
            let hash = Hash::Sha512.digest(&[&r, &key, input.as_bytes()].concat());
            let wide: [u8; 64] = hash.try_into().expect("64 octets");
            let challenge = Scalar::from_bytes_mod_order_wide(&wide);
            // With S = 0 the equation is R + kA = 0.
            if (commitment + challenge * point).is_identity() {
                return format!("{input}.{}", keys::encode([r, [0; 32]].concat()));
            }
        }
    }
    unreachable!("one of a few attempts succeeds")
}

fn forged_by_small_order() -> Vec<Case> {
    let refs = ["RFC 8725 §3.4", "RFC 8032 §5.1.3"];
    let why = "Anyone can make signatures for a key of small order; this one is such a forgery.";
    small_order()
        .into_iter()
        .map(|(id, key, reason)| {
            let title = format!("A forgery for a key of small order: {id}");
            case(format!("eddsa-small-order-{id}"), title, why, &refs)
                .cves(&["CVE-2024-42459"])
                .keys([small_order_jwk(id, key)])
                .token(forge(id, key))
                .skipped(&[(0, reason)])
                .error("unknown_key")
        })
        .collect()
}

fn wrong_points() -> Vec<Case> {
    let refs = ["RFC 8032 §5.1.3", "RFC 8725 §3.4"];
    let small = |y: u8| {
        let mut octets = [0; 32];
        octets[0] = y;
        CompressedEdwardsY(octets)
    };
    let on_curve = (2..19u8)
        .find(|y| small(*y).decompress().is_some_and(|point| !point.is_small_order()))
        .expect("a point with a small y");
    let off_curve = (2..).find(|y| small(*y).decompress().is_none()).expect("no point");
    let prime = (BigUint::from(1u8) << 255u8) - 19u8;
    let beyond = little_endian(&(prime + on_curve));
    vec![
        case(
            "eddsa-point-beyond-prime",
            "A key whose y is not reduced",
            "With two encodings of one point, one key would look like two.",
            &refs,
        )
        .key("ed25519", "EdDSA")
        .keys([keys::public_with("ed25519", json!({ "x": keys::encode(beyond) }))])
        .skipped(&[(0, "invalid_key")])
        .error("unknown_key"),
        case(
            "eddsa-point-off-curve",
            "A key that is not a point",
            "It must be refused; whether for its key or its signature is left open.",
            &refs,
        )
        .key("ed25519", "EdDSA")
        .keys([keys::public_with("ed25519", json!({ "x": keys::encode(small(off_curve).0) }))])
        .error("any"),
    ]
}

fn right() -> Vec<Case> {
    let refs = ["RFC 8037 §3.1", "RFC 9864 §2.2", "RFC 8032 §5.1.7"];
    let why = "A valid signature.";
    let mut cases = Vec::new();
    for key in ["ed25519", "ed25519-other", "rfc8037-a1"] {
        for algorithm in ["EdDSA", "Ed25519"] {
            let id = format!("eddsa-good-{key}-as-{}", algorithm.to_lowercase());
            cases.push(
                case(id, format!("{algorithm} by {key}"), why, &refs).key(key, algorithm).valid(),
            );
        }
    }
    for (id, payload) in [
        ("empty", Vec::new()),
        ("one-octet", vec![0x72]),
        ("two-octets", vec![0xaf, 0x82]),
        ("binary", (0..=255).rev().collect()),
        ("long", vec![0xa5; 1023]),
    ] {
        cases.push(
            case(format!("eddsa-good-payload-{id}"), format!("A payload: {id}"), why, &refs)
                .key("ed25519", "EdDSA")
                .payload(payload)
                .signature_only()
                .valid(),
        );
    }
    for number in 1..=6 {
        cases.push(
            case(
                format!("eddsa-good-token-{number}"),
                format!("Another token, {number}"),
                why,
                &refs,
            )
            .key("ed25519", "Ed25519")
            .claims(json!({ "jti": format!("token {number}") }))
            .valid(),
        );
    }
    let mut set: Vec<Value> =
        small_order().into_iter().map(|(id, key, _)| small_order_jwk(id, key)).collect();
    set.push(keys::public("ed25519"));
    let skipped: Vec<(usize, &str)> =
        small_order().into_iter().map(|(_, _, reason)| reason).enumerate().collect();
    cases.push(
        case("eddsa-good-beside-small-order", "A valid key together with weak ones", why, &refs)
            .key("ed25519", "EdDSA")
            .header(r#"{"alg":"EdDSA"}"#)
            .keys(set)
            .skipped(&skipped)
            .valid(),
    );
    cases
}
