//! The answer to a request whose token is refused (RFC 6750 §3).

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use verijot::Error;

/// Why a request is refused. As a response it has the status 401, 403 or 503, the headers
/// `WWW-Authenticate` or `Retry-After`, and a body that names the code and nothing of the policy:
/// `{"detail":"expired"}`.
#[derive(Clone, Debug)]
pub struct Rejection {
    error: Error,
    realm: Option<Arc<str>>,
}

impl Rejection {
    pub(crate) const fn new(error: Error, realm: Option<Arc<str>>) -> Self {
        Self { error, realm }
    }

    /// The error.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }
}

impl From<Error> for Rejection {
    /// A rejection that names no realm.
    fn from(error: Error) -> Self {
        Self { error, realm: None }
    }
}

impl std::fmt::Display for Rejection {
    /// As that of the error.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(formatter)
    }
}

impl std::error::Error for Rejection {}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let Self { error, realm } = self;
        // The codes are words of letters and underscores, which JSON takes as they are.
        let body = format!(r#"{{"detail":"{}"}}"#, error.code());
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::UNAUTHORIZED);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = error.www_authenticate(realm.as_deref()) {
            // It has nothing but visible ASCII, whatever the realm and the scopes are.
            let challenge = HeaderValue::try_from(challenge);
            let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = error.retry_after() {
            let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
