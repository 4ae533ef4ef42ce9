//! The revocation check: a token is accepted only after a clear answer in time.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use common::clock::TestClock;
use common::service::Service;
use common::setup::{authenticator, verifier};
use common::signer::{Signer, claims, jwks};
use serde_json::json;
use verijot::issuer::KeySource;
use verijot::{Revocation, Verified};
use verijot_axum::{Authenticator, Bearer, IssuerKeys, RevocationCheck};

/// Answers according to the subject.
#[derive(Clone, Default)]
struct BySubject {
    asked: Arc<AtomicUsize>,
}

impl RevocationCheck for BySubject {
    async fn check(&self, token: &Verified) -> Revocation {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match token.subject() {
            Some("clear") => Revocation::Clear,
            Some("revoked") => Revocation::Revoked,
            Some("panic") => panic!("on purpose"),
            Some("late panic") => {
                tokio::task::yield_now().await;
                panic!("on purpose")
            }
            Some("hang") => pending().await,
            _ => Revocation::Unavailable,
        }
    }
}

/// Answers according to the scope.
#[derive(Clone, Default)]
struct ByScope {
    asked: Arc<AtomicUsize>,
}

impl RevocationCheck for ByScope {
    async fn check(&self, token: &Verified) -> Revocation {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if token.has_scope("clear") { Revocation::Clear } else { Revocation::Revoked }
    }
}

fn keys(signer: &Signer) -> IssuerKeys {
    IssuerKeys::new(KeySource::jwks(jwks(&[signer])).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_is_accepted_only_after_a_clear_answer() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let judge = authenticator(&keys(&signer), &clock)
        .with_revocation(BySubject::default())
        .with_revocation_timeout(Duration::from_millis(50));
    let service = Service::of(judge).await;
    for (subject, status, code) in [
        ("revoked", 401, "revoked"),
        ("down", 503, "revocation_unavailable"),
        ("panic", 503, "revocation_unavailable"),
        ("late panic", 503, "revocation_unavailable"),
        ("hang", 503, "revocation_unavailable"),
    ] {
        let mut all = claims(clock.seconds());
        all["sub"] = json!(subject);
        let answer = service.subject(&signer.sign(&all)).await;
        let body = format!(r#"{{"detail":"{code}"}}"#);
        assert_eq!((answer.status, &answer.body), (status, &body), "{subject}");
        assert_eq!(answer.header("retry-after"), (status == 503).then_some("1"), "{subject}");
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{subject}");
        // It does not affect the next request.
        all["sub"] = json!("clear");
        assert_eq!(service.subject(&signer.sign(&all)).await.body, "clear");
    }
}

#[tokio::test]
async fn checks_run_in_order() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let (first, second) = (BySubject::default(), ByScope::default());
    let judge = authenticator(&keys(&signer), &clock)
        .with_revocation(first.clone())
        .with_revocation(second.clone());
    let service = Service::of(judge).await;
    for (subject, scope, body, asked) in [
        ("clear", "clear", "clear", 1),
        ("revoked", "clear", r#"{"detail":"revoked"}"#, 0),
        ("clear", "revoked", r#"{"detail":"revoked"}"#, 1),
        ("down", "revoked", r#"{"detail":"revocation_unavailable"}"#, 0),
    ] {
        let mut all = claims(clock.seconds());
        (all["sub"], all["scope"]) = (json!(subject), json!(scope));
        let before = second.asked.load(Ordering::SeqCst);
        assert_eq!(service.subject(&signer.sign(&all)).await.body, body, "{subject} {scope}");
        assert_eq!(second.asked.load(Ordering::SeqCst), before + asked, "{subject} {scope}");
    }
    assert_eq!(first.asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn the_check_runs_last_and_once_for_a_request() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let check = BySubject::default();
    let judge = authenticator(&keys(&signer), &clock).with_revocation(check.clone());
    let handler = |_: Bearer, _: Option<Bearer>, bearer: Bearer| async move {
        bearer.token.subject().unwrap_or_default().to_owned()
    };
    let router = Router::new()
        .route("/subject", get(handler))
        .route_layer(judge.require_scopes(["notes:read"]).unwrap())
        .with_state(judge.clone());
    let service = Service::start(router).await;
    let mut all = claims(clock.seconds());
    all["sub"] = json!("clear");
    assert_eq!(service.subject(&signer.sign(&all)).await.body, "clear");
    assert_eq!(check.asked.load(Ordering::SeqCst), 1);
    // Refused before the check runs.
    all["scope"] = json!("other");
    assert_eq!(service.subject(&signer.sign(&all)).await.status, 403);
    all["exp"] = json!(1);
    assert_eq!(service.subject(&signer.sign(&all)).await.status, 401);
    assert_eq!(check.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_authenticator_or_header_is_verified_again() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let check = BySubject::default();
    let strict = authenticator(&keys(&signer), &clock).with_revocation(check.clone());
    let lax = authenticator(&keys(&signer), &clock);
    let mut all = claims(clock.seconds());
    all["sub"] = json!("revoked");
    let revoked = signer.sign(&all);
    all["sub"] = json!("clear");
    let clear = signer.sign(&all);
    let handler =
        |bearer: Bearer| async move { bearer.token.subject().unwrap_or_default().to_owned() };
    let behind = |layer: Authenticator, state: Authenticator| {
        Router::new()
            .route("/subject", get(handler))
            .route_layer(layer.require_token())
            .with_state(state)
    };
    let service = Service::start(behind(lax.clone(), strict.clone())).await;
    assert_eq!(service.subject(&revoked).await.body, r#"{"detail":"revoked"}"#);

    let exchange = format!("Bearer {revoked}");
    let exchanged = Router::new()
        .route("/subject", get(handler))
        .route_layer(from_fn(move |mut request: Request, next: Next| {
            request.headers_mut().insert("authorization", exchange.parse().unwrap());
            next.run(request)
        }))
        .route_layer(strict.require_token())
        .with_state(strict);
    let service = Service::start(exchanged).await;
    assert_eq!(service.subject(&clear).await.body, r#"{"detail":"revoked"}"#);
}

#[tokio::test]
async fn a_synchronous_check_goes_into_the_verifier() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let verifier = verifier().with_revocation(|token| match token.subject() {
        Some("alice") => Revocation::Revoked,
        _ => Revocation::Clear,
    });
    let judge = Authenticator::new(verifier, keys(&signer)).with_clock(clock.clone());
    let token = signer.sign(&claims(clock.seconds()));
    assert_eq!(judge.verify(token.as_bytes()).await.unwrap_err().code(), "revoked");
}
