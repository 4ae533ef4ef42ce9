//! A client whose access token is refreshed, with a real service and a real token endpoint.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::clock::TestClock;
use common::issuer::{Answer, Issuer};
use common::setup::http;
use common::{soon, until};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use verijot::session::{RefreshFailure, RefreshSettings, Storage};
use verijot_client::{IssuedTokens, NotStored, RefreshingClient, SendError, TokenKeeper};

/// An access token and a refresh token.
type Pair = (String, Option<String>);

/// Keeps tokens in memory, and refreshes them over HTTP.
#[derive(Clone)]
struct Keeper {
    endpoint: String,
    stored: Arc<Mutex<Vec<Pair>>>,
    is_locked: Arc<AtomicBool>,
    is_broken: Arc<AtomicBool>,
    storing: Option<Arc<Notify>>,
}

impl Keeper {
    fn new(endpoint: &Issuer) -> Self {
        Self {
            endpoint: endpoint.url.clone(),
            stored: Arc::default(),
            is_locked: Arc::default(),
            is_broken: Arc::default(),
            storing: None,
        }
    }

    fn stored(&self) -> Vec<Pair> {
        self.stored.lock().unwrap().clone()
    }
}

impl TokenKeeper for Keeper {
    async fn refresh(&self, refresh_token: &str) -> Result<IssuedTokens, RefreshFailure> {
        let request = http().get(format!("{}/{refresh_token}", self.endpoint));
        let answer = request.send().await.map_err(|_| RefreshFailure::NoAnswer)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|_| RefreshFailure::NoAnswer)?;
        if status != 200 {
            return Err(RefreshFailure::of_response(status, &body));
        }
        let body = serde_json::from_slice::<Value>(&body).unwrap();
        let tokens = IssuedTokens::new(body["access_token"].as_str().unwrap()).unwrap();
        let tokens = tokens.with_expires_in(Duration::from_secs(3600));
        Ok(match body["refresh_token"].as_str() {
            Some(refresh_token) => tokens.with_refresh_token(refresh_token),
            None => tokens,
        })
    }

    async fn store(&self, tokens: &IssuedTokens) -> Result<(), NotStored> {
        if let Some(word) = &self.storing {
            word.notified().await;
        }
        if self.is_broken.load(Ordering::SeqCst) {
            return Err(NotStored);
        }
        let pair = (tokens.access_token().to_owned(), tokens.refresh_token().map(str::to_owned));
        self.stored.lock().unwrap().push(pair);
        Ok(())
    }

    fn storage(&self) -> Storage {
        if self.is_locked.load(Ordering::SeqCst) { Storage::ReadOnly } else { Storage::Writable }
    }
}

/// An endpoint that returns the access token `access-2` and the refresh token `refresh-2`.
async fn endpoint() -> Issuer {
    Issuer::start(|_| second()).await
}

fn second() -> Answer {
    Answer::new("200 OK", "", r#"{"access_token":"access-2","refresh_token":"refresh-2"}"#)
}

/// A service that accepts every token.
async fn lax_service() -> Issuer {
    Issuer::start(|_| Answer::new("200 OK", "", "ok")).await
}

fn tokens() -> IssuedTokens {
    let tokens = IssuedTokens::new("access-1").unwrap().with_refresh_token("refresh-1");
    tokens.with_expires_in(Duration::from_secs(3600))
}

fn client(keeper: &Keeper, clock: &TestClock) -> RefreshingClient {
    RefreshingClient::with(http(), keeper.clone(), RefreshSettings::default(), clock.clone())
}

async fn call(client: &RefreshingClient, service: &Issuer) -> Result<u16, SendError> {
    let request = http().post(&service.url).body("a body").build().unwrap();
    soon(client.execute(request)).await.map(|answer| answer.status().as_u16())
}

/// The access tokens that a service received.
fn sent(service: &Issuer) -> Vec<String> {
    let token = |head: &String| {
        let line = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer "));
        line.unwrap().to_owned()
    };
    service.requests().iter().map(token).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refresh_serves_a_hundred_requests() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let word = Arc::new(Notify::new());
    let slow = Answer::After(Arc::clone(&word), Box::new(second()));
    endpoint.answers(move |_| slow.clone());
    let keeper = Keeper::new(&endpoint);
    let client = client(&keeper, &clock);
    client.sign_in(tokens()).await;
    // The token has expired, so all requests must wait.
    clock.advance(Duration::from_secs(3601));
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (client, url) = (client.clone(), service.url.clone());
        tasks.spawn(async move {
            client.execute(http().get(url).build().unwrap()).await.unwrap().status().as_u16()
        });
    }
    endpoint.asked(1).await;
    assert_eq!(service.count(), 0);
    word.notify_one();
    while let Some(status) = soon(tasks.join_next()).await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!(endpoint.count(), 1);
    assert!(endpoint.requests()[0].starts_with("GET /refresh-1 "));
    assert!(sent(&service).iter().all(|token| token == "access-2"));
    let pair = |number| (format!("access-{number}"), Some(format!("refresh-{number}")));
    assert_eq!(keeper.stored(), [pair(1), pair(2)]);
}

