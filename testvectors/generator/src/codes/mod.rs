//! Files written from the core's table of codes (`core/src/codes.rs`): `codes.json`, the exception
//! classes of Python, Kotlin and JavaScript, the codes of Swift and Go, and tables in documents.

mod go;
mod guide;
mod javascript;
mod json;
mod kotlin;
mod python;
mod readme;
mod schema;
mod swift;

use std::path::Path;

use verijot::codes::{self, CLASSES, Code, Kind};

use crate::{File, folder};

/// All files that come from the table, or have a part that does.
pub fn files() -> Vec<File> {
    let errors = python::errors(&read(python::ERRORS));
    let package = python::package(&read(python::PACKAGE), &errors);
    vec![
        File { name: "codes.json".into(), text: json::codes() },
        File { name: "schema.json".into(), text: schema::schema(&read("schema.json")) },
        File { name: "../core/guide/codes.md".into(), text: guide::guide() },
        File { name: python::ERRORS.into(), text: errors },
        File { name: python::PACKAGE.into(), text: package },
        readme::python(),
        go::codes(),
        javascript::classes(),
        javascript::tables(),
        kotlin::verification(),
        kotlin::setup(),
        readme::kotlin(),
        readme::javascript(),
        swift::codes(),
        readme::swift(),
    ]
}

/// An exception class: one of the table's own, or that of one or more codes.
struct Class {
    /// Without a language's suffix.
    name: &'static str,
    parent: Option<&'static str>,
    kind: Kind,
    sentence: &'static str,
    /// `None` for a class that only has subclasses.
    codes: Vec<&'static Code>,
}

impl Class {
    /// The code, if there is exactly one.
    fn code(&self) -> Option<&'static Code> {
        match self.codes[..] {
            [code] => Some(code),
            _ => None,
        }
    }

    /// Parents before their children, otherwise in the order of the table.
    fn all() -> Vec<Self> {
        let mut classes = Vec::new();
        for root in CLASSES.iter().filter(|class| class.parent.is_none()) {
            Self::add(root.name, &mut classes);
        }
        classes
    }

    /// The classes of one kind except the root class.
    fn below(kind: Kind) -> Vec<Self> {
        let classes = Self::all().into_iter();
        classes.filter(|class| class.kind == kind && class.parent.is_some()).collect()
    }

    fn add(name: &'static str, classes: &mut Vec<Self>) {
        classes.push(Self::of(name));
        let shared = CLASSES.iter().filter(|class| class.parent == Some(name)).map(|c| c.name);
        let single = codes::all().filter(|code| code.parent == Some(name));
        for child in shared.chain(single.filter_map(|code| code.class)) {
            if !classes.iter().any(|known| known.name == child) {
                Self::add(child, classes);
            }
        }
    }

    fn of(name: &'static str) -> Self {
        let codes: Vec<_> = codes::all().filter(|code| code.class == Some(name)).collect();
        let shared = CLASSES.iter().find(|class| class.name == name);
        let (parent, sentence) = match (shared, &codes[..]) {
            (Some(class), _) => (class.parent, class.sentence),
            (None, [code]) => (code.parent, code.sentence),
            _ => panic!("{name} is the class of several codes, and is not in CLASSES"),
        };
        let below = |code: &&Code| code.class == Some(name) || code.parents().any(|p| p == name);
        let kind = codes::all().find(below).expect("a class has a code, or others below it").kind;
        Self { name, parent, kind, sentence, codes }
    }

    fn has_children(&self) -> bool {
        Self::all().iter().any(|class| class.parent == Some(self.name))
    }

    /// The number of classes of its kind above it, without the root class.
    fn depth(&self) -> usize {
        let mut depth = 0;
        let mut parent = self.parent;
        while let Some(name) = parent {
            parent = Self::of(name).parent;
            depth += usize::from(parent.is_some());
        }
        depth
    }
}

/// Converts `malformed_jwks` to `malformedJwks`, or `InvalidToken` to `invalidToken`.
fn camel_case(name: &str) -> String {
    let mut text = String::new();
    let mut capital = false;
    for character in name.chars() {
        match character {
            '_' => capital = true,
            _ if capital => {
                text.extend(character.to_uppercase());
                capital = false;
            }
            _ if text.is_empty() => text.extend(character.to_lowercase()),
            _ => text.push(character),
        }
    }
    text
}

/// Replaces the part of a text between two lines.
fn between(text: &str, begin: &str, end: &str, part: &str) -> String {
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no line {begin:?}"));
    let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("no line {end:?}"));
    format!("{before}{begin}{part}{end}{after}")
}

/// The file with this name, relative to `testvectors/`.
fn read(name: &str) -> String {
    let path = folder().join(Path::new(name));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const COMMAND: &str = "cargo run -p verijot-testvectors-generator";
