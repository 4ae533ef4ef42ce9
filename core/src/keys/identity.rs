//! What tells one immutable thing from another that is made just like it.

use alloc::sync::Arc;

/// Equal to its own clones only. While a clone is kept no later identity can be taken for it.
#[derive(Clone, Debug)]
pub(crate) struct Identity(Arc<()>);

impl Identity {
    /// Another one than all that exist.
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
