//! Makes the requests for an issuer's keys.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::{Request, Response};

/// Makes HTTP requests for keys. [`ReqwestFetcher`](crate::ReqwestFetcher) is the default;
/// implement this trait to use another HTTP stack.
///
/// ```
/// use http::{Request, Response};
/// use verijot_client::{FetchError, Fetcher};
///
/// /// Reads keys from the service's own bucket.
/// struct Bucket;
///
/// impl Fetcher for Bucket {
///     async fn fetch(
///         &self,
///         request: Request<()>,
///         body_limit: usize,
///     ) -> Result<Response<Vec<u8>>, FetchError> {
///         # async fn read(_: &str, _: usize) -> Result<Vec<u8>, std::io::Error> { Ok(vec![]) }
///         let body = read(request.uri().path(), body_limit).await.map_err(FetchError::new)?;
///         Ok(Response::new(body))
///     }
/// }
/// ```
pub trait Fetcher: Send + Sync + 'static {
    /// Makes this one GET request and returns the response, whatever its status. Redirects are
    /// responses too and must not be followed. At most `body_limit` octets and one more are read,
    /// so that a longer body can be recognized. The caller drops the future when it takes too long.
    ///
    /// # Errors
    /// [`FetchError`] if no complete response arrived.
    fn fetch(
        &self,
        request: Request<()>,
        body_limit: usize,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, FetchError>> + Send;
}

/// A request without a complete response. Its text may be logged, so it should contain no secret.
#[derive(Debug)]
pub struct FetchError {
    cause: Box<dyn Error + Send + Sync>,
}

impl FetchError {
    /// Creates an error with this cause, or with this text.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }

    /// The stable code, one of [`verijot::codes`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "no_answer"
    }
}

impl fmt::Display for FetchError {
    /// The cause, followed by its own causes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.cause)?;
        let mut cause = self.cause.source();
        while let Some(deeper) = cause {
            write!(formatter, ": {deeper}")?;
            cause = deeper.source();
        }
        Ok(())
    }
}

impl Error for FetchError {}

/// The object-safe form of [`Fetcher`].
pub(crate) trait AnyFetcher: Send + Sync {
    fn fetch_boxed(&self, request: Request<()>, body_limit: usize) -> Answer<'_>;
}

impl<F: Fetcher> AnyFetcher for F {
    fn fetch_boxed(&self, request: Request<()>, body_limit: usize) -> Answer<'_> {
        Box::pin(self.fetch(request, body_limit))
    }
}

pub(crate) type Answer<'f> =
    Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, FetchError>> + Send + 'f>>;
