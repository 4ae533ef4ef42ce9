//! ECDSA signatures: their two numbers, their encoding, and invalid points.

use num_bigint::BigUint;
use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::der::{der, der_integer};
use crate::signing::{self, Hash};
use crate::{keys, search};

/// ES256, ES384 and ES512.
pub fn ecdsa() -> Vec<Case> {
    let mut cases = wrong_numbers();
    cases.extend(wrong_encodings());
    cases.extend(wrong_makers());
    cases.extend(wrong_points());
    cases.extend(right());
    cases
}

fn order(curve: &str) -> BigUint {
    let digits = match curve {
        "p256" => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "p384" => concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffff",
            "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        ),
        _ => panic!("no order for {curve}"),
    };
    BigUint::parse_bytes(digits.as_bytes(), 16).expect("hexadecimal digits")
}

fn wrong_numbers() -> Vec<Case> {
    let refs = ["RFC 7518 §3.4", "FIPS 186-5 §6.4.2"];
    let why = "Both numbers must be at least 1 and less than the order of the curve.";
    let mut cases = Vec::new();
    for (key, algorithm, size) in [("p256", "ES256", 32), ("p384", "ES384", 48)] {
        let (zero, one, n) = (BigUint::ZERO, BigUint::from(1u8), order(key));
        let ones = BigUint::from_bytes_be(&vec![0xff; size]);
        for (id, r, s) in [
            ("both-zero", &zero, &zero),
            ("both-order", &n, &n),
            ("r-zero", &zero, &one),
            ("s-zero", &one, &zero),
            ("order-and-zero", &n, &zero),
            ("both-one", &one, &one),
            ("all-ones", &ones, &ones),
        ] {
            if key == "p384" && !id.starts_with("both") {
                continue;
            }
            let signature = [signing::fixed(r, size), signing::fixed(s, size)].concat();
            let id = format!("{}-{id}", algorithm.to_lowercase());
            cases.push(
                case(&id, format!("r and s of {algorithm}: {id}"), why, &refs)
                    .cves(&["CVE-2022-21449"])
                    .key(key, algorithm)
                    .signature(signature)
                    .error("invalid_signature"),
            );
        }
    }
    for (id, r_replaced) in [("r-order", true), ("s-order", false)] {
        cases.push(
            case(format!("es256-{id}"), format!("One number of ES256: {id}"), why, &refs)
                .cves(&["CVE-2022-21449"])
                .signer(move |input| {
                    let signature = signing::sign("p256", "ES256", input);
                    let n = signing::fixed(&order("p256"), 32);
                    let (r, s) = signature.split_at(32);
                    if r_replaced { [&n, s].concat() } else { [r, &n].concat() }
                })
                .error("invalid_signature"),
        );
    }
    cases
}

fn wrong_encodings() -> Vec<Case> {
    let refs = ["RFC 7518 §3.4"];
    let why = "r and s are concatenated, each with exactly the curve's number of octets.";
    let numbers = |signature: &[u8]| {
        let (r, s) = signature.split_at(signature.len() / 2);
        der(0x30, &[der_integer(r), der_integer(s)].concat())
    };
    type Change = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
    let changes: Vec<(&str, Change)> = vec![
        ("der", Box::new(move |signature| numbers(&signature))),
        ("empty", Box::new(|_| Vec::new())),
        ("only-r", Box::new(|signature| signature[..32].to_vec())),
        ("last-octet-cut", Box::new(|signature| signature[..63].to_vec())),
        ("octet-after", Box::new(|signature| [signature, vec![0]].concat())),
        ("octet-before", Box::new(|signature| [vec![0], signature].concat())),
        (
            "both-widened",
            Box::new(|signature| [&[0], &signature[..32], &[0], &signature[32..]].concat()),
        ),
        ("swapped", Box::new(|signature| [&signature[32..], &signature[..32]].concat())),
        ("reversed", Box::new(|signature| signature.into_iter().rev().collect())),
        (
            "in-96-octets",
            Box::new(|signature| [&[0; 16], &signature[..32], &[0; 16], &signature[32..]].concat()),
        ),
    ];
    let mut cases: Vec<Case> = changes
        .into_iter()
        .map(|(id, change)| {
            case(format!("es256-encoding-{id}"), format!("ES256 encoded: {id}"), why, &refs)
                .cves(&["CVE-2024-42459"])
                .signer(move |input| change(signing::sign("p256", "ES256", input)))
                .error("invalid_signature")
        })
        .collect();
    cases.extend([
        case("es384-encoding-der", "ES384 encoded: der", why, &refs)
            .key("p384", "ES384")
            .signer(move |input| numbers(&signing::sign("p384", "ES384", input)))
            .error("invalid_signature"),
        case("es256-encoding-zero-dropped", "A leading zero octet of r is dropped", why, &refs)
            .claims(json!({ "jti": search::ES256_LEADING_ZERO.to_string() }))
            .signer(|input| {
                let signature = signing::sign("p256", "ES256", input);
                assert_eq!(signature[0], 0);
                signature[1..].to_vec()
            })
            .error("invalid_signature"),
        case("es512-encoding-der", "ES512 encoded: der", why, &refs)
            .requires("ES512")
            .key("p521", "ES512")
            .signer(move |input| numbers(&signing::sign("p521", "ES512", input)))
            .error("invalid_signature"),
        case("es512-both-zero", "r and s of ES512 are zero", why, &refs)
            .requires("ES512")
            .cves(&["CVE-2022-21449"])
            .key("p521", "ES512")
            .signature(vec![0; 132])
            .error("invalid_signature"),
    ]);
    cases
}

