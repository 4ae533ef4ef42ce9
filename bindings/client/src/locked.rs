//! Locks for state that threads share briefly, never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, even after a thread panicked while holding it: no change to such state is ever
/// left incomplete.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
