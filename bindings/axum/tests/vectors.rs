//! Sends the shared test vectors as requests to the extractor.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use std::path::PathBuf;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::{HeaderValue, Request};
use serde_json::Value;
use verijot::crypto::CryptoProvider;
use verijot::issuer::KeySource;
use verijot::{Algorithm, Policy, UnixTime, Verifier};
use verijot_axum::{Authenticator, Bearer, Clock, IssuerKeys};

struct Fixed(UnixTime);

impl Clock for Fixed {
    fn now(&self) -> UnixTime {
        self.0
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test]
async fn the_extractor_returns_the_verdicts_of_the_vectors() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testvectors");
    let folder = std::env::var_os("VERIJOT_TESTVECTORS").map_or(default.into(), PathBuf::from);
    let (mut accepted, mut refused, mut with_header, mut left_out) = (0, 0, 0, 0);
    for file in verijot_testvectors::read_folder(&folder).unwrap() {
        for case in file.cases {
            let case = serde_json::from_str::<Value>(&case).unwrap();
            let Some((judge, authorization)) = prepared(&case) else {
                left_out += 1;
                continue;
            };
            let id = &case["id"];
            let mut request = Request::get("/");
            if let Some(value) = authorization {
                request = request.header("Authorization", value);
            }
            let mut parts = request.body(()).unwrap().into_parts().0;
            let verdict =
                <Bearer as FromRequestParts<_>>::from_request_parts(&mut parts, &judge).await;
            match (&case["expect"], verdict) {
                (expected, Ok(bearer)) => {
                    assert!(expected["valid"].is_object(), "{id} is accepted");
                    if let Some(payload) = expected["valid"]["payload"].as_str() {
                        assert_eq!(bearer.token.payload_json(), payload, "{id}");
                    }
                    accepted += 1;
                }
                (expected, Err(rejection)) => {
                    let code = rejection.error().code();
                    let expected = expected["error"].as_str().unwrap_or("valid");
                    assert!(expected == "any" || expected == code, "{id}: {code}, not {expected}");
                    refused += 1;
                }
            }
            with_header += usize::from(case.get("authorization").is_some());
        }
    }
    println!(
        "{accepted} accepted, {refused} refused, {with_header} whole headers, {left_out} left out"
    );
    assert!(accepted >= 400 && refused >= 900 && with_header >= 25, "too few cases were run");
}

/// `None` for a case that is not about requests: about a signature alone, keys that no source
/// provides, a token that no header can carry, or an unusual policy.
fn prepared(case: &Value) -> Option<(Authenticator, Option<HeaderValue>)> {
    let required = case["requires"].as_array().into_iter().flatten();
    // Every provider in Rust loads the RSA keys that some platforms cannot.
    let algorithms = required.filter_map(|name| name.as_str().unwrap().parse::<Algorithm>().ok());
    let is_lacking = |algorithm| !provider().algorithms().contains(algorithm);
    if case["mode"] == "jws" || algorithms.into_iter().any(is_lacking) {
        return None;
    }
    let jwks = match &case["jwks"] {
        Value::Null => case["jwks_text"].as_str()?.to_owned(),
        jwks => jwks.to_string(),
    };
    let apart = ["jwks_options", "jwks_certificates", "jwks_purposes", "alb"];
    if apart.into_iter().any(|name| case.get(name).is_some()) {
        return None;
    }
    let keys = IssuerKeys::new(KeySource::jwks(jwks).ok()?).ok()?;
    let now = UnixTime::from_decimal(case["now"].as_str()?)?;
    let judge = Authenticator::new(Verifier::new(policy(&case["policy"])?).ok()?, keys);
    Some((judge.with_clock(Fixed(now)), authorization(case)?))
}

fn authorization(case: &Value) -> Option<Option<HeaderValue>> {
    if let Some(authorization) = case.get("authorization") {
        return match authorization.as_str() {
            Some(value) => HeaderValue::from_str(value).ok().map(Some),
            None => Some(None),
        };
    }
    let token = case["token"].as_str()?;
    let is_token68 = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~+/=".contains(&octet);
    if token.is_empty() || !token.bytes().all(is_token68) {
        return None;
    }
    HeaderValue::from_str(&format!("Bearer {token}")).ok().map(Some)
}

/// `None` for an invalid policy, and for options that no authenticator has: how keys are parsed.
fn policy(document: &Value) -> Option<Policy> {
    let beyond = ["symmetric_keys", "limits", "known_tenants", "revocation"];
    if beyond.iter().any(|name| document.get(name).is_some()) {
        return None;
    }
    Policy::from_json(document.to_string()).ok()
}

/// The provider that the crate uses.
fn provider() -> &'static dyn CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return verijot::crypto::aws_lc_rs::PROVIDER;
    #[cfg(not(feature = "aws-lc-rs"))]
    return verijot::crypto::ring::PROVIDER;
}
