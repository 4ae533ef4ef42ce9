//! The database of the examples, which is one for both: the revocation list, and beside it what
//! each of them keeps. SQLite in a file, or PostgreSQL where `DATABASE_URL` says so.

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
    /// That of `DATABASE_URL`, with the list's table in it.
    pub(crate) async fn open() -> Result<Self, Box<dyn Error>> {
        let url = env::var("DATABASE_URL");
        let url = url.as_deref().unwrap_or("sqlite:verijot-examples.db");
        // First, for it creates the file of an SQLite database.
        let revocations = RevocationList::connect(url).await?;
        revocations.migrate().await?;
        install_default_drivers();
        let pool = AnyPoolOptions::new().acquire_timeout(ANSWER_WITHIN).connect(url).await?;
        Ok(Self { revocations, pool })
    }
}

const ANSWER_WITHIN: Duration = Duration::from_secs(2);
