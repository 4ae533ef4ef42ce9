//! Verifiers, and several of them side by side.

use std::sync::Arc;

use verijot::verify::AlbVerifier;
use verijot::{Audiences, Error, Issuers, Policy, Verifier, VerifierSet};

use crate::answer::{self, Status};
use crate::memory::Octets;
use crate::numbers::{seconds, size};
use crate::options::entries;
use crate::problem::{Problem, malformed_list, unknown_object, unusable};
use crate::refusal::refused;
use crate::table::{Kind, Table};
use crate::verification::too_large;

static VERIFIERS: Table<AnyVerifier> = Table::new(Kind::Verifier);
static SETS: Table<Arc<VerifierSet<u32>>> = Table::new(Kind::Issuers);

/// A verifier for the document of a policy. The numbers are that of the verifier, the most octets of a
/// token (one that is longer need not be copied, unless it is explained; give its length all the same),
/// how many seconds the host waits for a revocation check, and the maximum number of such calls that may still run
/// after that time. `Unusable` has the code `invalid_policy` and perhaps `member`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_verifier(policy: *const u8, policy_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let document = unsafe { Octets::borrow(&policy, policy_length) }.read();
    let policy = Policy::from_json(document).map_err(Problem::from);
    match policy.and_then(|policy| Verifier::new(policy).map_err(Problem::from)) {
        Ok(verifier) => {
            let longest = size(verifier.longest_token());
            let number = add(AnyVerifier::Jwt(Arc::new(verifier)));
            let [timeout, abandoned] = limits_of_calls();
            answer::numbers(Status::Done, [f64::from(number), longest, timeout, abandoned])
        }
        Err(problem) => unusable(&problem),
    }
}

/// A verifier for the tokens of AWS Application Load Balancers, which are no JWTs, from its document:
/// `signers`, `clients`, `issuers`, `leeway`. The numbers are those of [`verijot_verifier`]. It is for
/// `verijot_verify` with mode 0, `verijot_issuer`, `verijot_issuer_keys` and
/// `verijot_issuer_reconsider`, and is dropped like any verifier; elsewhere it is `unknown_object`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_alb_verifier(settings: *const u8, settings_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let document = unsafe { Octets::borrow(&settings, settings_length) }.read();
    match AlbVerifier::from_json(document) {
        Ok(verifier) => {
            let verifier = AnyVerifier::Alb(Arc::new(verifier));
            let longest = size(verifier.longest_token());
            let [timeout, abandoned] = limits_of_calls();
            answer::numbers(Status::Done, [f64::from(add(verifier)), longest, timeout, abandoned])
        }
        Err(error) => unusable(&Problem::from(error)),
    }
}

/// The verifier's policy as a document. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_policy(verifier: u32) -> u32 {
    let Some(verifier) = jwt(verifier) else { return unknown_object() };
    answer::text(Status::Done, verifier.policy().to_json())
}

/// The tenant in the `iss` of a token that a verifier has accepted, for a host whose caller knows the tenants:
/// `Done` with the tenant if an issuer template of the policy gives this issuer; `Nothing` for an issuer that is
/// named exactly, and where the policy waives the check. Ask the caller about the tenant of each accepted token, also of
/// one that was kept, after the checks of a profile, and before anything is asked about revocation; refuse an unknown
/// one by [`verijot_unknown_tenant`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_tenant(
    verifier: u32,
    issuer: *const u8,
    issuer_length: usize,
) -> u32 {
    let Some(verifier) = jwt(verifier) else { return unknown_object() };
    // SAFETY: the octets are as the crate demands of a caller.
    let issuer = unsafe { Octets::borrow(&issuer, issuer_length) }.text();
    match verifier.tenant_of(&issuer) {
        Some(tenant) => answer::text(Status::Done, tenant),
        None => answer::nothing(),
    }
}

/// The refusal of an accepted token with this `iss`, whose tenant the caller does not know. Always `Refused`, with the
/// code `wrong_issuer`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_unknown_tenant(
    verifier: u32,
    issuer: *const u8,
    issuer_length: usize,
) -> u32 {
    let Some(verifier) = jwt(verifier) else { return unknown_object() };
    // SAFETY: the octets are as the crate demands of a caller.
    let issuer = unsafe { Octets::borrow(&issuer, issuer_length) }.text();
    refused(verifier.unknown_tenant(&issuer))
}

