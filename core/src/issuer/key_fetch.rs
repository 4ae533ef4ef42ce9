//! The requests of one fetch: for an issuer's metadata if needed, then for the keys.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::codes;
use crate::issuer::discovery::{self, MAX_METADATA_OCTETS};
use crate::issuer::fetch::Ticket;
use crate::issuer::key_location::{Search, SearchFailure, SearchStep};

/// One fetch, request by request. [`KeyLocation::fetch`](crate::issuer::KeyLocation::fetch) starts
/// it; the caller makes the requests one after another and never follows redirects.
///
/// ```
/// use core::time::Duration;
/// use verijot::issuer::{FetchResponse, JwksCache, KeyFetchStep, KeyLocation, Ticket};
/// # struct Http { status: u16, body: Vec<u8> }
/// # fn get(_: &verijot::issuer::KeyRequest) -> Option<Http> { None }
/// fn carry_out(cache: &mut JwksCache, location: &mut KeyLocation, ticket: &Ticket) {
///     let start = std::time::Instant::now();
///     let now = || Duration::from_secs(1) + start.elapsed();
///     let mut fetch = location.fetch(ticket, 262_144);
///     loop {
///         match fetch.step(start.elapsed()) {
///             KeyFetchStep::Metadata(request) => match get(&request) {
///                 Some(http) => fetch.on_response(http.status, &http.body),
///                 None => fetch.on_error(),
///             },
///             KeyFetchStep::Keys(request) => {
///                 let Some(http) = get(&request) else {
///                     cache.on_error(ticket, now());
///                     return;
///                 };
///                 if http.status == 200 {
///                     location.confirm(request.url());
///                 }
///                 let mut response = FetchResponse::new(http.status, &http.body);
///                 response.is_conditional = request.is_conditional();
///                 cache.on_response(ticket, &response, now());
///                 return;
///             }
///             KeyFetchStep::Failed { .. } | _ => {
///                 cache.on_error(ticket, now());
///                 return;
///             }
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct KeyFetch {
    search: Search,
    ticket: Ticket,
    max_octets: usize,
}

impl KeyFetch {
    /// The maximum number of fetches of one client that still run after their time limit. At this
    /// number, clients that cannot end a fetch fail every further one without a request.
    pub const MAX_ABANDONED: u32 = 4;

    pub(crate) const fn new(search: Search, ticket: Ticket, max_octets: usize) -> Self {
        Self { search, ticket, max_octets }
    }

    /// Returns the request to make now. `elapsed` is the time since the fetch started.
    #[must_use]
    pub fn step(&self, elapsed: Duration) -> KeyFetchStep {
        let left = self.ticket.timeout().saturating_sub(elapsed);
        let failed = |failure| KeyFetchStep::Failed { failure };
        match self.search.step() {
            SearchStep::Failed { failure } => failed(KeyFetchFailure::Search(*failure)),
            _ if left == Duration::ZERO => failed(KeyFetchFailure::NoTime),
            // Leave time for the keys.
            SearchStep::Metadata { url } => KeyFetchStep::Metadata(KeyRequest {
                url: url.to_string(),
                accept: "application/json",
                if_none_match: None,
                if_modified_since: None,
                timeout: left.checked_div(2).unwrap_or_default(),
                max_octets: MAX_METADATA_OCTETS,
            }),
            SearchStep::Keys { url, is_known } => {
                let text =
                    |value: Option<&str>| value.filter(|_| is_known).map(ToString::to_string);
                KeyFetchStep::Keys(KeyRequest {
                    url: url.to_string(),
                    accept: "application/jwk-set+json, application/json",
                    if_none_match: text(self.ticket.if_none_match()),
                    if_modified_since: text(self.ticket.if_modified_since()),
                    timeout: left,
                    max_octets: self.max_octets,
                })
            }
        }
    }

    /// Takes the response to a request for metadata. Does nothing at any other step.
    pub fn on_response(&mut self, status: u16, body: &[u8]) {
        self.search.on_response(status, body);
    }

    /// Records that a request for metadata got no answer. Does nothing at any other step.
    pub fn on_error(&mut self) {
        self.search.on_error();
    }
}

/// What to do next in a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFetchStep {
    /// Make this request, and pass its response to the fetch.
    Metadata(KeyRequest),
    /// Make this request, and pass its response to the cache.
    Keys(KeyRequest),
    /// The fetch failed. Report a fetch without an answer to the cache.
    Failed {
        /// Why.
        failure: KeyFetchFailure,
    },
}

/// One GET request. Do not follow redirects, and do not accept compressed responses.
///
/// `Debug` does not show the URL's query.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRequest {
    url: String,
    accept: &'static str,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
    timeout: Duration,
    max_octets: usize,
}

impl KeyRequest {
    /// Returns the URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns all headers of the request.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, &str)> {
        let conditions = [
            ("If-None-Match", self.if_none_match.as_deref()),
            ("If-Modified-Since", self.if_modified_since.as_deref()),
        ];
        let present = conditions.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let always =
            [("Accept", self.accept), ("Accept-Encoding", "identity"), ("User-Agent", "verijot")];
        always.into_iter().chain(present).collect()
    }

    /// Whether the request has the ticket's validators, for
    /// [`FetchResponse::is_conditional`](crate::issuer::FetchResponse::is_conditional).
    #[must_use]
    pub const fn is_conditional(&self) -> bool {
        self.if_none_match.is_some() || self.if_modified_since.is_some()
    }

    /// Returns how long the whole response may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the maximum octets of the body. Read at most one octet more, to detect a longer
    /// body.
    #[must_use]
    pub const fn max_octets(&self) -> usize {
        self.max_octets
    }
}

impl fmt::Debug for KeyRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyRequest")
            .field("url", &discovery::without_query(&self.url))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Why a fetch cannot make its next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFetchFailure {
    /// The search for the keys failed.
    Search(SearchFailure),
    /// No time is left.
    NoTime,
}

impl KeyFetchFailure {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Search(failure) => failure.code(),
            Self::NoTime => codes::TIMED_OUT.code,
        }
    }
}

impl fmt::Display for KeyFetchFailure {
    /// Writes the stable code and, if there are any, details.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Search(failure) => failure.fmt(formatter),
            Self::NoTime => formatter.write_str(self.code()),
        }
    }
}

impl core::error::Error for KeyFetchFailure {}
