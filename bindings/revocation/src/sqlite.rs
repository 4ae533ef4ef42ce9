//! A revocation list in a file, or in memory for tests: connections to the bundled SQLite.

use core::str::FromStr;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::RevocationListSettings;
use crate::database::LONGEST_WAIT;
use crate::error::RevocationListError;

/// Connects to nothing yet.
pub(crate) fn pool(
    url: &str,
    settings: &RevocationListSettings,
) -> Result<SqlitePool, RevocationListError> {
    let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
    let mode = parameters.split('&').find_map(|parameter| parameter.strip_prefix("mode="));
    let mut options = SqliteConnectOptions::from_str(url)
        .map_err(|_| RevocationListError::InvalidUrl)?
        .busy_timeout(settings.answer_within.min(LONGEST_WAIT));
    let pool = SqlitePoolOptions::new();
    if place.ends_with(":memory:") || mode == Some("memory") {
        // An in-memory database ends with its connection.
        let pool = pool.max_connections(1).idle_timeout(None).max_lifetime(None);
        return Ok(pool.connect_lazy_with(options));
    }
    if mode.is_none() {
        options = options.create_if_missing(true);
    }
    Ok(pool.max_connections(settings.max_connections).connect_lazy_with(options))
}

/// Readers of a file and its writer do not wait for each other. The file keeps this mode.
///
/// Of concurrent connections that set the mode, `SQLite` refuses all but one, and setting it while
/// someone reads the file takes a wait: so not every connection sets it.
pub(crate) const WRITE_AHEAD: &str = "PRAGMA journal_mode = WAL";

pub(crate) const MIGRATION: &str = include_str!("../migrations/sqlite/0001_jwt_revocations.sql");
