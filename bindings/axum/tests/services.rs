//! Whole services over HTTP: the examples `issuer` and `notes` as processes of their own, on
//! SQLite, and on PostgreSQL if `VERIJOT_TEST_POSTGRES` names a server (`.ci/with-postgres` starts
//! one). The same steps run with the Python notes service if `VERIJOT_TEST_PYTHON` names an
//! interpreter that has it installed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod common;
#[path = "services/crowd.rs"]
mod crowd;
#[path = "services/expectations.rs"]
mod expectations;
#[path = "../examples/issuer/key_ring.rs"]
mod key_ring;
#[allow(dead_code)]
#[path = "../../revocation/tests/revocation_list/places.rs"]
mod places;
#[path = "services/process.rs"]
mod process;
#[path = "../examples/common/random.rs"]
mod random;
#[path = "services/rotation_plan.rs"]
mod rotation_plan;
#[allow(dead_code)]
#[path = "../examples/issuer/signing_key.rs"]
mod signing_key;
#[path = "services/token_text.rs"]
mod token_text;
#[path = "services/town.rs"]
mod town;
#[path = "services/walk.rs"]
mod walk;

use crowd::Crowd;
use expectations::expect;
use places::{Place, postgres};
use process::Process;
use serde_json::json;
use token_text::{kid, with_kid};
use tokio::process::Command;
use town::{Town, issuer, json_of, notes_settings};
use walk::walk;

#[tokio::test]
async fn a_walk_on_sqlite() {
    walk_through_axum(&Place::sqlite_file()).await;
}

#[tokio::test]
async fn a_walk_on_postgresql() {
    if let Some(place) = postgres().await {
        walk_through_axum(&place).await;
    }
}

#[tokio::test]
async fn a_walk_through_python_on_sqlite() {
    walk_through_python(&Place::sqlite_file()).await;
}

#[tokio::test]
async fn a_walk_through_python_on_postgresql() {
    if let Some(place) = postgres().await {
        walk_through_python(&place).await;
    }
}

async fn walk_through_axum(place: &Place) {
    let mut town = Town::on(&place.url).await;
    walk(&mut town, place).await;
    assert!(town.notes.terminate().await.success());
}

async fn walk_through_python(place: &Place) {
    let Ok(python) = std::env::var("VERIJOT_TEST_PYTHON") else {
        eprintln!("skipped: the service in Python, because VERIJOT_TEST_PYTHON is not set");
        return;
    };
    let issuer = issuer(&place.url).await;
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("notes.db");
    let mut command = Command::new("sh");
    command.args(["-c", START_PYTHON, &python]).current_dir(PYTHON_EXAMPLES);
    command.env("NOTES_DATABASE", own);
    // SQLAlchemy URLs have slashes before the path.
    let database = place.url.replacen("sqlite:", "sqlite:///", 1);
    let notes = Process::start(command, &notes_settings(&issuer.url, &database)).await;
    walk(&mut Town { issuer, notes, http: common::setup::http() }, place).await;
}

#[tokio::test]
async fn a_service_without_keys_refuses_every_request() {
    let place = Place::sqlite_file();
    let mut town = Town::on(&place.url).await;
    let tokens = town.sign_in(json!({})).await;
    town.issuer.kill().await;
    let answer = town.get("/notes", &tokens.access).await;
    expect(&answer, 503);
    assert_eq!(json_of(&answer), json!({"detail": "keys_unavailable"}));
    assert!(answer.header("retry-after").is_some());
    expect(&town.get("/health", "").await, 200);
}

#[tokio::test]
async fn the_development_issuer_only_listens_on_loopback() {
    let place = Place::sqlite_file();
    let settings = [("DATABASE_URL", place.url.as_str()), ("LISTEN", "0.0.0.0:0")];
    let told = process::failure("issuer", &settings).await;
    assert!(told.contains("loopback"), "{told}");
}

#[tokio::test]
async fn a_logout_has_one_token() {
    let place = Place::sqlite_file();
    let town = Town::on(&place.url).await;
    let tokens = town.sign_in(json!({})).await;
    let bearer = format!("Bearer {}", tokens.access);
    let request = town.http.post(format!("{}/auth/logout", town.issuer.url));
    let request = request.header("Authorization", &bearer).header("Authorization", "Bearer other");
    assert_eq!(common::soon(request.send()).await.unwrap().status(), 401);
    expect(&town.get("/notes", &tokens.access).await, 200);
}

#[tokio::test]
async fn settings_limit_the_keys() {
    let place = Place::sqlite_file();
    let mut town = Town::on(&place.url).await;
    let tokens = town.sign_in(json!({})).await;
    let issuer = town.issuer.url.clone();
    let mut settings = notes_settings(&issuer, &place.url).to_vec();
    settings.push(("VERIJOT_MAX_JWKS_OCTETS", "50"));
    town.notes = Process::example("notes", &settings).await;
    expect(&town.get("/notes", &tokens.access).await, 503);
}

#[tokio::test]
async fn missing_settings_are_named() {
    let place = Place::sqlite_file();
    let told = process::failure("notes", &[("DATABASE_URL", &place.url)]).await;
    assert!(told.starts_with("invalid_settings: VERIJOT_ISSUER: "), "{told}");
}

/// While keys change and the issuer stops, every one of many clients gets the right answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost() {
    let place = Place::sqlite_file();
    let mut town = Town::on(&place.url).await;
    let url = format!("{}/notes", town.notes.url);
    let old = town.sign_in(json!({})).await.access;
    let crowd = Crowd::gather(&town.http, &url, 60, &old);
    crowd.have_asked(1000).await;
    town.rotate("").await;
    let new = town.sign_in(json!({})).await.access;
    assert_ne!(kid(&new), kid(&old));
    crowd.take_along(&new);
    crowd.have_asked(1000).await;
    town.issuer.kill().await;
    let unknown = Crowd::gather(&town.http, &url, 4, &with_kid(&new, "unknown"));
    crowd.have_asked(1000).await;
    unknown.have_asked(4).await;
    let answers = crowd.disperse().await;
    assert!(answers[&200] >= 3000);
    assert_eq!(answers.len(), 1, "{answers:?}");
    let refusals = unknown.disperse().await;
    assert!(refusals.keys().all(|status| [401, 503].contains(status)), "{refusals:?}");
}

const PYTHON_EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python/examples");
const START_PYTHON: &str =
    r#"exec "$0" -B -m uvicorn notes_fastapi:app --port 0 --no-access-log 2>&1"#;
