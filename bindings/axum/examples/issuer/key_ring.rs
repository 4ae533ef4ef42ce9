//! The issuer's keys over time: each is published before it signs, signs for a quarter of a year,
//! and stays published until its last tokens have long expired. Has no clock: times, in seconds,
//! are arguments.

use ring::error::Unspecified;
use serde_json::json;

use crate::signing_key::SigningKey;

/// Keys in the order in which they sign; at least one signs.
pub(crate) struct KeyRing {
    keys: Vec<PlannedKey>,
}

/// A key that is published now.
struct PlannedKey {
    key: SigningKey,
    signs_from: i64,
    /// Unknown until the next one is published.
    withdrawn_at: Option<i64>,
}

impl KeyRing {
    /// Creates the first key, which signs at once.
    pub(crate) fn new(now: i64) -> Result<Self, Unspecified> {
        let mut ring = Self { keys: Vec::new() };
        ring.publish(now)?;
        Ok(ring)
    }

    /// Does everything that is due: publishes the next key, withdraws old ones.
    pub(crate) fn advance(&mut self, now: i64) -> Result<(), Unspecified> {
        self.keys.retain(|planned| planned.withdrawn_at.is_none_or(|at| now < at));
        let Some(newest) = self.keys.last() else { return Ok(()) };
        let quarter_ends = newest.signs_from.saturating_add(QUARTER);
        if now < quarter_ends.saturating_sub(PUBLISHED_AHEAD) {
            return Ok(());
        }
        // Later than the end of the quarter, if nothing ran in time to publish it.
        let signs_from = quarter_ends.max(now.saturating_add(PUBLISHED_AHEAD));
        self.publish(signs_from)?;
        self.withdraw_others(now.saturating_add(OVERLAP), signs_from);
        Ok(())
    }

    /// Rotates unplanned: publishes the next key, unless it is already published, and signs with it
    /// after `sign_after`. The others are withdrawn after `overlap`, but not before the new key
    /// signs.
    pub(crate) fn rotate(
        &mut self,
        now: i64,
        sign_after: i64,
        overlap: i64,
    ) -> Result<(), Unspecified> {
        let signs_from = now.saturating_add(sign_after);
        match self.keys.last_mut().filter(|newest| now < newest.signs_from) {
            Some(upcoming) => upcoming.signs_from = upcoming.signs_from.min(signs_from),
            None => self.publish(signs_from)?,
        }
        self.withdraw_others(now.saturating_add(overlap), signs_from);
        self.advance(now)
    }

    /// The key that signs now.
    pub(crate) fn signing(&self, now: i64) -> Option<&SigningKey> {
        let planned = self.keys.iter().rfind(|planned| planned.signs_from <= now)?;
        Some(&planned.key)
    }

    /// The `kid`s of all published keys, the newest last.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.keys.iter().map(|planned| planned.key.id()).collect()
    }

    /// The published keys: a JWK Set (RFC 7517 §5).
    pub(crate) fn jwks(&self) -> String {
        let keys = self.keys.iter().map(|planned| planned.key.jwk()).collect::<Vec<_>>();
        json!({"keys": keys}).to_string()
    }

    fn publish(&mut self, signs_from: i64) -> Result<(), Unspecified> {
        let key = SigningKey::generate()?;
        self.keys.push(PlannedKey { key, signs_from, withdrawn_at: None });
        Ok(())
    }

    /// All but the newest, none before that one signs.
    fn withdraw_others(&mut self, at: i64, newest_signs_from: i64) {
        let at = at.max(newest_signs_from);
        if let Some((_, others)) = self.keys.split_last_mut() {
            for planned in others {
                planned.withdrawn_at = Some(planned.withdrawn_at.map_or(at, |then| then.min(at)));
            }
        }
    }
}

/// How long old keys and the new one are published together.
pub(crate) const OVERLAP: i64 = 7 * DAY;
/// How long a key signs.
const QUARTER: i64 = 91 * DAY;
/// How long a key is published before it signs: longer than any cache keeps a set.
const PUBLISHED_AHEAD: i64 = DAY;
const DAY: i64 = 86_400;
