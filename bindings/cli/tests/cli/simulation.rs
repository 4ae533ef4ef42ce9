//! Compares `verijot rehearse` with the core's cache and verifier: services with real keys and
//! tokens go through the same rotation, second by second.

mod case;
mod forecast;
mod keys;
mod service;

use std::time::Duration;

use serde_json::{Value, json};
use verijot::issuer::{CacheSettings, FetchResponse, JwksCache, Resolution, Ticket};
use verijot::{
    Algorithm, Audiences, Error, Issuers, JwkSet, JwkSetParser, Policy, UnixTime, Verifier, crypto,
};

use self::case::{Case, Numbers, Seen};
use self::forecast::{life, spans, within};
use self::keys::{Key, set};
use self::service::{Service, Verdict};
use crate::program::{file, run};

#[test]
fn a_key_beside_the_old_one() {
    agrees("beside", &[Key::A], &[Key::A, Key::B]);
}

#[test]
fn no_overlap() {
    agrees("instead", &[Key::A], &[Key::B]);
}

#[test]
fn one_of_two_keys_is_already_gone() {
    agrees("chain", &[Key::A, Key::B], &[Key::B, Key::C]);
}

#[test]
fn only_a_withdrawal() {
    agrees("withdrawal", &[Key::A, Key::B], &[Key::B]);
}

#[test]
fn a_kid_for_another_key() {
    agrees("reused", &[Key::A], &[Key::OtherA]);
}

#[test]
fn two_keys_with_one_kid() {
    agrees("ambiguous", &[Key::A, Key::B], &[Key::A, Key::OtherA, Key::B]);
}

#[test]
fn keys_without_kid() {
    agrees("nameless", &[Key::Nameless], &[Key::Nameless, Key::OtherNameless]);
}

#[test]
fn a_first_kid() {
    agrees("first-kid", &[Key::Nameless], &[Key::Nameless, Key::B]);
}

#[test]
fn a_last_kid() {
    agrees("last-kid", &[Key::A], &[Key::A, Key::Nameless]);
}

#[test]
fn a_key_under_another_kid() {
    agrees("renamed", &[Key::A], &[Key::RenamedA]);
}

#[test]
fn a_key_under_another_kid_beside_the_old_one() {
    agrees("renamed-beside", &[Key::A], &[Key::A, Key::RenamedA, Key::B]);
}

#[test]
fn fetching_after_an_unknown_kid_finds_new_keys() {
    for sign_after in [0, 10, 14, 15, 100] {
        let case = Case {
            name: "refetch",
            old: &[Key::A],
            new: &[Key::A, Key::B],
            numbers: Numbers { ttl: 300, sign_after, ..Numbers::draw(1) },
        };
        let forecast = case.forecast("--rely-on-refetch");
        let predicted = spans(&forecast, Key::B, "new", &["current", "caching", "idle"]);
        for attacked in [false, true] {
            let refused = (sign_after..400).filter(|now| {
                let mut service = Service::new(&case);
                service.fetch_first(-20);
                if attacked {
                    service.meets("random", -1);
                    service.meets("untrusted", -1);
                }
                match service.verdict(Key::B, *now) {
                    Verdict::Accepted => false,
                    Verdict::Refused => panic!("refused permanently at {now}"),
                    Verdict::Unavailable { retry_after } => {
                        let retry_at = *now + i64::try_from(retry_after.as_secs()).unwrap();
                        assert!(retry_after <= Duration::from_secs(15), "{now}");
                        assert_eq!(service.verdict(Key::B, retry_at), Verdict::Accepted, "{now}");
                        true
                    }
                }
            });
            let refused = refused.collect::<Vec<_>>();
            // Exactly as predicted, except for the second between the attack and the publication.
            let until = if attacked { 14 } else { 0 };
            assert_eq!(refused, (sign_after..until).collect::<Vec<_>>());
            assert!(refused.iter().all(|now| within(&predicted, *now)), "{refused:?}");
        }
        let expected = if sign_after < 15 { vec![(sign_after, 15)] } else { Vec::new() };
        assert_eq!(predicted, expected);
        assert_eq!(forecast["earliest"]["sign_after"], 15);
        if let Some(finding) = forecast["findings"].as_array().unwrap().first() {
            assert_eq!(finding["error"], "keys_unavailable");
        }
    }
}

