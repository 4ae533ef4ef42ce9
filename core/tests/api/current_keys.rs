//! The current keys are what the key cache would answer, after any sequence of events.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::unreachable)]

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use verijot::issuer::{CacheSettings, FetchResponse, JwksCache, Resolution, Ticket};
use verijot::{JwkSetParser, crypto};

fn set(kid: &str) -> String {
    format!(
        r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}]}}"#
    )
}

#[derive(Clone, Debug)]
enum Event {
    Token { kid: &'static str },
    Keys { kid: &'static str },
    Unchanged,
    Failure,
    Seed { kid: &'static str },
}

fn event() -> impl Strategy<Value = Event> {
    let kid = prop::sample::select(vec!["a", "b"]);
    prop_oneof![
        4 => kid.clone().prop_map(|kid| Event::Token { kid }),
        2 => kid.clone().prop_map(|kid| Event::Keys { kid }),
        1 => Just(Event::Unchanged),
        2 => Just(Event::Failure),
        1 => kid.prop_map(|kid| Event::Seed { kid }),
    ]
}

proptest! {
    #[test]
    fn current_keys_are_what_the_cache_would_answer(
        trace in prop::collection::vec((event(), 0_u64..5000, 0_u64..2), 1..80)
    ) {
        let parser = JwkSetParser::new(crypto::ring::PROVIDER);
        let mut cache = JwksCache::new(parser, CacheSettings::default());
        let mut now = Duration::ZERO;
        let mut ticket = None::<Ticket>;
        for (event, milliseconds, scale) in trace {
            // Moments, and hours.
            now += Duration::from_millis(milliseconds) * if scale == 0 { 1 } else { 3600 };
            let current = cache.current_keys().map(|(keys, until)| (Arc::clone(keys), until));
            match event {
                Event::Token { kid } => {
                    let known = current.filter(|(keys, until)| !until.has_passed(now) && keys.knows_id(kid));
                    let resolution = cache.resolve(Some(kid), now, now);
                    if let Some((expected, _)) = known {
                        let same = matches!(
                            &resolution,
                            Resolution::Use { keys, fetch: None } if Arc::ptr_eq(keys, &expected)
                        );
                        prop_assert!(same, "{resolution:?}");
                    }
                    if let Resolution::Use { fetch: Some(new), .. } | Resolution::Fetch(new) = resolution {
                        ticket = Some(new);
                    }
                }
                Event::Keys { kid } => if let Some(ticket) = &ticket {
                    let body = set(kid);
                    cache.on_response(ticket, &FetchResponse::new(200, body.as_bytes()), now);
                },
                Event::Unchanged => if let Some(ticket) = &ticket {
                    cache.on_response(ticket, &FetchResponse::new(304, b""), now);
                },
                Event::Failure => if let Some(ticket) = &ticket {
                    cache.on_error(ticket, now);
                },
                Event::Seed { kid } => cache.seed(&set(kid), Duration::ZERO, now).unwrap(),
            }
        }
    }
}

#[test]
fn keys_are_current_until_the_next_fetch_is_due() {
    let mut cache =
        JwksCache::new(JwkSetParser::new(crypto::ring::PROVIDER), CacheSettings::default());
    assert!(cache.current_keys().is_none());
    let second = Duration::from_secs(1);
    let Resolution::Fetch(ticket) = cache.resolve(None, second, second) else { unreachable!() };
    cache.on_response(&ticket, &FetchResponse::new(200, set("a").as_bytes()), second);
    let until = |cache: &JwksCache| cache.current_keys().unwrap().1.monotonic();
    // Four fifths of ten minutes.
    assert_eq!(until(&cache), second * 481);

    let due = second * 481;
    let Resolution::Use { fetch: Some(ticket), .. } = cache.resolve(Some("a"), due, due) else {
        unreachable!()
    };
    // For the timeout of five seconds, then a wait of one.
    assert_eq!(until(&cache), second * 486);
    cache.on_error(&ticket, second * 482);
    assert_eq!(until(&cache), second * 483);
}
