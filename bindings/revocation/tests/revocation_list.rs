//! The revocation list on real databases: SQLite in a file and in memory, and PostgreSQL where
//! `VERIJOT_TEST_POSTGRES` names a server (`.ci/with-postgres` starts one).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr
)]

#[path = "revocation_list/places.rs"]
mod places;
#[path = "revocation_list/proxy.rs"]
mod proxy;
#[path = "revocation_list/tokens.rs"]
mod tokens;

use std::process::Command;
use std::time::{Duration, Instant};

use places::{Place, places, postgres};
use proxy::Proxy;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokens::{EXPIRY, token, token_with};
use tokio::task::JoinSet;
use verijot::{Revocation, UnixTime, Verified};
use verijot_client::RevocationCheck as _;
use verijot_revocation::{
    RevocationList, RevocationListError, RevocationListSettings, RevokedToken,
};

async fn verdict(list: &RevocationList, token: &Verified) -> Revocation {
    list.check(token).await
}

async fn migrated(place: &Place) -> RevocationList {
    let list = RevocationList::connect(&place.url).await.unwrap();
    list.migrate().await.unwrap();
    list
}

/// For crowds: a busy machine is no reason to give up.
async fn patient(place: &Place) -> RevocationList {
    let mut settings = settings();
    settings.answer_within = Duration::from_secs(60);
    let list = RevocationList::open(&place.url, &settings).unwrap();
    list.migrate().await.unwrap();
    list
}

fn settings() -> RevocationListSettings {
    RevocationListSettings::default()
}

#[tokio::test]
async fn a_token_is_clear_until_it_is_revoked() {
    for place in places().await {
        let list = migrated(&place).await;
        let (mine, other) = (token("mine"), token("other"));
        assert_eq!(verdict(&list, &mine).await, Revocation::Clear, "{place}");
        assert!(list.revoke(&mine, Some("logout")).await.unwrap(), "{place}");
        assert_eq!(verdict(&list, &mine).await, Revocation::Revoked, "{place}");
        assert_eq!(verdict(&list, &other).await, Revocation::Clear, "{place}");
        assert_eq!(verdict(&list.clone(), &mine).await, Revocation::Revoked, "{place}");
    }
}

#[tokio::test]
async fn without_a_table_nothing_is_clear() {
    for place in places().await {
        let list = RevocationList::connect(&place.url).await.unwrap();
        let token = token("a");
        assert_eq!(verdict(&list, &token).await, Revocation::Unavailable, "{place}");
        let missing = Err(RevocationListError::MissingTable);
        assert_eq!(list.is_revoked(&token).await, missing, "{place}");
        assert_eq!(list.revoke(&token, None).await, missing, "{place}");
        let prune = list.prune(UnixTime::from_seconds(0)).await;
        assert_eq!(prune, Err(RevocationListError::MissingTable), "{place}");

        list.migrate().await.unwrap();
        list.migrate().await.unwrap();
        assert_eq!(verdict(&list, &token).await, Revocation::Clear, "{place}");
    }
}

#[tokio::test]
async fn a_table_that_is_dropped_is_no_empty_table() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        let token = token("a");
        list.revoke(&token, None).await.unwrap();
        place.execute("DROP TABLE jwt_revocations").await;
        assert_eq!(verdict(&list, &token).await, Revocation::Unavailable, "{place}");
        assert_eq!(
            list.is_revoked(&token).await,
            Err(RevocationListError::MissingTable),
            "{place}"
        );
    }
}

