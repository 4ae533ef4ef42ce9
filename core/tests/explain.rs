//! The explanation says what the verifier says, step by step, and no secret.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![cfg(feature = "ring")]

mod common;

use common::{EIGHTEEN_CLAIMS, keys, now, token, verifier, waived};
use verijot::{Audiences, Check, Issuers, Outcome, Policy, Revocation, Step};

#[test]
fn an_accepted_token_passes_every_check_in_order() {
    let explanation = verifier(waived()).explain(token(EIGHTEEN_CLAIMS), &keys(), now());
    let checks = explanation.steps().iter().map(Step::check).collect::<Vec<_>>();
    assert_eq!(checks, Check::ALL);
    assert!(explanation.steps().iter().all(|step| step.outcome() == Outcome::Passed));
    assert!(explanation.to_string().ends_with("\naccepted"));
    assert_eq!(explanation.into_verdict().unwrap().payload(), EIGHTEEN_CLAIMS.as_bytes());
}

#[test]
fn the_first_failure_ends_the_list() {
    let policy = Policy::new(Issuers::only("https://other.example"), Audiences::any());
    let explanation = verifier(policy).explain(token(EIGHTEEN_CLAIMS), &keys(), now());
    assert_eq!(explanation.verdict().unwrap_err().code(), "wrong_issuer");
    for step in explanation.steps() {
        let position = |check| Check::ALL.iter().position(|other| *other == check);
        let expected = match position(step.check()).cmp(&position(Check::Issuer)) {
            std::cmp::Ordering::Less => Outcome::Passed,
            std::cmp::Ordering::Equal => Outcome::Failed,
            std::cmp::Ordering::Greater => Outcome::NotMade,
        };
        assert_eq!(step.outcome(), expected, "{step}");
    }
    let text = explanation.to_string();
    assert!(text.contains("failed  issuer: wrong_issuer: iss is https://issuer.example"), "{text}");
    assert!(!text.contains("alice"), "{text}");
}

#[test]
fn the_revocation_check_fails_closed() {
    let verdict = |answer: Revocation| {
        let verifier = verifier(waived()).with_revocation(move |token| {
            assert_eq!(token.id(), Some("x"));
            answer
        });
        let token = token(r#"{"jti":"x"}"#);
        verifier.verify(token, &keys(), now()).map(|_| ()).map_err(|error| {
            (error.code(), error.http_status(), error.retry_after().map(|wait| wait.as_secs()))
        })
    };
    assert_eq!(verdict(Revocation::Clear), Ok(()));
    assert_eq!(verdict(Revocation::Revoked), Err(("revoked", 401, None)));
    assert_eq!(verdict(Revocation::Unavailable), Err(("revocation_unavailable", 503, Some(1))));
}

#[test]
fn a_token_can_be_opened_before_its_keys_are_known() {
    let verifier = verifier(waived());
    let token = token(r#"{"sub":"alice"}"#);
    let opened = verifier.open(token.as_bytes()).unwrap();
    assert_eq!(opened.header().algorithm_name(), "HS256");
    assert_eq!(opened.header().key_id(), None);
    assert_eq!(opened.verify(&keys(), now()).unwrap().subject(), Some("alice"));
    assert_eq!(verifier.open(b"a.b").unwrap_err().code(), "malformed_token");
}
