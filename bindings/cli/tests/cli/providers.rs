//! `--provider` and `verijot providers`.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::program::{file, run};

/// A case of the vectors by its id: the key set and the token.
fn vector(id: &str) -> (PathBuf, String) {
    let vectors = include_str!("../../../../testvectors/providers.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let mut cases = vectors["cases"].as_array().unwrap().iter();
    let case = cases.find(|case| case["id"] == id).unwrap();
    let set = match &case["jwks"] {
        Value::String(name) => vectors["key_sets"][name].clone(),
        Value::Null => serde_json::from_str(case["jwks_text"].as_str().unwrap()).unwrap(),
        set => set.clone(),
    };
    let set = file("providers", &format!("{id}.json"), set.to_string());
    (set, case["token"].as_str().unwrap().to_owned())
}

const TIME: &str = "--now 1700000000";

#[test]
fn a_provider_says_what_is_checked() {
    let (set, token) = vector("provider-cognito");
    let line = format!(
        "verify --provider cognito:eu-west-1_AbCdEf123 --client-id web {TIME} --jwks {{}} {token}"
    );
    run(&line, &[&set]).ends_with(0);
    let line = line.replace("--client-id web", "--audience other");
    run(&line, &[&set]).ends_with(1).complains("wrong_claim");
    let line = line.replace("verify", "explain");
    run(&line, &[&set]).ends_with(1).prints("rejected");
}

#[test]
fn a_provider_of_id_tokens_is_a_profile() {
    let (set, token) = vector("provider-apple");
    let line = format!(
        "verify --provider apple --client-id com.example.notes --nonce n {TIME} --jwks {{}} {token}"
    );
    run(&line, &[&set]).ends_with(0);
    run(&line.replace("--nonce n", "--nonce m"), &[&set]).ends_with(1);
    run(&line.replace("--nonce n", ""), &[&set]).ends_with(2);
}

#[test]
fn keys_are_read_as_the_provider_publishes_them() {
    let (set, token) = vector("provider-firebase-session");
    let options = json!({ "firebase_tenants": ["tenant-1"] });
    let line = format!(
        "verify --provider firebase-session:acme-app --provider-options {options} {TIME} --jwks {{}} {token}"
    );
    run(&line, &[&set]).ends_with(0);
    let (set, token) = vector("provider-spiffe");
    let line = format!(
        "verify --provider spiffe:prod.example.com --audience notes {TIME} --jwks {{}} {token}"
    );
    run(&line, &[&set]).ends_with(0);
}

#[test]
fn what_a_policy_cannot_check_is_refused() {
    let (set, token) = vector("provider-cognito");
    let line = format!(
        "verify --provider cognito:eu-west-1_AbCdEf123 --client-id web {TIME} --jwks {{}} {token}"
    );
    for options in [
        "--nonce n",
        "--without-nonce",
        "--any-nonce",
        "--max-authentication-age 60",
        "--acr phr",
        "--expectations /nowhere",
    ] {
        run(&format!("{line} {options}"), &[&set]).ends_with(2).complains("leave out --nonce");
    }
    for options in ["--trusted-audience other", "--authorized-party other"] {
        run(&format!("{line} {options}"), &[&set]).ends_with(2).complains("cannot be combined");
    }
}

#[test]
fn options_of_a_provider_are_read_strictly() {
    let (set, token) = vector("provider-cognito");
    let line = format!(
        "verify --provider cognito:eu-west-1_AbCdEf123 --provider-options {{}} {TIME} --jwks {{}} {token}"
    );
    run(&line, &[&r#"{"client_ids":["web"]}"#, &set]).ends_with(0);
    let twice = r#"{"client_ids":["other"],"client_ids":["web"]}"#;
    run(&line, &[&twice, &set]).ends_with(2).complains("twice");
    let line = format!("{line} --client-id web");
    run(&line, &[&"{ }", &set]).ends_with(0);
    run(&line, &[&r#" {"policy":{"leeway":"5"}}"#, &set]).ends_with(0);
    run(&line, &[&r#"{"client_ids":["web"]}"#, &set]).ends_with(2).complains("too");
    run(&line, &[&"[]", &set]).ends_with(2).complains("not a JSON object");
    let others = "--issuer a --any-audience --provider-options {}";
    let line = format!("verify {others} --jwks {{}} {token}");
    run(&line, &[&"{}", &set]).ends_with(2).complains("needs --provider");
}

#[test]
fn what_is_missing_is_said() {
    run("verify --provider clerk:clerk.example.com --jwks f t", &[])
        .ends_with(2)
        .complains("parties");
    run("verify --provider okta-org:a.okta.com --jwks f t", &[])
        .ends_with(2)
        .complains("custom authorization server");
    run("verify --provider alb:eu-west-1 --jwks f t", &[]).ends_with(2);
    run("verify --provider google --issuer x --jwks f t", &[]).ends_with(2);
}

#[test]
fn providers_are_listed() {
    run("providers", &[]).ends_with(0).prints("github-actions");
    run("providers github-actions", &[]).ends_with(0).prints("repository_ids");
    run("providers github-actions --json", &[]).ends_with(0).prints("must_be_named");
    run("providers nobody", &[]).ends_with(2);
}
