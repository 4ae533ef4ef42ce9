//! Runs a case with the core through each of its APIs, which must agree.

use verijot::crypto::CryptoProvider;
use verijot::{
    Error, JwkSet, JwkSetParser, JwksError, Policy, PolicyError, Revocation, TokenCache, UnixTime,
    Verified, Verifier,
};

use crate::invariants;
use crate::model::Verdict;
use crate::model::case::{self, Case, JwksOption, Mode};

/// The core's result.
pub struct Run {
    /// For the token.
    pub verdict: Verdict,
    /// Index and reason of each unusable key; `None` without a set.
    pub skipped: Option<Vec<(usize, &'static str)>>,
    /// The error's message.
    pub said: String,
}

/// Runs a case.
pub fn of(case: &Case, provider: &'static dyn CryptoProvider) -> Run {
    let refused = |code| Run {
        verdict: Verdict::Refused { code, claim: None },
        skipped: None,
        said: String::new(),
    };
    let Some(verifier) = verifier(&case.policy) else { return refused(PolicyError::CODE) };
    let keys = match &case.keys {
        None => None,
        Some(text) => match read_keys(case, text, verifier.policy().jwks_parser(provider)) {
            Ok(keys) => Some(keys),
            Err(error) => return refused(error.code()),
        },
    };
    let verdict = match &keys {
        Some(keys) => with_keys(case, &verifier, keys),
        None => match verifier.open(&case.token) {
            Ok(_) => Err(Error::KeysUnavailable { retry_after: None }),
            Err(error) => Err(error),
        },
    };
    let mut said = String::new();
    let verdict = verdict.unwrap_or_else(|error| {
        // A policy may contain anything, which errors repeat.
        invariants::of_error(&error, b"");
        said = format!("{error} {error:?}");
        Verdict::Refused { code: error.code(), claim: error.claim().map(String::from) }
    });
    let skipped = keys.map(|keys| {
        let skipped = keys.skipped().iter();
        skipped.map(|key| (key.index(), key.reason().problem().code())).collect()
    });
    Run { verdict, skipped, said }
}

fn with_keys(case: &Case, verifier: &Verifier, keys: &JwkSet) -> Result<Verdict, Error> {
    let token = &case.token;
    if case.mode == Mode::Jws {
        return verifier.verify_jws(token, keys).map(|verified| Verdict::Accepted {
            kid: verified.key_id().map(str::to_owned),
            alg: verified.algorithm().name().to_owned(),
            payload: verified.payload().to_vec(),
        });
    }
    let now = UnixTime::from_decimal(&case.now).expect("plain decimal text");
    let verdict = verifier.verify(token, keys, now);
    if let Ok(verified) = &verdict {
        invariants::of_verified(verified, token);
    }
    let facts = |verdict: &Result<Verified, Error>| match verdict {
        Ok(verified) => Ok((verified.header().json().to_owned(), verified.payload().to_vec())),
        Err(error) => Err(error.clone()),
    };
    let first = facts(&verdict);
    // The keys may cache the header, and the cache the token.
    assert_eq!(facts(&verifier.verify(token, keys, now)), first, "the second time");
    let mut cache = TokenCache::<Verified>::new(2);
    for time in ["first", "second"] {
        let cached = cache
            .verify(verifier, token, keys, now)
            .map(|cached| (cached.header().json().to_owned(), cached.payload().to_vec()));
        assert_eq!(cached, first, "through the cache, the {time} time");
    }
    assert_eq!(cache.len(), usize::from(first.is_ok()), "only good tokens are remembered");
    let explanation = verifier.explain(token, keys, now);
    assert_eq!(explanation.to_string().contains("\naccepted"), first.is_ok());
    assert_eq!(facts(&explanation.into_verdict()), first, "explained");
    match verifier.open(token) {
        Ok(opened) => assert_eq!(facts(&opened.verify(keys, now)), first, "opened"),
        Err(error) => assert_eq!(Some(error.code()), first.as_ref().err().map(Error::code), "open"),
    }
    verdict.map(|verified| Verdict::Accepted {
        kid: verified.key_id().map(str::to_owned),
        alg: verified.algorithm().name().to_owned(),
        payload: verified.payload().to_vec(),
    })
}

fn read_keys(
    case: &Case,
    text: &[u8],
    mut parser: JwkSetParser<'static>,
) -> Result<JwkSet, JwksError> {
    if case.jwks_options.contains(&JwksOption::PaddedBase64) {
        parser = parser.tolerate_padded_base64();
    }
    if case.jwks_options.contains(&JwksOption::ShortCoordinates) {
        parser = parser.tolerate_short_coordinates();
    }
    match case.jwks_options.contains(&JwksOption::SingleKey) {
        true => parser.parse_single(text),
        false => parser.parse(text),
    }
}

/// A parser with the policy's settings.
pub fn parser(
    policy: &case::Policy,
    provider: &'static dyn CryptoProvider,
) -> JwkSetParser<'static> {
    self::policy(policy).expect("sound").jwks_parser(provider)
}

/// The policy, from its document.
fn policy(members: &case::Policy) -> Result<Policy, PolicyError> {
    let document = document(members);
    let policy = Policy::from_json(&document)?;
    assert_eq!(Policy::from_json(policy.to_json()).as_ref(), Ok(&policy), "{document}");
    Ok(policy)
}

/// A policy's document, which has no revocation.
pub fn document(members: &case::Policy) -> String {
    let members = case::Policy { revocation: None, ..members.clone() };
    serde_json::to_string(&members).expect("plain")
}

/// `None` for an invalid policy.
fn verifier(members: &case::Policy) -> Option<Verifier> {
    let verifier = Verifier::new(policy(members).ok()?).expect("the document makes sense");
    Some(match members.revocation {
        None => verifier,
        Some(answer) => verifier.with_revocation(move |_| match answer {
            case::Revocation::Clear => Revocation::Clear,
            case::Revocation::Revoked => Revocation::Revoked,
            case::Revocation::Unavailable => Revocation::Unavailable,
        }),
    })
}
