//! A key behind a URL for each `kid`, and sets that revoke all keys.
#![cfg(feature = "pem")]

use super::*;

use verijot::Algorithm;
use verijot::issuer::{FetchFailure, KeyFetchStep, KeyLocation};

const PEM: &str = include_str!("../../keys/ec-p-256.pem");
const A: &str = "12345678-1234-1234-1234-123456789012";
const B: &str = "abcdef00-1234-1234-1234-123456789012";

fn by_id() -> JwksCache {
    let parser = JwkSetParser::new(crypto::ring::PROVIDER).certificate_map(Algorithm::Es256);
    let location = KeyLocation::at("https://keys.example/{kid}").unwrap();
    let parser = location.reading(parser.max_keys(3)).unwrap();
    JwksCache::new(parser, CacheSettings::default())
}

fn respond(cache: &mut JwksCache, ticket: &Ticket, status: u16, now: Duration) -> FetchOutcome {
    cache.on_response(ticket, &FetchResponse::new(status, PEM.as_bytes()), now)
}

fn is_usable(resolution: &Resolution, kid: &str) -> bool {
    let keys = match resolution {
        Resolution::Use { keys, .. } => keys.keys().iter().map(|key| key.id().unwrap()),
        _ => return false,
    };
    keys.eq([kid])
}

fn number(number: u32) -> String {
    format!("{number:08x}-1234-1234-1234-123456789012")
}

#[test]
fn each_key_is_fetched_from_its_own_url_and_kept_by_itself() {
    let mut cache = by_id();
    let location = KeyLocation::per_key("https://keys.example/{kid}.pem").unwrap();
    let first = fetch(ask(&mut cache, A, MINUTE));
    let second = fetch(ask(&mut cache, B, MINUTE));
    for (ticket, kid) in [(&first, A), (&second, B)] {
        let KeyFetchStep::Keys(request) = location.fetch(ticket, 1000).step(Duration::ZERO) else {
            panic!("no request")
        };
        assert_eq!(request.url(), format!("https://keys.example/{kid}.pem"));
    }
    assert!(matches!(ask(&mut cache, A, MINUTE), Resolution::Wait { .. }));
    assert_eq!(respond(&mut cache, &second, 200, MINUTE), FetchOutcome::Replaced);
    assert_eq!(respond(&mut cache, &first, 200, MINUTE), FetchOutcome::Replaced);
    for kid in [A, B] {
        assert!(is_usable(&ask(&mut cache, kid, 2 * MINUTE), kid));
    }
    let health = cache.health(2 * MINUTE);
    assert_eq!((health.usable_keys, health.is_fresh, health.fetches.due), (2, true, 2));
    // Only one of them is due.
    let later = MINUTE + Duration::from_secs(480);
    let refresh = fetch(ask(&mut cache, A, later));
    assert!(matches!(cache.on_error(&refresh, later), FetchOutcome::Failed { .. }));
    assert!(is_usable(&ask(&mut cache, A, later), A));
    // A ticket of a key is not one of another, nor of another cache.
    assert_eq!(respond(&mut by_id(), &refresh, 200, later), FetchOutcome::Ignored);
    assert_eq!(cache.on_cancelled(&refresh, later), FetchOutcome::Ignored);
}

#[test]
fn only_uuids_are_fetched() {
    let mut cache = by_id();
    for kid in
        ["", "a", "../a", &A[1..], &format!("{A}0"), &A.replace('-', "0"), &A.replace('1', "g")]
    {
        assert!(matches!(ask(&mut cache, kid, MINUTE), Resolution::UnknownKey { .. }), "{kid}");
    }
    let Resolution::Use { keys, fetch: None } = cache.resolve(None, MINUTE, MINUTE) else {
        panic!("a token without a kid needs no fetch")
    };
    assert!(keys.keys().is_empty());
    assert!(matches!(cache.refresh_now(MINUTE, MINUTE), Resolution::Use { fetch: None, .. }));
    assert_eq!(cache.health(MINUTE).fetches.due, 0);
    assert!(cache.seed("{}", Duration::ZERO, MINUTE).is_err());
    assert!(cache.export(MINUTE).is_none() && cache.current_keys().is_none());
    let location = KeyLocation::per_key("https://keys.example/{kid}").unwrap();
    let ticket = fetch(ask(&mut super::cache(), "a", MINUTE));
    let step = location.fetch(&ticket, 1000).step(Duration::ZERO);
    assert!(matches!(step, KeyFetchStep::Failed { .. }));
}

