//! The member names of the objects that are being read, so that none is taken twice.

use super::Text;

/// A member name as it stands in the text, between its quotation marks.
#[derive(Clone, Copy)]
pub(super) struct NameSpan {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// What is known of the names of an object that is being read.
pub(super) struct OpenObject {
    /// Where its names begin in the list of all names.
    pub(super) first: usize,
    /// One bit for each bucket of names that has been met: a name in an empty bucket is new.
    buckets: u64,
    /// Some names have not been compared with all others yet.
    pub(super) unsettled: bool,
}

impl OpenObject {
    pub(super) fn new(first: usize) -> Self {
        Self { first, buckets: 0, unsettled: false }
    }

    /// False if no earlier name equals this one; true if it must be looked up.
    pub(super) fn may_have(&mut self, name: Text<'_>) -> bool {
        // Two spellings of one name must meet in one bucket.
        let bit = if name.escaped { u64::MAX } else { 1_u64.wrapping_shl(bucket(name.raw)) };
        let met = self.buckets & bit != 0;
        self.buckets |= bit;
        met
    }
}

fn bucket(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let octet = |byte: Option<&u8>| u32::from(byte.copied().unwrap_or_default());
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    let middle = bytes.get(bytes.len() >> 1);
    let mixed = octet(bytes.first())
        .wrapping_mul(7)
        .wrapping_add(octet(bytes.last()).wrapping_mul(29))
        .wrapping_add(octet(middle).wrapping_mul(13))
        .wrapping_add(length.wrapping_mul(3));
    mixed & 63
}
