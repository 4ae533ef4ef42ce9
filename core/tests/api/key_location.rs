//! From an issuer to the URL of its keys, with every kind of response.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use proptest::prelude::*;
use verijot::issuer::discovery::DiscoveryError;
use verijot::issuer::{KeyLocation, Search, SearchFailure, SearchStep};

const ISSUER: &str = "https://issuer.example/tenant";
const OPENID: &str = "https://issuer.example/tenant/.well-known/openid-configuration";
const OAUTH: &str = "https://issuer.example/.well-known/oauth-authorization-server/tenant";
const DEFAULT: &str = "https://issuer.example/tenant/.well-known/jwks.json";
const KEYS: &str = "https://keys.example/set";

const METADATA: &[u8] =
    br#"{"issuer":"https://issuer.example/tenant","jwks_uri":"https://keys.example/set"}"#;

/// The response to one request.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Status(u16, &'static [u8]),
    Silence,
}

const GOOD: Answer = Answer::Status(200, METADATA);
const NOTHING: Answer = Answer::Status(404, b"");

fn hand_in(search: &mut Search, answer: Answer) {
    match answer {
        Answer::Status(status, body) => search.on_response(status, body),
        Answer::Silence => search.on_error(),
    }
}

/// Passes the responses in order; returns the requested URLs, and how the search ended.
fn play(location: &KeyLocation, answers: &[Answer]) -> (Vec<String>, String) {
    let mut search = location.search();
    let mut asked = Vec::new();
    loop {
        let answer = match search.step() {
            SearchStep::Metadata { url } => {
                asked.push(url.to_owned());
                answers[asked.len() - 1]
            }
            SearchStep::Keys { url, is_known } => {
                let known = if is_known { " (known)" } else { "" };
                return (asked, format!("{url}{known}"));
            }
            SearchStep::Failed { failure } => return (asked, failure.to_string()),
            step => panic!("{step:?}"),
        };
        hand_in(&mut search, answer);
    }
}

fn issuer() -> KeyLocation {
    KeyLocation::of_issuer(ISSUER).unwrap()
}

#[test]
fn the_urls_are_tried_in_order() {
    let ended = |asked: &[&str], end: &str| {
        (asked.iter().map(ToString::to_string).collect::<Vec<_>>(), end.to_owned())
    };
    assert_eq!(play(&issuer(), &[GOOD]), ended(&[OPENID], KEYS));
    assert_eq!(play(&issuer(), &[NOTHING, GOOD]), ended(&[OPENID, OAUTH], KEYS));
    assert_eq!(play(&issuer(), &[NOTHING, NOTHING]), ended(&[OPENID, OAUTH], DEFAULT));
    let strict = issuer().discovery_only();
    assert_eq!(play(&strict, &[NOTHING, GOOD]), ended(&[OPENID, OAUTH], KEYS));
    let (_, end) = play(&strict, &[NOTHING, NOTHING]);
    assert!(end.starts_with("no_metadata: "), "{end}");
}

#[test]
fn only_not_found_leads_to_the_next_url() {
    for status in [400, 401, 403, 404, 405, 410, 418, 451, 499] {
        let (asked, end) = play(&issuer(), &[Answer::Status(status, METADATA), GOOD]);
        assert_eq!((asked.len(), end.as_str()), (2, KEYS), "{status}");
    }
    for status in [0, 100, 201, 204, 206, 301, 302, 304, 408, 425, 429, 500, 502, 503, 599, 600] {
        let (asked, end) = play(&issuer(), &[Answer::Status(status, METADATA)]);
        assert_eq!((asked.len(), end), (1, format!("unexpected_status: {status}")));
    }
    assert_eq!(play(&issuer(), &[Answer::Silence]).1, "no_answer");
    let (asked, end) = play(&issuer(), &[NOTHING, Answer::Silence]);
    assert_eq!((asked.len(), end.as_str()), (2, "no_answer"));
}

#[test]
fn a_document_that_cannot_be_trusted_ends_the_search() {
    let documents: [(&[u8], &str); 5] = [
        (
            br#"{"issuer":"https://evil.example","jwks_uri":"https://evil.example/set"}"#,
            "unusable_metadata: the metadata names a different issuer than the one requested",
        ),
        (b"<html>", "unusable_metadata: the issuer's metadata is invalid: "),
        (b"", "unusable_metadata: the issuer's metadata is invalid: "),
        (
            br#"{"issuer":"https://issuer.example/tenant"}"#,
            "unusable_metadata: the issuer's metadata is invalid: jwks_uri is missing or not a string",
        ),
        (
            br#"{"issuer":"https://issuer.example/tenant","jwks_uri":"http://keys.example"}"#,
            "unusable_metadata: keys cannot be fetched from this URL: it is not https",
        ),
    ];
    for (body, failure) in documents {
        let mut location = issuer();
        location.confirm(KEYS);
        for location in [issuer(), location] {
            for answers in [&[Answer::Status(200, body)][..], &[NOTHING, Answer::Status(200, body)]]
            {
                let (asked, end) = play(&location, answers);
                assert_eq!(asked.len(), answers.len());
                assert!(end.starts_with(failure), "{end}");
            }
        }
    }
}

