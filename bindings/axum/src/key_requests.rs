//! The requests of one fetch: for an issuer's metadata where there is need, then for the keys.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};
use verijot::{JwkSetParser, KeyLocation, SearchStep, Ticket};

use crate::fetcher::{AnyFetcher, FetchError};
use crate::locked::lock;

/// Where keys are, and who asks for them.
pub(crate) struct KeyRequests {
    location: Mutex<KeyLocation>,
    fetcher: Box<dyn AnyFetcher>,
}

impl KeyRequests {
    pub(crate) fn new(location: KeyLocation, fetcher: Box<dyn AnyFetcher>) -> Self {
        Self { location: Mutex::new(location), fetcher }
    }

    /// The answer of whoever has the keys, within the ticket's time.
    pub(crate) async fn make(&self, ticket: &Ticket) -> Result<Response<Vec<u8>>, FetchError> {
        let deadline = after(Instant::now(), ticket.timeout());
        let mut search = lock(&self.location).search();
        loop {
            let url = match search.step() {
                SearchStep::Metadata { url } => url.to_owned(),
                SearchStep::Keys { url, is_known } => {
                    let mut request = request(url, KEY_TYPES)?;
                    if is_known {
                        make_conditional(request.headers_mut(), ticket);
                    }
                    let limit = JwkSetParser::DEFAULT_OCTET_LIMIT;
                    let response = self.ask(request, limit, deadline).await?;
                    if response.status() == StatusCode::OK {
                        lock(&self.location).confirm(url);
                    }
                    return Ok(response);
                }
                SearchStep::Failed { failure } => return Err(FetchError::new(*failure)),
                _ => return Err(FetchError::new("the search takes a step that is not known")),
            };
            // Some time must be left for the keys.
            let now = Instant::now();
            let half = deadline.saturating_duration_since(now).checked_div(2).unwrap_or_default();
            let request = request(&url, METADATA_TYPE)?;
            match self.ask(request, METADATA_LIMIT, after(now, half)).await {
                Ok(response) => search.on_response(response.status().as_u16(), response.body()),
                Err(error) => {
                    tracing::debug!(location = %self, %error, "no metadata");
                    search.on_error();
                }
            }
        }
    }

    async fn ask(
        &self,
        request: Request<()>,
        body_limit: usize,
        deadline: Instant,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let answer = timeout_at(deadline, self.fetcher.fetch_boxed(request, body_limit));
        answer.await.map_err(|_| FetchError::new("the whole answer was not there in time"))?
    }
}

impl fmt::Display for KeyRequests {
    /// The location, which shows no query.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        lock(&self.location).fmt(formatter)
    }
}

fn request(url: &str, accept: &str) -> Result<Request<()>, FetchError> {
    Request::get(url)
        .header(ACCEPT, accept)
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, "verijot")
        .body(())
        .map_err(FetchError::new)
}

fn make_conditional(headers: &mut HeaderMap, ticket: &Ticket) {
    let conditions =
        [(IF_NONE_MATCH, ticket.if_none_match()), (IF_MODIFIED_SINCE, ticket.if_modified_since())];
    for (name, value) in conditions {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
}

fn after(now: Instant, span: Duration) -> Instant {
    now.checked_add(span.min(LONGEST_TIME)).unwrap_or(now)
}

const KEY_TYPES: &str = "application/jwk-set+json, application/json";

const METADATA_TYPE: &str = "application/json";

/// More would be too far away to be counted.
const LONGEST_TIME: Duration = Duration::from_secs(86_400);

/// The most octets of metadata that the core takes.
const METADATA_LIMIT: usize = 65_536;
