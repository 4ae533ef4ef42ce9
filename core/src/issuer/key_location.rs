//! Finds the URL of an issuer's keys, step by step: which document to fetch next, and what the
//! response means. A state machine without I/O; `discovery` checks the URLs and documents.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::codes;
use crate::encoding::uuid::{NIL, is_uuid};
use crate::issuer::discovery::{self, DiscoveryError, FetchRules};
use crate::issuer::fetch::Ticket;
use crate::issuer::key_fetch::KeyFetch;
use crate::issuer::key_source::KeySourceError;
use crate::keys::jwks::JwkSetParser;
use crate::keys::key::KeyProblem;

/// Where keys are fetched from: one URL, or the URL in an issuer's metadata.
///
/// Keep it together with its [`JwksCache`](crate::issuer::JwksCache). Each fetch begins with a
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
/// `Debug` and `Display` do not show a URL's query.
#[derive(Clone)]
pub struct KeyLocation {
    target: Target,
    rules: FetchRules,
    /// The URL of the last successful fetch.
    last: Option<String>,
}

impl KeyLocation {
    /// Keys at a fixed URL. A search for them ends at once. A URL with `{kid}` in it is that of
    /// [`KeyLocation::per_key`].
    ///
    /// # Errors
    /// [`DiscoveryError::UnsafeUrl`] if keys must not be fetched from it.
    pub fn at(url: impl Into<String>) -> Result<Self, DiscoveryError> {
        Self::at_under(url, FetchRules::new())
    }

    /// Like [`KeyLocation::at`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn at_under(url: impl Into<String>, rules: FetchRules) -> Result<Self, DiscoveryError> {
        let url = url.into();
        if url.contains(KID) {
            return Self::per_key_under(&url, rules);
        }
        rules.check(&url)?;
        Ok(Self { target: Target::Url(url), rules, last: None })
    }

    /// Keys at the URL in the issuer's metadata: OpenID Connect Discovery, then RFC 8414, and
    /// without either `/.well-known/jwks.json`.
    ///
    /// # Errors
    /// [`DiscoveryError::UnsafeUrl`] if the issuer is not a URL that keys may be fetched from.
    pub fn of_issuer(issuer: impl Into<String>) -> Result<Self, DiscoveryError> {
        Self::of_issuer_under(issuer, FetchRules::new())
    }

    /// Like [`KeyLocation::of_issuer`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn of_issuer_under(
        issuer: impl Into<String>,
        rules: FetchRules,
    ) -> Result<Self, DiscoveryError> {
        let issuer = issuer.into();
        let metadata = Vec::from(discovery::metadata_urls_under(&issuer, &rules)?);
        let fallback = Some(discovery::default_jwks_url_under(&issuer, &rules)?);
        Ok(Self { target: Target::Issuer { issuer, metadata, fallback }, rules, last: None })
    }

    /// Keys that each have a URL of their own, such as those of AWS load balancers:
    /// `https://public-keys.auth.elb.eu-west-1.amazonaws.com/{kid}`. `{kid}` occurs once, after the
    /// host, and stands for the token's `kid`, which must be a UUID (RFC 9562 §4): nothing else that a
    /// token says is put into a URL.
    ///
    /// Each text is one certificate or public key in PEM, which a cache reads with the parser of
    /// [`KeyLocation::reading`]. A [`KeyLocation::search`] alone fails, because only a ticket has a
    /// `kid`.
    ///
    /// # Errors
    /// [`DiscoveryError::UnsafeUrl`] if keys must not be fetched from such URLs, or if `{kid}` is
    /// missing, or in another place.
    pub fn per_key(pattern: &str) -> Result<Self, DiscoveryError> {
        Self::per_key_under(pattern, FetchRules::new())
    }

    /// Like [`KeyLocation::per_key`], with other rules.
    ///
    /// # Errors
    /// The same.
    pub fn per_key_under(pattern: &str, rules: FetchRules) -> Result<Self, DiscoveryError> {
        let (before, after) = pattern.split_once(KID).ok_or(WITHOUT_KID)?;
        let path = before.split_once("//").and_then(|(_, rest)| rest.split_once('/'));
        if path.is_none() || after.contains(KID) {
            return Err(WITHOUT_KID);
        }
        rules.check(&text!("{before}{NIL}{after}"))?;
        let target = Target::PerKey { before: before.to_string(), after: after.to_string() };
        Ok(Self { target, rules, last: None })
    }

    /// Returns the parser for what is fetched from here. It differs from `parser` only for
    /// [`KeyLocation::per_key`]: then `parser` must be for a
    /// [map of certificates](JwkSetParser::certificate_map), of which each text is one.
    ///
    /// # Errors
    /// [`KeySourceError::UnusableKey`] if it is not, because then nothing says what the keys are for.
    pub fn reading<'p>(
        &self,
        parser: JwkSetParser<'p>,
    ) -> Result<JwkSetParser<'p>, KeySourceError> {
        match self.target {
            Target::PerKey { .. } => parser.for_single_keys().ok_or(WITHOUT_ALGORITHMS),
            _ => Ok(parser),
        }
    }

    /// Disables the fallback to `/.well-known/jwks.json`: an issuer without metadata is an error.
    #[must_use]
    pub fn discovery_only(mut self) -> Self {
        if let Target::Issuer { fallback, .. } = &mut self.target {
            *fallback = None;
        }
        self
    }

    /// Starts a search. Any number can run at the same time, and a search can be dropped at any
    /// time.
    #[must_use]
    pub fn search(&self) -> Search {
        let state = match &self.target {
            Target::Url(url) => State::Found(url.clone()),
            Target::Issuer { .. } => State::Metadata { index: 0 },
            Target::PerKey { .. } => State::Failed(SearchFailure::NoAnswer),
        };
        Search { location: self.clone(), state }
    }

    /// Starts a fetch that reads at most `max_octets` of a key set.
    #[must_use]
    pub fn fetch(&self, ticket: &Ticket, max_octets: usize) -> KeyFetch {
        let mut search = self.search();
        if let (Target::PerKey { before, after }, Some(kid)) = (&self.target, &ticket.key_id) {
            if is_uuid(kid) {
                search.state = State::Found(text!("{before}{kid}{after}"));
            }
        }
        KeyFetch::new(search, ticket.clone(), max_octets)
    }

    /// Records that keys were fetched from this URL with status 200. If the metadata cannot be
    /// fetched later, keys are fetched from there again.
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
    /// Writes the issuer or the URL, without its query, which can contain secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Url(url) => formatter.write_str(discovery::without_query(url)),
            Target::Issuer { issuer, .. } => formatter.write_str(issuer),
            Target::PerKey { before, .. } => {
                write!(formatter, "{}{KID}", discovery::without_query(before))
            }
        }
    }
}

