//! Sets of a few secrets, some with the kid of the tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use verijot::crypto::default_provider;
use verijot::{JwkSet, JwkSetParser};

use crate::tokens::{ALGORITHMS, SECRETS};

#[derive(Clone, Debug)]
pub(crate) struct KeyOfSet {
    pub(crate) kid: Option<&'static str>,
    secret: usize,
    algorithm: Option<usize>,
    usage: Option<&'static str>,
}

pub(crate) fn key_sets() -> impl Strategy<Value = Vec<KeyOfSet>> {
    let key = (
        select(vec![Some("a"), Some("b"), Some("c"), Some("d"), None]),
        0..SECRETS.len(),
        prop_oneof![4 => Just(None), 1 => (0..ALGORITHMS.len()).prop_map(Some)],
        select(vec![None, None, None, Some("sig"), Some("enc")]),
    )
        .prop_map(|(kid, secret, algorithm, usage)| KeyOfSet { kid, secret, algorithm, usage });
    let usual = KeyOfSet { kid: Some("a"), secret: 0, algorithm: None, usage: None };
    (prop::collection::vec(key, 0..6), prop::bool::weighted(0.8)).prop_map(
        move |(mut keys, good)| {
            if good {
                keys.retain(|key| key.kid != Some("a"));
                keys.push(usual.clone());
            }
            keys
        },
    )
}

pub(crate) fn set_of(keys: &[KeyOfSet]) -> JwkSet {
    let keys = keys.iter().map(|key| {
        let mut jwk = json!({ "kty": "oct", "k": BASE64URL.encode(SECRETS[key.secret]) });
        if let Some(kid) = key.kid {
            jwk["kid"] = json!(kid);
        }
        if let Some(algorithm) = key.algorithm {
            jwk["alg"] = json!(ALGORITHMS[algorithm].name());
        }
        if let Some(usage) = key.usage {
            jwk["use"] = json!(usage);
        }
        jwk
    });
    let json = json!({ "keys": keys.collect::<Vec<_>>() }).to_string();
    JwkSetParser::new(default_provider()).allow_symmetric_keys().parse(json).unwrap()
}
