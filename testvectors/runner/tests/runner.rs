//! The runner detects failures: wrong expectations fail, cases with unknown members fail, and
//! nothing is skipped silently.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use verijot::crypto::ring::PROVIDER;
use verijot_testvectors::{Cases, Summary, run_folder};

/// A valid case: RFC 7515 §A.3.
fn case(id: &str) -> Value {
    json!({
        "id": id, "title": "t", "why": "w", "refs": [],
        "jwks": {"keys": [{"kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
            {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}]},
        "token": "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        "policy": {"issuers": ["joe"], "audiences": null},
        "now": "1300819000",
        "expect": {"valid": {"alg": "ES256", "kid": null}}
    })
}

fn run(test: &str, cases: &[Value]) -> Summary {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).unwrap();
    let file = json!({"schema": "verijot-testvectors-v1", "category": "c", "cases": cases});
    fs::write(folder.join("c.json"), file.to_string()).unwrap();
    fs::write(folder.join("schema.json"), "{}").unwrap();
    run_folder(&folder, PROVIDER).unwrap()
}

#[test]
fn correct_expectations_pass() {
    let mut skipping = case("b");
    skipping["requires"] = json!(["ES512"]);
    let mut listing = case("c");
    listing["skipped_keys"] = json!([{"index": 1, "reason": "unsupported_curve"}]);
    let mut refused = case("d");
    refused["now"] = json!("1400000000");
    refused["expect"] = json!({"error": "expired", "claim": "exp"});
    let summary = run("holds", &[case("a"), skipping, listing, refused]);
    assert_eq!(summary.total().to_string(), "3 ran, 3 passed, 0 failed, 1 skipped");
}

#[test]
fn wrong_expectations_fail_with_their_ids() {
    let changes: [(&str, Value); 11] = [
        ("/expect", json!({"error": "expired"})),
        ("/expect", json!({"error": "any"})),
        ("/expect/valid", json!({"alg": "ES384"})),
        ("/expect/valid", json!({"kid": "x"})),
        ("/expect/valid", json!({"payload": "x"})),
        ("/expect/valid", json!({"payload_base64url": "x"})),
        ("/expect/valid", json!({"unknown": 1})),
        ("/policy/issuers", json!(["jo"])),
        ("/policy", json!({"unknown": 1})),
        ("/now", json!("soon")),
        ("/jwks", json!(null)),
    ];
    let mut cases = Vec::new();
    for (index, (pointer, value)) in changes.iter().enumerate() {
        let mut changed = case(&format!("case-{index}"));
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        cases.push(changed);
    }
    let mut unknown = case("unknown-member");
    unknown["surprise"] = json!(1);
    let mut two_tokens = case("two-tokens");
    two_tokens["token_hex"] = json!("00");
    let mut other_keys = case("other-skipped-keys");
    other_keys["skipped_keys"] = json!([]);
    cases.extend([unknown, two_tokens, other_keys]);
    let count = cases.len();
    let summary = run("fails", &cases);
    assert_eq!(summary.total().failed, count, "{:?}", summary.failures());
    assert!(summary.failures()[0].to_string().starts_with("case-0: expected expired, got valid"));
}

#[test]
fn a_folder_without_cases_is_an_error() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("empty");
    fs::create_dir_all(&folder).unwrap();
    assert!(run_folder(&folder, PROVIDER).is_err());
    assert!(run_folder(&folder.join("missing"), PROVIDER).is_err());
    fs::write(folder.join("a.json"), "{\"schema\": \"other\", \"category\": \"c\", \"cases\": []}")
        .unwrap();
    let error = run_folder(&folder, PROVIDER).unwrap_err();
    assert!(error.to_string().contains("verijot-testvectors-v1"), "{error}");
}

#[test]
fn files_of_the_first_version_get_no_twins() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/version-1"));
    let summary = run_folder(&folder, PROVIDER).unwrap();
    assert_eq!(summary.total().to_string(), "3 ran, 3 passed, 0 failed, 0 skipped");
    let with_sets =
        r#"{"schema":"verijot-testvectors-v1","category":"c","key_sets":{},"cases":[]}"#;
    assert!(Cases::read(with_sets).is_err());
}

