//! The policy that the arguments specify.

use verijot::{AlgorithmSet, Audiences, Issuers, Policy, PolicyError, Verifier};

use crate::arguments::VerificationArguments;
use crate::input;
use crate::problem::Problem;

/// Creates a verifier with the policy; unspecified options keep the library's defaults.
pub(crate) fn verifier(arguments: &VerificationArguments) -> Result<Verifier, Problem> {
    let choice = &arguments.policy;
    let (policy, option) = if let Some(path) = &choice.policy {
        (Policy::from_json(input::file(path, POLICY)?), POLICY)
    } else if let Some(document) = &choice.policy_json {
        (Policy::from_json(document), "--policy-json")
    } else {
        return Verifier::new(policy(arguments)).map_err(|error| {
            let message = format!("{} ({WAIVERS})", error.problem());
            Problem::new(PolicyError::CODE, message)
        });
    };
    policy.and_then(Verifier::new).map_err(|error| {
        let place = error.member().map(|member| format!("{member}: ")).unwrap_or_default();
        Problem::new(PolicyError::CODE, format!("{option}: {place}{}", error.problem()))
    })
}

fn policy(arguments: &VerificationArguments) -> Policy {
    let VerificationArguments { issuer, audience, time, content, .. } = arguments;
    let issuers =
        if issuer.any_issuer { Issuers::any() } else { Issuers::one_of(issuer.issuer.clone()) };
    let audiences = if audience.any_audience {
        Audiences::any()
    } else {
        Audiences::one_of(audience.audience.clone())
    };
    let mut policy = Policy::new(issuers, audiences);
    if !content.require.is_empty() {
        policy = policy.require_claims(content.require.clone());
    }
    if !content.scope.is_empty() {
        policy = policy.require_scopes(content.scope.clone());
    }
    if content.allow_numeric_subject {
        policy = policy.allow_numeric_subject();
    }
    if time.allow_future_issued_at {
        policy = policy.allow_future_issued_at();
    }
    if let Some(octets) = content.max_token_octets {
        policy = policy.max_token_octets(octets);
    }
    if !arguments.algorithm.is_empty() {
        policy = policy.algorithms(arguments.algorithm.iter().copied().collect::<AlgorithmSet>());
    }
    if content.any_type {
        policy = policy.any_type();
    } else if !content.types.is_empty() {
        policy = policy.types(content.types.clone());
    }
    for claim in &content.expect {
        policy = policy.expect_claim(&claim.name, claim.value.clone());
    }
    if time.allow_missing_expiry {
        policy = policy.allow_missing_expiry();
    }
    if let Some(leeway) = time.leeway {
        policy = policy.leeway(leeway);
    }
    if let Some(max_age) = time.max_age {
        policy = policy.max_age(max_age);
    }
    if let Some(max_lifetime) = time.max_lifetime {
        policy = policy.max_lifetime(max_lifetime);
    }
    if arguments.symmetric_keys {
        policy = policy.allow_symmetric_keys();
    }
    policy
}

const POLICY: &str = "--policy";
const WAIVERS: &str = "to skip a check, use --any-issuer, --any-audience or --any-type";
