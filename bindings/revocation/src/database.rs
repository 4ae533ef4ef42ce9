//! The statements, which are the same for both databases.

use core::time::Duration;

use sqlx::Executor as _;
#[cfg(feature = "postgres")]
use sqlx::PgPool;
#[cfg(feature = "sqlite")]
use sqlx::SqlitePool;
use tokio::runtime::Handle;

use crate::RevocationListSettings;
use crate::error::RevocationListError;
#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite;

/// Connections to the database that a URL names.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool,
    answer_within: Duration,
}

#[derive(Clone)]
enum Pool {
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

/// A row of the table.
pub(crate) struct Row<'a> {
    pub(crate) key: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) token_expires_at: Option<i64>,
    pub(crate) revoked_at: i64,
    pub(crate) reason: Option<&'a str>,
}

/// Runs a piece of work on a connection, within the time limit. It is the same for both databases.
macro_rules! with_connection {
    ($self:ident, $limit:expr, |$connection:ident| $work:expr) => {{
        let answered = async {
            match &$self.pool {
                #[cfg(feature = "sqlite")]
                Pool::Sqlite(pool) => {
                    let mut held = pool.acquire().await?;
                    let $connection = &mut *held;
                    $work
                }
                #[cfg(feature = "postgres")]
                Pool::Postgres(pool) => {
                    let mut held = postgres::Held::new(pool.acquire().await?);
                    let outcome = {
                        let $connection = held.connection();
                        async { $work }.await
                    };
                    held.release();
                    outcome
                }
            }
        };
        match tokio::time::timeout($limit, answered).await {
            Ok(outcome) => outcome.map_err(RevocationListError::from),
            Err(_) => Err(RevocationListError::Timeout),
        }
    }};
}

impl Database {
    /// Connects to nothing yet.
    pub(crate) fn open(
        url: &str,
        settings: &RevocationListSettings,
    ) -> Result<Self, RevocationListError> {
        // The pools start a background task, and would panic without a runtime.
        Handle::try_current().map_err(|_| RevocationListError::NoRuntime)?;
        let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        let pool = match scheme.as_deref() {
            #[cfg(feature = "sqlite")]
            Some("sqlite") => Pool::Sqlite(sqlite::pool(url, settings)?),
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Pool::Postgres(postgres::pool(url, settings)?),
            Some(_) => return Err(RevocationListError::UnsupportedDatabase),
            None => return Err(RevocationListError::InvalidUrl),
        };
        Ok(Self { pool, answer_within: settings.answer_within })
    }

    pub(crate) async fn close(&self) {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => pool.close().await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) async fn reach(&self) -> Result<(), RevocationListError> {
        let question = match &self.pool {
            // A file is not opened before the first statement.
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => "SELECT count(*) FROM sqlite_schema",
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => "SELECT 1",
        };
        with_connection!(self, self.answer_within, |connection| {
            connection.execute(question).await.map(drop)
        })
    }

    pub(crate) async fn migrate(&self) -> Result<(), RevocationListError> {
        let script = match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                // Does not wait for a concurrent change.
                let _: Result<_, _> = pool.execute(sqlite::WRITE_AHEAD).await;
                sqlite::MIGRATION
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => postgres::MIGRATION,
        };
        with_connection!(self, MIGRATION_WITHIN, |connection| {
            connection.execute(script).await.map(drop)
        })
    }

    /// Whether there is a row for one of two keys.
    pub(crate) async fn contains(&self, keys: [&str; 2]) -> Result<bool, RevocationListError> {
        let [first, second] = keys;
        with_connection!(self, self.answer_within, |connection| {
            let row = sqlx::query("SELECT 1 FROM jwt_revocations WHERE jti IN ($1, $2) LIMIT 1");
            row.bind(first).bind(second).fetch_optional(connection).await.map(|row| row.is_some())
        })
    }

    /// Returns whether the row is new. An older row keeps everything except its expiry, which only
    /// moves later.
    pub(crate) async fn insert(&self, row: &Row<'_>) -> Result<bool, RevocationListError> {
        with_connection!(self, self.answer_within, |connection| {
            loop {
                let insertion = sqlx::query(
                    "INSERT INTO jwt_revocations (jti, subject, token_expires_at, revoked_at, reason) \
                     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (jti) DO NOTHING",
                );
                let inserted = (insertion.bind(row.key).bind(row.subject))
                    .bind(row.token_expires_at)
                    .bind(row.revoked_at)
                    .bind(row.reason)
                    .execute(&mut *connection)
                    .await;
                match inserted {
                    Ok(inserted) if inserted.rows_affected() == 0 => {}
                    Ok(_) => break Ok(true),
                    Err(error) => break Err(error),
                }
                let extension = sqlx::query(
                    "UPDATE jwt_revocations SET token_expires_at = CASE \
                     WHEN token_expires_at < $2 THEN $2 \
                     WHEN CAST($2 AS BIGINT) IS NULL THEN NULL \
                     ELSE token_expires_at END WHERE jti = $1",
                );
                let extended = (extension.bind(row.key).bind(row.token_expires_at))
                    .execute(&mut *connection)
                    .await;
                match extended {
                    // The older row has been pruned in the meantime.
                    Ok(extended) if extended.rows_affected() == 0 => {}
                    Ok(_) => break Ok(false),
                    Err(error) => break Err(error),
                }
            }
        })
    }

    /// Deletes rows that expired before a time and returns how many: all, or at most one batch.
    pub(crate) async fn delete_expired(&self, before: i64) -> Result<u64, RevocationListError> {
        with_connection!(self, self.answer_within, |connection| {
            // The condition appears twice, for a row whose expiry is extended in between.
            let deletion = sqlx::query(
                "DELETE FROM jwt_revocations WHERE token_expires_at < $1 AND jti IN \
                 (SELECT jti FROM jwt_revocations WHERE token_expires_at < $1 LIMIT $2)",
            );
            let deleted = deletion.bind(before).bind(PRUNED_AT_ONCE).execute(connection).await;
            deleted.map(|deleted| deleted.rows_affected())
        })
    }
}

/// Small enough to be deleted in a fraction of a second.
const PRUNED_AT_ONCE: i64 = 1000;

/// The longest time that both databases can be told to wait, in milliseconds of 31 bits: 24 days.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_millis(0x7fff_ffff);

const MIGRATION_WITHIN: Duration = Duration::from_secs(60);
