//! Keys that are rotated, refreshed in the background, missing, or carried to another process.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::clock::TestClock;
use common::issuer::{Answer, Issuer};
use common::setup::{authenticator, client, verifier};
use common::signer::{Signer, claims, jwks};
use common::{soon, until};
use http::{Request, Response};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use verijot::issuer::KeySource;
use verijot_client::{Authenticator, FetchError, Fetcher, IssuerKeys, KeySnapshot};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_first_tokens_cause_one_fetch() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let word = Arc::new(Notify::new());
    let slow = Answer::After(Arc::clone(&word), Box::new(Answer::keys(&jwks(&[&signer]))));
    let issuer = Issuer::start(move |_| slow.clone()).await;
    let judge = authenticator(&client(&issuer, &clock), &clock);
    let token = Arc::new(signer.sign(&claims(clock.seconds())));
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let (judge, token) = (judge.clone(), Arc::clone(&token));
        tasks.spawn(async move { judge.verify(token.as_bytes()).await.map(|_| ()) });
    }
    issuer.asked(1).await;
    word.notify_one();
    while let Some(verdict) = soon(tasks.join_next()).await {
        verdict.unwrap().unwrap();
    }
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_fetch_survives_the_request_that_caused_it() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let word = Arc::new(Notify::new());
    let slow = Answer::After(Arc::clone(&word), Box::new(Answer::keys(&jwks(&[&signer]))));
    let issuer = Issuer::start(move |_| slow.clone()).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    let token = signer.sign(&claims(clock.seconds()));
    let ask = |judge: Authenticator, token: String| {
        tokio::spawn(async move { judge.verify(token.as_bytes()).await.map(|_| ()) })
    };
    let first = ask(judge.clone(), token.clone());
    issuer.asked(1).await;
    let second = ask(judge.clone(), token.clone());
    first.abort();
    assert!(soon(first).await.unwrap_err().is_cancelled());
    word.notify_one();
    soon(second).await.unwrap().unwrap();
    assert_eq!(issuer.count(), 1);

    // No task waits any more, and the keys still arrive.
    let fresh = client(&issuer, &clock);
    let only = ask(authenticator(&fresh, &clock), token);
    issuer.asked(2).await;
    only.abort();
    word.notify_one();
    until(|| fresh.health().unwrap().usable_keys == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_adds_the_new_key_and_drops_the_old_one() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let clock = TestClock::new();
    let issuer = Issuer::with_keys(&jwks(&[&old])).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    let of_old = old.sign(&claims(clock.seconds()));
    let of_new = new.sign(&claims(clock.seconds()));
    judge.verify(of_old.as_bytes()).await.unwrap();

    // During the overlap the first token of the new key causes a fetch; tokens of the old key stay
    // valid.
    issuer.gives_keys(&jwks(&[&old, &new]));
    clock.advance(Duration::from_secs(5));
    soon(judge.verify(of_new.as_bytes())).await.unwrap();
    judge.verify(of_old.as_bytes()).await.unwrap();
    assert_eq!(issuer.count(), 2);

    // The next refresh drops the old key, and no token waits for it.
    issuer.gives_keys(&jwks(&[&new]));
    clock.advance(Duration::from_secs(481));
    judge.verify(of_new.as_bytes()).await.unwrap();
    issuer.asked(3).await;
    until(|| !keys.health().unwrap().is_fetching).await;
    let error = soon(judge.verify(of_old.as_bytes())).await.unwrap_err();
    assert_eq!(error.code(), "unknown_key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_refreshed_in_the_background() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::start({
        let set = jwks(&[&signer]);
        move |_| Answer::new("200 OK", "Cache-Control: max-age=100\r\nETag: \"v1\"\r\n", &set)
    })
    .await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    let token = signer.sign(&claims(clock.seconds()));
    judge.verify(token.as_bytes()).await.unwrap();
    issuer.answers(|_| Answer::new("304 Not Modified", "Cache-Control: max-age=100\r\n", ""));
    for round in 2..5 {
        clock.advance(Duration::from_secs(79));
        judge.verify(token.as_bytes()).await.unwrap();
        assert_eq!(issuer.count(), round - 1);
        clock.advance(Duration::from_secs(1));
        judge.verify(token.as_bytes()).await.unwrap();
        issuer.asked(round).await;
        until(|| !keys.health().unwrap().is_fetching).await;
        assert!(keys.health().unwrap().is_fresh);
        let request = issuer.requests().pop().unwrap().to_lowercase();
        assert!(request.contains("if-none-match: \"v1\"\r\n"), "{request}");
        assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
    }
}

