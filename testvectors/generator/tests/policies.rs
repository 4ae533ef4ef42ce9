//! The schema of policies and the core's parser agree.

use serde_json::{Value, json};
use verijot::Policy;
use verijot_testvectors_generator::{CATEGORIES, folder};

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(folder().join("policy.schema.json")).expect("it is there");
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    jsonschema::draft202012::new(&schema).expect("the schema is one")
}

/// Waives the required members, and adds these.
fn with(members: Value) -> Value {
    let mut document = json!({ "issuers": null, "audiences": null });
    let members = members.as_object().expect("an object").clone();
    document.as_object_mut().expect("an object").extend(members);
    document
}

fn classes(claim: &str, ceilings: Value, default: Value) -> Value {
    json!({ "max_lifetime_by": { "claim": claim, "ceilings": ceilings, "default": default } })
}

/// A policy with one rule about the claim `a`.
fn rule(members: Value) -> Value {
    let mut rule = json!({ "path": ["a"] });
    let members = members.as_object().expect("an object").clone();
    rule.as_object_mut().expect("an object").extend(members);
    json!({ "rules": [rule] })
}

fn roles(path: Value, roles: Value) -> Value {
    json!({ "path": path, "roles": roles })
}

fn good() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "issuers": ["a", "b"], "audiences": ["c"] }),
        json!({ "algorithms": ["ES256", "EdDSA", "Ed25519", "HS512"] }),
        json!({ "types": null }),
        json!({ "types": ["at+jwt"] }),
        json!({ "leeway": "0" }),
        json!({ "leeway": "0.000" }),
        json!({ "leeway": "599.999999999" }),
        json!({ "leeway": "600.0" }),
        json!({ "require_exp": false, "numeric_subject": true, "future_issued_at": true }),
        json!({ "required_claims": ["sub"] }),
        json!({ "expected_claims": {} }),
        json!({ "expected_claims": { "a": [1, -0.5, null, { "": "b" }] } }),
        json!({ "issuers": ["a", { "template": "a{b}c", "claim": "d", "tenants": ["e-1"] }] }),
        json!({ "issuers": [{ "template": "a{b}c", "claim": "d", "tenants": null }] }),
        json!({ "audiences": { "one_of": ["a"] } }),
        json!({ "audiences": { "exactly": ["a", "b"] } }),
        json!({ "audiences": { "exactly": ["a"], "in_claim": "b" } }),
        json!({ "types": { "or_none": ["JWT"] } }),
        rule(json!({ "equals": [1, null, { "a": "" }] })),
        rule(json!({ "equals": null, "if_present": true })),
        rule(json!({ "one_of": ["a", 1] })),
        rule(json!({ "one_of": [false] })),
        rule(json!({ "contains_all": ["a", "b"] })),
        rule(json!({ "contains_any": ["a"] })),
        rule(json!({ "has_key": "a" })),
        rule(json!({ "boolean": false })),
        rule(json!({ "starts_with": "a:" })),
        rule(json!({ "matches_segments": "a:*/b*c" })),
        rule(json!({ "matches_segments": "::a" })),
        rule(json!({ "same_as": ["b", "c"] })),
        rule(json!({ "is": "not_empty" })),
        json!({ "rules": [{ "header": "a", "is": "absent" }, { "path": ["a"], "is": "date" }] }),
        json!({ "max_age": "0.000000001" }),
        json!({ "max_age": "3155759999.999999999", "max_lifetime": "3155760000.0" }),
        classes("a", json!({ "b": "1", "c": "0.5" }), Value::Null),
        classes("a", json!({}), json!("60")),
        json!({ "required_scopes": ["a", "b:c"] }),
        json!({ "required_roles": roles(json!(["a", "b c"]), json!(["d e"])) }),
        json!({ "required_roles": [roles(json!(["a"]), json!(["b"])), roles(json!(["a"]), json!(["c"]))] }),
        json!({ "symmetric_keys": true }),
        json!({ "limits": {} }),
        json!({ "limits": { "token_octets": 1, "jwks_octets": 2, "jwks_keys": 3 } }),
    ]
}

