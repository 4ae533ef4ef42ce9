//! Helpers of these tests and of those in `verijot-axum`: signing keys, an issuer that misbehaves
//! on command, and a clock that the test advances.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::panic, clippy::print_stdout)]

pub mod child;
pub mod clock;
pub mod issuer;
pub mod setup;
pub mod signer;

use std::future::Future;
use std::time::Duration;

/// Fails instead of hanging.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

/// Polls until the condition is true.
pub async fn until(mut is_true: impl FnMut() -> bool) {
    soon(async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