#[tokio::test]
async fn cache_control_counts_whatever_else_is_in_it() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let headers = "Cache-Control: max-age=100, must-revalidate, note=\"ä\"\r\nETag: \"ä\"\r\n";
    let set = jwks(&[&signer]);
    let mut issuer = Issuer::start(move |_| Answer::new("200 OK", headers, &set)).await;
    let judge = authenticator(&client(&issuer, &clock), &clock);
    let token = signer.sign(&claims(clock.seconds()));
    for _ in 0..2 {
        judge.verify(token.as_bytes()).await.unwrap();
        clock.advance(Duration::from_secs(101));
    }
    assert_eq!(issuer.count(), 2);
    issuer.stop().await;
    let error = soon(judge.verify(token.as_bytes())).await.unwrap_err();
    assert_eq!(error.code(), "keys_unavailable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_unknown_kids_cause_two_fetches_in_thirty_seconds() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let judge = authenticator(&client(&issuer, &clock), &clock);
    let token = signer.sign(&claims(clock.seconds()));
    judge.verify(token.as_bytes()).await.unwrap();
    for minute in 0..3 {
        let mut tasks = JoinSet::new();
        for number in 0..2000 {
            let judge = judge.clone();
            let unknown = signer.sign_as(&format!("{minute}-{number}"), &claims(clock.seconds()));
            tasks.spawn(async move { judge.verify(unknown.as_bytes()).await.map(|_| ()) });
        }
        while let Some(verdict) = soon(tasks.join_next()).await {
            assert_eq!(verdict.unwrap().unwrap_err().code(), "unknown_key");
        }
        judge.verify(token.as_bytes()).await.unwrap();
        assert!(issuer.count() <= 1 + 2 * (minute + 1), "{} fetches", issuer.count());
        clock.advance(Duration::from_secs(31));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_lose_no_token_during_rotations() {
    let clock = TestClock::new();
    let signers = Arc::new([0, 1, 2, 3].map(|number| Signer::new(&format!("key-{number}"))));
    let issuer = Issuer::with_keys(&jwks(&[&signers[0]])).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock);
    let is_over = Arc::new(AtomicBool::new(false));
    let current = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (judge, clock, signers) = (judge.clone(), clock.clone(), Arc::clone(&signers));
        let (is_over, current) = (Arc::clone(&is_over), Arc::clone(&current));
        tasks.spawn(async move {
            let mut verified = 0_usize;
            while !is_over.load(Ordering::Relaxed) {
                let signer = &signers[current.load(Ordering::SeqCst)];
                let token = signer.sign(&claims(clock.seconds()));
                judge.verify(token.as_bytes()).await.unwrap();
                verified += 1;
                tokio::task::yield_now().await;
            }
            verified
        });
    }
    for next in 1..signers.len() {
        // Publish all keys: a task may sign long before it verifies.
        issuer.gives_keys(&jwks(&signers[..=next].iter().collect::<Vec<_>>()));
        clock.advance(Duration::from_secs(485));
        current.store(next, Ordering::SeqCst);
        until(|| {
            let exported = keys.export().map(|snapshot| snapshot.jwks).unwrap_or_default();
            exported.contains(&format!("key-{next}"))
        })
        .await;
    }
    is_over.store(true, Ordering::Relaxed);
    while let Some(verified) = soon(tasks.join_next()).await {
        assert!(verified.unwrap() > 0);
    }
    assert!(issuer.count() <= 8, "{} fetches", issuer.count());
}

