//! Standard output that is closed or full.

use std::io::Write;
use std::process::Stdio;

use crate::program::{command, file, words};
use crate::published::*;

#[test]
fn a_closed_output_changes_no_verdict() {
    let set = file("streams-pipe", "set.json", SET);
    for (line, code) in [
        ("verify --jwks {} --any-issuer --any-audience --now 1300819000 {}", 0),
        ("explain --jwks {} --any-issuer --any-audience --now 1300819000 {}", 0),
        ("explain --json --jwks {} --any-issuer --any-audience {}", 1),
    ] {
        let mut command = command();
        command.args(words(line, &[&set, &"-"]));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Nothing is printed before the token has been read, so the output is closed in time.
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(TOKEN.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}");
        assert_eq!(output.stderr, b"", "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn unwritable_output_is_an_error() {
    let set = file("streams-full", "set.json", SET);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command();
    let line = "verify --jwks {} --any-issuer --any-audience --now 1300819000 {}";
    command.args(words(line, &[&set, &TOKEN])).stdout(full).stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("unwritable_output: "));
}
