//! What several threads change in turn, always for a moment only and never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, also of a mutex that somebody held in a panic: nothing that is kept behind one
/// here is ever left half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
