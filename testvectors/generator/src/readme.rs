//! The table of counts in `testvectors/README.md`.

use std::fmt::Write as _;

use crate::categories::Category;

const BEGIN: &str = "<!-- counts: written by the generator -->\n";
const END: &str = "<!-- end of counts -->";

/// Replaces the table between its two marks in the README.
pub fn counts(readme: &str, categories: &[(&Category, Vec<bool>)]) -> String {
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the first mark");
    let (_, after) = rest.split_once(END).expect("the README has the second mark");
    let mut table = String::from("\n| file | about | cases | valid |\n|---|---|---:|---:|\n");
    let (mut cases, mut valid) = (0, 0);
    for (category, verdicts) in categories {
        let good = verdicts.iter().filter(|good| **good).count();
        let Category { name, about, .. } = category;
        writeln!(table, "| `{name}.json` | {about} | {} | {good} |", verdicts.len())
            .expect("a string takes text");
        cases += verdicts.len();
        valid += good;
    }
    writeln!(table, "| all | | {cases} | {valid} |\n").expect("a string takes text");
    format!("{before}{BEGIN}{table}{END}{after}")
}
