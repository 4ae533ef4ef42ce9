//! Creates verijot's language-neutral test vectors: `testvectors/<category>.json`.
//!
//! `categories` has the cases, one file per family; `case` converts them to JSON, and `layout`
//! writes each on one line. The runner adds the twins. `clauses` maps the sentences of the RFCs to
//! the cases that show them. `codes` writes the files that come from the core's table of codes.
//! Everything is deterministic: running it again changes nothing.

mod case;
mod categories;
mod clauses;
mod codes;
mod der;
mod keys;
mod layout;
mod readme;
mod scenarios;
mod scoreboard;
mod search;
mod signing;

use std::path::PathBuf;

use serde_json::Value;
use verijot_testvectors::Cases;

pub use categories::{CATEGORIES, Category};
pub use signing::sign;

use case::Case;
use clauses::documents;
use readme::counts;
use scoreboard::scoreboard;

/// A generated file.
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

/// All generated files: one per category, the README with its tables of counts and of the
/// scoreboard, the table of clauses, and the files that come from the table of codes.
pub fn files() -> Vec<File> {
    let mut files = Vec::new();
    let mut counted = Vec::new();
    let mut known = clauses::Cases::default();
    for category in &CATEGORIES {
        let text = layout::file(category.name, (category.cases)().into_iter().map(Case::finish));
        let cases = cases(&text);
        counted.push((category, cases.iter().map(is_valid).collect::<Vec<bool>>()));
        known.add(category.name, &cases);
        files.push(File { name: format!("{}.json", category.name), text });
    }
    let path = folder().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README is there");
    let readme = scoreboard(&counts(&readme, &counted), &files);
    files.push(File { name: "README.md".into(), text: readme });
    files.push(File { name: "CLAUSES.md".into(), text: clauses::page(&documents(), &known) });
    files.push(presets());
    files.extend(scenarios::files());
    files.extend(codes::files());
    files
}

/// What each preset gives, one line each.
fn presets() -> File {
    let lines: Vec<String> = categories::presets().iter().map(Value::to_string).collect();
    let text = format!("{{\n  \"presets\": [\n    {}\n  ]\n}}\n", lines.join(",\n    "));
    File { name: "presets/presets.json".into(), text }
}

/// The problems of the table of clauses, given the generated files: a case that does not exist or
/// shows something else, a clause without a case or a reason, and so on.
pub fn clause_problems(files: &[File]) -> Vec<String> {
    let mut known = clauses::Cases::default();
    for file in files {
        let category = file.name.strip_suffix(".json").unwrap_or_default();
        if CATEGORIES.iter().any(|known| known.name == category) {
            known.add(category, &cases(&file.text));
        }
    }
    clauses::problems(&documents(), &known)
}

/// The cases of a file, each complete and with its twin, as every runner has them.
pub fn cases(text: &str) -> Vec<Value> {
    let cases = Cases::read(text).unwrap_or_else(|error| panic!("{error}")).cases;
    cases.iter().map(|case| serde_json::from_str(case).expect("a case is JSON")).collect()
}

fn is_valid(case: &Value) -> bool {
    case["expect"].get("valid").is_some()
}
