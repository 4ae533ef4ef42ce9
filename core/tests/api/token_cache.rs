//! Every verdict is the same with and without a cache of verified tokens.
#![cfg(feature = "ring")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects
)]

use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::common::{self, now, token, token_of, verifier, waived};
use proptest::prelude::*;
use verijot::crypto::default_provider;
use verijot::{
    Algorithm, Error, JwkSet, Key, Policy, Revocation, TokenCache, UnixTime, Verified, Verifier,
};

/// Step by step, everything that can change between two verifications of a token.
#[derive(Clone, Debug)]
enum Step {
    Verify { token: usize, verifier: usize },
    Rotate { keys: usize },
    Renew,
    Clock { seconds: i64 },
    Revoke { answer: u8 },
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..TOKENS, 0..3_usize).prop_map(|(token, verifier)| Step::Verify { token, verifier }),
        1 => (0..3_usize).prop_map(|keys| Step::Rotate { keys }),
        1 => Just(Step::Renew),
        3 => (-400..400_i64).prop_map(|seconds| Step::Clock { seconds }),
        1 => (0..3_u8).prop_map(|answer| Step::Revoke { answer }),
        1 => Just(Step::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_sequence_of_events_changes_a_verdict(steps in prop::collection::vec(step(), 1..120)) {
        let answer = Arc::new(AtomicU8::new(0));
        let verifiers = verifiers(&answer);
        let tokens = tokens();
        let mut keys = key_set(0);
        let mut kind = 0;
        let mut now = now();
        // Small enough that tokens replace each other.
        let mut cache = TokenCache::new(8);
        #[cfg(feature = "std")]
        let shared = verijot::SharedTokenCache::new(1);
        for step in steps {
            match step {
                Step::Verify { token, verifier } => {
                    let (verifier, token) = (&verifiers[verifier], &tokens[token]);
                    let plain = facts(&verifier.verify(token, &keys, now));
                    let cached = cache.verify(verifier, token, &keys, now);
                    prop_assert_eq!(&facts(&cached), &plain);
                    #[cfg(feature = "std")]
                    if let Some(recalled) = shared.recall(verifier, token, &keys, now) {
                        prop_assert_eq!(&facts(&recalled), &plain);
                    }
                    #[cfg(feature = "std")]
                    prop_assert_eq!(&facts(&shared.verify(verifier, token, &keys, now)), &plain);
                    let opened = verifier.open(token.as_bytes());
                    let cached = opened.and_then(|it| cache.verify_opened(it, &keys, now));
                    prop_assert_eq!(facts(&cached), plain);
                }
                Step::Rotate { keys: other } => {
                    kind = other;
                    keys = key_set(kind);
                }
                Step::Renew => keys = key_set(kind),
                Step::Clock { seconds } => now = UnixTime::from_seconds(now.seconds() + seconds),
                Step::Revoke { answer: other } => answer.store(other, Ordering::Relaxed),
                Step::Clear => cache.clear(),
            }
            prop_assert!(cache.len() <= 8);
        }
    }
}

#[test]
fn a_hit_needs_no_signature() {
    let keys = key_set(0);
    let verifier = verifier(waived());
    let mut cache = TokenCache::new(100);
    let token = token("{}");
    let first = cache.verify(&verifier, &token, &keys, now()).unwrap();
    let again = cache.verify(&verifier, &token, &keys, now()).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!((cache.len(), cache.is_empty()), (1, false));
    cache.clear();
    assert_eq!((cache.len(), cache.is_empty()), (0, true));
    let again = cache.verify(&verifier, &token, &keys, now()).unwrap();
    assert!(!Arc::ptr_eq(&first, &again));
}

