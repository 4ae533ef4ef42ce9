//! Several issuers in one service: each token is verified only with its own issuer's policy and
//! keys.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use proptest::prelude::*;
use ring::hmac;
use verijot::crypto::default_provider;
use verijot::verify::VerifierSetError;
use verijot::{Algorithm, Audiences, Error, Issuers, JwkSet, Key, Policy, Verifier, VerifierSet};

use crate::common::now;

/// Each issuer of [`three`] has its own.
fn secret(issuer: &str) -> Vec<u8> {
    format!("the secret of {issuer}, long enough for HMAC").into_bytes()
}

fn keys(issuer: &str) -> JwkSet {
    let key = Key::from_secret(&secret(issuer), Algorithm::Hs256, default_provider());
    JwkSet::from_keys([key.unwrap()])
}

fn signed(signer: &str, header: &str, payload: &[u8]) -> String {
    let input = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret(signer));
    let tag = hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", BASE64URL.encode(tag))
}

const HEADER: &str = r#"{"alg":"HS256"}"#;

fn token(signer: &str, issuer: &str, audience: &str) -> String {
    let payload = format!(r#"{{"iss":"{issuer}","aud":"{audience}","exp":1700000100}}"#);
    signed(signer, HEADER, payload.as_bytes())
}

fn policy(issuer: &str, audience: &str) -> Policy {
    let policy = Policy::new(Issuers::only(issuer), Audiences::only(audience));
    policy.algorithms(Algorithm::Hs256)
}

/// The issuers a, b and c, each for an audience of its own.
fn three() -> VerifierSet<JwkSet> {
    let members = ["a", "b", "c"].map(|issuer| {
        let policy = policy(issuer, &format!("service-of-{issuer}"));
        (Verifier::new(policy).unwrap(), keys(issuer))
    });
    VerifierSet::new(members).unwrap()
}

fn code(result: Result<verijot::Verified, Error>) -> &'static str {
    match result {
        Ok(_) => "valid",
        Err(error) => error.code(),
    }
}

/// Both ways, which must agree.
fn verdict(set: &VerifierSet<JwkSet>, token: &str) -> &'static str {
    let at_once = code(set.verify(token, now()));
    let in_steps = code(set.open(token.as_bytes()).and_then(|chosen| {
        let keys = chosen.keys();
        chosen.verify(keys, now())
    }));
    assert_eq!(at_once, in_steps);
    at_once
}

#[test]
fn each_issuer_has_its_own_keys_and_policy() {
    let set = three();
    for issuer in ["a", "b", "c"] {
        assert_eq!(verdict(&set, &token(issuer, issuer, &format!("service-of-{issuer}"))), "valid");
        // Another's audience is none of this issuer's.
        assert_eq!(verdict(&set, &token(issuer, issuer, "service-of-d")), "wrong_audience");
        for other in ["a", "b", "c", "d"].into_iter().filter(|other| *other != issuer) {
            // A token that names another issuer is verified with that issuer's keys.
            let forged = token(other, issuer, &format!("service-of-{issuer}"));
            assert_eq!(verdict(&set, &forged), "invalid_signature", "{other} as {issuer}");
        }
    }
    assert_eq!(verdict(&set, &token("a", "d", "service-of-a")), "wrong_issuer");
}

#[test]
fn the_issuer_is_checked_again_after_the_signature() {
    // Two spellings of one claim name: whatever the choice took, the chosen verifier decides.
    let set = three();
    let payload = br#"{"\u0069ss":"a","aud":"service-of-a","exp":1700000100}"#;
    assert_eq!(verdict(&set, &signed("a", HEADER, payload)), "valid");
    let twice = br#"{"iss":"a","\u0069ss":"b","aud":"service-of-a","exp":1700000100}"#;
    assert_eq!(verdict(&set, &signed("a", HEADER, twice)), "malformed_claims");
    assert_eq!(verdict(&set, &signed("b", HEADER, twice)), "malformed_claims");
}

