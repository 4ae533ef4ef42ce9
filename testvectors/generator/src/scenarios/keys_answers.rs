//! Bad answers of an issuer: each has a documented result, none makes a token accepted wrongly, and
//! none causes an unbounded wait.

use serde_json::{Value, json};

use super::fixtures::{base64, set};
use super::gzip::gzip;
use super::scenario::{Scenario, scenario};

/// The answer provides no keys if there are none, and removes none if there are.
fn bad(id: &str, title: &str, why: &str, refs: &[&str], answer: Value) -> Scenario {
    scenario(id, title, why, refs)
        .settings(json!({ "fetch_timeout": 1 }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(answer.clone())
        .accepts("a")
        .health(json!({ "failures": 1, "usable_keys": 1 }))
        .accepts("a")
        .on("fresh")
        .unavailable("a", 1)
        .unavailable("b", 1)
        .on("main")
        .at(482)
        .serves(&["a", "b"])
        .accepts("a")
        .accepts("b")
        .on("fresh")
        .accepts("b")
        .health(json!({ "failures": 0 }))
}

pub fn scenarios() -> Vec<Scenario> {
    let gzipped = base64(gzip(set(&["a", "b"]).as_bytes()));
    vec![
        bad(
            "keys-answer-silence",
            "The issuer accepts the request and never answers",
            "A fetch has one timeout.",
            &["K2"],
            json!({ "fault": "silence" }),
        ),
        bad(
            "keys-answer-half",
            "The issuer sends half a body and closes the connection",
            "Half a set may lack the required key.",
            &["RFC 9112 §8"],
            json!({ "keys": ["a", "b"], "fault": "half" }),
        ),
        bad(
            "keys-answer-endless",
            "The issuer sends an endless body",
            "A body is read up to its limit, and a fetch lasts up to its timeout.",
            &["K11"],
            json!({ "fault": "endless" }),
        ),
        bad(
            "keys-answer-reset",
            "The issuer closes the connection without an answer",
            "No answer is an outage.",
            &["RFC 9112 §9.6"],
            json!({ "fault": "reset" }),
        ),
        bad(
            "keys-answer-refuse",
            "The issuer accepts no connection",
            "No answer is an outage.",
            &["RFC 9112 §9"],
            json!({ "fault": "refuse" }),
        ),
        bad(
            "keys-answer-html",
            "The issuer answers with an HTML page and status 200",
            "A web page is not a JWK Set.",
            &["RFC 7517 §5"],
            json!({
                "body": "<!doctype html><title>Maintenance</title>",
                "headers": { "Content-Type": "text/html" },
            }),
        ),
        bad(
            "keys-answer-bom",
            "The set begins with a byte order mark",
            "RFC 8259 §8.1 forbids adding one; parsers disagree about whether to ignore it.",
            &["RFC 8259 §8.1"],
            json!({ "body": format!("\u{feff}{}", set(&["a", "b"])) }),
        ),
        bad(
            "keys-answer-gzip",
            "The set is compressed without a request for it",
            "The request asks for identity; decompressed data would have no agreed limit.",
            &["RFC 9110 §12.5.3"],
            json!({ "body_base64": gzipped, "headers": { "Content-Encoding": "gzip" } }),
        ),
        bad(
            "keys-answer-redirect",
            "The issuer redirects to another URL that has keys",
            "Redirects are not followed: only the source says where the keys are.",
            &["K7", "RFC 9110 §15.4"],
            json!({ "keys": ["a", "b"], "status": 302, "headers": { "Location": "{origin}/other" } }),
        ),
        bad(
            "keys-answer-10-megabytes",
            "The set has 10 MB",
            "At most the limit is read.",
            &["K10"],
            json!({ "keys": ["a", "b"], "pad_octets": 10_000_000 }),
        ),
        bad(
            "keys-answer-empty-set",
            "The set is empty",
            "A set without keys would refuse everyone; it is more likely a mistake.",
            &["RFC 7517 §5.1"],
            json!({ "keys": [] }),
        ),
        bad(
            "keys-answer-empty-body",
            "The body is empty",
            "It is not a JWK Set.",
            &["RFC 7517 §5"],
            json!({ "body": "" }),
        ),
        bad(
            "keys-answer-nothing-usable",
            "The set has no key that can verify a signature",
            "A key for encryption and a shared secret do not verify tokens.",
            &["RFC 7517 §4.2"],
            json!({
                "body": "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\",\"kid\":\"b\",\
                         \"x\":\"AA\"},{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AA\"}]}",
            }),
        ),
        bad(
            "keys-answer-not-utf8",
            "The body is not UTF-8",
            "JSON is UTF-8.",
            &["RFC 8259 §8.1"],
            json!({ "body_base64": "eyJrZXlzIjpb//5dfQ==" }),
        ),
        bad(
            "keys-answer-error-with-keys",
            "An answer with status 500 and keys in its body provides none",
            "Only 200 gives keys.",
            &["RFC 9110 §15"],
            json!({ "keys": ["a", "b"], "status": 500 }),
        ),
        bad(
            "keys-answer-created",
            "An answer with status 201 provides no keys",
            "Only 200 gives keys.",
            &["RFC 9110 §15.3.2"],
            json!({ "keys": ["a", "b"], "status": 201 }),
        ),
        bad(
            "keys-answer-no-content",
            "An answer with status 204 provides no keys",
            "Only 200 gives keys.",
            &["RFC 9110 §15.3.5"],
            json!({ "body": "", "status": 204 }),
        ),
        bad(
            "keys-answer-not-found",
            "An answer with status 404 provides no keys and removes none",
            "A missing page is not a withdrawal.",
            &["RFC 9110 §15.5.5"],
            json!({ "body": "", "status": 404 }),
        ),
        bad(
            "keys-answer-too-many-requests",
            "An answer with status 429 provides no keys and removes none",
            "The issuer gets no request during the backoff.",
            &["RFC 6585 §4"],
            json!({ "body": "", "status": 429 }),
        ),
        scenario(
            "keys-answer-same-key-twice",
            "A set with the same key twice is used",
            "Identical entries are not ambiguous.",
            &["C7", "RFC 7517 §5"],
        )
        .at(0)
        .serves(&["a", "a"])
        .accepts("a"),
        scenario(
            "keys-answer-late",
            "An answer after the timeout is an outage, and the next one counts",
            "No request waits longer than the timeout of a fetch.",
            &["K2"],
        )
        .settings(json!({ "fetch_timeout": 1 }))
        .at(0)
        .issuer(json!({ "fault": "silence" }))
        .unavailable("a", 1)
        .at(1)
        .serves(&["a"])
        .accepts("a")
        .health(json!({ "failures": 0 })),
    ]
}
