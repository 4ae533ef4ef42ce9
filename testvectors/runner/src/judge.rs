//! One case through the core, and its outcome beside what the case expects.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use verijot::crypto::CryptoProvider;
use verijot::request::bearer;
use verijot::{
    Algorithm, Error, JwkSet, Policy, PolicyError, Revocation, UnixTime, Verified, Verifier,
};

use crate::case::{Case, Expectation, Facts, JwksOption, Mode, RevocationAnswer};
use crate::observer::{Observer, Work};

/// What came of a case.
pub(crate) enum Judgement {
    Passed,
    Skipped,
    Failed { expected: String, got: String },
}

/// Runs the case named `id`, unless it needs an algorithm that the provider does not have.
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
        None => true,
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

struct Run {
    verdict: Verdict,
    /// Index and reason of each key that is not used; `None` without a set.
    skipped: Option<Vec<(usize, String)>>,
    /// What is wrong with the policy.
    said: Option<String>,
}

/// Everything that the core said, in one line.
impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Accepted(Accepted { key_id, algorithm, payload }) => {
                let payload = base64url(payload);
                write!(formatter, "valid {algorithm} {key_id:?} {payload}")?;
            }
            Verdict::Refused { code, claim } => {
                formatter.write_str(&named(code, claim.as_ref()))?;
            }
        }
        for (index, reason) in self.skipped.iter().flatten() {
            write!(formatter, ", key {index} {reason}")?;
        }
        Ok(())
    }
}

enum Verdict {
    Accepted(Accepted),
    Refused { code: String, claim: Option<String> },
}

struct Accepted {
    key_id: Option<String>,
    algorithm: Algorithm,
    payload: Vec<u8>,
}

impl Verdict {
    fn code(code: &str) -> Self {
        Self::Refused { code: code.to_owned(), claim: None }
    }
}

impl From<Error> for Verdict {
    fn from(error: Error) -> Self {
        Self::Refused { code: error.code().to_owned(), claim: error.claim().map(String::from) }
    }
}

/// Policy, then keys, then token; an error says that the case itself is wrong.
fn run(
    case: &Case,
    provider: &dyn CryptoProvider,
    observer: &mut impl Observer,
) -> Result<Run, String> {
    let refused = |code: &str| Run { verdict: Verdict::code(code), skipped: None, said: None };
    let verifier = match verifier(case)? {
        Ok(verifier) => verifier,
        Err(error) => {
            return Ok(Run { said: Some(error.to_string()), ..refused(PolicyError::CODE) });
        }
    };
    let keys = match key_set(case, verifier.policy(), provider, observer)? {
        KeySet::Parsed(keys) => Some(keys),
        KeySet::Unusable(code) => return Ok(refused(code)),
        KeySet::Unavailable => None,
    };
    let verdict = match verdict(case, &verifier, keys.as_ref(), observer)? {
        Ok(accepted) => Verdict::Accepted(accepted),
        Err(error) => Verdict::from(error),
    };
    let skipped = keys.map(|keys| {
        let skipped = keys.skipped().iter();
        skipped.map(|key| (key.index(), key.reason().problem().code().to_owned())).collect()
    });
    Ok(Run { verdict, skipped, said: None })
}

