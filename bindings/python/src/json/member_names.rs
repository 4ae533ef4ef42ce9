//! Member names as Python strings, kept from one token to the next.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// Python strings of the member names seen last. Every token of an issuer has the same ones, and a
/// string that has been a key before knows its hash.
///
/// Values are never kept: they would outlive their token.
pub(crate) struct MemberNames {
    places: [Place; PLACES],
}

impl MemberNames {
    /// The one collection there is, unless somebody is using it.
    pub(crate) fn borrow() -> Option<MutexGuard<'static, Self>> {
        match SHARED.try_lock() {
            Ok(names) => Some(names),
            // Whatever state it was left in, each place holds a whole string.
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Hands the string of this name to `user`.
    pub(crate) fn lend<'py, R>(
        &mut self,
        py: Python<'py>,
        name: &str,
        user: impl FnOnce(&Bound<'py, PyString>) -> R,
    ) -> R {
        let place = self.places.get_mut(place_of(name));
        if let Some(kept) = place.as_ref().and_then(|place| place.find(name)) {
            return user(kept.bind(py));
        }
        let new = PyString::new(py, name);
        if let Some(place) = place {
            place.keep(name, &new);
        }
        user(&new)
    }
}

/// One name and its string, side by side in one line of the processor's cache.
#[repr(align(64))]
struct Place {
    object: Option<Py<PyString>>,
    length: u8,
    octets: [u8; LONGEST],
}

impl Place {
    const EMPTY: Self = Self { object: None, length: 0, octets: [0; LONGEST] };

    fn find(&self, name: &str) -> Option<&Py<PyString>> {
        let kept = self.octets.get(..usize::from(self.length))?;
        self.object.as_ref().filter(|_| kept == name.as_bytes())
    }

    /// Longer names are rare, and strangers may make them up: they find no room.
    fn keep(&mut self, name: &str, object: &Bound<'_, PyString>) {
        let (Ok(length), Some(room)) =
            (u8::try_from(name.len()), self.octets.get_mut(..name.len()))
        else {
            return;
        };
        room.copy_from_slice(name.as_bytes());
        self.length = length;
        self.object = Some(object.clone().unbind());
    }
}

/// Of the length and three octets: names that meet here only cost the time that keeping saves.
fn place_of(name: &str) -> usize {
    let octets = name.as_bytes();
    let octet = |place: Option<&u8>| usize::from(place.copied().unwrap_or_default());
    let mixed = octet(octets.first())
        .wrapping_mul(31)
        .wrapping_add(octet(octets.last()).wrapping_mul(67))
        .wrapping_add(octet(octets.get(octets.len() >> 1)).wrapping_mul(7))
        .wrapping_add(octets.len().wrapping_mul(149));
    mixed & (PLACES - 1)
}

static SHARED: Mutex<MemberNames> =
    Mutex::new(MemberNames { places: [const { Place::EMPTY }; PLACES] });

/// A power of two.
const PLACES: usize = 256;

/// Octets of a name that is kept.
const LONGEST: usize = 55;
