//! Runs the scenarios of `testvectors/scenarios`, or of the folder that `VERIJOT_SCENARIOS` names,
//! with a real HTTP server on loopback.
//! Keys and sessions need no axum, but guards do; all three share the server, the clocks and the
//! steps, so they stay in one runner that reports one count.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout
)]

#[path = "scenarios/clock.rs"]
mod clock;
#[path = "common/mod.rs"]
mod common;
#[path = "scenarios/guards.rs"]
mod guards;
#[path = "scenarios/issuer.rs"]
mod issuer;
#[path = "scenarios/keys.rs"]
mod keys;
#[path = "scenarios/server.rs"]
mod server;
#[path = "scenarios/sessions.rs"]
mod sessions;
#[path = "scenarios/steps.rs"]
mod steps;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::task::JoinSet;

/// The number of scenarios that run concurrently, each with its own server and clocks.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    kind: String,
    fixtures: Value,
    scenarios: Vec<Map<String, Value>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_ends_as_expected() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testvectors/scenarios");
    let folder = std::env::var_os("VERIJOT_SCENARIOS").map_or(default.into(), PathBuf::from);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let (mut ran, mut failures, mut running) = (0, Vec::new(), JoinSet::new());
    for path in paths.into_iter().filter(|path| !path.ends_with("schema.json")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = serde_json::from_str::<File>(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(file.schema, "verijot-scenarios-v1", "{}", path.display());
        let fixtures = Arc::new(file.fixtures);
        for scenario in file.scenarios {
            while running.len() >= AT_ONCE {
                failures.extend(running.join_next().await.unwrap().unwrap());
            }
            ran += 1;
            running.spawn(run(file.kind.clone(), Arc::clone(&fixtures), scenario));
        }
    }
    while let Some(outcome) = running.join_next().await {
        failures.extend(outcome.unwrap());
    }
    failures.sort();
    for failure in &failures {
        println!("{failure}");
    }
    println!("ran {ran}, passed {}, failed {}", ran - failures.len(), failures.len());
    assert!(failures.is_empty() && ran > 0, "{} of {ran} scenarios failed", failures.len());
}

/// The problem, after the scenario's id. A panic is a problem too.
async fn run(
    kind: String,
    fixtures: Arc<Value>,
    mut scenario: Map<String, Value>,
) -> Option<String> {
    let told = ["id", "title", "why", "refs"].map(|name| scenario.remove(name));
    let id = told[0].as_ref().and_then(Value::as_str).unwrap_or("without id").to_owned();
    if told.iter().any(Option::is_none) {
        return Some(format!("{id}: id, title, why or refs is missing"));
    }
    let playing = tokio::spawn(async move {
        match kind.as_str() {
            "keys" => keys::play(&fixtures, scenario).await,
            "guards" => guards::play(&fixtures, scenario).await,
            "sessions" => sessions::play(scenario).await,
            _ => Err(format!("unknown kind {kind}")),
        }
    });
    match playing.await {
        Ok(Ok(())) => None,
        Ok(Err(problem)) => Some(format!("{id}: {problem}")),
        Err(panic) => Some(format!("{id}: {panic}")),
    }
}
