//! The exception classes of Kotlin.

use std::fmt::Write as _;

use verijot::codes::{Code, Kind, VERIFICATION};

use super::{COMMAND, Class};
use crate::File;

pub(super) fn verification() -> File {
    let mut text = head("");
    text.push_str(
        "\n/** The exception for a refusal, of the class of its code. */\n\
         internal fun exceptionFor(refusal: Refusal): VerificationException =\n    \
         when (refusal.code) {\n",
    );
    for Code { code, class, .. } in VERIFICATION {
        let class = class.expect("a refused token has a class");
        writeln!(text, "        \"{code}\" -> {class}Exception(refusal)").expect("a string");
    }
    text.push_str("        else -> VerificationException(refusal)\n    }\n");
    for class in Class::below(Kind::Verification) {
        let parent = class.parent.expect("not above all others");
        let open = if class.has_children() { "open " } else { "" };
        write!(
            text,
            "\n{}public {open}class {}Exception internal constructor(\n    refusal: Refusal,\n\
             ) : {parent}Exception(refusal)\n",
            doc(&class),
            class.name,
        )
        .expect("a string takes text");
    }
    File { name: format!("{FOLDER}/VerificationExceptions.kt"), text }
}

pub(super) fn setup() -> File {
    let mut text = head("import dev.verijot.ffi.Problem\n\n").trim_end().to_owned() + "\n";
    for class in Class::below(Kind::Setup) {
        let (name, parent) = (class.name, class.parent.expect("not above all others"));
        let (parameter, code, facts) = match class.code() {
            Some(code) => ("", format!("\"{}\"", code.code), "problem.message()"),
            None => ("    code: String,\n", "code".into(), "problem.code(), problem.message()"),
        };
        write!(
            text,
            "\n{}public class {name}Exception internal constructor(\n{parameter}    message: String,\n\
             ) : {parent}Exception({code}, message) {{\n    internal companion object {{\n        \
             fun of(problem: Problem) = {name}Exception({facts})\n    }}\n}}\n",
            doc(&class),
        )
        .expect("a string takes text");
    }
    File { name: format!("{FOLDER}/SetupExceptions.kt"), text }
}

fn head(imports: &str) -> String {
    format!(
        "// Written by {COMMAND}\n// from core/src/codes.rs; do not edit.\n\n\
         package dev.verijot\n\n{imports}"
    )
    .trim_end()
    .to_owned()
        + "\n"
}

fn doc(class: &Class) -> String {
    let sentence = match &class.codes[..] {
        [] => class.sentence.to_owned(),
        [code] => format!("`{}`: {}", code.code, class.sentence),
        _ => format!("{} [code] says why.", class.sentence),
    };
    let doc = format!("/** {sentence} */\n");
    assert!(doc.chars().count() <= 121, "too long a sentence: {sentence}");
    doc
}

const FOLDER: &str = "../bindings/kotlin/verijot/src/main/kotlin/dev/verijot";
