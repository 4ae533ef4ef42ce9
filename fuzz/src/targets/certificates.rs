//! Maps of `kid` and certificate from any text, certificates from any DER, and sets whose keys have
//! thumbprints of certificates: both providers agree, each key is found again, and no other.

use serde_json::{Map, Value, json};
use verijot::crypto::{CryptoProvider, KeyMaterial, aws_lc_rs, ring};
use verijot::verify::Asked;
use verijot::{
    Algorithm, AlgorithmSet, Audiences, Error, Issuers, JwkSet, JwkSetParser, Key, Policy, Verifier,
};

use crate::choices::Choices;
use crate::model::case;
use crate::model::keys::{self, KeySet};
use crate::oracle::base64url;
use crate::oracle::json::Json;
use crate::{invariants, later, signing};

/// Runs an input: an octet selects the kind, the next the algorithms.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let kind = choices.below(3);
    let algorithms = choices.pick(&[
        AlgorithmSet::RSA,
        AlgorithmSet::ASYMMETRIC,
        AlgorithmSet::from(Algorithm::Es256),
        AlgorithmSet::EMPTY,
        AlgorithmSet::ALL,
        AlgorithmSet::SYMMETRIC,
    ]);
    match kind {
        0 => map(choices.rest(), algorithms),
        1 => der(choices.rest(), algorithms),
        _ => thumbprints(&mut choices),
    }
}

fn map(text: &[u8], algorithms: AlgorithmSet) {
    let parser = |provider: &'static dyn CryptoProvider| {
        JwkSetParser::new(provider).certificate_map(algorithms)
    };
    let read = parser(ring::PROVIDER).parse(text);
    let shown = |set: &JwkSet| format!("{:?} {:?}", set.keys(), set.skipped());
    if !algorithms.contains(Algorithm::Es512) {
        let other = parser(aws_lc_rs::PROVIDER).parse(text);
        assert_eq!(other.as_ref().map(shown), read.as_ref().map(shown), "the providers differ");
    }
    let members = Json::parse_strict(text);
    let set = match (read, members.as_ref()) {
        (Ok(set), Ok(members)) => {
            assert!(members.len() <= 100);
            set
        }
        (Ok(_), Err(_)) => panic!("taken, but not strict JSON"),
        (Err(error), members) => {
            assert!(["malformed_jwks", "jwks_too_large"].contains(&error.code()), "{error}");
            let is_set = |members: &Vec<(String, Json)>| {
                members.iter().any(|(name, it)| name == "keys" && it.elements().is_some())
            };
            let is_wrong = members.map_or(true, |members| is_set(members) || members.len() > 100);
            assert!(is_wrong || text.len() > 262_144, "{error}");
            return;
        }
    };
    let members = members.expect("as above");
    assert_eq!(set.keys().len() + set.skipped().len(), members.len());
    let later = parser(&later::PROVIDER).parse(text).expect("as with ring");
    for (index, (kid, value)) in members.iter().enumerate() {
        let alone = value.text().map(|pem| Key::from_pem(pem, algorithms, ring::PROVIDER));
        let skipped = set.skipped().iter().find(|key| key.index() == index);
        let found = set.keys().iter().find(|key| key.id() == Some(kid));
        assert!(set.knows_id(kid), "{kid}");
        match (alone, skipped, found) {
            (Some(Ok(alone)), None, Some(key)) => {
                assert_eq!((alone.kind(), alone.algorithms()), (key.kind(), key.algorithms()));
                assert_eq!(key.algorithms(), algorithms.intersection(ring::PROVIDER.algorithms()));
            }
            (Some(Err(reason)), Some(key), None) => {
                assert_eq!((key.id(), key.reason()), (Some(&**kid), reason));
            }
            (None, Some(key), None) => assert_eq!(key.reason().code(), "malformed_key"),
            other => panic!("{kid}: {other:?}"),
        }
        let Some(algorithm) = algorithms.iter().next() else { continue };
        let header = json!({ "alg": algorithm.name(), "kid": kid });
        match candidates(&header, algorithm, &later) {
            Ok(found) => assert_eq!(found, [Some(kid.clone())]),
            // Its key is skipped, or the header has more than a header may have.
            Err(error) => {
                let is_skipped = later.skipped().iter().any(|key| key.index() == index);
                let codes =
                    ["unknown_key", "algorithm_mismatch", "malformed_header", "token_too_large"];
                assert!(codes.contains(&error.code()), "{error}");
                assert!(is_skipped || kid.len() > 256, "{error}: {kid}");
            }
        }
    }
}

/// The same octets as DER, in PEM, and in a map.
fn der(der: &[u8], algorithms: AlgorithmSet) {
    // PEM without octets is no block (RFC 7468 §3).
    if der.is_empty() {
        return;
    }
    let alone = Key::from_certificate_der(der, algorithms, ring::PROVIDER);
    let body = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, der);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let in_pem = Key::from_certificate_pem(&pem, algorithms, ring::PROVIDER);
    let facts = |key: &Key| (key.kind(), key.algorithms(), numbers(key));
    assert_eq!(in_pem.as_ref().map(facts), alone.as_ref().map(facts));
    assert_eq!(in_pem.as_ref().err(), alone.as_ref().err());
    let text = json!({ "a": pem, "b": pem }).to_string();
    let parser = JwkSetParser::new(ring::PROVIDER).certificate_map(algorithms);
    let set = parser.parse(text).expect("a map");
    match alone {
        Ok(alone) => {
            assert_eq!(set.keys().iter().map(facts).collect::<Vec<_>>(), vec![facts(&alone); 2]);
        }
        Err(reason) => assert!(set.skipped().iter().all(|key| key.reason() == reason)),
    }
}

