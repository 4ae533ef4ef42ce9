//! New databases for the tests.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// An empty database.
pub(crate) struct Place {
    pub(crate) url: String,
    kind: Kind,
}

enum Kind {
    Memory,
    File(TempDir),
    Postgres,
}

/// One of each kind. Reports if PostgreSQL is skipped.
pub(crate) async fn places() -> Vec<Place> {
    let memory = Place { url: "sqlite::memory:".to_owned(), kind: Kind::Memory };
    let mut places = vec![memory, Place::sqlite_file()];
    places.extend(postgres().await);
    places
}

/// A database of its own on the server that `VERIJOT_TEST_POSTGRES` names.
pub(crate) async fn postgres() -> Option<Place> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var("VERIJOT_TEST_POSTGRES") else {
        eprintln!("skipped: PostgreSQL, because VERIJOT_TEST_POSTGRES is not set");
        return None;
    };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("revocations_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
    let (prefix, _) = server.rsplit_once('/').unwrap();
    Some(Place { url: format!("{prefix}/{name}"), kind: Kind::Postgres })
}

impl Place {
    pub(crate) fn sqlite_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join(FILE).display());
        Self { url, kind: Kind::File(folder) }
    }

    pub(crate) fn file(&self) -> PathBuf {
        match &self.kind {
            Kind::File(folder) => folder.path().join(FILE),
            _ => panic!("{self} is not a file"),
        }
    }

    /// Whether it accepts a second connection.
    pub(crate) fn is_shared(&self) -> bool {
        !matches!(self.kind, Kind::Memory)
    }

    /// Runs a statement without the list.
    pub(crate) async fn execute(&self, sql: &str) {
        match &self.kind {
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                connection.execute(sql).await.unwrap();
            }
            _ => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                connection.execute(sql).await.unwrap();
            }
        }
    }

    pub(crate) async fn rows(&self) -> Vec<TableRow> {
        const ALL: &str =
            "SELECT jti, subject, token_expires_at, revoked_at, reason FROM jwt_revocations";
        let rows = match &self.kind {
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_as::<_, Columns>(ALL).fetch_all(&mut connection).await.unwrap()
            }
            _ => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_as::<_, Columns>(ALL).fetch_all(&mut connection).await.unwrap()
            }
        };
        rows.into_iter().map(TableRow::from).collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            Kind::Memory => "SQLite in memory",
            Kind::File(_) => "SQLite in a file",
            Kind::Postgres => "PostgreSQL",
        })
    }
}

type Columns = (String, Option<String>, Option<i64>, i64, Option<String>);

/// The table's columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableRow {
    pub(crate) jti: String,
    pub(crate) subject: Option<String>,
    pub(crate) token_expires_at: Option<i64>,
    pub(crate) revoked_at: i64,
    pub(crate) reason: Option<String>,
}

impl From<Columns> for TableRow {
    fn from((jti, subject, token_expires_at, revoked_at, reason): Columns) -> Self {
        Self { jti, subject, token_expires_at, revoked_at, reason }
    }
}

const FILE: &str = "revocations.db";
