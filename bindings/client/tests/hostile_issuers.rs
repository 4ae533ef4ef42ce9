//! Issuers that answer slowly, wrongly or not at all: they remove no valid keys and delay no
//! request that needs no fetch.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::clock::TestClock;
use common::issuer::{Answer, Issuer};
use common::setup::{authenticator, client, client_with};
use common::signer::{Signer, claims, jwks};
use common::{soon, until};
use tokio::sync::Notify;
use verijot::Error;
use verijot::issuer::CacheSettings;
use verijot_client::{Authenticator, IssuerKeys};

/// After this time the keys are refreshed.
const DUE: Duration = Duration::from_secs(500);

/// A name, an answer, and the failure that `health` shows for it.
fn bad_answers() -> Vec<(&'static str, Answer, &'static str)> {
    let html = "<!doctype html><title>Maintenance</title>";
    let unusable =
        r#"{"keys":[{"kty":"OKP","crv":"X25519","kid":"a","x":"AA"},{"kty":"oct","k":"AA"}]}"#;
    let ten_megabytes = vec![b' '; 10_000_000];
    let chunked = {
        let mut octets = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in ten_megabytes.chunks(100_000) {
            octets.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            octets.extend_from_slice(chunk);
            octets.extend_from_slice(b"\r\n");
        }
        octets.extend_from_slice(b"0\r\n\r\n");
        Answer::Octets(octets)
    };
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":[".to_vec();
    let half_chunk =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"keys\"".to_vec();
    let redirect = "Location: /elsewhere\r\n";
    let too_large = "unusable_set: jwks_too_large: the set has more than 262144 octets";
    vec![
        (
            "HTML",
            Answer::new("200 OK", "Content-Type: text/html\r\n", html),
            "unusable_set: malformed_jwks: ",
        ),
        ("10 MB", Answer::new("200 OK", "", &ten_megabytes), too_large),
        ("10 MB without a length", chunked, too_large),
        ("a redirect", Answer::new("302 Found", redirect, ""), "unexpected_status: 302"),
        ("an empty set", Answer::keys(r#"{"keys":[]}"#), "no_usable_keys"),
        ("an empty body", Answer::keys(""), "unusable_set: malformed_jwks: "),
        ("nothing usable", Answer::keys(unusable), "no_usable_keys"),
        ("half a body", Answer::Octets(half), "no_answer"),
        ("half a chunk", Answer::Octets(half_chunk), "no_answer"),
        ("304 unasked", Answer::new("304 Not Modified", "", ""), "unexpected_status: 304"),
        (
            "an error",
            Answer::new("500 Oops", "", jwks(&[&Signer::new("evil")])),
            "unexpected_status: 500",
        ),
        (
            "no content",
            Answer::Octets(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
            "unexpected_status: 204",
        ),
        ("no HTTP", Answer::Octets(b"220 smtp.example ESMTP\r\n".to_vec()), "no_answer"),
        ("nothing", Answer::Octets(Vec::new()), "no_answer"),
    ]
}

async fn subject(judge: &Authenticator, token: &str) -> Result<String, Error> {
    let verified = soon(judge.verify(token.as_bytes())).await?;
    Ok(verified.subject().unwrap().to_owned())
}

fn failure(client: &IssuerKeys) -> String {
    client.health().unwrap().last_failure.map(|failure| failure.to_string()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bad_answer_removes_valid_keys() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    for (name, answer, expected) in bad_answers() {
        let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
        let keys = client(&issuer, &clock);
        let judge = authenticator(&keys, &clock);
        let token = signer.sign(&claims(clock.seconds()));
        assert_eq!(subject(&judge, &token).await.unwrap(), "alice", "{name}");

        issuer.answers(move |path| {
            assert!(path.starts_with("/keys"), "a redirect was followed");
            answer.clone()
        });
        clock.advance(DUE);
        assert_eq!(subject(&judge, &token).await.unwrap(), "alice", "{name}");
        until(|| keys.health().unwrap().failures == 1).await;
        assert!(failure(&keys).starts_with(expected), "{name}: {}", failure(&keys));
        assert_eq!(keys.health().unwrap().usable_keys, 1, "{name}");
        assert_eq!(subject(&judge, &token).await.unwrap(), "alice", "{name}");
        assert_eq!(issuer.count(), 2, "{name}");

        // After the backoff a good answer recovers.
        issuer.gives_keys(&jwks(&[&signer]));
        clock.advance(Duration::from_secs(2));
        assert_eq!(subject(&judge, &token).await.unwrap(), "alice", "{name}");
        until(|| keys.health().unwrap().failures == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bad_answer_provides_keys() {
    let (signer, clock) = (Signer::new("evil"), TestClock::new());
    for (name, answer, expected) in bad_answers() {
        let issuer = Issuer::start(move |_| answer.clone()).await;
        let keys = client(&issuer, &clock);
        let judge = authenticator(&keys, &clock);
        let error = subject(&judge, &signer.sign(&claims(clock.seconds()))).await.unwrap_err();
        assert_eq!((error.code(), error.http_status()), ("keys_unavailable", 503), "{name}");
        assert_eq!(error.retry_after_seconds(), Some(1), "{name}");
        assert!(failure(&keys).starts_with(expected), "{name}: {}", failure(&keys));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_connection_is_an_outage() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let mut issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    assert_eq!(subject(&judge, &signer.sign(&claims(clock.seconds()))).await.unwrap(), "alice");

    issuer.stop().await;
    // The keys are refreshed after 8 minutes, stale after 10, and usable for another day.
    for hour in 1..=24 {
        clock.advance(Duration::from_secs(3600));
        let alice = subject(&judge, &signer.sign(&claims(clock.seconds()))).await;
        assert_eq!(alice.as_deref(), Ok("alice"), "after {hour} hours");
        until(|| !keys.health().unwrap().is_fetching).await;
    }
    clock.advance(Duration::from_secs(3600));
    let error = subject(&judge, &signer.sign(&claims(clock.seconds()))).await.unwrap_err();
    assert_eq!(error.code(), "keys_unavailable");
    assert_eq!(keys.health().unwrap().usable_keys, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_fetch_delays_no_request_that_does_not_need_it() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    let token = signer.sign(&claims(clock.seconds()));
    soon(judge.verify(token.as_bytes())).await.unwrap();

    for stuck in [
        Answer::Stuck(Vec::new()),
        Answer::Stuck(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":".to_vec()),
    ] {
        let before = issuer.count();
        issuer.answers(move |_| stuck.clone());
        clock.advance(DUE);
        let start = Instant::now();
        for _ in 0..1000 {
            judge.verify(token.as_bytes()).await.unwrap();
        }
        // A thousand verifications, unoptimized, against a timeout of five seconds.
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        issuer.asked(before + 1).await;
        assert!(keys.health().unwrap().is_fetching);
        // Not even while others wait for the fetch, with an unknown `kid`.
        let unknown = signer.sign_as("unknown", &claims(clock.seconds()));
        let waiting = tokio::spawn({
            let judge = judge.clone();
            async move { judge.verify(unknown.as_bytes()).await.map(|_| ()) }
        });
        let start = Instant::now();
        judge.verify(token.as_bytes()).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        assert!(!waiting.is_finished());
        // The fetch ends after its timeout of five seconds.
        let refused = soon(waiting).await.unwrap().unwrap_err();
        assert_eq!(refused.code(), "keys_unavailable");
        assert_eq!(issuer.count(), before + 1);
        issuer.gives_keys(&jwks(&[&signer]));
        clock.advance(Duration::from_secs(60));
        judge.verify(token.as_bytes()).await.unwrap();
        issuer.asked(before + 2).await;
        until(|| !keys.health().unwrap().is_fetching).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_body_is_read_up_to_the_limit() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::start(|_| {
        let chunk = format!("2000\r\n{}\r\n", " ".repeat(0x2000));
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        Answer::Endless(head.into(), chunk.into())
    })
    .await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    let token = signer.sign(&claims(clock.seconds()));
    soon(judge.verify(token.as_bytes())).await.unwrap_err();
    assert_eq!(failure(&keys), "unusable_set: jwks_too_large: the set has more than 262144 octets");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_after_the_timeout_changes_nothing() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let clock = TestClock::new();
    let issuer = Issuer::with_keys(&jwks(&[&old])).await;
    let mut settings = CacheSettings::default();
    settings.fetch_timeout = Duration::from_millis(200);
    let keys = client_with(&issuer, &clock, settings);
    let judge = authenticator(&keys, &clock);
    let token = old.sign(&claims(clock.seconds()));
    soon(judge.verify(token.as_bytes())).await.unwrap();

    let word = Arc::new(Notify::new());
    let late = Answer::After(Arc::clone(&word), Box::new(Answer::keys(&jwks(&[&new]))));
    issuer.answers(move |_| late.clone());
    clock.advance(DUE);
    judge.verify(token.as_bytes()).await.unwrap();
    issuer.asked(2).await;
    until(|| keys.health().unwrap().failures == 1).await;
    word.notify_one();
    judge.verify(token.as_bytes()).await.unwrap();
    assert!(keys.keys(Some("old")).await.unwrap().knows_id("old"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timeouts_of_zero_do_not_hang() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::start(|_| Answer::Stuck(Vec::new())).await;
    let mut settings = CacheSettings::default();
    settings.fetch_timeout = Duration::ZERO;
    settings.shortest_rest = Duration::ZERO;
    settings.longest_rest = Duration::ZERO;
    let judge = authenticator(&client_with(&issuer, &clock, settings), &clock);
    let token = signer.sign(&claims(clock.seconds()));
    let error = soon(judge.verify(token.as_bytes())).await.unwrap_err();
    assert_eq!(error.code(), "keys_unavailable");

    // A timeout without end does not fail at once either.
    let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let mut settings = CacheSettings::default();
    settings.fetch_timeout = Duration::MAX;
    let judge = authenticator(&client_with(&issuer, &clock, settings), &clock);
    soon(judge.verify(token.as_bytes())).await.unwrap();
}
