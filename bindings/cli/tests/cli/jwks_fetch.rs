//! `verijot jwks fetch` from an issuer on the loopback interface.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::program::run;

const SET: &str = r#"{"keys": [
    {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
]}"#;

#[test]
fn the_set_is_printed_unchanged() {
    let issuer = serve(SET);
    let run = run("jwks fetch --issuer {}", &[&issuer]);
    run.ends_with(0).is_quiet();
    assert_eq!(run.stdout.trim_end(), SET);
}

#[test]
fn what_is_not_a_set_is_not_printed() {
    let issuer = serve("no set");
    let run = run("jwks fetch --issuer {}", &[&issuer]);
    run.ends_with(2).complains("keys_unavailable: could not fetch the issuer's keys");
    assert_eq!(run.stdout, "");
}

#[test]
fn an_issuer_is_needed_that_may_be_fetched_from() {
    for issuer in ["http://issuer.example", "issuer"] {
        let run = run("jwks fetch --issuer {}", &[&issuer]);
        run.ends_with(2).complains("invalid_key_source: --issuer: ");
    }
    run("jwks fetch", &[]).ends_with(2);
    run("jwks", &[]).ends_with(2);
}

/// Answers requests for keys with `set` and everything else with 404, until the test ends.
fn serve(set: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let is_set = request[..read].starts_with(b"GET /.well-known/jwks.json ");
            let (status, body) = if is_set { ("200 OK", set) } else { ("404 Not Found", "") };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    issuer
}
