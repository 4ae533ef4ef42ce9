//! Lists of octets that the host writes: options by name, header lines, documents.

use std::time::Duration;

use verijot::UnixTime;

use crate::memory::Octets;

/// Entries, each as its length in 4 octets, the lowest first, and its octets. Whatever does not fit ends
/// the list.
pub(crate) fn entries(mut octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = octets.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (entry, rest) = rest.split_at_checked(length)?;
        octets = rest;
        Some(entry)
    })
}

/// Options by name: entries that are a name and its value in turn. A name that stands several times has
/// several values.
pub(crate) struct Options<'o> {
    members: Vec<(&'o str, &'o str)>,
}

impl<'o> Options<'o> {
    /// # Safety
    /// As [`Octets::read`].
    pub(crate) unsafe fn read(octets: Octets) -> Self {
        // SAFETY: promised by the caller.
        Self::of(unsafe { octets.read() })
    }

    fn of(octets: &'o [u8]) -> Self {
        let mut texts = entries(octets).map(|entry| std::str::from_utf8(entry).unwrap_or_default());
        let mut members = Vec::new();
        while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            members.push((name, value));
        }
        Self { members }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'o str> {
        self.members.iter().map(|(name, _)| *name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'o str> {
        self.texts(name).next()
    }

    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &'o str> {
        self.members.iter().filter(move |(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Whether the value is `1`.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.text(name) == Some("1")
    }

    /// A whole number in decimal digits; one that is too large counts as the largest.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    }

    /// A size, of which more than memory can hold counts as the most.
    pub(crate) fn size(&self, name: &str) -> Option<usize> {
        self.number(name).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// A span in decimal seconds.
    pub(crate) fn span(&self, name: &str) -> Option<Duration> {
        UnixTime::from_decimal(self.text(name)?)?.duration_since_epoch()
    }
}
