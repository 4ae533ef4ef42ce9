//! From an issuer to the URL of its keys, step by step: which document to fetch next, and what its
//! answer means. A state machine without I/O; the names and documents are judged by `discovery`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::codes;
use crate::issuer::discovery::{self, DiscoveryError, FetchRules};
use crate::issuer::fetch::Ticket;
use crate::issuer::key_fetch::KeyFetch;

/// Where keys are fetched from: one URL, or wherever an issuer's metadata says.
///
/// Lives as long as the [`JwksCache`](crate::issuer::JwksCache) beside it. Each fetch begins with a
/// [`Search`], so that an issuer can move its keys:
///
/// ```
/// use verijot::issuer::{KeyLocation, SearchStep};
/// /// Status and body, or `None` if there was no answer.
/// fn get(url: &str) -> Option<(u16, Vec<u8>)> {
///     # match url {
///     #     "https://issuer.example/.well-known/oauth-authorization-server" => Some((200, br#"{
///     #         "issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/keys"
///     #     }"#.to_vec())),
///     #     "https://issuer.example/keys" => Some((200, Vec::new())),
///     #     _ => Some((404, Vec::new())),
///     # }
/// }
/// let mut location = KeyLocation::of_issuer("https://issuer.example")?;
/// let mut search = location.search();
/// let url = loop {
///     match search.step() {
///         SearchStep::Metadata { url } => match get(url) {
///             Some((status, body)) => search.on_response(status, &body),
///             None => search.on_error(),
///         },
///         SearchStep::Keys { url, .. } => break url.to_string(),
///         SearchStep::Failed { failure } => panic!("try again later: {failure}"),
///         step => panic!("{step:?}"),
///     }
/// };
/// assert_eq!(url, "https://issuer.example/keys");
/// if get(&url).is_some_and(|(status, _)| status == 200) {
///     location.confirm(&url);
/// }
/// # Ok::<(), verijot::issuer::discovery::DiscoveryError>(())
/// ```
/// `Debug` and `Display` show no query of a URL.
#[derive(Clone)]
pub struct KeyLocation {
    place: Place,
    rules: FetchRules,
    /// Where keys were fetched from last.
    last: Option<String>,
}

impl KeyLocation {
    /// Keys at one URL. A search for them ends at once.
    ///
    /// # Errors
    /// [`DiscoveryError::UnsafeUrl`] if it may not be fetched from.
    pub fn at(url: impl Into<String>) -> Result<Self, DiscoveryError> {
        Self::at_under(url, FetchRules::new())
    }

    /// As [`KeyLocation::at`], under other rules.
    ///
    /// # Errors
    /// As there.
    pub fn at_under(url: impl Into<String>, rules: FetchRules) -> Result<Self, DiscoveryError> {
        let url = url.into();
        rules.check(&url)?;
        Ok(Self { place: Place::Url(url), rules, last: None })
    }

    /// Keys where the issuer's metadata says: that of OpenID Connect Discovery, without it that of
    /// RFC 8414, and without either at `/.well-known/jwks.json`.
    ///
    /// # Errors
    /// [`DiscoveryError::UnsafeUrl`] if the issuer is no URL that may be fetched from.
    pub fn of_issuer(issuer: impl Into<String>) -> Result<Self, DiscoveryError> {
        Self::of_issuer_under(issuer, FetchRules::new())
    }

    /// As [`KeyLocation::of_issuer`], under other rules.
    ///
    /// # Errors
    /// As there.
    pub fn of_issuer_under(
        issuer: impl Into<String>,
        rules: FetchRules,
    ) -> Result<Self, DiscoveryError> {
        let issuer = issuer.into();
        let metadata = Vec::from(discovery::metadata_urls_under(&issuer, &rules)?);
        let customary = Some(discovery::customary_jwks_url_under(&issuer, &rules)?);
        Ok(Self { place: Place::Issuer { issuer, metadata, customary }, rules, last: None })
    }

    /// Does not look at `/.well-known/jwks.json`: an issuer without metadata is an error.
    #[must_use]
    pub fn discovery_only(mut self) -> Self {
        if let Place::Issuer { customary, .. } = &mut self.place {
            *customary = None;
        }
        self
    }

    /// Begins one search. Any number may be under way, and one that is dropped leaves no trace.
    #[must_use]
    pub fn search(&self) -> Search {
        let state = match &self.place {
            Place::Url(url) => State::Found(url.clone()),
            Place::Issuer { .. } => State::Metadata { index: 0 },
        };
        Search { location: self.clone(), state }
    }

    /// Begins the requests of one fetch, which reads at most `max_octets` of a key set.
    #[must_use]
    pub fn fetch(&self, ticket: &Ticket, max_octets: usize) -> KeyFetch {
        KeyFetch::new(self.search(), ticket.clone(), max_octets)
    }

    /// Keys were fetched from this URL, with status 200: while the metadata cannot be fetched they
    /// are looked for there again.
    pub fn confirm(&mut self, url: &str) {
        if self.last.as_deref() != Some(url) {
            self.last = Some(url.to_string());
        }
    }
}

impl fmt::Debug for KeyLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyLocation({self})")
    }
}

impl fmt::Display for KeyLocation {
    /// The issuer or the URL that the location was made of, which has no query in an issuer's case
    /// and is cut off at it otherwise: queries are where secrets are put.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Url(url) => formatter.write_str(discovery::without_query(url)),
            Place::Issuer { issuer, .. } => formatter.write_str(issuer),
        }
    }
}

