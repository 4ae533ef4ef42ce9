//! Why keys cannot come from a source.

use alloc::string::String;
use core::fmt;

use crate::codes;
use crate::issuer::discovery::DiscoveryError;
use crate::keys::jwks::JwksError;
use crate::keys::key::UnusableKey;

/// `invalid_key_source`: why keys cannot come from a source. Shows no key and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The public key or the secret cannot be used with its algorithms.
    UnusableKey {
        /// Why.
        reason: UnusableKey,
    },
    /// The set cannot be read.
    UnusableSet {
        /// Why.
        reason: JwksError,
    },
    /// No key in the set is usable; [`JwkSet::skipped`](crate::JwkSet::skipped) of the parsed set says why.
    NoUsableKeys,
    /// Keys must not be fetched from this URL.
    UnsafeUrl {
        /// Why not.
        reason: DiscoveryError,
    },
}

impl KeySourceError {
    /// The stable code.
    pub const CODE: &'static str = codes::INVALID_KEY_SOURCE.code;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        Self::CODE
    }

    /// Returns what is wrong, without the code.
    pub(crate) fn problem(&self) -> String {
        match self {
            Self::UnusableKey { reason } => text!("{reason}"),
            Self::UnusableSet { reason } => text!("{reason}"),
            Self::NoUsableKeys => String::from("no key in the set is usable"),
            Self::UnsafeUrl { reason } => text!("{reason}"),
        }
    }
}

impl fmt::Display for KeySourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", Self::CODE, self.problem())
    }
}

impl core::error::Error for KeySourceError {}
