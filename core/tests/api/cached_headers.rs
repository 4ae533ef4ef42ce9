//! A header that a key set caches saves work and does not change the verdict.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used)]

use crate::common::{keys, now, token_of, verifier, waived};
use verijot::{Algorithm, Policy};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT","kid":"k"}"#;

#[test]
fn a_cached_header_does_not_make_a_signature_valid() {
    let keys = keys();
    let verifier = verifier(waived());
    let token = token_of(HEADER, b"{}");
    assert!(verifier.verify(&token, &keys, now()).is_ok());
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", "A".repeat(43));
    for _ in 0..3 {
        assert_eq!(verifier.verify(&forged, &keys, now()).unwrap_err().code(), "invalid_signature");
        assert_eq!(verifier.verify(&token, &keys, now()).unwrap().header().json(), HEADER);
    }
}

#[test]
fn another_policy_checks_a_cached_header_again() {
    let keys = keys();
    let token = token_of(HEADER, b"{}");
    assert!(verifier(waived()).verify(&token, &keys, now()).is_ok());
    let code = |policy: Policy| {
        let refused = verifier(policy).verify(&token, &keys, now()).unwrap_err();
        refused.code()
    };
    assert_eq!(code(waived().types(["at+jwt"])), "unexpected_type");
    assert_eq!(code(waived().algorithms(Algorithm::Hs512)), "algorithm_not_allowed");
}

#[test]
fn headers_that_do_not_fit_the_cache_are_read_the_same() {
    let keys = keys();
    let verifier = verifier(waived());
    for round in 0..3 {
        for index in 0..20 {
            let header = format!(r#"{{"alg":"HS256","kid":"{index}"}}"#);
            let verified = verifier.verify(token_of(&header, b"{}"), &keys, now()).unwrap();
            assert_eq!(verified.header().json(), header, "round {round}");
            assert_eq!(verified.header().key_id(), Some(index.to_string().as_str()));
        }
    }
}
