//! The answer to a request whose token is refused.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Response, StatusCode};
use verijot::Error;
use verijot::request::{Answer, Demand, GuardRules};

/// Why a request is refused. As a response it is the whole [`Answer`]: the status 401, 403 or 503,
/// the header `WWW-Authenticate` or `Retry-After`, and a body with the code that reveals nothing of
/// the policy: `{"detail":"expired"}`.
#[derive(Clone, Debug)]
pub struct Rejection {
    error: Error,
    rules: Arc<GuardRules>,
}

impl Rejection {
    pub(crate) const fn new(error: Error, rules: Arc<GuardRules>) -> Self {
        Self { error, rules }
    }

    /// The error.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// The whole answer, for a service that sends another body.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.rules.answer(&self.error)
    }

    /// Converts the answer into a response with any body that can be created from a `String`.
    #[must_use]
    pub fn into_response<B: From<String>>(self) -> Response<B> {
        let answer = self.answer();
        let mut response = Response::new(B::from(answer.body().to_owned()));
        *response.status_mut() =
            StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::UNAUTHORIZED);
        for (name, value) in answer.headers() {
            // Neither fails: both consist of visible ASCII and spaces.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<Error> for Rejection {
    /// Creates a rejection without a realm, for a token in the Authorization header.
    fn from(error: Error) -> Self {
        Self::new(error, Arc::new(GuardRules::new(Demand::good_token())))
    }
}

impl std::fmt::Display for Rejection {
    /// The error's message.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(formatter)
    }
}

impl std::error::Error for Rejection {}
