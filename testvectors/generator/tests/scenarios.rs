//! Properties of the committed scenarios.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use verijot_testvectors_generator::folder;

fn files() -> BTreeMap<String, Value> {
    let folder = folder().join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let names =
        entries.map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"));
    let names = names.filter(|name| name.ends_with(".json") && name != "schema.json");
    let read = |name: &String| std::fs::read_to_string(folder.join(name)).expect("it is there");
    names.map(|name| (name.clone(), serde_json::from_str(&read(&name)).expect("JSON"))).collect()
}

fn scenarios() -> Vec<(String, Value)> {
    let of = |file: Value| {
        let kind = file["kind"].as_str().expect("text").to_owned();
        let scenarios = file["scenarios"].as_array().expect("an array").clone();
        scenarios.into_iter().map(move |scenario| (kind.clone(), scenario))
    };
    files().into_values().flat_map(of).collect()
}

fn schema() -> jsonschema::Validator {
    let text =
        std::fs::read_to_string(folder().join("scenarios/schema.json")).expect("it is there");
    let schema = serde_json::from_str(&text).expect("it is JSON");
    jsonschema::draft202012::new(&schema).expect("the schema is one")
}

#[test]
fn every_file_matches_the_schema() {
    let validator = schema();
    for (name, file) in files() {
        let kind = file["kind"].as_str().expect("text");
        assert!(name.starts_with(&format!("{kind}-")), "{name}");
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{}: {error:.300}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn the_schema_refuses_unknown_members() {
    let validator = schema();
    for (name, file) in files() {
        let mut unknown = file.clone();
        unknown["scenarios"][0]["nonsense"] = Value::Bool(true);
        assert!(!validator.is_valid(&unknown), "{name}: a member of a scenario");
        if file["scenarios"][0].get("steps").is_some() {
            let mut unknown = file.clone();
            unknown["scenarios"][0]["steps"][0]["nonsense"] = Value::Bool(true);
            assert!(!validator.is_valid(&unknown), "{name}: a member of a step");
            let mut two_actions = file.clone();
            two_actions["scenarios"][0]["steps"][0]["asleep"] = Value::from(1);
            assert!(!validator.is_valid(&two_actions), "{name}: two actions in one step");
        }
    }
}

#[test]
fn there_are_only_generated_files() {
    let made = verijot_testvectors_generator::files();
    let made: BTreeSet<&str> =
        made.iter().filter_map(|file| file.name.strip_prefix("scenarios/")).collect();
    let files = files();
    assert_eq!(files.keys().map(String::as_str).collect::<BTreeSet<_>>(), made);
}

#[test]
fn every_id_is_unique_and_begins_with_its_kind() {
    let mut seen = BTreeSet::new();
    for (kind, scenario) in scenarios() {
        let id = scenario["id"].as_str().expect("text").to_owned();
        assert!(id.starts_with(&format!("{kind}-")), "{id}");
        assert!(seen.insert(id.clone()), "{id} is duplicated");
    }
}

#[test]
fn every_scenario_is_one_line() {
    for (name, file) in files() {
        let text = std::fs::read_to_string(folder().join("scenarios").join(&name)).expect("there");
        let lines = text.lines().filter(|line| line.starts_with("{\"id\":")).count();
        assert_eq!(lines, file["scenarios"].as_array().expect("an array").len(), "{name}");
    }
}

#[test]
fn every_kind_and_every_fault_has_enough_scenarios() {
    let scenarios = scenarios();
    for (kind, least) in [("keys", 60), ("guards", 60), ("sessions", 40)] {
        let count = scenarios.iter().filter(|(of, _)| of == kind).count();
        assert!(count >= least, "{count} of {kind}");
    }
    let refs: BTreeSet<&str> = scenarios
        .iter()
        .flat_map(|(_, scenario)| scenario["refs"].as_array().expect("an array"))
        .map(|reference| reference.as_str().expect("text"))
        .collect();
    let faults = (1..=8).map(|n| format!("G{n}")).chain((1..=11).map(|n| format!("K{n}")));
    let missing: Vec<String> = faults.filter(|fault| !refs.contains(fault.as_str())).collect();
    assert!(missing.is_empty(), "no scenario for {missing:?}");
}

#[test]
fn every_kind_of_deployment_has_a_longest_acceptance() {
    let mut kinds: BTreeMap<String, [bool; 2]> = BTreeMap::new();
    for (_, scenario) in scenarios() {
        let Some(kind) = scenario["deployment"].as_str() else { continue };
        let outcomes = kinds.entry(kind.to_owned()).or_default();
        for step in scenario["steps"].as_array().expect("an array") {
            let expect = step["verify"]["expect"].as_str();
            let is_of_withdrawn = step["verify"]["token"] == "a";
            outcomes[0] |= is_of_withdrawn && expect == Some("accepted");
            outcomes[1] |= is_of_withdrawn && expect == Some("unknown_key");
        }
    }
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    assert!(kinds.values().all(|outcomes| outcomes.iter().all(|shown| *shown)), "{kinds:?}");
}
