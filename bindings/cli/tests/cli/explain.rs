//! `verijot explain`.

use serde_json::json;

use crate::program::{command, file, finish, run, words};
use crate::published::*;

#[test]
fn an_accepted_token_shows_every_check_and_the_verdict() {
    let set = file("explain-accepted", "set.json", SET);
    let line = "explain --jwks {} --issuer joe --any-audience --now 1300819000 {}";
    let run = run(line, &[&set, &TOKEN]);
    run.ends_with(0)
        .is_quiet()
        .prints("passed   signature\n")
        .prints("passed   expiry           2011-03-22 18:43:00 UTC (in 6 minutes)\n")
        .prints("passed   audience         waived\n");
    assert!(run.stdout.ends_with("\naccepted\n"), "{run:?}");
    assert!(!run.stdout.contains("failed") && !run.stdout.contains("not made"), "{run:?}");
}

#[test]
fn a_rejected_token_shows_the_failed_check_and_those_not_made() {
    let set = file("explain-rejected", "set.json", SET);
    let line = "explain --jwks {} --issuer joe --any-audience --now 1400000000 {}";
    let run = run(line, &[&set, &TOKEN]);
    run.ends_with(1).is_quiet().prints("\nfailed   expiry           expired: exp was 2011-03-22");
    run.prints("\nnot made audience\n").prints("\nrejected: expired: exp was 2011-03-22 18:43:00");
}

#[test]
fn json_output_is_one_object_on_standard_output() {
    let set = file("explain-json", "set.json", SET);
    let line = "explain --json --jwks {} --issuer joe --any-audience --now 1300819000 {}";
    let accepted = run(line, &[&set, &TOKEN]);
    accepted.ends_with(0).is_quiet();
    let accepted = accepted.json();
    assert_eq!(accepted["accepted"], true);
    assert_eq!(accepted["now"], "1300819000");
    assert_eq!(accepted["algorithm"], "ES256");
    assert_eq!(accepted["error"], json!(null));
    assert_eq!(accepted["checks"][0]["check"], "structure");
    assert_eq!(accepted["checks"][0]["outcome"], "passed");

    let line = "explain --json --jwks {} --issuer joe --any-audience --now 1400000000 {}";
    let rejected = run(line, &[&set, &TOKEN]);
    rejected.ends_with(1).is_quiet();
    let rejected = rejected.json();
    assert_eq!(rejected["accepted"], false);
    assert_eq!(rejected["error"]["code"], "expired");
    assert_eq!(rejected["error"]["http_status"], 401);
    let checks = rejected["checks"].as_array().unwrap();
    let outcome = |name| &checks.iter().find(|check| check["check"] == name).unwrap()["outcome"];
    assert_eq!(outcome("signature"), "passed");
    assert_eq!(outcome("expiry"), "failed");
    assert_eq!(outcome("issuer"), "not_made");
}

#[test]
fn only_terminals_get_colours_and_marks() {
    let set = file("explain-colours", "set.json", SET);
    let line = "explain --jwks {} --any-issuer --any-audience --now 1400000000 {}";
    let arguments = words(line, &[&set, &TOKEN]);
    let coloured = finish(command().args(&arguments).env("CLICOLOR_FORCE", "1"), b"");
    coloured.ends_with(1).prints("\u{1b}[32m✓\u{1b}[0m structure").prints("✗").prints("·");
    let plain = finish(command().args(&arguments), b"");
    let refused =
        finish(command().args(&arguments).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"), b"");
    for run in [plain, refused] {
        assert!(run.ends_with(1).stdout.is_ascii() && !run.stdout.contains('\u{1b}'), "{run:?}");
    }
}

#[test]
fn undecided_runs_end_as_for_verify() {
    let line = "explain --json --jwks {} --any-issuer --any-audience {}";
    let run = run(line, &[&"/nowhere", &TOKEN]);
    assert_eq!(run.ends_with(2).json_error()["code"], "unreadable_file");
    assert_eq!(run.stdout, "");
}
