//! A service with an authenticator, called over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use reqwest::header::HeaderMap;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use verijot_axum::{Authenticator, Bearer};

use super::setup::http;

/// A state that contains more than the authenticator.
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
