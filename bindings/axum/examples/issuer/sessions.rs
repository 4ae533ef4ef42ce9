//! Sessions: each is one sign-in, and the family of all refresh tokens that come from it.
//!
//! A refresh token is the session's name and a secret, of which only the digest is kept. Each is
//! good for one refresh. The table knows the newest alone, so one that names a session but does not
//! have its newest secret was used before: by its owner or by a thief.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::error::Unspecified;
use serde_json::{from_value, to_value};
use sqlx::AnyPool;
use verijot_axum::verijot::UnixTime;
use verijot_axum::{RevocationList, RevokedToken};

use crate::access_token::{AccessToken, Grant, Track};
use crate::failure::Failure;
use crate::random::random_name;

pub(crate) struct Sessions {
    pool: AnyPool,
    revocations: RevocationList,
}

/// A refresh token, well-formed and no more.
pub(crate) struct RefreshToken {
    session: String,
    secret: String,
}

impl RefreshToken {
    /// The next one of a session.
    pub(crate) fn next(session: &str) -> Result<Self, Unspecified> {
        // Two names make 256 bits.
        let secret = format!("{}{}", random_name()?, random_name()?);
        Ok(Self { session: session.to_owned(), secret })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_name = |part: &str| {
            let is_base64url = |octet: u8| octet.is_ascii_alphanumeric() || b"-_".contains(&octet);
            (1..=64).contains(&part.len()) && part.bytes().all(is_base64url)
        };
        let (session, secret) = text.split_once('.')?;
        (is_name(session) && is_name(secret))
            .then(|| Self { session: session.to_owned(), secret: secret.to_owned() })
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    pub(crate) fn text(&self) -> String {
        format!("{}.{}", self.session, self.secret)
    }

    fn digest(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.secret.as_bytes()))
    }
}

impl Sessions {
    /// The sessions in this database, whose table is created unless it exists.
    pub(crate) async fn open(pool: AnyPool, revocations: RevocationList) -> sqlx::Result<Self> {
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self { pool, revocations })
    }

    pub(crate) async fn begin(
        &self,
        grant: &Grant,
        access: &AccessToken,
        refresh: &RefreshToken,
        now: i64,
    ) -> Result<(), Failure> {
        sqlx::query(
            "INSERT INTO sessions (id, secret, subject, scope, track, access_id, \
             access_expires_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&grant.session)
        .bind(refresh.digest())
        .bind(&grant.subject)
        .bind(&grant.scope)
        .bind(to_value(grant.track).unwrap_or_default().as_str())
        .bind(&access.id)
        .bind(access.expires_at)
        .bind(now.saturating_add(LONGEST_SESSION))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What the session of this refresh token grants, if the token is its newest; its access token
    /// has then been revoked.
    pub(crate) async fn take(
        &self,
        refresh: &RefreshToken,
        now: i64,
    ) -> Result<Option<Grant>, Failure> {
        type Row = (String, String, String, String, i64);
        let row: Option<Row> = sqlx::query_as(
            "SELECT subject, scope, track, access_id, access_expires_at FROM sessions \
             WHERE id = $1 AND secret = $2 AND ended_at IS NULL AND expires_at > $3",
        )
        .bind(&refresh.session)
        .bind(refresh.digest())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        let Some((subject, scope, track, access_id, expires_at)) = row else { return Ok(None) };
        let track: Track = from_value(track.into()).map_err(|_| Failure::Internal)?;
        self.revoke(&access_id, &subject, expires_at, "refreshed").await?;
        Ok(Some(Grant { session: refresh.session.clone(), subject, scope, track }))
    }

    /// Puts new tokens in the place of the old refresh token. Of several that do it at once, one
    /// succeeds.
    pub(crate) async fn replace(
        &self,
        old: &RefreshToken,
        new: &RefreshToken,
        access: &AccessToken,
    ) -> Result<bool, Failure> {
        let replaced = sqlx::query(
            "UPDATE sessions SET secret = $1, access_id = $2, access_expires_at = $3 \
             WHERE id = $4 AND secret = $5 AND ended_at IS NULL",
        )
        .bind(new.digest())
        .bind(&access.id)
        .bind(access.expires_at)
        .bind(&old.session)
        .bind(old.digest())
        .execute(&self.pool)
        .await?;
        Ok(replaced.rows_affected() == 1)
    }

    /// Ends a session, if there is one of that name: no refresh token of its family is good any
    /// more, and its access token is revoked. May be repeated.
    pub(crate) async fn end(&self, session: &str, reason: &str, now: i64) -> Result<(), Failure> {
        let row: Option<(String, String, i64)> = sqlx::query_as(
            "UPDATE sessions SET ended_at = COALESCE(ended_at, $1) WHERE id = $2 \
             RETURNING subject, access_id, access_expires_at",
        )
        .bind(now)
        .bind(session)
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some((subject, access, expires_at)) => {
                self.revoke(&access, &subject, expires_at, reason).await
            }
            None => Ok(()),
        }
    }

    /// Forgets sessions that have expired.
    pub(crate) async fn prune(&self, now: i64) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM sessions WHERE expires_at < $1")
            .bind(now)
            .execute(&self.pool)
            .await
            .map(drop)
    }

    async fn revoke(
        &self,
        access_id: &str,
        subject: &str,
        expires_at: i64,
        reason: &str,
    ) -> Result<(), Failure> {
        let token = RevokedToken::with_id(access_id)
            .subject(subject)
            .expires_at(UnixTime::from_seconds(expires_at));
        self.revocations.revoke_by_id(&token, Some(reason)).await?;
        Ok(())
    }
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, secret TEXT NOT NULL, subject TEXT NOT NULL, scope TEXT NOT NULL,
    track TEXT NOT NULL, access_id TEXT NOT NULL, access_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, ended_at BIGINT
)";

/// However often it is refreshed, in seconds: 30 days.
const LONGEST_SESSION: i64 = 30 * 86_400;
