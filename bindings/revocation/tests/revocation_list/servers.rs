//! PostgreSQL: lost connections, silent servers and locked tables.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::task::JoinSet;
use verijot::{Revocation, UnixTime};
use verijot_client::RevocationCheck as _;
use verijot_revocation::{RevocationList, RevocationListError};

use crate::places::postgres;
use crate::proxy::Proxy;
use crate::tokens::token;
use crate::{migrated, settings, verdict};

#[tokio::test]
async fn a_lost_connection_is_opened_again() {
    let Some(place) = postgres().await else { return };
    let list = migrated(&place).await;
    list.revoke(&token("a"), None).await.unwrap();
    for _ in 0..3 {
        place
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = \
                 current_database() AND pid <> pg_backend_pid()",
            )
            .await;
        assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
        assert_eq!(verdict(&list, &token("b")).await, Revocation::Clear);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_no_token_is_clear() {
    let Some(place) = postgres().await else { return };
    migrated(&place).await.revoke(&token("a"), None).await.unwrap();
    let proxy = Proxy::before(&place.url).await;
    let mut settings = settings();
    settings.answer_within = Duration::from_millis(300);
    let list = RevocationList::open(&proxy.url, &settings).unwrap();
    for _ in 0..2 {
        assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
        assert_eq!(verdict(&list, &token("b")).await, Revocation::Clear);
        proxy.cut();
        for id in ["a", "b"] {
            assert_eq!(verdict(&list, &token(id)).await, Revocation::Unavailable);
        }
        assert!(list.revoke(&token("c"), None).await.is_err());
        assert!(list.prune(UnixTime::now()).await.is_err());
        assert!(RevocationList::connect(&proxy.url).await.is_err());
        proxy.restore();
    }
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_waits_for_that_of_another_instance() {
    let Some(place) = postgres().await else { return };
    let mut settings = settings();
    settings.answer_within = Duration::from_millis(200);
    let list = RevocationList::open(&place.url, &settings).unwrap();
    let mut other = PgConnection::connect(&place.url).await.unwrap();
    other.execute("SELECT pg_advisory_lock(5350846932446310474)").await.unwrap();
    let migrating = tokio::spawn({
        let list = list.clone();
        async move { list.migrate().await }
    });
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!migrating.is_finished());
    other.execute("SELECT pg_advisory_unlock(5350846932446310474)").await.unwrap();
    migrating.await.unwrap().unwrap();

    // The connection has the usual limit again.
    other.execute("BEGIN; LOCK TABLE jwt_revocations").await.unwrap();
    let refused = list.revoke(&token("a"), None).await;
    assert_eq!(refused, Err(RevocationListError::Timeout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_does_not_block() {
    let Some(place) = postgres().await else { return };
    migrated(&place).await.revoke(&token("a"), None).await.unwrap();
    let proxy = Proxy::before(&place.url).await;
    let mut settings = settings();
    settings.answer_within = Duration::from_millis(200);
    settings.max_connections = 3;
    let list = RevocationList::open(&proxy.url, &settings).unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);

    proxy.freeze();
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..30 {
        let list = list.clone();
        tasks.spawn(async move {
            let token = token("a");
            if number % 2 == 0 {
                assert_eq!(verdict(&list, &token).await, Revocation::Unavailable);
            } else {
                // As when the client of a request disconnects.
                let patience = Duration::from_millis(50);
                tokio::time::timeout(patience, list.check(&token)).await.unwrap_err();
            }
        });
    }
    tasks.join_all().await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    // The silent connections stay silent, as after a failover; only new ones work.
    proxy.restore();
    let deadline = Instant::now() + Duration::from_secs(20);
    while verdict(&list, &token("a")).await != Revocation::Revoked {
        assert!(Instant::now() < deadline, "the list does not recover");
    }
    assert_eq!(verdict(&list, &token("b")).await, Revocation::Clear);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_finds_no_token_clear_and_leaves_no_statements() {
    let Some(place) = postgres().await else { return };
    migrated(&place).await.revoke(&token("a"), None).await.unwrap();
    let mut settings = settings();
    settings.answer_within = Duration::from_millis(200);
    settings.max_connections = 3;
    let list = RevocationList::open(&place.url, &settings).unwrap();
    let mut other = PgConnection::connect(&place.url).await.unwrap();
    other.execute("BEGIN; LOCK TABLE jwt_revocations IN ACCESS EXCLUSIVE MODE").await.unwrap();

    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let list = list.clone();
        tasks.spawn(async move { list.is_revoked(&token("a")).await });
    }
    for answer in tasks.join_all().await {
        assert_eq!(answer, Err(RevocationListError::Timeout));
    }
    // The server has cancelled the statements too, although the lock is still held.
    wait_for_blocked(&mut other, 0).await;
    other.execute("COMMIT").await.unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_silent_loses_no_connection() {
    let Some(place) = postgres().await else { return };
    migrated(&place).await.revoke(&token("a"), None).await.unwrap();
    let proxy = Proxy::before(&place.url).await;
    let mut settings = settings();
    settings.max_connections = 3;
    // All three must be waiting before the first is cancelled.
    settings.answer_within = Duration::from_secs(6);
    let list = RevocationList::open(&proxy.url, &settings).unwrap();
    let mut other = PgConnection::connect(&place.url).await.unwrap();
    other.execute("BEGIN; LOCK TABLE jwt_revocations IN ACCESS EXCLUSIVE MODE").await.unwrap();

    let mut tasks = JoinSet::new();
    for patience in [Duration::from_secs(4), Duration::from_secs(30), Duration::from_secs(30)] {
        let list = list.clone();
        // The first is cancelled, like a request whose client disconnects; the others time out.
        tasks.spawn(async move {
            tokio::time::timeout(patience, list.is_revoked(&token("a"))).await.ok()
        });
    }
    wait_for_blocked(&mut other, 3).await;
    proxy.freeze();
    let timeout = Some(Err(RevocationListError::Timeout));
    let mut outcomes = tasks.join_all().await;
    outcomes.sort_by_key(Option::is_some);
    assert_eq!(outcomes, [None, timeout.clone(), timeout]);

    other.execute("COMMIT").await.unwrap();
    proxy.restore();
    let deadline = Instant::now() + Duration::from_secs(20);
    while verdict(&list, &token("a")).await != Revocation::Revoked {
        assert!(Instant::now() < deadline, "the list does not recover");
    }
}

/// Returns when this many statements wait for a lock in this database.
async fn wait_for_blocked(connection: &mut PgConnection, expected: i64) {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND \
                 wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(4);
    loop {
        let blocked: i64 = sqlx::query_scalar(count).fetch_one(&mut *connection).await.unwrap();
        if blocked == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{blocked} statements wait for the lock");
        // In a transaction the first answer would be repeated forever.
        connection.execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    }
}
