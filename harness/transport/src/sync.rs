//! Locks that outlive a panic of somebody else's thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a poisoned lock is taken over, since every state here is valid between any two
/// statements.
pub(crate) fn hold<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