#[test]
fn fetching_after_a_bad_signature_finds_new_keys() {
    for sign_after in [0, 59, 60] {
        let case = Case {
            name: "reconsidered",
            old: &[Key::Nameless],
            new: &[Key::Nameless, Key::OtherNameless],
            numbers: Numbers { ttl: 300, sign_after, overlap: 800, ..Numbers::draw(1) },
        };
        let forecast = case.forecast("--rely-on-refetch");
        let all = ["current", "caching", "idle"];
        let predicted = spans(&forecast, Key::OtherNameless, "new", &all);
        let mut latest = None;
        // Sets of every age, and other tokens that use up the limit at every moment.
        for (fetched, attacked) in [(-1, None), (-20, None), (-20, Some(-1)), (-290, None)]
            .into_iter()
            .chain((-80..60).step_by(14).map(|attacked| (-90, Some(attacked))))
        {
            let refused = (sign_after..100).filter(|now| {
                let mut service = Service::new(&case);
                service.reconsiders = true;
                service.fetch_first(fetched);
                if let Some(attacked) = attacked.filter(|attacked| attacked < now) {
                    service.meets("random", attacked);
                    service.accepts_with_refetch(Key::OtherA, attacked);
                }
                !service.accepts_with_refetch(Key::OtherNameless, *now)
            });
            let refused = refused.inspect(|now| assert!(within(&predicted, *now), "{now}"));
            let last = refused.max();
            latest = latest.max(last);
        }
        let expected = if sign_after < 60 { vec![(sign_after, 60)] } else { Vec::new() };
        assert_eq!(predicted, expected);
        // The newest set was fetched a second before the publication.
        assert_eq!(latest, (sign_after < 59).then_some(58));
        assert_eq!(forecast["earliest"]["sign_after"], 60);
    }
}

#[test]
fn a_key_without_kid_signs_after_idle_verifiers_have_it() {
    for seed in 0..SEEDS {
        let draw = |sign_after| Case {
            name: "patient",
            old: &[Key::Nameless],
            new: &[Key::Nameless, Key::OtherNameless],
            numbers: Numbers { sign_after, overlap: 5000, ..Numbers::draw(seed) },
        };
        let earliest = draw(0).forecast("")["earliest"]["sign_after"].as_i64().unwrap();
        let Numbers { ttl, revalidate, stale, .. } = Numbers::draw(seed);
        assert_eq!(earliest, ttl + revalidate.min(ttl).min(stale));
        for (sign_after, is_safe) in [(earliest, true), (earliest - 1, false)] {
            assert_eq!(draw(sign_after).forecast("")["safe"], is_safe, "{seed}");
        }
    }
}

#[test]
fn verifiers_keep_their_keys_if_a_set_has_no_usable_key() {
    let case = Case {
        name: "unusable",
        old: &[Key::A],
        new: &[Key::A, Key::OtherA],
        numbers: Numbers { overlap: 5000, ..Numbers::draw(1) },
    };
    let forecast = case.forecast("");
    assert_eq!(forecast["findings"][0]["code"], "unusable_set");
    assert_eq!(forecast["findings"][0]["error"], "no_usable_keys");
    let life = life(&forecast, Key::A, "replaced");
    let until = life["accepted_until_when_cut_off"].as_i64().unwrap();
    assert_eq!(life["accepted_until"], until);
    assert_eq!(life["accepted_until_when_idle"], until);
    let mut service = Service::new(&case);
    service.fetch_first(-1);
    for now in (0..until + 100).step_by(10) {
        assert_eq!(service.accepts_with_refetch(Key::A, now), now < until - 1, "{now} {forecast}");
    }
}

