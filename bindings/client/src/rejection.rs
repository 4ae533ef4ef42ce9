//! The answer to a request whose token is refused.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Response, StatusCode};
use verijot::Error;
use verijot::request::{Answer, Demand, GuardRules};

/// Why a request is refused. As a response it is the whole [`Answer`]: the status 401, 403 or 503,
/// the headers `WWW-Authenticate` or `Retry-After`, and a body that names the code and nothing of
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

    /// The whole answer, for a service that dresses it in another body.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.rules.answer(&self.error)
    }

    /// The answer as a response, whose body can be whatever a text can become.
    #[must_use]
    pub fn into_response<B: From<String>>(self) -> Response<B> {
        let answer = self.answer();
        let mut response = Response::new(B::from(answer.body().to_owned()));
        *response.status_mut() =
            StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::UNAUTHORIZED);
        for (name, value) in answer.headers() {
            // Neither fails: all of it is visible ASCII and the space.
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
    /// A rejection that names no realm, for a token of the Authorization header.
    fn from(error: Error) -> Self {
        Self::new(error, Arc::new(GuardRules::new(Demand::good_token())))
    }
}

impl std::fmt::Display for Rejection {
    /// As that of the error.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(formatter)
    }
}

impl std::error::Error for Rejection {}
