//! The common part of the runners: lines of JSON in, verdicts out, as in `../python/protocol.py`.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One verification, with the parameters that every library has.
#[derive(Deserialize)]
pub struct Request {
    /// The id in the report.
    pub id: String,
    /// `jwt`, or `jws` for a signature alone.
    pub mode: String,
    /// The token, if it is text.
    pub token: Option<String>,
    /// Its octets, if it is not.
    pub token_hex: Option<String>,
    /// The text of the key set.
    pub jwks: String,
    /// Seconds since 1970, as decimal text.
    pub now: String,
    /// The algorithms that the caller accepts.
    pub algorithms: Vec<String>,
    /// One of them must be the issuer.
    pub issuers: Option<Vec<String>>,
    /// One of them must be an audience.
    pub audiences: Option<Vec<String>>,
    /// Seconds, as decimal text.
    pub leeway: String,
    /// Required claims.
    pub required: Vec<String>,
    /// The types that the caller names, if any.
    pub typ: Option<Vec<String>>,
    /// Claims with their required values.
    pub expected: Map<String, Value>,
    /// The maximum age in seconds, as decimal text.
    pub max_age: Option<String>,
}

impl Request {
    /// The token as it was received.
    pub fn octets(&self) -> Vec<u8> {
        match (&self.token, &self.token_hex) {
            (_, Some(digits)) => (0..digits.len() / 2)
                .map(|place| {
                    u8::from_str_radix(&digits[2 * place..][..2], 16).expect("hexadecimal")
                })
                .collect(),
            (token, None) => token.clone().unwrap_or_default().into_bytes(),
        }
    }
}

/// The result of a request.
pub enum Verdict {
    /// The token is accepted.
    Accept,
    /// It is refused, with the library's own error.
    Refuse(String),
    /// The library has no parameter for the request.
    Cannot(&'static str),
}

/// Reports the library and its features; the first line.
pub fn introduce(library: &str, version: &str, runtime: &str, algorithms: &[&str]) {
    say(&json!({
        "library": library, "version": version, "runtime": runtime, "algorithms": algorithms,
    }));
}

/// The version of a linked package.
pub fn version(package: &str) -> &'static str {
    let start = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) = LOCK.split_once(&start).expect("the package is locked");
    rest.split('"').next().unwrap_or_default()
}

/// Reports one verdict.
pub fn answer(id: &str, verdict: &Verdict) {
    let (verdict, error) = match verdict {
        Verdict::Accept => ("accept", None),
        Verdict::Refuse(error) => ("refuse", Some(error.as_str())),
        Verdict::Cannot(what) => ("cannot", Some(*what)),
    };
    say(&json!({ "id": id, "verdict": verdict, "error": error }));
}

/// The requests.
pub fn lines() -> impl Iterator<Item = String> {
    std::io::stdin().lock().lines().map(|line| line.expect("standard input is readable"))
}

fn say(line: &Value) {
    writeln!(std::io::stdout(), "{line}").expect("standard output takes a line");
}

const LOCK: &str = include_str!("../Cargo.lock");
