//! Tokens from a token endpoint, and who requests and stores them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::HeaderValue;
use verijot::Error;
use verijot::request::bearer;
use verijot::session::{RefreshFailure, Storage, TokenResponse, Tokens};

/// An access token and an optional refresh token, as a token endpoint returns them (RFC 6749 §5.1).
/// `Debug` shows neither.
#[derive(Clone)]
pub struct IssuedTokens {
    authorization: HeaderValue,
    refresh_token: Option<String>,
    expires_in: Option<Duration>,
}

impl IssuedTokens {
    /// Creates an access token with unknown lifetime and without a refresh token.
    ///
    /// # Errors
    /// [`Error::MalformedAuthorization`] if it cannot be sent as a bearer token (RFC 6750 §2.1).
    pub fn new(access_token: &str) -> Result<Self, Error> {
        let authorization = format!("Bearer {access_token}");
        if bearer::token(Some(authorization.as_bytes()))? != access_token.as_bytes() {
            return Err(Error::MalformedAuthorization);
        }
        let mut authorization =
            HeaderValue::try_from(authorization).map_err(|_| Error::MalformedAuthorization)?;
        authorization.set_sensitive(true);
        Ok(Self { authorization, refresh_token: None, expires_in: None })
    }

    /// Reads a token endpoint's answer: its status and the octets of its body, as
    /// [`TokenResponse::read`] does.
    ///
    /// # Errors
    /// [`RefreshFailure::of_response`] for an answer without tokens.
    pub fn of_response(status: u16, body: &[u8]) -> Result<Self, RefreshFailure> {
        let response = TokenResponse::read(status, body)?;
        let tokens = Self::new(response.access_token());
        let tokens = tokens.map_err(|_| RefreshFailure::UnexpectedStatus { status })?;
        let refresh_token = response.refresh_token().map(ToOwned::to_owned);
        Ok(Self { refresh_token, expires_in: response.expires_in(), ..tokens })
    }

    /// Sets the access token's lifetime since it was issued, `expires_in`.
    #[must_use]
    pub const fn with_expires_in(mut self, life: Duration) -> Self {
        self.expires_in = Some(life);
        self
    }

    /// Sets the refresh token, or whatever else [`TokenKeeper::refresh`] needs to get new tokens.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: impl Into<String>) -> Self {
        self.refresh_token = Some(refresh_token.into());
        self
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.authorization
            .to_str()
            .ok()
            .and_then(|value| value.get("Bearer ".len()..))
            .unwrap_or("")
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// The access token's lifetime since it was issued, if known.
    #[must_use]
    pub const fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    pub(crate) const fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// An answer without a refresh token leaves the old one in use (RFC 6749 §6).
    pub(crate) fn or_refresh_token_of(mut self, old: &Self) -> Self {
        self.refresh_token = self.refresh_token.or_else(|| old.refresh_token.clone());
        self
    }

    /// Describes the tokens without revealing them.
    pub(crate) const fn described(&self) -> Tokens {
        let tokens = Tokens::new(self.expires_in);
        if self.refresh_token.is_some() { tokens } else { tokens.without_refresh_token() }
    }
}

impl fmt::Debug for IssuedTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IssuedTokens")
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// Gets new tokens from a token endpoint, and stores them so that they survive the process.
pub trait TokenKeeper: Send + Sync + 'static {
    /// Sends one request to the token endpoint. The future is dropped when it takes too long. A
    /// panic counts as no answer.
    ///
    /// # Errors
    /// [`RefreshFailure::of_response`] for a response without tokens, [`RefreshFailure::NoAnswer`]
    /// without a response.
    fn refresh(
        &self,
        refresh_token: &str,
    ) -> impl Future<Output = Result<IssuedTokens, RefreshFailure>> + Send;

    /// Stores new tokens before the first request uses them. Many refresh tokens are valid for one
    /// refresh only, so this can be the only copy of the next one.
    ///
    /// # Errors
    /// [`NotStored`] if storing fails. The tokens are used anyway, because the old ones are no
    /// longer valid; the event `could not store the new tokens` reports it. So it does for a panic,
    /// and if storing takes longer than [`Session::STORING_TIMEOUT`](verijot::session::Session).
    fn store(&self, tokens: &IssuedTokens) -> impl Future<Output = Result<(), NotStored>> + Send;

    /// Whether tokens could be stored if they were refreshed now. Otherwise nothing is refreshed.
    fn storage(&self) -> Storage {
        Storage::Writable
    }
}

/// New tokens could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)]
pub struct NotStored;

impl NotStored {
    /// The stable code, one of [`verijot::codes`].
    #[must_use]
    pub const fn code(self) -> &'static str {
        "storage_needed"
    }
}

impl fmt::Display for NotStored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("could not store the tokens")
    }
}

impl std::error::Error for NotStored {}

/// The object-safe form of [`TokenKeeper`].
pub(crate) trait AnyTokenKeeper: Send + Sync {
    fn refresh_boxed<'k>(&'k self, refresh_token: &'k str) -> Refreshing<'k>;
    fn store_boxed<'k>(&'k self, tokens: &'k IssuedTokens) -> Storing<'k>;
    fn storage_now(&self) -> Storage;
}

impl<K: TokenKeeper> AnyTokenKeeper for K {
    fn refresh_boxed<'k>(&'k self, refresh_token: &'k str) -> Refreshing<'k> {
        Box::pin(self.refresh(refresh_token))
    }

    fn store_boxed<'k>(&'k self, tokens: &'k IssuedTokens) -> Storing<'k> {
        Box::pin(self.store(tokens))
    }

    fn storage_now(&self) -> Storage {
        self.storage()
    }
}

pub(crate) type Refreshing<'k> =
    Pin<Box<dyn Future<Output = Result<IssuedTokens, RefreshFailure>> + Send + 'k>>;

pub(crate) type Storing<'k> = Pin<Box<dyn Future<Output = Result<(), NotStored>> + Send + 'k>>;
