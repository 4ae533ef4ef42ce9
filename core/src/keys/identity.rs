//! Distinguishes an immutable object from others with the same content.

use alloc::sync::Arc;

/// Equal only to its own clones. As long as a clone exists, no other identity can equal it.
#[derive(Clone, Debug)]
pub(crate) struct Identity(Arc<()>);

impl Identity {
    /// Makes an identity that differs from all that exist.
    pub(crate) fn new() -> Self {
        Self(Arc::new(()))
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Identity {}
