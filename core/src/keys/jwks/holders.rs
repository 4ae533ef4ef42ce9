//! The keys with a certain `kid`.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::crypto::algorithm::AlgorithmSet;

/// The keys with a certain `kid`.
#[derive(Default)]
pub(super) struct Holders {
    /// The positions of usable keys, no two of which share an algorithm.
    pub(super) places: Vec<usize>,
    /// The algorithms of two keys with different numbers, usable or not (RFC 7517 §4.5).
    pub(super) ambiguous: AlgorithmSet,
}

/// Holders by `kid`. Found only after [`HoldersById::sort`].
#[derive(Default)]
pub(super) struct HoldersById {
    all: Vec<(String, Holders)>,
}

impl HoldersById {
    pub(super) fn add_place(&mut self, id: String, place: usize) {
        let holders = Holders { places: Vec::from([place]), ambiguous: AlgorithmSet::EMPTY };
        self.all.push((id, holders));
    }

    pub(super) fn add_ambiguous(&mut self, id: String, ambiguous: AlgorithmSet) {
        self.all.push((id, Holders { places: Vec::new(), ambiguous }));
    }

    /// Sorts by `kid` and combines what was added for one `kid`, in the order of its addition.
    pub(super) fn sort(&mut self) {
        self.all.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.all.dedup_by(|(id, later), (kept, earlier)| {
            let same = id == kept;
            if same {
                earlier.places.extend(mem::take(&mut later.places));
                earlier.ambiguous = earlier.ambiguous.union(later.ambiguous);
            }
            same
        });
    }

    pub(super) fn get(&self, id: &str) -> Option<&Holders> {
        let place = self.all.binary_search_by(|(known, _)| known.as_str().cmp(id)).ok()?;
        self.all.get(place).map(|(_, holders)| holders)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Holders)> {
        self.all.iter().map(|(id, holders)| (id, holders))
    }
}
