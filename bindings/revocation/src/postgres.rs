//! A revocation list for several machines: connections to PostgreSQL.

use core::str::FromStr;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};

use crate::RevocationListSettings;
use crate::database::LONGEST_WAIT;
use crate::error::RevocationListError;

/// Connects to nothing yet.
pub(crate) fn pool(
    url: &str,
    settings: &RevocationListSettings,
) -> Result<PgPool, RevocationListError> {
    // The server also cancels what nobody waits for any more.
    let statement_timeout = settings.answer_within.min(LONGEST_WAIT).as_millis().max(1).to_string();
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| RevocationListError::InvalidUrl)?
        .options([("statement_timeout", statement_timeout)]);
    let pool = PgPoolOptions::new().max_connections(settings.max_connections);
    Ok(pool.connect_lazy_with(options))
}

/// A connection that is closed unless its work is complete: if the work was cancelled, the server
/// may never answer, and the pool would wait for it.
pub(crate) struct Held {
    connection: PoolConnection<Postgres>,
    is_answered: bool,
}

impl Held {
    pub(crate) fn new(connection: PoolConnection<Postgres>) -> Self {
        Self { connection, is_answered: false }
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    pub(crate) fn release(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_answered {
            self.connection.close_on_drop();
        }
    }
}

/// The statements form one transaction. It first takes a lock, because `IF NOT EXISTS` does not
/// prevent a conflict with a concurrent creation of the same table. It may wait for that longer than
/// a lookup, as long as the caller waits for the whole.
pub(crate) const MIGRATION: &str = concat!(
    "SET LOCAL statement_timeout = '1min';\n",
    "SELECT pg_advisory_xact_lock(5350846932446310474);\n",
    include_str!("../migrations/postgres/0001_jwt_revocations.sql"),
);
