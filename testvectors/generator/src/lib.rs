//! Makes the language-neutral test vectors of verijot: `testvectors/<category>.json`.
//!
//! The cases are written in `categories`, one file for each family; `case` turns them into JSON and
//! gives each valid one its twin. `clauses` is the table from the sentences of the RFCs to the cases
//! that show them. `codes` writes what is made from the core's table of codes. Everything is deterministic: running it again changes nothing.

mod case;
mod categories;
mod clauses;
mod codes;
mod der;
mod keys;
mod readme;
mod scenarios;
mod scoreboard;
mod search;
mod signing;

use std::path::PathBuf;

use serde_json::{Value, json};

pub use categories::{CATEGORIES, Category};
pub use signing::sign;

use clauses::{Cases, documents};
use readme::counts;
use scoreboard::scoreboard;

/// A file as it should be.
pub struct File {
    /// Its name, relative to `testvectors/`.
    pub name: String,
    /// Its whole text.
    pub text: String,
}

/// The folder `testvectors/` of this repository.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// All files that are made: one for each category, the README with its tables of counts and of
/// the scoreboard, the table of clauses, and what is made from the table of codes.
pub fn files() -> Vec<File> {
    let mut files = Vec::new();
    let mut counted = Vec::new();
    let mut known = Cases::default();
    for category in &CATEGORIES {
        let cases: Vec<Value> =
            (category.cases)().into_iter().flat_map(case::Case::finish).collect();
        counted.push((category, cases.iter().map(is_valid).collect::<Vec<bool>>()));
        known.add(category.name, &cases);
        let file = json!({
            "schema": "verijot-testvectors-v1",
            "category": category.name,
            "cases": cases,
        });
        let text = serde_json::to_string_pretty(&file).expect("a value has a text");
        files.push(File { name: format!("{}.json", category.name), text: text + "\n" });
    }
    let path = folder().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README is there");
    let readme = scoreboard(&counts(&readme, &counted), &files);
    files.push(File { name: "README.md".into(), text: readme });
    files.push(File { name: "CLAUSES.md".into(), text: clauses::page(&documents(), &known) });
    files.extend(scenarios::files());
    files.extend(codes::files());
    files
}

/// What is wrong with the table of clauses, given the files as they are made: a case that does not
/// exist or shows something else, a clause without a case or a reason, and so on.
pub fn clause_problems(files: &[File]) -> Vec<String> {
    let mut known = Cases::default();
    for file in files {
        let category = file.name.strip_suffix(".json").unwrap_or_default();
        if CATEGORIES.iter().any(|known| known.name == category) {
            let made: Value = serde_json::from_str(&file.text).expect("a made file is JSON");
            known.add(category, made["cases"].as_array().expect("a file has cases"));
        }
    }
    clauses::problems(&documents(), &known)
}

fn is_valid(case: &Value) -> bool {
    case["expect"].get("valid").is_some()
}
