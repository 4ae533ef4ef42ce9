//! Properties of every token, policy, key set and time, tested with random ones.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::string_slice)]

#[path = "../common/mod.rs"]
mod common;
mod demands;
mod key_sets;
mod spellings;
mod terms;
mod tokens;

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use verijot::{Error, JwkSet, UnixTime, Verified, Verifier};

use key_sets::{key_sets, set_of};
use spellings::LAX;
use terms::{steps, terms};
use tokens::{SECRETS, times, tokens};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    /// A stricter policy refuses everything that a laxer one refuses.
    #[test]
    fn a_narrower_policy_accepts_no_more(
        token in tokens(), keys in key_sets(), terms in terms(), steps in steps(), now in times(),
    ) {
        let keys = set_of(&keys);
        let token = token.text();
        let mut wide = terms;
        for (step, index) in steps {
            let narrow = wide.narrowed(step, index);
            if verdict(&narrow.verifier(), &token, &keys, now).is_ok() {
                prop_assert!(
                    verdict(&wide.verifier(), &token, &keys, now).is_ok(),
                    "{wide:?} refuses what {narrow:?} accepts"
                );
            }
            wide = narrow;
        }
    }

    /// A token with a kid depends only on the keys with that kid.
    #[test]
    fn keys_with_other_kids_change_nothing(
        token in tokens(), keys in key_sets(), others in key_sets(), terms in terms(), now in times(),
    ) {
        let Some(kid) = token.kid else { return Ok(()) };
        let verifier = terms.verifier();
        let mut more = keys.clone();
        more.extend(others.into_iter().filter(|key| key.kid.is_some_and(|other| other != kid)));
        prop_assert_eq!(
            verdict(&verifier, &token.text(), &set_of(&keys), now),
            verdict(&verifier, &token.text(), &set_of(&more), now)
        );
    }

    /// The order of the keys in a set does not matter.
    #[test]
    fn the_order_of_keys_does_not_matter(
        token in tokens(),
        (keys, shuffled) in key_sets().prop_flat_map(|keys| (Just(keys.clone()), Just(keys).prop_shuffle())),
        terms in terms(),
        now in times(),
    ) {
        let verifier = terms.verifier();
        // Two kids can name the same key; either may be returned.
        prop_assert_eq!(
            verdict(&verifier, &token.text(), &set_of(&keys), now).map(drop),
            verdict(&verifier, &token.text(), &set_of(&shuffled), now).map(drop)
        );
    }

    /// A token becomes valid once and becomes invalid once.
    #[test]
    fn the_times_of_acceptance_form_one_interval(
        token in tokens(), keys in key_sets(), terms in terms(),
        mut moments in prop::collection::vec(times(), 3..12),
    ) {
        let (verifier, keys, token) = (terms.verifier(), set_of(&keys), token.text());
        moments.sort();
        let accepted = moments.iter().map(|now| verdict(&verifier, &token, &keys, *now).is_ok());
        let accepted = accepted.collect::<Vec<_>>();
        let changes = accepted.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let begins_inside = accepted.first().copied().unwrap_or_default();
        prop_assert!(changes <= 2 && !(begins_inside && changes == 2), "{accepted:?}");
    }

    /// Of all texts that a lax decoder reads as the same three octet strings, only the one that was
    /// signed is accepted.
    #[test]
    fn there_is_one_spelling(segment in 0..3_usize, lax in select(&LAX[..]), place in any::<Index>(), payload in ".{0,24}") {
        let token = common::token(&json!({ "text": payload }).to_string());
        let verifier = common::verifier(common::waived());
        prop_assert!(verifier.verify(&token, &common::keys(), common::now()).is_ok());
        let mut segments = token.split('.').map(str::to_owned).collect::<Vec<_>>();
        segments[segment] = lax(&segments[segment], place);
        let other = segments.join(".");
        if other != token {
            let error = verifier.verify(&other, &common::keys(), common::now()).unwrap_err();
            // A header or payload that is encoded differently may also be a different one.
            prop_assert!(["malformed_token", "invalid_signature"].contains(&error.code()), "{error}");
        }
    }

    /// An unsigned payload is never interpreted.
    #[test]
    fn a_bad_signature_never_yields_an_error_about_claims(
        token in tokens(), keys in key_sets(), terms in terms(), now in times(), place in any::<Index>(),
    ) {
        let text = token.text();
        let (rest, signature) = text.rsplit_once('.').unwrap();
        let mut octets = BASE64URL.decode(signature).unwrap();
        let place = place.index(octets.len());
        octets[place] ^= 0x20;
        let damaged = format!("{rest}.{}", BASE64URL.encode(octets));
        let error = verdict(&terms.verifier(), &damaged, &set_of(&keys), now).unwrap_err();
        prop_assert!(UP_TO_THE_SIGNATURE.contains(&error.as_str()), "{error}");
    }

    /// Errors, explanations and everything in `Debug` can be logged.
    #[test]
    fn nothing_secret_is_shown(
        token in tokens(), keys in key_sets(), terms in terms(), now in times(), whole in any::<bool>(),
    ) {
        let mut text = token.text();
        if !whole {
            // Truncated, so that the signature is bad as well.
            text.truncate(text.len() - 2);
        }
        let (keys, verifier) = (set_of(&keys), terms.verifier());
        let explanation = verifier.explain(&text, &keys, now);
        let mut shown = format!("{explanation} {explanation:?} {verifier:?} {keys:?}");
        match verifier.verify(&text, &keys, now) {
            Ok(verified) => shown += &format!("{verified:?}"),
            Err(error) => {
                shown += &format!("{error} {error:?} {:?} {:?}", error.expected(), error.actual());
                shown += &error.www_authenticate(Some("realm")).unwrap_or_default();
            }
        }
        let (_, payload_and_signature) = text.split_once('.').unwrap();
        let (payload, signature) = payload_and_signature.split_once('.').unwrap();
        let secrets = SECRETS.iter().flat_map(|secret| [(*secret).to_owned(), BASE64URL.encode(secret)]);
        let private = ["7f3a91c2e8d05b64", "a-nonce-of-the-caller"].map(str::to_owned);
        for hidden in [payload.to_owned(), signature.to_owned()].into_iter().chain(secrets).chain(private) {
            for piece in hidden.as_bytes().windows(6) {
                let piece = str::from_utf8(piece).unwrap();
                prop_assert!(!shown.contains(piece), "{piece} of {hidden} is in {shown}");
            }
        }
    }

    /// The returned payload is exactly what was signed.
    #[test]
    fn the_payload_is_the_signed_one(members in prop::collection::btree_map("[a-zA-Z ]{1,8}", ".{0,12}", 0..6), indented in any::<bool>()) {
        let claims = json!(members);
        let payload =
            if indented { serde_json::to_string_pretty(&claims).unwrap() } else { claims.to_string() };
        let token = common::token(&payload);
        let verified: Verified =
            common::verifier(common::waived()).verify(token, &common::keys(), common::now()).unwrap();
        prop_assert_eq!(verified.payload(), payload.as_bytes());
        prop_assert_eq!(verified.claims::<Value>().unwrap(), claims);
    }
}

