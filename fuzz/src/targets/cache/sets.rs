//! Sets and headers of answers.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::model::cache::{SETS, Said};
use crate::signing;

pub(super) static BODIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let key = |kid: &&str| {
        let mut key = signing::jwk("ed25519");
        key["kid"] = json!(kid);
        Value::Object(key)
    };
    let body = |kids: &&[&str]| {
        let mut keys = kids.iter().map(key).collect::<Vec<_>>();
        keys.push(json!({ "kty": "EC", "kid": "odd", "crv": "secp256k1" }));
        json!({ "keys": keys }).to_string()
    };
    SETS.iter().map(body).collect()
});

/// Cache-Control, Age, and their meaning.
pub(super) const FRESHNESS: [(Option<&str>, Option<&str>, Said); 14] = [
    (None, None, said(None, None, None)),
    (Some("max-age=300"), None, said(Some(300), None, None)),
    (Some("max-age=300"), Some("100"), said(Some(200), None, None)),
    (Some("max-age=300"), Some("400"), said(Some(0), None, None)),
    (Some("public, Max-Age=\"86401\""), None, said(Some(86_401), None, None)),
    (Some("no-store"), None, said(Some(0), Some(0), Some(0))),
    (Some("max-age=99999999999999999999999"), None, said(Some(u64::MAX), None, None)),
    (Some("max-age=300, no-cache"), None, said(Some(0), Some(0), Some(0))),
    (Some("must-revalidate"), Some("5"), said(None, Some(0), Some(0))),
    (Some("max-age=-1"), None, said(Some(0), None, None)),
    (Some("max-age=300, stale-if-error=60"), None, said(Some(300), None, Some(60))),
    (Some("stale-while-revalidate=30"), None, said(None, Some(30), None)),
    (Some("stale-while-revalidate=30, must-revalidate"), None, said(None, Some(0), Some(0))),
    (Some("stale-if-error=60, stale-if-error=7"), None, said(None, None, Some(7))),
];

const fn said(lifetime: Option<u64>, window: Option<u64>, stale: Option<u64>) -> Said {
    Said { lifetime, window, stale }
}
