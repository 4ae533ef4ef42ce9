//! Why an operation on the revocation list failed.

use core::fmt;

use sqlx::error::Error as SqlxError;

/// Why an operation on the revocation list failed. Shows neither the database's password nor any
/// part of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationListError {
    /// The database's driver cannot parse the URL.
    InvalidUrl,
    /// The URL's database is neither SQLite nor PostgreSQL, or the crate was built without the
    /// feature of that name.
    UnsupportedDatabase,
    /// There is no Tokio runtime to work on.
    NoRuntime,
    /// The token has no `jti`, which the list needs. Require one with
    /// [`Policy::require_claims`](verijot::Policy::require_claims).
    MissingTokenId,
    /// The table `jwt_revocations` does not exist. Create it with
    /// [`RevocationList::migrate`](crate::RevocationList::migrate).
    MissingTable,
    /// The database did not answer in time, or no connection was free.
    Timeout,
    /// [`RevocationList::close`](crate::RevocationList::close) has been called.
    Closed,
    /// Any other error of the database or its driver.
    Database {
        /// Its message.
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
                "cannot parse the database's URL; write sqlite:path/to/file.db or \
                 postgres://user@host/database"
            }
            Self::UnsupportedDatabase => {
                "unsupported database; the URL's scheme must be sqlite or postgres, and the feature of \
                 that name must be enabled"
            }
            Self::NoRuntime => "a revocation list needs a Tokio runtime",
            Self::MissingTokenId => {
                "the token has no jti and cannot be in a revocation list; require the claim"
            }
            Self::MissingTable => {
                "the table jwt_revocations does not exist; call RevocationList::migrate"
            }
            Self::Timeout => "the revocation list's database did not answer in time",
            Self::Closed => "the revocation list is closed",
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
                // SQLite has one code for every invalid statement.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use verijot::codes::{self, Kind};

    use super::*;

    #[test]
    fn every_code_is_in_the_table() {
        for (error, kind) in [
            (RevocationListError::InvalidUrl, Kind::Setup),
            (RevocationListError::UnsupportedDatabase, Kind::Setup),
            (RevocationListError::NoRuntime, Kind::Verification),
            (RevocationListError::MissingTokenId, Kind::Verification),
            (RevocationListError::MissingTable, Kind::Verification),
            (RevocationListError::Timeout, Kind::Verification),
            (RevocationListError::Closed, Kind::Verification),
            (RevocationListError::Database { problem: String::new() }, Kind::Verification),
        ] {
            assert_eq!(codes::find(error.code()).unwrap().kind, kind, "{error}");
        }
    }
}
