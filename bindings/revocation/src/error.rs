//! Why the revocation list could not do what was asked.

use core::fmt;

use sqlx::error::Error as SqlxError;

/// Why the revocation list could not do what was asked. Shows neither the database's password nor
/// anything of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationListError {
    /// The URL is not one that the database's driver understands.
    InvalidUrl,
    /// The URL is for another database than SQLite and PostgreSQL, or the crate was built without
    /// the feature of that name.
    UnsupportedDatabase,
    /// There is no Tokio runtime to work on.
    NoRuntime,
    /// The token has no `jti` to be found by. Demand one of every token with
    /// [`Policy::require_claims`](verijot::Policy::require_claims).
    MissingTokenId,
    /// The table `jwt_revocations` does not exist. Create it with
    /// [`RevocationList::migrate`](crate::RevocationList::migrate).
    MissingTable,
    /// The database gave no answer in time, or no connection to it was free.
    Timeout,
    /// [`RevocationList::close`](crate::RevocationList::close) has been called.
    Closed,
    /// Anything else that the database or its driver complains of.
    Database {
        /// Their words.
        problem: String,
    },
}

impl RevocationListError {
    /// The stable code, one of [`verijot::codes`]: `invalid_settings` for a URL that cannot be used,
    /// `missing_claim` for a token without `jti`, and otherwise `revocation_unavailable`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl | Self::UnsupportedDatabase => "invalid_settings",
            Self::MissingTokenId => "missing_claim",
            _ => "revocation_unavailable",
        }
    }
}

impl fmt::Display for RevocationListError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InvalidUrl => {
                "the database's URL is not understood: write sqlite:path/to/file.db or \
                 postgres://user@host/database"
            }
            Self::UnsupportedDatabase => {
                "the database is not supported: the URL's scheme must be sqlite or postgres, and \
                 the feature of that name be on"
            }
            Self::NoRuntime => "a revocation list works within a Tokio runtime only",
            Self::MissingTokenId => {
                "the token has no jti, so that it cannot be in a revocation list: demand the claim"
            }
            Self::MissingTable => {
                "the table jwt_revocations does not exist: call RevocationList::migrate"
            }
            Self::Timeout => "the revocation list's database gave no answer in time",
            Self::Closed => "the revocation list has been closed",
            Self::Database { problem } => {
                return write!(formatter, "the revocation list's database: {problem}");
            }
        })
    }
}

impl std::error::Error for RevocationListError {}

impl From<SqlxError> for RevocationListError {
    fn from(error: SqlxError) -> Self {
        match &error {
            SqlxError::PoolTimedOut => Self::Timeout,
            SqlxError::PoolClosed => Self::Closed,
            SqlxError::Database(complaint) => match complaint.code().as_deref() {
                Some(UNDEFINED_TABLE) => Self::MissingTable,
                Some(QUERY_CANCELED) => Self::Timeout,
                // SQLite has one code for every statement that it cannot make sense of.
                Some(SQLITE_ERROR) if complaint.message().starts_with("no such table") => {
                    Self::MissingTable
                }
                Some(code) if SQLITE_BUSY.contains(&code) => Self::Timeout,
                _ => Self::Database { problem: complaint.message().to_owned() },
            },
            _ => Self::Database { problem: error.to_string() },
        }
    }
}

/// PostgreSQL, Appendix A.
const UNDEFINED_TABLE: &str = "42P01";
const QUERY_CANCELED: &str = "57014";
/// SQLite, Result and Error Codes: `SQLITE_ERROR`; `SQLITE_BUSY` and `SQLITE_LOCKED` with their
/// extended codes.
const SQLITE_ERROR: &str = "1";
const SQLITE_BUSY: [&str; 7] = ["5", "261", "517", "773", "6", "262", "518"];
