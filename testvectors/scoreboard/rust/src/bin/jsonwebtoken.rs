//! jsonwebtoken: `JwkSet::find` finds the key, `decode` does the rest. The argument names the
//! backend: `aws_lc_rs` or `rust_crypto`.

#[path = "../clock.rs"]
mod clock;

use std::collections::HashMap;
use std::panic::{catch_unwind, set_hook};

use jsonwebtoken::crypto::{CryptoProvider, aws_lc, rust_crypto};
use jsonwebtoken::errors::Error;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use verijot_scoreboard::{Request, Verdict, answer, introduce, lines, version};

fn main() {
    let backend = std::env::args().nth(1).unwrap_or_default();
    let provider: &CryptoProvider = match backend.as_str() {
        "aws_lc_rs" => &aws_lc::DEFAULT_PROVIDER,
        "rust_crypto" => &rust_crypto::DEFAULT_PROVIDER,
        other => panic!("no backend is called {other:?}"),
    };
    provider.install_default().expect("no other backend was chosen before");
    introduce("jsonwebtoken", version("jsonwebtoken"), &format!("Rust, {backend}"), &ALGORITHMS);
    // A panic of the library is a result like any other; it is counted, not printed.
    set_hook(Box::new(|_| ()));
    let mut sets = HashMap::new();
    for line in lines() {
        let request: Request = serde_json::from_str(&line).expect("a line is a request");
        clock::set(&request.now);
        let set = sets
            .entry(request.jwks.clone())
            .or_insert_with(|| serde_json::from_str::<JwkSet>(&request.jwks).ok());
        let verdict = catch_unwind(|| verify(&request, set.as_ref()));
        answer(&request.id, &verdict.unwrap_or(Verdict::Refuse("!panic".into())));
    }
}

fn verify(request: &Request, set: Option<&JwkSet>) -> Verdict {
    if let Some(what) = unsayable(request) {
        return Verdict::Cannot(what);
    }
    let Some(set) = set else { return Verdict::Refuse("a set that serde cannot read".into()) };
    let token = request.octets();
    let header = match decode_header(&token) {
        Ok(header) => header,
        Err(error) => return refusal(&error),
    };
    // A token without a kid is left to the caller: every key in turn.
    let candidates: Vec<&Jwk> = match &header.kid {
        Some(kid) => set.find(kid).into_iter().collect(),
        None => set.keys.iter().collect(),
    };
    let mut verdict = Verdict::Refuse("no key in the set".into());
    for jwk in candidates {
        verdict = match attempt(request, &token, jwk) {
            Ok(()) => return Verdict::Accept,
            Err(error) => refusal(&error),
        };
    }
    verdict
}

fn attempt(request: &Request, token: &[u8], jwk: &Jwk) -> Result<(), Error> {
    let key = DecodingKey::from_jwk(jwk)?;
    let mut validation = Validation::new(Algorithm::default());
    // All algorithms of a validation must belong to the key's family.
    validation.algorithms = request
        .algorithms
        .iter()
        .filter_map(|name| name.parse::<Algorithm>().ok())
        .filter(|algorithm| algorithm.family() == key.family())
        .collect();
    validation.leeway = request.leeway.parse().expect("whole seconds");
    validation.validate_nbf = true;
    validation.required_spec_claims = request.required.iter().cloned().collect();
    match &request.issuers {
        Some(issuers) => validation.set_issuer(issuers),
        None => validation.iss = None,
    }
    match &request.audiences {
        Some(audiences) => validation.set_audience(audiences),
        None => validation.validate_aud = false,
    }
    validation.sub = request.expected.get("sub").and_then(Value::as_str).map(Into::into);
    decode::<Map<String, Value>>(token, &key, &validation).map(drop)
}

fn unsayable(request: &Request) -> Option<&'static str> {
    let spec_claims = ["exp", "nbf", "aud", "iss", "sub"];
    if request.mode == "jws" {
        return Some("a payload that is no set of claims");
    }
    if request.leeway.parse::<u64>().is_err() {
        return Some("a leeway that is no count of seconds");
    }
    if request.typ.is_some() {
        return Some("typ");
    }
    if request.max_age.is_some() {
        return Some("max_age");
    }
    if request.required.iter().any(|claim| !spec_claims.contains(&claim.as_str())) {
        return Some("other required claims");
    }
    request.expected.keys().any(|claim| claim != "sub").then_some("other expected claims")
}

fn refusal(error: &Error) -> Verdict {
    let name = format!("{:?}", error.kind());
    Verdict::Refuse(name.split(['(', ' ', '{']).next().unwrap_or_default().to_owned())
}

const ALGORITHMS: [&str; 12] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "EdDSA",
];
