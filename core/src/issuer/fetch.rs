//! One fetch of a key set: its ticket, its response and its outcome.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::codes;
use crate::keys::identity::Identity;
use crate::keys::jwks::JwksError;

/// Permission for one fetch. Report the result to the cache that issued the ticket, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub(crate) owner: Identity,
    pub(crate) number: u64,
    pub(crate) started: Duration,
    /// The serial number of the set that was held when the fetch started. The validators belong to
    /// it.
    pub(crate) held: Option<u64>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_modified_since: Option<String>,
    pub(crate) timeout: Duration,
    /// The `kid` of the key to fetch, if each key has a URL of its own.
    pub(crate) key_id: Option<String>,
}

impl Ticket {
    /// Returns the value for an If-None-Match header.
    #[must_use]
    pub fn if_none_match(&self) -> Option<&str> {
        self.if_none_match.as_deref()
    }

    /// Returns the value for an If-Modified-Since header.
    #[must_use]
    pub fn if_modified_since(&self) -> Option<&str> {
        self.if_modified_since.as_deref()
    }

    /// Returns how long the fetch may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) const fn is_conditional(&self) -> bool {
        self.if_none_match.is_some() || self.if_modified_since.is_some()
    }
}

/// The HTTP response of a fetch. Do not follow redirects; report them as responses.
///
/// `Debug` does not show the body, which can contain secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchResponse<'r> {
    /// The status.
    pub status: u16,
    /// The body. Read at most one octet more than the parser's limit.
    pub body: &'r [u8],
    /// Whether the request had the ticket's validators, If-None-Match and If-Modified-Since. A 304
    /// to any other request is a failure.
    pub is_conditional: bool,
    /// The value of the Cache-Control header.
    pub cache_control: Option<&'r str>,
    /// The value of the Age header.
    pub age: Option<&'r str>,
    /// The value of the ETag header.
    pub entity_tag: Option<&'r str>,
    /// The value of the Last-Modified header.
    pub last_modified: Option<&'r str>,
}

impl<'r> FetchResponse<'r> {
    /// Creates a response without headers, to an unconditional request.
    #[must_use]
    pub const fn new(status: u16, body: &'r [u8]) -> Self {
        Self {
            status,
            body,
            is_conditional: false,
            cache_control: None,
            age: None,
            entity_tag: None,
            last_modified: None,
        }
    }
}

impl fmt::Debug for FetchResponse<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FetchResponse")
            .field("status", &self.status)
            .field("octets", &self.body.len())
            .field("is_conditional", &self.is_conditional)
            .field("cache_control", &self.cache_control)
            .finish_non_exhaustive()
    }
}

/// What a response changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchOutcome {
    /// A new set replaced the previous one.
    Replaced,
    /// The current set is fresh again.
    Unchanged,
    /// The fetch failed; the previous keys are kept.
    Failed {
        /// Why.
        failure: FetchFailure,
    },
    /// The caller cancelled the fetch, which says nothing about the issuer.
    Abandoned,
    /// The response is older than the current set, or confirms a set that is no longer current.
    Ignored,
}

/// Why a fetch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchFailure {
    /// There was no answer.
    NoAnswer,
    /// The answer took too long.
    TimedOut,
    /// The status is neither 200 nor, for a conditional request, 304.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The body is not a JWK Set.
    UnusableSet {
        /// Why.
        error: JwksError,
    },
    /// The set has no usable key.
    NoUsableKeys,
}

impl FetchFailure {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoAnswer => codes::NO_ANSWER.code,
            Self::TimedOut => codes::TIMED_OUT.code,
            Self::UnexpectedStatus { .. } => codes::UNEXPECTED_STATUS.code,
            Self::UnusableSet { .. } => codes::UNUSABLE_SET.code,
            Self::NoUsableKeys => codes::NO_USABLE_KEYS.code,
        }
    }
}

impl fmt::Display for FetchFailure {
    /// Writes the stable code and, if there are any, details.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())?;
        match self {
            Self::UnexpectedStatus { status } => write!(formatter, ": {status}"),
            Self::UnusableSet { error } => write!(formatter, ": {error}"),
            _ => Ok(()),
        }
    }
}
