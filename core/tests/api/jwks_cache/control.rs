//! What an operator can do with a cache, and what a refused token can cause.

use std::sync::Arc;

use verijot::issuer::{FetchOutcome, FetchResponse, JwksCache, Resolution};
use verijot::{Error, JwkSet};

use super::{HOUR, MINUTE, SECOND, ask, fetch, filled, set};

fn held(cache: &JwksCache) -> Arc<JwkSet> {
    Arc::clone(cache.current_keys().unwrap().0)
}

fn kids(cache: &JwksCache) -> Vec<&str> {
    cache.current_keys().unwrap().0.keys().iter().filter_map(|key| key.id()).collect()
}

#[test]
fn a_purged_kid_is_gone_from_every_set_and_causes_no_fetch() {
    let mut cache = filled(&["a", "b"], MINUTE);
    cache.purge("a");
    assert_eq!(kids(&cache), ["b"]);
    assert_eq!(cache.health(MINUTE).purged, ["a"]);
    let skipped = cache.current_keys().unwrap().0.skipped();
    assert_eq!(skipped[0].reason().problem().code(), "withdrawn");
    // Its tokens are refused with the current keys, without a fetch.
    assert!(matches!(ask(&mut cache, "a", MINUTE), Resolution::Use { fetch: None, .. }));
    let (error, held) = (Error::UnknownKey { kid: None }, held(&cache));
    assert!(cache.reconsider(&error, &held, Some("a"), 5 * MINUTE, 5 * MINUTE).is_none());
    // Nor does a later set bring it back, or a seed.
    let ticket = fetch(ask(&mut cache, "b", 10 * MINUTE));
    let body = set(&["a", "b"]);
    let outcome =
        cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), 10 * MINUTE);
    assert_eq!(outcome, FetchOutcome::Replaced);
    assert_eq!(kids(&cache), ["b"]);
    cache.seed(&set(&["a", "c"]), SECOND, 12 * MINUTE).unwrap();
    assert_eq!(kids(&cache), ["c"]);
    assert!(cache.restore("a") && !cache.restore("a"));
    assert_eq!(kids(&cache), ["a", "c"]);
}

#[test]
fn a_purged_kid_causes_no_fetch_once_the_issuer_has_withdrawn_it_either() {
    let mut cache = filled(&["a", "b"], MINUTE);
    cache.purge("a");
    let ticket = fetch(cache.refresh_now(2 * MINUTE, 2 * MINUTE));
    let body = set(&["b"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), 2 * MINUTE);
    for second in 0..30 {
        let now = 3 * MINUTE + second * SECOND;
        let resolution = ask(&mut cache, "a", now);
        assert!(matches!(resolution, Resolution::Use { fetch: None, .. }), "{resolution:?}");
    }
    assert!(cache.restore("a"));
    fetch(ask(&mut cache, "a", 4 * MINUTE));
}

#[test]
fn a_set_with_only_purged_keys_still_replaces_older_sets() {
    let mut cache = filled(&["a"], MINUTE);
    cache.purge("a");
    assert!(kids(&cache).is_empty());
    let ticket = fetch(ask(&mut cache, "a", 10 * MINUTE));
    let body = set(&["a"]);
    let outcome =
        cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), 10 * MINUTE);
    assert_eq!(outcome, FetchOutcome::Replaced);
    assert_eq!(cache.health(10 * MINUTE).failures, 0);
}

#[test]
fn a_refresh_on_request_is_over_when_a_later_fetch_has_ended() {
    let mut cache = filled(&["a"], MINUTE);
    let asked = 2 * MINUTE;
    let ticket = fetch(cache.refresh_now(asked, asked));
    assert!(matches!(cache.refresh_now(asked, asked), Resolution::Wait { .. }));
    assert!(matches!(ask(&mut cache, "a", asked), Resolution::Use { fetch: None, .. }));
    let body = set(&["b"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), asked);
    assert!(matches!(cache.refresh_now(asked, asked), Resolution::Use { .. }));
    // However often it is requested, there is a second between two fetches.
    let soon = asked + SECOND / 2;
    let too_soon = cache.refresh_now(soon, soon);
    assert!(
        matches!(too_soon, Resolution::Unavailable { retry_after } if retry_after == SECOND / 2),
        "{too_soon:?}"
    );
    let ticket = fetch(cache.refresh_now(asked + SECOND, asked + SECOND));
    cache.on_error(&ticket, asked + SECOND);
    let failed = cache.refresh_now(asked + SECOND, asked + SECOND);
    assert!(matches!(failed, Resolution::Unavailable { .. }), "{failed:?}");
    assert_eq!(cache.health(asked).fetches.requested, 2);
}

#[test]
fn a_bad_signature_causes_one_fetch_if_the_set_is_a_minute_old() {
    let refused = |cache: &mut JwksCache, now| {
        let held = held(cache);
        cache.reconsider(&Error::InvalidSignature, &held, Some("a"), now, now)
    };
    let mut cache = filled(&["a"], MINUTE);
    assert!(refused(&mut cache, 2 * MINUTE - SECOND).is_none());
    let now = 2 * MINUTE;
    let ticket = fetch(refused(&mut cache, now).unwrap());
    assert!(matches!(refused(&mut cache, now), Some(Resolution::Wait { .. })));
    let body = set(&["a"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), now);
    // The same token is refused again: that is final.
    assert!(refused(&mut cache, now).is_none());
    // The limit is shared with unknown kids.
    let now = HOUR;
    let ticket = fetch(ask(&mut cache, "unknown", now));
    cache.on_error(&ticket, now);
    assert!(refused(&mut cache, now + 14 * SECOND).is_none());
    fetch(refused(&mut cache, now + 15 * SECOND).unwrap());
    assert_eq!(cache.health(now).fetches.refused_token, 2);
    // Other refusals say nothing about the keys.
    let mut cache = filled(&["a"], MINUTE);
    let held = held(&cache);
    assert!(cache.reconsider(&Error::Revoked, &held, Some("a"), HOUR, HOUR).is_none());
}

#[test]
fn a_token_is_tried_again_with_keys_that_came_while_it_was_refused() {
    let mut cache = filled(&["a"], MINUTE);
    let before = held(&cache);
    let ticket = fetch(ask(&mut cache, "b", 2 * MINUTE));
    let body = set(&["a", "b"]);
    cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), 2 * MINUTE);
    // The fetch started after the token arrived, so its set is final for this token.
    let mut again =
        |keys| cache.reconsider(&Error::InvalidSignature, keys, Some("a"), 2 * MINUTE, 2 * MINUTE);
    let Some(Resolution::Use { keys, fetch: None }) = again(&before) else { panic!() };
    assert_eq!(keys.keys().len(), 2);
    assert!(again(&keys).is_none());
}