/// Several plans for the same two sets.
#[track_caller]
fn agrees(name: &'static str, old: &'static [Key], new: &'static [Key]) {
    for seed in 0..SEEDS {
        let case = Case { name, old, new, numbers: Numbers::draw(seed) };
        let forecast = case.forecast("");
        let seen = case.observe();
        for (key, role) in case.signers() {
            let place = format!("{name} {:?} {role} {key:?} {forecast}", case.numbers);
            let told = |verifiers: &[&str]| spans(&forecast, key, role, verifiers);
            // A verifier that starts has the newest set, so its predictions are exact.
            for (now, accepted) in of(&seen.current.valid, key) {
                assert_eq!(accepted, !within(&told(&["current"]), now), "{now} {place}");
            }
            let caching = told(&["current", "caching"]);
            refuses(&of(&seen.caching.valid, key), &caching, &told(&["caching"]), &place);
            let idle = told(&["current", "caching", "idle"]);
            refuses(&of(&seen.idle.valid, key), &idle, &told(&["idle"]), &place);
            let life = life(&forecast, key, role);
            if let Some(withdrawn) = life["published_until"].as_i64() {
                let until = |field: &str| life[field].as_i64().unwrap_or(i64::MAX);
                let end = until("accepted_until");
                let idle_end = until("accepted_until_when_idle");
                let last_end = until("accepted_until_when_cut_off");
                accepts(&of(&seen.caching.forged, key), withdrawn, end, &place);
                accepts(&of(&seen.idle.forged, key), withdrawn, idle_end, &place);
                accepts(&of(&seen.cut_off, key), withdrawn, last_end, &place);
                let findings = forecast["findings"].as_array().unwrap().iter();
                let outlives = findings
                    .filter(|told| told["effect"] == "accepted")
                    .any(|told| told["role"] == role && told["kid"] == json!(key.kid()));
                let Numbers { ttl, revalidate, stale, .. } = case.numbers;
                let unavoidable = withdrawn + ttl + revalidate.min(ttl).min(stale);
                assert_eq!(outlives, idle_end > unavoidable, "{place}");
            }
        }
    }
}

/// Checks that nothing is refused outside of `most`, and something throughout `least`.
#[track_caller]
fn refuses(seen: &[(i64, bool)], most: &[(i64, i64)], least: &[(i64, i64)], place: &str) {
    let refused = seen.iter().filter(|(_, accepted)| !accepted).map(|(now, _)| *now);
    let refused = refused.collect::<Vec<_>>();
    let stray = refused.iter().find(|now| !within(most, **now));
    assert_eq!(stray, None, "refused outside of {most:?}: {place}");
    for (from, until) in least {
        for now in (*from..*until).step_by(5) {
            let near = refused.iter().any(|refused| (refused - now).abs() <= TOLERANCE);
            assert!(near, "accepted around {now}, within {least:?}: {place}");
        }
    }
}

/// Checks that something is accepted until just before `until`, and nothing after that.
#[track_caller]
fn accepts(seen: &[(i64, bool)], withdrawn: i64, until: i64, place: &str) {
    let accepted = seen.iter().filter(|(_, accepted)| *accepted).map(|(now, _)| *now);
    let last = accepted.max().unwrap_or(withdrawn);
    let looked = seen.iter().map(|(now, _)| *now).max().unwrap_or_default();
    let until = until.min(looked + 1);
    assert!(last < until, "accepted at {last}, not only until {until}: {place}");
    assert!(last >= until - TOLERANCE, "accepted until {last}, not until {until}: {place}");
}

fn of(seen: &[(Key, i64, bool)], key: Key) -> Vec<(i64, bool)> {
    let own = seen.iter().filter(|(signer, ..)| *signer == key);
    own.map(|(_, now, accepted)| (*now, *accepted)).collect()
}

/// The monotonic clock.
fn clock(now: i64) -> Duration {
    Duration::from_secs(u64::try_from(now + 100_000).unwrap())
}

/// The date of the publication.
const EPOCH: i64 = 1_700_000_000;

/// The default.
const LEEWAY: i64 = 30;

/// The number of random plans for each pair of sets.
const SEEDS: u64 = 6;

/// The offset between the phases of the services.
const STEP: i64 = 15;

/// The precision of the simulation.
const TOLERANCE: i64 = 25;
