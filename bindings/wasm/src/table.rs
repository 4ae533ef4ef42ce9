//! Objects that the host knows by number.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The kinds of objects; those that come and go with every token last.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Kind {
    Keys,
    Verifier,
    Issuers,
    Issuer,
    Profile,
    Guard,
    Session,
    Window,
    Fetch,
    Token,
    Question,
}

/// Objects of one kind. A number is never that of another object while 4,095 others have stood in
/// its place, and zero is none. The numbers of another kind are others, until 372 objects of a kind have stood in
/// one place, so that a host that mixes two numbers up gets an error instead of another object.
pub(crate) struct Table<T> {
    places: Mutex<Places<T>>,
}

struct Places<T> {
    objects: Vec<Place<T>>,
    /// Of a place that was not used before.
    generation: u32,
    free: Vec<usize>,
}

struct Place<T> {
    object: Option<T>,
    generation: u32,
}

impl<T> Table<T> {
    #[allow(clippy::as_conversions)]
    pub(crate) const fn new(kind: Kind) -> Self {
        let generation = (kind as u32).saturating_mul(STRIDE);
        Self { places: Mutex::new(Places { objects: Vec::new(), generation, free: Vec::new() }) }
    }

    /// Keeps an object; zero if the table is full.
    pub(crate) fn add(&self, object: T) -> u32 {
        let mut places = self.places();
        let index = places.free.pop().unwrap_or(places.objects.len());
        let number = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
        // A place that no number names would never be free again.
        if number > PLACES {
            return 0;
        }
        if index == places.objects.len() {
            let generation = places.generation;
            places.objects.push(Place { object: None, generation });
        }
        let Some(place) = places.objects.get_mut(index) else { return 0 };
        place.object = Some(object);
        place.generation << PLACE_BITS | number
    }

    /// What `read` makes of an object; none if there is no object of this number.
    pub(crate) fn with<R>(&self, number: u32, read: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.places().find(number)?.object.as_mut().map(read)
    }

    /// Takes an object out.
    pub(crate) fn take(&self, number: u32) -> Option<T> {
        let mut places = self.places();
        let place = places.find(number)?;
        let object = place.object.take()?;
        place.generation = place.generation.wrapping_add(1) & (u32::MAX >> PLACE_BITS);
        places.free.extend(index(number));
        Some(object)
    }

    fn places(&self) -> MutexGuard<'_, Places<T>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Places<T> {
    /// The place of a number, unless that is of an earlier object.
    // Each kind of object has many callers.
    #[inline(never)]
    fn find(&mut self, number: u32) -> Option<&mut Place<T>> {
        let place = self.objects.get_mut(index(number)?)?;
        (place.generation == number >> PLACE_BITS).then_some(place)
    }
}

fn index(number: u32) -> Option<usize> {
    usize::try_from(number & PLACES).ok()?.checked_sub(1)
}

impl<T: Clone> Table<T> {
    /// A copy of an object, such as of an `Arc`.
    pub(crate) fn get(&self, number: u32) -> Option<T> {
        self.with(number, |object| object.clone())
    }
}

/// The generations between two kinds: 2^12 by 11.
const STRIDE: u32 = 372;
const PLACE_BITS: u32 = 20;
const PLACES: u32 = (1 << PLACE_BITS) - 1;

#[cfg(test)]
mod tests {
    use super::{Kind, PLACES, Table};

    #[test]
    fn a_full_table_refuses_and_does_not_grow() {
        let table = Table::new(Kind::Keys);
        for number in 1..=PLACES {
            assert_eq!(table.add(()), number);
        }
        for _ in 0..3 {
            assert_eq!(table.add(()), 0);
        }
        assert_eq!(table.places().objects.len(), usize::try_from(PLACES).unwrap_or_default());
        assert!(table.take(7).is_some());
        let number = table.add(());
        assert!(number != 0 && number != 7, "another object, another number");
        assert!(table.with(7, |()| ()).is_none());
        assert_eq!(table.add(()), 0);
    }

    #[test]
    fn kinds_have_other_numbers() {
        let (keys, questions) = (Table::new(Kind::Keys), Table::new(Kind::Question));
        for _ in 0..300 {
            let (one, other) = (keys.add(()), questions.add(()));
            assert!(keys.take(other).is_none() && questions.take(one).is_none());
            assert!(keys.take(one).is_some() && questions.take(other).is_some());
        }
    }
}
