//! Keys that the caller withdraws, whatever the issuer publishes.

use alloc::string::String;
use alloc::sync::Arc;

use super::JwksCache;
use crate::keys::jwks::JwkSet;
use crate::keys::key::KeyProblem;

impl JwksCache {
    /// Withdraws every key with this `kid` at once, in the held set and in all that come later,
    /// seeds included: tokens that name it get `unknown_key` and cause no fetch. For a key that has
    /// leaked. A key of the same numbers under another `kid` is not withdrawn.
    pub fn purge(&mut self, kid: impl Into<String>) {
        if self.purged.insert(kid.into()) {
            self.read_again();
        }
    }

    /// Takes back [`JwksCache::purge`]. False if the `kid` was not withdrawn.
    pub fn restore(&mut self, kid: &str) -> bool {
        let was_purged = self.purged.remove(kid);
        if was_purged {
            self.read_again();
        }
        was_purged
    }

    /// Reads the held set again, because other keys of it are withdrawn.
    fn read_again(&mut self) {
        let Some(body) = self.held.as_ref().map(|held| held.body.clone()) else { return };
        // What could be read before can be read again.
        if let (Ok(keys), Some(held)) = (self.read(body.as_bytes()), &mut self.held) {
            held.keys = Arc::new(keys);
        }
    }
}

/// Whether a set has keys that would be usable had the caller not withdrawn them.
pub(super) fn has_withdrawn(keys: &JwkSet) -> bool {
    keys.skipped().iter().any(|key| key.reason().problem() == KeyProblem::Withdrawn)
}
