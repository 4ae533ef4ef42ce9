//! Requests to another service, with an access token that is refreshed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::AUTHORIZATION;
use reqwest::{Client, Request, Response};
use verijot::issuer::discovery;
use verijot::session::{RefreshSettings, SessionHealth};

use crate::clock::{Clock, SystemClock};
use crate::issued_tokens::{IssuedTokens, TokenKeeper};
use crate::send_error::SendError;
use crate::token_session::TokenSession;

/// Sends requests with a bearer token. The token is refreshed before it expires, once for all
/// concurrent requests, and a request that is refused with 401 is sent again with a new token.
/// Cheap to clone; all clones share the tokens.
///
/// Use it only for the service that the tokens are intended for: every request carries the token,
/// over https or to a loopback address.
///
/// ```no_run
/// use std::time::Duration;
/// use verijot::session::RefreshFailure;
/// use verijot_client::{IssuedTokens, NotStored, RefreshingClient, TokenKeeper};
///
/// struct Keeper {
///     http: reqwest::Client,
/// }
///
/// impl TokenKeeper for Keeper {
///     async fn refresh(&self, refresh_token: &str) -> Result<IssuedTokens, RefreshFailure> {
///         # let body = String::new();
///         // A form with grant_type=refresh_token (RFC 6749 §6).
///         let request = self.http.post("https://issuer.example/token").body(body);
///         let answer = request.send().await.map_err(|_| RefreshFailure::NoAnswer)?;
///         let status = answer.status().as_u16();
///         let body = answer.bytes().await.map_err(|_| RefreshFailure::NoAnswer)?;
///         IssuedTokens::of_response(status, &body)
///     }
///
///     async fn store(&self, tokens: &IssuedTokens) -> Result<(), NotStored> {
///         # async fn save(_: Option<&str>) -> Result<(), ()> { Ok(()) }
///         save(tokens.refresh_token()).await.map_err(|_| NotStored)
///     }
/// }
///
/// # async fn run(http: reqwest::Client, stored: IssuedTokens) -> Result<(), Box<dyn std::error::Error>> {
/// let client = RefreshingClient::new(http.clone(), Keeper { http: http.clone() });
/// client.resume(stored, Duration::from_secs(3600));
/// let request = http.get("https://api.example/notes").build()?;
/// let answer = client.execute(request).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RefreshingClient {
    http: Client,
    session: Arc<TokenSession>,
}

impl RefreshingClient {
    /// Creates a client without tokens, with the default settings.
    #[must_use]
    pub fn new(http: Client, keeper: impl TokenKeeper) -> Self {
        Self::with(http, keeper, RefreshSettings::default(), SystemClock::default())
    }

    /// Creates a client with other settings and another clock, by which the tokens age.
    #[must_use]
    pub fn with(
        http: Client,
        keeper: impl TokenKeeper,
        settings: RefreshSettings,
        clock: impl Clock,
    ) -> Self {
        let session = TokenSession::new(Box::new(keeper), settings, Arc::new(clock));
        Self { http, session: Arc::new(session) }
    }

    /// Uses the tokens of a sign-in from now on, and stores them. The result of a running refresh
    /// of older tokens is ignored.
    pub async fn sign_in(&self, tokens: IssuedTokens) {
        self.session.sign_in(tokens).await;
    }

    /// Uses tokens from storage from now on, which were issued `age` ago.
    pub fn resume(&self, tokens: IssuedTokens, age: Duration) {
        self.session.resume(tokens, age);
    }

    /// Forgets the tokens at once, and then waits until none are being stored any more, at most for
    /// [`Session::STORING_TIMEOUT`](verijot::session::Session). The caller removes stored ones after
    /// that.
    pub async fn sign_out(&self) {
        self.session.sign_out().await;
    }

    /// Returns the state of the tokens.
    #[must_use]
    pub fn health(&self) -> SessionHealth {
        self.session.health()
    }

    /// Sends a request with the access token. If the response is 401 and the request's body can be
    /// sent twice, it is sent again with a new token. Otherwise, or if the second response is 401
    /// too, that response is returned.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn execute(&self, request: Request) -> Result<Response, SendError> {
        discovery::check_url(request.url().as_str()).map_err(SendError::UnsafeUrl)?;
        let copy = request.try_clone();
        let (attempt, tokens) = self.session.tokens().await?;
        let response = self.send(request, &tokens).await?;
        let Some(request) = copy.filter(|_| response.status() == StatusCode::UNAUTHORIZED) else {
            return Ok(response);
        };
        match self.session.newer_tokens(&attempt).await {
            Some(tokens) => self.send(request, &tokens).await,
            None => Ok(response),
        }
    }

    async fn send(
        &self,
        mut request: Request,
        tokens: &IssuedTokens,
    ) -> Result<Response, SendError> {
        request.headers_mut().insert(AUTHORIZATION, tokens.authorization().clone());
        let answer = self.http.execute(request).await;
        answer.map_err(|error| SendError::Http(error.without_url()))
    }
}

impl fmt::Debug for RefreshingClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let health = self.health();
        formatter.debug_struct("RefreshingClient").field("health", &health).finish_non_exhaustive()
    }
}
