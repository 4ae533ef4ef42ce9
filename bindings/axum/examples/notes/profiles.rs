//! One profile for each user: `GET`, `PUT` and `DELETE /profile`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::AnyPool;

use crate::App;
use crate::owner::Owner;
use crate::storage::Unavailable;
use crate::text::Text;

pub(crate) fn reading() -> Router<App> {
    Router::new().route("/profile", get(read))
}

pub(crate) fn writing() -> Router<App> {
    Router::new().route("/profile", put(write).delete(delete))
}

#[derive(Deserialize)]
struct NewProfile {
    display_name: Text,
}

#[derive(Serialize)]
struct Profile {
    display_name: String,
}

async fn read(
    owner: Owner,
    State(pool): State<AnyPool>,
) -> Result<Result<Json<Profile>, StatusCode>, Unavailable> {
    let profile =
        sqlx::query_scalar("SELECT display_name FROM profiles WHERE issuer = $1 AND subject = $2")
            .bind(&owner.claims.iss)
            .bind(&owner.claims.sub)
            .fetch_optional(&pool)
            .await?;
    let profile = profile.map(|display_name| Json(Profile { display_name }));
    Ok(profile.ok_or(StatusCode::NOT_FOUND))
}

async fn write(
    owner: Owner,
    State(pool): State<AnyPool>,
    Json(profile): Json<NewProfile>,
) -> Result<Json<Profile>, Unavailable> {
    sqlx::query(
        "INSERT INTO profiles (issuer, subject, display_name) VALUES ($1, $2, $3) \
         ON CONFLICT (issuer, subject) DO UPDATE SET display_name = excluded.display_name",
    )
    .bind(&owner.claims.iss)
    .bind(&owner.claims.sub)
    .bind(profile.display_name.as_str())
    .execute(&pool)
    .await?;
    Ok(Json(Profile { display_name: profile.display_name.into_string() }))
}

/// Deleting a missing profile succeeds too.
async fn delete(owner: Owner, State(pool): State<AnyPool>) -> Result<StatusCode, Unavailable> {
    sqlx::query("DELETE FROM profiles WHERE issuer = $1 AND subject = $2")
        .bind(&owner.claims.iss)
        .bind(&owner.claims.sub)
        .execute(&pool)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
