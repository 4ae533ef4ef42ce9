//! RSA signatures: their padding, their length, and the strength of their keys.

use num_bigint::BigUint;
use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::signing::{self, Hash, modulus_bits, modulus_octets};
use crate::{keys, search};

/// PKCS#1 v1.5 and PSS.
pub fn rsa() -> Vec<Case> {
    let mut cases = wrong_padding();
    cases.extend(wrong_numbers());
    cases.extend(weak_keys());
    cases.extend(right());
    cases
}

fn wrong_padding() -> Vec<Case> {
    let refs = ["RFC 8017 §8.1.2", "RFC 8017 §8.2.2", "RFC 7518 §3.5"];
    let why = "The owner of the key signed this, but not as alg says.";
    let bits = modulus_bits("rsa");
    let len = modulus_octets("rsa");
    type Encode = Box<dyn Fn(&[u8]) -> Vec<u8>>;
    let encodings: Vec<(&str, &str, &str, Encode)> = vec![
        (
            "pkcs1-as-pss",
            "PS256",
            "PKCS#1 v1.5",
            Box::new(move |input| signing::pkcs1(Hash::Sha256, input, len)),
        ),
        (
            "pss-as-pkcs1",
            "RS256",
            "PSS",
            Box::new(move |input| signing::pss(Hash::Sha256, input, bits, 32)),
        ),
        (
            "pss-no-salt",
            "PS256",
            "PSS without salt",
            Box::new(move |input| signing::pss(Hash::Sha256, input, bits, 0)),
        ),
        (
            "pss-salt-20",
            "PS256",
            "PSS with a salt of 20 octets",
            Box::new(move |input| signing::pss(Hash::Sha256, input, bits, 20)),
        ),
        (
            "pss-salt-31",
            "PS256",
            "PSS with a salt of 31 octets",
            Box::new(move |input| signing::pss(Hash::Sha256, input, bits, 31)),
        ),
        (
            "pss-salt-64",
            "PS256",
            "PSS with a salt of 64 octets",
            Box::new(move |input| signing::pss(Hash::Sha256, input, bits, 64)),
        ),
        (
            "pss-salt-32-for-512",
            "PS512",
            "PSS over SHA-512 with a salt of 32 octets",
            Box::new(move |input| signing::pss(Hash::Sha512, input, bits, 32)),
        ),
        (
            "pss-other-mask",
            "PS256",
            "PSS with a mask generated with SHA-512",
            Box::new(move |input| signing::pss_with(Hash::Sha256, Hash::Sha512, input, bits, 32)),
        ),
        (
            "pss-other-hash",
            "PS256",
            "PSS over SHA-384",
            Box::new(move |input| signing::pss(Hash::Sha384, input, bits, 48)),
        ),
        (
            "pkcs1-other-hash",
            "RS256",
            "PKCS#1 v1.5 over SHA-512",
            Box::new(move |input| signing::pkcs1(Hash::Sha512, input, len)),
        ),
        (
            "pkcs1-smaller-hash",
            "RS512",
            "PKCS#1 v1.5 over SHA-256",
            Box::new(move |input| signing::pkcs1(Hash::Sha256, input, len)),
        ),
        (
            "pkcs1-no-null",
            "RS256",
            "a DigestInfo without NULL",
            Box::new(move |input| signing::pkcs1_without_null(Hash::Sha256, input, len)),
        ),
        (
            "pkcs1-no-digest-info",
            "RS256",
            "no DigestInfo",
            Box::new(move |input| signing::pkcs1_padded(&Hash::Sha256.digest(input), len)),
        ),
        (
            "pkcs1-trailing-octets",
            "RS256",
            "octets after the digest and too little padding",
            Box::new(move |input| {
                let mut encoded = signing::pkcs1(Hash::Sha256, input, 64);
                encoded.resize(len, 0);
                encoded
            }),
        ),
        (
            "pkcs1-short-padding",
            "RS256",
            "padding that ends too early",
            Box::new(move |input| {
                let mut encoded = signing::pkcs1(Hash::Sha256, input, len);
                encoded[2 + 8] = 0;
                encoded
            }),
        ),
        (
            "pkcs1-block-type-2",
            "RS256",
            "the block type of encryption",
            Box::new(move |input| {
                let mut encoded = signing::pkcs1(Hash::Sha256, input, len);
                encoded[1] = 2;
                encoded
            }),
        ),
        (
            "pkcs1-padding-of-zeros",
            "RS256",
            "padding of zeros",
            Box::new(move |input| {
                let mut encoded = signing::pkcs1(Hash::Sha256, input, len);
                encoded[2..len - 52].fill(0);
                encoded
            }),
        ),
        (
            "pkcs1-bare-digest",
            "RS256",
            "the digest without any padding",
            Box::new(move |input| [vec![0; len - 32], Hash::Sha256.digest(input)].concat()),
        ),
    ];
    encodings
        .into_iter()
        .map(|(id, algorithm, what, encode)| {
            case(format!("rsa-{id}"), format!("{algorithm} over {what}"), why, &refs)
                .cves(if id.starts_with("pkcs1") {
                    &["CVE-2006-4339", "CVE-2014-1568"]
                } else {
                    &[]
                })
                .key("rsa", algorithm)
                .signer(move |input| signing::rsa("rsa", &encode(input)))
                .error("invalid_signature")
        })
        .collect()
}

