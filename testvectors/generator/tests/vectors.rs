//! Properties of the committed files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use verijot_testvectors_generator::{
    CATEGORIES, Category, File, cases, clause_problems, files, folder, sign,
};

/// Codes that no case can cause, and why.
const EXEMPT_ERRORS: [(&str, &str); 0] = [];

fn made() -> &'static [File] {
    static MADE: OnceLock<Vec<File>> = OnceLock::new();
    MADE.get_or_init(files)
}

/// The name of each category, and the text of its file.
fn committed() -> Vec<(&'static str, String)> {
    let read = |category: &Category| {
        let path: PathBuf = folder().join(format!("{}.json", category.name));
        (category.name, std::fs::read_to_string(&path).expect("the file is there"))
    };
    CATEGORIES.iter().map(read).collect()
}

/// All of them, with their twins.
fn every_case() -> Vec<Value> {
    committed().iter().flat_map(|(_, text)| cases(text)).collect()
}

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).expect("it is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}"))
}

#[test]
fn regenerating_changes_nothing() {
    for file in made() {
        let text = std::fs::read_to_string(folder().join(&file.name)).expect("it is there");
        assert!(text == file.text, "{} is out of date", file.name);
    }
}

#[test]
fn every_clause_has_cases_or_a_reason() {
    let problems = clause_problems(made());
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn there_is_a_category_for_every_file() {
    let known: BTreeSet<String> = CATEGORIES
        .iter()
        .map(|category| format!("{}.json", category.name))
        .chain(["schema.json", "policy.schema.json", "codes.json"].map(String::from))
        .collect();
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.ends_with(".json"))
        .collect();
    assert_eq!(known, there);
}

#[test]
fn every_file_matches_the_schema() {
    let policy = schema("policy.schema.json");
    let registry = jsonschema::Registry::new()
        .add(text(&policy, "$id"), &policy)
        .and_then(|registry| registry.prepare())
        .expect("the schema of policies is one");
    let validator = jsonschema::draft202012::options()
        .with_registry(&registry)
        .build(&schema("schema.json"))
        .expect("the schema is one");
    for (name, text_of_file) in committed() {
        let file: Value = serde_json::from_str(&text_of_file).expect("it is JSON");
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{}: {error:.300}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(text(&file, "category"), name);
    }
}

#[test]
fn every_id_is_well_formed_and_unique() {
    let mut seen = BTreeSet::new();
    for case in every_case() {
        let id = text(&case, "id").to_string();
        let part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit())
        };
        assert!(id.split('-').all(part), "{id} is not made of lower-case words");
        assert!(seen.insert(id.clone()), "{id} is duplicated");
    }
}

#[test]
fn a_quarter_of_each_category_is_valid() {
    for (name, text) in committed() {
        let cases = cases(&text);
        let valid = cases.iter().filter(|case| case["expect"].get("valid").is_some()).count();
        assert!(valid * 4 >= cases.len(), "{name} has {valid} valid of {}", cases.len());
    }
}

#[test]
fn cases_and_shared_key_sets_are_one_line_each() {
    for (name, text) in committed() {
        let file: Value = serde_json::from_str(&text).expect("it is JSON");
        let sets = file["key_sets"].as_object().expect("an object");
        let cases = file["cases"].as_array().expect("an array");
        let around = if sets.is_empty() { 2 } else { 3 };
        assert_eq!(text.lines().count(), sets.len() + cases.len() + around, "{name}");
        for set in sets.keys() {
            assert!(cases.iter().filter(|case| case["jwks"] == **set).count() > 1, "{name}: {set}");
        }
        let written: Vec<String> = cases
            .iter()
            .filter(|case| case["jwks"].is_object())
            .map(|case| case["jwks"].to_string())
            .collect();
        let different: BTreeSet<&String> = written.iter().collect();
        assert_eq!(different.len(), written.len(), "{name} repeats a key set");
    }
}

