//! A quarter in the life of a key cache: rotations with a week's overlap, an outage of a day, and
//! an attacker with 10,000 random kids a second. Counts fetches and wrong verdicts.
#![cfg(feature = "ring")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable
)]

use std::time::Duration;

use verijot::issuer::{CacheSettings, FetchResponse, JwksCache, Resolution, Ticket};
use verijot::{JwkSetParser, crypto};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// Signs with a new key every four weeks; publishes each key a week before it signs and a week
/// after.
struct Issuer;

impl Issuer {
    const PERIOD: Duration = Duration::from_secs(28 * 86_400);

    fn signing_key(now: Duration) -> u64 {
        now.as_secs() / Self::PERIOD.as_secs()
    }

    fn publishes(key: u64, now: Duration) -> bool {
        let begins = Self::PERIOD * u32::try_from(key).unwrap();
        now + WEEK >= begins && now < begins + Self::PERIOD + WEEK
    }

    fn is_down(now: Duration) -> bool {
        (30 * DAY..31 * DAY).contains(&now)
    }

    fn set(now: Duration) -> String {
        let keys = (0..5).filter(|key| Self::publishes(*key, now)).map(|key| {
            format!(
                r#"{{"kty":"OKP","crv":"Ed25519","kid":"key-{key}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
            )
        });
        format!(r#"{{"keys":[{}]}}"#, keys.collect::<Vec<_>>().join(","))
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    fetches: u32,
    accepted: u32,
    wrongly_refused: u32,
    wrongly_accepted: u32,
    attacks_refused: u32,
}

struct Service {
    cache: JwksCache,
    counts: Counts,
}

impl Service {
    fn fetch(&mut self, ticket: &Ticket, now: Duration) {
        self.counts.fetches += 1;
        if Issuer::is_down(now) {
            self.cache.on_error(ticket, now);
        } else {
            let set = Issuer::set(now);
            let mut response = FetchResponse::new(200, set.as_bytes());
            response.cache_control = Some("max-age=3600");
            self.cache.on_response(ticket, &response, now);
        }
    }

    /// Whether keys are found for a token with this kid.
    fn accepts(&mut self, kid: &str, now: Duration) -> bool {
        for _ in 0..3 {
            match self.cache.resolve(Some(kid), now, now) {
                Resolution::Use { keys, fetch } => {
                    let known = keys.knows_id(kid);
                    if let Some(ticket) = fetch {
                        self.fetch(&ticket, now);
                    }
                    return known;
                }
                Resolution::Fetch(ticket) => self.fetch(&ticket, now),
                _ => return false,
            }
        }
        unreachable!("one fetch settles a token")
    }

    /// A token signed some time ago, at most an hour.
    fn present(&mut self, key: u64, now: Duration) {
        let accepted = self.accepts(&format!("key-{key}"), now);
        // After the issuer has withdrawn a key, the old set may be used for as long as it is fresh,
        // and a day longer while the issuer is down.
        let outlived = 2 * HOUR + if Issuer::is_down(now) { DAY } else { Duration::ZERO };
        if accepted {
            self.counts.accepted += 1;
            let recently = now.saturating_sub(outlived);
            if !Issuer::publishes(key, now) && !Issuer::publishes(key, recently) {
                self.counts.wrongly_accepted += 1;
            }
        } else if Issuer::publishes(key, now) {
            self.counts.wrongly_refused += 1;
        }
    }

    /// 10,000 random kids a second.
    fn suffer(&mut self, seconds: u64, start: Duration) {
        for index in 0..10_000 * seconds {
            let now = start + Duration::from_micros(100 * index);
            if !self.accepts(&format!("random-{index}"), now) {
                self.counts.attacks_refused += 1;
            }
            // Real users send tokens at the same time.
            if index % 1000 == 0 {
                self.present(Issuer::signing_key(now), now);
            }
        }
    }
}

#[test]
fn a_quarter_passes_without_a_wrong_verdict() {
    let parser = JwkSetParser::new(crypto::ring::PROVIDER);
    let cache = JwksCache::new(parser, CacheSettings::default());
    let mut service = Service { cache, counts: Counts::default() };
    let mut now = DAY;
    while now < 91 * DAY {
        let signed = now.saturating_sub(HOUR);
        service.present(Issuer::signing_key(signed), now);
        service.present(Issuer::signing_key(now), now);
        // Once a day a token of the previous key arrives.
        if now.as_secs() % DAY.as_secs() == 0 {
            service.present(Issuer::signing_key(now).saturating_sub(1), now);
        }
        now += 5 * MINUTE;
    }
    println!("a quarter: {:?}", service.counts);
    let Counts { fetches, accepted, wrongly_refused, wrongly_accepted, .. } = service.counts;
    assert_eq!((wrongly_refused, wrongly_accepted), (0, 0));
    // Every 50 minutes (80 % of an hour, then the next token), one a day for the key that is gone,
    // and with every token while the issuer is down.
    assert!(fetches <= 90 * (29 + 1) + 288, "{fetches}");
    assert!(accepted > 90 * 288 * 2, "{accepted}");
}

#[test]
fn an_attacker_causes_four_fetches_a_minute_and_no_wrong_verdict() {
    for start in [10 * DAY, 28 * DAY - MINUTE / 2, 30 * DAY + HOUR] {
        let parser = JwkSetParser::new(crypto::ring::PROVIDER);
        let cache = JwksCache::new(parser, CacheSettings::default());
        let mut service = Service { cache, counts: Counts::default() };
        // Warm, before any outage.
        service.present(Issuer::signing_key(start - 2 * HOUR), start - 2 * HOUR);
        assert_eq!(service.counts.fetches, 1);
        service.suffer(60, start);
        println!("a minute's attack: {:?}", service.counts);
        let Counts { fetches, accepted, wrongly_refused, wrongly_accepted, attacks_refused } =
            service.counts;
        assert_eq!((wrongly_refused, wrongly_accepted, attacks_refused), (0, 0, 600_000));
        assert_eq!(accepted, 601);
        // The first, two in thirty seconds by unknown kids, one that is due, and while the issuer
        // is down those that follow its failures.
        assert!(fetches <= 14, "{fetches}");
    }
}