fn wrong_numbers() -> Vec<Case> {
    let refs = ["RFC 8017 §8.2.2", "RFC 8017 §5.2.2"];
    let why = "A signature has exactly the modulus's number of octets and is less than it.";
    let genuine = |input: &[u8]| signing::sign("rsa", "RS256", input);
    let n = || signing::number("rsa", "n");
    type Change = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
    let changes: Vec<(&str, Change)> = vec![
        ("empty", Box::new(|_| Vec::new())),
        ("one-octet", Box::new(|_| vec![1])),
        ("zero", Box::new(|signature| vec![0; signature.len()])),
        ("one", Box::new(move |signature| signing::fixed(&BigUint::from(1u8), signature.len()))),
        ("modulus", Box::new(move |signature| signing::fixed(&n(), signature.len()))),
        (
            "modulus-minus-one",
            Box::new(move |signature| signing::fixed(&(n() - 1u8), signature.len())),
        ),
        ("all-ones", Box::new(|signature| vec![0xff; signature.len()])),
        ("octet-before", Box::new(|signature| [vec![0], signature].concat())),
        ("octet-after", Box::new(|signature| [signature, vec![0]].concat())),
        ("last-octet-cut", Box::new(|signature| signature[..signature.len() - 1].to_vec())),
        ("reversed", Box::new(|signature| signature.into_iter().rev().collect())),
        ("twice", Box::new(|signature| [signature.clone(), signature].concat())),
        (
            "negative",
            Box::new(move |signature| {
                signing::fixed(&(n() - BigUint::from_bytes_be(&signature)), 256)
            }),
        ),
    ];
    let mut cases: Vec<Case> = changes
        .into_iter()
        .map(|(id, change)| {
            case(format!("rsa-signature-{id}"), format!("The signature: {id}"), why, &refs)
                .cves(&["CVE-2020-13757", "CVE-2020-14967"])
                .key("rsa", "RS256")
                .signer(move |input| change(genuine(input)))
                .error("invalid_signature")
        })
        .collect();
    let plus = search::RSA_PLUS_MODULUS_FITS;
    let short = search::RSA_LEADING_ZERO;
    cases.extend([
        case("rsa-signature-plus-modulus", "The modulus is added to the signature", why, &refs)
            .cves(&["CVE-2020-13757", "CVE-2020-14967"])
            .key("rsa", "RS256")
            .claims(json!({ "jti": plus.to_string() }))
            .signer(move |input| {
                let signature = BigUint::from_bytes_be(&genuine(input));
                signing::fixed(&(signature + n()), 256)
            })
            .error("invalid_signature"),
        case("rsa-signature-zero-dropped", "A leading zero octet is dropped", why, &refs)
            .key("rsa", "RS256")
            .claims(json!({ "jti": short.to_string() }))
            .signer(move |input| {
                let signature = genuine(input);
                assert_eq!(signature[0], 0);
                signature[1..].to_vec()
            })
            .error("invalid_signature"),
        case("rsa-signature-other-key", "Another key signed", why, &refs)
            .key("rsa", "RS256")
            .signer(|input| signing::sign("rsa-other", "RS256", input))
            .error("invalid_signature"),
        case("rsa-signature-other-key-pss", "Another key signed, PSS", why, &refs)
            .key("rsa", "PS256")
            .signer(|input| signing::sign("rsa-other", "PS256", input))
            .error("invalid_signature"),
        case("rsa-signature-pss-zero", "Zeros as PSS signature", why, &refs)
            .key("rsa", "PS256")
            .signature(vec![0; 256])
            .error("invalid_signature"),
        case("rsa-signature-pss-empty", "Nothing as PSS signature", why, &refs)
            .key("rsa", "PS256")
            .signature(Vec::new())
            .error("invalid_signature"),
    ]);
    cases
}

