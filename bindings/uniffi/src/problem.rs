//! Setup errors, as opposed to refused tokens.

use std::fmt;

use verijot::issuer::KeySourceError;
use verijot::issuer::discovery::DiscoveryError;
use verijot::keys::{KeyProblem, UnusableKey};
use verijot::request::DemandError;
use verijot::{JwksError, PolicyError};

/// A policy, a key, a key set, a demand or a key location cannot be used.
///
/// Not `message`: the Kotlin that uniffi generates has a property of that name.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
pub enum Problem {
    /// `invalid_policy`: the policy makes no sense.
    Policy {
        /// The stable code.
        code: String,
        /// What is wrong, human-readable.
        text: String,
    },
    /// `malformed_jwks` or `jwks_too_large`: the set as a whole cannot be used.
    Jwks {
        /// The stable code.
        code: String,
        /// What is wrong, human-readable.
        text: String,
    },
    /// A PEM or a secret is not a usable key; the codes are those of skipped keys.
    Key {
        /// The stable code.
        code: String,
        /// What is wrong, human-readable.
        text: String,
    },
    /// `invalid_demand`: a demand, a token's place or a guard makes no sense.
    Demand {
        /// The stable code.
        code: String,
        /// What is wrong, human-readable.
        text: String,
    },
    /// `invalid_key_source`: keys may not be fetched from this issuer or URL.
    Location {
        /// The stable code.
        code: String,
        /// What is wrong, human-readable.
        text: String,
    },
}

impl Problem {
    pub(crate) fn policy(message: impl Into<String>) -> Self {
        Self::Policy { code: PolicyError::CODE.to_owned(), text: message.into() }
    }

    pub(crate) fn demand(message: impl Into<String>) -> Self {
        Self::Demand { code: DemandError::CODE.to_owned(), text: message.into() }
    }

    pub(crate) fn location(message: impl Into<String>) -> Self {
        Self::Location { code: KeySourceError::CODE.to_owned(), text: message.into() }
    }

    pub(crate) fn key(problem: KeyProblem, message: impl Into<String>) -> Self {
        Self::Key { code: problem.code().to_owned(), text: message.into() }
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
        let whole = error.to_string();
        let message = whole.split_once(": ").map_or(whole.as_str(), |(_, message)| message);
        Self::Jwks { code: error.code().to_owned(), text: message.to_owned() }
    }
}

impl From<UnusableKey> for Problem {
    fn from(reason: UnusableKey) -> Self {
        Self::key(reason.problem(), reason.detail())
    }
}

impl From<DiscoveryError> for Problem {
    fn from(error: DiscoveryError) -> Self {
        Self::location(error.to_string())
    }
}

impl From<KeySourceError> for Problem {
    fn from(error: KeySourceError) -> Self {
        let whole = error.to_string();
        Self::location(whole.split_once(": ").map_or(whole.as_str(), |(_, message)| message))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Policy { code, text }
        | Self::Jwks { code, text }
        | Self::Key { code, text }
        | Self::Demand { code, text }
        | Self::Location { code, text }) = self;
        write!(formatter, "{code}: {text}")
    }
}

impl std::error::Error for Problem {}
