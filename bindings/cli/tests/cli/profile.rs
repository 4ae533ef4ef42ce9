//! `--profile`: one kind of token.

use serde_json::Value;

use crate::program::{file, run};

#[test]
fn an_id_token_is_verified_for_its_login() {
    let (set, token) = vector("id-token.json", "id-token-nonce-same");
    let set = file("profile-id-token", "set.json", &set);
    let line = "verify --jwks {} --profile id-token --issuer https://issuer.example --client-id c \
                --now 1700000000 --nonce {} {}";
    run(line, &[&set, &"n-0S6_WzA2Mj", &token]).ends_with(0).is_quiet();
    let other = run(line, &[&set, &"n-other", &token]);
    other.ends_with(1).complains("wrong_claim: claim `nonce` does not have the expected value");
    assert!(!other.stderr.contains("n-0S6"), "{other:?}");
    let line = line.replace("--nonce {}", "");
    run(&line, &[&set, &token]).ends_with(2).complains("--profile: nonce: say exactly one of");
}

#[test]
fn what_a_call_expects_can_be_a_file() {
    let (set, token) = vector("id-token.json", "id-token-nonce-same");
    let set = file("profile-expectations", "set.json", &set);
    let line = "explain --jwks {} --profile id-token --issuer https://issuer.example --client-id c \
                --now 1700000000 --expectations {} {}";
    let right = file("profile-expectations", "right.json", r#"{"nonce":"n-0S6_WzA2Mj"}"#);
    let explained = run(line, &[&set, &right, &token]);
    explained.ends_with(0).prints("\npassed   nonce\n").prints("\npassed   previous_token\n");
    let old = r#"{"any_nonce":true,"max_age":"5"}"#;
    let old = file("profile-expectations", "old.json", old);
    let explained = run(line, &[&set, &old, &token]);
    explained.ends_with(1).prints("\nfailed   authentication_time");
}

#[test]
fn every_kind_is_verified() {
    for (kind, file_name, id, options) in [
        ("logout-token", "logout-token.json", "logout-token-type-logout", "--client-id c"),
        (
            "logout-token",
            "logout-token.json",
            "logout-token-no-expiry-waived",
            "--client-id c --allow-missing-expiry",
        ),
        (
            "security-event",
            "security-event.json",
            "security-event-type-event",
            "--audience https://api.example",
        ),
        (
            "access-token",
            "access-token.json",
            "access-token-strict",
            "--audience https://api.example --max-authentication-age 2000 --acr phr",
        ),
    ] {
        let (set, token) = vector(file_name, id);
        let set = file("profile-kinds", id, &set);
        let line = format!(
            "verify --jwks {{}} --profile {kind} --issuer https://issuer.example {options} \
             --now 1700000000 {{}}"
        );
        run(&line, &[&set, &token]).ends_with(0);
    }
}

#[test]
fn the_client_of_an_access_token_is_checked() {
    let (set, token) = vector("access-token.json", "access-token-strict");
    let set = file("profile-client", "set.json", &set);
    let line = "verify --jwks {} --profile access-token --issuer https://issuer.example \
                --audience https://api.example --now 1700000000 {}";
    run(line, &[&set, &token]).ends_with(0);
    let with = |option: &str| run(&format!("{line} {option}"), &[&set, &token]);
    with("--client-id app").ends_with(0);
    with("--client-id other").ends_with(1).complains("wrong_claim: claim `client_id`");
    with("--client-id app --trusted-audience x").ends_with(2).complains("trusted_audiences: ");
    with("--client-id app --authorized-party x").ends_with(2).complains("authorized_parties: ");
}

#[test]
fn the_client_of_a_security_event_is_refused() {
    let (set, token) = vector("security-event.json", "security-event-type-event");
    let set = file("profile-event-client", "set.json", &set);
    let line = "verify --jwks {} --profile security-event --issuer https://issuer.example \
                --audience https://api.example --client-id c --now 1700000000 {}";
    run(line, &[&set, &token]).ends_with(2).complains("not --client-id");
}

#[test]
fn what_a_kind_decides_cannot_be_given() {
    let (set, token) = vector("id-token.json", "id-token-nonce-same");
    let set = file("profile-decided", "set.json", &set);
    let begin = "verify --jwks {} --profile id-token --client-id c --any-nonce";
    for (options, complaint) in [
        ("--issuer a --any-type", "--profile: types: the profile decides it"),
        ("--issuer a --issuer b", "needs exactly one --issuer"),
        ("--any-issuer", "needs exactly one --issuer"),
        ("--issuer a --audience b", "cannot be combined with"),
        ("--issuer a --nonce n", "cannot be combined with"),
    ] {
        run(&format!("{begin} {options} {{}}"), &[&set, &token]).ends_with(2).complains(complaint);
    }
    let line = "verify --jwks {} --profile id-token --issuer a --audience b --any-nonce {}";
    run(line, &[&set, &token]).ends_with(2).complains("needs --client-id");
}

/// The key set and the token of a vector.
fn vector(file: &str, id: &str) -> (String, String) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testvectors/");
    let text = std::fs::read_to_string(format!("{folder}{file}")).unwrap();
    let cases = verijot_testvectors::Cases::read(&text).unwrap().cases;
    let mut cases = cases.iter().map(|case| serde_json::from_str::<Value>(case).unwrap());
    let case = cases.find(|case| case["id"] == id).unwrap();
    (case["jwks"].to_string(), case["token"].as_str().unwrap().to_owned())
}
