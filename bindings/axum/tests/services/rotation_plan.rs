//! The issuer's keys over years, by a clock that the test advances.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::key_ring::{KeyRing, OVERLAP};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

#[test]
fn a_key_is_published_long_before_and_after_it_signs() {
    let start = 1_700_000_000;
    let mut ring = KeyRing::new(start).unwrap();
    let mut lives: BTreeMap<String, Life> = BTreeMap::new();
    for hour in 0..3 * 366 * 24 {
        let now = start + hour * HOUR;
        ring.advance(now).unwrap();
        let signing = ring.signing(now).unwrap().id().to_owned();
        for id in ring.ids() {
            lives.entry(id.to_owned()).or_insert(Life::starting(now)).published.1 = now;
        }
        let signed = &mut lives.get_mut(&signing).unwrap().signed;
        *signed = Some((signed.map_or(now, |(first, _)| first), now));
        assert!(ring.ids().len() <= 2);
    }
    let mut lives = lives.into_values().collect::<Vec<_>>();
    lives.sort_by_key(|life| life.published.0);
    assert_eq!(lives.len(), 13, "a key a quarter");
    for life in &lives[1..12] {
        let (first, last) = life.signed.unwrap();
        assert_eq!(first - life.published.0, DAY);
        assert_eq!(last - first, 91 * DAY - HOUR);
        // A day of the week's overlap has passed when the next key starts to sign.
        assert_eq!(life.published.1 - last, OVERLAP - DAY);
    }
}

struct Life {
    published: (i64, i64),
    signed: Option<(i64, i64)>,
}

impl Life {
    const fn starting(now: i64) -> Self {
        Self { published: (now, now), signed: None }
    }
}

#[test]
fn an_issuer_that_slept_still_publishes_before_it_signs() {
    let mut ring = KeyRing::new(0).unwrap();
    let first = ring.signing(0).unwrap().id().to_owned();
    let late = 400 * DAY;
    ring.advance(late).unwrap();
    assert_eq!(ring.ids().len(), 2);
    assert_eq!(ring.signing(late).unwrap().id(), first);
    ring.advance(late + DAY).unwrap();
    assert_ne!(ring.signing(late + DAY).unwrap().id(), first);
    assert_eq!(ring.ids().len(), 2);
    ring.advance(late + OVERLAP).unwrap();
    assert!(!ring.ids().contains(&first.as_str()));
}

#[test]
fn an_unplanned_rotation_brings_the_next_one_forward() {
    let mut ring = KeyRing::new(0).unwrap();
    let first = ring.signing(0).unwrap().id().to_owned();
    ring.rotate(10, 3600, OVERLAP).unwrap();
    let planned = ring.ids()[1].to_owned();
    assert_eq!(ring.signing(10).unwrap().id(), first);
    ring.rotate(20, 0, OVERLAP).unwrap();
    assert_eq!(ring.ids(), [first.as_str(), planned.as_str()]);
    assert_eq!(ring.signing(20).unwrap().id(), planned);
    // No signing key is withdrawn.
    ring.rotate(30, 3600, 0).unwrap();
    assert_eq!(ring.signing(3629).unwrap().id(), planned);
    ring.advance(3629).unwrap();
    assert!(ring.ids().contains(&planned.as_str()));
    ring.advance(3630).unwrap();
    assert_eq!(ring.ids(), [ring.signing(3630).unwrap().id()]);
    assert_ne!(ring.ids(), [planned.as_str()]);
}

#[test]
fn only_public_keys_are_published() {
    let ring = KeyRing::new(0).unwrap();
    let jwks: Value = serde_json::from_str(&ring.jwks()).unwrap();
    let members = jwks["keys"][0].as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(verijot::JwkSet::from_json(ring.jwks()).unwrap().keys().len(), 1);
}