#[test]
fn the_last_url_is_used_while_the_metadata_cannot_be_fetched() {
    let mut location = issuer();
    location.confirm(KEYS);
    let known = format!("{KEYS} (known)");
    assert_eq!(play(&location, &[GOOD]).1, known);
    assert_eq!(play(&location, &[Answer::Silence]).1, known);
    assert_eq!(play(&location, &[Answer::Status(503, b"")]).1, known);
    assert_eq!(play(&location, &[NOTHING, NOTHING]).1, known);
    assert_eq!(play(&location.clone().discovery_only(), &[NOTHING, NOTHING]).1, known);
    // The issuer moves its keys: validators of the old URL are not used for the new one.
    let moved =
        br#"{"issuer":"https://issuer.example/tenant","jwks_uri":"https://keys.example/new"}"#;
    let (_, end) = play(&location, &[Answer::Status(200, moved)]);
    assert_eq!(end, "https://keys.example/new");
    location.confirm("https://keys.example/new");
    assert_eq!(play(&location, &[GOOD]).1, KEYS);
}

#[test]
fn one_url_needs_no_search() {
    let mut location = KeyLocation::at(KEYS).unwrap();
    assert_eq!(location.search().step(), SearchStep::Keys { url: KEYS, is_known: false });
    location.confirm(KEYS);
    let mut search = location.search();
    search.on_error();
    search.on_response(500, b"");
    assert_eq!(search.step(), SearchStep::Keys { url: KEYS, is_known: true });
    assert_eq!(location.to_string(), KEYS);
    assert_eq!(
        KeyLocation::at("https://a.example/k?secret").unwrap().to_string(),
        "https://a.example/k"
    );
    assert_eq!(issuer().to_string(), ISSUER);
    let unsafe_url = DiscoveryError::UnsafeUrl { reason: "it is not https" };
    assert_eq!(KeyLocation::at("http://a.example").unwrap_err(), unsafe_url);
    assert_eq!(KeyLocation::of_issuer("http://a.example").unwrap_err(), unsafe_url);
}

#[test]
fn a_finished_search_ignores_responses() {
    let mut search = issuer().search();
    search.on_response(200, METADATA);
    for answer in [NOTHING, Answer::Silence, Answer::Status(500, b""), GOOD] {
        hand_in(&mut search, answer);
        assert_eq!(search.step(), SearchStep::Keys { url: KEYS, is_known: false });
    }
    let mut search = issuer().search();
    search.on_error();
    for answer in [NOTHING, GOOD, Answer::Silence] {
        hand_in(&mut search, answer);
        assert_eq!(search.step(), SearchStep::Failed { failure: &SearchFailure::NoAnswer });
    }
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        2 => Just(GOOD),
        3 => Just(NOTHING),
        1 => Just(Answer::Silence),
        1 => Just(Answer::Status(200, b"<html>")),
        1 => Just(Answer::Status(200, br#"{"issuer":"x","jwks_uri":"https://evil.example"}"#)),
        2 => any::<u16>().prop_map(|status| Answer::Status(status, METADATA)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_search_ends_after_two_answers_at_a_place_that_the_issuer_named(
        answers in prop::collection::vec(answer(), 2..3),
        known in any::<bool>(),
    ) {
        let mut location = issuer();
        if known {
            location.confirm(KEYS);
        }
        let (asked, end) = play(&location, &answers);
        prop_assert!(asked.len() <= 2);
        let url = end.trim_end_matches(" (known)");
        let found = url == KEYS || url == DEFAULT;
        let failed = ["no_answer", "unexpected_status", "unusable_metadata"]
            .iter()
            .any(|name| end.starts_with(name));
        prop_assert!(found || failed, "{}", end);
        prop_assert!(url != DEFAULT || (asked.len() == 2 && !known));
    }
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let ended = |search: &Search| format!("{:?}", search.step());
    for answers in [&[GOOD][..], &[Answer::Silence], &[NOTHING, NOTHING]] {
        let mut search = issuer().search();
        answers.iter().for_each(|answer| hand_in(&mut search, *answer));
        let before = ended(&search);
        for late in [GOOD, NOTHING, Answer::Silence, Answer::Status(200, b"")] {
            hand_in(&mut search, late);
            assert_eq!(ended(&search), before);
        }
    }
    let mut search = KeyLocation::at(KEYS).unwrap().search();
    hand_in(&mut search, Answer::Status(200, METADATA));
    hand_in(&mut search, Answer::Silence);
    assert_eq!(search.step(), SearchStep::Keys { url: KEYS, is_known: false });
}
