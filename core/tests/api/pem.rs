//! Public keys in PEM and DER, and everything that is not one.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic
)]
#![cfg(all(feature = "ring", feature = "pem"))]

use verijot::crypto::KeyMaterial;
use verijot::crypto::ring::PROVIDER;
use verijot::keys::{KeyProblem, UnusableKey};
use verijot::{Algorithm, AlgorithmSet, JwkSet, Key};

const P256: &str = include_str!("../keys/ec-p-256.pem");
const RSA: &str = include_str!("../keys/rsa-2048.pem");

fn problem(pem: &str, algorithms: impl Into<AlgorithmSet>) -> KeyProblem {
    Key::from_pem(pem, algorithms, PROVIDER).unwrap_err().problem()
}

#[test]
fn public_keys_are_read() {
    for (pem, algorithm, kind) in [
        (RSA, Algorithm::Rs256, "RSA 2048 bits"),
        (include_str!("../keys/rsa-2048-pkcs1.pem"), Algorithm::Ps512, "RSA 2048 bits"),
        (P256, Algorithm::Es256, "EC P-256"),
        (include_str!("../keys/ec-p-384.pem"), Algorithm::Es384, "EC P-384"),
        (include_str!("../keys/ed25519.pem"), Algorithm::EdDsa, "OKP Ed25519"),
    ] {
        let key = Key::from_pem(pem, algorithm, PROVIDER).unwrap();
        assert_eq!(key.kind().to_string(), kind);
        assert_eq!(key.kind().key_type(), kind.split(' ').next().unwrap());
        assert_eq!(key.algorithms(), algorithm.into());
        assert_eq!(key.id(), None);
        assert_eq!(key.with_id("a").id(), Some("a"));
    }
    let both = Key::from_pem(RSA, [Algorithm::Rs256, Algorithm::Ps256], PROVIDER).unwrap();
    assert_eq!(both.algorithms().to_string(), "RS256, PS256");
}

#[test]
fn line_breaks_and_surrounding_whitespace_do_not_matter() {
    for pem in [P256.replace('\n', "\r\n"), format!("\n\n{P256}\n  "), P256.trim().to_owned()] {
        Key::from_pem(&pem, Algorithm::Es256, PROVIDER).unwrap();
    }
}

#[test]
fn the_algorithms_must_fit_the_key() {
    assert_eq!(problem(RSA, Algorithm::Hs256), KeyProblem::UnsupportedAlgorithm);
    assert_eq!(problem(RSA, Algorithm::Es256), KeyProblem::UnsupportedAlgorithm);
    assert_eq!(problem(P256, Algorithm::Es384), KeyProblem::UnsupportedAlgorithm);
    assert_eq!(problem(P256, AlgorithmSet::EMPTY), KeyProblem::UnsupportedAlgorithm);
    assert_eq!(
        problem(P256, [Algorithm::Es256, Algorithm::Rs256]),
        KeyProblem::UnsupportedAlgorithm
    );
    // ring does not support the curve.
    let p521 = include_str!("../keys/ec-p-521.pem");
    assert_eq!(problem(p521, Algorithm::Es512), KeyProblem::UnsupportedAlgorithm);
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn p521_is_read_with_a_provider_that_has_it() {
    let provider = verijot::crypto::aws_lc_rs::PROVIDER;
    let pem = include_str!("../keys/ec-p-521.pem");
    let key = Key::from_pem(pem, Algorithm::Es512, provider).unwrap();
    assert_eq!(key.kind().to_string(), "EC P-521");
}

#[test]
fn text_that_is_not_a_public_key_has_a_reason() {
    let rs256 = Algorithm::Rs256;
    for (pem, expected) in [
        (include_str!("../keys/rsa-1024.pem"), KeyProblem::WeakKey),
        (include_str!("../keys/private-ed25519.pem"), KeyProblem::PrivateKeyMaterial),
        (include_str!("../keys/ec-secp256k1.pem"), KeyProblem::UnsupportedCurve),
        (include_str!("../keys/x25519.pem"), KeyProblem::UnsupportedCurve),
        ("", KeyProblem::MalformedKey),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", KeyProblem::MalformedKey),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", KeyProblem::MalformedKey),
        ("-----BEGIN SECRET-----\nAAAA\n-----END SECRET-----\n", KeyProblem::MalformedKey),
    ] {
        assert_eq!(problem(pem, rs256), expected, "{pem}");
    }
}