#[test]
fn refused_tokens_are_not_cached() {
    let keys = key_set(1);
    let verifier = verifier(waived());
    let mut cache = TokenCache::new(100);
    for index in 0..1000 {
        let token = token_of(&format!(r#"{{"alg":"HS256","kid":"{index}"}}"#), b"{}");
        assert!(cache.verify(&verifier, token, &keys, now()).is_err());
    }
    assert!(cache.is_empty());
}

#[test]
fn the_same_text_parsed_again_is_another_set() {
    let verifier = verifier(waived());
    let mut cache = TokenCache::new(100);
    let token = token("{}");
    let first = cache.verify(&verifier, &token, &key_set(0), now()).unwrap();
    let again = cache.verify(&verifier, &token, &key_set(0), now()).unwrap();
    assert!(!Arc::ptr_eq(&first, &again));
    assert_eq!(cache.len(), 1);
}

#[test]
fn the_most_recently_used_token_stays() {
    let keys = key_set(0);
    let verifier = verifier(waived());
    let mut cache = TokenCache::new(8);
    let kept = token(r#"{"kept":true}"#);
    let first = cache.verify(&verifier, &kept, &keys, now()).unwrap();
    for index in 0..100 {
        let next = token(&format!(r#"{{"n":{index}}}"#));
        let new = cache.verify(&verifier, &next, &keys, now()).unwrap();
        let twice = cache.verify(&verifier, &next, &keys, now()).unwrap();
        assert!(Arc::ptr_eq(&new, &twice), "{index}");
        let again = cache.verify(&verifier, &kept, &keys, now()).unwrap();
        assert!(Arc::ptr_eq(&first, &again), "{index}");
    }
    assert_eq!(cache.len(), 8);
}

#[test]
fn there_is_room_for_the_requested_number() {
    let keys = key_set(0);
    let verifier = verifier(waived());
    let mut cache = TokenCache::new(1024);
    for index in 0..128 {
        cache.verify(&verifier, token(&format!(r#"{{"n":{index}}}"#)), &keys, now()).unwrap();
    }
    assert_eq!(cache.len(), 128);
}

#[test]
fn the_limit_of_octets_comes_first() {
    let keys = key_set(0);
    let token = token("{}");
    let mut cache = TokenCache::new(8);
    cache.verify(&verifier(waived()), &token, &keys, now()).unwrap();
    let strict = verifier(waived().max_token_octets(10));
    let refused = cache.verify(&strict, &token, &keys, now()).unwrap_err();
    assert_eq!(refused.code(), "token_too_large");
}

#[test]
fn any_capacity_is_allowed() {
    assert!(TokenCache::new(0).is_empty());
    assert!(TokenCache::new(usize::MAX).is_empty());
}

#[cfg(feature = "std")]
#[test]
fn threads_share_a_cache() {
    let keys = key_set(0);
    let verifier = verifier(waived());
    let cache = verijot::SharedTokenCache::new(1000);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (cache, verifier, keys) = (&cache, &verifier, &keys);
            scope.spawn(move || {
                for index in 0..2000 {
                    let good = token(&format!(r#"{{"n":{}}}"#, index % 50));
                    let payload = cache.verify(verifier, &good, keys, now()).unwrap();
                    assert_eq!(payload.payload_json(), format!(r#"{{"n":{}}}"#, index % 50));
                    let forged = format!("{}A", &good[..good.len() - 1]);
                    if forged != good {
                        assert!(cache.verify(verifier, forged, keys, now()).is_err(), "{thread}");
                    }
                }
            });
        }
    });
    assert_eq!(cache.len(), 50);
    cache.clear();
    assert!(cache.is_empty());
}

fn facts<V: Borrow<Verified>>(verdict: &Result<V, Error>) -> Result<String, Error> {
    match verdict {
        Ok(verified) => Ok(verified.borrow().payload_json().to_owned()),
        Err(error) => Err(error.clone()),
    }
}

/// Two policies, the second with limits, and another verifier with the first policy.
fn verifiers(answer: &Arc<AtomicU8>) -> [Verifier; 3] {
    let asked = |policy: Policy| {
        let answer = Arc::clone(answer);
        verifier(policy).with_revocation(move |_| match answer.load(Ordering::Relaxed) {
            0 => Revocation::Clear,
            1 => Revocation::Revoked,
            _ => Revocation::Unavailable,
        })
    };
    let ceilings =
        waived().max_age(Duration::from_secs(300)).max_lifetime(Duration::from_secs(500));
    [asked(waived()), asked(ceilings), verifier(waived())]
}

fn key_set(kind: usize) -> JwkSet {
    let key = |secret: &[u8]| Key::from_secret(secret, Algorithm::Hs256, default_provider());
    match kind {
        0 => JwkSet::from_keys([key(common::SECRET).unwrap()]),
        1 => JwkSet::from_keys([key(b"another secret that is long enough").unwrap()]),
        _ => JwkSet::from_keys([key(common::SECRET).unwrap().with_id("k")]),
    }
}

const TOKENS: usize = 24;

/// Valid tokens, expiring ones, early ones, and those of other issuers.
fn tokens() -> Vec<String> {
    let dates = |from: i64, until: i64| {
        let (iat, exp) = (now().seconds() + from, now().seconds() + until);
        format!(r#"{{"iat":{iat},"nbf":{iat},"exp":{exp}}}"#)
    };
    let mut tokens = Vec::new();
    for index in 0..10_i64 {
        tokens.push(token(&dates(-200 + 40 * index, 60 * index)));
        tokens.push(token_of(r#"{"alg":"HS256","kid":"k"}"#, dates(0, 90 * index).as_bytes()));
    }
    tokens.push(format!("{}A", token("{}")));
    tokens.push("a.b.c".to_owned());
    tokens.push(token(r#"{"exp":"soon"}"#));
    tokens.push(token("{}"));
    assert_eq!(tokens.len(), TOKENS);
    tokens
}

#[cfg(feature = "std")]
#[test]
fn opened_and_whole_tokens_are_cached_the_same() {
    let keys = key_set(0);
    let verifier = verifier(waived().max_token_octets(100));
    let cache = verijot::SharedTokenCache::new(100);
    let good = token("{}");
    assert!(cache.recall(&verifier, &good, &keys, now()).is_none());
    let opened = verifier.open(good.as_bytes()).unwrap();
    let first = cache.verify_opened(opened, &keys, now()).unwrap();
    let again = cache.verify(&verifier, &good, &keys, now()).unwrap();
    let recalled = cache.recall(&verifier, &good, &keys, now()).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &again) && Arc::ptr_eq(&first, &recalled));
    assert_eq!((cache.len(), cache.is_empty()), (1, false));
    // A token that is too long is not even looked up.
    let long = token(&format!(r#"{{"sub":"{}"}}"#, "x".repeat(100)));
    assert!(cache.recall(&verifier, &long, &keys, now()).is_none());
    let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, "A".repeat(43));
    let opened = verifier.open(forged.as_bytes()).unwrap();
    assert_eq!(cache.verify_opened(opened, &keys, now()).unwrap_err().code(), "invalid_signature");
    assert_eq!(cache.len(), 1);
    let shown = format!("{cache:?} {:?}", TokenCache::new(8));
    assert!(shown.contains("Table"), "{shown}");
}