/// One way from an issuer to the URL of its keys.
///
/// Only an answer that says "there is nothing here" (a status from 400 to 499 other than 408, 425
/// and 429) leads on to the next place. A document that names another issuer or is malformed ends
/// the search: who can put up such a document must not choose where keys are looked for next.
/// With any other answer, or none, keys are looked for where they were last, and where there never
/// were any the search has failed until it begins again, after a rest.
#[derive(Clone)]
pub struct Search {
    location: KeyLocation,
    state: State,
}

impl fmt::Debug for Search {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Search").field(&self.step()).finish()
    }
}

impl Search {
    /// What to do now. The same until an answer has been handed in.
    #[must_use]
    pub fn step(&self) -> SearchStep<'_> {
        match &self.state {
            State::Metadata { index } => match self.metadata_url(*index) {
                Some(url) => SearchStep::Metadata { url },
                None => SearchStep::Failed { failure: &SearchFailure::NotFound },
            },
            State::Found(url) => {
                let is_known = self.location.last.as_ref() == Some(url);
                SearchStep::Keys { url, is_known }
            }
            State::Failed(failure) => SearchStep::Failed { failure },
        }
    }

    /// Takes the answer to a request for metadata. Redirects are not followed, they are answers
    /// too. `body` is looked at with status 200 only, and needs no more than its first 65537
    /// octets. At any other step nothing happens.
    pub fn on_response(&mut self, status: u16, body: &[u8]) {
        let (State::Metadata { index }, Place::Issuer { issuer, .. }) =
            (&self.state, &self.location.place)
        else {
            return;
        };
        self.state = match status {
            200 => match discovery::jwks_url_under(issuer, body, &self.location.rules) {
                Ok(url) => State::Found(url),
                Err(error) => State::Failed(SearchFailure::UnusableMetadata { error }),
            },
            408 | 425 | 429 => self.fall_back(SearchFailure::UnexpectedStatus { status }),
            400..=499 => self.move_on(index.saturating_add(1)),
            _ => self.fall_back(SearchFailure::UnexpectedStatus { status }),
        };
    }

    /// Takes the news that a request for metadata brought no answer. At any other step nothing
    /// happens.
    pub fn on_error(&mut self) {
        if let State::Metadata { .. } = self.state {
            self.state = self.fall_back(SearchFailure::NoAnswer);
        }
    }

    fn metadata_url(&self, index: usize) -> Option<&str> {
        match &self.location.place {
            Place::Issuer { metadata, .. } => metadata.get(index).map(String::as_str),
            Place::Url(_) => None,
        }
    }

    /// Nothing was found at the place before `index`.
    fn move_on(&self, index: usize) -> State {
        if self.metadata_url(index).is_some() {
            return State::Metadata { index };
        }
        match (self.fall_back(SearchFailure::NotFound), &self.location.place) {
            (State::Failed(_), Place::Issuer { customary: Some(url), .. }) => {
                State::Found(url.clone())
            }
            (state, _) => state,
        }
    }

    fn fall_back(&self, failure: SearchFailure) -> State {
        match &self.location.last {
            Some(url) => State::Found(url.clone()),
            None => State::Failed(failure),
        }
    }
}

/// What to do in a search.
/// `Debug` shows no query of a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchStep<'s> {
    /// Fetch this document, and hand its answer to the search.
    Metadata {
        /// Where it may be.
        url: &'s str,
    },
    /// The search is over: fetch the keys.
    Keys {
        /// Where they are.
        url: &'s str,
        /// They were fetched from there last: only then may the request be conditional.
        is_known: bool,
    },
    /// The search is over without a place. To be told to the cache as a fetch without an answer,
    /// which then rests before the next one.
    Failed {
        /// Why.
        failure: &'s SearchFailure,
    },
}

impl fmt::Debug for SearchStep<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata { url } => formatter
                .debug_struct("Metadata")
                .field("url", &discovery::without_query(url))
                .finish(),
            Self::Keys { url, is_known } => formatter
                .debug_struct("Keys")
                .field("url", &discovery::without_query(url))
                .field("is_known", is_known)
                .finish(),
            Self::Failed { failure } => {
                formatter.debug_struct("Failed").field("failure", failure).finish()
            }
        }
    }
}

/// Why a search has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchFailure {
    /// There was no answer.
    NoAnswer,
    /// An answer that says neither where the keys are nor that there is nothing.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The metadata is malformed, names another issuer, or a place that may not be fetched from.
    UnusableMetadata {
        /// What is wrong.
        error: DiscoveryError,
    },
    /// The issuer publishes no metadata.
    NotFound,
}

impl SearchFailure {
    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAnswer => codes::NO_ANSWER.code,
            Self::UnexpectedStatus { .. } => codes::UNEXPECTED_STATUS.code,
            Self::UnusableMetadata { .. } => codes::UNUSABLE_METADATA.code,
            Self::NotFound => codes::NO_METADATA.code,
        }
    }
}

impl fmt::Display for SearchFailure {
    /// A stable name, and more where there is more to say.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())?;
        match self {
            Self::NoAnswer => Ok(()),
            Self::UnexpectedStatus { status } => write!(formatter, ": {status}"),
            Self::UnusableMetadata { error } => write!(formatter, ": {error}"),
            Self::NotFound => formatter.write_str(
                ": neither OpenID Connect Discovery nor RFC 8414; name the URL of the keys",
            ),
        }
    }
}

impl core::error::Error for SearchFailure {}

#[derive(Clone)]
enum Place {
    Url(String),
    Issuer { issuer: String, metadata: Vec<String>, customary: Option<String> },
}

#[derive(Clone)]
enum State {
    Metadata { index: usize },
    Found(String),
    Failed(SearchFailure),
}