#[test]
fn damaged_keys_are_refused_and_never_panic() {
    let (_, der) = pem_rfc7468::decode_vec(P256.as_bytes()).unwrap();
    for length in 0..der.len() {
        assert!(Key::from_der(&der[..length], Algorithm::Es256, PROVIDER).is_err());
    }
    for position in 0..der.len() {
        for bit in 0..8 {
            let mut damaged = der.clone();
            damaged[position] ^= 1 << bit;
            let read = Key::from_der(&damaged, Algorithm::Es256, PROVIDER);
            assert!(read.is_err(), "bit {bit} of octet {position}");
        }
    }
}

#[test]
fn a_key_with_an_id_verifies_no_other_kid() {
    let token = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImIifQ.e30.AAAA";
    let verdict = |key: Key| {
        let verifier = verijot::Verifier::new(verijot::Policy::new(
            verijot::Issuers::any(),
            verijot::Audiences::any(),
        ));
        verifier.unwrap().verify_jws(token, &JwkSet::from_keys([key])).unwrap_err().code()
    };
    let key = || Key::from_pem(P256, Algorithm::Es256, PROVIDER).unwrap();
    assert_eq!(verdict(key()), "invalid_signature");
    assert_eq!(verdict(key().with_id("b")), "invalid_signature");
    assert_eq!(verdict(key().with_id("a")), "unknown_key");
}

#[test]
fn debug_shows_no_numbers() {
    let key = Key::from_secret(&[0x41; 32], Algorithm::Hs256, PROVIDER).unwrap();
    let debug = format!("{key:?}");
    assert!(!debug.contains("AAAA") && !debug.contains("65"), "{debug}");
}

#[test]
fn an_edwards_key_has_no_parameters() {
    let (_, der) = pem_rfc7468::decode_vec(include_bytes!("../keys/ed25519.pem")).unwrap();
    // SEQUENCE { SEQUENCE { OID } BIT STRING } becomes SEQUENCE { SEQUENCE { OID NULL } … }.
    let (front, key) = der.split_at(9);
    let mut with_null = [front, &[5, 0], key].concat();
    with_null[1] += 2;
    with_null[3] += 2;
    let error = Key::from_der(&with_null, Algorithm::EdDsa, PROVIDER).unwrap_err();
    assert_eq!(error.to_string(), "malformed_key: the Ed25519 key has parameters (RFC 8410 §3)");
    assert!(Key::from_der(&der, Algorithm::EdDsa, PROVIDER).is_ok());
}

#[test]
fn an_rsa_key_has_no_parameters_but_null() {
    let (_, der) = pem_rfc7468::decode_vec(include_bytes!("../keys/rsa-2048.pem")).unwrap();
    let null = der.windows(2).position(|part| part == [5, 0]).unwrap();
    let mut other = der.clone();
    other[null] = 0xe3;
    let error = Key::from_der(&other, Algorithm::Rs256, PROVIDER).unwrap_err();
    assert_eq!(
        error.to_string(),
        "malformed_key: the RSA key's parameters are not NULL (RFC 3279 §2.3.1)"
    );
    // SEQUENCE { SEQUENCE { OID NULL } … } becomes SEQUENCE { SEQUENCE { OID } … }.
    let mut without = der.clone();
    without.drain(null..null + 2);
    let length = u16::from_be_bytes([without[2], without[3]]) - 2;
    without[2..4].copy_from_slice(&length.to_be_bytes());
    without[5] -= 2;
    assert!(Key::from_der(&without, Algorithm::Rs256, PROVIDER).is_err());
    assert!(Key::from_der(&der, Algorithm::Rs256, PROVIDER).is_ok());
}

#[test]
fn what_is_often_mistaken_for_a_public_key_gets_advice() {
    let (_, rsa) = pem_rfc7468::decode_vec(RSA.as_bytes()).unwrap();
    // id-RSASSA-PSS follows rsaEncryption in PKCS#1's arc (RFC 8017 §A.2).
    let arc = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    let place = rsa.windows(arc.len()).position(|window| window == arc).unwrap() + arc.len();
    let mut pss = rsa;
    assert_eq!(std::mem::replace(&mut pss[place], 10), 1);
    for (read, advice) in [
        (Key::from_der(&pss, Algorithm::Ps256, PROVIDER), "encode it as a plain RSA key"),
        (
            Key::from_pem(include_str!("../keys/x25519.pem"), Algorithm::EdDsa, PROVIDER),
            "the only supported Edwards curve is Ed25519",
        ),
    ] {
        let error = read.unwrap_err();
        assert!(error.detail().contains(advice), "{error}");
    }
}

