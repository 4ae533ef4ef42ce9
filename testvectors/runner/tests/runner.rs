//! The runner tells right from wrong: expectations that do not hold fail, cases that it does not
//! understand fail, and nothing is run in silence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use verijot::crypto::ring::PROVIDER;
use verijot_testvectors::{Summary, run_folder};

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
fn what_holds_passes() {
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
fn what_does_not_hold_fails_with_its_id() {
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
