//! The schema of policies and the core's parser agree about documents that are almost those of the
//! vectors.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use verijot::Policy;
use verijot_testvectors_generator::{CATEGORIES, folder};

/// What a schema cannot say: parts of a policy that contradict each other.
const CONTRADICTIONS: [&str; 3] = [
    "no token can pass this rule and the rest of the policy",
    "two templates could give the same issuer; keep one",
    "every claim is the same as itself; name another one",
];

#[test]
fn every_mutant_has_one_verdict() {
    let schema = jsonschema::draft202012::new(&read("policy.schema.json")).expect("it is one");
    let (mut accepted, mut refused, mut different) = (0, 0, Vec::new());
    for mutant in mutants() {
        let read = Policy::from_json(&mutant);
        let document: Value = serde_json::from_str(&mutant).expect("it is JSON");
        let matches = schema.is_valid(&document);
        match &read {
            Ok(_) if matches => accepted += 1,
            Err(_) if !matches => refused += 1,
            Err(error) if CONTRADICTIONS.contains(&error.problem()) => {}
            _ => different.push(format!("{mutant}: schema {matches}, core {:?}", read.err())),
        }
    }
    let shown = different.iter().take(40).collect::<Vec<_>>();
    assert!(different.is_empty(), "{}: {shown:#?}", different.len());
    assert!(accepted > 1000 && refused > 10_000, "{accepted} accepted, {refused} refused");
}

/// The documents of the vectors, each with one thing changed, as text.
fn mutants() -> BTreeSet<String> {
    let replacements = replacements();
    let mut mutants = BTreeSet::new();
    for original in originals() {
        let mut places = Vec::new();
        places_in(&original, &mut String::new(), &mut places);
        for place in &places {
            for replacement in &replacements {
                let mut document = original.clone();
                *document.pointer_mut(place).expect("it is there") = replacement.clone();
                mutants.insert(document.to_string());
            }
            let mut document = original.clone();
            match document.pointer_mut(place).expect("it is there") {
                Value::Object(members) => {
                    for name in members.keys().cloned().collect::<Vec<_>>() {
                        for change in [left_out, misspelt] {
                            let mut document = original.clone();
                            let inner = document.pointer_mut(place).and_then(Value::as_object_mut);
                            change(inner.expect("an object"), &name);
                            mutants.insert(document.to_string());
                        }
                    }
                    members.insert("unknown".to_owned(), json!(true));
                    mutants.insert(document.to_string());
                }
                Value::Array(elements) => {
                    elements.extend(elements.first().cloned());
                    mutants.insert(document.to_string());
                }
                _ => {}
            }
        }
    }
    mutants
}

fn left_out(members: &mut Map<String, Value>, name: &str) {
    members.remove(name);
}

fn misspelt(members: &mut Map<String, Value>, name: &str) {
    let value = members.remove(name).expect("it is there");
    members.insert(format!("{name}s"), value);
}

fn replacements() -> Vec<Value> {
    let mut replacements = [
        json!([
            "",
            " ",
            "\u{85}",
            "\u{feff}",
            "\u{3000}",
            "a",
            "a b",
            "a\u{85}b",
            "a\u{feff}b",
            "a\n"
        ]),
        json!(["*", "a*/b", "a*b*", "\u{85}:*", "\u{feff}:*", "a{b}c", "a\n{b}c", "{b}"]),
        json!([
            "0", "-0", "00", "0.0", "1", "1.", ".5", "+1", "1e2", "30", "600", "601", "1\n", "٣"
        ]),
        json!(["600.0000000001", "0.1234567891", "3155760000", "3155760000.1"]),
        json!(["ES256", "none", "at+jwt", "absent"]),
    ]
    .iter()
    .flat_map(|texts| texts.as_array().expect("an array").clone())
    .collect::<Vec<_>>();
    replacements.extend([
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(u32::MAX),
        json!(u64::from(u32::MAX) + 1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e30),
        json!([]),
        json!([""]),
        json!(["a"]),
        json!(["a", "a"]),
        json!(["a", 1]),
        json!([null]),
        json!([[]]),
        json!({}),
        json!({ "a": "1" }),
        json!({ "": "1" }),
        json!({ "a": null }),
        json!({ "one_of": ["a"] }),
        json!({ "or_none": ["a"] }),
        json!({ "path": ["a"], "roles": ["b"] }),
    ]);
    replacements
}

/// Every place in a document as a JSON Pointer.
fn places_in(value: &Value, place: &mut String, places: &mut Vec<String>) {
    places.push(place.clone());
    let length = place.len();
    let mut inside = |name: &str, value: &Value| {
        place.push('/');
        place.push_str(&name.replace('~', "~0").replace('/', "~1"));
        places_in(value, place, places);
        place.truncate(length);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| inside(name, value)),
        Value::Array(elements) => {
            elements
                .iter()
                .enumerate()
                .for_each(|(index, value)| inside(&index.to_string(), value));
        }
        _ => {}
    }
}

/// One policy of each kind: those of the vectors that differ in the names of their members.
fn originals() -> Vec<Value> {
    let mut kinds = BTreeSet::new();
    let mut originals = Vec::new();
    for category in &CATEGORIES {
        let file = read(&format!("{}.json", category.name));
        for case in file["cases"].as_array().expect("an array") {
            let Some(policy) = case["policy"].as_object() else { continue };
            let mut policy = policy.clone();
            policy.shift_remove("revocation");
            policy.shift_remove("known_tenants");
            let policy = Value::from(policy);
            let mut places = Vec::new();
            places_in(&policy, &mut String::new(), &mut places);
            if kinds.insert(places) {
                originals.push(policy);
            }
        }
    }
    originals
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).expect("the file is there");
    serde_json::from_str(&text).expect("the file is JSON")
}
