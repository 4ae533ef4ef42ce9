//! The tables of the scoreboard in `testvectors/README.md`, from `scoreboard/results.json`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::{File, cases};

const BEGIN: &str = "<!-- scoreboard: written by the generator -->\n";
const END: &str = "<!-- end of scoreboard -->";
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scoreboard/results.json");

/// Replaces the tables between the two marks in the README, given the files of cases.
pub fn scoreboard(readme: &str, files: &[File]) -> String {
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the first mark");
    let (_, after) = rest.split_once(END).expect("the README has the second mark");
    let text = std::fs::read_to_string(RESULTS).expect("the scoreboard was run");
    let results: Value = serde_json::from_str(&text).expect("its results are JSON");
    let categories = categories(files);
    let all = results["libraries"].as_array().expect("an array");
    let kinds = &results["kinds"];
    let openid = kinds["libraries"].as_array().expect("an array");
    let tables = format!(
        "\n{} cases, of which each library\n\n{}\nThe first two columns by file:\n\n{}\n\
         {} of these cases are about verifiers for one kind of token. Of these, each library for \
         OpenID\n\n{}\nThe first two columns by file:\n\n{}\n",
        results["cases"],
        counts(all),
        places(all, &categories),
        kinds["cases"],
        counts(openid),
        places(openid, &categories),
    );
    format!("{before}{BEGIN}{tables}{END}{after}")
}

fn counts(libraries: &[Value]) -> String {
    let mut table = String::from(
        "| library | version | in | accepted, but invalid | refused, but valid \
         | `strict` | `free` | not expressible | right |\n\
         |---|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for library in libraries {
        writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            name(library),
            text(library, "version"),
            text(library, "runtime"),
            ids(library, "accepted").count(),
            ids(library, "refused").count(),
            library["strict"],
            library["free"],
            library["inexpressible"],
            library["right"],
        )
        .expect("a string takes text");
    }
    table
}

fn places(libraries: &[Value], categories: &BTreeMap<String, String>) -> String {
    let mut table =
        String::from("| library | accepted, but invalid | refused, but valid |\n|---|---|---|\n");
    for library in libraries {
        let [accepted, refused] = ["accepted", "refused"].map(|kind| {
            let mut counts = BTreeMap::new();
            for id in ids(library, kind) {
                // A renamed case is counted until the scoreboard runs again.
                let category = categories.get(id).map_or("gone", String::as_str);
                *counts.entry(category).or_insert(0_usize) += 1;
            }
            let counts: Vec<String> =
                counts.iter().map(|(category, count)| format!("{category} {count}")).collect();
            if counts.is_empty() { "none".into() } else { counts.join(", ") }
        });
        writeln!(table, "| {} | {accepted} | {refused} |", name(library))
            .expect("a string takes text");
    }
    table
}

fn categories(files: &[File]) -> BTreeMap<String, String> {
    let mut categories = BTreeMap::new();
    for file in files.iter().filter(|file| file.name.ends_with(".json")) {
        for case in cases(&file.text) {
            let category = file.name.trim_end_matches(".json");
            categories.insert(text(&case, "id").to_owned(), category.to_owned());
        }
    }
    categories
}

fn name(library: &Value) -> &str {
    text(library, "library").split(',').next().unwrap_or_default()
}

fn ids<'a>(library: &'a Value, kind: &str) -> impl Iterator<Item = &'a str> {
    library[kind].as_array().expect("ids are listed").iter().filter_map(Value::as_str)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().expect("the member is text")
}