fn wrong_makers() -> Vec<Case> {
    let refs = ["RFC 7518 §3.4"];
    let why = "The signature must match this input, this hash function and this key.";
    vec![
        case("es256-other-key", "Another key signed", why, &refs)
            .signer(|input| signing::sign("p256-other", "ES256", input))
            .error("invalid_signature"),
        case("es256-other-hash", "The key signed over SHA-384", why, &refs)
            .signer(|input| signing::ecdsa("p256", Hash::Sha384, input))
            .error("invalid_signature"),
        case("es384-other-hash", "The key signed over SHA-512", why, &refs)
            .key("p384", "ES384")
            .signer(|input| signing::ecdsa("p384", Hash::Sha512, input))
            .error("invalid_signature"),
        case("es256-hashed-twice", "The key signed the hash of the hash", why, &refs)
            .signer(|input| signing::ecdsa("p256", Hash::Sha256, &Hash::Sha256.digest(input)))
            .error("invalid_signature"),
        case("es256-other-input", "The signature of another token", why, &refs)
            .signer(|_| signing::sign("p256", "ES256", b"another.token"))
            .error("invalid_signature"),
        case("es256-payload-only", "The header was not signed", why, &refs)
            .signer(|input| {
                let dot = input.iter().position(|octet| *octet == b'.').expect("a dot");
                signing::sign("p256", "ES256", &input[dot + 1..])
            })
            .error("invalid_signature"),
    ]
}

fn wrong_points() -> Vec<Case> {
    let refs = ["RFC 7518 §6.2.1", "RFC 8725 §3.4"];
    let why = "A key must be a point on its curve, with the curve's number of octets.";
    let cves = ["CVE-2017-12973", "CVE-2016-9121"];
    let member = |key: &str, name: &str| keys::private(key)[name].clone();
    let shifted = |name: &str, add: i8| {
        let number = signing::number("p256", name);
        let number = if add < 0 { number - 1u8 } else { number + 1u8 };
        json!(keys::encode(signing::fixed(&number, 32)))
    };
    let prime = BigUint::parse_bytes(
        b"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        16,
    )
    .expect("hexadecimal digits");
    let beyond = signing::number("p256-small-x", "x") + &prime;
    let zero = json!(keys::encode([0; 32]));
    let ones = json!(keys::encode([0xff; 32]));
    let of_secp256k1 = keys::public_with("secp256k1", json!({ "crv": "P-256" }));
    let points: Vec<(&str, Value, &str)> = vec![
        ("y-plus-one", keys::public_with("p256", json!({ "y": shifted("y", 1) })), "invalid_key"),
        ("x-minus-one", keys::public_with("p256", json!({ "x": shifted("x", -1) })), "invalid_key"),
        (
            "swapped",
            keys::public_with(
                "p256",
                json!({ "x": member("p256", "y"), "y": member("p256", "x") }),
            ),
            "invalid_key",
        ),
        ("origin", keys::public_with("p256", json!({ "x": zero, "y": zero })), "invalid_key"),
        ("all-ones", keys::public_with("p256", json!({ "x": ones, "y": ones })), "invalid_key"),
        (
            "other-y",
            keys::public_with("p256", json!({ "y": member("p256-other", "y") })),
            "invalid_key",
        ),
        (
            "x-beyond-prime",
            keys::public_with(
                "p256-small-x",
                json!({ "x": keys::encode(signing::fixed(&beyond, 32)) }),
            ),
            "invalid_key",
        ),
        ("of-secp256k1", of_secp256k1, "invalid_key"),
        ("of-p384", keys::public_with("p384", json!({ "crv": "P-256" })), "malformed_key"),
        ("as-p384", keys::public_with("p256", json!({ "crv": "P-384" })), "malformed_key"),
        ("secp256k1", keys::public("secp256k1"), "unsupported_curve"),
    ];
    let mut cases: Vec<Case> = points
        .into_iter()
        .map(|(id, jwk, reason)| {
            let kid = jwk["kid"].as_str().expect("a kid").to_string();
            let signer = if kid == "p256-small-x" { "p256".to_string() } else { kid.clone() };
            case(format!("es256-point-{id}"), format!("The key's point: {id}"), why, &refs)
                .cves(&cves)
                .keys([jwk])
                .header(json!({ "alg": "ES256", "kid": kid }).to_string())
                .signer(move |input| signing::ecdsa(&signer, Hash::Sha256, input))
                .skipped(&[(0, reason)])
                .error("unknown_key")
        })
        .collect();
    let y = signing::fixed(&(signing::number("p384", "y") + 1u8), 48);
    cases.push(
        case("es384-point-y-plus-one", "The key's point on P-384: y-plus-one", why, &refs)
            .cves(&cves)
            .key("p384", "ES384")
            .keys([keys::public_with("p384", json!({ "y": keys::encode(y) }))])
            .skipped(&[(0, "invalid_key")])
            .error("unknown_key"),
    );
    cases
}

