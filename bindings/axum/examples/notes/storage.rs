//! The tables, and the response when the database does not answer.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sqlx::AnyPool;

/// Creates the tables unless they exist.
pub(crate) async fn create_tables(pool: &AnyPool) -> sqlx::Result<()> {
    for statement in TABLES {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

/// The database does not answer: 503, because that is temporary.
pub(crate) struct Unavailable;

impl From<sqlx::Error> for Unavailable {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(%error, "the database does not answer");
        Self
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        let body = Json(json!({"detail": "storage_unavailable"}));
        (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], body).into_response()
    }
}

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS profiles (
        issuer TEXT NOT NULL, subject TEXT NOT NULL, display_name TEXT NOT NULL,
        PRIMARY KEY (issuer, subject)
    )",
    "CREATE TABLE IF NOT EXISTS notes (
        id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL,
        written_at BIGINT NOT NULL, text TEXT NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS notes_owner ON notes (issuer, subject, written_at)",
];
