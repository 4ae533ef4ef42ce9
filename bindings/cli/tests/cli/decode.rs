//! `verijot decode`.

use serde_json::json;

use crate::program::{at, file, run, run_with_input};
use crate::published::*;

const WARNING: &str = "warning: nothing was verified";

#[test]
fn header_and_claims_are_shown_with_dates_in_words_and_a_warning() {
    let run = run("decode {}", &[&TOKEN]);
    run.ends_with(0)
        .prints("header\n{\n  \"alg\": \"ES256\"\n}\n")
        .prints("  \"http://example.com/is_root\": true\n}\n")
        .prints("dates\nexp        2011-03-22 18:43:00 UTC (")
        .prints("signature\n64 octets, not verified\n");
    assert_eq!(run.stderr.lines().count(), 1);
    run.complains(WARNING);
}

#[test]
fn a_token_comes_from_a_file_or_standard_input() {
    let path = file("decode-sources", "token", format!("{TOKEN}\n"));
    run("decode {}", &[&at(&path)]).ends_with(0);
    run_with_input("decode -", &[], TOKEN.as_bytes()).ends_with(0);
}

#[test]
fn json_output_changes_nothing() {
    let claims = r#"{"b":1.0,"a":1e400,"iat":1700000000.5,"nbf":"soon","exp":17e8,"auth_time":0}"#;
    let run = run("decode --json {}", &[&unsigned(r#"{"alg":"none","alg":"x"}"#, claims)]);
    run.ends_with(0).complains(WARNING).prints(claims).prints(r#"{"alg":"none","alg":"x"}"#);
    let run = super::program::run("decode --json {}", &[&TOKEN]).json();
    assert_eq!(run["verified"], false);
    assert_eq!(run["header"], json!({"alg": "ES256"}));
    assert_eq!(run["claims"]["iss"], "joe");
    assert_eq!(run["signature_octets"], 64);
    assert!(run["dates"]["exp"].as_str().unwrap().starts_with("2011-03-22 18:43:00 UTC ("));
}

#[test]
fn every_form_of_a_date_is_shown() {
    let claims = r#"{"iat":1700000000.5,"nbf":"soon","exp":17e8,"auth_time":1e300}"#;
    run("decode {}", &[&unsigned("{}", claims)])
        .ends_with(0)
        .prints("iat        2023-11-14 22:13:20 UTC (")
        .prints("nbf        not a date")
        .prints("exp        2023-11-14 22:13:20 UTC (")
        .prints("auth_time  out of range");
}

#[test]
fn parse_errors_repeat_nothing_of_the_token() {
    let marker = "c2VjcmV0c2VjcmV0";
    for (token, code) in [
        (String::new(), "malformed_token"),
        (marker.to_owned(), "malformed_token"),
        (format!("{marker}.{marker}"), "malformed_token"),
        (format!("{marker}.{marker}.{marker}.{marker}"), "malformed_token"),
        (format!("{marker}.{marker}.{marker}"), "malformed_header"),
        (format!("{marker}=.{marker}.{marker}"), "malformed_token"),
        (unsigned("{}", "secretsecret"), "malformed_claims"),
        (unsigned("{}", "[1]"), "malformed_claims"),
        (unsigned("[]", "{}"), "malformed_header"),
        (unsigned("{}", "{} {}"), "malformed_claims"),
        (format!("{}!", unsigned("{}", "{}")), "malformed_token"),
        (format!("e30.{marker}.{marker}.{marker}.{marker}"), "encrypted_token"),
    ] {
        let told = run("decode --json {}", &[&token]);
        assert_eq!(told.ends_with(1).json_error()["code"], code, "{token}");
        assert_eq!(told.stdout, "");
        let told = run("decode {}", &[&token]);
        told.ends_with(1).complains(&format!("{code}: "));
        for secret in [marker, "secretsecret"] {
            assert!(!told.stderr.contains(secret) && !told.stdout.contains(secret), "{told:?}");
        }
    }
}

#[test]
fn only_the_header_of_an_encrypted_token_is_shown() {
    run("decode {}", &[&"eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA"])
        .ends_with(1)
        .prints("\"alg\": \"dir\"")
        .complains("encrypted_token: an encrypted token (JWE")
        .complains(WARNING);
}

#[test]
fn terminal_control_characters_are_escaped() {
    let claims = "{\"a\": \"\u{9b}31m\u{202e}\u{7f}\"}";
    run("decode {}", &[&unsigned("{}", claims)]).prints(r#""a": "\u009b31m\u202e\u007f""#);
}

#[test]
fn depth_and_size_are_harmless() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    run_with_input("decode -", &[], unsigned("{}", &deep).as_bytes()).ends_with(0);
    run_with_input("decode -", &[], &vec![b'A'; 3 << 20])
        .ends_with(1)
        .complains("token_too_large: ");
}
