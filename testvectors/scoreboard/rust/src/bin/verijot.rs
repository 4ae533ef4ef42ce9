//! verijot itself, with its own runner of test vectors: the lines are cases of the vectors, and are
//! answered when all of them have been read.

use std::collections::HashMap;

use serde_json::{Value, json};
use verijot::crypto::aws_lc_rs;
use verijot_scoreboard::{Verdict, answer, introduce, lines, version};
use verijot_testvectors::run_folder;

fn main() {
    let algorithms: Vec<String> =
        aws_lc_rs::PROVIDER.algorithms().iter().map(|name| name.to_string()).collect();
    let mut algorithms: Vec<&str> = algorithms.iter().map(String::as_str).collect();
    algorithms.push("Ed25519");
    introduce("verijot", version("verijot"), "Rust, aws_lc_rs", &algorithms);
    let mut cases: Vec<Value> =
        lines().map(|line| serde_json::from_str(&line).expect("a line is a case")).collect();
    for case in &mut cases {
        // Every case expects acceptance; the failures say what happened instead.
        case["expect"] = json!({ "valid": {} });
        case.as_object_mut().expect("a case is an object").remove("skipped_keys");
    }
    // The first version of the format, in which twins are explicit.
    let file = json!({ "schema": "verijot-testvectors-v1", "category": "all", "cases": cases });
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("all.json"), file.to_string()).expect("it can be written");
    let summary = run_folder(folder.path(), aws_lc_rs::PROVIDER).expect("the folder has cases");
    let refused: HashMap<&str, &str> = summary
        .failures()
        .iter()
        .map(|failure| (failure.id.as_str(), failure.got.as_str()))
        .collect();
    for case in &cases {
        let id = case["id"].as_str().expect("a case has an id");
        let lacks = case["requires"].as_array().is_some_and(|needs| {
            needs
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| !name.starts_with("RSA-") && *name != "profiles")
                .any(|name| !algorithms.contains(&name))
        });
        let verdict = match refused.get(id) {
            _ if lacks => Verdict::Cannot("an algorithm"),
            Some(got) => Verdict::Refuse((*got).to_owned()),
            None => Verdict::Accept,
        };
        answer(id, &verdict);
    }
}
