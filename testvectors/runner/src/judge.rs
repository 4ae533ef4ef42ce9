//! Compares the core's result with the case's expectation.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use verijot::Algorithm;
use verijot::crypto::CryptoProvider;

use crate::case::{Case, Expectation, Facts};
use crate::observer::Observer;
use crate::run::{Accepted, Verdict, run};

/// The result of a case.
pub(crate) enum Judgement {
    Passed,
    Skipped,
    Failed { expected: String, got: String },
}

/// Runs the case named `id`, unless it needs an algorithm that the provider does not support.
pub(crate) fn judge(
    id: &str,
    json: &str,
    provider: &dyn CryptoProvider,
    observer: &mut impl Observer,
) -> Judgement {
    let unusable = |problem: String| Judgement::Failed {
        expected: String::from("a case that can be run"),
        got: problem,
    };
    let case = match serde_json::from_str::<Case>(json) {
        Ok(case) => case,
        Err(error) => return unusable(error.to_string()),
    };
    let lacks = |name: &String| match Algorithm::from_name(name) {
        Some(algorithm) => !provider.algorithms().contains(algorithm),
        None => !ABILITIES.contains(&name.as_str()),
    };
    if case.requires.iter().any(lacks) {
        observer.outcome(id, &"skipped");
        return Judgement::Skipped;
    }
    let run = match run(&case, provider, observer) {
        Ok(run) => run,
        Err(problem) => return unusable(problem),
    };
    observer.outcome(id, &run);
    if let (Some(expected), Some(skipped)) = (&case.skipped_keys, &run.skipped) {
        let expected = expected.iter().map(|key| (key.index, key.reason.clone()));
        let expected = expected.collect::<Vec<_>>();
        if expected != *skipped {
            return Judgement::Failed {
                expected: format!("skipped keys {expected:?}"),
                got: format!("skipped keys {skipped:?}"),
            };
        }
    }
    match (&case.expect, &run.verdict) {
        (Expectation::Accepted(accepted), Verdict::Accepted(facts)) => {
            difference(&accepted.valid, facts)
        }
        (Expectation::Refused(refused), Verdict::Refused { code, claim }) => {
            let code_fits = refused.error == "any" || refused.error == *code;
            let claim_fits = refused.claim.is_none() || refused.claim == *claim;
            if code_fits && claim_fits {
                Judgement::Passed
            } else {
                Judgement::Failed {
                    expected: named(&refused.error, refused.claim.as_ref()),
                    got: named(code, claim.as_ref()),
                }
            }
        }
        (Expectation::Accepted(_), Verdict::Refused { code, claim }) => {
            let got = run.said.unwrap_or_else(|| named(code, claim.as_ref()));
            Judgement::Failed { expected: String::from("valid"), got }
        }
        (Expectation::Refused(refused), Verdict::Accepted(_)) => Judgement::Failed {
            expected: named(&refused.error, refused.claim.as_ref()),
            got: String::from("valid"),
        },
    }
}

fn difference(expected: &Facts, got: &Accepted) -> Judgement {
    let failed = |expected: String, got: String| Judgement::Failed { expected, got };
    if let Some(kid) = &expected.kid {
        if *kid != got.key_id {
            return failed(format!("kid {kid:?}"), format!("kid {:?}", got.key_id));
        }
    }
    if let Some(name) = &expected.alg {
        if Algorithm::from_name(name) != Some(got.algorithm) {
            return failed(format!("alg {name}"), format!("alg {}", got.algorithm));
        }
    }
    if let Some(payload) = &expected.payload {
        if payload.as_bytes() != got.payload {
            let shown = String::from_utf8_lossy(&got.payload);
            return failed(format!("payload {payload}"), format!("payload {shown}"));
        }
    }
    if let Some(encoded) = &expected.payload_base64url {
        let spelled = base64url(&got.payload);
        if *encoded != spelled {
            return failed(format!("payload {encoded}"), format!("payload {spelled}"));
        }
    }
    if let Some(checked) = &expected.checked {
        let read = got.checked.as_deref().and_then(|text| serde_json::from_str(text).ok());
        if read.as_ref() != Some(checked) {
            return failed(format!("checked {checked}"), format!("checked {:?}", got.checked));
        }
    }
    Judgement::Passed
}

pub(crate) fn named(code: &str, claim: Option<&String>) -> String {
    claim.map_or_else(|| code.to_owned(), |claim| format!("{code} ({claim})"))
}

pub(crate) fn base64url(octets: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(octets)
}

/// Keys that every provider in Rust loads, unlike some platforms, and what not every language has.
const ABILITIES: [&str; 6] =
    ["RSA-8192", "RSA-exponent", "certificate-map", "key-purposes", "alb", "profiles"];
