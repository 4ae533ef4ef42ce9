//! One database for many tasks, pools and processes.

use std::process::Command;
use std::time::Duration;

use tokio::task::JoinSet;
use verijot::{Revocation, UnixTime};
use verijot_revocation::RevocationList;

use crate::places::{Place, places};
use crate::tokens::{EXPIRY, token};
use crate::{patient, settings, verdict};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_concurrent_revocations_is_first() {
    for place in places().await {
        let list = patient(&place).await;
        for round in 0..5 {
            let mut tasks = JoinSet::new();
            for _ in 0..40 {
                let (list, token) = (list.clone(), token(&format!("shared-{round}")));
                tasks.spawn(async move {
                    let is_new = list.revoke(&token, None).await.unwrap();
                    // Anyone who got the answer sees the token as revoked.
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

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_migrations_succeed() {
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
                .args(["--exact", "--ignored", "sharing::revoke_as_another_process"])
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
#[ignore = "started by a_database_is_shared_by_pools_and_processes"]
async fn revoke_as_another_process() {
    let mut settings = settings();
    settings.answer_within = Duration::from_secs(60);
    let list =
        RevocationList::open(&std::env::var("VERIJOT_TEST_URL").unwrap(), &settings).unwrap();
    for number in 0..50 {
        assert!(list.revoke(&token(&format!("process-{number}")), None).await.unwrap());
    }
}
