//! Requests for keys with reqwest, over TLS with rustls.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http::{Request, Response};
use reqwest::{Client, ClientBuilder, redirect};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::fetcher::{FetchError, Fetcher};
use crate::provider;

/// Fetches with [`reqwest`]: HTTP/1.1, no redirects, no cookies, certificates verified by the
/// operating system's rules.
///
/// Uses the environment's proxy for https (`HTTPS_PROXY`, `NO_PROXY`); the connection stays
/// encrypted from end to end. Plain http, which is for loopback addresses, never uses a proxy.
#[derive(Clone, Default)]
pub struct ReqwestFetcher {
    /// Created when first needed: a service without https may have no certificates.
    secure: Arc<OnceLock<Client>>,
    local: Arc<OnceLock<Client>>,
}

impl ReqwestFetcher {
    /// Creates a fetcher.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self, is_secure: bool) -> Result<Client, FetchError> {
        let (made, make): (_, fn() -> _) =
            if is_secure { (&self.secure, secure_client) } else { (&self.local, local_client) };
        if let Some(client) = made.get() {
            return Ok(client.clone());
        }
        let client = make()?;
        Ok(made.get_or_init(|| client).clone())
    }
}

impl Fetcher for ReqwestFetcher {
    async fn fetch(
        &self,
        request: Request<()>,
        body_limit: usize,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let is_secure = request.uri().scheme() == Some(&http::uri::Scheme::HTTPS);
        let client = self.client(is_secure)?;
        let request = request.map(|()| reqwest::Body::default()).try_into().map_err(unnamed)?;
        let mut answer = client.execute(request).await.map_err(unnamed)?;
        let mut body = Vec::new();
        while body.len() <= body_limit {
            let Some(chunk) = answer.chunk().await.map_err(unnamed)? else { break };
            body.extend_from_slice(&chunk);
        }
        body.truncate(body_limit.saturating_add(1));
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl fmt::Debug for ReqwestFetcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReqwestFetcher")
    }
}

fn secure_client() -> Result<Client, FetchError> {
    let tls = ClientConfig::builder_with_provider(Arc::new(provider::tls()))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(FetchError::new)?
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(tls).https_only(true);
    common(builder).build().map_err(unnamed)
}

fn local_client() -> Result<Client, FetchError> {
    // Plain http needs no certificates.
    let tls = ClientConfig::builder_with_provider(Arc::new(provider::tls()))
        .with_safe_default_protocol_versions()
        .map_err(FetchError::new)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(tls).no_proxy();
    common(builder).build().map_err(unnamed)
}

/// Keys are fetched too rarely to keep connections open.
fn common(builder: ClientBuilder) -> ClientBuilder {
    builder.redirect(redirect::Policy::none()).referer(false).pool_max_idle_per_host(0)
}

/// A URL's query may be confidential.
fn unnamed(error: reqwest::Error) -> FetchError {
    FetchError::new(error.without_url())
}
