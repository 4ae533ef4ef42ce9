//! The answer to a request whose token is refused, as an axum response.

use std::fmt;

use axum::response::{IntoResponse, Response};
use verijot::Error;
use verijot::request::Answer;

/// Why a request is refused. As a response it is the whole [`Answer`]: the status 401, 403 or 503,
/// the header `WWW-Authenticate` or `Retry-After`, and a body with the code that reveals nothing of
/// the policy: `{"detail":"expired"}`.
#[derive(Clone, Debug)]
pub struct Rejection(verijot_client::Rejection);

impl Rejection {
    /// The error.
    #[must_use]
    pub const fn error(&self) -> &Error {
        self.0.error()
    }

    /// The error's stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.0.error().code()
    }

    /// The whole answer, for a service that sends another body.
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
    /// Creates a rejection without a realm, for a token in the Authorization header.
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
    /// The error's message.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Rejection {}
