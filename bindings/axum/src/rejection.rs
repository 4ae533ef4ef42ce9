//! The answer to a request whose token is refused, as axum takes answers.

use std::fmt;

use axum::response::{IntoResponse, Response};
use verijot::Error;
use verijot::request::Answer;

/// Why a request is refused. As a response it is the whole [`Answer`]: the status 401, 403 or 503,
/// the headers `WWW-Authenticate` or `Retry-After`, and a body that names the code and nothing of
/// the policy: `{"detail":"expired"}`.
#[derive(Clone, Debug)]
pub struct Rejection(verijot_client::Rejection);

impl Rejection {
    /// The error.
    #[must_use]
    pub const fn error(&self) -> &Error {
        self.0.error()
    }

    /// The stable code, that of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.0.error().code()
    }

    /// The whole answer, for a service that dresses it in another body.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.0.answer()
    }
}

impl From<verijot_client::Rejection> for Rejection {
    fn from(rejection: verijot_client::Rejection) -> Self {
        Self(rejection)
    }
}

impl From<Error> for Rejection {
    /// A rejection that names no realm, for a token of the Authorization header.
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl fmt::Display for Rejection {
    /// As that of the error.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Rejection {}
