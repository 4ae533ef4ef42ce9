//! A cache of member names as Python strings, shared by all tokens.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// Python strings of recently seen member names. All tokens of an issuer have the same names, and a
/// string that was a key before knows its hash.
///
/// Values are never cached: they would outlive their token.
pub(crate) struct MemberNames {
    /// A name can be in either place of its pair.
    pairs: [[Place; 2]; PAIRS],
}

impl MemberNames {
    /// Returns the cache, unless another thread uses it.
    pub(crate) fn borrow() -> Option<MutexGuard<'static, Self>> {
        match SHARED.try_lock() {
            Ok(names) => Some(names),
            // Even after a panic each place is valid.
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Calls `user` with the string of this name.
    #[inline]
    pub(crate) fn lend<'py, R>(
        &mut self,
        py: Python<'py>,
        name: &Name<'_>,
        user: impl FnOnce(&Bound<'py, PyString>) -> R,
    ) -> R {
        let pair = self.pairs.get_mut(name.pair());
        let found =
            pair.as_ref().and_then(|[one, other]| one.find(name).or_else(|| other.find(name)));
        if let Some(kept) = found {
            return user(kept.bind(py));
        }
        let new = PyString::new(py, name.text);
        if let Some(pair) = pair {
            keep(pair, name, &new);
        }
        user(&new)
    }
}

/// Puts a name into the first place of its pair and moves the previous one to the second. Names that
/// are too long are not cached: they are rare, and untrusted senders may invent them.
#[cold]
fn keep(pair: &mut [Place; 2], name: &Name<'_>, object: &Bound<'_, PyString>) {
    if let Some(place) = Place::holding(name, object) {
        let [one, other] = pair;
        *other = std::mem::replace(one, place);
    }
}

/// A name, and its first octets as one number, which distinguishes most names.
pub(crate) struct Name<'t> {
    text: &'t str,
    /// The first eight octets, padded with zeros.
    head: u64,
}

impl<'t> Name<'t> {
    #[inline]
    pub(crate) fn of(text: &'t str) -> Self {
        let octets = text.as_bytes();
        let head = match octets.first_chunk::<8>() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => octets.iter().rev().fold(0, |head, octet| head << 8 | u64::from(*octet)),
        };
        Self { text, head }
    }

    /// The index of its pair. A pair with more than two names saves no time.
    #[inline]
    fn pair(&self) -> usize {
        let tail = self.text.as_bytes().last_chunk::<8>();
        let tail = tail.map_or(0, |eight| u64::from_le_bytes(*eight).rotate_left(29));
        let mixed = (self.head ^ tail).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed >> UNUSED_BITS).unwrap_or_default()
    }
}

/// One name and its string, together in one cache line.
#[repr(align(64))]
struct Place {
    object: Option<Py<PyString>>,
    head: u64,
    length: u8,
    /// The octets after the head.
    rest: [u8; LONGEST - 8],
}

impl Place {
    const EMPTY: Self = Self { object: None, head: 0, length: 0, rest: [0; LONGEST - 8] };

    #[inline]
    fn find(&self, name: &Name<'_>) -> Option<&Py<PyString>> {
        let octets = name.text.as_bytes();
        let same = self.head == name.head
            && usize::from(self.length) == octets.len()
            && match octets.get(8..) {
                Some(rest) => self.rest.get(..rest.len()) == Some(rest),
                None => true,
            };
        self.object.as_ref().filter(|_| same)
    }

    fn holding(name: &Name<'_>, object: &Bound<'_, PyString>) -> Option<Self> {
        let octets = name.text.as_bytes();
        let length = u8::try_from(octets.len()).ok()?;
        let mut rest = [0; LONGEST - 8];
        if let Some(after_head) = octets.get(8..) {
            rest.get_mut(..after_head.len())?.copy_from_slice(after_head);
        }
        Some(Self { object: Some(object.clone().unbind()), head: name.head, length, rest })
    }
}

static SHARED: Mutex<MemberNames> =
    Mutex::new(MemberNames { pairs: [const { [Place::EMPTY, Place::EMPTY] }; PAIRS] });

const PAIRS: usize = 256;

/// The bits of a hash that do not count for the index of a pair.
const UNUSED_BITS: u32 = 64 - 8;

/// The most octets of a cached name.
const LONGEST: usize = 55;
