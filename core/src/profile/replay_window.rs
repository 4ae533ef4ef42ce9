//! Remembers what was presented before, for as long as it would be accepted again.

use alloc::collections::{BTreeSet, BinaryHeap};
use core::cmp::Reverse;
use core::fmt;

use sha2::Digest;

use crate::error::Error;
use crate::time::UnixTime;

/// Remembers tokens that may be presented once, for as long as each would be accepted again.
///
/// A pure state machine: it takes the time and does no I/O. Nothing is forgotten before its time: a
/// full window refuses instead, so that nobody can make room for a replay. An entry takes about 200
/// octets; a window needs as many as tokens arrive within the time that they stay valid. Services
/// of several processes need a store that they share instead, with the [`Replay::key`] and the
/// [`Replay::until`] of each token.
///
/// ```
/// use verijot::UnixTime;
/// use verijot::profile::{Admission, Replay, ReplayWindow};
/// let mut window = ReplayWindow::new(1000);
/// let now = UnixTime::from_seconds(0);
/// let token = Replay::new(["logout", "https://issuer.example", "jti-1"], UnixTime::from_seconds(60));
/// assert_eq!(window.admit(&token, now), Admission::First);
/// assert_eq!(window.admit(&token, now), Admission::Replayed);
/// ```
pub struct ReplayWindow {
    capacity: usize,
    known: BTreeSet<[u8; 32]>,
    /// The one that ends first is on top.
    by_end: BinaryHeap<Reverse<(UnixTime, [u8; 32])>>,
}

impl ReplayWindow {
    /// Creates an empty window for at most this many tokens at a time. With zero it refuses all.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, known: BTreeSet::new(), by_end: BinaryHeap::new() }
    }

    /// Remembers a token that has passed every other check, or says that it is already known.
    /// Forgets those whose time is over at `now`.
    pub fn admit(&mut self, token: &Replay, now: UnixTime) -> Admission {
        while let Some(Reverse((_, key))) =
            self.by_end.peek().filter(|Reverse((until, _))| *until < now)
        {
            self.known.remove(key);
            self.by_end.pop();
        }
        if self.known.contains(&token.key) {
            return Admission::Replayed;
        }
        if self.known.len() >= self.capacity {
            return Admission::Full;
        }
        self.known.insert(token.key);
        self.by_end.push(Reverse((token.until, token.key)));
        Admission::First
    }

    /// Returns the number of tokens that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether no token is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

impl fmt::Debug for ReplayWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReplayWindow")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish()
    }
}

/// What a [`ReplayWindow`] remembers of a token, and for how long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    key: [u8; 32],
    until: UnixTime,
}

impl Replay {
    /// Names a token by parts that are unique together, such as its kind, its issuer and its id: a
    /// `jti` alone is unique only for its issuer. The key is the SHA-256 of the parts, each after
    /// its length, so that no two lists of parts have the same.
    pub fn new<'p>(parts: impl IntoIterator<Item = &'p str>, until: UnixTime) -> Self {
        let mut hash = sha2::Sha256::new();
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self { key: hash.finalize().into(), until }
    }

    /// Names a token by the key that [`Replay::key`] returned of it, for a binding that has passed the key
    /// through another language.
    #[must_use]
    pub const fn of_key(key: [u8; 32], until: UnixTime) -> Self {
        Self { key, until }
    }

    /// Returns the key: the same for the same token, and for no other.
    #[must_use]
    pub const fn key(&self) -> [u8; 32] {
        self.key
    }

    /// Returns the last moment at which the token would be accepted; until then, and then too, it
    /// must be remembered.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Replay").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Whether a token may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)]
pub enum Admission {
    /// It was not presented before, and is remembered now.
    First,
    /// It was presented before.
    Replayed,
    /// There is no room to remember it, so it cannot be accepted.
    Full,
}

impl Admission {
    /// Converts to a result.
    ///
    /// # Errors
    /// [`Error::Replayed`] for a token that was presented before, [`Error::ReplayUnavailable`] for
    /// one that cannot be remembered.
    pub fn into_result(self) -> Result<(), Error> {
        match self {
            Self::First => Ok(()),
            Self::Replayed => Err(Error::Replayed),
            Self::Full => Err(Error::ReplayUnavailable { retry_after: None }),
        }
    }
}

/// A token that has passed every check but one: whether it was presented before.
#[derive(Debug)]
#[must_use = "admit the token, or waive the check"]
pub struct Unadmitted<T> {
    pub(super) token: T,
    pub(super) replay: Replay,
}

impl<T> Unadmitted<T> {
    /// Returns what a store of the caller's needs: the key, and how long to remember it.
    pub const fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Admits the token, unless the window knows it.
    ///
    /// # Errors
    /// Those of [`Admission::into_result`].
    pub fn admit(self, window: &mut ReplayWindow, now: UnixTime) -> Result<T, Error> {
        let admission = window.admit(&self.replay, now);
        self.admitted(admission)
    }

    /// Takes the answer of a store of the caller's.
    ///
    /// # Errors
    /// Those of [`Admission::into_result`].
    pub fn admitted(self, admission: Admission) -> Result<T, Error> {
        admission.into_result().map(|()| self.token)
    }

    /// Waives the check: the same token is accepted any number of times.
    pub fn without_replay_check(self) -> T {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn a_token_is_admitted_once_until_its_end() {
        let mut window = ReplayWindow::new(2);
        let token = Replay::new(["logout", "i", "1"], at(60));
        assert_eq!(window.admit(&token, at(0)), Admission::First);
        assert_eq!(window.admit(&token, at(60)), Admission::Replayed);
        let later = UnixTime::from_parts(60, 1);
        assert_eq!(window.admit(&token, later), Admission::First);
        assert_eq!(window.len(), 1);
    }

    #[test]
    fn nothing_is_forgotten_before_its_time() {
        let mut window = ReplayWindow::new(2);
        let token = |id| Replay::new(["logout", "i", id], at(60));
        assert_eq!(window.admit(&token("1"), at(0)), Admission::First);
        assert_eq!(window.admit(&token("2"), at(0)), Admission::First);
        assert_eq!(window.admit(&token("3"), at(60)), Admission::Full);
        assert_eq!(window.admit(&token("1"), at(60)), Admission::Replayed);
        assert_eq!(window.admit(&token("3"), at(61)), Admission::First);
        assert_eq!(window.len(), 1);
        assert!(!window.is_empty());
        assert_eq!(ReplayWindow::new(0).admit(&token("1"), at(0)), Admission::Full);
    }

    #[test]
    fn parts_are_not_confused() {
        let key = |parts: &[&str]| Replay::new(parts.iter().copied(), at(0)).key();
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
        let different =
            [key(&["a", "b"]), key(&["ab", ""]), key(&["ab"]), key(&["", "ab"]), key(&["b", "a"])];
        for (place, one) in different.iter().enumerate() {
            assert!(different.iter().skip(place + 1).all(|other| other != one));
        }
    }
}
