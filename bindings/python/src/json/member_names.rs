//! Member names as Python strings, kept from one token to the next.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// Python strings of the member names seen last. Every token of an issuer has the same ones, and a
/// string that has been a key before knows its hash.
///
/// Values are never kept: they would outlive their token.
pub(crate) struct MemberNames {
    places: [Option<Kept>; PLACES],
}

struct Kept {
    name: Box<str>,
    object: Py<PyString>,
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

    pub(crate) fn intern<'py>(&mut self, py: Python<'py>, name: &str) -> Bound<'py, PyString> {
        let place = if name.len() > LONGEST { None } else { self.places.get_mut(place_of(name)) };
        let Some(place) = place else { return PyString::new(py, name) };
        if let Some(kept) = place.as_ref().filter(|kept| *kept.name == *name) {
            return kept.object.bind(py).clone();
        }
        let new = PyString::new(py, name);
        *place = Some(Kept { name: name.into(), object: new.clone().unbind() });
        new
    }
}

/// FNV-1a, folded.
fn place_of(name: &str) -> usize {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193));
    let [one, two, three, four] = hash.to_le_bytes();
    usize::from(u16::from_le_bytes([one ^ three, (two ^ four) & 1]))
}

static SHARED: Mutex<MemberNames> = Mutex::new(MemberNames { places: [const { None }; PLACES] });

/// Nine bits' worth.
const PLACES: usize = 512;

/// Longer names are rare, and strangers may make them up.
const LONGEST: usize = 64;