/// Checks that the random tokens are not trivial: enough are accepted, and the refusals have enough
/// different errors.
#[test]
fn the_random_tokens_are_of_all_kinds() {
    let mut runner = TestRunner::deterministic();
    let cases = (tokens(), key_sets(), terms(), steps(), times());
    let mut verdicts = BTreeMap::<_, usize>::new();
    for _ in 0..4_000 {
        let (token, keys, terms, steps, now) = cases.new_tree(&mut runner).unwrap().current();
        let terms = steps
            .into_iter()
            .take(1)
            .fold(terms, |terms, (step, index)| terms.narrowed(step, index));
        let verdict = verdict(&terms.verifier(), &token.text(), &set_of(&keys), now);
        *verdicts
            .entry(verdict.map_or_else(|code| code, |_| "accepted".to_owned()))
            .or_default() += 1;
    }
    assert!(verdicts["accepted"] > 400, "{verdicts:?}");
    assert!(verdicts.len() >= 18, "{verdicts:?}");
}

/// Accepted, with the key's kid, or the code of the error.
fn verdict(
    verifier: &Verifier,
    token: &str,
    keys: &JwkSet,
    now: UnixTime,
) -> Result<Option<String>, String> {
    match verifier.verify(token, keys, now) {
        Ok(verified) => Ok(verified.key_id().map(str::to_owned)),
        Err(error) => {
            assert!(Error::CODES.contains(&error.code()));
            Err(error.code().to_owned())
        }
    }
}

const UP_TO_THE_SIGNATURE: [&str; 8] = [
    "token_too_large",
    "malformed_header",
    "unexpected_type",
    "algorithm_not_allowed",
    "unknown_key",
    "ambiguous_key",
    "algorithm_mismatch",
    "invalid_signature",
];