#[tokio::test]
async fn the_first_entry_stays_and_its_expiry_only_moves_later() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        let with_expiry = |seconds| {
            RevokedToken::of_any_issuer("a")
                .subject("other")
                .expires_at(UnixTime::from_seconds(seconds))
        };
        let before = UnixTime::now().seconds();
        assert!(list.revoke(&token("a"), Some("first")).await.unwrap());
        let [first] = place.rows().await.try_into().unwrap();
        assert_eq!(first.jti, "a");
        assert_eq!(first.subject.as_deref(), Some("alice"));
        assert_eq!(first.token_expires_at, Some(EXPIRY));
        assert_eq!(first.reason.as_deref(), Some("first"));
        assert!((before..=UnixTime::now().seconds()).contains(&first.revoked_at), "{place}");

        for (expiry, expected) in [(EXPIRY - 1, EXPIRY), (EXPIRY, EXPIRY), (EXPIRY + 9, EXPIRY + 9)]
        {
            assert!(!list.revoke_by_id(&with_expiry(expiry), Some("later")).await.unwrap());
            let mut expected_row = first.clone();
            expected_row.token_expires_at = Some(expected);
            assert_eq!(place.rows().await, [expected_row], "{place}");
        }
        for unknown in [RevokedToken::of_any_issuer("a"), with_expiry(EXPIRY)] {
            assert!(!list.revoke_by_id(&unknown, None).await.unwrap());
            assert_eq!(place.rows().await[0].token_expires_at, None, "{place}");
        }
    }
}

#[tokio::test]
async fn expired_tokens_are_pruned_and_no_others() {
    for place in places().await {
        let mut settings = settings();
        settings.keep_expired_for = Duration::from_secs(60);
        let list = RevocationList::open(&place.url, &settings).unwrap();
        list.migrate().await.unwrap();
        let expiries = [("early", 1_000), ("edge", 2_000), ("late", 2_001)];
        for (id, expiry) in expiries {
            let token = RevokedToken::of_any_issuer(id).expires_at(UnixTime::from_seconds(expiry));
            list.revoke_by_id(&token, None).await.unwrap();
        }
        list.revoke_by_id(&RevokedToken::of_any_issuer("endless"), None).await.unwrap();

        for (now, pruned) in [(1_060, 0), (1_061, 1), (2_060, 0), (2_061, 1), (2_061, 0)] {
            let count = list.prune(UnixTime::from_seconds(now)).await.unwrap();
            assert_eq!(count, pruned, "{place} at {now}");
        }
        assert_eq!(verdict(&list, &token("early")).await, Revocation::Clear, "{place}");
        assert_eq!(verdict(&list, &token("edge")).await, Revocation::Clear, "{place}");
        for id in ["late", "endless"] {
            assert_eq!(verdict(&list, &token(id)).await, Revocation::Revoked, "{place}");
        }
        assert_eq!(list.prune(UnixTime::from_seconds(i64::MAX)).await, Ok(1), "{place}");
        assert_eq!(verdict(&list, &token("endless")).await, Revocation::Revoked, "{place}");
        assert_eq!(list.prune(UnixTime::from_seconds(i64::MIN)).await, Ok(0), "{place}");
    }
}

#[tokio::test]
async fn a_pruned_token_is_new_again() {
    for place in places().await {
        let list = migrated(&place).await;
        let token = RevokedToken::of_any_issuer("a").expires_at(UnixTime::from_seconds(1));
        assert!(list.revoke_by_id(&token, None).await.unwrap(), "{place}");
        assert_eq!(list.prune(UnixTime::now()).await, Ok(1), "{place}");
        assert!(list.revoke_by_id(&token, None).await.unwrap(), "{place}");
    }
}

#[tokio::test]
async fn many_expired_tokens_are_pruned_in_batches() {
    const MANY: i64 = 2_500;
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        place
            .execute(&format!(
                "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < \
                 {MANY}) INSERT INTO jwt_revocations (jti, token_expires_at, revoked_at) SELECT \
                 'old-' || CAST(n AS TEXT), n, 0 FROM count"
            ))
            .await;
        list.revoke(&token("young"), None).await.unwrap();
        let now = UnixTime::from_seconds(EXPIRY);
        assert_eq!(list.prune(now).await, Ok(MANY.unsigned_abs()), "{place}");
        assert_eq!(place.rows().await.len(), 1, "{place}");
    }
}

