//! Keys that the caller withdraws, whatever the issuer publishes.

use alloc::string::String;
use alloc::sync::Arc;

use super::JwksCache;
use crate::keys::jwks::JwkSet;
use crate::keys::key::KeyProblem;

impl JwksCache {
    /// Withdraws every key with this `kid` immediately, in the current set and in all later ones,
    /// including seeds: tokens with this `kid` get `unknown_key` and cause no fetch. For a leaked
    /// key. A key with the same numbers but another `kid` is not withdrawn.
    pub fn purge(&mut self, kid: impl Into<String>) {
        let kid = kid.into();
        if let Err(place) = self.purged.binary_search(&kid) {
            self.purged.insert(place, kid);
            self.read_again();
        }
    }

    /// Undoes [`JwksCache::purge`]. Returns false if the `kid` was not withdrawn.
    pub fn restore(&mut self, kid: &str) -> bool {
        let Ok(place) = self.place_of(kid) else { return false };
        self.purged.remove(place);
        self.read_again();
        true
    }

    pub(super) fn has_purged(&self, kid: &str) -> bool {
        self.place_of(kid).is_ok()
    }

    /// Returns the place of a `kid` among those that are withdrawn.
    fn place_of(&self, kid: &str) -> Result<usize, usize> {
        self.purged.binary_search_by(|purged| purged.as_str().cmp(kid))
    }

    /// Parses the current set again, because the withdrawn keys have changed.
    fn read_again(&mut self) {
        let Some(body) = self.held.as_ref().map(|held| held.body.clone()) else { return };
        // The set was readable before.
        if let (Ok(keys), Some(held)) = (self.read(body.as_bytes()), &mut self.held) {
            held.keys = Arc::new(keys);
        }
    }
}

/// Whether a set has keys that are unusable only because the caller withdrew them.
pub(super) fn has_withdrawn(keys: &JwkSet) -> bool {
    keys.skipped().iter().any(|key| key.reason().problem() == KeyProblem::Withdrawn)
}
