//! A revocation list in a file, or in memory for tests: connections to SQLite, which is compiled in.

use core::str::FromStr;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::RevocationListSettings;
use crate::error::RevocationListError;

/// Nothing is connected to yet.
pub(crate) fn pool(
    url: &str,
    settings: &RevocationListSettings,
) -> Result<SqlitePool, RevocationListError> {
    let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
    let mode = parameters.split('&').find_map(|parameter| parameter.strip_prefix("mode="));
    let mut options = SqliteConnectOptions::from_str(url)
        .map_err(|_| RevocationListError::InvalidUrl)?
        .busy_timeout(settings.answer_within);
    let pool = SqlitePoolOptions::new();
    if place.ends_with(":memory:") || mode == Some("memory") {
        // Such a database is gone with its connection.
        let pool = pool.max_connections(1).idle_timeout(None).max_lifetime(None);
        return Ok(pool.connect_lazy_with(options));
    }
    if mode.is_none() {
        options = options.create_if_missing(true);
    }
    Ok(pool.max_connections(settings.max_connections).connect_lazy_with(options))
}

/// Readers of a file and its writer do not wait for each other. The file keeps the mode.
///
/// Of connections that change it at once, `SQLite` refuses all but one, and to change it where
/// somebody reads it takes a wait: nothing to do at every connection.
pub(crate) const WRITE_AHEAD: &str = "PRAGMA journal_mode = WAL";

pub(crate) const MIGRATION: &str = include_str!("../migrations/sqlite/0001_jwt_revocations.sql");
