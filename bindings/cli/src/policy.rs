//! The policy that the arguments specify.

use verijot::profile::Profile;
use verijot::provider::Preset;
use verijot::{AlgorithmSet, Policy, PolicyError, Verifier};

use crate::arguments::VerificationArguments;
use crate::problem::Problem;
use crate::{document, input, preset};

/// What verifies: a verifier, or the profile of one kind of token.
#[derive(Debug)]
// It lives for one run.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Verifying {
    Policy(Verifier),
    Profile(Profile),
}

impl Verifying {
    /// # Errors
    /// [`Problem`] for an invalid policy or profile.
    pub(crate) fn prepare(
        arguments: &VerificationArguments,
        preset: Option<&Preset>,
    ) -> Result<Self, Problem> {
        if let Some(preset) = preset {
            return preset::verifying(preset);
        }
        match arguments.profile.profile(&policy(arguments), &arguments.options)? {
            Some(profile) => Ok(Self::Profile(profile)),
            None => verifier(arguments).map(Self::Policy),
        }
    }

    /// Returns the name of the profile.
    pub(crate) fn profile(&self) -> Option<&'static str> {
        match self {
            Self::Policy(_) => None,
            Self::Profile(profile) => Some(profile.name()),
        }
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        match self {
            Self::Policy(verifier) => verifier,
            Self::Profile(profile) => profile.verifier(),
        }
    }
}

/// Creates a verifier with the policy; unspecified options keep the library's defaults.
fn verifier(arguments: &VerificationArguments) -> Result<Verifier, Problem> {
    let choice = &arguments.policy;
    let (policy, option) = if let Some(path) = &choice.policy {
        (Policy::from_json(input::file(path, POLICY)?), POLICY)
    } else if let Some(document) = &choice.policy_json {
        (Policy::from_json(document), "--policy-json")
    } else {
        return verifier_of_options(arguments);
    };
    policy.and_then(Verifier::new).map_err(|error| {
        let place = error.member().map(|member| format!("{member}: ")).unwrap_or_default();
        Problem::new(PolicyError::CODE, format!("{option}: {place}{}", error.problem()))
    })
}

fn verifier_of_options(arguments: &VerificationArguments) -> Result<Verifier, Problem> {
    let options = &arguments.options;
    let policy = policy(arguments);
    let policy = if options.expected_claims().is_some() {
        Policy::from_json(document::written(&document::members(&policy, options)?)?)
    } else {
        Ok(policy)
    };
    policy.and_then(Verifier::new).map_err(|error| {
        let is_claim = error.member().is_some_and(|member| member.starts_with("expected_claims"));
        let place = if is_claim { "--expect: " } else { "" };
        let message = format!("{place}{} ({WAIVERS})", error.problem());
        Problem::new(PolicyError::CODE, message)
    })
}

fn policy(arguments: &VerificationArguments) -> Policy {
    let mut policy = arguments.options.policy();
    if !arguments.algorithm.is_empty() {
        policy = policy.algorithms(arguments.algorithm.iter().copied().collect::<AlgorithmSet>());
    }
    if arguments.symmetric_keys {
        policy = policy.allow_symmetric_keys();
    }
    policy
}

const POLICY: &str = "--policy";
const WAIVERS: &str = "to skip a check, use --any-issuer, --any-audience or --any-type";
