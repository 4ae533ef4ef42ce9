//! The claims of an access token (RFC 9068), and its lifetime, which depends on its user's track.

use ring::error::Unspecified;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::random::random_name;
use crate::signing_key::SigningKey;

/// The kind of user that a token is for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Track {
    Staff,
    Member,
    Partner,
    Guest,
}

impl Track {
    /// The lifetime of an access token, in seconds.
    pub(crate) const fn lifetime(self) -> i64 {
        match self {
            Self::Staff => 12 * 3600,
            Self::Member => 8 * 3600,
            Self::Partner => 4 * 3600,
            Self::Guest => 3600,
        }
    }
}

/// Whom tokens are for and what they grant: the same for all tokens of a session.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) session: String,
    pub(crate) subject: String,
    pub(crate) scope: String,
    pub(crate) track: Track,
}

/// A signed token, and what is needed to revoke it.
pub(crate) struct AccessToken {
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) expires_at: i64,
    /// In seconds since it was issued.
    pub(crate) lifetime: i64,
}

impl AccessToken {
    /// Creates a token that expires this many seconds from now; negative for a token that has
    /// expired.
    pub(crate) fn mint(
        grant: &Grant,
        issuer: &str,
        lifetime: i64,
        now: i64,
        key: &SigningKey,
    ) -> Result<Self, Unspecified> {
        let id = random_name()?;
        let expires_at = now.saturating_add(lifetime);
        // An expired token had the usual lifetime.
        let issued_at =
            if lifetime > 0 { now } else { expires_at.saturating_sub(grant.track.lifetime()) };
        let text = key.sign(&json!({
            "iss": issuer, "aud": AUDIENCE, "sub": grant.subject, "client_id": "development",
            "iat": issued_at, "exp": expires_at, "jti": id, "sid": grant.session,
            "scope": grant.scope, "track": grant.track,
        }))?;
        Ok(Self { text, id, expires_at, lifetime })
    }
}

/// The service that tokens are for: the example `notes`.
pub(crate) const AUDIENCE: &str = "notes";
