//! `--policy`, and the environment variables for it.

use crate::program::{command, file, finish, run, run_with_input, words};
use crate::published::*;

const POLICY: &str = r#"{"issuers": ["joe"], "audiences": null, "algorithms": ["ES256"]}"#;

#[test]
fn a_policy_replaces_all_options() {
    let set = file("policy", "set.json", SET);
    let policy = file("policy", "policy.json", POLICY);
    for line in ["verify", "explain"] {
        let line = format!("{line} --jwks {{}} --policy {{}} --now 1300819000 {{}}");
        run(&line, &[&set, &policy, &TOKEN]).ends_with(0);
        run_with_input(&line, &[&set, &"-", &TOKEN], POLICY.as_bytes()).ends_with(0);
        let other = file("policy", "other.json", POLICY.replace("joe", "eve"));
        run(&line, &[&set, &other, &TOKEN]).ends_with(1);
        let line = line.replace("--policy", "--policy-json");
        run(&line, &[&set, &POLICY, &TOKEN]).ends_with(0);
    }
    let pem = file("policy", "key.pem", PEM);
    let line = "verify --key {} --policy {} --now 1300819000 {}";
    run(line, &[&pem, &policy, &TOKEN]).ends_with(0);
    let unnamed = file("policy", "unnamed.json", r#"{"issuers":null,"audiences":null}"#);
    run(line, &[&pem, &unnamed, &TOKEN]).ends_with(2).complains("missing: --algorithm <A>, or");
}

#[test]
fn the_example_of_the_readme_is_a_policy() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policy.json");
    let set = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/jwks.json");
    let token = concat!("@", env!("CARGO_MANIFEST_DIR"), "/examples/token.jwt");
    run("verify --jwks {} --policy {} {}", &[&set, &example, &token]).ends_with(0);
    let guide = include_str!("../../../../core/guide/policy.md");
    assert!(guide.contains(include_str!("../../examples/policy.json")), "the guide shows another");
}

#[test]
fn a_policy_has_limits_for_a_set() {
    let set = file("policy-set", "set.json", SET);
    let small = r#"{"issuers":null,"audiences":null,"limits":{"jwks_octets":10}}"#;
    let line = "verify --jwks {} --policy-json {} {}";
    run(line, &[&set, &small, &TOKEN]).ends_with(2).complains("jwks_too_large: --jwks: ");
}

#[test]
fn an_invalid_policy_is_reported_with_its_member() {
    let set = file("policy-sense", "set.json", SET);
    let line = "verify --jwks {} --policy {} {}";
    for (document, words) in [
        (r#"{"issuer": ["joe"]}"#, "invalid_policy: --policy: issuer: unknown member; expected"),
        (
            r#"{"issuers":null,"audiences":null,"leeway":30}"#,
            "invalid_policy: --policy: leeway: must be a decimal number of seconds",
        ),
        (
            r#"{"issuers":[" "],"audiences":null}"#,
            "--policy: issuers: the list is empty or contains a blank name",
        ),
        ("{", "invalid_policy: --policy: not valid JSON"),
    ] {
        let policy = file("policy-sense", "policy.json", document);
        run(line, &[&set, &policy, &TOKEN]).ends_with(2).complains(words);
    }
    run(line, &[&set, &"/nowhere", &TOKEN]).ends_with(2).complains("unreadable_file: --policy: ");
    run(line, &[&"-", &"-", &TOKEN]).ends_with(2).complains("- is given twice");
}

#[test]
fn a_policy_cannot_be_combined_with_options() {
    let set = file("policy-beside", "set.json", SET);
    let policy = file("policy-beside", "policy.json", POLICY);
    for option in [
        "--issuer joe",
        "--any-issuer",
        "--any-audience",
        "--algorithm ES256",
        "--leeway 30",
        "--allow-missing-expiry",
        "--require sub",
        "--max-token-octets 100",
        "--symmetric-keys",
        "--max-keys 5",
        "--policy-json x",
    ] {
        let line = format!("verify --jwks {{}} --policy {{}} {option} {{}}");
        let refused = run(&line, &[&set, &policy, &TOKEN]);
        refused.ends_with(2).complains("cannot be combined with");
    }
    let missing = run("verify --jwks {} {}", &[&set, &TOKEN]);
    missing.ends_with(2).complains("missing: ").complains("--policy <FILE>");
}

#[test]
fn the_environment_can_set_the_policy() {
    let set = file("policy-environment", "set.json", SET);
    let policy = file("policy-environment", "policy.json", POLICY);
    let line = "verify --jwks {} --now 1300819000 {}";
    let with = |name: &str, value: &str, more: &[&str]| {
        let mut command = command();
        finish(command.env(name, value).args(words(line, &[&set, &TOKEN])).args(more), b"")
    };
    with("VERIJOT_POLICY", POLICY, &[]).ends_with(0);
    with("VERIJOT_POLICY_FILE", policy.to_str().unwrap(), &[]).ends_with(0);
    let joe = ["--issuer", "joe", "--any-audience"];
    with("VERIJOT_POLICY", POLICY, &joe)
        .ends_with(2)
        .complains("set by VERIJOT_POLICY; unset it, or drop the other");
    with("VERIJOT_POLICY", POLICY, &["--policy", "x"])
        .ends_with(2)
        .complains("set by VERIJOT_POLICY; unset it");
    with("VERIJOT_POLICY", "", &[]).ends_with(2);
}
