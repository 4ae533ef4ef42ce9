//! Guides and READMEs name every member of a policy and each language's parameters for it, every
//! setting, and the right numbers of codes.

use std::collections::BTreeSet;

use serde_json::Value;
use verijot::codes::{self, Kind};
use verijot::issuer::Settings;
use verijot::provider::Provider;
use verijot_testvectors_generator::folder;

fn text(path: &str) -> String {
    std::fs::read_to_string(folder().join("..").join(path)).expect("the file is there")
}

/// The names that follow `before` at the beginning of lines.
fn names(path: &str, before: &str) -> BTreeSet<String> {
    let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let found = text(path)
        .lines()
        .filter_map(|line| line.trim().strip_prefix(before))
        .filter_map(|rest| Some(rest.split_once(|letter| !is_of_name(letter))?.0.to_owned()))
        .filter(|name| !name.is_empty())
        .collect::<BTreeSet<_>>();
    assert!(found.len() > 15, "{path}: {found:?}");
    found
}

#[test]
fn every_member_of_a_policy_has_a_row_in_the_guide_and_in_the_documentation() {
    let schema: Value =
        serde_json::from_str(&text("testvectors/policy.schema.json")).expect("JSON");
    let members = &schema["$defs"]["policy"]["properties"];
    for path in ["core/guide/policy.md", "core/src/verify/policy/document.rs"] {
        let text = text(path);
        for member in members.as_object().expect("an object").keys() {
            assert!(text.contains(&format!("| `{member}` |")), "{path}: {member}");
        }
        for limit in members["limits"]["properties"].as_object().expect("an object").keys() {
            assert!(text.contains(&format!("`{limit}`")), "{path}: {limit}");
        }
    }
}

#[test]
fn every_readme_names_the_parameters_of_a_policy() {
    let kotlin = "bindings/kotlin/verijot/src/main/kotlin/dev/verijot/Policy.kt";
    let mut missing = Vec::new();
    for (language, file, before) in [
        ("go", "bindings/go/policy.go", "func With"),
        ("javascript", "bindings/javascript/src/policy.ts", "[\""),
        ("kotlin", kotlin, "public fun "),
        ("python", "bindings/python/src/policy_options.rs", "(\""),
        ("swift", "bindings/swift/Sources/Verijot/Policy.swift", "public var "),
    ] {
        let readme = text(&format!("bindings/{language}/README.md"));
        let prefix = if language == "go" { "With" } else { "" };
        for name in names(file, before) {
            let name = format!("{prefix}{name}");
            let is_named =
                ["`", "(", "=", ":"].iter().any(|end| readme.contains(&format!("{name}{end}")));
            if !is_named {
                missing.push(format!("{language}: {name}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_design_counts_the_codes() {
    let design = text("core/guide/design.md");
    let of = |kept: &dyn Fn(&&codes::Code) -> bool| codes::all().filter(kept).collect::<Vec<_>>();
    let refused = of(&|code| code.kind == Kind::Verification);
    let status = |status| of(&|code: &&codes::Code| code.status == Some(status));
    let problems = of(&|code| code.class == Some("UnusableKey"));
    for sentence in [
        format!("lists the {} codes of a refused token", refused.len()),
        format!("| {} of `Error` | 401 |", status(401).len()),
        format!("| the {} of `KeyProblem` |", problems.len()),
    ] {
        assert!(design.contains(&sentence), "{sentence}");
    }
    for code in status(403).iter().chain(&status(503)) {
        let row = design.lines().any(|line| {
            line.contains(&format!("`{}`", code.code))
                && line.ends_with(&format!("| {} |", code.status.unwrap_or_default()))
        });
        assert!(row, "{}", code.code);
    }
}

#[test]
fn every_table_of_settings_is_complete() {
    for language in ["axum", "go", "python"] {
        let readme = text(&format!("bindings/{language}/README.md"));
        for name in Settings::NAMES {
            let row = readme
                .lines()
                .any(|line| line.starts_with("| `") && line.contains(&format!("`VERIJOT_{name}`")));
            assert!(row, "{language}: {name}");
        }
        for named in readme.split("`VERIJOT_").skip(1) {
            let (name, _) = named.split_once('`').expect("an end");
            let name = name.strip_suffix("_FILE").unwrap_or(name);
            assert!(Settings::NAMES.contains(&name), "{language}: {name}");
        }
    }
}

#[test]
fn the_guide_has_a_row_for_every_preset() {
    let guide = text("core/guide/providers.md");
    let (_, rows) = guide.split_once("<!-- presets -->").expect("the table is there");
    let (rows, _) = rows.split_once("<!-- end of presets -->").expect("it ends");
    let mut rows = rows.lines().filter(|row| row.starts_with("| `")).collect::<Vec<_>>();
    for line in Provider::all() {
        let (example, fact) = (line.example(), line.facts().expect("a source"));
        let begin = format!("| `{example}` | {} |", line.token());
        let place = rows.iter().position(|row| row.starts_with(&begin));
        let row = rows.remove(place.unwrap_or_else(|| panic!("no row begins with {begin}")));
        let read = format!("| [{}]({})", fact.read, fact.source);
        assert!(row.contains(&read), "{row}: {fact:?}");
        if line.verifier() == "none" {
            assert!(row.contains("| refused, with what to do instead |"), "{row}");
            continue;
        }
        assert!(row.contains(fact.unconfirmed), "{row}: {fact:?}");
        for (names, _) in line.demands() {
            assert!(
                names.iter().all(|name| row.contains(&format!("`{name}`"))),
                "{row}: {names:?}"
            );
        }
    }
    assert_eq!(rows, [""; 0], "rows without a preset");
}

/// Rows that a formatter of text had broken were no table any more.
#[test]
fn every_table_is_whole() {
    let root = folder().join("..");
    let mut pages = vec![root.join("README.md"), root.join("testvectors/README.md")];
    let mut folders = vec![root.join(".github"), root.join("core/guide")];
    folders.push(root.join("testvectors/scenarios"));
    let bindings = std::fs::read_dir(root.join("bindings")).expect("the folder is there");
    folders
        .extend(bindings.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir()));
    for folder in folders {
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("readable").path());
        pages.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    assert!(pages.len() > 20, "{pages:?}");
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("UTF-8");
        let (mut columns, mut is_code) = (None, false);
        for line in text.lines() {
            is_code ^= line.starts_with("```");
            if is_code || !line.starts_with('|') {
                columns = None;
                continue;
            }
            let bars = line.replace("\\|", "").matches('|').count();
            assert!(line.ends_with('|'), "{}: {line}", page.display());
            assert_eq!(*columns.get_or_insert(bars), bars, "{}: {line}", page.display());
        }
    }
}
