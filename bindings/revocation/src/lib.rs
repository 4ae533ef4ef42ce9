//! Keeps tokens that were revoked before they expire in a database that all instances of a service
//! share: SQLite or PostgreSQL. A token that cannot be looked up never counts as clear.
//!
//! A [`RevocationList`] is a [`RevocationCheck`] of [`verijot_client`], and uses the same table as
//! verijot's other languages.
//!
//! # Features
//! `sqlite` and `postgres` select the databases, `aws-lc-rs` (default) and `ring` the crypto
//! provider for connections to PostgreSQL, as in [`verijot_client`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use core::fmt;
use core::time::Duration;

use verijot::{Revocation, UnixTime, Verified, Verifier};

use verijot_client::RevocationCheck;

use database::{Database, Row};
use key::{of_any_issuer, of_issuer};

mod database;
mod error;
mod key;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::RevocationListError;

/// Tokens that were revoked before they expire, in the table `jwt_revocations` of a database.
///
/// A list is cheap to clone; clones share its connections. The Python package `verijot` uses the
/// same table; this crate's `migrations/` has it as SQL.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "sqlite")] {
/// use verijot_revocation::{RevocationList, RevokedToken};
///
/// let list = RevocationList::connect("sqlite::memory:").await?;
/// list.migrate().await?;
///
/// let token = RevokedToken::new("https://issuer.example", "0f9a4a0c").subject("alice");
/// assert!(list.revoke_by_id(&token, Some("logout")).await?, "it is new");
/// assert!(!list.revoke_by_id(&token, None).await?, "it is there already");
/// # }
/// # Ok(())
/// # }
/// ```
///
/// A token is identified by its `iss` and `jti`: a `jti` is unique for its issuer only (RFC 7519
/// §4.1.7), and one list serves several issuers. A service that uses the list should require a
/// `jti` with [`Policy::require_claims`](verijot::Policy::require_claims). A token without one is
/// [`Revocation::Unavailable`].
#[derive(Clone)]
pub struct RevocationList {
    database: Database,
    keep_expired_for: Duration,
}

/// Settings of a [`RevocationList`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RevocationListSettings {
    /// The maximum time of an operation, including the wait for a free connection (2 seconds).
    pub answer_within: Duration,
    /// The maximum number of connections (10).
    pub max_connections: u32,
    /// The minimum time for which an expired token stays in the list (24 hours). Must exceed the
    /// largest leeway of any verifier plus the difference between their clocks.
    pub keep_expired_for: Duration,
}

impl Default for RevocationListSettings {
    fn default() -> Self {
        Self {
            answer_within: Verifier::REVOCATION_TIMEOUT,
            max_connections: 10,
            keep_expired_for: Duration::from_secs(86_400),
        }
    }
}

/// What is known of a token that is revoked without its text.
#[derive(Clone, Copy)]
#[must_use]
pub struct RevokedToken<'a> {
    id: &'a str,
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    expires_at: Option<UnixTime>,
}

impl<'a> RevokedToken<'a> {
    /// The token with this `iss` and `jti`, exactly as the token contains them.
    pub const fn new(issuer: &'a str, id: &'a str) -> Self {
        Self { id, issuer: Some(issuer), subject: None, expires_at: None }
    }

    /// Every token with this `jti`, whatever its `iss`, or without one. With several issuers this
    /// can refuse a token of an issuer that revoked nothing.
    pub const fn of_any_issuer(id: &'a str) -> Self {
        Self { id, issuer: None, subject: None, expires_at: None }
    }

    /// Its `sub`, for people who read the table.
    pub const fn subject(self, subject: &'a str) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Its `exp`. Without it the row is never pruned.
    pub const fn expires_at(self, expires_at: UnixTime) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }
}

impl fmt::Debug for RevokedToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RevokedToken").finish_non_exhaustive()
    }
}

