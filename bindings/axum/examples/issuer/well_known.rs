//! Public documents: the metadata (OpenID Connect Discovery 1.0, RFC 8414) and the keys.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::Issuer;
use crate::failure::Failure;

pub(crate) fn router() -> Router<Arc<Issuer>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/.well-known/jwks.json", get(jwks))
}

async fn metadata(State(issuer): State<Arc<Issuer>>) -> Json<Value> {
    issuer.metadata_requests.fetch_add(1, Ordering::Relaxed);
    let url = &issuer.url;
    Json(json!({
        "issuer": url,
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "token_endpoint": format!("{url}/auth/refresh"),
        "grant_types_supported": ["refresh_token"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn jwks(State(issuer): State<Arc<Issuer>>, headers: HeaderMap) -> Result<Response, Failure> {
    issuer.jwks_requests.fetch_add(1, Ordering::Relaxed);
    let jwks = issuer.with_keys(|keys, _| Ok(keys.jwks()))?;
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest(&SHA256, jwks.as_bytes())));
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|known| *known == tag.as_str());
    let caching = [(CACHE_CONTROL, "public, max-age=3600".to_owned()), (ETAG, tag)];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(CONTENT_TYPE, "application/jwk-set+json")], jwks).into_response())
}
