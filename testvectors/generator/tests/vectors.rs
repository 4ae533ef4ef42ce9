//! What must hold for the files as they are committed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;
use verijot_testvectors_generator::{CATEGORIES, File, clause_problems, files, folder, sign};

/// Codes that no case can bring about, and why.
const EXEMPT_ERRORS: [(&str, &str); 0] = [];

fn made() -> &'static [File] {
    static MADE: OnceLock<Vec<File>> = OnceLock::new();
    MADE.get_or_init(files)
}

fn committed() -> Vec<(String, Value)> {
    CATEGORIES
        .iter()
        .map(|category| {
            let path: PathBuf = folder().join(format!("{}.json", category.name));
            let text = std::fs::read_to_string(&path).expect("the file is there");
            (category.name.to_string(), serde_json::from_str(&text).expect("the file is JSON"))
        })
        .collect()
}

fn cases() -> Vec<Value> {
    committed()
        .into_iter()
        .flat_map(|(_, file)| file["cases"].as_array().expect("an array").clone())
        .collect()
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
        assert!(text == file.text, "{} is not what the generator makes", file.name);
    }
}

#[test]
fn every_clause_has_cases_that_show_it_or_a_reason() {
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
fn every_file_keeps_to_the_schema() {
    let policy = schema("policy.schema.json");
    let registry = jsonschema::Registry::new()
        .add(text(&policy, "$id"), &policy)
        .and_then(|registry| registry.prepare())
        .expect("the schema of policies is one");
    let validator = jsonschema::draft202012::options()
        .with_registry(&registry)
        .build(&schema("schema.json"))
        .expect("the schema is one");
    for (name, file) in committed() {
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
    for case in cases() {
        let id = text(&case, "id").to_string();
        let part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit())
        };
        assert!(id.split('-').all(part), "{id} is not made of small words");
        assert!(seen.insert(id.clone()), "{id} stands twice");
    }
}

#[test]
fn a_quarter_of_each_category_is_valid() {
    for (name, file) in committed() {
        let cases = file["cases"].as_array().expect("an array");
        let valid = cases.iter().filter(|case| case["expect"].get("valid").is_some()).count();
        assert!(valid * 4 >= cases.len(), "{name} has {valid} valid of {}", cases.len());
    }
}

#[test]
fn every_valid_case_has_its_twin() {
    let cases = cases();
    let mut twins = 0;
    for pair in cases.windows(2) {
        let (case, twin) = (&pair[0], &pair[1]);
        if case["expect"].get("valid").is_none() {
            continue;
        }
        let id = text(case, "id");
        assert_eq!(text(twin, "id"), format!("{id}-flipped"));
        assert_eq!(text(&twin["expect"], "error"), "invalid_signature", "{id}");
        for member in ["jwks", "jwks_text", "mode", "policy", "now", "skipped_keys"] {
            assert_eq!(case.get(member), twin.get(member), "{id}");
        }
        let presented = ["token", "token_repeat", "authorization"].map(|name| case.get(name));
        let flipped = ["token", "token_repeat", "authorization"].map(|name| twin.get(name));
        assert_ne!(presented, flipped, "{id}");
        twins += 1;
    }
    let named = cases.iter().filter(|case| text(case, "id").ends_with("-flipped")).count();
    assert_eq!(twins, named);
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
    for case in cases() {
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
    let published = committed().pop().expect("a last category").1;
    let cases = published["cases"].as_array().expect("an array");
    let case = cases.iter().find(|case| case["id"] == "published-rfc7515-a2").expect("it is there");
    let (input, signature) = text(case, "token").rsplit_once('.').expect("dots");
    let made = sign("rfc7515-a2", "RS256", input.as_bytes());
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    assert_eq!(URL_SAFE_NO_PAD.encode(made), signature);
}

#[test]
fn ed25519_reproduces_the_signature_of_rfc8037() {
    let published = committed().pop().expect("a last category").1;
    let cases = published["cases"].as_array().expect("an array");
    let case = cases.iter().find(|case| case["id"] == "published-rfc8037-a4").expect("it is there");
    let (input, signature) = text(case, "token").rsplit_once('.').expect("dots");
    let made = sign("rfc8037-a1", "EdDSA", input.as_bytes());
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    assert_eq!(URL_SAFE_NO_PAD.encode(made), signature);
}
