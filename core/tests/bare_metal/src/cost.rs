//! What a piece of work takes of the machine.

use core::fmt;

/// Octets that were in use at the same time, beyond those in use before.
pub struct Cost {
    /// Octets of the heap, as the allocator rounds them.
    pub heap: usize,
    /// Octets of the stack, if it was measured.
    pub stack: Option<usize>,
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "heap {}", self.heap)?;
        self.stack.map_or(Ok(()), |stack| write!(formatter, ", stack {stack}"))
    }
}

/// Measures work, as far as a machine lets it.
pub trait Meter {
    /// Calls `work` once; no cost where nothing can be measured.
    fn measure<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Cost>);
}

/// Measures nothing.
pub struct Unmeasured;

impl Meter for Unmeasured {
    fn measure<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Cost>) {
        (work(), None)
    }
}
