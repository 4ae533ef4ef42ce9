//! Runs one case with the core, and collects all its results.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use verijot::crypto::CryptoProvider;
use verijot::request::bearer;
use verijot::{
    Algorithm, Error, JwkSet, Policy, PolicyError, Revocation, UnixTime, Verified, Verifier,
};

use crate::case::{Case, JwksOption, Mode, RevocationAnswer};
use crate::judge::{base64url, named};
use crate::observer::{Observer, Presented, Work};

pub(crate) struct Run {
    pub(crate) verdict: Verdict,
    /// Index and reason of each unusable key; `None` without a set.
    pub(crate) skipped: Option<Vec<(usize, String)>>,
    /// The problem of the policy.
    pub(crate) said: Option<String>,
}

/// All of the core's results, in one line.
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

pub(crate) enum Verdict {
    Accepted(Accepted),
    Refused { code: String, claim: Option<String> },
}

pub(crate) struct Accepted {
    pub(crate) key_id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) payload: Vec<u8>,
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

/// Policy, then keys, then token; an error says that the case itself is invalid.
pub(crate) fn run(
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
            observer.presented(&Presented { verifier, token: &token, keys, now: Some(now) });
            let verified =
                observer.watch(Work::Verification, || verifier.verify(&token, keys, now));
            let explained = verifier.explain(&token, keys, now);
            if explained.verdict().err() != verified.as_ref().err() {
                return Err(String::from("explain and verify differ"));
            }
            // The keys may cache the header of the first verification.
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
            observer.presented(&Presented { verifier, token: &token, keys, now: None });
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

/// A verifier with the case's policy, or the problem of the policy.
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

fn octets(hexadecimal: &str) -> Result<Vec<u8>, String> {
    let pairs = hexadecimal.as_bytes().chunks(2).map(|pair| {
        let digits = core::str::from_utf8(pair).ok().filter(|digits| digits.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    });
    pairs.collect::<Option<_>>().ok_or_else(|| String::from("token_hex is not hexadecimal"))
}
