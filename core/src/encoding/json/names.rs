//! Detects duplicate member names in the objects that are being read.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{JsonError, Text};

/// The member names of the open objects, outermost object first.
pub(super) struct Names<'t> {
    /// As written in the text, between the quotation marks.
    few: [&'t str; FEW],
    /// All names, once there are more than a few.
    many: Vec<&'t str>,
    count: usize,
    /// How many more names are allowed, at all depths together.
    left: usize,
    compared: bool,
}

impl<'t> Names<'t> {
    pub(super) fn new() -> Self {
        Self { few: [""; FEW], many: Vec::new(), count: 0, left: usize::MAX, compared: true }
    }

    pub(super) fn limit_to(&mut self, names: usize) {
        self.left = names;
    }

    pub(super) fn compare_nothing(&mut self) {
        self.compared = false;
    }

    /// Opens an object.
    pub(super) fn open(&self) -> OpenObject {
        OpenObject { first: self.count, buckets: 0, escaped: false, deferred: false }
    }

    /// Adds a name to the object; fails if the object already has it.
    #[inline(always)]
    pub(super) fn add(&mut self, object: &mut OpenObject, name: Text<'t>) -> Result<(), JsonError> {
        self.left = self.left.checked_sub(1).ok_or(JsonError::TooManyNames)?;
        if !self.compared {
            return Ok(());
        }
        if object.may_have(name) {
            // A few names are compared one by one. More are sorted when the object closes, so that
            // no object costs quadratic time.
            self.look_up(object, name)?;
        }
        match self.few.get_mut(self.count) {
            Some(free) if self.many.is_empty() => *free = name.raw,
            _ => self.spill(name.raw),
        }
        self.count = self.count.wrapping_add(1);
        Ok(())
    }

    #[inline(never)]
    fn look_up(&self, object: &mut OpenObject, name: Text<'t>) -> Result<(), JsonError> {
        let earlier = self.of(object);
        let compared = if object.escaped { ESCAPED_ONE_BY_ONE } else { COMPARED_ONE_BY_ONE };
        if earlier.len() > compared {
            object.deferred = true;
            return Ok(());
        }
        let found = if object.escaped {
            earlier.iter().any(|earlier| Text::of(earlier).equals(name))
        } else {
            earlier.contains(&name.raw)
        };
        if found { Err(JsonError::DuplicateName) } else { Ok(()) }
    }

    /// Closes an object: makes the deferred comparison and forgets its names.
    pub(super) fn close(&mut self, object: &OpenObject) -> Result<(), JsonError> {
        if object.deferred && has_equals(self.of(object)) {
            return Err(JsonError::DuplicateName);
        }
        self.many.truncate(object.first);
        self.count = object.first;
        Ok(())
    }

    fn of(&self, object: &OpenObject) -> &[&'t str] {
        let all = if self.many.is_empty() { self.few.get(..self.count) } else { Some(&*self.many) };
        all.and_then(|all| all.get(object.first..)).unwrap_or_default()
    }

    #[cold]
    fn spill(&mut self, name: &'t str) {
        if self.many.is_empty() {
            self.many.extend(self.few.get(..self.count).unwrap_or_default());
        }
        self.many.push(name);
    }
}

/// What is known about the names of an object that is being read.
pub(super) struct OpenObject {
    /// The index of its first name among all names.
    first: usize,
    /// One bit for each bucket that has a name: a name in an empty bucket is new.
    buckets: u64,
    /// At least one name has an escape.
    escaped: bool,
    /// Some names have not been compared with all others yet.
    deferred: bool,
}

impl OpenObject {
    /// Returns false if no earlier name can equal this one; true if it must be looked up.
    fn may_have(&mut self, name: Text<'_>) -> bool {
        // Two spellings of one name must share a bucket.
        let bit = if name.escaped { u64::MAX } else { 1_u64.wrapping_shl(bucket(name.raw)) };
        self.escaped |= name.escaped;
        let met = self.buckets & bit != 0;
        self.buckets |= bit;
        met
    }
}

/// The factors are chosen so that common claim names rarely share a bucket.
#[inline]
fn bucket(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return 0 };
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    let mixed = u32::from(*first)
        .wrapping_mul(25)
        .wrapping_add(u32::from(*last).wrapping_mul(5))
        .wrapping_add(length.wrapping_mul(37));
    mixed & 63
}

fn has_equals(names: &[&str]) -> bool {
    // Most names differ in their first octets, which are compared as one integer.
    let mut sorted = names.iter().map(|raw| Spelled::of(raw)).collect::<Vec<_>>();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// A name without its escapes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Spelled<'t> {
    /// The first octets, big-endian.
    first: u64,
    whole: Cow<'t, str>,
}

impl<'t> Spelled<'t> {
    fn of(raw: &'t str) -> Self {
        let whole = Text::of(raw).unescape();
        let mut first = [0; 8];
        for (octet, of_name) in first.iter_mut().zip(whole.bytes()) {
            *octet = of_name;
        }
        Self { first: u64::from_be_bytes(first), whole }
    }
}

/// The number of names that are kept without an allocation: enough for most headers and payloads.
const FEW: usize = 24;

/// Up to this many names of one object are compared one by one.
const COMPARED_ONE_BY_ONE: usize = 16;

/// The same if one of them has escapes, which are decoded again for each comparison.
const ESCAPED_ONE_BY_ONE: usize = 4;
