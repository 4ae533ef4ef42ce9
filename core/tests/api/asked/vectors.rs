//! The law: every test vector, asked and answered, gets the result, the error with every detail, and
//! the explanation that it gets at once.

use std::borrow::Borrow;
use std::env;
use std::fmt::Debug;
use std::path::PathBuf;

use verijot::crypto::{self, CryptoProvider};
use verijot::verify::{Answered, Asked, Recalled};
use verijot::{Error, JwkSet, TokenCache, UnixTime, Verified, VerifiedJws, Verifier};
use verijot_testvectors::{Observer, Presented, watch_folder};

use super::later::{Later, answer_of, asked};

#[test]
fn every_vector_asked_of_ring_gets_the_same_verdict() {
    run(crypto::ring::PROVIDER);
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn every_vector_asked_of_aws_lc_rs_gets_the_same_verdict() {
    run(crypto::aws_lc_rs::PROVIDER);
}

fn run(host: &'static dyn CryptoProvider) {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testvectors");
    let folder = env::var_os("VERIJOT_TESTVECTORS").map_or(own, PathBuf::from);
    let mut law = Law::of(host);
    let summary = watch_folder(&folder, &Later::public_keys_of(host), &mut law)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(summary.total().failed, 0, "{:?}", summary.failures());
    // The law would hold of no question at all.
    let Law { settled, accepted, refused, never_asked, jws, .. } = law;
    let counts = [settled, accepted, refused, never_asked, jws];
    assert!(settled > 50 && accepted > 400 && refused > 400, "{counts:?}");
    assert!(never_asked > 400 && jws > 50, "{counts:?}");
}

/// Compares the two ways, and counts what became of the questions.
struct Law {
    host: &'static dyn CryptoProvider,
    settled: usize,
    accepted: usize,
    refused: usize,
    never_asked: usize,
    jws: usize,
}

impl Law {
    fn of(host: &'static dyn CryptoProvider) -> Self {
        Self { host, settled: 0, accepted: 0, refused: 0, never_asked: 0, jws: 0 }
    }

    /// Has the question answered, and counts the answer.
    fn answered(&mut self, asked: Result<Asked, Error>, keys: &JwkSet) -> Result<Answered, Error> {
        let count = match &asked {
            Err(_) => &mut self.never_asked,
            Ok(Asked::Settled(_)) => &mut self.settled,
            Ok(Asked::Waiting(question)) if answer_of(self.host, question, keys).is_some() => {
                &mut self.accepted
            }
            Ok(Asked::Waiting(_)) => &mut self.refused,
        };
        *count = count.saturating_add(1);
        match asked? {
            Asked::Settled(answered) => Ok(answered),
            Asked::Waiting(question) => {
                let answer = answer_of(self.host, &question, keys);
                question.answer(answer)
            }
        }
    }

    fn jwt(&mut self, token: &[u8], verifier: &Verifier, keys: &JwkSet, now: UnixTime) {
        let expected = shown(verifier.verify(token, keys, now));
        let answered = self.answered(asked(|| verifier.ask(token, keys)), keys);
        let verified = answered.and_then(|answered| asked(|| answered.verify(verifier, now)));
        assert_eq!(shown(verified), expected);

        let opened = shown(verifier.open(token).and_then(|opened| opened.verify(keys, now)));
        let answered = asked(|| verifier.open(token).and_then(|opened| opened.ask(keys)));
        let answered = self.answered(answered, keys);
        assert_eq!(shown(answered.and_then(|answered| answered.verify(verifier, now))), opened);

        if let Ok(Asked::Waiting(question)) = verifier.ask(token, keys) {
            let at_once = format!("{:?}", verifier.explain(token, keys, now));
            let answer = answer_of(self.host, &question, keys);
            let explain =
                |answer, keys: &JwkSet| asked(|| question.explain(answer, verifier, keys, now));
            assert_eq!(format!("{:?}", explain(answer, keys)), at_once);
            let out_of_range = [question.candidates().len(), usize::MAX].map(Some);
            for wrong in out_of_range.into_iter().chain([None]) {
                let explained = explain(wrong, keys).into_verdict();
                assert_eq!(explained.unwrap_err(), Error::InvalidSignature);
                let Ok(Asked::Waiting(question)) = verifier.ask(token, keys) else { panic!() };
                assert_eq!(question.answer(wrong).unwrap_err(), Error::InvalidSignature);
            }
            // The same keys in another set.
            let other = explain(answer, &keys.without_keys_at(&[])).into_verdict();
            assert_eq!(other.unwrap_err(), Error::InvalidSignature);
        }

        let mut cache = TokenCache::new(8);
        for round in 0..2 {
            let recalled = asked(|| cache.ask(verifier, token, keys, now));
            assert_eq!(shown(self.cached(&mut cache, recalled, verifier, keys, now)), expected);
            assert_eq!(cache.len(), usize::from(expected.is_ok()), "round {round}");
        }
        #[cfg(feature = "std")]
        self.shared(token, verifier, keys, now, &expected);
        cache.clear();
        for _ in 0..2 {
            let recalled = asked(|| {
                verifier.open(token).and_then(|opened| cache.ask_opened(opened, keys, now))
            });
            assert_eq!(shown(self.cached(&mut cache, recalled, verifier, keys, now)), opened);
        }
    }

    fn cached(
        &self,
        cache: &mut TokenCache,
        recalled: Result<Recalled, Error>,
        verifier: &Verifier,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<impl Borrow<Verified> + Debug + use<>, Error> {
        let answered = match recalled? {
            Recalled::Known(known) => return Ok(known),
            Recalled::Asked(Asked::Settled(answered)) => answered,
            Recalled::Asked(Asked::Waiting(question)) => {
                let answer = answer_of(self.host, &question, keys);
                question.answer(answer)?
            }
        };
        cache.answer(answered, verifier, now)
    }

    #[cfg(feature = "std")]
    fn shared(
        &self,
        token: &[u8],
        verifier: &Verifier,
        keys: &JwkSet,
        now: UnixTime,
        expected: &Result<Seen, (Error, String)>,
    ) {
        let cache = verijot::SharedTokenCache::new(8);
        for round in 0..2 {
            let opened = || verifier.open(token).and_then(|it| cache.ask_opened(it, keys, now));
            let recalled =
                asked(|| if round == 0 { cache.ask(verifier, token, keys, now) } else { opened() });
            let verified = match recalled {
                Err(error) => Err(error),
                Ok(Recalled::Known(known)) => Ok(known),
                Ok(Recalled::Asked(Asked::Settled(answered))) => {
                    cache.answer(answered, verifier, now)
                }
                Ok(Recalled::Asked(Asked::Waiting(question))) => {
                    let answer = answer_of(self.host, &question, keys);
                    question
                        .answer(answer)
                        .and_then(|answered| cache.answer(answered, verifier, now))
                }
            };
            // An opened token's algorithm is checked before its keys are known.
            if round == 0 || expected.is_ok() {
                assert_eq!(shown(verified), *expected);
            }
            assert_eq!(cache.len(), usize::from(expected.is_ok()));
        }
    }
}

impl Observer for Law {
    fn presented(&mut self, presented: &Presented<'_>) {
        let Presented { verifier, token, keys, now, .. } = *presented;
        if let Some(now) = now {
            self.jwt(token, verifier, keys, now);
        } else {
            self.jws = self.jws.saturating_add(1);
            let answered = self.answered(asked(|| verifier.ask_jws(token, keys)), keys);
            let verified = answered.and_then(|answered| answered.verify_jws(verifier));
            assert_eq!(shown_jws(verified), shown_jws(verifier.verify_jws(token, keys)));
        }
    }
}

/// All that can be seen of a result.
fn shown<V: Borrow<Verified>>(verified: Result<V, Error>) -> Result<Seen, (Error, String)> {
    let verified = verified.map_err(|error| (error.clone(), format!("{error:?} {error}")))?;
    let verified: &Verified = verified.borrow();
    Ok(Seen {
        debug: format!("{verified:?}"),
        header: verified.header().json().to_owned(),
        key_id: verified.key_id().map(str::to_owned),
        algorithm: verified.algorithm(),
        payload: verified.payload().to_vec(),
    })
}

fn shown_jws(verified: Result<VerifiedJws, Error>) -> Result<Seen, (Error, String)> {
    let verified = verified.map_err(|error| (error.clone(), format!("{error:?} {error}")))?;
    Ok(Seen {
        debug: format!("{verified:?}"),
        header: verified.header().json().to_owned(),
        key_id: verified.key_id().map(str::to_owned),
        algorithm: verified.algorithm(),
        payload: verified.payload().to_vec(),
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    debug: String,
    header: String,
    key_id: Option<String>,
    algorithm: verijot::Algorithm,
    payload: Vec<u8>,
}
