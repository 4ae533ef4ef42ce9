//! A table of bounded size with a few possible slots for every token.
//!
//! The slots of a row are in the order of their last use. A token's hash selects its row, and only
//! someone who can sign can influence it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::Place;
use crate::keys::identity::Identity;

pub(super) struct Table<T> {
    rows: Vec<[Option<Slot<T>>; SLOTS]>,
}

struct Slot<T> {
    /// The start of the digest, which distinguishes most tokens without reading them.
    tag: u64,
    token: Box<Token<T>>,
}

struct Token<T> {
    digest: [u8; 32],
    verifier: Identity,
    keys: Identity,
    verified: Arc<T>,
}

impl<T> Table<T> {
    /// At least one row; a power of two of them.
    pub(super) fn new(tokens: usize) -> Self {
        let rows = tokens.div_ceil(SLOTS).clamp(1, MOST_ROWS).next_power_of_two();
        Self { rows: (0..rows).map(|_| [const { None }; SLOTS]).collect() }
    }

    /// Returns the token of this place and marks it as the most recently used.
    pub(super) fn find(&mut self, place: &Place<'_>) -> Option<Arc<T>> {
        let tag = tag(&place.digest);
        let row = self.row(tag)?;
        let found = row.iter().position(|slot| {
            slot.as_ref().is_some_and(|slot| slot.tag == tag && slot.token.is_at(place))
        })?;
        row.get_mut(..=found)?.rotate_right(1);
        row.first()?.as_ref().map(|slot| Arc::clone(&slot.token.verified))
    }

    /// Stores the token of this place. Replaces an older entry of the same token, or else the least
    /// recently used one.
    pub(super) fn keep(&mut self, place: &Place<'_>, verified: Arc<T>) {
        let tag = tag(&place.digest);
        let Some(row) = self.row(tag) else { return };
        let same = |slot: &Option<Slot<T>>| match slot {
            Some(slot) => slot.tag == tag && slot.token.digest == place.digest,
            None => true,
        };
        let victim = row.iter().position(same).unwrap_or(SLOTS - 1);
        let token = Token {
            digest: place.digest,
            verifier: place.verifier.identity().clone(),
            keys: place.keys.clone(),
            verified,
        };
        if let Some(slots) = row.get_mut(..=victim) {
            slots.rotate_right(1);
            if let Some(first) = slots.first_mut() {
                *first = Some(Slot { tag, token: Box::new(token) });
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.iter().flatten().flatten().count()
    }

    pub(super) fn clear(&mut self) {
        for row in &mut self.rows {
            *row = [const { None }; SLOTS];
        }
    }

    fn row(&mut self, tag: u64) -> Option<&mut [Option<Slot<T>>; SLOTS]> {
        let rows = u64::try_from(self.rows.len()).ok()?;
        let row = usize::try_from(tag & rows.checked_sub(1)?).ok()?;
        self.rows.get_mut(row)
    }
}

impl<T> Token<T> {
    fn is_at(&self, place: &Place<'_>) -> bool {
        self.digest == place.digest
            && self.verifier == *place.verifier.identity()
            && self.keys == *place.keys
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Table").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

fn tag(digest: &[u8; 32]) -> u64 {
    digest.first_chunk::<8>().map(|front| u64::from_le_bytes(*front)).unwrap_or_default()
}

/// The number of slots in a row.
const SLOTS: usize = 8;

/// A power of two.
const MOST_ROWS: usize = 1 << 20;
