//! The calls that every request makes, for Swift. They do the same as `verify`, but borrow the token
//! and take the time as numbers, which saves four copies.
//!
//! In Kotlin a borrowed token would have to be a direct buffer, so Kotlin uses `jni` instead.

use crate::clocks::Clocks;
use crate::jwk_set::JwkSet;
use crate::jwks_cache::{CacheStep, JwksCache};
use crate::moment::Moment;
use crate::token::TokenVerdict;
use crate::verifier::Verifier;

#[uniffi::export]
impl Verifier {
    /// Does the same as `verify`.
    #[must_use]
    pub fn verify_borrowed(
        &self,
        token: &[u8],
        keys: &JwkSet,
        seconds: i64,
        nanoseconds: u32,
    ) -> TokenVerdict {
        self.verify_octets(token, keys, Moment { seconds, nanoseconds })
    }
}

#[uniffi::export]
impl JwksCache {
    /// Does the same as `verify`.
    #[must_use]
    #[allow(clippy::too_many_arguments)]
    pub fn verify_borrowed(
        &self,
        verifier: &Verifier,
        token: &[u8],
        requested_at: u64,
        monotonic: u64,
        wall_seconds: i64,
        wall_nanoseconds: u32,
        seconds: i64,
        nanoseconds: u32,
    ) -> CacheStep {
        let wall = Moment { seconds: wall_seconds, nanoseconds: wall_nanoseconds };
        let now = Moment { seconds, nanoseconds };
        self.verify_octets(verifier, token, requested_at, Clocks { monotonic, wall }, now)
    }
}
