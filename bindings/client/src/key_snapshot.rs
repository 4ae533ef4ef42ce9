//! A set of keys that is carried to another or a later process.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use verijot::UnixTime;
use verijot::issuer::Snapshot;

/// An issuer's keys at one moment, for [`IssuerKeys::seed`](crate::IssuerKeys::seed) in another
/// process: for example in a file deployed with the service, so that it starts without its issuer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeySnapshot {
    /// The set as the issuer published it.
    pub jwks: String,
    /// The set's SHA-256 in 64 hexadecimal digits. If present, a set with another hash is refused.
    pub sha256: Option<String>,
    /// When the issuer last returned or confirmed it, in seconds since 1970-01-01T00:00:00Z.
    pub fetched_at: i64,
}

impl KeySnapshot {
    /// Creates a snapshot of a set from elsewhere, such as a file.
    #[must_use]
    pub fn of_jwks(jwks: impl Into<String>, fetched_at: UnixTime) -> Self {
        Self { jwks: jwks.into(), sha256: None, fetched_at: fetched_at.seconds() }
    }

    pub(crate) fn new(snapshot: &Snapshot<'_>, now: UnixTime) -> Self {
        let age = i64::try_from(snapshot.age.as_secs()).unwrap_or(i64::MAX);
        Self {
            jwks: snapshot.jwks.to_owned(),
            sha256: Some(snapshot.sha256.to_owned()),
            fetched_at: now.seconds().saturating_sub(age),
        }
    }

    /// Zero for a set from the future, which comes from a machine whose clock is ahead.
    pub(crate) fn age(&self, now: UnixTime) -> Duration {
        let seconds = now.seconds().saturating_sub(self.fetched_at);
        Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
    }
}

impl fmt::Debug for KeySnapshot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeySnapshot")
            .field("sha256", &self.sha256)
            .field("fetched_at", &self.fetched_at)
            .finish_non_exhaustive()
    }
}
