//! What a question shows, what an answer is good for, and what it is never good for.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::signature::{Ed25519KeyPair, KeyPair};
use verijot::crypto::{
    self, BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey,
};
use verijot::verify::{Answered, Asked, Question, Recalled};
use verijot::{
    Algorithm, AlgorithmSet, Audiences, Error, Issuers, JwkSet, JwkSetParser, Policy, TokenCache,
    UnixTime, VerifierSet,
};

use super::later::{Later, answer_of};
use crate::common::{self, now, verifier, waived};

pub(crate) const LATER: Later = Later::public_keys_of(crypto::ring::PROVIDER);

/// A key of its own for each number.
pub(crate) fn signer(number: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap()
}

/// The numbers' keys as a JWK Set, each with its `kid` if it has one.
pub(crate) fn jwks(keys: &[(u8, Option<&str>)]) -> String {
    let keys = keys.iter().map(|(number, kid)| {
        let x = BASE64URL.encode(signer(*number).public_key());
        let kid = kid.map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{kid}}}"#)
    });
    format!(r#"{{"keys":[{}]}}"#, keys.collect::<Vec<_>>().join(","))
}

pub(crate) fn token(number: u8, header: &str, claims: &str) -> String {
    let input = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
    let signature = signer(number).sign(input.as_bytes());
    format!("{input}.{}", BASE64URL.encode(signature))
}

fn question(asked: Result<Asked, Error>) -> Question {
    match asked {
        Ok(Asked::Waiting(question)) => question,
        other => panic!("{other:?}"),
    }
}

fn settled(asked: Result<Asked, Error>) -> Answered {
    match asked {
        Ok(Asked::Settled(answered)) => answered,
        other => panic!("{other:?}"),
    }
}

const HEADER: &str = r#"{"alg":"EdDSA"}"#;

#[test]
fn a_question_says_what_to_verify_and_with_which_keys() {
    let keys = JwkSetParser::new(&LATER)
        .parse(jwks(&[(1, Some("a")), (2, Some("b")), (3, None)]))
        .unwrap();
    let verifier = verifier(waived());
    let token_text = token(2, HEADER, "{}");
    let question = question(verifier.ask(&token_text, &keys));
    let (input, signature) = token_text.rsplit_once('.').unwrap();
    assert_eq!(question.algorithm(), Algorithm::EdDsa);
    assert_eq!(question.message(), input.as_bytes());
    assert_eq!(question.signature(), BASE64URL.decode(signature).unwrap());
    assert_eq!(question.header().json(), HEADER);
    let candidates = question.candidates().iter();
    let candidates = candidates.map(|candidate| (candidate.position(), candidate.key_id()));
    let expected = [(0, Some("a")), (1, Some("b")), (2, None)];
    assert_eq!(candidates.collect::<Vec<_>>(), expected);
    assert_eq!(answer_of(LATER.host, &question, &keys), Some(1));
    let verified = question.answer(Some(1)).unwrap().verify(&verifier, now()).unwrap();
    assert_eq!(verified.key_id(), Some("b"));
}

