//! SQLite in a file: locks, modes and files that are not databases.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, SqliteConnection};
use verijot::Revocation;
use verijot_revocation::{RevocationList, RevocationListError};

use crate::places::Place;
use crate::tokens::token;
use crate::{migrated, settings, verdict};

#[tokio::test]
async fn readers_of_a_file_and_its_writer_do_not_wait() {
    let place = Place::sqlite_file();
    let list = migrated(&place).await;
    let mut reader = SqliteConnection::connect(&place.url).await.unwrap();
    reader.execute("BEGIN; SELECT count(*) FROM jwt_revocations").await.unwrap();
    assert_eq!(list.revoke(&token("a"), None).await, Ok(true));
    reader.execute("COMMIT; BEGIN IMMEDIATE").await.unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
}

#[tokio::test]
async fn a_file_keeps_its_mode() {
    let place = Place::sqlite_file();
    migrated(&place).await.close().await;
    // SQLite refuses it, without waiting, while a thread of the pool is still closing the file.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut other = SqliteConnection::connect(&place.url).await.unwrap();
    while other.execute("PRAGMA journal_mode = DELETE").await.is_err() {
        assert!(Instant::now() < deadline, "the file is still open");
    }
    other.close().await.unwrap();
    // Changing the mode of a file that is being read would wait endlessly.
    let mut reader = SqliteConnection::connect(&place.url).await.unwrap();
    reader.execute("BEGIN; SELECT count(*) FROM jwt_revocations").await.unwrap();
    let list = RevocationList::connect(&place.url).await.unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Clear);
    list.migrate().await.unwrap();
}

#[tokio::test]
async fn a_locked_file_is_read_and_written_later() {
    let place = Place::sqlite_file();
    let mut settings = settings();
    settings.answer_within = Duration::from_millis(300);
    let list = RevocationList::open(&place.url, &settings).unwrap();
    list.migrate().await.unwrap();
    list.revoke(&token("a"), None).await.unwrap();

    let mut other = SqliteConnection::connect(&place.url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
    assert_eq!(verdict(&list, &token("b")).await, Revocation::Clear);
    assert_eq!(list.revoke(&token("b"), None).await, Err(RevocationListError::Timeout));
    other.execute("ROLLBACK").await.unwrap();
    assert!(list.revoke(&token("b"), None).await.is_ok());
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_read() {
    let place = Place::sqlite_file();
    migrated(&place).await.revoke(&token("a"), None).await.unwrap();
    let reader = RevocationList::connect(&format!("{}?mode=ro", place.url)).await.unwrap();
    assert_eq!(verdict(&reader, &token("a")).await, Revocation::Revoked);
    assert_eq!(verdict(&reader, &token("b")).await, Revocation::Clear);
    let refusal = reader.revoke(&token("b"), None).await;
    assert!(matches!(refusal, Err(RevocationListError::Database { .. })), "{refusal:?}");
}

#[tokio::test]
async fn a_file_that_is_not_a_database_finds_no_token_clear() {
    let place = Place::sqlite_file();
    std::fs::write(place.file(), "this is not a database, but long enough to be one".repeat(99))
        .unwrap();
    assert!(RevocationList::connect(&place.url).await.is_err());
    let list = RevocationList::open(&place.url, &settings()).unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Unavailable);
}