fn weak_keys() -> Vec<Case> {
    let refs = ["RFC 7518 §3.3", "RFC 8725 §3.4", "RFC 8725 §3.5"];
    let why = "The signature is valid, but such a key can be broken.";
    let even_exponent = keys::public_with("rsa", json!({ "e": "AQAC" }));
    let keys: Vec<(&str, &str, Value, &str, &[&str])> = vec![
        ("rsa-1024", "1024 bits", keys::public("rsa-1024"), "weak_key", &[]),
        ("rsa-2047", "2047 bits", keys::public("rsa-2047"), "weak_key", &[]),
        (
            "rsa-e1",
            "the exponent 1",
            keys::public("rsa-e1"),
            "weak_key",
            &["CVE-2006-4339", "CVE-2014-1568"],
        ),
        ("rsa-e3", "the exponent 3", keys::public("rsa-e3"), "weak_key", &["CVE-2006-4339"]),
        ("rsa-e65535", "the exponent 65535", keys::public("rsa-e65535"), "weak_key", &[]),
        (
            "rsa-roca",
            "the ROCA fingerprint",
            keys::public("rsa-roca"),
            "weak_key",
            &["CVE-2017-15361"],
        ),
        ("rsa-8193", "8193 bits", keys::public("rsa-8193"), "invalid_key", &[]),
        ("rsa-even", "an even modulus", keys::public("rsa-even"), "invalid_key", &[]),
        ("rsa", "an even exponent", even_exponent, "invalid_key", &[]),
    ];
    let mut cases = Vec::new();
    for (name, what, jwk, reason, cves) in keys {
        let id = format!("rsa-key-{}", what.trim_start_matches("the ").trim_start_matches("an "));
        let id = id.replace(' ', "-").to_lowercase();
        cases.push(
            case(&id, format!("A key of {what}"), why, &refs)
                .cves(cves)
                .key(name, "RS256")
                .keys([jwk.clone()])
                .skipped(&[(0, reason)])
                .error("unknown_key"),
        );
        if ["rsa-2047", "rsa-roca", "rsa-e3"].contains(&name) {
            cases.push(
                case(format!("{id}-no-kid"), format!("A key of {what}, no kid"), why, &refs)
                    .cves(cves)
                    .key(name, "PS256")
                    .header(r#"{"alg":"PS256"}"#)
                    .keys([jwk])
                    .skipped(&[(0, reason)])
                    .error("unknown_key"),
            );
        }
    }
    cases
}

fn right() -> Vec<Case> {
    let refs = ["RFC 7518 §3.3", "RFC 7518 §3.5"];
    let why = "A valid signature by a strong key.";
    let mut cases = Vec::new();
    for (key, algorithm) in [
        ("rsa", "RS256"),
        ("rsa", "RS384"),
        ("rsa", "RS512"),
        ("rsa", "PS256"),
        ("rsa", "PS384"),
        ("rsa", "PS512"),
        ("rsa-2049", "RS256"),
        ("rsa-2049", "PS256"),
        ("rsa-2049", "PS512"),
        ("rsa-3072", "RS384"),
        ("rsa-3072", "PS512"),
        ("rsa-4096", "RS512"),
        ("rsa-4096", "PS256"),
        ("rsa-8192", "RS256"),
        ("rsa-8192", "PS384"),
        ("rsa-e65539", "RS256"),
        ("rsa-e65539", "PS256"),
        ("rsa-other", "RS256"),
        ("rsa-other", "PS256"),
        ("rfc7515-a2", "RS256"),
    ] {
        let id = format!("rsa-good-{key}-{}", algorithm.to_lowercase());
        let case = case(id, format!("{algorithm} by {key}"), why, &refs).key(key, algorithm);
        let case = match key {
            "rsa-8192" => case.requires("RSA-8192"),
            "rsa-e65539" => case.requires("RSA-exponent"),
            _ => case,
        };
        cases.push(case.valid());
    }
    let short = search::RSA_LEADING_ZERO;
    let modulus = keys::encode([vec![0], keys::octets("rsa", "n")].concat());
    cases.extend([
        case(
            "rsa-good-leading-zero-signature",
            "A signature that begins with a zero octet",
            why,
            &refs,
        )
        .key("rsa", "RS256")
        .claims(json!({ "jti": short.to_string() }))
        .valid(),
        case(
            "rsa-good-leading-zero-modulus",
            "A modulus that begins with a zero octet",
            why,
            &refs,
        )
        .key("rsa", "RS256")
        .keys([keys::public_with("rsa", json!({ "n": modulus }))])
        .valid(),
        case(
            "rsa-good-leading-zero-modulus-pss",
            "A modulus that begins with a zero octet, PSS",
            why,
            &refs,
        )
        .key("rsa", "PS256")
        .keys([keys::public_with("rsa", json!({ "n": modulus }))])
        .valid(),
        case("rsa-good-fresh-claims", "Two keys of one size and no kid", why, &refs)
            .key("rsa", "RS256")
            .header(r#"{"alg":"RS256"}"#)
            .keys([keys::nameless("rsa-other"), keys::nameless("rsa")])
            .valid(),
        case("rsa-good-beside-weak", "A valid key together with weak ones", why, &refs)
            .key("rsa", "PS256")
            .header(r#"{"alg":"PS256"}"#)
            .keys(
                ["rsa-1024", "rsa-2047", "rsa-e3", "rsa-roca", "rsa-even", "rsa"].map(keys::public),
            )
            .skipped(&[
                (0, "weak_key"),
                (1, "weak_key"),
                (2, "weak_key"),
                (3, "weak_key"),
                (4, "invalid_key"),
            ])
            .valid(),
    ]);
    cases
}
