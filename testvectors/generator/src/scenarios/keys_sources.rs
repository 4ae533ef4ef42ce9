//! Certificates by URL, keys behind a URL each, purposes of keys, and sets that revoke all keys.

use serde_json::{Value, json};

use super::fixtures::{UUIDS, certificate};
use super::scenario::{Scenario, scenario};

/// A scenario that not every library can run yet.
fn needs(id: &str, title: &str, why: &str, refs: &[&str]) -> Scenario {
    scenario(id, title, why, refs).with("requires", json!(["key-sources"]))
}

pub fn scenarios() -> Vec<Scenario> {
    let mut all = revoking();
    all.extend(certificates());
    all.extend(per_key());
    all
}

fn revoking() -> Vec<Scenario> {
    let revokes = || json!({ "empty_set_revokes": true });
    let refs = ["SPIFFE Trust Domain and Bundle §4.1.3"];
    let why = "An issuer that withdraws all keys publishes an empty set; a broken one may, too.";
    vec![
        needs(
            "keys-empty-set-revokes",
            "An empty set revokes all keys if that is said",
            why,
            &refs,
        )
        .settings(revokes())
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .serves(&[])
        .accepts("a")
        .fetches(2)
        .refuses("a", "unknown_key")
        .health(json!({ "usable_keys": 0, "failures": 0 }))
        .at(500)
        .serves(&["b"])
        .accepts("b")
        .refuses("a", "unknown_key"),
        needs("keys-empty-set-at-first", "The first set is empty", why, &refs)
            .settings(revokes())
            .at(0)
            .serves(&[])
            .refuses("a", "unknown_key")
            .fetches(1),
        needs(
            "keys-broken-set-revokes-nothing",
            "A set whose only key is unusable revokes nothing",
            why,
            &refs,
        )
        .settings(revokes())
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .issuer(json!({ "body": r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a"}]}"# }))
        .accepts("a")
        .fetches(2)
        .accepts("a"),
        needs(
            "keys-empty-set-kept",
            "By default an empty set counts as a failed fetch",
            why,
            &refs,
        )
        .settings(json!({ "empty_set_revokes": false }))
        .at(0)
        .serves(&["a"])
        .accepts("a")
        .at(480)
        .serves(&[])
        .accepts("a")
        .fetches(2)
        .accepts("a")
        .health(json!({ "usable_keys": 1, "failures": 1 })),
        needs(
            "keys-purposes",
            "Only keys with the named use are used",
            "A SPIFFE bundle has keys for several kinds of documents.",
            &["SPIFFE Trust Domain and Bundle §4.2.2"],
        )
        .settings(json!({ "purposes": ["jwt-svid"], "empty_set_revokes": true }))
        .at(0)
        .serves(&["a-jwt-svid", "b"])
        .accepts("a")
        .refuses("b", "unknown_key")
        .health(json!({ "usable_keys": 1 }))
        .at(480)
        .serves(&["a", "b"])
        .accepts("a")
        .fetches(2)
        .refuses("a", "unknown_key"),
        needs(
            "keys-purposes-none",
            "An empty list of purposes is refused",
            "It is usually an unset variable.",
            &["K10"],
        )
        .settings(json!({ "purposes": [] }))
        .with("setup_error", json!("invalid_key_source")),
    ]
}

fn certificates() -> Vec<Scenario> {
    let settings = || json!({ "certificates": ["EdDSA"] });
    let refs = ["RFC 7468 §5", "RFC 5280 §4.1"];
    let why = "Google publishes the keys of Firebase as certificates by kid.";
    let map = |names: &[&str]| {
        let members = names.iter().map(|name| ((*name).to_string(), json!(certificate(name))));
        json!({ "body": Value::Object(members.collect()).to_string() })
    };
    vec![
        needs("keys-certificates", "Certificates by kid rotate like a set", why, &refs)
            .settings(settings())
            .at(0)
            .issuer(map(&["a"]))
            .accepts("a")
            .fetches(1)
            .refuses("a-forged", "invalid_signature")
            .at(20)
            .issuer(map(&["a", "b"]))
            .accepts("b")
            .fetches(2)
            .accepts("a")
            .health(json!({ "usable_keys": 2 })),
        needs("keys-certificates-as-set", "A JWK Set where certificates are expected", why, &refs)
            .settings(settings())
            .at(0)
            .serves(&["a"])
            .unavailable("a", 1),
        scenario(
            "keys-certificates-not-expected",
            "Certificates where a JWK Set is expected",
            why,
            &refs,
        )
        .at(0)
        .issuer(map(&["a"]))
        .unavailable("a", 1),
    ]
}

fn per_key() -> Vec<Scenario> {
    let [first, second] = UUIDS;
    let refs = ["RFC 9562 §4"];
    let why = "AWS load balancers publish each key under its kid; only a UUID is put into the URL.";
    let per_key = |id: &str, title: &str| {
        needs(id, title, why, &refs)
            .settings(json!({ "certificates": ["EdDSA"] }))
            .with("source", json!({ "jwks_url": "{origin}/keys/{kid}" }))
            .at(0)
            .issuer(json!({ "status": 404 }))
    };
    let publishes =
        |kid: &str, key: &str| json!({ "path": format!("/keys/{kid}"), "body": certificate(key) });
    vec![
        per_key("keys-per-key", "Each key is fetched from its own URL")
            .issuer(publishes(first, "a"))
            .accepts("uuid-1")
            .fetches(1)
            .accepts("uuid-1")
            .fetches(1)
            .issuer(publishes(second, "b"))
            .accepts("uuid-2")
            .fetches(2)
            .accepts("uuid-1")
            .fetches(2)
            .health(json!({ "usable_keys": 2 })),
        per_key("keys-per-key-unknown", "A key that the issuer does not have is unknown")
            .refuses("uuid-1", "unknown_key")
            .fetches(1)
            .at(20)
            .issuer(publishes(first, "a"))
            .accepts("uuid-1")
            .fetches(2),
        per_key("keys-per-key-no-uuid", "A kid that is no UUID is unknown without a fetch")
            .refuses("a", "unknown_key")
            .refuses("no-kid", "unknown_key")
            .refuses("uuid-path", "unknown_key")
            .fetches(0),
        per_key("keys-per-key-outage", "A key is used while the issuer cannot be reached")
            .issuer(publishes(first, "a"))
            .accepts("uuid-1")
            .at(480)
            .issuer(json!({ "path": format!("/keys/{first}"), "status": 500 }))
            .accepts("uuid-1")
            .fetches(2)
            .at(3600)
            .accepts("uuid-1"),
        per_key("keys-per-key-withdrawn", "A key that disappears is not used any more")
            .issuer(publishes(first, "a"))
            .accepts("uuid-1")
            .at(480)
            .issuer(json!({ "path": format!("/keys/{first}"), "status": 404 }))
            .accepts("uuid-1")
            .fetches(2)
            .at(481)
            .refuses("uuid-1", "unknown_key"),
        needs("keys-per-key-without-algorithms", "A URL for each key needs algorithms", why, &refs)
            .with("source", json!({ "jwks_url": "{origin}/keys/{kid}" }))
            .with("setup_error", json!("invalid_key_source")),
        needs("keys-per-key-host", "A kid must not stand in the host", why, &refs)
            .settings(json!({ "certificates": ["EdDSA"] }))
            .with("source", json!({ "jwks_url": "https://{kid}.issuer.example/keys" }))
            .with("setup_error", json!("invalid_key_source")),
    ]
}