/// A file of the second version, with a key set named `pair`.
fn second(cases: &[Value]) -> String {
    let sets = json!({ "pair": case("a")["jwks"] });
    let file = json!({
        "schema": "verijot-testvectors-v2", "category": "c", "key_sets": sets, "cases": cases,
    });
    file.to_string()
}

/// The usual case, with the key set's name.
fn naming(id: &str) -> Value {
    let mut naming = case(id);
    naming["jwks"] = json!("pair");
    naming
}

#[test]
fn key_sets_have_names_and_valid_cases_have_twins() {
    let mut refused = naming("b");
    refused["now"] = json!("1400000000");
    refused["expect"] = json!({"error": "expired"});
    let text = second(&[naming("a"), refused, case("c")]);
    let mut summary = Summary::default();
    summary.run_file(&text, PROVIDER, &mut ()).unwrap();
    assert_eq!(summary.total().to_string(), "5 ran, 5 passed, 0 failed, 0 skipped");
    let cases = Cases::read(&text).unwrap().cases;
    let cases = cases.iter().map(|case| serde_json::from_str(case).unwrap());
    let cases = cases.collect::<Vec<Value>>();
    let ids = cases.iter().map(|case| case["id"].as_str().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), ["a", "a-flipped", "b", "c", "c-flipped"]);
    assert_eq!(cases[0], case("a"));
    let mut twin = case("a-flipped");
    twin["token"] = json!(twin["token"].as_str().unwrap().replace(".DtEh", ".CtEh"));
    twin["expect"] = json!({"error": "invalid_signature"});
    assert_eq!(cases[1], twin);
}

#[test]
fn the_signature_of_every_kind_of_token_is_flipped() {
    let kinds = [
        (json!({"token": "a.b.A_"}), json!({"token": "a.b.B_"})),
        (json!({"authorization": "Bearer a.b._A "}), json!({"authorization": "Bearer a.b.-A "})),
        (
            json!({"token_repeat": {"prefix": "a.", "unit": "b", "times": 2, "suffix": "b.9"}}),
            json!({"token_repeat": {"prefix": "a.", "unit": "b", "times": 2, "suffix": "b.8"}}),
        ),
    ];
    for (written, flipped) in kinds {
        let with = |token: Value| {
            let mut case = naming("a");
            case.as_object_mut().unwrap().remove("token");
            case.as_object_mut().unwrap().extend(token.as_object().unwrap().clone());
            case
        };
        let cases = Cases::read(&second(&[with(written)])).unwrap().cases;
        let twin = serde_json::from_str::<Value>(&cases[1]).unwrap();
        for (name, value) in flipped.as_object().unwrap() {
            assert_eq!(twin[name], *value);
        }
    }
}

#[test]
fn a_file_with_an_incomplete_case_is_an_error() {
    let changes = [
        ("jwks", json!("another"), "there is no key set \"another\""),
        ("token", json!("a.b."), "a: no signature"),
        ("token", json!("ab"), "a: no signature"),
        ("token", json!("a.b.="), "a: no signature"),
        ("token", json!(null), "a: no signature"),
    ];
    for (name, value, told) in changes {
        let mut changed = naming("a");
        changed[name] = value;
        let error = Summary::default().run_file(&second(&[changed]), PROVIDER, &mut ());
        assert!(error.clone().unwrap_err().starts_with(told), "{error:?}");
    }
    let missing = r#"{"schema":"verijot-testvectors-v2","category":"c","cases":[]}"#;
    assert_eq!(Cases::read(missing).unwrap_err(), "key_sets is missing");
}

#[test]
fn a_duplicate_member_fails_its_case() {
    let text = second(&[naming("a")]).replace(r#""now":"#, r#""now":"0","now":"#);
    let mut summary = Summary::default();
    summary.run_file(&text, PROVIDER, &mut ()).unwrap();
    assert_eq!(summary.total().failed, 1, "{:?}", summary.failures());
}
