//! What the caller has set up wrongly, as opposed to a token that is refused.

use std::fmt;

use verijot::issuer::KeySourceError;
use verijot::issuer::discovery::DiscoveryError;
use verijot::keys::{KeyProblem, UnusableKey};
use verijot::request::DemandError;
use verijot::{JwksError, PolicyError};

/// A policy, a key, a key set, a demand or a place for keys that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
pub enum Problem {
    /// `invalid_policy`: the policy makes no sense.
    Policy {
        /// The stable code.
        code: String,
        /// What is wrong, for people.
        detail: String,
    },
    /// `malformed_jwks` or `jwks_too_large`: the set as a whole cannot be used.
    Jwks {
        /// The stable code.
        code: String,
        /// What is wrong, for people.
        detail: String,
    },
    /// A PEM or a secret that is no usable key, with the same codes as skipped keys have.
    Key {
        /// The stable code.
        code: String,
        /// What is wrong, for people.
        detail: String,
    },
    /// `invalid_demand`: a demand, a token's place or a guard makes no sense.
    Demand {
        /// The stable code.
        code: String,
        /// What is wrong, for people.
        detail: String,
    },
    /// `invalid_key_source`: an issuer or a URL from which no keys may be fetched.
    Location {
        /// The stable code.
        code: String,
        /// What is wrong, for people.
        detail: String,
    },
}

impl Problem {
    pub(crate) fn policy(detail: impl Into<String>) -> Self {
        Self::Policy { code: PolicyError::CODE.to_owned(), detail: detail.into() }
    }

    pub(crate) fn demand(detail: impl Into<String>) -> Self {
        Self::Demand { code: DemandError::CODE.to_owned(), detail: detail.into() }
    }

    pub(crate) fn key(problem: KeyProblem, detail: impl Into<String>) -> Self {
        Self::Key { code: problem.code().to_owned(), detail: detail.into() }
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        let place = error.member().map(|member| format!("{member}: ")).unwrap_or_default();
        Self::policy(format!("{place}{}", error.problem()))
    }
}

impl From<DemandError> for Problem {
    fn from(error: DemandError) -> Self {
        Self::demand(error.problem())
    }
}

impl From<JwksError> for Problem {
    fn from(error: JwksError) -> Self {
        let text = error.to_string();
        let detail = text.split_once(": ").map_or(text.as_str(), |(_, detail)| detail);
        Self::Jwks { code: error.code().to_owned(), detail: detail.to_owned() }
    }
}

impl From<UnusableKey> for Problem {
    fn from(reason: UnusableKey) -> Self {
        Self::key(reason.problem(), reason.detail())
    }
}

impl From<DiscoveryError> for Problem {
    fn from(error: DiscoveryError) -> Self {
        Self::Location { code: KeySourceError::CODE.to_owned(), detail: error.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Policy { code, detail }
        | Self::Jwks { code, detail }
        | Self::Key { code, detail }
        | Self::Demand { code, detail }
        | Self::Location { code, detail }) = self;
        write!(formatter, "{code}: {detail}")
    }
}

impl std::error::Error for Problem {}
