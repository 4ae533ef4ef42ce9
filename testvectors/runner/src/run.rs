//! Runs one case with the core, and collects all its results.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use verijot::crypto::CryptoProvider;
use verijot::profile::{Expectations, Profile, ReplayWindow};
use verijot::verify::{AlbToken, AlbVerifier, Asked};
use verijot::{Algorithm, Error, JwkSet, PolicyError, UnixTime, Verified, Verifier};

use crate::case::{Case, Mode, WindowState};
use crate::input::{KeySet, expectations, key_set, profile, token, verifier};
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
            Verdict::Accepted(Accepted { key_id, algorithm, payload, checked }) => {
                let payload = base64url(payload);
                write!(formatter, "valid {algorithm} {key_id:?} {payload}")?;
                if let Some(checked) = checked {
                    write!(formatter, " {checked}")?;
                }
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
    /// The claims that a profile has checked.
    pub(crate) checked: Option<String>,
}

impl Accepted {
    fn of(verified: &Verified, checked: Option<String>) -> Self {
        Self {
            key_id: verified.key_id().map(ToOwned::to_owned),
            algorithm: verified.algorithm(),
            payload: verified.payload().to_vec(),
            checked,
        }
    }
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
    let unusable =
        |error: PolicyError| Run { said: Some(error.to_string()), ..refused(PolicyError::CODE) };
    let verifying = match profile(case)? {
        Some(Ok(profile)) => Verifying::Profile(profile),
        Some(Err(error)) => return Ok(unusable(error)),
        None => match verifier(case)? {
            Ok(verifier) => Verifying::Policy(verifier),
            Err(error) => return Ok(unusable(error)),
        },
    };
    let alb = match case.alb.as_ref().map(|document| AlbVerifier::from_json(document.get())) {
        Some(Err(error)) => {
            return Ok(Run { said: Some(error.to_string()), ..refused(PolicyError::CODE) });
        }
        Some(Ok(alb)) => Some(alb),
        None => None,
    };
    let keys = match key_set(case, verifying.verifier().policy(), provider, observer)? {
        KeySet::Parsed(keys) => Some(keys),
        KeySet::Unusable(code) => return Ok(refused(code)),
        KeySet::Unavailable => None,
    };
    let verdict = match (&alb, &keys) {
        (Some(alb), Some(keys)) => verdict_of_alb(case, alb, verifying.verifier(), keys, observer)?,
        _ => verdict(case, &verifying, keys.as_ref(), observer)?,
    };
    let verdict = match verdict {
        Ok(accepted) => Verdict::Accepted(accepted),
        Err(error) => Verdict::from(error),
    };
    let skipped = keys.map(|keys| {
        let skipped = keys.skipped().iter();
        skipped.map(|key| (key.index(), key.reason().problem().code().to_owned())).collect()
    });
    Ok(Run { verdict, skipped, said: None })
}

// One lives for each case.
#[allow(clippy::large_enum_variant)]
enum Verifying {
    Policy(Verifier),
    Profile(Profile),
}

impl Verifying {
    fn verifier(&self) -> &Verifier {
        match self {
            Self::Policy(verifier) => verifier,
            Self::Profile(profile) => profile.verifier(),
        }
    }
}

fn verdict(
    case: &Case,
    verifying: &Verifying,
    keys: Option<&JwkSet>,
    observer: &mut impl Observer,
) -> Result<Result<Accepted, Error>, String> {
    let token = match token(case)? {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
    let verifier = verifying.verifier();
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
            match verifying {
                Verifying::Policy(_) => verified.map(|verified| Accepted::of(&verified, None)),
                Verifying::Profile(profile) => {
                    let expected =
                        expectations(case, profile).map_err(|error| error.to_string())?;
                    let state = case.replay_window;
                    let profiled = verified.and_then(|it| checked(&it, &expected, now, state));
                    let explained = expected.explain(&token, keys, now);
                    let differs = explained.verdict().err() != profiled.as_ref().err();
                    if differs && state == WindowState::Empty {
                        return Err(String::from("explain and verify differ"));
                    }
                    profiled
                }
            }
        }
        Mode::Jws => {
            observer.presented(&Presented { verifier, token: &token, keys, now: None });
            let verified = observer.watch(Work::Verification, || verifier.verify_jws(&token, keys));
            verified.map(|verified| Accepted {
                key_id: verified.key_id().map(ToOwned::to_owned),
                algorithm: verified.algorithm(),
                payload: verified.payload().to_vec(),
                checked: None,
            })
        }
    })
}

/// The checks of a profile, for a token that may have been presented before.
fn checked(
    verified: &Verified,
    expectations: &Expectations<'_>,
    now: UnixTime,
    state: WindowState,
) -> Result<Accepted, Error> {
    let checked = expectations.check(verified, now)?;
    if let Some(replay) = checked.replay() {
        let mut window = ReplayWindow::new(usize::from(state != WindowState::Full));
        if state == WindowState::HasToken {
            let _ = window.admit(replay, now);
        }
        window.admit(replay, now).into_result()?;
    }
    Ok(Accepted::of(verified, Some(checked.json().to_owned())))
}

/// The token of a load balancer, verified at once and in two steps. No other verifier accepts it.
fn verdict_of_alb(
    case: &Case,
    alb: &AlbVerifier,
    verifier: &Verifier,
    keys: &JwkSet,
    observer: &mut impl Observer,
) -> Result<Result<Accepted, Error>, String> {
    let token = match token(case)? {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
    let now = case.now.as_deref().ok_or("now is missing")?;
    let now = UnixTime::from_decimal(now).ok_or("now is not decimal text")?;
    let verified = observer.watch(Work::Verification, || alb.verify(&token, keys, now));
    let answered = match alb.ask(&token, keys) {
        Ok(Asked::Settled(answered)) => alb.verify_answered(&answered, now),
        Ok(Asked::Waiting(question)) => {
            // There is one key; the first verification says whether it has signed the token.
            let is_forged = verified.as_ref().err() == Some(&Error::InvalidSignature);
            let answered = question.answer(if is_forged { None } else { Some(0) });
            answered.and_then(|answered| alb.verify_answered(&answered, now))
        }
        Err(error) => Err(error),
    };
    let payload = |verified: &AlbToken| verified.payload_json().to_owned();
    if verified.as_ref().map(payload) != answered.as_ref().map(payload) {
        return Err(String::from("verified in two steps the verdict differs"));
    }
    if verified.is_ok() {
        let by_others = match alb.ask(&token, keys) {
            Ok(Asked::Settled(answered)) => answered.verify(verifier, now).is_ok(),
            Ok(Asked::Waiting(question)) => {
                let answered = question.answer(Some(0));
                answered.and_then(|answered| answered.verify(verifier, now)).is_ok()
            }
            Err(_) => true,
        };
        if by_others || verifier.verify_jws(&token, keys).is_ok() {
            return Err(String::from("another verifier accepts it"));
        }
    }
    Ok(verified.map(|verified| Accepted {
        key_id: verified.key_id().map(ToOwned::to_owned),
        algorithm: Algorithm::Es256,
        payload: verified.payload_json().as_bytes().to_vec(),
        checked: None,
    }))
}
