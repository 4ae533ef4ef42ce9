//! What an access token says (RFC 9068), and how long it lives: as its user's track has it.

use ring::error::Unspecified;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::random::random_name;
use crate::signing_key::SigningKey;

/// What sort of user a token is for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Track {
    Staff,
    Member,
    Partner,
    Guest,
}

impl Track {
    /// How long an access token lives, in seconds.
    pub(crate) const fn lifetime(self) -> i64 {
        match self {
            Self::Staff => 12 * 3600,
            Self::Member => 8 * 3600,
            Self::Partner => 4 * 3600,
            Self::Guest => 3600,
        }
    }
}

/// Whom tokens are for, and what they grant: the same for all tokens of a session.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) session: String,
    pub(crate) subject: String,
    pub(crate) scope: String,
    pub(crate) track: Track,
}

/// A signed token, and what must be known to revoke it.
pub(crate) struct AccessToken {
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) expires_at: i64,
    /// In seconds from when it was minted.
    pub(crate) lifetime: i64,
}

impl AccessToken {
    /// A token that expires so many seconds from now, or before now.
    pub(crate) fn mint(
        grant: &Grant,
        issuer: &str,
        lifetime: i64,
        now: i64,
        key: &SigningKey,
    ) -> Result<Self, Unspecified> {
        let id = random_name()?;
        let expires_at = now.saturating_add(lifetime);
        // One that has expired lived as long as any other.
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

/// Whom tokens are made for: the example `notes`.
pub(crate) const AUDIENCE: &str = "notes";
