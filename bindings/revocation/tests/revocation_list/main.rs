//! The revocation list with real databases: SQLite in a file and in memory, and PostgreSQL if
//! `VERIJOT_TEST_POSTGRES` names a server (`.ci/with-postgres` starts one).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr
)]

mod files;
mod lookups;
mod places;
mod proxy;
mod servers;
mod sharing;
mod tokens;

use std::time::Duration;

use verijot::{Revocation, Verified};
use verijot_client::RevocationCheck as _;
use verijot_revocation::{
    RevocationList, RevocationListError, RevocationListSettings, RevokedToken,
};

use crate::places::{Place, places};
use crate::tokens::token;

async fn verdict(list: &RevocationList, token: &Verified) -> Revocation {
    list.check(token).await
}

async fn migrated(place: &Place) -> RevocationList {
    let list = RevocationList::connect(&place.url).await.unwrap();
    list.migrate().await.unwrap();
    list
}

/// For many concurrent operations: a busy machine must not cause a timeout.
async fn patient(place: &Place) -> RevocationList {
    let mut settings = settings();
    settings.answer_within = Duration::from_secs(60);
    let list = RevocationList::open(&place.url, &settings).unwrap();
    list.migrate().await.unwrap();
    list
}

fn settings() -> RevocationListSettings {
    RevocationListSettings::default()
}

#[tokio::test]
async fn a_list_may_take_any_time_to_answer() {
    for place in places().await {
        let mut settings = settings();
        settings.answer_within = Duration::MAX;
        let list = RevocationList::open(&place.url, &settings).unwrap();
        list.migrate().await.unwrap();
        list.revoke(&token("a"), None).await.unwrap();
        assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
    }
}

#[tokio::test]
async fn unusable_urls_are_refused() {
    use RevocationListError::{InvalidUrl, UnsupportedDatabase};
    for (url, expected) in [
        ("", InvalidUrl),
        ("revocations.db", InvalidUrl),
        ("mysql://localhost/x", UnsupportedDatabase),
        ("https://host/x", UnsupportedDatabase),
        ("postgres://[/x", InvalidUrl),
        ("postgres://host:99999/x", InvalidUrl),
        ("postgres://host/x?sslmode=perhaps", InvalidUrl),
        ("sqlite:x.db?mode=perhaps", InvalidUrl),
        ("sqlite:x.db?unknown=1", InvalidUrl),
    ] {
        assert_eq!(RevocationList::open(url, &settings()).unwrap_err(), expected, "{url}");
        assert_eq!(RevocationList::connect(url).await.unwrap_err(), expected, "{url}");
    }
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let refusal = RevocationList::open("sqlite::memory:", &settings()).unwrap_err();
    assert_eq!(refusal, RevocationListError::NoRuntime);
}

#[tokio::test]
async fn no_secret_is_shown() {
    let url = "postgres://somebody:hunter2@127.0.0.1:1/x?application_name=y";
    let list = RevocationList::open(url, &settings()).unwrap();
    let error = list.is_revoked(&token("identifier")).await.unwrap_err();
    let refusal = RevocationList::open("postgres://a:hunter2@[/", &settings()).unwrap_err();
    let known = RevokedToken::of_any_issuer("identifier").subject("somebody");
    for shown in [
        format!("{list:?} {list:#?}"),
        format!("{error} {error:?}"),
        format!("{refusal} {refusal:?}"),
        format!("{known:?}"),
    ] {
        for secret in ["hunter2", "identifier", "somebody"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
