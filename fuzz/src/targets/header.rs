//! Any octets as a JOSE header, compared with `serde_json` and the model's rules: both accept them
//! with equal values, or both refuse them with one code.

use std::sync::LazyLock;

use verijot::{Algorithm, Audiences, Header, Issuers, JwkSet, Key, Policy, UnixTime, Verifier};

use crate::invariants;
use crate::model::header::Header as Model;
use crate::oracle::json::{Json, Refusal};
use crate::oracle::{base64url, signature};

/// Runs an input.
pub fn run(data: &[u8]) {
    let input = format!("{}.e30", base64url::encode(data));
    let tag = signature::hmac(&SECRET, "HS256", input.as_bytes()).expect("HMAC");
    let token = format!("{input}.{}", base64url::encode(&tag));
    if token.len() > 16_384 {
        return;
    }
    let (verifier, keys) = &*FIXED;
    let now = UnixTime::from_seconds(0);
    let verdict = verifier.verify(&token, keys, now);
    // The set may cache the header now.
    let again = verifier.verify(&token, keys, now);
    assert_eq!(again.as_ref().err(), verdict.as_ref().err());
    if let Err(error) = &verdict {
        invariants::of_error(error, token.as_bytes());
    }
    // Only the strict parser refuses duplicates and depth.
    if let (Err(Refusal::Ours { too_deep, name_twice }), Err(error)) =
        (Json::parse_strict(data), &verdict)
    {
        let message = error.message();
        // Too many members are reported before a duplicate name among them.
        let is_told = too_deep && message.contains("deeper")
            || name_twice && (message.contains("twice") || message.contains("too many members"));
        assert!(is_told, "{message}");
    }
    let expected = match Model::read(data) {
        Err((code, _)) => {
            assert_eq!(verdict.expect_err("the model refuses it").code(), code);
            assert_eq!(verifier.open(token.as_bytes()).expect_err("the same").code(), code);
            return;
        }
        Ok(expected) => expected,
    };
    match verifier.open(token.as_bytes()) {
        Ok(opened) => {
            assert!(Algorithm::from_name(&expected.alg).is_some());
            compare(opened.header(), &expected, data);
        }
        Err(error) => {
            assert_eq!(error.code(), "algorithm_not_allowed");
            assert_eq!(Algorithm::from_name(&expected.alg), None);
        }
    }
    match &verdict {
        Ok(verified) => {
            assert_eq!(expected.alg, "HS256");
            compare(verified.header(), &expected, data);
            compare(again.expect("the same").header(), &expected, data);
        }
        Err(error) => {
            assert_eq!(error.code(), "algorithm_not_allowed");
            assert_ne!(expected.alg, "HS256");
        }
    }
}

fn compare(header: &Header, expected: &Model, data: &[u8]) {
    assert_eq!(header.json().as_bytes(), data);
    assert_eq!(header.algorithm_name(), expected.alg);
    assert_eq!(header.key_id(), expected.kid.as_deref());
    assert_eq!(header.token_type(), expected.typ.as_deref());
    assert_eq!(header.content_type(), expected.cty.as_deref());
}

static FIXED: LazyLock<(Verifier, JwkSet)> = LazyLock::new(|| {
    let policy = Policy::new(Issuers::any(), Audiences::any()).any_type().allow_missing_expiry();
    let provider = verijot::crypto::ring::PROVIDER;
    let key = Key::from_secret(&SECRET, Algorithm::Hs256, provider).expect("long enough");
    (Verifier::new(policy).expect("sound"), JwkSet::from_keys([key]))
});

const SECRET: [u8; 32] = [7; 32];