#[tokio::test]
async fn ids_are_compared_octet_for_octet() {
    // Nothing that compresses: as itself it would not fit PostgreSQL's index.
    let mut state: u64 = 88_172_645_463_325_252;
    let noise: String = (0..16_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(33 + u8::try_from(state % 90).unwrap())
        })
        .collect();
    let other_noise = noise.chars().rev().collect::<String>();
    let long = "x".repeat(256);
    let longer = "x".repeat(257);
    let ids = [
        "",
        " ",
        "a",
        "A",
        "a ",
        " a",
        "a\t",
        "a\0",
        "\0",
        "\0a",
        "a\0b",
        "a\0c",
        "é",
        "e\u{301}",
        "ß",
        "ss",
        "ﬁ",
        "fi",
        "İ",
        "i",
        "%",
        "_",
        "'; DROP TABLE jwt_revocations; --",
        "\\",
        "\\x61",
        "1",
        "01",
        "1.0",
        "1e0",
        "null",
        "\u{feff}a",
        "\u{10ffff}",
        "sha256:",
        "a b",
        "b a",
        &long,
        &longer,
        &noise,
        &other_noise,
    ];
    for place in places().await {
        let list = migrated(&place).await;
        let tokens = ids.map(token);
        for (number, token) in tokens.iter().enumerate() {
            assert_eq!(verdict(&list, token).await, Revocation::Clear, "{place}: {number}");
            assert!(list.revoke(token, None).await.unwrap(), "{place}: {number}");
            assert_eq!(verdict(&list, token).await, Revocation::Revoked, "{place}: {number}");
        }
        for (number, token) in tokens.iter().enumerate() {
            assert!(!list.revoke(token, None).await.unwrap(), "{place}: {number}");
        }
    }
}

#[tokio::test]
async fn a_digest_as_an_id_is_another_id() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        list.revoke(&token("a b"), None).await.unwrap();
        let digest = place.rows().await.remove(0).jti;
        assert!(digest.starts_with("sha256:"), "{place}");
        assert_eq!(verdict(&list, &token(&digest)).await, Revocation::Clear, "{place}");
    }
}

#[tokio::test]
async fn subject_and_reason_can_be_anything() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        let strange = token_with(r#"{"jti": "a", "sub": "x\u0000y'é"}"#);
        assert!(list.revoke(&strange, Some("be\0cause")).await.unwrap(), "{place}");
        let row = place.rows().await.remove(0);
        assert_eq!(row.subject.as_deref(), Some("x\u{fffd}y'é"), "{place}");
        assert_eq!(row.reason.as_deref(), Some("be\u{fffd}cause"), "{place}");
    }
}