fn numbers(key: &Key) -> Vec<Vec<u8>> {
    match key.material() {
        Some(KeyMaterial::Rsa { modulus, exponent }) => vec![modulus.to_vec(), exponent.to_vec()],
        Some(KeyMaterial::EllipticCurve { x, y, .. }) => vec![x.to_vec(), y.to_vec()],
        Some(KeyMaterial::Ed25519 { x }) => vec![x.to_vec()],
        _ => panic!("a certificate with another key"),
    }
}

/// A set with `x5t` and `x5t#S256`, and a header that names some: the model's keys are tried.
fn thumbprints(choices: &mut Choices<'_>) {
    let jwks = (0..choices.below(MOST_KEYS + 1)).map(|_| {
        let mut jwk = signing::jwk(choices.pick(&KEYS));
        jwk.remove("kid");
        name(choices, &mut jwk);
        Value::Object(jwk)
    });
    let jwks = jwks.collect::<Vec<_>>();
    let mut header = Map::new();
    name(choices, &mut header);
    let algorithm = choices.pick(&[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256]);
    header.insert(String::from("alg"), json!(algorithm.name()));
    let text = json!({ "keys": jwks }).to_string();
    let set = JwkSetParser::new(&later::PROVIDER).parse(&text).expect("a set");
    invariants::of_keys(&set, text.as_bytes());
    let found = candidates(&Value::Object(header.clone()), algorithm, &set);
    let model = KeySet::parse(text.as_bytes(), &case::Policy::default(), &[], &keys::ALL);
    let Ok(model) = model else { panic!("the model cannot read {text}") };
    let member = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
    let kid = header.get("kid");
    if kid.is_some_and(|kid| !kid.is_string()) {
        assert_eq!(found.expect_err("kid").code(), "malformed_header");
        return;
    }
    let kid = kid.and_then(Value::as_str);
    let named = ["x5t", "x5t#S256"].map(member);
    match (found, model.candidates(kid, &named, algorithm.name())) {
        (Ok(found), Ok(expected)) => {
            let expected = expected.iter().map(|key| key.kid.clone()).collect::<Vec<_>>();
            assert_eq!(found, expected, "{text} {header:?}");
        }
        (Err(error), Err((code, _))) => assert_eq!(error.code(), code, "{text} {header:?}"),
        (Ok(found), Err(expected)) => panic!("{found:?}, not {expected:?}: {text} {header:?}"),
        (Err(error), Ok(_)) => panic!("{error}: {text} {header:?}"),
    }
}

/// Gives a key or a header some of the names that select keys.
fn name(choices: &mut Choices<'_>, object: &mut Map<String, Value>) {
    for member in ["kid", "x5t", "x5t#S256"] {
        let value = match choices.below(5) {
            0 | 1 => continue,
            2 => json!("a"),
            3 => json!("b"),
            _ => choices.pick(&[json!(""), json!(null), json!(7), json!("A")]),
        };
        object.insert(member.to_owned(), value);
    }
}

/// The ids of the keys that a token with this header is tried with.
fn candidates(
    header: &Value,
    algorithm: Algorithm,
    keys: &JwkSet,
) -> Result<Vec<Option<String>>, Error> {
    let policy = Policy::new(Issuers::any(), Audiences::any()).algorithms(AlgorithmSet::ALL);
    let policy = policy.any_type().allow_missing_expiry();
    let verifier = Verifier::new(policy).expect("sound");
    let length = match algorithm {
        Algorithm::Es384 => 96,
        Algorithm::Es512 => 132,
        Algorithm::Es256 | Algorithm::EdDsa => 64,
        _ => {
            // Nobody is asked about a signature of another length than the key's.
            let kid = header.get("kid").and_then(Value::as_str);
            let named = keys.keys().iter().find(|key| kid.is_some() && key.id() == kid);
            match named.and_then(Key::material) {
                Some(KeyMaterial::Rsa { modulus, .. }) => modulus.len(),
                _ => 256,
            }
        }
    };
    let signature = base64url::encode(&vec![1; length]);
    let header = base64url::encode(header.to_string().as_bytes());
    match verifier.ask(format!("{header}.e30.{signature}"), keys)? {
        Asked::Waiting(question) => {
            let found = question.candidates().iter();
            Ok(found
                .map(|candidate| keys.keys()[candidate.position()].id().map(str::to_owned))
                .collect())
        }
        Asked::Settled(_) => panic!("settled without an answer"),
    }
}

const MOST_KEYS: usize = 7;

const KEYS: [&str; 3] = ["p256", "ed25519", "rsa"];
