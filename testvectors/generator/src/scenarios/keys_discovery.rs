//! Metadata that says where the keys are.

use serde_json::json;

use super::scenario::{Scenario, scenario};

fn of_issuer(id: &str, title: &str, why: &str, refs: &[&str]) -> Scenario {
    scenario(id, title, why, refs).with("source", json!({ "issuer": "https://issuer.example" }))
}

/// An issuer on the Internet whose metadata has this URL; no request may be sent to it.
fn refused_place(id: &str, title: &str, place: &str) -> Scenario {
    of_issuer(
        id,
        title,
        "Anyone who controls that document could make this machine send requests into its own network, \
         and read the results in health reports.",
        &["K7", "RFC 8414 §6.2"],
    )
    .at(0)
    .serves(&["a"])
    .metadata(json!({ "issuer": "https://issuer.example", "jwks_uri": place }))
    .unavailable("a", 1)
    .fetches(0)
    .step("metadata_fetches", json!(1))
}

pub fn scenarios() -> Vec<Scenario> {
    let mut moving = scenario(
        "keys-jwks-uri-moves-each-time",
        "A new jwks_uri at every fetch is followed, with one fetch each",
        "An issuer may move its keys, but cannot cause more fetches than with one URL.",
        &["RFC 8414 §2"],
    )
    .with("source", json!({ "issuer": "{origin}" }))
    .at(0)
    .metadata(json!({ "jwks_uri": "{origin}/keys-0" }))
    .serves(&["a"])
    .accepts("a");
    for number in 1..4 {
        moving = moving
            .at(number * 500)
            .metadata(json!({ "jwks_uri": format!("{{origin}}/keys-{number}") }))
            .accepts("a");
    }
    moving = moving.fetches(4).step("metadata_fetches", json!(4));
    vec![
        moving,
        of_issuer(
            "keys-discovery",
            "The issuer's metadata says where its keys are",
            "The metadata is fetched first, then the URL that it contains.",
            &["RFC 8414 §3", "OpenID Connect Discovery 1.0 §4"],
        )
        .at(0)
        .metadata(json!({
            "issuer": "https://issuer.example", "jwks_uri": "https://keys.example/jwks",
        }))
        .serves(&["a"])
        .accepts("a")
        .fetches(1)
        .step("metadata_fetches", json!(1)),
        refused_place(
            "keys-metadata-names-loopback",
            "Metadata of a remote issuer must not point to loopback over http",
            "{origin}/keys",
        ),
        refused_place(
            "keys-metadata-names-loopback-https",
            "Metadata of a remote issuer must not point to loopback over https",
            "https://127.0.0.1/keys",
        ),
        refused_place(
            "keys-metadata-names-localhost",
            "Metadata of a remote issuer must not point to localhost",
            "https://localhost/keys",
        ),
        refused_place(
            "keys-metadata-names-loopback-v6",
            "Metadata of a remote issuer must not point to IPv6 loopback",
            "https://[::1]/keys",
        ),
        refused_place(
            "keys-metadata-names-private",
            "Metadata of a remote issuer must not point to a private address",
            "https://10.0.0.1/keys",
        ),
        refused_place(
            "keys-metadata-names-link-local",
            "Metadata of a remote issuer must not point to a link-local address",
            "https://169.254.169.254/latest/meta-data",
        ),
        refused_place(
            "keys-metadata-names-number",
            "Metadata must not point to a host in an unusual spelling of a number",
            "https://2130706433/keys",
        ),
        refused_place(
            "keys-metadata-names-plain-http",
            "Metadata must not point to a URL with plain http",
            "http://keys.example/keys",
        ),
        refused_place(
            "keys-metadata-names-file",
            "Metadata must not point to a file",
            "file:///etc/passwd",
        ),
        scenario(
            "keys-loopback-issuer-names-loopback",
            "Metadata of an issuer on loopback may point to loopback",
            "Metadata from loopback may point to keys on loopback: for development.",
            &["K7"],
        )
        .with("source", json!({ "issuer": "{origin}" }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .fetches(1),
        of_issuer(
            "keys-allowed-hosts",
            "With a list of hosts, keys are fetched from a listed host",
            "An operator who knows the hosts can list them.",
            &["K7"],
        )
        .settings(json!({ "allowed_hosts": ["issuer.example", "keys.example"] }))
        .at(0)
        .metadata(json!({
            "issuer": "https://issuer.example", "jwks_uri": "https://keys.example/jwks",
        }))
        .serves(&["a"])
        .accepts("a"),
        of_issuer(
            "keys-disallowed-host",
            "With a list of hosts, keys are fetched from no other host",
            "A name can resolve to any address; a list says which names are allowed.",
            &["K7"],
        )
        .settings(json!({ "allowed_hosts": ["issuer.example"] }))
        .at(0)
        .metadata(json!({
            "issuer": "https://issuer.example", "jwks_uri": "https://keys.example/jwks",
        }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
        scenario(
            "keys-source-not-on-list",
            "A source that is not in the list of hosts is refused at setup",
            "A mistake in the settings shows at startup.",
            &["K7"],
        )
        .with("source", json!({ "jwks_url": "https://keys.example/jwks" }))
        .settings(json!({ "allowed_hosts": ["issuer.example"] }))
        .with("setup_error", json!("invalid_key_source")),
        scenario(
            "keys-plain-http-refused",
            "A remote source over plain http is refused at setup",
            "Anyone on the network path could replace the keys.",
            &["K10", "RFC 8414 §2"],
        )
        .with("source", json!({ "jwks_url": "http://issuer.example/keys" }))
        .with("setup_error", json!("invalid_key_source")),
        scenario(
            "keys-plain-http-waived",
            "The waiver plain_http allows keys over plain http",
            "Inside a cluster the network may be trusted, but only explicitly.",
            &["K10"],
        )
        .with("source", json!({ "jwks_url": "http://issuer.example/keys" }))
        .settings(json!({ "plain_http": true }))
        .at(0)
        .serves(&["a"])
        .accepts("a"),
        of_issuer(
            "keys-metadata-other-issuer",
            "Metadata of another issuer is refused",
            "Otherwise anyone's keys could pass for the issuer's.",
            &["RFC 8414 §3.3"],
        )
        .at(0)
        .metadata(json!({
            "issuer": "https://other.example", "jwks_uri": "https://issuer.example/keys",
        }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
        of_issuer(
            "keys-metadata-html",
            "Metadata in HTML is refused",
            "It is a web page, whatever its status.",
            &["RFC 8414 §3.2"],
        )
        .at(0)
        .metadata(json!({ "body": "<!doctype html><title>Sign in</title>" }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
        of_issuer(
            "keys-metadata-fails-later",
            "If the metadata is unavailable, keys are fetched from their last known URL",
            "A partial outage need not be a complete one.",
            &["RFC 8414 §3"],
        )
        .at(0)
        .metadata(json!({
            "issuer": "https://issuer.example", "jwks_uri": "https://keys.example/jwks",
        }))
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .metadata(json!({ "status": 500 }))
        .serves(&["a", "b"])
        .accepts("a")
        .accepts("b")
        .fetches(2),
        of_issuer(
            "keys-metadata-half",
            "Half of the metadata is none: keys are fetched from their last known URL",
            "What is not complete says nothing, not even that the issuer is in error.",
            &["RFC 9112 §8"],
        )
        .at(0)
        .metadata(json!({
            "issuer": "https://issuer.example", "jwks_uri": "https://keys.example/jwks",
        }))
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .metadata(json!({ "fault": "half" }))
        .serves(&["a", "b"])
        .accepts("a")
        .accepts("b")
        .fetches(2)
        .health(json!({ "failures": 0 })),
        of_issuer(
            "keys-metadata-not-found-compressed",
            "A compressed page with 404 means that there is no metadata",
            "Of such an answer only the status counts.",
            &["RFC 9110 §8.4"],
        )
        .at(0)
        .metadata(json!({ "status": 404, "headers": { "Content-Encoding": "gzip" }, "body": "" }))
        .serves(&["a"])
        .accepts("a")
        .fetches(1)
        .health(json!({ "failures": 0 })),
        of_issuer(
            "keys-metadata-fails-first",
            "If the metadata was never available, there are no keys",
            "A failing server says nothing about where its keys are.",
            &["RFC 8414 §3"],
        )
        .at(0)
        .metadata(json!({ "status": 500 }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0)
        .at(1)
        .metadata(json!({
            "issuer": "https://issuer.example", "jwks_uri": "https://keys.example/jwks",
        }))
        .accepts("a"),
        of_issuer(
            "keys-metadata-silent",
            "The wait for metadata ends with the timeout of the fetch",
            "The whole fetch has one timeout.",
            &["RFC 8414 §3"],
        )
        .settings(json!({ "fetch_timeout": 1 }))
        .at(0)
        .metadata(json!({ "fault": "silence" }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
        of_issuer(
            "keys-metadata-redirect",
            "Redirects of metadata are not followed",
            "Only the issuer's name says where its metadata is.",
            &["K7", "RFC 8414 §3"],
        )
        .at(0)
        .metadata(json!({ "status": 302, "headers": { "Location": "{origin}/keys" } }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
    ]
}
