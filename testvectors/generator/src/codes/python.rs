//! The exception classes of Python in `errors.py`, and their names in `__init__.py`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use verijot::codes::Kind;

use super::{COMMAND, Class, between};

pub(super) const ERRORS: &str = "../bindings/python/python/verijot/errors.py";
pub(super) const PACKAGE: &str = "../bindings/python/python/verijot/__init__.py";

/// Has no exception in Python: httpx raises its own `UnsupportedProtocol`.
pub(super) const LACKS: [&str; 1] = ["UnsafeUrl"];

/// They carry more than a code and a text, so `errors.py` has them after the others.
const BY_HAND: [&str; 2] = ["InvalidSettings", "RefreshUnavailable"];

/// `errors.py` with all classes that have no members of their own.
pub(super) fn errors(text: &str) -> String {
    let mut classes = String::new();
    for kind in [Kind::Verification, Kind::Setup, Kind::AccessToken] {
        for class in Class::below(kind) {
            if BY_HAND.contains(&class.name) {
                let (name, code) = (class.name, class.code().expect("one code").code);
                let own = text.split_once(&format!("\nclass {name}Error({})", parent(&class)));
                let (_, own) = own.unwrap_or_else(|| panic!("errors.py has no {name}Error"));
                let own = own.split("\nclass ").next().unwrap_or_default();
                assert!(own.contains(&format!("= \"{code}\"")), "{name}Error is not {code}");
            } else if !LACKS.contains(&class.name) {
                add(&class, &mut classes);
            }
        }
    }
    let begin = format!("# From here on written by {COMMAND}\n# from core/src/codes.rs.\n");
    between(text, &begin, "# Until here.\n", &(classes + "\n\n"))
}

fn add(class: &Class, text: &mut String) {
    let (parent, codes) = (parent(class), &class.codes);
    let sentence = match &codes[..] {
        [] => class.sentence.to_owned(),
        [code] => format!("`{}`: {}", code.code, class.sentence),
        _ => format!("{} `code` says why.", class.sentence),
    };
    let doc = format!("    \"\"\"{sentence}\"\"\"\n");
    assert!(doc.chars().count() <= 101, "too long a sentence: {sentence}");
    write!(text, "\n\nclass {}Error({parent}):\n{doc}", class.name).expect("a string takes text");
    let status = class.code().and_then(|code| code.status).or_else(|| group_status(class));
    let status = status.filter(|status| *status != 401);
    let code = codes.first().map(|code| format!("    code = \"{}\"\n", code.code));
    // Missing members are inherited.
    let inherited = class.parent.map(Class::of).and_then(|above| group_status(&above));
    let status = status.filter(|status| inherited != Some(*status));
    let status = status.map(|status| format!("    http_status = {status}\n"));
    let members = format!("{}{}", code.unwrap_or_default(), status.unwrap_or_default());
    if !members.is_empty() {
        write!(text, "\n{members}").expect("a string takes text");
    }
}

/// The status that all codes of a class have.
fn group_status(class: &Class) -> Option<u16> {
    let below = Class::all().into_iter().filter(|other| other.parent == Some(class.name));
    let statuses: BTreeSet<_> =
        below.map(|other| other.code().and_then(|code| code.status)).collect();
    match statuses.into_iter().collect::<Vec<_>>()[..] {
        [status] => status,
        _ => None,
    }
}

fn parent(class: &Class) -> String {
    format!("{}Error", class.parent.expect("not above all others"))
}

/// `__init__.py` with the names of all classes of `errors.py`, in its import and in `__all__`.
pub(super) fn package(text: &str, errors: &str) -> String {
    let names: BTreeSet<&str> = errors.lines().filter_map(defined).collect();
    // In ruff's order, which ignores case here.
    let mut imported: Vec<&str> = names.iter().copied().collect();
    imported.sort_by_key(|name| name.to_lowercase());
    let imported: String = imported.iter().map(|name| format!("    {name},\n")).collect();
    let text = between(text, "from verijot.errors import (\n", ")\n", &imported);
    let (_, all) = text.split_once(ALL).expect("__init__.py has __all__");
    let (all, _) = all.split_once("]\n").expect("__all__ has an end");
    let mut exported: Vec<&str> =
        all.lines().map(|line| line.trim_matches([' ', ',', '"'])).collect();
    exported.retain(|name| !name.ends_with("Error"));
    exported.extend(names);
    // In ruff's order: constants, classes, functions.
    exported.sort_by_key(|name| {
        let is_constant = name.len() > 1 && name.to_uppercase() == *name;
        let is_class = name.starts_with(|first: char| first.is_uppercase());
        (!is_constant, !is_class, *name)
    });
    let exported: String = exported.iter().map(|name| format!("    \"{name}\",\n")).collect();
    between(&text, ALL, "]\n", &exported)
}

/// The error that a line defines, as a class or as an alias.
fn defined(line: &str) -> Option<&str> {
    let name = match line.strip_prefix("class ") {
        Some(rest) => rest.split(['(', ':']).next()?,
        None => line.split_once(" = ")?.0,
    };
    (name.ends_with("Error") && !name.starts_with(' ')).then_some(name)
}

const ALL: &str = "__all__ = [\n";
