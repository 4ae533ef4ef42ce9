//! The example of a protected resource, and a client that finds its way to it over HTTP.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
#[path = "../examples/mcp/resource.rs"]
mod resource;

use common::clock::TestClock;
use common::issuer::{self, Issuer};
use common::setup::http;
use common::signer::{Signer, claims, jwks};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use verijot::issuer::KeySource;
use verijot::{Audiences, Issuers, Policy, Verifier};
use verijot_axum::{Authenticator, IssuerKeys};

/// An authorization server on loopback, and a resource that takes its tokens.
struct World {
    signer: Signer,
    clock: TestClock,
    server: Issuer,
    resource: String,
    service: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.service.abort();
    }
}

impl World {
    async fn new() -> Self {
        let (signer, clock) = (Signer::new("a"), TestClock::new());
        let server = Issuer::with_keys("").await;
        let (url, keys) = (server.url.clone(), jwks(&[&signer]));
        server.answers(move |path| {
            let metadata = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") });
            let body = if path == "/keys" { keys.clone() } else { metadata.to_string() };
            issuer::Answer::new("200 OK", "Content-Type: application/json\r\n", body)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
        let policy = Policy::new(Issuers::only(&server.url), Audiences::only(&resource));
        let keys = IssuerKeys::new(KeySource::issuer(&server.url).unwrap()).unwrap();
        let authenticator = Authenticator::new(Verifier::new(policy).unwrap(), keys);
        let facts = resource::Resource { url: resource.clone(), issuer: server.url.clone() };
        let router = resource::router(&facts, authenticator.with_clock(clock.clone())).unwrap();
        let service = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { signer, clock, server, resource, service }
    }

    fn token(&self, audience: &str, scope: &str) -> String {
        let mut claims = claims(self.clock.seconds());
        claims["iss"] = json!(self.server.url);
        claims["aud"] = json!(audience);
        claims["scope"] = json!(scope);
        self.signer.sign(&claims)
    }

    /// `tools/list`: the status, the challenge and the body.
    async fn call(&self, token: Option<&str>) -> (u16, String, Value) {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
        let mut request = http().post(&self.resource).header("Content-Type", "application/json");
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = request.body(call).send().await.unwrap();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        (status, challenge.unwrap_or_default(), body)
    }
}

/// The URL in a challenge (RFC 9728 §5.1).
fn metadata_url(challenge: &str) -> &str {
    let (_, rest) = challenge.split_once("resource_metadata=\"").unwrap();
    rest.split_once('"').unwrap().0
}

async fn json_at(url: &str) -> Value {
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), 200, "{url}");
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_client_finds_its_way() {
    let world = World::new().await;
    let (status, challenge, _) = world.call(None).await;
    assert_eq!(status, 401);
    let url = metadata_url(&challenge);
    let origin = world.resource.strip_suffix("/mcp").unwrap();
    assert_eq!(url, format!("{origin}/.well-known/oauth-protected-resource/mcp"));
    let metadata = json_at(url).await;
    // Otherwise a service could send clients of another to its own server (RFC 9728 §3.3).
    assert_eq!(metadata["resource"], json!(world.resource));
    let server = metadata["authorization_servers"][0].as_str().unwrap();
    let configuration = json_at(&format!("{server}/.well-known/openid-configuration")).await;
    assert_eq!(configuration["issuer"], json!(server));
    let scope = metadata["scopes_supported"][0].as_str().unwrap();
    let token = world.token(metadata["resource"].as_str().unwrap(), scope);
    let (status, challenge, body) = world.call(Some(&token)).await;
    assert_eq!((status, challenge.as_str()), (200, ""));
    assert_eq!(body["result"]["tools"][0]["name"], json!("notes"));
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused() {
    let world = World::new().await;
    let origin = world.resource.strip_suffix("/mcp").unwrap();
    for audience in ["https://other.example/mcp", &format!("{origin}/mcp/"), origin] {
        let (status, challenge, body) =
            world.call(Some(&world.token(audience, "notes:read"))).await;
        assert_eq!((status, body), (401, json!({ "detail": "wrong_audience" })), "{audience}");
        assert!(!metadata_url(&challenge).is_empty());
    }
}

#[tokio::test]
async fn a_token_without_the_scope_is_refused() {
    let world = World::new().await;
    let (status, challenge, _) = world.call(Some(&world.token(&world.resource, ""))).await;
    assert_eq!(status, 403);
    assert!(challenge.contains("scope=\"notes:read\""), "{challenge}");
    assert!(!metadata_url(&challenge).is_empty());
}
