//! Endpoints for clients with tokens: `POST /auth/refresh` and `POST /auth/logout`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use verijot_axum::verijot::request::TokenPlace;
use verijot_axum::verijot::{Error, UnixTime};

use crate::Issuer;
use crate::access_token::{AccessToken, Grant};
use crate::failure::Failure;
use crate::sessions::RefreshToken;

pub(crate) fn router() -> Router<Arc<Issuer>> {
    Router::new().route("/auth/refresh", post(refresh)).route("/auth/logout", post(logout))
}

/// New tokens (RFC 6749 §5.1).
#[derive(Serialize)]
pub(crate) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    scope: String,
}

impl Tokens {
    pub(crate) fn new(grant: Grant, access: AccessToken, refresh: RefreshToken) -> Self {
        Self {
            access_token: access.text,
            token_type: "Bearer",
            expires_in: access.lifetime,
            refresh_token: refresh.into_text(),
            scope: grant.scope,
        }
    }

    pub(crate) fn answer(self) -> impl IntoResponse {
        ([(CACHE_CONTROL, "no-store")], Json(self))
    }
}

#[derive(Deserialize)]
struct RefreshRequest {
    refresh_token: String,
}

/// Exchanges a refresh token for a new pair of tokens, and revokes the access token that came with
/// it. A refresh token that has already been used ends its session: either its owner or the sender
/// stole it, and nobody can tell which. Any other text ends nothing.
async fn refresh(
    State(issuer): State<Arc<Issuer>>,
    Json(request): Json<RefreshRequest>,
) -> Result<impl IntoResponse, Failure> {
    let now = UnixTime::now().seconds();
    let old = RefreshToken::sent(request.refresh_token);
    let Some(grant) = issuer.sessions.take(&old, now).await? else {
        if let Some(session) = issuer.sessions.of_used(&old).await? {
            issuer.sessions.end(&session, "a refresh token was used again", now).await?;
        }
        return Err(Failure::InvalidGrant);
    };
    let access = issuer.mint(&grant, grant.track.lifetime())?;
    let new = RefreshToken::generate()?;
    if !issuer.sessions.replace(&grant.session, &old, &new, &access).await? {
        issuer.sessions.end(&grant.session, "a refresh token was used twice at once", now).await?;
        return Err(Failure::InvalidGrant);
    }
    Ok(Tokens::new(grant, access, new).answer())
}

/// Revokes the access token in the Authorization header and ends its session. Logging out again
/// gets the same answer.
async fn logout(
    State(issuer): State<Arc<Issuer>>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    #[derive(Deserialize)]
    struct Claims {
        sid: String,
    }
    // All lines: a second token must not be ignored.
    let lines = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let token = TokenPlace::authorization().token(lines)?.ok_or(Error::MissingToken)?;
    let token = issuer.verify(token)?;
    let Claims { sid } = token.claims()?;
    issuer.revocations.revoke(&token, Some("logout")).await?;
    issuer.sessions.end(&sid, "logout", UnixTime::now().seconds()).await?;
    Ok(StatusCode::NO_CONTENT)
}