#[tokio::test]
async fn the_old_token_is_used_while_it_is_refreshed_in_the_background() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let keeper = Keeper::new(&endpoint);
    let client = client(&keeper, &clock);
    client.resume(tokens(), Duration::from_secs(600));
    assert!(keeper.stored().is_empty());
    endpoint.answers(|_| Answer::new("500 Oops", "", ""));
    clock.advance(Duration::from_secs(2950));
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    endpoint.asked(1).await;
    until(|| client.health().failures == 1).await;
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    assert_eq!(sent(&service), ["access-1", "access-1"]);

    endpoint.answers(|_| second());
    clock.advance(Duration::from_secs(2));
    call(&client, &service).await.unwrap();
    until(|| keeper.stored().len() == 1).await;
    call(&client, &service).await.unwrap();
    assert_eq!(sent(&service).last().unwrap(), "access-2");
}

#[tokio::test]
async fn a_refused_request_is_sent_again_with_a_new_token() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let keeper = Keeper::new(&endpoint);
    let client = client(&keeper, &clock);
    client.resume(tokens(), Duration::ZERO);
    let refusals = Arc::new(AtomicBool::new(true));
    let is_first = Arc::clone(&refusals);
    service.answers(move |_| {
        let status = if is_first.swap(false, Ordering::SeqCst) { "401 No" } else { "200 OK" };
        Answer::new(status, "", "")
    });
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    assert_eq!(sent(&service), ["access-1", "access-2"]);

    // A service that accepts no token does not cause endless requests, nor endless refreshes.
    service.answers(|_| Answer::new("401 No", "", ""));
    for _ in 0..5 {
        assert_eq!(call(&client, &service).await.unwrap(), 401);
    }
    assert_eq!(endpoint.count(), 1);
    assert_eq!(service.count(), 7);

    // A request whose body can be sent only once is not sent again.
    refusals.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(60));
    let before = service.count();
    let mut request = http().post(&service.url).build().unwrap();
    *request.body_mut() = Some(reqwest::Body::wrap(OnceBody));
    assert_eq!(soon(client.execute(request)).await.unwrap().status(), 401);
    assert_eq!((service.count(), endpoint.count()), (before + 1, 1));
}

/// A body without octets that cannot be cloned.
struct OnceBody;

impl hyper::body::Body for OnceBody {
    type Data = hyper::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(None)
    }
}

#[tokio::test]
async fn new_tokens_are_stored_before_they_are_used() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let word = Arc::new(Notify::new());
    let keeper = Keeper { storing: Some(Arc::clone(&word)), ..Keeper::new(&endpoint) };
    let client = client(&keeper, &clock);
    client.resume(tokens(), Duration::from_secs(4000));
    let waiting = tokio::spawn({
        let (client, request) = (client.clone(), http().get(&service.url).build().unwrap());
        async move { client.execute(request).await.map(|answer| answer.status()) }
    });
    until(|| client.health().is_valid).await;
    // No request uses them earlier.
    let request = http().get(&service.url).build().unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), client.execute(request));
    assert!(early.await.is_err());
    assert_eq!(service.count(), 0);
    word.notify_one();
    assert_eq!(soon(waiting).await.unwrap().unwrap(), 200);
    assert_eq!(keeper.stored().len(), 1);
}

#[tokio::test]
async fn after_a_sign_out_nothing_is_stored() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let word = Arc::new(Notify::new());
    let keeper = Keeper { storing: Some(Arc::clone(&word)), ..Keeper::new(&endpoint) };
    let client = client(&keeper, &clock);
    client.resume(tokens(), Duration::from_secs(4000));
    let refreshing = tokio::spawn({
        let (client, request) = (client.clone(), http().get(&service.url).build().unwrap());
        async move { client.execute(request).await.map(drop) }
    });
    until(|| client.health().is_valid).await;
    let signing_out = tokio::spawn({
        let client = client.clone();
        async move { client.sign_out().await }
    });
    assert!(soon(refreshing).await.unwrap().is_err());
    assert!(!signing_out.is_finished());
    word.notify_one();
    soon(signing_out).await.unwrap();
    assert_eq!(keeper.stored().len(), 1, "what the caller removes now");
}

