//! Damaged and random input: always a documented error, never a panic, never an acceptance.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::HashMap;

use crate::common::{self, EIGHTEEN_CLAIMS, keys, now, verifier, waived};
use serde::de::IgnoredAny;
use verijot::request::bearer;
use verijot::{Error, JwkSet};

const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "\u0061", "use": "sig",
    "key_ops": ["verify"], "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
    {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "oct", "k": "AAAA"}]}"#;

#[test]
fn any_change_of_one_octet_is_refused() {
    let verifier = verifier(waived());
    let token = common::token(EIGHTEEN_CLAIMS).into_bytes();
    let keys = keys();
    assert!(verifier.verify(&token, &keys, now()).is_ok());
    for position in 0..token.len() {
        for octet in [b'A', b'_', b'.', b'=', b'\n', 0, 0xff, token[position] ^ 1] {
            if octet == token[position] {
                continue;
            }
            let mut changed = token.clone();
            changed[position] = octet;
            let refused = verifier.verify(&changed, &keys, now()).unwrap_err();
            assert!(Error::CODES.contains(&refused.code()));
            // The fast path finds the same fault as the one that runs every check in order.
            let explained = verifier.explain(&changed, &keys, now());
            assert_eq!(explained.verdict().unwrap_err(), &refused);
        }
        let mut shorter = token.clone();
        shorter.remove(position);
        assert!(verifier.verify(&shorter, &keys, now()).is_err());
        let mut longer = token.clone();
        longer.insert(position, b'A');
        assert!(verifier.verify(&longer, &keys, now()).is_err());
        assert!(verifier.verify(&token[..position], &keys, now()).is_err());
    }
}

#[test]
fn headers_and_claims_of_any_octets_are_answered() {
    let verifier = verifier(waived());
    let mut random = Random(0x5eed);
    for _ in 0..20_000 {
        let payload = random.damaged(EIGHTEEN_CLAIMS.as_bytes());
        let token = common::token_of(r#"{"alg":"HS256"}"#, &payload);
        let verdict = verifier.verify(&token, &keys(), now());
        // serde_json must accept what verijot accepts (of numbers only the grammar, not the range).
        if verdict.is_ok() {
            serde_json::from_slice::<HashMap<String, IgnoredAny>>(&payload).unwrap();
        }
        let header = random.damaged(br#"{"alg":"HS256","crit":["b64"],"b64":true,"typ":"JWT"}"#);
        let token = common::token_of(&String::from_utf8_lossy(&header), b"{}");
        let _ = verifier.explain(&token, &keys(), now()).to_string();
    }
}

#[test]
fn key_sets_of_any_octets_are_answered() {
    let mut random = Random(0x5eed);
    for _ in 0..20_000 {
        let damaged = random.damaged(JWKS.as_bytes());
        match JwkSet::from_json(&damaged) {
            Ok(set) => assert!(set.keys().len() + set.skipped().len() <= 100),
            Err(error) => assert_eq!(error.code(), "malformed_jwks"),
        }
    }
}

#[test]
fn authorization_headers_of_any_octets_are_answered() {
    let mut random = Random(0x5eed);
    for _ in 0..20_000 {
        let damaged = random.damaged(b"Bearer abc.def.ghi");
        if let Ok(token) = bearer::token(Some(&damaged)) {
            assert!(token.iter().all(u8::is_ascii_graphic));
        }
    }
}

/// A xorshift generator: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A copy with one to four octets changed, removed, doubled or moved.
    fn damaged(&mut self, original: &[u8]) -> Vec<u8> {
        const TELLING: &[u8] = b"\"\\{}[]:,0-.eEu \xff\x00\xed\xa0ntf";
        let mut octets = original.to_vec();
        for _ in 0..=self.below(4) {
            let position = self.below(octets.len());
            match self.below(4) {
                0 => octets[position] = TELLING[self.below(TELLING.len())],
                1 => {
                    octets.remove(position);
                }
                2 => octets.insert(position, TELLING[self.below(TELLING.len())]),
                _ => {
                    let other = self.below(octets.len());
                    octets.swap(position, other);
                }
            }
        }
        octets
    }
}
