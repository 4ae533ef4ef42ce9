//! A case through the core, by every way in that it has, all of which must agree.

use std::time::Duration;

use verijot::crypto::CryptoProvider;
use verijot::{
    Algorithm, AlgorithmSet, Audiences, ClaimPath, Error, Issuers, JwkSet, JwkSetParser, JwksError,
    LifetimeClasses, Policy, PolicyError, Revocation, TokenCache, UnixTime, Verified, Verifier,
};

use crate::invariants;
use crate::model::Verdict;
use crate::model::case::{self, Case, JwksOption, Mode};

/// What the core says.
pub struct Run {
    /// Of the token.
    pub verdict: Verdict,
    /// Index and reason of each key that is not used; `None` without a set.
    pub skipped: Option<Vec<(usize, &'static str)>>,
    /// The error in words, for people and for logs.
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
        Some(text) => match read_keys(case, text, provider) {
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
        // A policy may name anything, which errors repeat.
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
    // The keys may remember the header by now, the cache the token.
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
    provider: &'static dyn CryptoProvider,
) -> Result<JwkSet, JwksError> {
    let mut parser = parser(&case.policy, provider);
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
    let mut parser = JwkSetParser::new(provider);
    if policy.symmetric_keys {
        parser = parser.allow_symmetric_keys();
    }
    if let Some(octets) = policy.limits.jwks_octets {
        parser = parser.octet_limit(octets);
    }
    if let Some(keys) = policy.limits.jwks_keys {
        parser = parser.key_limit(keys);
    }
    parser
}

/// `None` for what the library's types cannot even say, or refuse.
fn verifier(members: &case::Policy) -> Option<Verifier> {
    let issuers = members.issuers.clone().map_or_else(Issuers::any, Issuers::one_of);
    let audiences = members.audiences.clone().map_or_else(Audiences::any, Audiences::one_of);
    let mut policy = Policy::new(issuers, audiences);
    if members.numeric_subject {
        policy = policy.allow_numeric_subject();
    }
    if members.future_issued_at {
        policy = policy.allow_future_issued_at();
    }
    if let Some(names) = &members.required_claims {
        policy = policy.require_claims(names.clone());
    }
    if let Some(scopes) = &members.required_scopes {
        policy = policy.require_scopes(scopes.clone());
    }
    if let Some(names) = &members.algorithms {
        let algorithms = names.iter().map(|name| Algorithm::from_name(name));
        policy = policy.algorithms(algorithms.collect::<Option<AlgorithmSet>>()?);
    }
    policy = match &members.types {
        Some(Some(types)) => policy.types(types.clone()),
        Some(None) => policy.any_type(),
        None => policy,
    };
    if members.require_exp == Some(false) {
        policy = policy.allow_missing_expiry();
    }
    if let Some(leeway) = &members.leeway {
        policy = policy.leeway(duration(leeway)?);
    }
    if let Some(max_age) = &members.max_age {
        policy = policy.max_age(duration(max_age)?);
    }
    if let Some(max_lifetime) = &members.max_lifetime {
        policy = policy.max_lifetime(duration(max_lifetime)?);
    }
    if let Some(by) = &members.max_lifetime_by {
        let mut classes = LifetimeClasses::by_claim(&by.claim);
        for (value, ceiling) in &by.ceilings {
            classes = classes.class(value, duration(ceiling)?);
        }
        if let Some(ceiling) = &by.default {
            classes = classes.otherwise(duration(ceiling)?);
        }
        policy = policy.max_lifetime_by(classes);
    }
    if let Some(roles) = &members.required_roles {
        let path = ClaimPath::from_names(roles.path.clone());
        policy = policy.require_roles(path, roles.roles.clone());
    }
    for (name, value) in &members.expected_claims {
        policy = policy.expect_claim(name, value.clone());
    }
    if let Some(octets) = members.limits.token_octets {
        policy = policy.token_limit(octets);
    }
    let verifier = Verifier::new(policy).ok()?;
    Some(match members.revocation {
        None => verifier,
        Some(answer) => verifier.with_revocation(move |_| match answer {
            case::Revocation::Clear => Revocation::Clear,
            case::Revocation::Revoked => Revocation::Revoked,
            case::Revocation::Unavailable => Revocation::Unavailable,
        }),
    })
}

/// Decimal seconds; `None` for a negative number, zero among them, which no policy can mean.
pub fn duration(text: &str) -> Option<Duration> {
    if text.starts_with('-') {
        return None;
    }
    UnixTime::from_decimal(text)?.duration_since_epoch()
}
