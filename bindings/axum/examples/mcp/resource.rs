//! A protected resource of the Model Context Protocol: its metadata, and one tool.

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use verijot_axum::verijot::request::{DemandError, resource_metadata_url};
use verijot_axum::{Authenticator, Bearer};

/// Where clients find the resource, and who issues tokens for it.
pub(crate) struct Resource {
    /// Its URL, which is also the audience of its tokens (RFC 8707).
    pub(crate) url: String,
    /// The URL of the authorization server.
    pub(crate) issuer: String,
}

/// Serves the resource to clients that have a token for it, and the metadata to all (RFC 9728).
/// Every challenge names the metadata, so a client needs to know only the URL of the resource.
pub(crate) fn router(
    resource: &Resource,
    authenticator: Authenticator,
) -> Result<Router, DemandError> {
    let url = resource_metadata_url(&resource.url)?;
    let authenticator = authenticator.with_resource_metadata(url.as_str())?;
    let guard = authenticator.require_scopes(SCOPES)?;
    let tools = Router::new().route(path(&resource.url), post(mcp)).route_layer(guard);
    let metadata = Arc::new(metadata(resource));
    let open = Router::new().route(path(&url), get(|| async move { Json(metadata) }));
    Ok(tools.merge(open).with_state(authenticator))
}

/// RFC 9728 §2.
fn metadata(resource: &Resource) -> Value {
    json!({
        "resource": resource.url,
        "authorization_servers": [resource.issuer],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
    })
}

/// A request of JSON-RPC 2.0.
#[derive(Deserialize)]
struct Call {
    id: u64,
    method: String,
}

async fn mcp(bearer: Bearer, Json(call): Json<Call>) -> Json<Value> {
    Json(match call.method.as_str() {
        "tools/list" => {
            let about = format!("Notes of {}", bearer.token.subject().unwrap_or("nobody"));
            let tool = json!({ "name": "notes", "description": about, "inputSchema": { "type": "object" } });
            json!({ "jsonrpc": "2.0", "id": call.id, "result": { "tools": [tool] } })
        }
        _ => {
            let error = json!({ "code": -32601, "message": "Method not found" });
            json!({ "jsonrpc": "2.0", "id": call.id, "error": error })
        }
    })
}

/// The path of an absolute URL.
fn path(url: &str) -> &str {
    let start = url.split_once("://").map_or(url, |(_, rest)| rest).find('/');
    let scheme = url.find("://").map_or(0, |end| end.saturating_add(3));
    start.and_then(|start| url.get(scheme.saturating_add(start)..)).unwrap_or("/")
}

const SCOPES: [&str; 1] = ["notes:read"];
