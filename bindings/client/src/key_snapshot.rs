//! A set of keys on its way to another process or a later one.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use verijot::UnixTime;
use verijot::issuer::Snapshot;

/// The keys of a client at one moment, for [`IssuerKeys::seed`](crate::IssuerKeys::seed) elsewhere:
/// in a file that is deployed along, so that a service starts without its issuer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeySnapshot {
    /// The set as the issuer gave it.
    pub jwks: String,
    /// Its SHA-256, 64 hexadecimal digits; where it is known, a set that is another is refused.
    pub sha256: Option<String>,
    /// When the issuer gave or confirmed it, in seconds since 1970-01-01T00:00:00Z.
    pub fetched_at: i64,
}

impl KeySnapshot {
    /// A set from elsewhere, such as a file.
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

    /// None for a set from the future, which another machine's clock has made.
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
