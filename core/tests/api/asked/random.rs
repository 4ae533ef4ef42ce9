//! Random tokens, whole and broken, asked about with random sets.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use verijot::verify::Asked;
use verijot::{Algorithm, Error, JwkSetParser, Policy, TokenCache};

use super::later::{answer_of, asked};
use super::questions::{LATER, jwks, token};
use crate::common::{now, verifier, waived};

fn kids() -> impl Strategy<Value = Option<&'static str>> {
    select(vec![None, None, Some("a"), Some("b")])
}

fn policies() -> impl Strategy<Value = Policy> {
    prop_oneof![
        4 => Just(waived()),
        1 => Just(waived().any_type()),
        1 => Just(waived().algorithms(Algorithm::Es256)),
        1 => Just(waived().max_token_octets(120)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn asked_and_answered_a_token_gets_the_same_verdict(
        signer in 1..5_u8,
        kid in kids(),
        rest in select(vec![r#"{"alg":"EdDSA""#, r#"{"alg":"Ed25519","typ":"JWT""#, r#"{"alg":"EdDSA","typ":"x""#]),
        claims in select(vec!["{}", r#"{"sub":"alice"}"#, r#"{"exp":1}"#, r#"{"exp":"1"}"#, "no JSON"]),
        keys in prop::collection::vec((1..5_u8, kids()), 0..7),
        broken in prop::option::weighted(0.3, (any::<Index>(), any::<u8>())),
        policy in policies(),
        other_policy in policies(),
        wrong in any::<usize>(),
    ) {
        let kid = kid.map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
        let mut token = token(signer, &format!("{rest}{kid}}}"), claims).into_bytes();
        if let Some((place, octet)) = broken {
            let place = place.index(token.len());
            token[place] = octet;
        }
        let keys = JwkSetParser::new(&LATER).parse(jwks(&keys)).unwrap();
        let (verifier, other) = (verifier(policy), verifier(other_policy));
        let at_once = verifier.verify(&token, &keys, now());
        let expected = at_once.map(|verified| format!("{verified:?} {:?}", verified.payload()));
        let ask = || asked(|| verifier.ask(&token, &keys));
        let question = match ask() {
            Ok(Asked::Waiting(question)) => question,
            Ok(Asked::Settled(_)) => return Err(TestCaseError::fail("no key answers at once")),
            Err(error) => {
                prop_assert_eq!(Err(error), expected);
                return Ok(());
            }
        };
        let answer = answer_of(LATER.host, &question, &keys);
        let answered = question.answer(answer);
        let verified = answered.and_then(|answered| answered.verify(&verifier, now()));
        prop_assert_eq!(
            verified.map(|verified| format!("{verified:?} {:?}", verified.payload())),
            expected.clone()
        );
        let Ok(Asked::Waiting(question)) = ask() else { return Err(TestCaseError::fail("asked")) };
        let beyond = question.candidates().len().saturating_add(wrong);
        prop_assert_eq!(question.answer(Some(beyond)).unwrap_err(), Error::InvalidSignature);
        // The verdict of another verifier is its own.
        let Ok(Asked::Waiting(question)) = ask() else { return Err(TestCaseError::fail("asked")) };
        let mut cache = TokenCache::new(8);
        let answered = question.answer(answer);
        let verified = answered.and_then(|answered| cache.answer(answered, &other, now()));
        let at_once = other.verify(&token, &keys, now());
        if answer.is_some() {
            prop_assert_eq!(
                verified.map(|verified| format!("{verified:?} {:?}", verified.payload())),
                at_once.map(|verified| format!("{verified:?} {:?}", verified.payload()))
            );
        }
    }
}
