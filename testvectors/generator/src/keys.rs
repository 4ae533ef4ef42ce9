//! The public test keys by name, and their JWKs.

use std::sync::OnceLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// The key of the name as a private JWK; its `kid` is its name.
pub fn private(name: &str) -> Map<String, Value> {
    static KEYS: OnceLock<Value> = OnceLock::new();
    let file = KEYS.get_or_init(|| {
        serde_json::from_str(include_str!("public_test_keys.json")).expect("the key file is JSON")
    });
    match &file["keys"][name] {
        Value::Object(key) => key.clone(),
        _ => panic!("no key is called {name}"),
    }
}

/// The key of the name as an issuer would publish it; an `oct` key whole.
pub fn public(name: &str) -> Value {
    let mut key = private(name);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        key.shift_remove(member);
    }
    Value::Object(key)
}

/// The public key with members replaced or added, and those set to null here taken out.
pub fn public_with(name: &str, changes: Value) -> Value {
    let mut key = public(name);
    let members = key.as_object_mut().expect("a key is an object");
    for (member, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            members.shift_remove(member);
        } else {
            members.insert(member.clone(), value.clone());
        }
    }
    key
}

/// The public key under another `kid`.
pub fn renamed(name: &str, kid: &str) -> Value {
    public_with(name, json!({ "kid": kid }))
}

/// The public key without a `kid`.
pub fn nameless(name: &str) -> Value {
    public_with(name, json!({ "kid": null }))
}

/// The octets of one member of a key.
pub fn octets(name: &str, member: &str) -> Vec<u8> {
    let key = private(name);
    let text = key.get(member).and_then(Value::as_str);
    let text = text.unwrap_or_else(|| panic!("{name} has no {member}"));
    decode(text)
}

/// base64url without padding.
pub fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// The same base64url with its last character replaced by the next of the alphabet: where there are
/// unused bits, the octets stay the same.
pub fn with_unused_bit(text: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = text.split_at(text.len() - 1);
    let place = alphabet.find(last).expect("a character of the alphabet");
    format!("{rest}{}", &alphabet[place + 1..place + 2])
}

/// The octets of canonical base64url.
pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("canonical base64url")
}
