//! What a case gives the core: the token, the keys and the verifier.

use alloc::string::String;
use alloc::vec::Vec;

use verijot::crypto::CryptoProvider;
use verijot::profile::{Expectations, Profile};
use verijot::request::bearer;
use verijot::{Algorithm, AlgorithmSet, Error, JwkSet, Policy, PolicyError, Revocation, Verifier};

use crate::case::{Case, JwksOption, RevocationAnswer};
use crate::observer::{Observer, Work};

pub(crate) fn token(case: &Case) -> Result<Result<Vec<u8>, Error>, String> {
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

/// The case's keys.
pub(crate) enum KeySet {
    Parsed(JwkSet),
    Unusable(&'static str),
    Unavailable,
}

pub(crate) fn key_set(
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
    if let Some(names) = &case.jwks_purposes {
        parser = parser.purposes(names);
    }
    if let Some(names) = &case.jwks_certificates {
        let algorithms = names.iter().map(|name| Algorithm::from_name(name));
        let algorithms = algorithms.collect::<Option<AlgorithmSet>>();
        parser = parser.certificate_map(algorithms.ok_or("an unknown algorithm")?);
    }
    let single = case.jwks_options.contains(&JwksOption::SingleKey);
    let parse = || if single { parser.parse_single(text) } else { parser.parse(text) };
    Ok(match observer.watch(Work::KeySet, parse) {
        Ok(keys) => KeySet::Parsed(keys),
        Err(error) => KeySet::Unusable(error.code()),
    })
}

/// The case's profile with what the call expects, or the problem of either. `None` for a case with
/// a policy.
pub(crate) fn profile(case: &Case) -> Result<Option<Result<Profile, PolicyError>>, String> {
    let Some(document) = &case.profile else { return Ok(None) };
    if case.policy().is_ok() {
        return Err(String::from("a policy beside a profile"));
    }
    let profile = Profile::from_json(document.get());
    Ok(Some(profile.and_then(|profile| expectations(case, &profile).map(|_| ()).map(|()| profile))))
}

/// What the case's call expects of a token of the profile.
pub(crate) fn expectations<'p>(
    case: &Case,
    profile: &'p Profile,
) -> Result<Expectations<'p>, PolicyError> {
    profile.expectations(case.expectations.as_ref().map_or("{}", |document| document.get()))
}

/// A verifier with the case's policy, or the problem of the policy.
pub(crate) fn verifier(case: &Case) -> Result<Result<Verifier, PolicyError>, String> {
    let (document, caller) = case.policy()?;
    let mut verifier = match Policy::from_json(&*document).and_then(Verifier::new) {
        Ok(verifier) => verifier,
        Err(error) => return Ok(Err(error)),
    };
    if let Some(known) = caller.known_tenants {
        verifier = verifier.with_known_tenants(move |tenant| known.iter().any(|id| id == tenant));
    }
    Ok(Ok(match caller.revocation {
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