/// One search for the URL of an issuer's keys.
///
/// Only a response that means "not here" (a status from 400 to 499 except 408, 425 and 429) leads
/// to the next URL. A document that is malformed or names another issuer ends the search, because
/// its author must not influence where keys are searched next. After any other response, or none,
/// the search falls back to the URL of the last successful fetch; if there is none, the search
/// fails, and the cache waits before the next fetch.
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
    /// Returns what to do now. The step stays the same until a response is passed in.
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

    /// Takes the response to a request for metadata. Do not follow redirects; pass them in as
    /// responses. `body` is used only with status 200 and needs at most its first 65537 octets.
    /// Does nothing at any other step.
    pub fn on_response(&mut self, status: u16, body: &[u8]) {
        let (State::Metadata { index }, Target::Issuer { issuer, .. }) =
            (&self.state, &self.location.target)
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

    /// Records that a request for metadata got no answer. Does nothing at any other step.
    pub fn on_error(&mut self) {
        if let State::Metadata { .. } = self.state {
            self.state = self.fall_back(SearchFailure::NoAnswer);
        }
    }

    fn metadata_url(&self, index: usize) -> Option<&str> {
        match &self.location.target {
            Target::Issuer { metadata, .. } => metadata.get(index).map(String::as_str),
            Target::Url(_) | Target::PerKey { .. } => None,
        }
    }

    /// Moves to the metadata URL at `index`, after nothing was found at the one before.
    fn move_on(&self, index: usize) -> State {
        if self.metadata_url(index).is_some() {
            return State::Metadata { index };
        }
        match (self.fall_back(SearchFailure::NotFound), &self.location.target) {
            (State::Failed(_), Target::Issuer { fallback: Some(url), .. }) => {
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

/// What to do next in a search. `Debug` does not show a URL's query.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchStep<'s> {
    /// Fetch this document, and pass its response to the search.
    Metadata {
        /// The document's URL.
        url: &'s str,
    },
    /// The search is finished: fetch the keys.
    Keys {
        /// The URL of the keys.
        url: &'s str,
        /// Whether the last successful fetch used this URL. Only then may the request be
        /// conditional.
        is_known: bool,
    },
    /// The search failed. Report a fetch without an answer to the cache, which then waits before
    /// the next fetch.
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

/// Why a search failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchFailure {
    /// There was no answer.
    NoAnswer,
    /// A response that neither has the metadata nor means that there is none.
    UnexpectedStatus {
        /// The status.
        status: u16,
    },
    /// The metadata is malformed, or names another issuer or a URL that keys must not be fetched
    /// from.
    UnusableMetadata {
        /// What is wrong.
        error: DiscoveryError,
    },
    /// The issuer publishes no metadata.
    NotFound,
}

impl SearchFailure {
    /// Returns the stable code.
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
    /// Writes the stable code and, if there are any, details.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())?;
        match self {
            Self::NoAnswer => Ok(()),
            Self::UnexpectedStatus { status } => write!(formatter, ": {status}"),
            Self::UnusableMetadata { error } => write!(formatter, ": {error}"),
            Self::NotFound => formatter.write_str(
                ": the issuer supports neither OpenID Connect Discovery nor RFC 8414; set the URL of \
                 its keys",
            ),
        }
    }
}

impl core::error::Error for SearchFailure {}

#[derive(Clone)]
enum Target {
    Url(String),
    Issuer {
        issuer: String,
        metadata: Vec<String>,
        fallback: Option<String>,
    },
    /// What stands before and after a key's `kid`.
    PerKey {
        before: String,
        after: String,
    },
}

#[derive(Clone)]
enum State {
    Metadata { index: usize },
    Found(String),
    Failed(SearchFailure),
}

const KID: &str = "{kid}";
const WITHOUT_KID: DiscoveryError =
    DiscoveryError::UnsafeUrl { reason: "{kid} must occur once, after the host" };
const WITHOUT_ALGORITHMS: KeySourceError = KeySourceError::UnusableKey {
    reason: KeyProblem::UnsupportedAlgorithm
        .because("a key behind a URL does not say what it is for; name the algorithms"),
};
