//! Endpoints that no real issuer has: tokens for every caller, rotation on request, and a count of
//! fetches of the keys. Only this machine can send requests; web pages in its browser are refused.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Query, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use verijot_axum::verijot::UnixTime;

use crate::Issuer;
use crate::access_token::{Grant, Track};
use crate::auth::Tokens;
use crate::failure::Failure;
use crate::key_ring::OVERLAP;
use crate::random::random_name;
use crate::sessions::RefreshToken;
use crate::signing_key::SigningKey;

pub(crate) fn router(issuer: &Arc<Issuer>) -> Router<Arc<Issuer>> {
    Router::new()
        .route("/dev/token", post(token))
        .route("/dev/rotate", post(rotate))
        .route("/dev/counts", get(counts))
        .route_layer(from_fn_with_state(Arc::clone(issuer), refuse_web_pages))
}

/// A page of another origin has it in `Origin`; one whose name resolves to this machine (DNS
/// rebinding) has that name in `Host`.
async fn refuse_web_pages(
    State(issuer): State<Arc<Issuer>>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let own = issuer.url.strip_prefix("http://").unwrap_or_default();
    let (_, port) = own.rsplit_once(':').unwrap_or_default();
    let is_here = headers
        .get(HOST)
        .is_some_and(|host| *host == own || *host == format!("localhost:{port}").as_str());
    let is_ours = headers.get(ORIGIN).is_none_or(|origin| *origin == issuer.url.as_str());
    if is_here && is_ours { Ok(next.run(request).await) } else { Err(Failure::FromAWebPage) }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TokenRequest {
    subject: String,
    scope: String,
    track: Track,
    /// In seconds instead of the track's lifetime; negative for a token that has expired.
    lifetime: Option<i64>,
}

impl Default for TokenRequest {
    fn default() -> Self {
        Self {
            subject: "alice".to_owned(),
            scope: "notes:read notes:write".to_owned(),
            track: Track::Guest,
            lifetime: None,
        }
    }
}

/// Signs a user in without a password: a new session.
async fn token(
    State(issuer): State<Arc<Issuer>>,
    Json(request): Json<TokenRequest>,
) -> Result<impl IntoResponse, Failure> {
    let TokenRequest { subject, scope, track, lifetime } = request;
    let grant = Grant { session: random_name()?, subject, scope, track };
    let access = issuer.mint(&grant, lifetime.unwrap_or(track.lifetime()))?;
    let refresh = RefreshToken::generate()?;
    let now = UnixTime::now().seconds();
    issuer.sessions.begin(&grant, &access, &refresh, now).await?;
    Ok(Tokens::new(grant, access, refresh).answer())
}

/// Both in seconds.
#[derive(Deserialize)]
struct Rotation {
    sign_after: Option<u32>,
    overlap: Option<u32>,
}

/// Rotates now, for a request with `Verijot-Development: yes`: a header that no form can send, and
/// no script of another origin without permission, which nobody gets here. Without parameters the
/// new key signs at once, as in an emergency, and the old one stays published for a week.
async fn rotate(
    State(issuer): State<Arc<Issuer>>,
    headers: HeaderMap,
    Query(rotation): Query<Rotation>,
) -> Result<Json<Value>, Failure> {
    if headers.get(DEVELOPMENT).is_none_or(|value| *value != "yes") {
        return Err(Failure::FromAWebPage);
    }
    issuer.with_keys(|keys, now| {
        let sign_after = rotation.sign_after.unwrap_or(0);
        let overlap = rotation.overlap.map_or(OVERLAP, i64::from);
        keys.rotate(now, sign_after.into(), overlap)?;
        let signing = keys.signing(now).map(SigningKey::id);
        Ok(Json(json!({"signing": signing, "published": keys.ids()})))
    })
}

/// The number of fetches of the keys and the metadata.
async fn counts(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    Json(json!({
        "jwks": issuer.jwks_requests.load(Ordering::Relaxed),
        "metadata": issuer.metadata_requests.load(Ordering::Relaxed),
    }))
}

const DEVELOPMENT: &str = "verijot-development";
