//! Any octets as a token: the first checks agree with the model, all APIs agree with each other,
//! and RustCrypto and the model accept what is accepted.

use std::sync::LazyLock;

use serde_json::{Value, json};
use verijot::crypto::aws_lc_rs;
use verijot::request::bearer;
use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier};

use crate::model::case::{self, Case, Mode};
use crate::model::{self, Verdict, keys};
use crate::{invariants, signing, verdict};

/// Runs an input.
pub fn run(data: &[u8]) {
    let fixed = &*FIXED;
    let expected = model::open(data, &fixed.model, Mode::Jwt, &keys::ALL);
    let verdict = fixed.verifier.verify(data, &fixed.keys, fixed.now);
    match (&expected, &verdict) {
        (Err((code, _)), verdict) => {
            let error = verdict.as_ref().expect_err("accepted what the model refuses");
            assert_eq!(error.code(), *code);
        }
        (Ok(_), Err(error)) => assert!(BEHIND_THE_HEADER.contains(&error.code()), "{error}"),
        (Ok(opened), Ok(verified)) => {
            assert_eq!(verified.header().algorithm_name(), opened.header.alg);
            invariants::of_verified(verified, data);
            let case = fixed.case(data);
            let Verdict::Accepted { kid, alg, payload } = model::judge(&case, &keys::ALL) else {
                panic!("accepted what the model refuses: {}", case.to_vector());
            };
            assert_eq!(verified.key_id(), kid.as_deref());
            assert_eq!(verified.algorithm().name(), alg);
            assert_eq!(verified.payload(), payload);
        }
    }
    if let Err(error) = &verdict {
        invariants::of_error(error, data);
    }
    let explanation = fixed.verifier.explain(data, &fixed.keys, fixed.now);
    assert_eq!(explanation.verdict().err(), verdict.as_ref().err());
    match fixed.verifier.open(data) {
        Err(error) => assert_eq!(Some(&error), verdict.as_ref().err()),
        Ok(opened) => {
            let opened = opened.verify(&fixed.keys, fixed.now);
            assert_eq!(opened.err(), verdict.as_ref().err().cloned());
        }
    }
    // The signature has the same verdict whether the payload is checked or not.
    match (fixed.verifier.verify_jws(data, &fixed.keys), &verdict) {
        (Ok(verified), Ok(jwt)) => assert_eq!(verified.payload(), jwt.payload()),
        (Ok(_), Err(error)) => assert!(IN_THE_PAYLOAD.contains(&error.code()), "{error}"),
        (Err(error), Err(jwt)) => assert!(error == *jwt, "{error} {jwt}"),
        (Err(error), Ok(_)) => panic!("{error}"),
    }

    let authorization = [b"Bearer ", data].concat();
    match bearer::token(Some(&authorization)) {
        Ok(token) => assert_eq!(token, data.trim_ascii()),
        Err(error) => invariants::of_error(&error, data),
    }
    if let Err(error) = bearer::token(Some(data)) {
        invariants::of_error(&error, data);
        assert!(["missing_token", "malformed_authorization"].contains(&error.code()));
    }
}

struct Fixed {
    model: case::Policy,
    jwks: String,
    verifier: Verifier,
    keys: JwkSet,
    now: UnixTime,
}

impl Fixed {
    fn case(&self, token: &[u8]) -> Case {
        Case {
            keys: Some(self.jwks.clone().into_bytes()),
            jwks_options: Vec::new(),
            token: token.to_vec(),
            mode: Mode::Jwt,
            policy: self.model.clone(),
            now: self.now.to_string(),
        }
    }
}

/// Every key that signs most of the vectors' tokens.
static FIXED: LazyLock<Fixed> = LazyLock::new(|| {
    let jwks = KEYS.map(|name| Value::Object(signing::jwk(name)));
    let jwks = json!({ "keys": jwks }).to_string();
    let model = case::Policy {
        types: Some(None),
        require_exp: Some(false),
        symmetric_keys: true,
        ..case::Policy::default()
    };
    let policy = Policy::new(Issuers::any(), Audiences::any()).any_type().allow_missing_expiry();
    Fixed {
        keys: verdict::parser(&model, aws_lc_rs::PROVIDER).parse(&jwks).expect("published keys"),
        jwks,
        model,
        verifier: Verifier::new(policy).expect("sound"),
        now: UnixTime::from_seconds(1_700_000_000),
    }
});

const KEYS: [&str; 11] = [
    "p256",
    "p256-other",
    "p384",
    "p521",
    "ed25519",
    "rsa",
    "rsa-other",
    "hmac-32",
    "hmac-48",
    "hmac-64",
    "rfc7515-a1",
];

const BEHIND_THE_HEADER: [&str; 11] = [
    "unknown_key",
    "ambiguous_key",
    "algorithm_mismatch",
    "malformed_token",
    "invalid_signature",
    "malformed_claims",
    "missing_claim",
    "invalid_claim",
    "expired",
    "not_yet_valid",
    "issued_in_future",
];

const IN_THE_PAYLOAD: [&str; 5] =
    ["malformed_claims", "invalid_claim", "expired", "not_yet_valid", "issued_in_future"];
