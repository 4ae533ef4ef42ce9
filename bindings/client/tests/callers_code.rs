//! What the caller's code does at the wrong moment: it panics, never answers, asks back, or runs without a
//! runtime.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use common::child::{child_with, is_child, tell};
use common::issuer::{Answer, Issuer};
use common::setup::{http, verifier};
use common::signer::{Signer, claims, jwks};
use common::{soon, until};
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use verijot::issuer::KeySource;
use verijot::session::{RefreshFailure, RefreshSettings, Storage};
use verijot::{Revocation, UnixTime, Verified};
use verijot_client::{
    Authenticator, Clock, FetchError, Fetcher, IssuedTokens, IssuerKeys, NotStored,
    RefreshingClient, RevocationCheck, SystemClock, TokenKeeper,
};

/// A keeper that does what the test says.
#[derive(Clone, Default)]
struct Keeper {
    client: Arc<OnceLock<RefreshingClient>>,
    is_storing: Arc<AtomicBool>,
    store_panics: bool,
    refresh_panics: Option<FailingClock>,
}

impl TokenKeeper for Keeper {
    async fn refresh(&self, _: &str) -> Result<IssuedTokens, RefreshFailure> {
        if let Some(clock) = &self.refresh_panics {
            clock.fails();
            panic!("the keeper panics");
        }
        Err(RefreshFailure::NoAnswer)
    }

    async fn store(&self, _: &IssuedTokens) -> Result<(), NotStored> {
        assert!(!self.store_panics, "the keeper panics");
        self.is_storing.store(true, Ordering::SeqCst);
        pending().await
    }

    fn storage(&self) -> Storage {
        if let Some(client) = self.client.get() {
            assert!(client.health().is_valid);
        }
        Storage::Writable
    }
}

/// A clock that panics from some moment on.
#[derive(Clone, Default)]
struct FailingClock {
    system: SystemClock,
    fails: Arc<AtomicBool>,
}

impl FailingClock {
    fn fails(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }
}

impl Clock for FailingClock {
    fn now(&self) -> UnixTime {
        assert!(!self.fails.load(Ordering::SeqCst), "the clock panics");
        self.system.now()
    }

    fn monotonic(&self) -> Duration {
        assert!(!self.fails.load(Ordering::SeqCst), "the clock panics");
        self.system.monotonic()
    }
}

/// A fetcher that panics, and with it the clock from then on.
struct PanickingFetcher(FailingClock);

impl Fetcher for PanickingFetcher {
    async fn fetch(&self, _: Request<()>, _: usize) -> Result<Response<Vec<u8>>, FetchError> {
        self.0.fails();
        panic!("the fetcher panics");
    }
}

fn tokens() -> IssuedTokens {
    let tokens = IssuedTokens::new("access-1").unwrap().with_refresh_token("refresh-1");
    tokens.with_expires_in(Duration::from_secs(3600))
}

/// The status of a request to a service that accepts every token.
async fn call(client: &RefreshingClient, service: &str) -> u16 {
    let request = http().get(service).build().unwrap();
    soon(client.execute(request)).await.unwrap().status().as_u16()
}

#[test]
fn a_keeper_can_ask_for_the_state_of_its_client() {
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || {
        Runtime::new().unwrap().block_on(async {
            let service = Issuer::start(|_| Answer::new("200 OK", "", "ok")).await;
            let keeper = Keeper::default();
            let client = RefreshingClient::new(http(), keeper.clone());
            client.resume(tokens(), Duration::ZERO);
            assert!(keeper.client.set(client.clone()).is_ok());
            sender.send(call(&client, &service.url).await).unwrap();
        });
    });
    assert_eq!(answer.recv_timeout(Duration::from_secs(20)), Ok(200));
}

#[test]
fn a_runtime_that_stands_still_while_it_stores_holds_nobody() {
    let (standing, running) =
        (Builder::new_current_thread().enable_all().build().unwrap(), Runtime::new().unwrap());
    let signed_in = |keeper: &Keeper| {
        let client = RefreshingClient::new(http(), keeper.clone());
        standing.block_on(async {
            let signing_in = client.clone();
            tokio::spawn(async move { signing_in.sign_in(tokens()).await });
            until(|| keeper.is_storing.load(Ordering::SeqCst)).await;
        });
        client
    };
    let (first, second) = (signed_in(&Keeper::default()), signed_in(&Keeper::default()));
    running.block_on(async {
        let service = Issuer::start(|_| Answer::new("200 OK", "", "ok")).await;
        let (status, ()) = tokio::join!(call(&first, &service.url), soon(second.sign_in(tokens())));
        assert_eq!(status, 200);
    });
}

#[tokio::test]
async fn tokens_whose_storing_panics_are_used_and_not_stored() {
    let service = Issuer::start(|_| Answer::new("200 OK", "", "ok")).await;
    let client = RefreshingClient::new(http(), Keeper { store_panics: true, ..Keeper::default() });
    soon(client.sign_in(tokens())).await;
    assert_eq!(call(&client, &service.url).await, 200);
}

#[tokio::test]
async fn what_panics_together_with_the_clock_ends_no_process() {
    assert_eq!(child_with(&[]).await, "alive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a child process of another test"]
async fn child() {
    if !is_child() {
        return;
    }
    let clock = FailingClock::default();
    let source = KeySource::jwks_url("https://issuer.example/keys").unwrap();
    let builder = IssuerKeys::builder(source).clock(clock.clone());
    let keys = builder.fetcher(PanickingFetcher(clock.clone())).build().unwrap();
    tokio::spawn(async move { keys.ready().await });
    until(|| clock.fails.load(Ordering::SeqCst)).await;

    let clock = FailingClock::default();
    let keeper = Keeper { refresh_panics: Some(clock.clone()), ..Keeper::default() };
    let client = RefreshingClient::with(http(), keeper, RefreshSettings::default(), clock.clone());
    client.resume(tokens(), Duration::from_secs(4000));
    let request = http().get("https://api.example/").build().unwrap();
    tokio::spawn(async move { client.execute(request).await.map(drop) });
    until(|| clock.fails.load(Ordering::SeqCst)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    tell("alive");
}

struct Clear;

impl RevocationCheck for Clear {
    async fn check(&self, _: &Verified) -> Revocation {
        Revocation::Clear
    }
}

#[test]
fn without_a_runtime_tokens_are_refused_until_there_is_one() {
    let signer = Signer::new("a");
    let token = signer.sign(&claims(UnixTime::now().seconds()));
    let of = |source: KeySource| Authenticator::new(verifier(), IssuerKeys::new(source).unwrap());
    let fixed = of(KeySource::jwks(jwks(&[&signer])).unwrap());
    let fetched = of(KeySource::jwks_url("https://issuer.example/keys").unwrap());
    for (authenticator, code) in [
        (fixed.clone(), None),
        (fixed.with_revocation(Clear), Some("revocation_unavailable")),
        (fetched, Some("keys_unavailable")),
    ] {
        let mut verdict = pin!(authenticator.verify(token.as_bytes()));
        let Poll::Ready(verdict) = verdict.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("it waits");
        };
        assert_eq!(verdict.err().map(|error| error.code()), code);
    }
}