#[tokio::test]
async fn keys_are_discovered_through_the_issuers_metadata() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::start(|_| Answer::new("404 Not Found", "", "")).await;
    let url = issuer.url.clone();
    let metadata = format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/moved/keys"}}"#);
    let set = jwks(&[&signer]);
    let answers = move |path: &str| match path {
        "/.well-known/oauth-authorization-server" => Answer::new("200 OK", "", &metadata),
        "/moved/keys" => Answer::keys(&set),
        _ => Answer::new("404 Not Found", "", ""),
    };
    issuer.answers(answers.clone());
    let source = KeySource::issuer(&url).unwrap();
    let keys = IssuerKeys::builder(source).clock(clock.clone()).build().unwrap();
    assert_eq!(keys.to_string(), url);
    soon(keys.ready()).await.unwrap();
    assert_eq!(issuer.count(), 3);

    // If metadata hangs, half the time remains for the keys at their last known URL.
    issuer.answers(move |path| match path {
        "/moved/keys" => answers(path),
        _ => Answer::Stuck(Vec::new()),
    });
    clock.advance(Duration::from_secs(500));
    keys.ready().await.unwrap();
    issuer.asked(5).await;
    assert!(issuer.requests().pop().unwrap().starts_with("GET /moved/keys "));
    until(|| keys.health().unwrap().is_fresh).await;
}

#[tokio::test]
async fn exported_keys_work_without_the_issuer() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let first = client(&issuer, &clock);
    assert!(first.export().is_none());
    soon(first.ready()).await.unwrap();
    clock.advance(Duration::from_secs(100));
    let carried = serde_json::to_string(&first.export().unwrap()).unwrap();

    let mut nowhere = Issuer::with_keys("").await;
    nowhere.stop().await;
    let second = client(&nowhere, &clock);
    clock.advance(Duration::from_secs(50));
    let mut snapshot = serde_json::from_str::<KeySnapshot>(&carried).unwrap();
    second.seed(&snapshot).unwrap();
    let health = second.health().unwrap();
    assert_eq!((health.usable_keys, health.is_seed), (1, true));
    assert_eq!(health.age, Some(Duration::from_secs(150)));
    let judge = authenticator(&second, &clock);
    judge.verify(signer.sign(&claims(clock.seconds())).as_bytes()).await.unwrap();

    snapshot.jwks = jwks(&[&Signer::new("evil")]);
    let error = client(&nowhere, &clock).seed(&snapshot).unwrap_err();
    assert_eq!(error.to_string(), "malformed_jwks: the set does not have the expected SHA-256");
    assert!(!format!("{snapshot:?}").contains("evil"));
}

#[test]
fn a_fetch_ends_with_its_runtime_and_the_next_runtime_fetches_again() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    };
    let servers = runtime();
    let issuer = servers.block_on(Issuer::start(|_| Answer::Stuck(Vec::new())));
    let keys = client(&issuer, &clock);
    let first = runtime();
    let waiting = keys.clone();
    let waiter = first.spawn(async move { waiting.ready().await });
    servers.block_on(issuer.asked(1));
    drop(waiter);
    first.shutdown_timeout(Duration::from_secs(10));
    assert!(!keys.health().unwrap().is_fetching);

    issuer.gives_keys(&jwks(&[&signer]));
    clock.advance(Duration::from_secs(2));
    runtime().block_on(soon(keys.ready())).unwrap();
}

/// A fetcher that panics.
struct Bomb;

impl Fetcher for Bomb {
    async fn fetch(&self, _: Request<()>, _: usize) -> Result<Response<Vec<u8>>, FetchError> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn a_fetcher_that_panics_is_an_outage() {
    let source = KeySource::jwks_url("https://issuer.example/keys").unwrap();
    let keys = IssuerKeys::builder(source).fetcher(Bomb).build().unwrap();
    let judge = Authenticator::new(verifier(), keys.clone());
    let token = Signer::new("a").sign(&claims(0));
    let error = soon(judge.verify(token.as_bytes())).await.unwrap_err();
    assert_eq!(error.code(), "keys_unavailable");
    assert_eq!(keys.health().unwrap().failures, 1);
}

#[tokio::test]
async fn fixed_keys_need_no_fetch() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let keys = IssuerKeys::new(KeySource::jwks(jwks(&[&signer])).unwrap()).unwrap();
    assert!(keys.health().is_none() && keys.export().is_none());
    let judge = authenticator(&keys, &clock);
    judge.verify(signer.sign(&claims(clock.seconds())).as_bytes()).await.unwrap();
    let unknown = signer.sign_as("b", &claims(clock.seconds()));
    assert_eq!(judge.verify(unknown.as_bytes()).await.unwrap_err().code(), "unknown_key");
}
