//! The error classes of JavaScript.

use std::fmt::Write as _;

use verijot::codes::{Code, Kind};

use super::{COMMAND, Class};
use crate::File;

/// No settings are read there.
pub(super) const LACKS: [&str; 1] = ["InvalidSettings"];

/// The kinds with their tables of classes by code.
const KINDS: [(Kind, &str); 3] = [
    (Kind::Verification, "VERIFICATION"),
    (Kind::Setup, "SETUP"),
    (Kind::AccessToken, "ACCESS_TOKEN"),
];

pub(super) fn classes() -> File {
    let mut text = format!(
        "// Written by {COMMAND}\n// from core/src/codes.rs; do not edit.\n\
         import {{ AccessTokenError, name, SetupError, VerificationError }} from \"./base.js\";\n"
    );
    for (kind, _) in KINDS {
        for class in Class::below(kind) {
            if LACKS.contains(&class.name) {
                continue;
            }
            let (name, parent) = (class.name, class.parent.expect("not above all others"));
            let doc = doc(&class);
            write!(text, "\n{doc}export class {name}Error extends {parent}Error {{}}\n")
                .expect("a string takes text");
        }
    }
    // As members of an object the names outlive a minifier.
    text.push_str("\nname({\n");
    for (kind, _) in KINDS {
        for class in Class::below(kind) {
            if !LACKS.contains(&class.name) {
                writeln!(text, "  {}Error,", class.name).expect("a string");
            }
        }
    }
    text.push_str("});\n");
    File { name: "../bindings/javascript/src/errors/classes.ts".into(), text }
}

/// In a file of their own, because users get every class and no table.
pub(super) fn tables() -> File {
    let mut text = format!(
        "// Written by {COMMAND}\n// from core/src/codes.rs; do not edit.\n\
         import type {{ AccessTokenError, SetupError, VerificationError }} from \"./base.js\";\n\
         import * as classes from \"./classes.js\";\n"
    );
    for (kind, table) in KINDS {
        write!(
            text,
            "\nexport const {table}: ReadonlyMap<string, typeof {}Error> = new Map([\n",
            root(kind)
        )
        .expect("a string takes text");
        for class in Class::below(kind) {
            if LACKS.contains(&class.name) {
                continue;
            }
            for Code { code, .. } in &class.codes {
                writeln!(text, "  [\"{code}\", classes.{}Error],", class.name).expect("a string");
            }
        }
        text.push_str("]);\n");
    }
    File { name: "../bindings/javascript/src/errors/tables.ts".into(), text }
}

const fn root(kind: Kind) -> &'static str {
    match kind {
        Kind::Setup => "Setup",
        Kind::AccessToken => "AccessToken",
        _ => "Verification",
    }
}

fn doc(class: &Class) -> String {
    let sentence = match &class.codes[..] {
        [] => class.sentence.to_owned(),
        [code] => format!("`{}`: {}", code.code, class.sentence),
        _ => format!("{} `code` says why.", class.sentence),
    };
    format!("/** {sentence} */\n")
}