#[tokio::test]
async fn expiries_beyond_every_clock_are_held() {
    for place in places().await {
        let list = migrated(&place).await;
        for (id, exp) in [("far", "1e308"), ("fraction", "1700000600.9")] {
            let token = token_with(&format!(r#"{{"jti": "{id}", "exp": {exp}}}"#));
            assert!(list.revoke(&token, None).await.unwrap(), "{place}");
        }
        // 1700000600.9 and 24 hours have not passed before the next whole second.
        assert_eq!(list.prune(UnixTime::from_seconds(1_700_000_600 + 86_400)).await, Ok(0));
        assert_eq!(list.prune(UnixTime::from_seconds(1_700_000_601 + 86_400)).await, Ok(1));
    }
}

#[tokio::test]
async fn a_token_without_id_is_never_clear() {
    for place in places().await {
        let list = migrated(&place).await;
        let token = token_with("{}");
        assert_eq!(verdict(&list, &token).await, Revocation::Unavailable, "{place}");
        let refusal = list.revoke(&token, None).await;
        assert_eq!(refusal, Err(RevocationListError::MissingTokenId), "{place}");
    }
}

#[tokio::test]
async fn issuers_are_told_apart() {
    for place in places().await {
        let list = migrated(&place).await;
        let of = |issuer: &str| token_with(&format!(r#"{{"jti": "a", "iss": "{issuer}"}}"#));
        let unnamed = token_with(r#"{"jti": "a"}"#);
        assert!(list.revoke(&of("https://one.example"), None).await.unwrap());
        assert_eq!(verdict(&list, &of("https://one.example")).await, Revocation::Revoked);
        for other in ["https://two.example", "https://one.example/", "HTTPS://one.example", ""] {
            assert_eq!(verdict(&list, &of(other)).await, Revocation::Clear, "{place}");
        }
        assert_eq!(verdict(&list, &unnamed).await, Revocation::Clear, "{place}");
        let by_id = RevokedToken::new("https://two.example", "a");
        assert!(list.revoke_by_id(&by_id, None).await.unwrap(), "{place}");
        assert!(!list.revoke_by_id(&by_id, None).await.unwrap(), "{place}");
        assert_eq!(verdict(&list, &of("https://two.example")).await, Revocation::Revoked);
        assert_eq!(verdict(&list, &of("https://three.example")).await, Revocation::Clear);
    }
}

#[tokio::test]
async fn an_entry_without_issuer_holds_for_every_issuer() {
    for place in places().await {
        let list = migrated(&place).await;
        let of = |issuer: &str| token_with(&format!(r#"{{"jti": "a", "iss": "{issuer}"}}"#));
        let unnamed = token_with(r#"{"jti": "a"}"#);
        assert!(list.revoke(&of("https://one.example"), None).await.unwrap(), "{place}");
        assert!(list.revoke_by_id(&RevokedToken::of_any_issuer("a"), None).await.unwrap());
        for issuer in ["https://one.example", "https://two.example", ""] {
            assert_eq!(verdict(&list, &of(issuer)).await, Revocation::Revoked, "{place}");
        }
        assert_eq!(verdict(&list, &unnamed).await, Revocation::Revoked, "{place}");
        // It was revoked before, though it gets an entry of its own with its own expiry.
        assert!(!list.revoke(&of("https://two.example"), None).await.unwrap(), "{place}");
        assert!(!list.revoke(&unnamed, None).await.unwrap(), "{place}");
        if place.is_shared() {
            let mut keys: Vec<_> = place.rows().await.into_iter().map(|row| row.jti).collect();
            keys.sort();
            assert_eq!(keys, ["a", "https://one.example a", "https://two.example a"], "{place}");
            place.execute("DELETE FROM jwt_revocations WHERE jti = 'a'").await;
            assert_eq!(verdict(&list, &of("https://two.example")).await, Revocation::Revoked);
            assert_eq!(verdict(&list, &of("https://three.example")).await, Revocation::Clear);
        }
    }
}

#[tokio::test]
async fn rows_of_others_count() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let list = migrated(&place).await;
        place.execute("INSERT INTO jwt_revocations (jti, revoked_at) VALUES ('by-hand', 0)").await;
        assert_eq!(verdict(&list, &token("by-hand")).await, Revocation::Revoked, "{place}");
        let of_issuer = token_with(r#"{"jti": "by-hand", "iss": "https://one.example"}"#);
        assert_eq!(verdict(&list, &of_issuer).await, Revocation::Revoked, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_revoke_one_token_one_is_first() {
    for place in places().await {
        let list = patient(&place).await;
        for round in 0..5 {
            let mut tasks = JoinSet::new();
            for _ in 0..40 {
                let (list, token) = (list.clone(), token(&format!("shared-{round}")));
                tasks.spawn(async move {
                    let is_new = list.revoke(&token, None).await.unwrap();
                    // Whoever was told so sees it.
                    assert_eq!(verdict(&list, &token).await, Revocation::Revoked);
                    is_new
                });
            }
            let first = tasks.join_all().await.into_iter().filter(|is_new| *is_new).count();
            assert_eq!(first, 1, "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_checking_and_pruning_at_once() {
    for place in places().await {
        let list = patient(&place).await;
        let mut tasks = JoinSet::new();
        for number in 0..200 {
            let list = list.clone();
            tasks.spawn(async move {
                let (mine, untouched) = (token(&format!("mine-{number}")), token("untouched"));
                assert_eq!(verdict(&list, &mine).await, Revocation::Clear);
                assert!(list.revoke(&mine, Some("logout")).await.unwrap());
                assert_eq!(verdict(&list, &mine).await, Revocation::Revoked);
                assert_eq!(verdict(&list, &untouched).await, Revocation::Clear);
                if number % 20 == 0 {
                    list.prune(UnixTime::from_seconds(EXPIRY)).await.unwrap();
                }
                assert_eq!(verdict(&list, &mine).await, Revocation::Revoked);
            });
        }
        tasks.join_all().await;
    }
}

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
async fn a_file_in_another_mode_is_used_as_it_is() {
    let place = Place::sqlite_file();
    migrated(&place).await.close().await;
    // SQLite refuses it, and does not wait, while a thread of the pool still closes the file.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut other = SqliteConnection::connect(&place.url).await.unwrap();
    while other.execute("PRAGMA journal_mode = DELETE").await.is_err() {
        assert!(Instant::now() < deadline, "the file stays open");
    }
    other.close().await.unwrap();
    // To change the mode of a file that is being read takes a wait without end.
    let mut reader = SqliteConnection::connect(&place.url).await.unwrap();
    reader.execute("BEGIN; SELECT count(*) FROM jwt_revocations").await.unwrap();
    let list = RevocationList::connect(&place.url).await.unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Clear);
    list.migrate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_migrate_at_once() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let url = place.url.clone();
            tasks.spawn(async move {
                let list = RevocationList::connect(&url).await.unwrap();
                list.migrate().await.unwrap();
                list.close().await;
            });
        }
        tasks.join_all().await;
        assert!(place.rows().await.is_empty(), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_shared_by_pools_and_processes() {
    for place in places().await.into_iter().filter(Place::is_shared) {
        let (one, two) = (patient(&place).await, patient(&place).await);
        let mut tasks = JoinSet::new();
        for (number, list) in [&one, &two].into_iter().cycle().take(100).enumerate() {
            let list = list.clone();
            let id = format!("pool-{number}");
            tasks.spawn(async move { list.revoke(&token(&id), None).await });
        }
        let url = place.url.clone();
        let process = tokio::task::spawn_blocking(move || {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "--ignored", "revoke_as_another_process"])
                .env("VERIJOT_TEST_URL", url)
                .status()
        });
        assert!(process.await.unwrap().unwrap().success(), "{place}");
        assert!(tasks.join_all().await.into_iter().all(|is_new| is_new == Ok(true)), "{place}");
        for id in ["pool-0", "pool-99", "process-0", "process-49"] {
            for list in [&one, &two] {
                assert_eq!(verdict(list, &token(id)).await, Revocation::Revoked, "{place}");
            }
        }
    }
}

#[tokio::test]
#[ignore = "is started by a_database_is_shared_by_pools_and_processes"]
async fn revoke_as_another_process() {
    let mut settings = settings();
    settings.answer_within = Duration::from_secs(60);
    let list =
        RevocationList::open(&std::env::var("VERIJOT_TEST_URL").unwrap(), &settings).unwrap();
    for number in 0..50 {
        assert!(list.revoke(&token(&format!("process-{number}")), None).await.unwrap());
    }
}

#[tokio::test]
async fn a_closed_list_clears_nothing() {
    for place in places().await {
        let list = migrated(&place).await;
        let other = list.clone();
        list.close().await;
        assert_eq!(verdict(&other, &token("a")).await, Revocation::Unavailable, "{place}");
        let refusal = other.is_revoked(&token("a")).await;
        assert_eq!(refusal, Err(RevocationListError::Closed), "{place}");
    }
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
async fn a_file_that_is_no_database_clears_nothing() {
    let place = Place::sqlite_file();
    std::fs::write(place.file(), "this is no database, but it is long enough to be one".repeat(99))
        .unwrap();
    assert!(RevocationList::connect(&place.url).await.is_err());
    let list = RevocationList::open(&place.url, &settings()).unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Unavailable);
}

#[tokio::test]
async fn a_lost_connection_clears_nothing_and_is_made_again() {
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
async fn a_server_that_is_away_clears_nothing() {
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
        proxy.mend();
    }
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_holds_nobody_up() {
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
                // As where the client of a request goes away.
                let patience = Duration::from_millis(50);
                tokio::time::timeout(patience, list.check(&token)).await.unwrap_err();
            }
        });
    }
    tasks.join_all().await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    // The connections that were silent stay so, as after a failover; only new ones work.
    proxy.mend();
    let deadline = Instant::now() + Duration::from_secs(20);
    while verdict(&list, &token("a")).await != Revocation::Revoked {
        assert!(Instant::now() < deadline, "the list does not come back");
    }
    assert_eq!(verdict(&list, &token("b")).await, Revocation::Clear);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_clears_nothing_and_piles_nothing_up() {
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
    // The server has given up as well, though the lock is still held.
    wait_for_blocked(&mut other, 0).await;
    other.execute("COMMIT").await.unwrap();
    assert_eq!(verdict(&list, &token("a")).await, Revocation::Revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_over_an_answer_costs_no_connection() {
    let Some(place) = postgres().await else { return };
    migrated(&place).await.revoke(&token("a"), None).await.unwrap();
    let proxy = Proxy::before(&place.url).await;
    let mut settings = settings();
    settings.max_connections = 3;
    // All three have to be seen waiting before the first goes away.
    settings.answer_within = Duration::from_secs(6);
    let list = RevocationList::open(&proxy.url, &settings).unwrap();
    let mut other = PgConnection::connect(&place.url).await.unwrap();
    other.execute("BEGIN; LOCK TABLE jwt_revocations IN ACCESS EXCLUSIVE MODE").await.unwrap();

    let mut tasks = JoinSet::new();
    for patience in [Duration::from_secs(4), Duration::from_secs(30), Duration::from_secs(30)] {
        let list = list.clone();
        // The first goes away, as the client of a request may; the others are told in time.
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
    proxy.mend();
    let deadline = Instant::now() + Duration::from_secs(20);
    while verdict(&list, &token("a")).await != Revocation::Revoked {
        assert!(Instant::now() < deadline, "the list does not come back");
    }
}

/// Returns once so many statements wait for a lock in this database.
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
        // In a transaction the first answer would be the answer for good.
        connection.execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    }
}

#[tokio::test]
async fn urls_that_lead_nowhere() {
    use RevocationListError::{InvalidUrl, UnsupportedDatabase};
    for (url, expected) in [
        ("", InvalidUrl),
        ("revocations.db", InvalidUrl),
        ("mysql://localhost/x", UnsupportedDatabase),
        ("https://host/x", UnsupportedDatabase),
        ("postgres://[/x", InvalidUrl),
        ("postgres://host:99999/x", InvalidUrl),
        ("postgres://host/x?sslmode=perhaps", InvalidUrl),
        ("sqlite:x.db?mode=perhaps", InvalidUrl),
        ("sqlite:x.db?unknown=1", InvalidUrl),
    ] {
        assert_eq!(RevocationList::open(url, &settings()).unwrap_err(), expected, "{url}");
        assert_eq!(RevocationList::connect(url).await.unwrap_err(), expected, "{url}");
    }
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let refusal = RevocationList::open("sqlite::memory:", &settings()).unwrap_err();
    assert_eq!(refusal, RevocationListError::NoRuntime);
}

#[tokio::test]
async fn no_secret_is_shown() {
    let url = "postgres://somebody:hunter2@127.0.0.1:1/x?application_name=y";
    let list = RevocationList::open(url, &settings()).unwrap();
    let error = list.is_revoked(&token("identifier")).await.unwrap_err();
    let refusal = RevocationList::open("postgres://a:hunter2@[/", &settings()).unwrap_err();
    let known = RevokedToken::of_any_issuer("identifier").subject("somebody");
    for shown in [
        format!("{list:?} {list:#?}"),
        format!("{error} {error:?}"),
        format!("{refusal} {refusal:?}"),
        format!("{known:?}"),
    ] {
        for secret in ["hunter2", "identifier", "somebody"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
