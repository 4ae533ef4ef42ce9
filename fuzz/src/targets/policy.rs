//! Any text as a policy's document: a documented result; an accepted policy can be written and read
//! again, and gives the same verdicts before and after.

use std::sync::OnceLock;

use verijot::crypto::ring;
use verijot::{JwkSet, Policy, UnixTime, Verifier};

use crate::oracle::json::Json;
use crate::{invariants, signing};

/// Runs an input.
pub fn run(data: &[u8]) {
    let policy = match Policy::from_json(data) {
        Ok(policy) => policy,
        Err(error) => return invariants::of_policy_error(&error, data),
    };
    assert!(Json::parse_strict(data).is_ok(), "taken, but not strict JSON");
    let document = policy.to_json();
    let again = Policy::from_json(&document).expect("what is written is read");
    assert_eq!(again, policy, "{document}");
    assert_eq!(again.to_json(), document);

    let [one, other] = [policy, again].map(|policy| Verifier::new(policy).expect("it makes sense"));
    let verdicts = |verifier: &Verifier| {
        let verdict = |token: &Vec<u8>| {
            let verdict = verifier.verify(token, keys(), UnixTime::from_seconds(1_700_000_000));
            verdict.map(|verified| verified.payload().to_vec())
        };
        tokens().iter().map(verdict).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&one), verdicts(&other), "{document}");
    let usable = |verifier: &Verifier| {
        let set = verifier.policy().jwks_parser(ring::PROVIDER).parse(jwks());
        set.map(|set| set.keys().len()).map_err(|error| error.code())
    };
    assert_eq!(usable(&one), usable(&other), "{document}");
}

/// Tokens that different policies accept.
fn tokens() -> &'static [Vec<u8>] {
    static TOKENS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    TOKENS.get_or_init(|| {
        let claims: [&[u8]; 4] = [
            br#"{}"#,
            br#"{"iss":"https://issuer.example","aud":"https://api.example","exp":1700003600}"#,
            br#"{"iss":"a","aud":["a","b"],"sub":1,"iat":1700000010,"exp":1700000100,"scope":"a b"}"#,
            br#"{"iss":"a","aud":"a","sub":"a","iat":1699999990,"exp":1700000000,"a":"a","roles":["a"],"nonce":0.5}"#,
        ];
        let header = |typ: &str| format!(r#"{{"alg":"HS256"{typ}}}"#).into_bytes();
        let headers = [header(""), header(r#","typ":"at+jwt""#), header(r#","typ":"a""#)];
        let tokens = headers.iter().flat_map(|header| {
            claims.iter().map(|claims| signing::token("hmac-32", "HS256", header, claims))
        });
        tokens.collect()
    })
}

fn jwks() -> String {
    serde_json::json!({ "keys": [signing::jwk("hmac-32")] }).to_string()
}

fn keys() -> &'static JwkSet {
    static KEYS: OnceLock<JwkSet> = OnceLock::new();
    KEYS.get_or_init(|| {
        let parser = verijot::JwkSetParser::new(ring::PROVIDER).allow_symmetric_keys();
        parser.parse(jwks()).expect("a sound set")
    })
}
