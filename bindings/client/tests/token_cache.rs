//! Cached tokens are still refused as soon as they expire, are revoked or lose their key.
#![allow(missing_docs, clippy::unwrap_used, clippy::arithmetic_side_effects)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::clock::TestClock;
use common::issuer::Issuer;
use common::setup::{authenticator, client};
use common::signer::{Signer, claims, jwks};
use common::{soon, until};
use verijot::{Revocation, Verified};
use verijot_client::RevocationCheck;

#[tokio::test]
async fn a_cached_token_expires_and_can_be_revoked() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let issuer = Issuer::with_keys(&jwks(&[&signer])).await;
    let list = List::default();
    let judge = authenticator(&client(&issuer, &clock), &clock)
        .with_token_cache(100)
        .with_revocation(list.clone());
    let token = signer.sign(&claims(clock.seconds()));
    let first = judge.verify(token.as_bytes()).await.unwrap();
    let again = judge.verify(token.as_bytes()).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again), "remembered");

    list.revoked.store(true, Ordering::Relaxed);
    assert_eq!(judge.verify(token.as_bytes()).await.unwrap_err().code(), "revoked");
    list.revoked.store(false, Ordering::Relaxed);
    judge.verify(token.as_bytes()).await.unwrap();

    let life = first.expires_at().unwrap().seconds() - clock.seconds();
    clock.advance(Duration::from_secs(u64::try_from(life).unwrap() + 31));
    assert_eq!(soon(judge.verify(token.as_bytes())).await.unwrap_err().code(), "expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_token_is_refused_without_its_key() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let clock = TestClock::new();
    let issuer = Issuer::with_keys(&jwks(&[&old, &new])).await;
    let keys = client(&issuer, &clock);
    let judge = authenticator(&keys, &clock).with_token_cache(100);
    let token = old.sign(&claims(clock.seconds()));
    judge.verify(token.as_bytes()).await.unwrap();
    judge.verify(token.as_bytes()).await.unwrap();

    issuer.gives_keys(&jwks(&[&new]));
    clock.advance(Duration::from_secs(481));
    judge.verify(new.sign(&claims(clock.seconds())).as_bytes()).await.unwrap();
    issuer.asked(2).await;
    until(|| !keys.health().unwrap().is_fetching).await;
    assert_eq!(soon(judge.verify(token.as_bytes())).await.unwrap_err().code(), "unknown_key");
}

#[derive(Clone, Default)]
struct List {
    revoked: Arc<AtomicBool>,
}

impl RevocationCheck for List {
    async fn check(&self, _: &Verified) -> Revocation {
        if self.revoked.load(Ordering::Relaxed) { Revocation::Revoked } else { Revocation::Clear }
    }
}
