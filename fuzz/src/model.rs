//! The core's specification, implemented a second time: naive, slow, with `serde_json` and
//! RustCrypto, check after check in the documented order. It shares no code with the core.

pub mod cache;
pub mod case;
pub mod claims;
pub mod header;
pub mod keys;
pub mod profiles;

use crate::oracle::base64url;
use crate::oracle::signature;
use case::{Case, Mode, Policy};
use header::Header;
use keys::{KeySet, UsableKey};

/// The expected result for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is valid.
    Accepted {
        /// The header's `kid`, or that of the key if there is none.
        kid: Option<String>,
        /// `EdDSA` for both of its names.
        alg: String,
        /// Octet for octet.
        payload: Vec<u8>,
    },
    /// It is refused.
    Refused {
        /// The stable code, as in the vectors.
        code: &'static str,
        /// The claim that caused it, if any.
        claim: Option<String>,
    },
}

/// A refusal.
pub type Refusal = (&'static str, Option<String>);

/// A refusal that is not about a claim.
pub fn code<T>(code: &'static str) -> Result<T, Refusal> {
    Err((code, None))
}

/// A refusal that is about a claim.
pub fn claim<T>(code: &'static str, claim: &str) -> Result<T, Refusal> {
    // As a log may show it.
    let mut shown = claim.chars().take(100).flat_map(char::escape_default).collect::<String>();
    if claim.chars().count() > 100 {
        shown.push('…');
    }
    Err((code, Some(shown)))
}

/// The expected result of a case with a provider that has these algorithms.
pub fn judge(case: &Case, provider: &[&'static str]) -> Verdict {
    judge_with_keys(case, provider).0
}

/// As [`judge`], with the keys that must be skipped, and why, if the set can be parsed.
pub fn judge_with_keys(
    case: &Case,
    provider: &[&'static str],
) -> (Verdict, Option<Vec<(usize, &'static str)>>) {
    let refused = |(code, claim)| Verdict::Refused { code, claim };
    if !case.policy.makes_sense() {
        return (refused(("invalid_policy", None)), None);
    }
    let keys = match &case.keys {
        None => None,
        Some(text) => match KeySet::parse(text, &case.policy, &case.jwks_options, provider) {
            Ok(keys) => Some(keys),
            Err(refusal) => return (refused(refusal), None),
        },
    };
    let verdict = verify(case, keys.as_ref(), provider).unwrap_or_else(refused);
    (verdict, keys.map(|keys| keys.skipped))
}

fn verify(
    case: &Case,
    keys: Option<&KeySet>,
    provider: &[&'static str],
) -> Result<Verdict, Refusal> {
    let allowed = match (&case.policy.algorithms, &keys) {
        (Some(names), _) => names.iter().map(|name| keys::canonical(name)).collect(),
        (None, Some(_)) => keys::default_algorithms(&case.policy, provider),
        (None, None) => keys::ALL.to_vec(),
    };
    let token = &case.token[..];
    // A verifier without keys still opens a JWT first.
    let mode = if keys.is_some() { case.mode } else { Mode::Jwt };
    let Opened { header, alg, payload, signature } = open(token, &case.policy, mode, &allowed)?;
    let Some(keys) = keys else { return code("keys_unavailable") };

    // The key, then the signature.
    let candidates = keys.candidates(header.kid.as_deref(), &header.thumbprints, alg)?;
    let Some(signature) = base64url::decode(signature) else { return code("malformed_token") };
    let signing_input = &token[..token.iter().rposition(|octet| *octet == b'.').unwrap_or(0)];
    let verifies =
        |key: &&UsableKey| signature::verifies(&key.material, alg, signing_input, &signature);
    let Some(key) = candidates.into_iter().find(verifies) else {
        return code("invalid_signature");
    };

    // Only now the payload.
    let Some(payload) = base64url::decode(payload) else { return code("malformed_token") };
    if case.mode == Mode::Jwt {
        claims::check(&payload, &case.policy, &case.now, key.issuer.as_deref())?;
    }
    let kid = header.kid.or_else(|| key.kid.clone());
    Ok(Verdict::Accepted { kid, alg: alg.to_owned(), payload })
}

/// A token with a valid header whose signature has not been verified.
pub struct Opened<'t> {
    /// The header.
    pub header: Header,
    /// Its algorithm, `EdDSA` for both names.
    pub alg: &'static str,
    payload: &'t [u8],
    signature: &'t [u8],
}

/// Size, structure, header, type, algorithm.
pub fn open<'t>(
    token: &'t [u8],
    policy: &Policy,
    mode: Mode,
    allowed: &[&'static str],
) -> Result<Opened<'t>, Refusal> {
    if token.len() > policy.limits.token_octets.unwrap_or(16_384) {
        return code("token_too_large");
    }
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.".contains(octet);
    if !token.iter().all(fits) {
        return code("malformed_token");
    }
    let segments = token.split(|octet| *octet == b'.').collect::<Vec<_>>();
    let [header, payload, signature] = segments[..] else {
        return code(if segments.len() == 5 { "encrypted_token" } else { "malformed_token" });
    };
    let Some(header) = base64url::decode(header) else { return code("malformed_token") };
    let header = Header::read(&header)?;
    let default_types = policy.types.is_none();
    if !(mode == Mode::Jws && default_types) && !policy.takes_type(header.typ.as_deref()) {
        return code("unexpected_type");
    }
    match keys::known(&header.alg) {
        Some(alg) if allowed.contains(&alg) => Ok(Opened { header, alg, payload, signature }),
        _ => code("algorithm_not_allowed"),
    }
}