fn bad() -> Vec<Value> {
    vec![
        json!({ "issuer": ["a"] }),
        json!({ "revocation": "clear" }),
        json!({ "known_tenants": ["a"] }),
        json!({ "issuers": "a" }),
        json!({ "issuers": [] }),
        json!({ "issuers": [""] }),
        json!({ "issuers": ["a", 1] }),
        json!({ "audiences": ["a", " \t"] }),
        json!({ "audiences": {} }),
        json!({ "algorithms": [] }),
        json!({ "algorithms": null }),
        json!({ "algorithms": ["none"] }),
        json!({ "algorithms": ["es256"] }),
        json!({ "types": [] }),
        json!({ "types": ["\n"] }),
        json!({ "leeway": 30 }),
        json!({ "leeway": null }),
        json!({ "leeway": "" }),
        json!({ "leeway": "00" }),
        json!({ "leeway": "1e2" }),
        json!({ "leeway": "-0" }),
        json!({ "leeway": "1." }),
        json!({ "leeway": "0.0000000000" }),
        json!({ "leeway": "600.000000001" }),
        json!({ "leeway": "1000" }),
        json!({ "require_exp": 1 }),
        json!({ "require_exp": null }),
        json!({ "required_claims": [] }),
        json!({ "required_claims": [" "] }),
        json!({ "required_claims": null }),
        json!({ "expected_claims": [] }),
        json!({ "expected_claims": { " ": 1 } }),
        json!({ "issuers": [{ "template": "a", "claim": "d", "tenants": null }] }),
        json!({ "issuers": [{ "template": "{b}c", "claim": "d", "tenants": null }] }),
        json!({ "issuers": [{ "template": "a{b}", "claim": "d", "tenants": null }] }),
        json!({ "issuers": [{ "template": "a{}c", "claim": "d", "tenants": null }] }),
        json!({ "issuers": [{ "template": "a{b}{c}d", "claim": "d", "tenants": null }] }),
        json!({ "issuers": [{ "template": "a{b}c", "claim": " ", "tenants": null }] }),
        json!({ "issuers": [{ "template": "a{b}c", "claim": "d", "tenants": [] }] }),
        json!({ "issuers": [{ "template": "a{b}c", "claim": "d", "tenants": ["e.f"] }] }),
        json!({ "issuers": [{ "template": "a{b}c", "claim": "d" }] }),
        json!({ "issuers": { "template": "a{b}c", "claim": "d", "tenants": null } }),
        json!({ "audiences": { "in_claim": "a" } }),
        json!({ "audiences": { "one_of": [] } }),
        json!({ "audiences": { "exactly": [" "] } }),
        json!({ "audiences": { "one_of": null, "in_claim": "a" } }),
        json!({ "audiences": { "one_of": ["a"], "exactly": ["a"] } }),
        json!({ "audiences": { "one_of": ["a"], "in_claim": "" } }),
        json!({ "audiences": { "any_of": ["a"] } }),
        json!({ "types": { "or_none": [] } }),
        json!({ "types": { "or_none": [""] } }),
        json!({ "types": { "or_none": null } }),
        json!({ "types": {} }),
        json!({ "rules": [] }),
        json!({ "rules": null }),
        json!({ "rules": {} }),
        json!({ "rules": [{ "equals": 1 }] }),
        json!({ "rules": [{ "path": [], "equals": 1 }] }),
        json!({ "rules": [{ "path": ["a", " "], "equals": 1 }] }),
        json!({ "rules": [{ "path": "a", "equals": 1 }] }),
        json!({ "rules": [{ "header": "", "equals": 1 }] }),
        json!({ "rules": [{ "header": ["a"], "equals": 1 }] }),
        json!({ "rules": [{ "header": "a", "path": ["a"], "equals": 1 }] }),
        rule(json!({})),
        rule(json!({ "equals": " " })),
        rule(json!({ "equals": 1, "is": "date" })),
        rule(json!({ "one_of": [] })),
        rule(json!({ "one_of": ["a", ""] })),
        rule(json!({ "contains_all": [] })),
        rule(json!({ "contains_any": [1] })),
        rule(json!({ "contains_any": [""] })),
        rule(json!({ "has_key": "" })),
        rule(json!({ "boolean": "true" })),
        rule(json!({ "starts_with": "" })),
        rule(json!({ "matches_segments": "" })),
        rule(json!({ "matches_segments": "*" })),
        rule(json!({ "matches_segments": "*:*/" })),
        rule(json!({ "matches_segments": "a:**" })),
        rule(json!({ "matches_segments": "a:*b*" })),
        rule(json!({ "same_as": [] })),
        rule(json!({ "same_as": "b" })),
        rule(json!({ "is": "missing" })),
        rule(json!({ "is": "absent", "if_present": true })),
        rule(json!({ "is": "date", "if_present": false })),
        rule(json!({ "is": "date", "unless": true })),
        json!({ "max_age": "0" }),
        json!({ "max_age": "0.00" }),
        json!({ "max_age": "-5" }),
        json!({ "max_age": "3155760000.000000001" }),
        json!({ "max_lifetime": "3155760001" }),
        json!({ "max_lifetime": "10000000000" }),
        json!({ "max_lifetime": 60 }),
        classes("", json!({ "b": "1" }), Value::Null),
        classes("a", json!({ "": "1" }), Value::Null),
        classes("a", json!({ "b": "0" }), Value::Null),
        classes("a", json!({ "b": 1 }), Value::Null),
        classes("a", json!({}), Value::Null),
        classes("a", json!([]), json!("1")),
        classes("a", json!({ "b": "1" }), json!("3155760001")),
        classes("a", json!({ "b": "1" }), json!(1)),
        json!({ "max_lifetime_by": { "claim": "a", "ceilings": { "b": "1" } } }),
        json!({ "max_lifetime_by": { "claim": "a", "ceilings": {}, "default": "1", "b": 1 } }),
        json!({ "required_scopes": [] }),
        json!({ "required_scopes": ["a b"] }),
        json!({ "required_scopes": ["a\tb"] }),
        json!({ "required_scopes": [""] }),
        json!({ "required_roles": [] }),
        json!({ "required_roles": {} }),
        json!({ "required_roles": roles(json!([]), json!(["a"])) }),
        json!({ "required_roles": roles(json!([""]), json!(["a"])) }),
        json!({ "required_roles": roles(json!(["a", " "]), json!(["a"])) }),
        json!({ "required_roles": roles(json!("a"), json!(["a"])) }),
        json!({ "required_roles": roles(json!(["a"]), json!([])) }),
        json!({ "required_roles": [roles(json!(["a"]), json!([" "]))] }),
        json!({ "required_roles": { "path": ["a"], "roles": ["b"], "any": true } }),
        json!({ "symmetric_keys": "true" }),
        json!({ "limits": { "token_octets": 0 } }),
        json!({ "limits": { "token_octets": "1" } }),
        json!({ "limits": { "jwks_octets": -1 } }),
        json!({ "limits": { "jwks_keys": 1.5 } }),
        json!({ "limits": { "keys": 1 } }),
        json!({ "limits": null }),
    ]
}

