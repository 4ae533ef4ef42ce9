//! Lists of octets that the host writes: options by name, header lines, documents.

use std::borrow::Cow;
use std::time::Duration;

use verijot::{Excerpt, UnixTime};

use crate::memory::Octets;

/// Entries, each as its length in 4 octets, the lowest first, and its octets. None if they do not fill
/// the list: half a list would lose what a guard demands.
pub(crate) fn entries(octets: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    count(octets).map(|_| all(octets))
}

/// How many entries fill the list.
// Lists have many readers.
#[inline(never)]
fn count(mut octets: &[u8]) -> Option<u32> {
    let mut entries = 0_u32;
    while !octets.is_empty() {
        (_, octets) = split(octets)?;
        entries = entries.saturating_add(1);
    }
    Some(entries)
}

fn all(mut octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (entry, rest) = split(octets)?;
        octets = rest;
        Some(entry)
    })
}

fn split(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

/// Options by name: entries that are a name and its value in turn. A name that stands several times has
/// several values.
pub(crate) struct Options<'o> {
    members: Vec<(Cow<'o, str>, Cow<'o, str>)>,
}

impl<'o> Options<'o> {
    /// No options.
    #[cfg(feature = "settings")]
    pub(crate) const fn none() -> Self {
        Self { members: Vec::new() }
    }

    /// None if the octets are no list, or its last name has no value.
    pub(crate) fn read(octets: Octets<'o>) -> Option<Self> {
        Self::of(octets.read())
    }

    fn of(octets: &'o [u8]) -> Option<Self> {
        count(octets).filter(|entries| entries % 2 == 0)?;
        let mut texts = all(octets).map(String::from_utf8_lossy);
        let mut members = Vec::new();
        while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
            members.push((name, value));
        }
        Some(Self { members })
    }

    /// What is wrong with an option: it is unknown, or has a value that it cannot have. One that is
    /// misspelled would otherwise lose what the host demands.
    pub(crate) fn problem(&self, known: &Known<'_>) -> Option<String> {
        self.members.iter().find_map(|(name, value)| known.problem(name, value))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.members.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// Whether the option stands twice, with other values.
    pub(crate) fn has_two_values(&self, name: &str) -> bool {
        let first = self.text(name);
        self.texts(name).any(|value| Some(value) != first)
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

/// The options that a function knows, by what their values are.
pub(crate) struct Known<'n> {
    /// `0` or `1`.
    pub(crate) switches: &'n [&'n str],
    /// Whole numbers.
    pub(crate) counts: &'n [&'n str],
    /// Decimal seconds.
    pub(crate) spans: &'n [&'n str],
    pub(crate) texts: &'n [&'n str],
}

impl Known<'_> {
    fn problem(&self, name: &str, value: &str) -> Option<String> {
        let alone = Options { members: vec![(name.into(), value.into())] };
        let (is_known, wanted) = if self.switches.contains(&name) {
            (matches!(value, "0" | "1"), "neither true nor false")
        } else if self.counts.contains(&name) {
            (alone.size(name).is_some(), "not a whole number")
        } else if self.spans.contains(&name) {
            (alone.span(name).is_some(), "not a number of seconds")
        } else if self.texts.contains(&name) {
            (true, "")
        } else {
            return Some(format!("unknown option `{}`", Excerpt::of(name)));
        };
        (!is_known).then(|| format!("option `{name}` is {wanted}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Options, entries};

    #[test]
    fn options_are_known_and_have_values_of_their_type() {
        let known =
            Known { switches: &["on"], counts: &["most"], spans: &["wait"], texts: &["name"] };
        for (name, value, problem) in [
            ("on", "1", None),
            ("on", "true", Some("option `on` is neither true nor false")),
            ("most", "10", None),
            ("most", "-1", Some("option `most` is not a whole number")),
            ("wait", "0.25", None),
            ("wait", "soon", Some("option `wait` is not a number of seconds")),
            ("name", "", None),
            ("nam", "a", Some("unknown option `nam`")),
            ("", "a", Some("unknown option ``")),
        ] {
            let options = Options { members: vec![(name.into(), value.into())] };
            assert_eq!(options.problem(&known).as_deref(), problem, "{name}={value}");
        }
    }

    #[test]
    fn entries_fill_their_list() {
        assert!(entries(b"").is_some_and(|mut entries| entries.next().is_none()));
        let two = entries(b"\x01\0\0\0a\0\0\0\0").map(Iterator::collect::<Vec<_>>);
        assert_eq!(two, Some(vec![&b"a"[..], b""]));
        for cut in
            [&b"\x01"[..], b"\x01\0\0\0", b"\x02\0\0\0a", b"\x01\0\0\0ab", b"\xff\xff\xff\xffa"]
        {
            assert!(entries(cut).is_none(), "{cut:?}");
        }
    }

    #[test]
    fn names_have_values() {
        assert!(Options::of(b"\x01\0\0\0a\x01\0\0\x001").is_some_and(|options| options.is("a")));
        assert!(Options::of(b"\x01\0\0\0a").is_none());
    }

    #[test]
    fn what_is_no_text_is_replaced_and_the_rest_counts() {
        let options = Options::of(b"\x01\0\0\0a\x04\0\0\0b,\xe4c").unwrap();
        assert_eq!(options.text("a"), Some("b,\u{fffd}c"));
    }
}