#[test]
fn whitespace_inside_a_block_does_not_matter() {
    let lines = P256.lines().collect::<Vec<_>>();
    let body = lines[1..lines.len() - 1].concat();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let narrow = body.as_bytes().chunks(7).map(|part| std::str::from_utf8(part).unwrap());
    for pem in [
        format!("{first}\n{body}\n{last}"),
        format!("{first} {body} {last}"),
        format!("{first}\n{}\n{last}\n", narrow.collect::<Vec<_>>().join("\n")),
        P256.replace('\n', " \n"),
        P256.replace('\n', "\t\r\n"),
        P256.replace('\n', "\n\n"),
        format!("    {}", P256.replace('\n', "\n    ")),
        format!("subject=/CN=a\n{P256}behind it\n"),
        P256.replace("==\n", "=\n=\n"),
    ] {
        assert!(Key::from_pem(&pem, Algorithm::Es256, PROVIDER).is_ok(), "{pem}");
    }
}

#[test]
fn text_that_is_not_pem_is_identified() {
    let certificate = include_str!("../keys/certificate.pem");
    for (pem, reason) in [
        (format!("{P256}{P256}"), "two PEM blocks"),
        (format!("{certificate}{certificate}"), "two PEM blocks"),
        (P256.replace('\n', "\\n"), "a backslash and an n instead of line breaks"),
        (P256.replace('\n', "\\r\\n"), "a backslash and an n instead of line breaks"),
        (format!("\u{feff}{P256}"), "a byte order mark"),
        (String::from(r#" {"kty":"EC"}"#), "the text is JSON, not PEM"),
        (String::from("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 a@b"), "an OpenSSH public key"),
        (String::from("ecdsa-sha2-nistp256 AAAAE2VjZHNh a@b"), "an OpenSSH public key"),
        (String::from("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"), "no PEM block"),
        (P256.replace("-----END PUBLIC KEY-----", ""), "not a PEM block"),
        (P256.replace("END PUBLIC KEY", "END RSA PUBLIC KEY"), "not a PEM block"),
        (P256.replace("KEY-----\nM", "KEY-----\nVersion: 1\nM"), "not a PEM block"),
        (P256.replace('M', "-"), "not a PEM block"),
        (P256.replace("==", ""), "not a PEM block"),
        (P256.replace('\n', "\u{a0}\n"), "not a PEM block"),
    ] {
        let error = Key::from_pem(&pem, Algorithm::Es256, PROVIDER).unwrap_err();
        assert_eq!(error.problem(), KeyProblem::MalformedKey);
        assert!(error.detail().contains(reason), "{pem}: {error}");
    }
}

#[test]
fn compressed_points_are_the_same_keys() {
    let compressed = include_str!("../keys/ec-p-256-compressed.pem");
    let key = Key::from_pem(compressed, Algorithm::Es256, PROVIDER).unwrap();
    assert_eq!(key.kind().to_string(), "EC P-256");
    let (_, whole) = pem_rfc7468::decode_vec(P256.as_bytes()).unwrap();
    // SEQUENCE { SEQUENCE { … } BIT STRING }: 26 octets before the point's first.
    let (front, point) = whole.split_at(26);
    let (x, y) = point[1..].split_at(32);
    let sign = |sign: u8| {
        let mut short = [front, &[sign], x].concat();
        short[1] -= 32;
        short[24] -= 32;
        Key::from_der(&short, Algorithm::Es256, PROVIDER)
    };
    let odd = y[31] & 1;
    // It is the same key, so a set has it only once.
    let same = |other: Key| {
        let whole = Key::from_der(&whole, Algorithm::Es256, PROVIDER).unwrap();
        JwkSet::from_keys([whole.with_id("a"), other.with_id("a")]).keys().len() == 1
    };
    assert!(same(sign(2 + odd).unwrap()));
    assert!(!same(sign(3 - odd).unwrap()));
    assert_eq!(sign(5).unwrap_err().problem(), KeyProblem::MalformedKey);
    assert_eq!(sign(4).unwrap_err().problem(), KeyProblem::MalformedKey);
    // x = 5 has no point.
    let mut nowhere = [front, &[2], &[0; 31], &[1]].concat();
    nowhere[1] -= 32;
    nowhere[24] -= 32;
    let problem = |last: u8| {
        let mut der = nowhere.clone();
        *der.last_mut().unwrap() = last;
        Key::from_der(&der, Algorithm::Es256, PROVIDER).err().map(UnusableKey::problem)
    };
    let problems = (0..=u8::MAX).map(problem).collect::<Vec<_>>();
    assert!(problems.contains(&None) && problems.contains(&Some(KeyProblem::InvalidKey)));
}

#[test]
fn the_key_of_a_certificate_is_used() {
    let pem = include_str!("../keys/certificate.pem");
    let (_, der) = pem_rfc7468::decode_vec(pem.as_bytes()).unwrap();
    let algorithm = Algorithm::Rs256;
    for key in [
        Key::from_pem(pem, algorithm, PROVIDER),
        Key::from_certificate_pem(pem, algorithm, PROVIDER),
        Key::from_certificate_der(&der, algorithm, PROVIDER),
    ] {
        assert_eq!(key.unwrap().kind().to_string(), "RSA 2048 bits");
    }
    let detail = |result: Result<Key, UnusableKey>| result.unwrap_err().to_string();
    assert_eq!(
        detail(Key::from_certificate_pem(P256, algorithm, PROVIDER)),
        "malformed_key: the PEM block is not a CERTIFICATE"
    );
    assert_eq!(
        detail(Key::from_certificate_der(b"0", algorithm, PROVIDER)),
        "malformed_key: not an X.509 certificate in DER"
    );
    for length in 0..der.len() {
        assert!(Key::from_certificate_der(&der[..length], algorithm, PROVIDER).is_err());
    }
    assert!(Key::from_certificate_der(&[&der[..], &[0]].concat(), algorithm, PROVIDER).is_err());
}

#[test]
fn a_public_key_is_refused_as_a_secret() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#;
    for text in [P256, include_str!("../keys/certificate.pem"), jwk] {
        let named = Key::from_secret(text.as_bytes(), Algorithm::Hs256, PROVIDER).unwrap_err();
        let every = Key::from_secret_for_every_hash(text.as_bytes(), PROVIDER).unwrap_err();
        assert_eq!((named.problem(), every), (KeyProblem::MalformedKey, named));
        let source = verijot::issuer::KeySource::secret(text, Algorithm::Hs256).unwrap_err();
        assert!(source.to_string().starts_with("invalid_key_source: malformed_key: "), "{source}");
    }
}

#[test]
fn an_rsa_key_is_read_without_armor() {
    let read = |der: &[u8], algorithm| Key::from_pkcs1_der(der, algorithm, PROVIDER);
    let (_, der) = pem_rfc7468::decode_vec(include_bytes!("../keys/rsa-2048-pkcs1.pem")).unwrap();
    let key = read(&der, Algorithm::Rs256).unwrap();
    assert_eq!(key.algorithms(), Algorithm::Rs256.into());
    let Some(KeyMaterial::Rsa { modulus, exponent }) = key.material() else { panic!("{key:?}") };
    assert_eq!((modulus.len(), exponent), (256, &[1, 0, 1][..]));
    assert!(der.windows(256).any(|octets| octets == modulus));
    let problem = |result: Result<Key, UnusableKey>| result.unwrap_err().problem();
    assert_eq!(problem(read(&der[1..], Algorithm::Rs256)), KeyProblem::MalformedKey);
    let longer = [&der, &b"\0"[..]].concat();
    assert_eq!(problem(read(&longer, Algorithm::Rs256)), KeyProblem::MalformedKey);
    assert_eq!(problem(read(&der, Algorithm::Es256)), KeyProblem::UnsupportedAlgorithm);
    let (_, info) = pem_rfc7468::decode_vec(RSA.as_bytes()).unwrap();
    assert_eq!(problem(read(&info, Algorithm::Rs256)), KeyProblem::MalformedKey);
}
