//! One fetch of an issuer's keys, request by request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use verijot::issuer::{FetchResponse, KeyFetchStep as CoreStep, KeyRequest as CoreRequest, Ticket};

use crate::clocks::Clocks;
use crate::jwks_cache::JwksCache;
use crate::key_location::locked;
use crate::moment::{nanoseconds, span};

/// One fetch. It must always be ended: with `on_keys`, `on_error` or `on_cancelled`.
#[derive(uniffi::Object)]
pub struct KeyFetch {
    cache: Arc<JwksCache>,
    ticket: Ticket,
    fetch: Mutex<verijot::issuer::KeyFetch>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyFetchStep {
    /// Make this request and pass the response to `on_metadata`.
    Metadata {
        /// The request.
        request: KeyQuery,
    },
    /// Make this request and pass the response to `on_keys`.
    Keys {
        /// The request.
        request: KeyQuery,
    },
    /// The fetch cannot go on; pass the failure to `on_error`.
    Failed {
        /// A stable name, and perhaps a colon and a human-readable text.
        failure: String,
    },
}

/// One GET request.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct KeyQuery {
    /// The URL.
    pub url: String,
    /// All headers to send.
    pub headers: HashMap<String, String>,
    /// The timeout for the whole response, in nanoseconds.
    pub timeout: u64,
    /// The maximum number of octets of a body. Of a longer body, one more octet is read.
    pub max_octets: u64,
    /// Whether the request carries validators.
    pub is_conditional: bool,
}

/// An HTTP response to a request for keys. Redirects are not followed but passed on like any other
/// response.
#[derive(Clone, Debug, uniffi::Record)]
pub struct FetchAnswer {
    /// The status.
    pub status: u16,
    /// The body, up to one octet more than the maximum.
    pub body: Vec<u8>,
    /// The value of the Cache-Control header.
    pub cache_control: Option<String>,
    /// The value of the Age header.
    pub age: Option<String>,
    /// The value of the ETag header.
    pub entity_tag: Option<String>,
    /// The value of the Last-Modified header.
    pub last_modified: Option<String>,
}

/// Returns the maximum number of fetches of one client that still run after their time limit.
#[uniffi::export]
#[must_use]
pub const fn max_abandoned_fetches() -> u32 {
    verijot::issuer::KeyFetch::MAX_ABANDONED
}

#[uniffi::export]
impl KeyFetch {
    /// Says what to do next, `elapsed` nanoseconds after the fetch began.
    #[must_use]
    pub fn step(&self, elapsed: u64) -> KeyFetchStep {
        match locked(&self.fetch).step(span(elapsed)) {
            CoreStep::Metadata(request) => {
                KeyFetchStep::Metadata { request: KeyQuery::of(&request) }
            }
            CoreStep::Keys(request) => KeyFetchStep::Keys { request: KeyQuery::of(&request) },
            CoreStep::Failed { failure } => KeyFetchStep::Failed { failure: failure.to_string() },
            // The core's steps are non-exhaustive: an unknown one ends the fetch.
            _ => KeyFetchStep::Failed { failure: "unknown_step".to_owned() },
        }
    }

    /// Takes the response to a request for metadata.
    pub fn on_metadata(&self, status: u16, body: Vec<u8>) {
        locked(&self.fetch).on_response(status, &body);
    }

    /// Records that a request for metadata got no response.
    pub fn on_missing_metadata(&self) {
        locked(&self.fetch).on_error();
    }

    /// Takes the response to a request for keys, however late. Returns what is wrong with it, if
    /// anything.
    #[must_use]
    pub fn on_keys(
        &self,
        request: &KeyQuery,
        answer: &FetchAnswer,
        clocks: Clocks,
    ) -> Option<String> {
        let mut response = FetchResponse::new(answer.status, &answer.body);
        response.is_conditional = request.is_conditional;
        response.cache_control = answer.cache_control.as_deref();
        response.age = answer.age.as_deref();
        response.entity_tag = answer.entity_tag.as_deref();
        response.last_modified = answer.last_modified.as_deref();
        if answer.status == OK {
            self.cache.location.confirm(&request.url);
        }
        self.cache.take_answer(&self.ticket, &response, clocks)
    }

    /// Records that the fetch got no response; `problem` is a human-readable reason.
    ///
    /// Returns false if the fetch was already over, so that this changes nothing.
    #[must_use]
    pub fn on_error(&self, problem: Option<String>, clocks: Clocks) -> bool {
        self.cache.take_error(&self.ticket, problem, clocks)
    }

    /// Records that this side cancelled the fetch, which says nothing about the issuer.
    pub fn on_cancelled(&self, clocks: Clocks) {
        self.cache.take_cancellation(&self.ticket, clocks);
    }
}

impl KeyFetch {
    pub(crate) fn new(
        cache: Arc<JwksCache>,
        ticket: Ticket,
        fetch: verijot::issuer::KeyFetch,
    ) -> Self {
        Self { cache, ticket, fetch: Mutex::new(fetch) }
    }
}

impl KeyQuery {
    fn of(request: &CoreRequest) -> Self {
        let headers = request.headers().into_iter();
        Self {
            url: request.url().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            timeout: nanoseconds(request.timeout()),
            max_octets: u64::try_from(request.max_octets()).unwrap_or(u64::MAX),
            is_conditional: request.is_conditional(),
        }
    }
}

const OK: u16 = 200;