fn verdict(
    case: &Case,
    verifier: &Verifier,
    keys: Option<&JwkSet>,
    observer: &mut impl Observer,
) -> Result<Result<Accepted, Error>, String> {
    let token = match token(case)? {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
    let Some(keys) = keys else {
        let opened = verifier.open(&token);
        return Ok(Err(opened.err().unwrap_or(Error::KeysUnavailable { retry_after: None })));
    };
    Ok(match case.mode {
        Mode::Jwt => {
            let now = case.now.as_deref().ok_or("now is missing")?;
            let now = UnixTime::from_decimal(now).ok_or("now is not decimal text")?;
            let verified =
                observer.watch(Work::Verification, || verifier.verify(&token, keys, now));
            let explained = verifier.explain(&token, keys, now);
            if explained.verdict().err() != verified.as_ref().err() {
                return Err(String::from("explain and verify differ"));
            }
            // The keys may remember the header from the first time.
            let again = verifier.verify(&token, keys, now);
            if again.as_ref().map(Verified::payload) != verified.as_ref().map(Verified::payload) {
                return Err(String::from("the second verification differs from the first"));
            }
            verified.map(|verified| Accepted {
                key_id: verified.key_id().map(ToOwned::to_owned),
                algorithm: verified.algorithm(),
                payload: verified.payload().to_vec(),
            })
        }
        Mode::Jws => {
            let verified = observer.watch(Work::Verification, || verifier.verify_jws(&token, keys));
            verified.map(|verified| Accepted {
                key_id: verified.key_id().map(ToOwned::to_owned),
                algorithm: verified.algorithm(),
                payload: verified.payload().to_vec(),
            })
        }
    })
}

fn token(case: &Case) -> Result<Result<Vec<u8>, Error>, String> {
    match (&case.token, &case.token_hex, &case.token_repeat, &case.authorization) {
        (Some(token), None, None, None) => Ok(Ok(token.clone().into_bytes())),
        (None, Some(hexadecimal), None, None) => Ok(Ok(octets(hexadecimal)?)),
        (None, None, Some(repetition), None) => Ok(Ok(repetition.write_out().into_bytes())),
        (None, None, None, Some(authorization)) => {
            let value = authorization.as_deref().map(str::as_bytes);
            Ok(bearer::token(value).map(<[u8]>::to_vec))
        }
        _ => Err(String::from("not exactly one kind of token")),
    }
}

enum KeySet {
    Parsed(JwkSet),
    Unusable(&'static str),
    Unavailable,
}

fn key_set(
    case: &Case,
    policy: &Policy,
    provider: &dyn CryptoProvider,
    observer: &mut impl Observer,
) -> Result<KeySet, String> {
    let text = match (&case.jwks, &case.jwks_text) {
        (Some(Some(jwks)), None) => jwks.get(),
        (Some(None), None) => return Ok(KeySet::Unavailable),
        (None, Some(text)) => text,
        _ => return Err(String::from("not exactly one of jwks and jwks_text")),
    };
    let mut parser = policy.jwks_parser(provider);
    for option in &case.jwks_options {
        parser = match option {
            JwksOption::PaddedBase64 => parser.tolerate_padded_base64(),
            JwksOption::ShortCoordinates => parser.tolerate_short_coordinates(),
            JwksOption::SingleKey => parser,
        };
    }
    let single = case.jwks_options.contains(&JwksOption::SingleKey);
    let parse = || if single { parser.parse_single(text) } else { parser.parse(text) };
    Ok(match observer.watch(Work::KeySet, parse) {
        Ok(keys) => KeySet::Parsed(keys),
        Err(error) => KeySet::Unusable(error.code()),
    })
}

/// A verifier with the case's policy, or why there is none.
fn verifier(case: &Case) -> Result<Result<Verifier, PolicyError>, String> {
    let (document, revocation) = case.policy()?;
    let verifier = match Policy::from_json(&*document).and_then(Verifier::new) {
        Ok(verifier) => verifier,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(match revocation {
        None => verifier,
        Some(answer) => verifier.with_revocation(move |_| match answer {
            RevocationAnswer::Clear => Revocation::Clear,
            RevocationAnswer::Revoked => Revocation::Revoked,
            RevocationAnswer::Unavailable => Revocation::Unavailable,
        }),
    }))
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
    Judgement::Passed
}

fn named(code: &str, claim: Option<&String>) -> String {
    claim.map_or_else(|| code.to_owned(), |claim| format!("{code} ({claim})"))
}

fn octets(hexadecimal: &str) -> Result<Vec<u8>, String> {
    let pairs = hexadecimal.as_bytes().chunks(2).map(|pair| {
        let digits = core::str::from_utf8(pair).ok().filter(|digits| digits.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    });
    pairs.collect::<Option<_>>().ok_or_else(|| String::from("token_hex is not hexadecimal"))
}

fn base64url(octets: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(octets)
}