/// Drops a verifier; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_verifier_drop(verifier: u32) {
    VERIFIERS.take(verifier);
}

/// Puts verifiers of different issuers side by side. `policies` are entries, each the document of a
/// policy. The numbers are that of the set, and the most octets of a token. `Unusable` has the code
/// `invalid_policy`, or that of policies that do not stand side by side.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuers(policies: *const u8, policies_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let documents = unsafe { Octets::borrow(&policies, policies_length) }.read();
    let Some(documents) = entries(documents) else { return malformed_list() };
    match side_by_side(documents) {
        Ok(set) => {
            let longest = size(set.longest_token());
            let number = SETS.add(Arc::new(set));
            answer::numbers(Status::Done, [f64::from(number), longest])
        }
        Err(problem) => unusable(&problem),
    }
}

/// Chooses the policy for a token by its unverified `iss`; verify the token with it and with the keys
/// of that issuer only. `Done` with the place of the policy in the list, from 0, or `Refused`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuers_choose(
    issuers: u32,
    token: *const u8,
    token_length: usize,
) -> u32 {
    let Some(set) = SETS.get(issuers) else { return unknown_object() };
    if let Some(error) = too_large(token_length, set.longest_token()) {
        return refused(error);
    }
    // SAFETY: the octets are as the crate demands of a caller.
    let token = unsafe { Octets::borrow(&token, token_length) }.read();
    match set.open(token) {
        Ok(chosen) => answer::numbers(Status::Done, [f64::from(*chosen.keys())]),
        Err(error) => refused(error),
    }
}

/// Drops a set; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuers_drop(issuers: u32) {
    SETS.take(issuers);
}

/// A verifier under its number.
#[derive(Clone)]
pub(crate) enum AnyVerifier {
    Jwt(Arc<Verifier>),
    Alb(Arc<AlbVerifier>),
}

impl AnyVerifier {
    pub(crate) fn longest_token(&self) -> usize {
        match self {
            Self::Jwt(verifier) => verifier.longest_token(),
            Self::Alb(_) => AlbVerifier::LONGEST_TOKEN,
        }
    }

    /// The policy that its keys are read by.
    pub(crate) fn policy(&self) -> Policy {
        match self {
            Self::Jwt(verifier) => verifier.policy().clone(),
            Self::Alb(_) => Policy::new(Issuers::any(), Audiences::any()),
        }
    }

    /// The `kid` of a token that can be opened at all.
    pub(crate) fn key_id(&self, token: &[u8]) -> Result<Option<String>, Error> {
        let opened;
        let header;
        let kid = match self {
            Self::Jwt(verifier) => {
                opened = verifier.open(token)?;
                opened.header().key_id()
            }
            Self::Alb(verifier) => {
                header = verifier.open(token)?;
                header.key_id()
            }
        };
        Ok(kid.map(str::to_owned))
    }
}

/// Keeps a verifier under a number.
pub(crate) fn add(verifier: AnyVerifier) -> u32 {
    VERIFIERS.add(verifier)
}

/// Seconds that a host waits for a revocation check, and the maximum number of such calls that still run afterwards.
pub(crate) fn limits_of_calls() -> [f64; 2] {
    [seconds(Verifier::REVOCATION_TIMEOUT), f64::from(Verifier::MAX_ABANDONED_CALLS)]
}

/// The verifier of a number.
pub(crate) fn any(number: u32) -> Option<AnyVerifier> {
    VERIFIERS.get(number)
}

/// The verifier of a number, if it is for JWTs.
pub(crate) fn jwt(number: u32) -> Option<Arc<Verifier>> {
    match any(number) {
        Some(AnyVerifier::Jwt(verifier)) => Some(verifier),
        _ => None,
    }
}

fn side_by_side<'d>(
    documents: impl Iterator<Item = &'d [u8]>,
) -> Result<VerifierSet<u32>, Problem> {
    let mut members = Vec::new();
    for (index, document) in (0_u32..).zip(documents) {
        let policy = Policy::from_json(document)?;
        members.push((Verifier::new(policy)?, index));
    }
    Ok(VerifierSet::new(members)?)
}
