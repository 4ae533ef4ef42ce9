//! Valid tokens with changes: a token that differs in any octet from the signed one is refused.

use std::sync::LazyLock;

use serde_json::{Value, json};
use verijot::TokenCache;
use verijot::crypto::aws_lc_rs;
use verijot::{Audiences, Issuers, JwkSet, JwkSetParser, Policy, UnixTime, Verified, Verifier};

use crate::choices::Choices;
use crate::{invariants, signing};

/// Runs an input.
pub fn run(data: &[u8]) {
    let fixed = &*FIXED;
    let mut choices = Choices::new(data);
    let token = &fixed.tokens[choices.below(fixed.tokens.len())];
    let mut changed = token.clone();
    let many = choices.either();
    loop {
        let place = usize::from(choices.number()) % (changed.len() + 1);
        let octet = choices.octet();
        match choices.below(7) {
            0 if place < changed.len() => changed[place] = octet,
            1 if place < changed.len() => changed[place] ^= 1 << (octet % 8),
            2 => changed.insert(place, octet),
            3 if place < changed.len() => drop(changed.remove(place)),
            4 if place < changed.len() => changed[place] = ALPHABET[usize::from(octet) % 64],
            5 if place < changed.len() => {
                let next = (place + 1) % changed.len();
                changed.swap(place, next);
            }
            6 => changed.splice(place..place, choices.octets().iter().copied()).for_each(drop),
            _ => changed.push(octet),
        }
        if !many || choices.is_empty() || changed.is_empty() {
            break;
        }
    }
    let verdict = fixed.verifier.verify(&changed, &fixed.keys, fixed.now);
    let mut cache = TokenCache::<Verified>::new(4);
    assert!(cache.verify(&fixed.verifier, token, &fixed.keys, fixed.now).is_ok());
    let cached = cache.verify(&fixed.verifier, &changed, &fixed.keys, fixed.now);
    assert_eq!(cached.is_ok(), verdict.is_ok());
    let jws = fixed.verifier.verify_jws(&changed, &fixed.keys);
    if fixed.tokens.contains(&changed) {
        assert!(verdict.is_ok() && jws.is_ok(), "the very token");
        return;
    }
    let error = verdict.expect_err("a changed token was accepted");
    invariants::of_error(&error, &changed);
    invariants::hides_claims(&format!("{error} {error:?}"), &changed);
    let jws = jws.expect_err("a changed token's signature was accepted");
    assert_eq!(jws, error);
}

struct Fixed {
    tokens: Vec<Vec<u8>>,
    keys: JwkSet,
    verifier: Verifier,
    now: UnixTime,
}

static FIXED: LazyLock<Fixed> = LazyLock::new(|| {
    let keys = ["rsa", "p256", "p384", "p521", "ed25519", "hmac-64"];
    let jwks = json!({ "keys": keys.map(|name| Value::Object(signing::jwk(name))) }).to_string();
    let policy = Policy::new(Issuers::only("joe"), Audiences::only("api")).types(["at+jwt"]);
    let claims = br#"{"iss":"joe","aud":["api","other"],"exp":1700000600,"sub":"s3cret-value"}"#;
    let tokens = SIGNERS.map(|(key, alg)| {
        let header = format!(r#"{{"alg":"{alg}","kid":"{key}","typ":"at+jwt"}}"#);
        signing::token(key, alg, header.as_bytes(), claims)
    });
    let fixed = Fixed {
        tokens: tokens.to_vec(),
        keys: JwkSetParser::new(aws_lc_rs::PROVIDER)
            .allow_symmetric_keys()
            .parse(jwks)
            .expect("sound"),
        verifier: Verifier::new(policy).expect("sound"),
        now: UnixTime::from_seconds(1_700_000_000),
    };
    for token in &fixed.tokens {
        fixed.verifier.verify(token, &fixed.keys, fixed.now).expect("a good token");
    }
    fixed
});

const SIGNERS: [(&str, &str); 13] = [
    ("hmac-64", "HS256"),
    ("hmac-64", "HS384"),
    ("hmac-64", "HS512"),
    ("ed25519", "EdDSA"),
    ("p256", "ES256"),
    ("p384", "ES384"),
    ("p521", "ES512"),
    ("rsa", "RS256"),
    ("rsa", "RS384"),
    ("rsa", "RS512"),
    ("rsa", "PS256"),
    ("rsa", "PS384"),
    ("rsa", "PS512"),
];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
