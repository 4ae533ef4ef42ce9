//! Makes the requests of one fetch, as the core specifies them.

use std::fmt;
use std::sync::Mutex;

use http::{Request, Response, StatusCode};
use tokio::time::{Instant, timeout};
use verijot::issuer::{KeyFetchStep, KeyLocation, KeyRequest, Ticket};

use crate::fetcher::{AnyFetcher, FetchError};
use crate::locked::lock;

/// Where the keys are, and who fetches them.
pub(crate) struct KeyRequests {
    location: Mutex<KeyLocation>,
    fetcher: Box<dyn AnyFetcher>,
    max_octets: usize,
}

/// The answer to a request for keys.
pub(crate) struct KeyAnswer {
    pub(crate) response: Response<Vec<u8>>,
    pub(crate) is_conditional: bool,
}

impl KeyRequests {
    pub(crate) fn new(
        location: KeyLocation,
        fetcher: Box<dyn AnyFetcher>,
        max_octets: usize,
    ) -> Self {
        Self { location: Mutex::new(location), fetcher, max_octets }
    }

    /// Fetches the keys, within the ticket's time.
    pub(crate) async fn make(&self, ticket: &Ticket) -> Result<KeyAnswer, FetchError> {
        let start = Instant::now();
        let mut fetch = lock(&self.location).fetch(ticket, self.max_octets);
        loop {
            match fetch.step(start.elapsed()) {
                KeyFetchStep::Metadata(request) => match self.ask(&request).await {
                    Ok(response) => fetch.on_response(response.status().as_u16(), response.body()),
                    Err(error) => {
                        tracing::debug!(location = %self, %error, "could not fetch the issuer's metadata");
                        fetch.on_error();
                    }
                },
                KeyFetchStep::Keys(request) => {
                    let response = self.ask(&request).await?;
                    if response.status() == StatusCode::OK {
                        lock(&self.location).confirm(request.url());
                    }
                    return Ok(KeyAnswer { response, is_conditional: request.is_conditional() });
                }
                KeyFetchStep::Failed { failure } => return Err(FetchError::new(failure)),
                _ => return Err(FetchError::new("unknown step of a fetch")),
            }
        }
    }

    async fn ask(&self, request: &KeyRequest) -> Result<Response<Vec<u8>>, FetchError> {
        let mut http = Request::get(request.url());
        for (name, value) in request.headers() {
            http = http.header(name, value);
        }
        let http = http.body(()).map_err(FetchError::new)?;
        let answer = self.fetcher.fetch_boxed(http, request.max_octets());
        let answer = timeout(request.timeout(), answer).await;
        answer.map_err(|_| FetchError::new("no complete response in time"))?
    }
}

impl fmt::Display for KeyRequests {
    /// The location without its query.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        lock(&self.location).fmt(formatter)
    }
}