impl RevocationList {
    /// Connects to `sqlite:path/to/file.db` (created if it does not exist), `sqlite::memory:` or
    /// `postgres://user:password@host/database`, with sqlx's parameters, such as
    /// `?sslmode=verify-full`.
    ///
    /// # Errors
    /// As [`RevocationList::open`], and if the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, RevocationListError> {
        let list = Self::open(url, &RevocationListSettings::default())?;
        list.database.reach().await?;
        Ok(list)
    }

    /// Opens a list that connects when it is first used: while the database is down, the service
    /// runs and every token is [`Revocation::Unavailable`].
    ///
    /// # Errors
    /// [`RevocationListError::InvalidUrl`], [`RevocationListError::UnsupportedDatabase`] and
    /// [`RevocationListError::NoRuntime`].
    pub fn open(url: &str, settings: &RevocationListSettings) -> Result<Self, RevocationListError> {
        Ok(Self {
            database: Database::open(url, settings)?,
            keep_expired_for: settings.keep_expired_for,
        })
    }

    /// Creates the table unless it exists. Every instance may call it at every start. Switches an
    /// `SQLite` file to a write-ahead log, so that lookups do not wait for a writer.
    ///
    /// # Errors
    /// If the database cannot be reached, or its user may not create tables.
    pub async fn migrate(&self) -> Result<(), RevocationListError> {
        self.database.migrate().await
    }

    /// Revokes a token from now on. Returns true if it was not already revoked: of several
    /// concurrent calls for one token, exactly one returns true.
    ///
    /// If the token is already in the list, the first entry stays, and its expiry changes only if
    /// the new one is later. NUL in the subject and the reason becomes U+FFFD.
    ///
    /// A token without `iss` is revoked as by [`RevokedToken::of_any_issuer`].
    ///
    /// # Errors
    /// [`RevocationListError::MissingTokenId`] for a token that cannot be in the list, or an error
    /// if the database does not answer. In that case the token may or may not be revoked, and it is
    /// safe to try again.
    pub async fn revoke(
        &self,
        token: &Verified,
        reason: Option<&str>,
    ) -> Result<bool, RevocationListError> {
        let known = RevokedToken {
            id: token.id().ok_or(RevocationListError::MissingTokenId)?,
            issuer: token.issuer(),
            subject: token.subject(),
            expires_at: token.expires_at().map(verijot::NumericDate::to_unix_time),
        };
        self.revoke_by_id(&known, reason).await
    }

    /// Revokes a token of which only this is known, as [`RevocationList::revoke`].
    ///
    /// # Errors
    /// As [`RevocationList::revoke`].
    pub async fn revoke_by_id(
        &self,
        token: &RevokedToken<'_>,
        reason: Option<&str>,
    ) -> Result<bool, RevocationListError> {
        let any = of_any_issuer(token.id);
        let key = match token.issuer {
            Some(issuer) => of_issuer(issuer, token.id),
            None => any.clone(),
        };
        let is_known = key != any && self.database.contains([&any, &any]).await?;
        let (subject, reason) = (token.subject.map(storable), reason.map(storable));
        let row = Row {
            key: &key,
            subject: subject.as_deref(),
            token_expires_at: token.expires_at.map(UnixTime::seconds),
            revoked_at: UnixTime::now().seconds(),
            reason: reason.as_deref(),
        };
        // Always, because the other row may be pruned before this token expires.
        let is_new = self.database.insert(&row).await?;
        Ok(is_new && !is_known)
    }

    /// Returns whether a token is in the list. Authenticators call it through [`RevocationCheck`].
    ///
    /// # Errors
    /// As [`RevocationList::revoke`].
    pub async fn is_revoked(&self, token: &Verified) -> Result<bool, RevocationListError> {
        let id = token.id().ok_or(RevocationListError::MissingTokenId)?;
        let any = of_any_issuer(id);
        let exact = token.issuer().map_or_else(|| any.clone(), |issuer| of_issuer(issuer, id));
        self.database.contains([&exact, &any]).await
    }

    /// Deletes tokens that expired at least
    /// [`keep_expired_for`](RevocationListSettings::keep_expired_for) before `now`, and returns how
    /// many. Tokens without an expiry stay. Call it regularly, from one instance or from all.
    ///
    /// # Errors
    /// If the database does not answer. Rows that were deleted before that stay deleted.
    pub async fn prune(&self, now: UnixTime) -> Result<u64, RevocationListError> {
        let kept = i64::try_from(self.keep_expired_for.as_secs()).unwrap_or(i64::MAX);
        let before = now.seconds().saturating_sub(kept);
        let mut pruned: u64 = 0;
        loop {
            let deleted = self.database.delete_expired(before).await?;
            pruned = pruned.saturating_add(deleted);
            if deleted == 0 {
                return Ok(pruned);
            }
        }
    }

    /// Closes the connections of all clones. From now on every token is
    /// [`Revocation::Unavailable`].
    pub async fn close(&self) {
        self.database.close().await;
    }
}

impl RevocationCheck for RevocationList {
    /// Returns [`Revocation::Unavailable`] for every error of [`RevocationList::is_revoked`], and
    /// logs it.
    async fn check(&self, token: &Verified) -> Revocation {
        match self.is_revoked(token).await {
            Ok(true) => Revocation::Revoked,
            Ok(false) => Revocation::Clear,
            Err(error) => {
                tracing::warn!(%error, "could not look up whether a token is revoked");
                Revocation::Unavailable
            }
        }
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RevocationList")
            .field("keep_expired_for", &self.keep_expired_for)
            .finish_non_exhaustive()
    }
}

/// PostgreSQL stores no NUL in a text. Human-readable columns may be changed because of that,
/// unlike the key.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
