//! Metadata that says where the keys are.

use serde_json::json;

use super::scenario::{Scenario, scenario};

fn of_issuer(id: &str, title: &str, why: &str, refs: &[&str]) -> Scenario {
    scenario(id, title, why, refs).with("source", json!({ "issuer": "https://issuer.example" }))
}

/// An issuer on the Internet whose metadata names this place; nobody is to be asked there.
fn refused_place(id: &str, title: &str, place: &str) -> Scenario {
    of_issuer(
        id,
        title,
        "Whoever controls that document could have this machine ask its own network, and read in \
         health what is there.",
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
        "Another jwks_uri at every fetch is followed, one fetch each",
        "An issuer may move its keys; it cannot make more fetches of it than of any other set.",
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
            "The keys of an issuer are where its metadata says",
            "Discovery is asked first, then the place that it names.",
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
            "Metadata of an issuer elsewhere may not name loopback over http",
            "{origin}/keys",
        ),
        refused_place(
            "keys-metadata-names-loopback-https",
            "Metadata of an issuer elsewhere may not name loopback over https",
            "https://127.0.0.1/keys",
        ),
        refused_place(
            "keys-metadata-names-localhost",
            "Metadata of an issuer elsewhere may not name localhost",
            "https://localhost/keys",
        ),
        refused_place(
            "keys-metadata-names-loopback-v6",
            "Metadata of an issuer elsewhere may not name loopback of IPv6",
            "https://[::1]/keys",
        ),
        refused_place(
            "keys-metadata-names-private",
            "Metadata of an issuer elsewhere may not name a private address",
            "https://10.0.0.1/keys",
        ),
        refused_place(
            "keys-metadata-names-link-local",
            "Metadata of an issuer elsewhere may not name a link-local address",
            "https://169.254.169.254/latest/meta-data",
        ),
        refused_place(
            "keys-metadata-names-number",
            "Metadata may not name a host in an unusual spelling of a number",
            "https://2130706433/keys",
        ),
        refused_place(
            "keys-metadata-names-plain-http",
            "Metadata may not name a place over plain http",
            "http://keys.example/keys",
        ),
        refused_place(
            "keys-metadata-names-file",
            "Metadata may not name a file",
            "file:///etc/passwd",
        ),
        scenario(
            "keys-loopback-issuer-names-loopback",
            "Metadata of an issuer on loopback may name loopback",
            "Who asks loopback for metadata may ask it for keys: for development.",
            &["K7"],
        )
        .with("source", json!({ "issuer": "{origin}" }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .fetches(1),
        of_issuer(
            "keys-allowed-hosts",
            "With a list of hosts keys come from a host on it",
            "Who knows the hosts can say so by name.",
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
            "With a list of hosts keys come from no other host",
            "A name may lead to any address; a list says which names are meant.",
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
            "A source that is not on the list of hosts is refused when it is made",
            "A mistake in the settings shows at the start.",
            &["K7"],
        )
        .with("source", json!({ "jwks_url": "https://keys.example/jwks" }))
        .settings(json!({ "allowed_hosts": ["issuer.example"] }))
        .with("setup_error", json!("invalid_key_source")),
        scenario(
            "keys-plain-http-refused",
            "Keys over plain http from elsewhere are refused when the source is made",
            "Whoever is on the way could put up keys of his own.",
            &["K10", "RFC 8414 §2"],
        )
        .with("source", json!({ "jwks_url": "http://issuer.example/keys" }))
        .with("setup_error", json!("invalid_key_source")),
        scenario(
            "keys-plain-http-waived",
            "The waiver plain_http lets keys come over plain http",
            "Inside a cluster the network itself may be trusted, by name and never by default.",
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
            "Otherwise anybody's keys would be taken for the issuer's.",
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
            "It is a page for people, whatever its status.",
            &["RFC 8414 §3.2"],
        )
        .at(0)
        .metadata(json!({ "body": "<!doctype html><title>Sign in</title>" }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
        of_issuer(
            "keys-metadata-fails-later",
            "While the metadata cannot be fetched keys are looked for where they were last",
            "Half an outage need not be a whole one.",
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
            "keys-metadata-fails-first",
            "Without metadata from the start there are no keys",
            "A server in trouble says nothing about where its keys are.",
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
            "Metadata that never comes is waited for as long as a fetch may take",
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
            "Metadata is not looked for where a redirect leads",
            "The issuer's name says where its metadata is, and nothing else does.",
            &["K7", "RFC 8414 §3"],
        )
        .at(0)
        .metadata(json!({ "status": 302, "headers": { "Location": "{origin}/keys" } }))
        .serves(&["a"])
        .unavailable("a", 1)
        .fetches(0),
    ]
}
