//! JWK Sets: the signer's key, sometimes with a fault, among others.

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::model::case::Policy;
use crate::oracle::base64url;
use crate::signing;

/// The text of a set; sometimes the policy's limits are equal to its size, or a little smaller.
pub fn key_set(choices: &mut Choices<'_>, signer: &str, kid: &str, policy: &mut Policy) -> Vec<u8> {
    // One key more than a token without a kid may match.
    let crowd = choices.below(16) == 15;
    let count = if crowd { choices.pick(&[5, 4]) } else { choices.pick(&[1, 1, 2, 2, 3, 6]) };
    let place = choices.below(count);
    let mut keys = Vec::new();
    for index in 0..count {
        let own = index == place;
        let name = if own || crowd { signer } else { choices.pick(&OTHERS) };
        let mut key = signing::jwk(name);
        let other = format!("other-{index}");
        let kids = match own {
            true => [json!(kid), json!(kid), json!(kid), json!(null), json!("else"), json!(3)],
            false => {
                [json!(other), json!(other), json!(kid), json!("twice"), json!(null), json!(3)]
            }
        };
        let chosen = if own { choices.below(32) } else { choices.below(12) };
        match kids.get(chosen) {
            Some(Value::Null) => drop(key.remove("kid")),
            Some(value) => drop(key.insert("kid".into(), value.clone())),
            None => drop(key.insert("kid".into(), kids[0].clone())),
        }
        fault(choices, &mut key, own);
        keys.push(Value::Object(key));
    }
    if choices.rarely() {
        keys.push(choices.pick(&[
            json!(null),
            json!([]),
            json!({}),
            json!({"kty": 1}),
            json!({"kty": "AKP", "kid": kid}),
        ]));
    }
    if choices.rarely() {
        policy.limits.jwks_keys = Some(choices.pick(&[keys.len(), keys.len() - 1, 0]));
    }
    let mut text = match choices.rarely() {
        false => json!({ "keys": keys }).to_string(),
        true => choices
            .pick(&[
                json!(keys),
                json!({ "key": keys }),
                json!({ "keys": {} }),
                json!({"keys": keys, "x": [1]}),
            ])
            .to_string(),
    };
    if choices.rarely() {
        text = choices.pick(&[
            format!("{text}x"),
            format!(" {text} "),
            text.replacen("\"kid\":", "\"kid\":\"k\",\"k\\u0069d\":", 1),
            text.replacen('{', "[", 1),
        ]);
    }
    if choices.rarely() {
        policy.limits.jwks_octets = Some(text.len() - choices.below(2));
    }
    text.into_bytes()
}

fn fault(choices: &mut Choices<'_>, key: &mut Map<String, Value>, own: bool) {
    let is_rsa = key.get("kty") == Some(&json!("RSA"));
    let mut set = |name: &str, value: Value| drop(key.insert(name.into(), value));
    match if own { choices.below(64) } else { choices.below(32) } {
        1 => set("use", json!("sig")),
        2 => set("use", choices.pick(&[json!("enc"), json!("Sig"), json!(1), json!(null)])),
        3 => set("key_ops", json!(["verify", "sign"])),
        4 => set(
            "key_ops",
            choices.pick(&[
                json!(["sign"]),
                json!([]),
                json!("verify"),
                json!(["verify", "verify"]),
            ]),
        ),
        5 => set("d", choices.pick(&[json!("AA"), json!(null)])),
        6 => set(
            "crv",
            choices.pick(&[
                json!("P-256"),
                json!("P-384"),
                json!("X25519"),
                json!("secp256k1"),
                json!(1),
            ]),
        ),
        7 => set(
            "kty",
            choices.pick(&[json!("RSA"), json!("EC"), json!("OKP"), json!("oct"), json!("rsa")]),
        ),
        8..=14 => {
            let algs = ["ES256", "EdDSA", "Ed25519", "HS256", "RS256", "PS512", "RSA-OAEP", "none"];
            set("alg", json!(choices.pick(&algs)));
        }
        15 => {
            let members =
                ["x", "y", "n", "k", "e"].into_iter().filter(|name| key.contains_key(*name));
            let name = choices.pick(&members.collect::<Vec<_>>());
            let text = key[name].as_str().expect("text").to_owned();
            let mut octets = base64url::decode(text.as_bytes()).expect("canonical");
            match choices.below(5) {
                0 => octets[0] ^= 1,
                1 => octets.insert(0, 0),
                2 => drop(octets.pop()),
                3 => octets.clear(),
                _ => {}
            }
            let spelled = base64url::encode(&octets);
            let value = choices.pick(&[json!(spelled), json!(format!("{spelled}=")), json!(1)]);
            key.insert(name.into(), value);
        }
        16 => {
            let name = choices.pick(&["x", "y", "n", "k", "e", "kty", "crv"]);
            key.remove(name);
        }
        17 if is_rsa => set("n", json!("AQAB")),
        18 => set("x5c", json!(["garbage"])),
        _ => {}
    }
}

const OTHERS: [&str; 12] = [
    "p256-other",
    "p256-third",
    "ed25519-other",
    "hmac-other",
    "rsa-third",
    "p384-other",
    "rsa-1024",
    "hmac-31",
    "x25519",
    "secp256k1",
    "rsa-e3",
    "hmac-48",
];