#[test]
fn the_first_check_that_fails_decides() {
    let members = ["b", "a"].map(|issuer| {
        let policy = policy(issuer, "x").max_token_octets(if issuer == "a" { 100 } else { 200 });
        (Verifier::new(policy.types(["at+jwt"])).unwrap(), keys(issuer))
    });
    let set = VerifierSet::new(members).unwrap();
    let typed = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    let long = format!(r#"{{"iss":"a","x":"{}"}}"#, "x".repeat(40));
    let not_utf8: &[u8] = b"{\"iss\":\"\xff\"}";
    for (token, expected) in [
        ("A".repeat(201), "token_too_large"),
        ("a.b".to_owned(), "malformed_token"),
        ("a.b.c.d.e".to_owned(), "encrypted_token"),
        (signed("a", "{}", b"[]"), "malformed_header"),
        (
            signed("a", r#"{"alg":"HS256","crit":["x"],"x":1}"#, b"[]"),
            "unsupported_critical_header",
        ),
        (signed("a", r#"{"alg":"none"}"#, b"[]"), "algorithm_not_allowed"),
        (signed("a", r#"{"alg":"HS512"}"#, b"[]"), "algorithm_not_allowed"),
        (format!("{}.AB.AA", BASE64URL.encode(HEADER)), "malformed_token"),
        (signed("a", HEADER, b"[]"), "malformed_claims"),
        (signed("a", HEADER, b""), "malformed_claims"),
        (signed("a", HEADER, not_utf8), "malformed_claims"),
        (signed("a", HEADER, br#"{"iss":"a"} x"#), "malformed_claims"),
        (signed("a", HEADER, b"{}"), "missing_claim"),
        (signed("a", HEADER, br#"{"iss":null}"#), "invalid_claim"),
        (signed("a", HEADER, br#"{"iss":["a"]}"#), "invalid_claim"),
        (signed("a", HEADER, br#"{"iss":"A"}"#), "wrong_issuer"),
        (signed("a", HEADER, br#"{"iss":""}"#), "wrong_issuer"),
        (signed("a", typed, long.as_bytes()), "token_too_large"),
        (signed("b", typed, long.replace(":\"a\"", ":\"b\"").as_bytes()), "missing_claim"),
        (signed("a", HEADER, br#"{"iss":"a"}"#), "unexpected_type"),
        (signed("b", typed, br#"{"iss":"a"}"#), "invalid_signature"),
    ] {
        assert_eq!(verdict(&set, &token), expected, "{token}");
    }
    let missing = set.verify(signed("a", HEADER, b"{}"), now()).unwrap_err();
    assert_eq!(missing.claim().unwrap().as_str(), "iss");
    let invalid = set.verify(signed("a", HEADER, br#"{"iss":1}"#), now()).unwrap_err();
    assert_eq!(
        (invalid.claim().unwrap().as_str(), invalid.expected().as_deref()),
        ("iss", Some("a string"))
    );
}

#[test]
fn thousands_of_issuers_are_found_but_not_all_listed() {
    let shared = Arc::new(keys("all"));
    let members = (0..5000).map(|number| {
        let policy = policy(&format!("https://issuer.example/{number}"), "x");
        (Verifier::new(policy).unwrap(), Arc::clone(&shared))
    });
    let set = VerifierSet::new(members).unwrap();
    assert_eq!(set.members().len(), 5000);
    assert!(set.of_issuer("https://issuer.example/4999").is_some());
    assert!(set.of_issuer("https://issuer.example/5000").is_none());
    let token = |issuer: &str| token("all", issuer, "x");
    let verified = set.verify(token("https://issuer.example/4711"), now()).unwrap();
    assert_eq!(verified.issuer(), Some("https://issuer.example/4711"));
    let error = set.verify(token("https://issuer.example/5000"), now()).unwrap_err();
    let Error::WrongIssuer { expected, .. } = &error else { panic!("{error}") };
    assert_eq!(expected.len(), 8);
}

#[test]
fn verifiers_that_cannot_form_a_set_are_refused() {
    let with = |issuers: Issuers| {
        let policy = Policy::new(issuers, Audiences::only("x"));
        (Verifier::new(policy).unwrap(), ())
    };
    let refused = |members: Vec<(Verifier, ())>| VerifierSet::new(members).unwrap_err();
    assert_eq!(refused(vec![]), VerifierSetError::Empty);
    assert_eq!(
        refused(vec![with(Issuers::only("a")), with(Issuers::any())]),
        VerifierSetError::WaivedIssuer { index: 1 }
    );
    let shared =
        refused(vec![with(Issuers::one_of(["a", "b"])), with(Issuers::one_of(["c", "b"]))]);
    assert_eq!(shared, VerifierSetError::SharedIssuer { issuer: "b".to_owned() });
    assert_eq!(
        shared.to_string(),
        "invalid_policy: two verifiers accept the issuer b; combine them into one"
    );
    // One verifier may name an issuer twice, and several issuers that share its keys.
    let set = VerifierSet::new([with(Issuers::one_of(["a", "b", "a"]))]).unwrap();
    assert!(set.of_issuer("a").is_some() && set.of_issuer("b").is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_issuers_own_key_makes_a_token_good(
        signer in prop::sample::select(vec!["a", "b", "c", "d"]),
        issuer in prop::sample::select(vec!["a", "b", "c", "d", "A", ""]),
        audience in prop::sample::select(vec!["service-of-a", "service-of-b", "service-of-c"]),
    ) {
        let set = three();
        let verdict = verdict(&set, &token(signer, issuer, audience));
        let good = signer == issuer && audience == format!("service-of-{issuer}");
        prop_assert_eq!(verdict == "valid", good, "{}", verdict);
    }

    #[test]
    fn octets_of_any_kind_are_refused(token in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(three().verify(token, now()).is_err());
    }
}

#[test]
fn a_chosen_token_has_its_verifier_and_keys() {
    let set = three();
    let token = token("b", "b", "service-of-b");
    let chosen = set.open(token.as_bytes()).unwrap();
    let (verifier, keys) = set.of_issuer("b").unwrap();
    assert!(std::ptr::eq(chosen.verifier(), verifier));
    assert!(std::ptr::eq(chosen.keys(), keys));
    assert_eq!(chosen.header().json(), HEADER);
    let verified = chosen.into_unverified().verify(keys, now()).unwrap();
    assert_eq!(verified.issuer(), Some("b"));
    let places =
        set.members().map(|(verifier, _)| std::ptr::from_ref(verifier)).collect::<Vec<_>>();
    let expected =
        ["a", "b", "c"].map(|issuer| std::ptr::from_ref(set.of_issuer(issuer).unwrap().0));
    assert_eq!(places, expected);
}

#[test]
fn a_set_without_members_or_with_a_waiver_says_what_to_do() {
    for (error, text) in [
        (VerifierSetError::Empty, "the set is empty; add a verifier for each issuer"),
        (
            VerifierSetError::WaivedIssuer { index: 3 },
            "the verifier at index 3 waives the issuer; name its issuers",
        ),
    ] {
        assert_eq!(error.to_string(), format!("invalid_policy: {text}"));
    }
}

#[test]
fn the_longest_token_is_that_of_the_most_generous_policy() {
    let limited = |issuer: &str, octets: usize| {
        let verifier = Verifier::new(policy(issuer, "x").max_token_octets(octets)).unwrap();
        assert_eq!(verifier.longest_token(), octets);
        (verifier, keys(issuer))
    };
    let set = VerifierSet::new([limited("a", 300), limited("b", 500), limited("c", 400)]).unwrap();
    assert_eq!(set.longest_token(), 500);
    let long = |issuer: &str, octets: usize| {
        let short = token(issuer, issuer, "x");
        assert!(short.len() < octets);
        format!("{short}{}", "A".repeat(octets - short.len()))
    };
    for (issuer, octets, is_too_large) in
        [("a", 301, true), ("a", 300, false), ("b", 500, false), ("b", 501, true)]
    {
        let error = set.verify(long(issuer, octets), now()).unwrap_err();
        assert_eq!(error.code() == "token_too_large", is_too_large, "{issuer} {octets}: {error}");
    }
}
