//! One fetch of a cache, request by request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use verijot::issuer::{FetchResponse, KeyFetchStep as CoreStep, KeyRequest as CoreRequest, Ticket};

use crate::clocks::Clocks;
use crate::jwks_cache::JwksCache;
use crate::key_location::held;
use crate::moment::{nanoseconds, span};

/// One fetch. Whatever becomes of it, its end is told: by the answer for the keys, or as an error.
#[derive(uniffi::Object)]
pub struct KeyFetch {
    cache: Arc<JwksCache>,
    ticket: Ticket,
    fetch: Mutex<verijot::issuer::KeyFetch>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyFetchStep {
    /// Make this request and hand in the answer as that for the metadata.
    Metadata {
        /// What to ask for.
        request: KeyQuery,
    },
    /// Make this request and hand in the answer as that for the keys.
    Keys {
        /// What to ask for.
        request: KeyQuery,
    },
    /// There is nothing to ask for; to be told as an error.
    Failed {
        /// What failed, a colon, and more about it for people.
        failure: String,
    },
}

/// One GET request.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct KeyQuery {
    /// Where to.
    pub url: String,
    /// Every header.
    pub headers: HashMap<String, String>,
    /// How many nanoseconds the whole answer may take.
    pub timeout: u64,
    /// How many octets a body may have. Of a longer one, one octet more is read.
    pub max_octets: u64,
    /// Whether the request carries validators.
    pub is_conditional: bool,
}

/// An HTTP answer to a request for keys. Redirects are not followed, they are answers too.
#[derive(Clone, Debug, uniffi::Record)]
pub struct FetchAnswer {
    /// The status.
    pub status: u16,
    /// The body, read up to one octet more than the limit.
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

#[uniffi::export]
impl KeyFetch {
    /// What to do next, `elapsed` nanoseconds after the fetch began.
    #[must_use]
    pub fn step(&self, elapsed: u64) -> KeyFetchStep {
        match held(&self.fetch).step(span(elapsed)) {
            CoreStep::Metadata(request) => {
                KeyFetchStep::Metadata { request: KeyQuery::of(&request) }
            }
            CoreStep::Keys(request) => KeyFetchStep::Keys { request: KeyQuery::of(&request) },
            CoreStep::Failed { failure } => KeyFetchStep::Failed { failure: failure.to_string() },
            // The core has no other step; a new one is the end.
            _ => KeyFetchStep::Failed { failure: "unknown_step".to_owned() },
        }
    }

    /// Takes the answer to a request for metadata.
    pub fn on_metadata(&self, status: u16, body: Vec<u8>) {
        held(&self.fetch).on_response(status, &body);
    }

    /// Takes the news that a request for metadata brought no answer.
    pub fn on_missing_metadata(&self) {
        held(&self.fetch).on_error();
    }

    /// Takes the answer to a request for keys, however late, and says what was wrong with it, if
    /// anything was.
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

    /// Takes the news that the fetch brought no answer; `problem` says why, for people.
    ///
    /// False if the fetch is no longer under way, so that the news changes nothing.
    #[must_use]
    pub fn on_error(&self, problem: Option<String>, clocks: Clocks) -> bool {
        self.cache.take_error(&self.ticket, problem, clocks)
    }

    /// Takes the news that the fetch was given up on this side, which says nothing of the issuer.
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