#[test]
fn every_valid_case_has_its_twin() {
    let cases = every_case();
    let mut twins = 0;
    for pair in cases.windows(2) {
        let (case, twin) = (&pair[0], &pair[1]);
        if case["expect"].get("valid").is_none() {
            continue;
        }
        let id = text(case, "id");
        assert_eq!(text(twin, "id"), format!("{id}-flipped"));
        assert_eq!(twin["expect"], serde_json::json!({ "error": "invalid_signature" }), "{id}");
        let others = |case: &Value| {
            let mut members = case.as_object().expect("an object").clone();
            for name in ["id", "token", "token_repeat", "authorization", "expect"] {
                members.shift_remove(name);
            }
            members
        };
        assert_eq!(others(case), others(twin), "{id}");
        let [(input, signature), (same, flipped)] = [presented(case), presented(twin)];
        assert_eq!(input, same, "{id}");
        let different: Vec<u8> = signature.iter().zip(&flipped).map(|(a, b)| a ^ b).collect();
        assert_eq!(signature.len(), flipped.len(), "{id}");
        assert!(different[0] == 4 && different[1..].iter().all(|bits| *bits == 0), "{id}");
        twins += 1;
    }
    let named = cases.iter().filter(|case| text(case, "id").ends_with("-flipped")).count();
    assert_eq!(twins, named);
}

/// The signed input, and the octets of the signature.
fn presented(case: &Value) -> (String, Vec<u8>) {
    let text = ["token", "authorization"].iter().find_map(|name| case[*name].as_str());
    let text = text.unwrap_or_else(|| text_of_suffix(case));
    let (input, signature) = text.rsplit_once('.').expect("dots");
    (
        input.into(),
        URL_SAFE_NO_PAD.decode(signature.trim_end_matches([' ', '='])).expect("base64url"),
    )
}

fn text_of_suffix(case: &Value) -> &str {
    text(&case["token_repeat"], "suffix")
}

#[test]
fn every_error_and_every_reason_occurs() {
    let schema = schema("schema.json");
    let names = |value: &Value| -> BTreeSet<String> {
        value
            .as_array()
            .expect("an array")
            .iter()
            .map(|v| v.as_str().expect("text").into())
            .collect()
    };
    let definitions = &schema["$defs"];
    let mut errors = names(&definitions["expect"]["oneOf"][1]["properties"]["error"]["enum"]);
    let skipped = &definitions["case"]["properties"]["skipped_keys"];
    let mut reasons = names(&skipped["items"]["properties"]["reason"]["enum"]);
    for case in every_case() {
        if let Some(error) = case["expect"].get("error") {
            errors.remove(error.as_str().expect("text"));
        }
        for key in case.get("skipped_keys").and_then(Value::as_array).into_iter().flatten() {
            reasons.remove(text(key, "reason"));
        }
    }
    for (error, reason) in EXEMPT_ERRORS {
        assert!(errors.remove(error), "{error} occurs, though it is exempt: {reason}");
    }
    assert!(errors.is_empty(), "no case for {errors:?}");
    assert!(reasons.is_empty(), "no case for {reasons:?}");
}

#[test]
fn rsa_reproduces_the_signature_of_rfc7515() {
    let published = cases(&committed().pop().expect("a last category").1);
    let case =
        published.iter().find(|case| case["id"] == "published-rfc7515-a2").expect("it is there");
    let (input, signature) = text(case, "token").rsplit_once('.').expect("dots");
    let made = sign("rfc7515-a2", "RS256", input.as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(made), signature);
}

#[test]
fn ed25519_reproduces_the_signature_of_rfc8037() {
    let published = cases(&committed().pop().expect("a last category").1);
    let case =
        published.iter().find(|case| case["id"] == "published-rfc8037-a4").expect("it is there");
    let (input, signature) = text(case, "token").rsplit_once('.').expect("dots");
    let made = sign("rfc8037-a1", "EdDSA", input.as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(made), signature);
}
