//! Tokens that were revoked before they expire, in a database that all instances of a service
//! share: SQLite or PostgreSQL. What cannot be looked up is never taken for clear.
//!
//! A [`RevocationList`] is a [`RevocationCheck`] of [`verijot_client`], and reads the table that
//! verijot's other languages read.
//!
//! # Features
//! `sqlite` and `postgres`: the databases. `aws-lc-rs` (default) and `ring`: who encrypts the
//! connections to PostgreSQL, as in [`verijot_client`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use core::fmt;
use core::time::Duration;

use verijot::{Revocation, UnixTime, Verified};

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
/// A list is cheap to clone; the clones share its connections. The table is the same for the
/// Python package `verijot`, and `migrations/` of this crate has it as SQL.
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
/// A token is found by its `iss` and `jti`: a `jti` is unique for its issuer only (RFC 7519 §4.1.7),
/// and one list serves several issuers. A service that asks the list demands a `jti`:
/// [`Policy::require_claims`](verijot::Policy::require_claims). A token without one is
/// [`Revocation::Unavailable`].
#[derive(Clone)]
pub struct RevocationList {
    database: Database,
    keep_expired_for: Duration,
}

/// How a [`RevocationList`] works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RevocationListSettings {
    /// After how long the database counts as giving no answer, waiting for a free connection
    /// included (2 seconds).
    pub answer_within: Duration,
    /// The most connections that are held (10).
    pub max_connections: u32,
    /// How long an expired token stays in the list at least (24 hours). Must exceed the largest
    /// leeway of a verifier, and how far the clocks are apart.
    pub keep_expired_for: Duration,
}

impl Default for RevocationListSettings {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(2),
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
    /// The token with this `iss` and this `jti`, both exactly as the token has them.
    pub const fn new(issuer: &'a str, id: &'a str) -> Self {
        Self { id, issuer: Some(issuer), subject: None, expires_at: None }
    }

    /// Every token with this `jti`, whatever its `iss`, and one without an `iss`. Beside several
    /// issuers this can refuse a token of an issuer that revoked nothing.
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

    /// The same list, but the first connection is made when it is needed: while the database is
    /// down the service runs, and every token is [`Revocation::Unavailable`].
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

    /// Creates the table unless it exists. May be called by every instance at every start. A file
    /// of `SQLite` is left with a write-ahead log, so that lookups do not wait for a writer.
    ///
    /// # Errors
    /// If the database cannot be reached, or does not let its user create tables.
    pub async fn migrate(&self) -> Result<(), RevocationListError> {
        self.database.migrate().await
    }

    /// Revokes a token from now on, and says whether it was not revoked before: of several who
    /// revoke the same token at the same time, exactly one is told so.
    ///
    /// Of a token that is in the list already the first entry stays; only its expiry moves if the
    /// new one is later. NUL in the subject and the reason becomes U+FFFD.
    ///
    /// A token without `iss` is revoked as by [`RevokedToken::of_any_issuer`].
    ///
    /// # Errors
    /// [`RevocationListError::MissingTokenId`] for a token that cannot be in the list, and if the
    /// database gives no answer: then the token may be revoked or not, and it does no harm to try
    /// again.
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

    /// Revokes a token of which only this much is known, as [`RevocationList::revoke`] does.
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
        // In any case, for the other row may be forgotten before this token expires.
        let is_new = self.database.insert(&row).await?;
        Ok(is_new && !is_known)
    }

    /// Whether a token is in the list. As a check of an extractor it is asked through
    /// [`RevocationCheck`].
    ///
    /// # Errors
    /// As [`RevocationList::revoke`].
    pub async fn is_revoked(&self, token: &Verified) -> Result<bool, RevocationListError> {
        let id = token.id().ok_or(RevocationListError::MissingTokenId)?;
        let any = of_any_issuer(id);
        let exact = token.issuer().map_or_else(|| any.clone(), |issuer| of_issuer(issuer, id));
        self.database.contains([&exact, &any]).await
    }

    /// Deletes the tokens that had expired
    /// [`keep_expired_for`](RevocationListSettings::keep_expired_for) before `now`, and says how
    /// many. Those without an expiry stay. To be called now and then, by one instance or by all.
    ///
    /// # Errors
    /// If the database gives no answer. What was deleted until then stays deleted.
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
    /// [`Revocation::Unavailable`] wherever [`RevocationList::is_revoked`] is an error, which is
    /// also written to the log.
    async fn check(&self, token: &Verified) -> Revocation {
        match self.is_revoked(token).await {
            Ok(true) => Revocation::Revoked,
            Ok(false) => Revocation::Clear,
            Err(error) => {
                tracing::warn!(%error, "a token's revocation could not be looked up");
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

/// PostgreSQL holds no NUL in a text. What people read may be changed for it, unlike the key.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
