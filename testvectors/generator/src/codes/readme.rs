//! The tables of codes in the READMEs of the bindings.

use std::fmt::Write as _;

use verijot::codes::{Kind, VERIFICATION};

use super::{Class, between, camel_case, javascript, python, read};
use crate::File;

pub(super) fn python() -> File {
    written("../bindings/python/README.md", &classes("Error", &python::LACKS))
}

pub(super) fn kotlin() -> File {
    written("../bindings/kotlin/README.md", &classes("Exception", &[]))
}

pub(super) fn javascript() -> File {
    written("../bindings/javascript/README.md", &classes("Error", &javascript::LACKS))
}

pub(super) fn swift() -> File {
    let mut table = String::from("| `code` | groups | status |\n|---|---|---:|\n");
    for code in VERIFICATION {
        let groups: Vec<String> = super::swift::groups(code)
            .into_iter()
            .map(|group| format!("`.{}` ", camel_case(group)))
            .collect();
        let status = code.status.expect("a refused token has a status");
        writeln!(table, "| `.{}` | {}| {status} |", camel_case(code.code), groups.concat())
            .expect("a string takes text");
    }
    written("../bindings/swift/README.md", &table)
}

/// The tree of classes, children after their parents.
fn classes(suffix: &str, left_out: &[&str]) -> String {
    let mut table = String::from("| exception | `code` | status |\n|---|---|---:|\n");
    let kinds = [Kind::Verification, Kind::Setup];
    for class in Class::all() {
        if !kinds.contains(&class.kind) || left_out.contains(&class.name) {
            continue;
        }
        let indent = "&nbsp; ".repeat(class.depth() + usize::from(class.parent.is_some()));
        let name = format!("`{}{suffix}`", class.name);
        let name = if class.codes.is_empty() { format!("**{name}**") } else { name };
        let codes = match &class.codes[..] {
            [] => String::new(),
            [code] => format!("`{}` ", code.code),
            [first, second] => format!("`{}`, `{}` ", first.code, second.code),
            [first, .., last] => {
                format!("one of {}, `{}` to `{}` ", class.codes.len(), first.code, last.code)
            }
        };
        let status = class.code().and_then(|code| code.status);
        let status = status.map(|status| format!("{status} ")).unwrap_or_default();
        writeln!(table, "| {indent}{name} | {codes}| {status}|").expect("a string takes text");
    }
    table
}

fn written(name: &str, table: &str) -> File {
    let text = between(&read(name), BEGIN, END, &format!("\n{table}\n"));
    File { name: name.into(), text }
}

const BEGIN: &str = "<!-- codes: written by cargo run -p verijot-testvectors-generator -->\n";
const END: &str = "<!-- end of codes -->";