/// The same signature with the other valid value of s.
fn other_s(key: &str, signature: &[u8]) -> Vec<u8> {
    let size = signature.len() / 2;
    let s = order(key) - BigUint::from_bytes_be(&signature[size..]);
    [&signature[..size], &signing::fixed(&s, size)].concat()
}

fn right() -> Vec<Case> {
    let refs = ["RFC 7518 §3.4"];
    let why = "A valid signature.";
    let mut cases = Vec::new();
    for (key, algorithm) in [
        ("p256", "ES256"),
        ("p256-other", "ES256"),
        ("p256-third", "ES256"),
        ("p256-fourth", "ES256"),
        ("p256-fifth", "ES256"),
        ("p256-short-x", "ES256"),
        ("rfc7515-a3", "ES256"),
        ("p384", "ES384"),
        ("p384-other", "ES384"),
    ] {
        let id = format!("{}-good-{key}", algorithm.to_lowercase());
        cases.push(
            case(id, format!("{algorithm} by {key}"), why, &refs).key(key, algorithm).valid(),
        );
    }
    for key in ["p521", "rfc7515-a4"] {
        cases.push(
            case(format!("es512-good-{key}"), format!("ES512 by {key}"), why, &refs)
                .requires("ES512")
                .key(key, "ES512")
                .valid(),
        );
    }
    let malleable = "There are two valid signatures of each input; JOSE does not prefer one.";
    for (key, algorithm) in [("p256", "ES256"), ("p384", "ES384")] {
        let half = order(key) / 2u8;
        for high in [false, true] {
            let (id, half) = (if high { "high-s" } else { "low-s" }, half.clone());
            let id = format!("{}-good-{id}", algorithm.to_lowercase());
            cases.push(
                case(&id, format!("{algorithm} with s in one half: {id}"), malleable, &refs)
                    .key(key, algorithm)
                    .signer(move |input| {
                        let signature = signing::sign(key, algorithm, input);
                        let s = BigUint::from_bytes_be(&signature[signature.len() / 2..]);
                        if (s > half) == high { signature } else { other_s(key, &signature) }
                    })
                    .valid(),
            );
        }
    }
    for number in 1..=5 {
        cases.push(
            case(
                format!("es256-good-token-{number}"),
                format!("Another token, {number}"),
                why,
                &refs,
            )
            .claims(json!({ "jti": format!("token {number}") }))
            .valid(),
        );
    }
    cases.extend([
        case("es256-good-leading-zero-r", "r begins with a zero octet", why, &refs)
            .claims(json!({ "jti": search::ES256_LEADING_ZERO.to_string() }))
            .signer(|input| {
                let signature = signing::sign("p256", "ES256", input);
                assert_eq!(signature[0], 0);
                signature
            })
            .valid(),
        case("es256-good-beside-broken", "A valid key together with invalid points", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .keys([
                keys::public_with("p256-other", json!({ "y": member_of("p256-third", "y") })),
                keys::public("secp256k1"),
                keys::public("p256"),
            ])
            .skipped(&[(0, "invalid_key"), (1, "unsupported_curve")])
            .valid(),
    ]);
    cases
}

fn member_of(key: &str, name: &str) -> Value {
    keys::private(key)[name].clone()
}
