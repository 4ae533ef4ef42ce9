//! Requests for keys made with reqwest, over TLS by rustls.

use std::fmt;
use std::sync::{Arc, OnceLock};

use http::{Request, Response};
use reqwest::{Client, ClientBuilder, redirect};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::fetcher::{FetchError, Fetcher};
use crate::provider;

/// Fetches with [`reqwest`]: HTTP/1.1, no redirects, no cookies, certificates checked by the
/// system's rules.
///
/// The environment's proxy for https is used (`HTTPS_PROXY`, `NO_PROXY`), through which the
/// connection stays encrypted from end to end; plain http, which is for this very machine, never
/// goes through a proxy.
#[derive(Clone, Default)]
pub struct ReqwestFetcher {
    /// Made when they are needed: a service without https need not have certificates at all.
    secure: Arc<OnceLock<Client>>,
    local: Arc<OnceLock<Client>>,
}

impl ReqwestFetcher {
    /// A fetcher that has made no request yet.
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
    customary(builder).build().map_err(unnamed)
}

fn local_client() -> Result<Client, FetchError> {
    // Without certificates, which it has no use for.
    let tls = ClientConfig::builder_with_provider(Arc::new(provider::tls()))
        .with_safe_default_protocol_versions()
        .map_err(FetchError::new)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(tls).no_proxy();
    customary(builder).build().map_err(unnamed)
}

/// Keys are fetched so rarely that no connection is worth keeping.
fn customary(builder: ClientBuilder) -> ClientBuilder {
    builder.redirect(redirect::Policy::none()).referer(false).pool_max_idle_per_host(0)
}

/// A URL's query may be nobody's business.
fn unnamed(error: reqwest::Error) -> FetchError {
    FetchError::new(error.without_url())
}
