//! What the tests share: keys that sign, an issuer that misbehaves on command, a clock that is set
//! by hand, and a service that is called over HTTP.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::panic, clippy::print_stdout)]

pub mod child;
pub mod clock;
pub mod issuer;
pub mod service;
pub mod signer;

use std::future::Future;
use std::time::Duration;

/// Fails instead of hanging.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

/// Until something is true that nobody announces.
pub async fn until(mut is_true: impl FnMut() -> bool) {
    soon(async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