#[test]
fn every_policy_that_the_parser_accepts_matches_the_schema() {
    let schema = schema();
    for members in good() {
        let document = with(members);
        let errors: Vec<String> = schema.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{document}: {errors:?}");
        let policy = Policy::from_json(document.to_string());
        let policy = policy.unwrap_or_else(|error| panic!("{document}: {error}"));
        let written: Value = serde_json::from_str(&policy.to_json()).expect("it is JSON");
        assert!(schema.is_valid(&written), "{written}");
    }
}

#[test]
fn every_policy_that_the_parser_refuses_violates_the_schema() {
    let schema = schema();
    let mut documents: Vec<Value> = bad().into_iter().map(with).collect();
    documents.extend([json!({}), json!([]), json!(null), json!({ "issuers": null })]);
    for document in documents {
        assert!(!schema.is_valid(&document), "{document}");
        assert!(Policy::from_json(document.to_string()).is_err(), "{document}");
    }
}

#[test]
fn the_vectors_policies_are_valid_or_refused() {
    let schema = schema();
    let mut contradictions = Vec::new();
    for category in &CATEGORIES {
        let path = folder().join(format!("{}.json", category.name));
        let text = std::fs::read_to_string(path).expect("the file is there");
        let mut file: Value = serde_json::from_str(&text).expect("the file is JSON");
        for case in file["cases"].as_array_mut().expect("an array") {
            if case.get("profile").is_some() {
                continue;
            }
            let makes_sense =
                case["expect"]["error"] != "invalid_policy" || case.get("alb").is_some();
            let policy = case["policy"].as_object_mut().expect("an object");
            policy.remove("revocation");
            policy.remove("known_tenants");
            let is_valid = schema.is_valid(&case["policy"]);
            if makes_sense {
                assert!(is_valid, "{}", case["id"]);
            } else if is_valid {
                contradictions.push(case["id"].as_str().expect("text").to_owned());
            }
        }
    }
    assert_eq!(contradictions, CONTRADICTIONS);
}

/// The only invalid policies whose document has the right shape: their parts contradict each other.
const CONTRADICTIONS: [&str; 14] = [
    "template-policy-twice",
    "template-policy-same-but-for-the-placeholder",
    "template-policy-shared-tenant",
    "template-policy-prefix",
    "template-policy-prefix-and-suffix",
    "template-policy-overlap",
    "rule-policy-same-as-itself",
    "rule-policy-two-values",
    "rule-policy-two-types",
    "rule-policy-value-of-another-pattern",
    "rule-policy-absent-and-there",
    "rule-policy-absent-and-required",
    "rule-policy-absent-expiry",
    "rule-policy-issuer-of-another-type",
];

#[test]
fn parser_and_schema_have_the_same_algorithms() {
    let text = std::fs::read_to_string(folder().join("policy.schema.json")).expect("it is there");
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    let names = &schema["properties"]["algorithms"]["items"]["enum"];
    let mut known = verijot::Algorithm::ALL.map(verijot::Algorithm::name).to_vec();
    // Another name of EdDSA (RFC 9864 §2.2).
    known.push("Ed25519");
    let mut names: Vec<&str> =
        names.as_array().expect("an array").iter().filter_map(Value::as_str).collect();
    known.sort_unstable();
    names.sort_unstable();
    assert_eq!(names, known);
}

/// Each member that the core's parser knows, from the error that lists them.
#[test]
fn parser_and_schema_have_the_same_members() {
    let text = std::fs::read_to_string(folder().join("policy.schema.json")).expect("it is there");
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    let policy = &schema["$defs"]["policy"]["properties"];
    for (known, document) in [
        (policy, json!({ "?": 1 })),
        (&policy["limits"]["properties"], json!({ "limits": { "?": 1 } })),
    ] {
        let mut known: Vec<&str> =
            known.as_object().expect("an object").keys().map(String::as_str).collect();
        let error = Policy::from_json(document.to_string()).unwrap_err();
        let (_, listed) = error.problem().split_once("expected one of ").expect("a list");
        let mut listed: Vec<&str> = listed.split(", ").collect();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(known, listed);
    }
}
