//! The database that both examples share: the revocation list and each example's own tables. SQLite
//! in a file, or PostgreSQL, as `DATABASE_URL` says.

use std::env;
use std::error::Error;
use std::time::Duration;

use sqlx::AnyPool;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use verijot_axum::RevocationList;

/// The list of revoked tokens, and connections for everything else.
pub(crate) struct Database {
    pub(crate) revocations: RevocationList,
    pub(crate) pool: AnyPool,
}

impl Database {
    /// Opens the database of `DATABASE_URL`, and creates the list's table.
    pub(crate) async fn open() -> Result<Self, Box<dyn Error>> {
        let url = env::var("DATABASE_URL");
        let url = url.as_deref().unwrap_or("sqlite:verijot-examples.db");
        // First, because it creates the file of an SQLite database.
        let revocations = RevocationList::connect(url).await?;
        revocations.migrate().await?;
        install_default_drivers();
        let pool = AnyPoolOptions::new().acquire_timeout(ANSWER_WITHIN).connect(url).await?;
        Ok(Self { revocations, pool })
    }
}

const ANSWER_WITHIN: Duration = Duration::from_secs(2);
