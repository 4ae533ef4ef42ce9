//! One fetch of a key set, as the key cache and its caller speak of it.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::codes;
use crate::keys::identity::Identity;
use crate::keys::jwks::JwksError;

/// Permission for one fetch. Whatever becomes of the fetch, tell the cache that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub(crate) owner: Identity,
    pub(crate) number: u64,
    pub(crate) started: Duration,
    /// The set that was held when the fetch started, which the validators belong to.
    pub(crate) held: Option<u64>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_modified_since: Option<String>,
    pub(crate) timeout: Duration,
}

impl Ticket {
    /// The value for an If-None-Match header.
    #[must_use]
    pub fn if_none_match(&self) -> Option<&str> {
        self.if_none_match.as_deref()
    }

    /// The value for an If-Modified-Since header.
    #[must_use]
    pub fn if_modified_since(&self) -> Option<&str> {
        self.if_modified_since.as_deref()
    }

    /// How long the fetch may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) const fn is_conditional(&self) -> bool {
        self.if_none_match.is_some() || self.if_modified_since.is_some()
    }
}

/// An HTTP answer to a fetch. Redirects are not followed, they are answers too.
///
/// `Debug` shows no body, which can hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchResponse<'r> {
    /// The status.
    pub status: u16,
    /// The body, read up to one octet more than the parser's limit.
    pub body: &'r [u8],
    /// Whether the request carried the ticket's validators, If-None-Match and If-Modified-Since: a
    /// 304 to any other request is a failure.
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
    /// An answer without headers, to a request without conditions.
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

/// What an answer did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchOutcome {
    /// A new set is held.
    Replaced,
    /// The set that is held is fresh again.
    Unchanged,
    /// Nothing came of it; keys that were held are kept.
    Failed {
        /// Why.
        failure: FetchFailure,
    },
    /// The fetch was given up on the caller's side, which says nothing of the issuer.
    Abandoned,
    /// It is older than what is held, or confirms a set that is no longer held.
    Ignored,
}

/// Why a fetch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchFailure {
    /// There was no answer.
    NoAnswer,
    /// It took too long.
    TimedOut,
    /// Neither 200, nor 304 to a conditional request.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The body is no JWK Set.
    UnusableSet {
        /// Why.
        error: JwksError,
    },
    /// The set has no usable key.
    NoUsableKeys,
}

impl FetchFailure {
    /// The stable name.
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
    /// A stable name, and more where there is more to say.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())?;
        match self {
            Self::UnexpectedStatus { status } => write!(formatter, ": {status}"),
            Self::UnusableSet { error } => write!(formatter, ": {error}"),
            _ => Ok(()),
        }
    }
}
