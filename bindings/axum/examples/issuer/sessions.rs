//! Sessions: each is one sign-in, with the family of all its refresh tokens.
//!
//! A refresh token is a secret that nobody can guess and that reveals nothing about its session:
//! someone who reads an access token, which contains the session's `sid`, cannot derive it. Only
//! digests are stored, of the newest refresh token and of the used ones. Each is valid for one
//! refresh; one that is used again was stolen from its owner, or by its sender. A text that never
//! was a refresh token changes nothing.

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
    /// The `iss` of the tokens.
    issuer: String,
}

/// A refresh token, or any other text that is sent as one.
pub(crate) struct RefreshToken(String);

impl RefreshToken {
    /// Creates a new one.
    pub(crate) fn generate() -> Result<Self, Unspecified> {
        // Two names have 256 bits.
        Ok(Self(format!("{}{}", random_name()?, random_name()?)))
    }

    pub(crate) const fn sent(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }

    fn digest(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes()))
    }
}

impl Sessions {
    /// Opens the sessions in this database, and creates missing tables.
    pub(crate) async fn open(
        pool: AnyPool,
        revocations: RevocationList,
        issuer: &str,
    ) -> sqlx::Result<Self> {
        for statement in TABLES {
            sqlx::query(statement).execute(&pool).await?;
        }
        Ok(Self { pool, revocations, issuer: issuer.to_owned() })
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

    /// Returns what the session of this newest refresh token grants, if there is one, after
    /// revoking its access token.
    pub(crate) async fn take(
        &self,
        refresh: &RefreshToken,
        now: i64,
    ) -> Result<Option<Grant>, Failure> {
        type Row = (String, String, String, String, String, i64);
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, subject, scope, track, access_id, access_expires_at FROM sessions \
             WHERE secret = $1 AND ended_at IS NULL AND expires_at > $2",
        )
        .bind(refresh.digest())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        let Some((session, subject, scope, track, access_id, expires_at)) = row else {
            return Ok(None);
        };
        let track: Track = from_value(track.into()).map_err(|_| Failure::Internal)?;
        self.revoke(&access_id, &subject, expires_at, "refreshed").await?;
        Ok(Some(Grant { session, subject, scope, track }))
    }

    /// Returns the session of a used refresh token, if it is one.
    pub(crate) async fn of_used(&self, refresh: &RefreshToken) -> Result<Option<String>, Failure> {
        let session =
            sqlx::query_scalar("SELECT session FROM used_refresh_tokens WHERE secret = $1")
                .bind(refresh.digest())
                .fetch_optional(&self.pool)
                .await?;
        Ok(session)
    }

    /// Replaces the session's refresh token, which is used up, with new tokens. Of several
    /// concurrent calls, one succeeds.
    pub(crate) async fn replace(
        &self,
        session: &str,
        old: &RefreshToken,
        new: &RefreshToken,
        access: &AccessToken,
    ) -> Result<bool, Failure> {
        let mut transaction = self.pool.begin().await?;
        let replaced = sqlx::query(
            "UPDATE sessions SET secret = $1, access_id = $2, access_expires_at = $3 \
             WHERE id = $4 AND secret = $5 AND ended_at IS NULL",
        )
        .bind(new.digest())
        .bind(&access.id)
        .bind(access.expires_at)
        .bind(session)
        .bind(old.digest())
        .execute(&mut *transaction)
        .await?;
        if replaced.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO used_refresh_tokens (secret, session) VALUES ($1, $2)")
            .bind(old.digest())
            .bind(session)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends the session of this name, if it exists: all refresh tokens of its family become
    /// invalid, and its access token is revoked. May be repeated.
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

    /// Deletes expired sessions.
    pub(crate) async fn prune(&self, now: i64) -> sqlx::Result<()> {
        for deletion in [
            "DELETE FROM used_refresh_tokens WHERE session IN \
             (SELECT id FROM sessions WHERE expires_at < $1)",
            "DELETE FROM sessions WHERE expires_at < $1",
        ] {
            sqlx::query(deletion).bind(now).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn revoke(
        &self,
        access_id: &str,
        subject: &str,
        expires_at: i64,
        reason: &str,
    ) -> Result<(), Failure> {
        let token = RevokedToken::new(&self.issuer, access_id)
            .subject(subject)
            .expires_at(UnixTime::from_seconds(expires_at));
        self.revocations.revoke_by_id(&token, Some(reason)).await?;
        Ok(())
    }
}

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS sessions (
        id TEXT PRIMARY KEY, secret TEXT NOT NULL, subject TEXT NOT NULL, scope TEXT NOT NULL,
        track TEXT NOT NULL, access_id TEXT NOT NULL, access_expires_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL, ended_at BIGINT
    )",
    "CREATE UNIQUE INDEX IF NOT EXISTS sessions_secret ON sessions (secret)",
    "CREATE TABLE IF NOT EXISTS used_refresh_tokens (secret TEXT PRIMARY KEY, session TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS used_refresh_tokens_session ON used_refresh_tokens (session)",
];

/// The maximum life of a session in seconds, however often it is refreshed: 30 days.
const LONGEST_SESSION: i64 = 30 * 86_400;
