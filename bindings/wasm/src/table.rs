//! Objects that the host knows by number.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Objects of one kind. A number is never that of another object while 4,095 others have stood in
/// its place, and zero is none.
pub(crate) struct Table<T> {
    places: Mutex<Places<T>>,
}

struct Places<T> {
    objects: Vec<Place<T>>,
    free: Vec<usize>,
}

struct Place<T> {
    object: Option<T>,
    generation: u32,
}

impl<T> Table<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Mutex::new(Places { objects: Vec::new(), free: Vec::new() }) }
    }

    /// Keeps an object; zero if the table is full.
    pub(crate) fn add(&self, object: T) -> u32 {
        let mut places = self.places();
        let index = match places.free.pop() {
            Some(index) => index,
            None => {
                places.objects.push(Place { object: None, generation: 0 });
                places.objects.len().saturating_sub(1)
            }
        };
        let Ok(number) = u32::try_from(index.saturating_add(1)) else { return 0 };
        if number > PLACES {
            return 0;
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

const PLACE_BITS: u32 = 20;
const PLACES: u32 = (1 << PLACE_BITS) - 1;