#[test]
fn only_the_keys_that_answer_later_are_asked_about() {
    // The key of the number 2 answers at once.
    let mixed = Later {
        host: crypto::ring::PROVIDER,
        is_later: |material| match material {
            KeyMaterial::Ed25519 { x } => *x != signer(2).public_key().as_ref(),
            _ => false,
        },
    };
    let keys =
        JwkSetParser::new(&mixed).parse(jwks(&[(1, None), (2, Some("b")), (3, None)])).unwrap();
    let verifier = verifier(waived());
    let answered = settled(verifier.ask(token(2, HEADER, "{}"), &keys));
    assert_eq!(answered.verify(&verifier, now()).unwrap().key_id(), Some("b"));
    let question = question(verifier.ask(token(3, HEADER, "{}"), &keys));
    let positions = question.candidates().iter().map(verijot::verify::Candidate::position);
    assert_eq!(positions.collect::<Vec<_>>(), [0, 2]);
    let named = token(3, r#"{"alg":"EdDSA","kid":"b"}"#, "{}");
    assert_eq!(verifier.ask(named, &keys).unwrap_err(), Error::InvalidSignature);
}

#[test]
fn nobody_is_asked_about_a_signature_of_another_length() {
    let keys = JwkSetParser::new(&LATER).parse(jwks(&[(1, None)])).unwrap();
    let verifier = verifier(waived());
    let good = token(1, HEADER, "{}");
    let (input, signature) = good.rsplit_once('.').unwrap();
    let signature = BASE64URL.decode(signature).unwrap();
    for octets in [&[][..], &signature[1..], &[&signature[..], &[0]].concat(), &[48; 72]] {
        let other = format!("{input}.{}", BASE64URL.encode(octets));
        assert_eq!(verifier.ask(&other, &keys).unwrap_err(), Error::InvalidSignature);
        assert_eq!(verifier.verify(&other, &keys, now()).unwrap_err(), Error::InvalidSignature);
        let explanation = verifier.explain(&other, &keys, now());
        assert_eq!(explanation.verdict().unwrap_err(), &Error::InvalidSignature);
    }
    let _question = question(verifier.ask(&good, &keys));
}

#[test]
fn secrets_are_settled() {
    let verifier = verifier(waived());
    let token = common::token(r#"{"sub":"alice"}"#);
    let answered = settled(verifier.ask(&token, &common::keys()));
    assert_eq!(answered.verify(&verifier, now()).unwrap().subject(), Some("alice"));
    let answered = settled(verifier.ask_jws(&token, &common::keys()));
    assert_eq!(answered.verify_jws(&verifier).unwrap().payload(), br#"{"sub":"alice"}"#);
    let flipped = format!("{}A", token.strip_suffix(|_| true).unwrap());
    let error = verifier.ask(flipped, &common::keys()).unwrap_err();
    assert!(matches!(error.code(), "invalid_signature" | "malformed_token"));
}

/// As the documentation of a provider demands it.
#[derive(Debug)]
struct Closed;

struct ClosedKey;

impl CryptoProvider for Closed {
    fn name(&self) -> &'static str {
        "closed"
    }

    fn algorithms(&self) -> AlgorithmSet {
        AlgorithmSet::ASYMMETRIC
    }

    fn load(
        &self,
        _: &KeyMaterial<'_>,
        _: AlgorithmSet,
    ) -> Result<Box<dyn VerificationKey>, InvalidKey> {
        Ok(Box::new(ClosedKey))
    }
}

impl VerificationKey for ClosedKey {
    fn verify(&self, _: Algorithm, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Err(BadSignature)
    }

    fn answers_later(&self) -> bool {
        true
    }
}

#[test]
fn who_cannot_wait_gets_invalid_signature() {
    let keys = JwkSetParser::new(&Closed).parse(jwks(&[(1, None)])).unwrap();
    let verifier = verifier(waived());
    let token = token(1, HEADER, "{}");
    assert_eq!(verifier.verify(&token, &keys, now()).unwrap_err(), Error::InvalidSignature);
    assert_eq!(verifier.verify_jws(&token, &keys).unwrap_err(), Error::InvalidSignature);
    let opened = verifier.open(token.as_bytes()).unwrap();
    assert_eq!(opened.verify(&keys, now()).unwrap_err(), Error::InvalidSignature);
    let question = question(verifier.ask(&token, &keys));
    let answer = answer_of(crypto::ring::PROVIDER, &question, &keys);
    assert!(question.explain(answer, &verifier, &keys, now()).verdict().is_ok());
    assert!(question.answer(answer).unwrap().verify(&verifier, now()).is_ok());
}

#[test]
fn the_verdict_is_that_of_the_verifier_that_gives_it() {
    let keys = JwkSetParser::new(&LATER).parse(jwks(&[(1, None)])).unwrap();
    let asking = verifier(waived().any_type());
    let token = token(1, r#"{"alg":"EdDSA","typ":"other"}"#, r#"{"iss":"joe"}"#);
    let policies = [
        waived(),
        waived().any_type(),
        waived().any_type().max_token_octets(20),
        waived().any_type().algorithms(Algorithm::Es256),
        Policy::new(Issuers::only("jane"), Audiences::any()).allow_missing_expiry().any_type(),
    ];
    let codes = policies.map(|policy| {
        let other = verifier(policy);
        let answered = || question(asking.ask(&token, &keys)).answer(Some(0)).unwrap();
        let verdict = answered().verify(&other, now()).map(|verified| verified.payload().to_vec());
        let at_once = other.verify(&token, &keys, now());
        assert_eq!(verdict, at_once.map(|verified| verified.payload().to_vec()));
        let jws = answered().verify_jws(&other).map(|verified| verified.payload().to_vec());
        let at_once = other.verify_jws(&token, &keys);
        assert_eq!(jws, at_once.map(|verified| verified.payload().to_vec()));
        verdict.map_or_else(|error| error.code(), |_| "accepted")
    });
    let expected =
        ["unexpected_type", "accepted", "token_too_large", "algorithm_not_allowed", "wrong_issuer"];
    assert_eq!(codes, expected);
    // Asked as a JWS, a token of any type is no JWT of any type.
    let strict = verifier(waived());
    let answered = question(strict.ask_jws(&token, &keys)).answer(Some(0)).unwrap();
    assert_eq!(answered.verify(&strict, now()).unwrap_err().code(), "unexpected_type");
}

#[test]
fn a_token_that_a_verifier_set_opens_can_be_asked_about() {
    let keys = Arc::new(JwkSetParser::new(&LATER).parse(jwks(&[(1, None)])).unwrap());
    let policy = Policy::new(Issuers::only("joe"), Audiences::any()).allow_missing_expiry();
    let set = VerifierSet::new([(verifier(policy), Arc::clone(&keys))]).unwrap();
    let token = token(1, HEADER, r#"{"iss":"joe"}"#);
    let chosen = set.open(token.as_bytes()).unwrap();
    let (verifier, keys) = (chosen.verifier(), chosen.keys());
    let question = question(chosen.into_unverified().ask(keys));
    let answer = answer_of(LATER.host, &question, keys);
    let verified = question.answer(answer).unwrap().verify(verifier, now()).unwrap();
    assert_eq!(verified.issuer(), Some("joe"));
}

#[test]
fn an_answer_is_remembered_for_the_asking_set_and_the_answering_verifier() {
    let set = || JwkSetParser::new(&LATER).parse(jwks(&[(1, None)])).unwrap();
    let (keys, same_keys) = (set(), set());
    let (one, other) = (verifier(waived()), verifier(waived()));
    let token = token(1, HEADER, "{}");
    let mut cache = TokenCache::new(8);
    let Ok(Recalled::Asked(asked)) = cache.ask(&one, &token, &keys, now()) else { panic!() };
    let answered = question(Ok(asked)).answer(Some(0)).unwrap();
    let verified = cache.answer(answered, &other, now()).unwrap();
    let mut known = |verifier, keys: &JwkSet| match cache.ask(verifier, &token, keys, now()) {
        Ok(Recalled::Known(known)) => Arc::ptr_eq(&known, &verified),
        Ok(Recalled::Asked(Asked::Waiting(_))) => false,
        other => panic!("{other:?}"),
    };
    assert!(known(&other, &keys));
    assert!(!known(&one, &keys));
    assert!(!known(&other, &same_keys));
    assert!(
        cache
            .verify(&other, &token, &keys, now())
            .is_ok_and(|again| Arc::ptr_eq(&again, &verified))
    );
}

#[test]
fn a_remembered_token_is_refused_when_it_has_expired() {
    let keys = JwkSetParser::new(&LATER).parse(jwks(&[(1, None)])).unwrap();
    let verifier = verifier(waived());
    let token = token(1, HEADER, r#"{"exp":1700000010}"#);
    let mut cache = TokenCache::new(8);
    let answered = question(verifier.ask(&token, &keys)).answer(Some(0)).unwrap();
    assert!(cache.answer(answered, &verifier, now()).is_ok());
    let later = UnixTime::from_seconds(1_700_003_600);
    assert_eq!(cache.ask(&verifier, &token, &keys, later).unwrap_err().code(), "expired");
    let opened = verifier.open(token.as_bytes()).unwrap();
    assert_eq!(cache.ask_opened(opened, &keys, later).unwrap_err().code(), "expired");
    let opened = verifier.open(token.as_bytes()).unwrap();
    assert!(matches!(cache.ask_opened(opened, &keys, now()), Ok(Recalled::Known(_))));
}

#[test]
fn questions_and_answers_go_to_other_threads_and_show_nothing() {
    fn is_movable<T: Send + Sync + 'static>(_: &T) {}
    let keys = JwkSetParser::new(&LATER).parse(jwks(&[(1, Some("a"))])).unwrap();
    let verifier = verifier(waived());
    let token = token(1, HEADER, r#"{"sub":"alice"}"#);
    let asked = verifier.ask(&token, &keys).unwrap();
    is_movable(&asked);
    let shown = format!("{asked:?}");
    let Asked::Waiting(question) = asked else { panic!() };
    let answered = question.answer(Some(0)).unwrap();
    let shown = format!("{shown} {answered:?}");
    let segments = token.split('.').skip(1);
    for segment in segments.filter_map(|segment| segment.get(..8)) {
        assert!(!shown.contains(segment), "{shown}");
    }
    assert!(shown.contains("EdDSA") && !shown.contains("alice"), "{shown}");
}
