//! `verijot jwks`.

use serde_json::json;

use crate::program::{file, run, run_with_input};
use crate::published::*;

const MIXED: &str = r#"{"keys": [
    {"kty": "EC", "crv": "secp256k1", "kid": "odd", "x": "AA", "y": "AA"},
    {"kty": "OKP", "crv": "Ed25519", "kid": "ed\u001b[31m", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty": "oct", "kid": "shared", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}
]}"#;

#[test]
fn a_table_shows_each_key_in_the_order_of_the_set() {
    let set = file("jwks-table", "set.json", MIXED);
    let run = run("jwks {}", &[&set]);
    run.ends_with(0).is_quiet();
    let lines = run.stdout.lines().collect::<Vec<_>>();
    assert_eq!(lines.len(), 5, "{run:?}");
    assert!(lines[0].starts_with("#  kid"));
    assert!(lines[1].starts_with("0  odd ") && lines[1].contains("  unsupported_curve: "));
    assert!(lines[2].starts_with("1  ed\\u{1b}[31m  OKP ") && lines[2].ends_with("  usable"));
    assert!(lines[2].contains("  Ed25519  EdDSA "));
    assert!(lines[3].starts_with("2  shared ") && lines[3].contains("  symmetric_key: "));
    assert_eq!(lines[4], "1 of 3 keys usable");
}

#[test]
fn a_key_that_is_in_the_set_twice_hides_no_other() {
    let set = r#"{"keys": [
        {"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "EC", "crv": "secp256k1", "kid": "odd", "x": "AA", "y": "AA"}
    ]}"#;
    let report = run_with_input("jwks --json -", &[], set.as_bytes()).ends_with(0).json();
    assert_eq!((&report["usable"], &report["skipped"]), (&json!(1), &json!(1)));
    let keys = report["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "{report}");
    assert_eq!((&keys[0]["index"], &keys[0]["kid"]), (&json!(0), &json!("a")));
    assert_eq!((&keys[1]["index"], &keys[1]["reason"]), (&json!(2), &json!("unsupported_curve")));
}

#[test]
fn json_output_has_the_same_content() {
    let run = run_with_input("jwks --json --symmetric-keys -", &[], MIXED.as_bytes());
    let report = run.ends_with(0).json();
    assert_eq!((&report["usable"], &report["skipped"]), (&json!(2), &json!(1)));
    let keys = report["keys"].as_array().unwrap();
    assert_eq!(keys[0]["reason"], "unsupported_curve");
    assert_eq!(keys[0]["usable"], false);
    assert_eq!(keys[1]["kid"], "ed\u{1b}[31m");
    assert_eq!(keys[2]["type"], "oct");
    assert_eq!(keys[2]["size"], "64 octets");
    assert_eq!(keys[2]["algorithms"], json!(["HS256", "HS384", "HS512"]));
    assert!(!run.stdout.contains("AyM1SysP"));
}

#[test]
fn every_type_has_a_size() {
    let rsa = file("jwks-sizes", "rsa.json", RSA_SET);
    run("jwks {}", &[&rsa]).ends_with(0).prints("2048 bits  RS256 RS384 RS512 PS256 PS384 PS512");
    let ec = file("jwks-sizes", "ec.json", SET);
    run("jwks {}", &[&ec]).ends_with(0).prints("-    EC    P-256  ES256       usable");
}

#[test]
fn no_usable_key_and_unreadable_have_different_exit_codes() {
    let none = file("jwks-codes", "none.json", r#"{"keys": []}"#);
    assert_eq!(run("jwks {}", &[&none]).ends_with(1).stdout, "0 of 0 keys usable\n");
    let symmetric = file("jwks-codes", "symmetric.json", HMAC_SET);
    run("jwks {}", &[&symmetric]).ends_with(1).prints("symmetric_key: ");
    let broken = file("jwks-codes", "broken.json", r#"{"keys": [}"#);
    run("jwks {}", &[&broken]).ends_with(2).complains("malformed_jwks: FILE: ");
    run("jwks /nowhere/set.json", &[]).ends_with(2).complains("unreadable_file: FILE: ");
    let large = file("jwks-codes", "large.json", vec![b' '; 300_000]);
    run("jwks {}", &[&large]).ends_with(2).complains("jwks_too_large: ");
    let larger = file("jwks-codes", "larger.json", vec![b' '; 2 << 20]);
    run("jwks {}", &[&larger]).ends_with(2).complains("file_too_large: ");
    assert_eq!(run("jwks --json {}", &[&broken]).json_error()["code"], "malformed_jwks");
}
