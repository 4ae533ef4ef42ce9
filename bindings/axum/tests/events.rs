//! The events that a service receives, and the secrets that they must never contain.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use common::clock::TestClock;
use common::issuer::{Answer, Issuer};
use common::service::Service;
use common::setup::{authenticator, client, http};
use common::signer::{Signer, claims, jwks};
use common::until;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;
use verijot::issuer::KeySource;
use verijot::session::RefreshFailure;
use verijot::{Algorithm, Revocation, Verified};
use verijot_axum::{
    Authenticator, Bearer, IssuedTokens, IssuerKeys, NotStored, RefreshingClient, RevocationCheck,
    TokenKeeper,
};

/// Records every event of this crate with all its fields, at any level.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Record {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target().starts_with("verijot") {
            let mut line = Line(metadata.level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Record {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn has(&self, parts: &[&str]) -> bool {
        self.lines().iter().any(|line| parts.iter().all(|part| line.contains(part)))
    }
}

/// Claims that no token has.
#[derive(serde::Deserialize)]
struct Typed {
    #[serde(rename = "secret_claim")]
    _secret_claim: bool,
}

struct Check;

impl RevocationCheck for Check {
    async fn check(&self, token: &Verified) -> Revocation {
        match token.subject() {
            Some("alice") => Revocation::Clear,
            Some("revoked-subject") => Revocation::Revoked,
            Some("panicking-subject") => panic!("on purpose"),
            Some("hanging-subject") => std::future::pending().await,
            _ => Revocation::Unavailable,
        }
    }
}

struct Keeper;

impl TokenKeeper for Keeper {
    async fn refresh(&self, refresh_token: &str) -> Result<IssuedTokens, RefreshFailure> {
        match refresh_token {
            "refresh-token-1" => Ok(IssuedTokens::new("access-token-2").unwrap()),
            _ => Err(RefreshFailure::NoAnswer),
        }
    }

    async fn store(&self, _: &IssuedTokens) -> Result<(), NotStored> {
        Err(NotStored)
    }
}

#[tokio::test]
async fn events_show_what_happened_and_no_secret() {
    let record = Record::default();
    tracing::subscriber::set_global_default(registry().with(record.clone())).unwrap();
    let (signer, clock) = (Signer::new("known-kid"), TestClock::new());
    let mut secrets = Vec::new();
    let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock)
        .with_revocation(Check)
        .with_revocation_timeout(Duration::from_millis(20));
    let subject = |bearer: Bearer| async move { bearer.token.subject().unwrap().to_owned() };
    let typed = |_: Bearer<Typed>| async {};
    let scoped = |bearer: Bearer| async move { bearer.require_scopes(["other"]) };
    let router = Router::new()
        .route("/subject", get(subject))
        .route("/typed", get(typed))
        .route("/scoped", get(scoped));
    let service = Service::start(router.with_state(judge)).await;

    // Tokens that are refused for all kinds of reasons.
    let now = clock.seconds();
    let mut of = |name: &str, value: serde_json::Value| {
        let mut all = claims(now);
        all[name] = value;
        all["secret_claim"] = json!("claim-value");
        let token = signer.sign(&all);
        secrets.extend(token.split('.').map(str::to_owned));
        token
    };
    for (token, code) in [
        (of("sub", json!("alice")), None),
        (of("exp", json!(now - 40)), Some("expired")),
        (of("iss", json!("https://evil-issuer.example")), Some("wrong_issuer")),
        (of("aud", json!("https://evil-audience.example")), Some("wrong_audience")),
        (of("nbf", json!("evil-date")), Some("invalid_claim")),
        (of("sub", json!("revoked-subject")), Some("revoked")),
        (of("sub", json!("down-subject")), Some("revocation_unavailable")),
        (of("sub", json!("panicking-subject")), Some("revocation_unavailable")),
        (of("sub", json!("hanging-subject")), Some("revocation_unavailable")),
        (signer.sign_as("unknown\n\u{1b}[31mkid", &claims(now)), Some("unknown_key")),
        (Signer::new("x").sign_as("known-kid", &claims(now)), Some("invalid_signature")),
        ("not-a-token".to_owned(), Some("malformed_token")),
    ] {
        service.subject(&token).await;
        assert!(code.is_none_or(|code| record.has(&[&format!("code=\"{code}\"")])), "{code:?}");
    }
    service.get("/subject", &[]).await;
    service.get("/subject", &["Basic basic-password"]).await;
    assert!(record.has(&["INFO", "refused a token", "expired", "claim=\"exp\"", "known-kid"]));
    assert!(record.has(&["INFO", r"unknown\\n\\u{1b}[31mkid"]));
    assert!(record.has(&["DEBUG", "missing_token"]));
    assert!(record.has(&["WARN", "revocation_unavailable"]));
    assert!(record.has(&["ERROR", "the revocation check panicked"]));
    assert!(record.has(&["WARN", "the revocation check took too long"]));

    let good = format!("Bearer {}", of("sub", json!("alice")));
    service.get("/typed", &[&good]).await;
    assert!(record.has(&["INFO", "invalid_claim", "claim=\"secret_claim\"", "known-kid"]));
    service.get("/scoped", &[&good]).await;
    assert!(record.has(&["INFO", "insufficient_scope", "claim=\"scope\"", "known-kid"]));

    // Fetches with every outcome.
    let place = format!("location=\"{}/keys\"", issuer.url);
    assert!(record.has(&["INFO", "fetched new keys", "usable=1", "skipped=0", &place]));
    let secret_set = r#"{"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0LW1hdGVyaWFsLWluLWEtc2V0"}]}"#;
    let mut issuer = issuer;
    for (answer, message) in [
        (Some(Answer::new("200 OK", "ETag: \"v\"\r\n", jwks(&[&signer]))), "fetched new keys"),
        (Some(Answer::new("304 Not Modified", "", "")), "the keys are unchanged"),
        (Some(Answer::new("200 OK", "", "<html>page-content")), "malformed_jwks"),
        (Some(Answer::keys(secret_set)), "no_usable_keys"),
        (Some(Answer::new("302 Found", "Location: https://evil.example/\r\n", "")), "302"),
        (
            Some(Answer::Octets(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npa".to_vec())),
            "could not fetch the issuer's keys",
        ),
        (None, "Connection refused"),
    ] {
        match answer {
            Some(answer) => issuer.answers(move |_| answer.clone()),
            None => issuer.stop().await,
        }
        clock.advance(Duration::from_secs(500));
        let before = record.lines().len();
        keys.ready().await.unwrap();
        until(|| record.lines().iter().skip(before).any(|line| line.contains(message))).await;
    }

    // A client's tokens.
    let calls = Issuer::start(|_| Answer::new("200 OK", "", "")).await;
    for refresh_token in ["refresh-token-1", "refresh-token-2"] {
        let client = RefreshingClient::new(http(), Keeper);
        let tokens = IssuedTokens::new("access-token-1").unwrap();
        let tokens = tokens.with_expires_in(Duration::ZERO).with_refresh_token(refresh_token);
        // Tokens that are stored already: others would have to be stored before a refresh.
        client.resume(tokens, Duration::ZERO);
        let url = format!("{}/?query-value", calls.url);
        let _ = client.execute(http().get(url).build().unwrap()).await;
    }
    assert!(record.has(&["DEBUG", "refreshed the access token"]));
    assert!(record.has(&["ERROR", "could not store the new tokens"]));
    assert!(record.has(&["WARN", "could not refresh the access token", "no_answer"]));

    // A shared secret.
    let secret = "a shared secret of thirty-two octets";
    let source = KeySource::secret(secret, Algorithm::Hs256).unwrap();
    let symmetric = IssuerKeys::new(source).unwrap();
    tracing::info!(target: "verijot_test", debug = ?symmetric, "shown");
    let judge = Authenticator::new(common::setup::verifier(), symmetric);
    tracing::info!(target: "verijot_test", debug = ?judge, "shown");
    judge.verify(signer.sign(&claims(now)).as_bytes()).await.unwrap_err();

    secrets.extend(
        [
            "claim-value",
            "evil-issuer",
            "evil-audience",
            "evil-date",
            "-subject",
            "alice",
            "not-a-token",
            "basic-password",
            "secret=query",
            "query-value",
            "page-content",
            "c2VjcmV0",
            "evil.example",
            "access-token",
            "refresh-token",
            secret,
        ]
        .map(str::to_owned),
    );
    // Every token of a key has the same first segment, its header.
    assert!(record.lines().len() > 20);
    for line in record.lines() {
        for secret in secrets.iter().filter(|secret| secret.len() > 4) {
            assert!(!line.contains(secret.as_str()), "{secret} in {line}");
        }
        assert!(!line.contains(['\n', '\u{1b}']), "{line}");
    }
}
