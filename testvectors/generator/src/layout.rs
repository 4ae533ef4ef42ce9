//! The text of a file of cases: one line per named key set, and one per case.

use serde_json::{Value, json};

/// Creates the file of a category. A key set of two or more cases gets a name.
pub fn file(category: &str, cases: impl Iterator<Item = Value>) -> String {
    let mut cases: Vec<Value> = cases.collect();
    let named = names(&cases);
    for case in &mut cases {
        let set = set(case);
        if let Some((name, _)) = named.iter().find(|(_, known)| Some(known) == set.as_ref()) {
            case["jwks"] = json!(name);
        }
    }
    let sets: Vec<String> =
        named.iter().map(|(name, set)| format!("{}:{set}", json!(name))).collect();
    let cases: Vec<String> = cases.iter().map(Value::to_string).collect();
    format!(
        "{{\"schema\":\"verijot-testvectors-v2\",\"category\":{},\"key_sets\":{},\"cases\":[\n{}\n]}}\n",
        json!(category),
        if sets.is_empty() { "{}".into() } else { format!("{{\n{}\n}}", sets.join(",\n")) },
        cases.join(",\n")
    )
}

/// The texts of the key sets that occur more than once, in order, each with its own name.
fn names(cases: &[Value]) -> Vec<(String, String)> {
    let sets: Vec<String> = cases.iter().filter_map(set).collect();
    let mut named: Vec<(String, String)> = Vec::new();
    for set in &sets {
        let is_new = named.iter().all(|(_, known)| known != set);
        if is_new && sets.iter().filter(|other| *other == set).count() > 1 {
            let plain = name(set);
            let is_free = |name: &String| named.iter().all(|(taken, _)| taken != name);
            let later = (2..).map(|count| format!("{plain}-{count}"));
            let name = std::iter::once(plain.clone()).chain(later).find(is_free);
            named.push((name.expect("there is no last number"), set.clone()));
        }
    }
    named
}

/// A key set that can have a name; as text, because the order of its members matters.
fn set(case: &Value) -> Option<String> {
    case.get("jwks").filter(|set| set.is_object()).map(Value::to_string)
}

/// The names of its keys, or their number.
fn name(set: &str) -> String {
    let set: Value = serde_json::from_str(set).expect("it was a value");
    let keys = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let words: Vec<String> = match keys {
        [] => vec!["no-keys".into()],
        [_] | [_, _] => keys.iter().map(word).collect(),
        _ => vec![format!("{}-keys", keys.len())],
    };
    words.join("-and-")
}

fn word(key: &Value) -> String {
    let text = ["kid", "kty"].iter().find_map(|name| key[*name].as_str()).unwrap_or("key");
    let small = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
    let text: String = text
        .to_ascii_lowercase()
        .chars()
        .filter(|c| c.is_ascii() && small(*c as u8))
        .take(24)
        .collect();
    let text = text.trim_matches('-');
    if text.is_empty() { "key".into() } else { text.into() }
}
