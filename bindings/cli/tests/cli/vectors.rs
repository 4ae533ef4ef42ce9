//! `verijot vectors`.

use std::path::Path;

use serde_json::{Value, json};

use crate::program::{file, run};
use crate::published::*;

#[test]
fn the_repositorys_vectors_pass_with_every_provider() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testvectors");
    let mut providers = Vec::new();
    if cfg!(feature = "ring") {
        providers.push("ring");
    }
    if cfg!(feature = "aws-lc-rs") {
        providers.push("aws-lc-rs");
    }
    for provider in providers {
        let run = run("vectors --crypto {} {}", &[&provider, &folder]);
        run.ends_with(0).is_quiet().prints(" 0 failed, ");
    }
}

fn case(id: &str, now: &str, expect: &Value) -> Value {
    json!({
        "id": id, "title": "title", "token": TOKEN, "now": now, "expect": expect,
        "jwks": serde_json::from_str::<Value>(SET).unwrap(),
        "policy": {"issuers": null, "audiences": null},
    })
}

fn folder(test: &str, cases: &Value) -> std::path::PathBuf {
    let content = json!({"schema": "verijot-testvectors-v1", "category": "sample", "cases": cases});
    let path = file(test, "sample.json", content.to_string());
    path.parent().unwrap().to_owned()
}

#[test]
fn each_failure_has_a_line_and_the_totals_come_last() {
    let cases = json!([
        case("right", "1300819000", &json!({"valid": {"alg": "ES256"}})),
        case("wrongly-expected-error", "1300819000", &json!({"error": "expired"})),
        case("wrongly-expected-valid", "1400000000", &json!({"valid": {}})),
        case("wrong-payload", "1300819000", &json!({"valid": {"payload": "two\nlines"}})),
    ]);
    let folder = folder("vectors-failures", &cases);
    let told = run("vectors {}", &[&folder]);
    told.ends_with(1).is_quiet();
    let lines = told.stdout.lines().collect::<Vec<_>>();
    assert_eq!(lines.len(), 5, "{told:?}");
    assert_eq!(lines[0], "sample  4 ran, 1 passed, 3 failed, 0 skipped");
    assert_eq!(lines[1], "FAILED wrongly-expected-error: expected expired, got valid");
    assert_eq!(lines[2], "FAILED wrongly-expected-valid: expected valid, got expired (exp)");
    assert!(lines[3].starts_with("FAILED wrong-payload: expected payload two\\nlines, got"));
    assert_eq!(lines[4], "4 ran, 1 passed, 3 failed, 0 skipped");

    let report = run("vectors --json {}", &[&folder]);
    let report = report.ends_with(1).json();
    assert_eq!(report["ran"], 4);
    assert_eq!(report["categories"]["sample"]["failed"], 3);
    assert_eq!(report["failures"][0]["id"], "wrongly-expected-error");
    assert_eq!(report["failures"][0]["expected"], "expired");
    assert_eq!(report["failures"][0]["got"], "valid");
}

#[test]
fn unsupported_cases_are_skipped() {
    let mut lacking = case("lacking", "0", &json!({"valid": {}}));
    lacking["requires"] = json!(["unheard-of"]);
    let folder = folder("vectors-skipped", &json!([lacking]));
    run("vectors {}", &[&folder]).ends_with(0).prints("\n0 ran, 0 passed, 0 failed, 1 skipped\n");
}

#[test]
fn an_unreadable_folder_or_another_format_cannot_be_run() {
    run("vectors /nowhere", &[]).ends_with(2).complains("unreadable_folder: DIR: ");
    let other = file("vectors-format", "other.json", r#"{"schema": "v9", "cases": []}"#);
    let folder_of_other = other.parent().unwrap();
    run("vectors {}", &[&folder_of_other]).ends_with(2).complains("unusable_vectors: ");
    let empty = folder("vectors-empty", &json!([]));
    let error = run("vectors --json {}", &[&empty]);
    assert_eq!(error.ends_with(2).json_error()["code"], "unusable_vectors");
}

#[test]
fn an_unknown_member_is_an_error() {
    let mut unknown = case("unknown-member", "1300819000", &json!({"valid": {}}));
    unknown["surprise"] = json!(true);
    let folder = folder("vectors-unknown", &json!([unknown]));
    let run = run("vectors {}", &[&folder]);
    assert_ne!(run.code, 0);
    assert!(run.stdout.contains("surprise") || run.stderr.contains("surprise"), "{run:?}");
}