#[tokio::test]
async fn a_refresh_token_is_kept_until_it_is_replaced() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let keeper = Keeper::new(&endpoint);
    let client = client(&keeper, &clock);
    endpoint.answers(|_| Answer::new("200 OK", "", r#"{"access_token":"access-2"}"#));
    client.resume(tokens(), Duration::ZERO);
    for _ in 0..3 {
        clock.advance(Duration::from_secs(3601));
        assert_eq!(call(&client, &service).await.unwrap(), 200);
    }
    assert!(endpoint.requests().iter().all(|head| head.starts_with("GET /refresh-1 ")));
    assert_eq!(keeper.stored().pop().unwrap().1.unwrap(), "refresh-1");
}

#[tokio::test]
async fn nothing_is_refreshed_while_it_cannot_be_stored() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let keeper = Keeper::new(&endpoint);
    let client = client(&keeper, &clock);
    keeper.is_locked.store(true, Ordering::SeqCst);
    client.resume(tokens(), Duration::ZERO);
    clock.advance(Duration::from_secs(3590));
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    clock.advance(Duration::from_secs(60));
    let error = call(&client, &service).await.unwrap_err();
    assert!(matches!(error, SendError::StorageNeeded), "{error}");
    assert_eq!(endpoint.count(), 0);

    // If storing fails unexpectedly, the only copy of the new tokens is not lost.
    keeper.is_locked.store(false, Ordering::SeqCst);
    keeper.is_broken.store(true, Ordering::SeqCst);
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    assert_eq!(sent(&service).last().unwrap(), "access-2");
}

#[tokio::test]
async fn a_refused_refresh_token_ends_the_session() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let client = client(&Keeper::new(&endpoint), &clock);
    let error = call(&client, &service).await.unwrap_err();
    assert!(matches!(error, SendError::SignInNeeded), "{error}");
    endpoint.answers(|_| Answer::new("503 Busy", "", ""));
    client.resume(tokens(), Duration::from_secs(4000));
    let error = call(&client, &service).await.unwrap_err();
    assert!(matches!(error, SendError::Unavailable { .. }), "{error}");

    clock.advance(Duration::from_secs(5));
    endpoint.answers(|_| Answer::new("400 Bad", "", r#"{"error":"invalid_grant"}"#));
    for _ in 0..3 {
        let error = call(&client, &service).await.unwrap_err();
        assert!(matches!(error, SendError::SignInNeeded), "{error}");
    }
    assert_eq!((endpoint.count(), service.count()), (2, 0));
    client.sign_in(tokens()).await;
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    client.sign_out().await;
    let error = call(&client, &service).await.unwrap_err();
    assert!(matches!(error, SendError::SignInNeeded), "{error}");
}

#[tokio::test]
async fn settings_without_backoff_refresh_once_for_a_request() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    endpoint.answers(|_| Answer::new("500 Oops", "", ""));
    let mut settings = RefreshSettings::default();
    settings.shortest_rest = Duration::ZERO;
    settings.longest_rest = Duration::ZERO;
    let client = RefreshingClient::with(http(), Keeper::new(&endpoint), settings, clock);
    client.resume(tokens(), Duration::from_secs(4000));
    let error = call(&client, &service).await.unwrap_err();
    assert!(matches!(error, SendError::Unavailable { .. }), "{error}");
    assert_eq!(endpoint.count(), 1);
}

#[tokio::test]
async fn a_cancelled_request_loses_no_refresh_token() {
    let (endpoint, service, clock) = (endpoint().await, lax_service().await, TestClock::new());
    let word = Arc::new(Notify::new());
    let slow = Answer::After(Arc::clone(&word), Box::new(second()));
    endpoint.answers(move |_| slow.clone());
    let keeper = Keeper::new(&endpoint);
    let client = client(&keeper, &clock);
    client.resume(tokens(), Duration::from_secs(4000));
    let given_up = tokio::spawn({
        let (client, request) = (client.clone(), http().get(&service.url).build().unwrap());
        async move { client.execute(request).await.map(|_| ()) }
    });
    endpoint.asked(1).await;
    given_up.abort();
    assert!(soon(given_up).await.unwrap_err().is_cancelled());
    word.notify_one();
    until(|| keeper.stored().len() == 1).await;
    assert_eq!(call(&client, &service).await.unwrap(), 200);
    assert_eq!(sent(&service), ["access-2"]);
}

#[tokio::test]
async fn tokens_are_sent_over_https_and_shown_nowhere() {
    let endpoint = endpoint().await;
    let client = client(&Keeper::new(&endpoint), &TestClock::new());
    client.resume(tokens(), Duration::ZERO);
    let request = http().get("http://api.example/").build().unwrap();
    let error = client.execute(request).await.unwrap_err();
    assert!(matches!(error, SendError::UnsafeUrl(_)), "{error}");
    for shown in [format!("{client:?}"), format!("{:?}", tokens()), format!("{error:?} {error}")] {
        assert!(!shown.contains("access-1") && !shown.contains("refresh-1"), "{shown}");
    }
    for bad in ["", "a b", "a\r\nb", "ä", " a", "a ", "\ta"] {
        assert!(IssuedTokens::new(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_answer_of_a_token_endpoint_is_read() {
    let body = br#"{"access_token":"a","token_type":"Bearer","refresh_token":"r","expires_in":60}"#;
    let tokens = IssuedTokens::of_response(200, body).unwrap();
    assert_eq!((tokens.access_token(), tokens.refresh_token()), ("a", Some("r")));
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(60)));
    let failure = IssuedTokens::of_response(500, body).unwrap_err();
    assert_eq!(failure, RefreshFailure::UnexpectedStatus { status: 500 });
}
