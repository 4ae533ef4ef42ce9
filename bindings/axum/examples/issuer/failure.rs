//! Why the issuer refuses a request, as a response.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use ring::error::Unspecified;
use serde_json::json;
use verijot_axum::verijot::Error;
use verijot_axum::{Rejection, RevocationListError};

pub(crate) enum Failure {
    /// The refresh token is invalid (RFC 6749 §5.2).
    InvalidGrant,
    /// The access token is refused.
    Token(Error),
    /// A page in a browser could have sent the request without the user's knowledge.
    FromAWebPage,
    /// The database does not answer; the request can be repeated safely.
    Unavailable,
    Internal,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl From<RevocationListError> for Failure {
    fn from(error: RevocationListError) -> Self {
        tracing::warn!(%error, "could not revoke a token");
        Self::Unavailable
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(%error, "the database does not answer");
        Self::Unavailable
    }
}

impl From<Unspecified> for Failure {
    fn from(_: Unspecified) -> Self {
        Self::Internal
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::InvalidGrant => {
                let body = Json(json!({"error": "invalid_grant"}));
                (StatusCode::BAD_REQUEST, [(CACHE_CONTROL, "no-store")], body).into_response()
            }
            Self::Token(error) => Rejection::from(error).into_response(),
            Self::Unavailable => {
                let retry_after = Some(Duration::from_secs(1));
                Rejection::from(Error::RevocationUnavailable { retry_after }).into_response()
            }
            Self::FromAWebPage => {
                let detail =
                    "send `Verijot-Development: yes`, to this host and from no other origin";
                (StatusCode::FORBIDDEN, Json(json!({"detail": detail}))).into_response()
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}
