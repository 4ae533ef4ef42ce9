//! Every error type of the public API has a code, and each code is in the table.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use crate::common::{keys, now, token, verifier, waived};
use verijot::codes::{self, Kind};
use verijot::issuer::discovery::{self, DiscoveryError};
use verijot::issuer::{FetchFailure, KeyFetchFailure, KeySource, Now, SearchFailure, Settings};
use verijot::request::Demand;
use verijot::session::RefreshFailure;
use verijot::{Algorithm, Excerpt, JwkSet, Key, Policy, UnixTime, VerifierSet, crypto};

#[test]
fn setup_errors_have_a_setup_code() {
    let short = Key::from_secret(b"short", Algorithm::Hs256, crypto::default_provider());
    let no_verifier = VerifierSet::<()>::new([]);
    for (given, expected) in [
        (Policy::from_json("{").unwrap_err().code(), "invalid_policy"),
        (no_verifier.unwrap_err().code(), "invalid_policy"),
        (Demand::all_scopes([""]).unwrap_err().code(), "invalid_demand"),
        (Settings::read("V_", |_| None).unwrap_err().code(), "invalid_settings"),
        (KeySource::issuer("no URL").unwrap_err().code(), "invalid_key_source"),
        (discovery::check_url("no URL").unwrap_err().code(), "invalid_key_source"),
        (JwkSet::from_json("{").unwrap_err().code(), "malformed_jwks"),
        ("none".parse::<Algorithm>().unwrap_err().code(), "unsupported_algorithm"),
        (short.unwrap_err().code(), "weak_key"),
    ] {
        assert_eq!(given, expected);
        assert_eq!(codes::find(given).unwrap().kind, Kind::Setup, "{given}");
    }
}

#[test]
fn failed_fetches_have_a_fetch_code() {
    let status = 500;
    let metadata = SearchFailure::UnusableMetadata { error: DiscoveryError::WrongIssuer };
    let of_set = FetchFailure::UnusableSet { error: JwkSet::from_json("{").unwrap_err() };
    let codes = [
        FetchFailure::NoAnswer.code(),
        FetchFailure::TimedOut.code(),
        FetchFailure::UnexpectedStatus { status }.code(),
        of_set.code(),
        FetchFailure::NoUsableKeys.code(),
        SearchFailure::NoAnswer.code(),
        SearchFailure::UnexpectedStatus { status }.code(),
        metadata.code(),
        SearchFailure::NotFound.code(),
        KeyFetchFailure::Search(SearchFailure::NoAnswer).code(),
        KeyFetchFailure::NoTime.code(),
        RefreshFailure::NoAnswer.code(),
        RefreshFailure::Refused.code(),
    ];
    for code in codes {
        assert_eq!(codes::find(code).unwrap().kind, Kind::Fetch, "{code}");
    }
    // Nothing was fetched.
    let not_stored = codes::find(RefreshFailure::NotStored.code()).unwrap();
    assert_eq!(not_stored.kind, Kind::AccessToken);
}

#[test]
fn claims_come_in_one_step() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Claims {
        sub: String,
    }
    let verifier = verifier(waived());
    let claims = verifier.verify_claims::<Claims>(token(r#"{"sub":"alice"}"#), &keys(), now());
    assert_eq!(claims, Ok(Claims { sub: "alice".to_owned() }));
    let claims = verifier.verify_claims::<Claims>(token("{}"), &keys(), now());
    assert_eq!(claims.unwrap_err().code(), "missing_claim");
    let claims = verifier.verify_claims::<Claims>("a.b.c", &keys(), now());
    assert_ne!(claims.unwrap_err().code(), "missing_claim");
}

#[test]
fn values_return_what_they_were_created_from() {
    let reading = Now::new(Duration::from_secs(5), UnixTime::from_seconds(7));
    assert_eq!(reading.monotonic(), Duration::from_secs(5));
    assert_eq!(reading.wall(), Some(UnixTime::from_seconds(7)));
    let excerpt = Excerpt::of("plain");
    assert_eq!(AsRef::<str>::as_ref(&excerpt), "plain");
    assert_eq!(String::from(excerpt), "plain");
    let document = r#"{"issuers": null, "audiences": null, "algorithms": ["ES256"]}"#;
    let named = Policy::from_json(document).unwrap().named_algorithms();
    assert!(named.is_some_and(|named| named.contains(Algorithm::Es256)));
    assert!(waived().named_algorithms().is_none());
}
