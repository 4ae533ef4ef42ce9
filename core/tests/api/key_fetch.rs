//! One fetch, request by request: URLs, headers and timeouts.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]

use std::time::Duration;

use verijot::issuer::discovery::FetchRules;
use verijot::issuer::{
    CacheSettings, FetchResponse, JwksCache, KeyFetchFailure, KeyFetchStep, KeyLocation,
    KeyRequest, Resolution, Ticket,
};
use verijot::{JwkSetParser, crypto};

const SECOND: Duration = Duration::from_secs(1);
const KEYS: &str = "https://issuer.example/keys?tenant=secret";
const SET: &[u8] = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn cache() -> JwksCache {
    JwksCache::new(JwkSetParser::new(crypto::ring::PROVIDER), CacheSettings::default())
}

fn ticket(cache: &mut JwksCache, now: Duration) -> Ticket {
    match cache.resolve(Some("a"), now, now) {
        Resolution::Fetch(ticket) | Resolution::Use { fetch: Some(ticket), .. } => ticket,
        other => panic!("{other:?}"),
    }
}

fn keys(step: KeyFetchStep) -> KeyRequest {
    match step {
        KeyFetchStep::Keys(request) => request,
        other => panic!("{other:?}"),
    }
}

fn metadata(step: KeyFetchStep) -> KeyRequest {
    match step {
        KeyFetchStep::Metadata(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fixed_url_needs_one_request_which_becomes_conditional() {
    let mut cache = cache();
    let mut location = KeyLocation::at(KEYS).unwrap();
    let first = ticket(&mut cache, SECOND);
    let request = keys(location.fetch(&first, 1000).step(SECOND));
    assert_eq!((request.url(), request.max_octets()), (KEYS, 1000));
    assert_eq!(request.timeout(), 4 * SECOND);
    assert!(!request.is_conditional());
    let always = [
        ("Accept", "application/jwk-set+json, application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", "verijot"),
    ];
    assert_eq!(request.headers(), always);
    assert!(!format!("{request:?} {location:?}").contains("secret"));

    let mut response = FetchResponse::new(200, SET);
    response.entity_tag = Some("\"1\"");
    response.last_modified = Some("Tue, 14 Nov 2023 22:13:20 GMT");
    assert!(!format!("{response:?}").contains("11qY"));
    cache.on_response(&first, &response, SECOND);
    location.confirm(request.url());
    let second = ticket(&mut cache, 600 * SECOND);
    let request = keys(location.fetch(&second, 1000).step(Duration::ZERO));
    assert!(request.is_conditional());
    let conditions =
        [("If-None-Match", "\"1\""), ("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")];
    assert_eq!(request.headers(), [&always[..], &conditions].concat());
    // Validators belong to the URL that they came from.
    let elsewhere = KeyLocation::at("https://issuer.example/other").unwrap();
    assert!(!keys(elsewhere.fetch(&second, 1000).step(Duration::ZERO)).is_conditional());
}

#[test]
fn a_metadata_request_gets_half_of_the_remaining_time() {
    let mut cache = cache();
    let location = KeyLocation::of_issuer("https://issuer.example").unwrap();
    let ticket = ticket(&mut cache, SECOND);
    let mut fetch = location.fetch(&ticket, 1000);
    let request = metadata(fetch.step(SECOND));
    assert_eq!(request.url(), "https://issuer.example/.well-known/openid-configuration");
    assert_eq!((request.timeout(), request.max_octets()), (2 * SECOND, 65_536));
    assert_eq!(request.headers().first(), Some(&("Accept", "application/json")));
    fetch.on_response(404, b"");
    metadata(fetch.step(2 * SECOND));
    let found = br#"{"issuer":"https://issuer.example","jwks_uri":"https://keys.example/a"}"#;
    fetch.on_response(200, found);
    let request = keys(fetch.step(3 * SECOND));
    assert_eq!((request.url(), request.timeout()), ("https://keys.example/a", 2 * SECOND));
    let late = fetch.step(5 * SECOND);
    assert_eq!(late, KeyFetchStep::Failed { failure: KeyFetchFailure::NoTime });
    assert_eq!(KeyFetchFailure::NoTime.to_string(), "timed_out");
}

#[test]
fn a_search_that_fails_ends_the_fetch() {
    let mut cache = cache();
    let location = KeyLocation::of_issuer("https://issuer.example").unwrap();
    let ticket = ticket(&mut cache, SECOND);
    let mut fetch = location.fetch(&ticket, 1000);
    fetch.on_error();
    let KeyFetchStep::Failed { failure } = fetch.step(SECOND) else { panic!("a request") };
    assert_eq!(failure.to_string(), "no_answer");
    let mut fetch = location.fetch(&ticket, 1000);
    let private = br#"{"issuer":"https://issuer.example","jwks_uri":"https://169.254.169.254/"}"#;
    fetch.on_response(200, private);
    let KeyFetchStep::Failed { failure } = fetch.step(SECOND) else { panic!("a request") };
    assert!(failure.to_string().starts_with("unusable_metadata: "), "{failure}");
}

#[test]
fn rules_apply_to_every_url_and_queries_are_hidden() {
    let rules = FetchRules::new().allowed_hosts(["issuer.example"]);
    let location = KeyLocation::at_under(KEYS, rules.clone()).unwrap();
    assert_eq!(format!("{location:?}"), "KeyLocation(https://issuer.example/keys)");
    let search = location.search();
    assert!(!format!("{search:?} {:?}", search.step()).contains("secret"));
    let mut search =
        KeyLocation::of_issuer_under("https://issuer.example", rules).unwrap().search();
    assert!(format!("{:?}", search.step()).starts_with("Metadata"));
    let elsewhere = br#"{"issuer":"https://issuer.example","jwks_uri":"https://keys.example/a"}"#;
    search.on_response(200, elsewhere);
    assert!(format!("{search:?}").contains("its host is not allowed"));
}
