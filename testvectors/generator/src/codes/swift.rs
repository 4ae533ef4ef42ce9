//! The codes of Swift, and the groups that stand for the exception classes of other languages.

use std::fmt::Write as _;

use verijot::codes::{CLASSES, Code, Kind, SETUP, VERIFICATION};

use super::{COMMAND, Class, camel_case};
use crate::File;

/// The groups of a code, the nearest first: the classes above its own, and its own if it has
/// subclasses.
pub(super) fn groups(code: &Code) -> Vec<&'static str> {
    let own = code.class.filter(|class| Class::of(class).has_children());
    own.into_iter().chain(code.parents()).filter(|name| *name != "Verification").collect()
}

pub(super) fn codes() -> File {
    let text = format!(
        "// Written by {COMMAND}\n// from core/src/codes.rs; do not edit.\n\n\
         extension VerificationError.Code: CaseIterable {{\n{}}}\n\n{}\n\
         extension SetupError.Code: CaseIterable {{\n{}}}\n",
        members(VERIFICATION),
        grouped(),
        members(SETUP),
    );
    File { name: "../bindings/swift/Sources/Verijot/Codes.swift".into(), text }
}

fn members(codes: &[Code]) -> String {
    let mut text = String::new();
    for Code { code, sentence, .. } in codes {
        let name = camel_case(code);
        writeln!(
            text,
            "    /// {sentence}\n    public static let {name} = Self(rawValue: \"{code}\")"
        )
        .expect("a string takes text");
    }
    text.push_str(
        "\n    /// Every code of this version.\n    public static let allCases: [Self] = [\n",
    );
    for code in codes {
        writeln!(text, "        {},", camel_case(code.code)).expect("a string takes text");
    }
    text + "    ]\n"
}

fn grouped() -> String {
    let mut text = String::from(
        "extension VerificationError.Code {\n    \
         /// What several codes have in common: in languages with exceptions, a class above theirs.\n    \
         public enum Group: String, CaseIterable, Sendable {\n",
    );
    let is_group = |class: &Class| class.has_children();
    for class in Class::below(Kind::Verification).into_iter().filter(is_group) {
        let sentence = match class.code() {
            Some(code) => format!("`{}` and what is below it.", code.code),
            None => class.sentence.to_owned(),
        };
        writeln!(text, "        /// {sentence}\n        case {}", camel_case(class.name))
            .expect("a string takes text");
    }
    text.push_str(
        "    }\n\n    /// The groups that the code is in, the nearest first.\n    \
         public var groups: [Group] {\n        switch self {\n",
    );
    for code in VERIFICATION {
        let groups: Vec<String> =
            groups(code).into_iter().map(|group| format!(".{}", camel_case(group))).collect();
        if !groups.is_empty() {
            let name = camel_case(code.code);
            writeln!(text, "        case .{name}: [{}]", groups.join(", ")).expect("a string");
        }
    }
    assert!(CLASSES.iter().any(|class| class.name == "Verification"));
    text + "        default: []\n        }\n    }\n}\n"
}
