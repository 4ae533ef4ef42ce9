//! Profiles and notes that only their owner can access: a whole service with bearer tokens.
//!
//! With the example `issuer` running beside it:
//!
//! ```sh
//! VERIJOT_ISSUER=http://127.0.0.1:4000 VERIJOT_AUDIENCE=notes \
//!     cargo run -p verijot-axum --example notes --features sqlite
//! ```
//!
//! | variable | what it says |
//! |---|---|
//! | `VERIJOT_…` | issuer, audience and keys: see the README |
//! | `DATABASE_URL` | `sqlite:verijot-examples.db`; with the feature `postgres` also `postgres://…` |
//! | `LISTEN` | the address and port, `127.0.0.1:3000` |

use std::process::ExitCode;

use axum::extract::FromRef;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use sqlx::AnyPool;
use verijot_axum::Authenticator;
use verijot_axum::verijot::request::DemandError;

mod authentication;
#[path = "../common/database.rs"]
mod database;
mod notes;
mod owner;
mod profiles;
#[path = "../common/random.rs"]
mod random;
#[path = "../common/serving.rs"]
mod serving;
mod storage;
mod text;

use database::Database;
use owner::Owner;

fn main() -> ExitCode {
    serving::run(async {
        let Database { revocations, pool } = Database::open().await?;
        storage::create_tables(&pool).await?;
        let authenticator = authentication::authenticator(revocations)?;
        let listener = serving::listen("127.0.0.1:3000").await?;
        serving::serve(listener, router(App { authenticator, pool })?).await
    })
}

/// The state that handlers need.
#[derive(Clone)]
struct App {
    authenticator: Authenticator,
    pool: AnyPool,
}

impl FromRef<App> for Authenticator {
    fn from_ref(app: &App) -> Self {
        app.authenticator.clone()
    }
}

impl FromRef<App> for AnyPool {
    fn from_ref(app: &App) -> Self {
        app.pool.clone()
    }
}

fn router(app: App) -> Result<Router, DemandError> {
    let reading = Router::new().merge(profiles::reading()).merge(notes::reading());
    let writing = Router::new().merge(profiles::writing()).merge(notes::writing());
    let guard = app.authenticator.require_scopes(["notes:write"])?;
    Ok(Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
        .merge(reading)
        .merge(writing.route_layer(guard))
        .with_state(app))
}

/// For monitoring. An outage of the issuer or of the database is no reason to restart the service.
async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Returns the token's subject. The only endpoint that uses no table of the service.
async fn me(owner: Owner) -> Json<Value> {
    Json(json!({"subject": owner.claims.sub}))
}
