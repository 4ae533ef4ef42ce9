//! The notes: `GET` and `POST /notes`, `GET`, `PUT` and `DELETE /notes/{id}`. Another user's note
//! does not exist: 404.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::AnyPool;
use verijot_axum::verijot::UnixTime;

use crate::App;
use crate::owner::Owner;
use crate::random::random_name;
use crate::storage::Unavailable;
use crate::text::Text;

pub(crate) fn reading() -> Router<App> {
    Router::new().route("/notes", get(list)).route("/notes/{id}", get(read))
}

pub(crate) fn writing() -> Router<App> {
    Router::new().route("/notes", post(create)).route("/notes/{id}", put(change).delete(delete))
}

/// The part of a note in requests and responses.
#[derive(Deserialize)]
struct NewNote {
    text: Text,
}

#[derive(Serialize)]
struct Note {
    id: String,
    text: String,
}

async fn list(owner: Owner, State(pool): State<AnyPool>) -> Result<Json<Vec<Note>>, Unavailable> {
    let notes: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, text FROM notes WHERE issuer = $1 AND subject = $2 ORDER BY written_at, id",
    )
    .bind(&owner.claims.iss)
    .bind(&owner.claims.sub)
    .fetch_all(&pool)
    .await?;
    Ok(Json(notes.into_iter().map(|(id, text)| Note { id, text }).collect()))
}

async fn create(
    owner: Owner,
    State(pool): State<AnyPool>,
    Json(note): Json<NewNote>,
) -> Result<Response, Unavailable> {
    let Ok(id) = random_name() else {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let insertion =
        "INSERT INTO notes (id, issuer, subject, written_at, text) VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(insertion)
        .bind(&id)
        .bind(&owner.claims.iss)
        .bind(&owner.claims.sub)
        .bind(UnixTime::now().seconds())
        .bind(note.text.as_str())
        .execute(&pool)
        .await?;
    Ok((StatusCode::CREATED, Json(Note { id, text: note.text.into_string() })).into_response())
}

async fn read(
    owner: Owner,
    State(pool): State<AnyPool>,
    Path(id): Path<Text>,
) -> Result<Result<Json<Note>, StatusCode>, Unavailable> {
    let query = "SELECT id, text FROM notes WHERE id = $1 AND issuer = $2 AND subject = $3";
    let note = sqlx::query_as(query)
        .bind(id.as_str())
        .bind(&owner.claims.iss)
        .bind(&owner.claims.sub)
        .fetch_optional(&pool)
        .await?;
    let note = note.map(|(id, text)| Json(Note { id, text }));
    Ok(note.ok_or(StatusCode::NOT_FOUND))
}

async fn change(
    owner: Owner,
    State(pool): State<AnyPool>,
    Path(id): Path<Text>,
    Json(note): Json<NewNote>,
) -> Result<Result<Json<Note>, StatusCode>, Unavailable> {
    let change = "UPDATE notes SET text = $1 WHERE id = $2 AND issuer = $3 AND subject = $4";
    let changed = sqlx::query(change)
        .bind(note.text.as_str())
        .bind(id.as_str())
        .bind(&owner.claims.iss)
        .bind(&owner.claims.sub)
        .execute(&pool)
        .await?;
    Ok(match changed.rows_affected() {
        0 => Err(StatusCode::NOT_FOUND),
        _ => Ok(Json(Note { id: id.into_string(), text: note.text.into_string() })),
    })
}

async fn delete(
    owner: Owner,
    State(pool): State<AnyPool>,
    Path(id): Path<Text>,
) -> Result<StatusCode, Unavailable> {
    let deletion = "DELETE FROM notes WHERE id = $1 AND issuer = $2 AND subject = $3";
    let deleted = sqlx::query(deletion)
        .bind(id.as_str())
        .bind(&owner.claims.iss)
        .bind(&owner.claims.sub)
        .execute(&pool)
        .await?;
    Ok(match deleted.rows_affected() {
        0 => StatusCode::NOT_FOUND,
        _ => StatusCode::NO_CONTENT,
    })
}