#[test]
fn a_key_that_the_issuer_does_not_have_is_unknown() {
    for status in [404, 410] {
        let mut cache = by_id();
        let ticket = fetch(ask(&mut cache, A, MINUTE));
        let failure = FetchFailure::UnexpectedStatus { status };
        assert_eq!(respond(&mut cache, &ticket, status, MINUTE), FetchOutcome::Failed { failure });
        assert!(matches!(ask(&mut cache, A, MINUTE), Resolution::UnknownKey { .. }));
        // A later token causes another fetch, and a key that appears is used.
        let later = MINUTE + SECOND;
        let ticket = fetch(ask(&mut cache, A, later));
        assert_eq!(respond(&mut cache, &ticket, 200, later), FetchOutcome::Replaced);
        assert!(is_usable(&ask(&mut cache, A, later), A));
        // One that disappears is not used any more.
        let due = later + Duration::from_secs(480);
        let ticket = fetch(ask(&mut cache, A, due));
        respond(&mut cache, &ticket, status, due);
        assert!(!is_usable(&ask(&mut cache, A, due), A));
    }
    let mut cache = by_id();
    for status in [403, 500] {
        let ticket = fetch(ask(&mut cache, &number(status.into()), MINUTE));
        respond(&mut cache, &ticket, status, MINUTE);
        let again = ask(&mut cache, &number(status.into()), MINUTE);
        assert!(matches!(again, Resolution::Unavailable { .. }), "{again:?}");
    }
    let ticket = fetch(ask(&mut cache, A, MINUTE));
    let response = FetchResponse::new(200, b"{}");
    let outcome = cache.on_response(&ticket, &response, MINUTE);
    assert_eq!(outcome, FetchOutcome::Failed { failure: FetchFailure::NoUsableKeys });
}

#[test]
fn made_up_kids_cause_few_fetches_and_displace_no_key() {
    let mut cache = by_id();
    let ticket = fetch(ask(&mut cache, A, MINUTE));
    respond(&mut cache, &ticket, 200, MINUTE);
    let mut fetches = 0;
    for second in 0..60 {
        let now = MINUTE + SECOND * second;
        for each in 0..10 {
            match ask(&mut cache, &number(second * 10 + each), now) {
                Resolution::Fetch(ticket) => {
                    fetches += 1;
                    respond(&mut cache, &ticket, 404, now);
                }
                Resolution::Unavailable { retry_after } => assert!(retry_after <= 3 * SECOND),
                other => panic!("{other:?}"),
            }
        }
        assert!(is_usable(&ask(&mut cache, A, now), A));
    }
    assert_eq!(fetches, 9 + 59 / 3);
}

#[test]
fn a_withdrawn_kid_is_unknown_at_once() {
    let mut cache = by_id();
    let ticket = fetch(ask(&mut cache, A, MINUTE));
    respond(&mut cache, &ticket, 200, MINUTE);
    cache.purge(A);
    assert!(matches!(ask(&mut cache, A, MINUTE), Resolution::UnknownKey { .. }));
    assert!(cache.restore(A));
    let Resolution::Use { keys, .. } = ask(&mut cache, A, MINUTE) else { panic!("not restored") };
    let forged = verijot::Error::InvalidSignature;
    let later = 3 * MINUTE;
    let again = cache.reconsider(&forged, &keys, Some(A), later, later);
    let ticket = fetch(again.unwrap());
    respond(&mut cache, &ticket, 404, later);
    assert!(matches!(ask(&mut cache, A, later), Resolution::UnknownKey { .. }));
    assert!(cache.reconsider(&forged, &keys, Some(B), later, later).is_none());
    assert!(cache.reconsider(&forged, &keys, None, later, later).is_none());
}

#[test]
fn an_empty_set_revokes_only_if_that_is_said() {
    let encryption = set(&["e"]).replace(r#""kty""#, r#""use":"enc","kty""#);
    let broken = set(&["e"]).replace("Ed25519", "x");
    for (body, may_revoke) in [(set(&[]), true), (encryption, true), (broken, false)] {
        for empty_set_revokes in [false, true] {
            let mut settings = CacheSettings::default();
            settings.empty_set_revokes = empty_set_revokes;
            let parser = JwkSetParser::new(crypto::ring::PROVIDER);
            let mut cache = JwksCache::new(parser, settings);
            let ticket = fetch(ask(&mut cache, "a", MINUTE));
            cache.on_response(&ticket, &FetchResponse::new(200, set(&["a"]).as_bytes()), MINUTE);
            let due = MINUTE + Duration::from_secs(480);
            let ticket = fetch(ask(&mut cache, "a", due));
            let outcome =
                cache.on_response(&ticket, &FetchResponse::new(200, body.as_bytes()), due);
            let revokes = empty_set_revokes && may_revoke;
            assert_eq!(outcome == FetchOutcome::Replaced, revokes, "{body} {empty_set_revokes}");
            let after = ask(&mut cache, "a", due);
            assert_eq!(matches!(after, Resolution::Use { .. }), !revokes, "{after:?}");
            if revokes {
                assert!(matches!(after, Resolution::UnknownKey { .. }), "{after:?}");
                let exported = cache.export(due).unwrap().jwks.to_owned();
                assert!(cache.seed(&exported, Duration::ZERO, due + SECOND).is_ok());
            }
        }
    }
}
