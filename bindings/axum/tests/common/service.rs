//! A service with an authenticator, called over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use reqwest::header::HeaderMap;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use verijot::issuer::{CacheSettings, KeySource};
use verijot::{Audiences, Issuers, Policy, Verifier};
use verijot_axum::{Authenticator, Bearer, IssuerKeys, ReqwestFetcher};

use super::clock::TestClock;
use super::issuer::Issuer;
use super::signer::{AUDIENCE, ISSUER};

pub fn verifier() -> Verifier {
    Verifier::new(Policy::new(Issuers::only(ISSUER), Audiences::only(AUDIENCE))).unwrap()
}

/// The keys of an issuer, by the test's clock.
pub fn client(issuer: &Issuer, clock: &TestClock) -> IssuerKeys {
    client_with(issuer, clock, CacheSettings::default())
}

pub fn client_with(issuer: &Issuer, clock: &TestClock, settings: CacheSettings) -> IssuerKeys {
    let source = KeySource::jwks_url(format!("{}/keys?secret=query", issuer.url)).unwrap();
    let builder = IssuerKeys::builder(source).settings(settings).clock(clock.clone());
    builder.fetcher(ReqwestFetcher::new()).build().unwrap()
}

pub fn authenticator(client: &IssuerKeys, clock: &TestClock) -> Authenticator {
    Authenticator::new(verifier(), client.clone()).with_clock(clock.clone())
}

/// State with more in it than the authenticator.
#[derive(Clone)]
pub struct AppState {
    pub authenticator: Authenticator,
    pub greeting: Arc<str>,
}

impl FromRef<AppState> for Authenticator {
    fn from_ref(state: &AppState) -> Self {
        state.authenticator.clone()
    }
}

pub struct Service {
    pub url: String,
    server: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Service {
    /// `GET /subject` with a bearer token.
    pub async fn of(authenticator: Authenticator) -> Self {
        let subject =
            |bearer: Bearer| async move { bearer.token.subject().unwrap_or_default().to_owned() };
        Self::start(Router::new().route("/subject", get(subject)).with_state(authenticator)).await
    }

    pub async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, server }
    }

    pub async fn get(&self, path: &str, authorization: &[&str]) -> Answer {
        let mut request = http().get(format!("{}{path}", self.url));
        for value in authorization {
            request = request.header("Authorization", *value);
        }
        Answer::of(super::soon(request.send()).await.unwrap()).await
    }

    pub async fn subject(&self, token: &str) -> Answer {
        self.get("/subject", &[&format!("Bearer {token}")]).await
    }
}

/// A client that needs no certificates.
pub fn http() -> reqwest::Client {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(tls()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
    builder.build().unwrap()
}

/// That of the crate.
pub fn tls() -> rustls::crypto::CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    return rustls::crypto::ring::default_provider();
}
