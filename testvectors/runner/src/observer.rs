//! Who watches while cases run: to measure the core, or to write down what it says.

use core::fmt;

/// Watches cases being run; `()` looks away.
pub trait Observer {
    /// Calls `run` once, with which the core does this work.
    fn watch<T>(&mut self, _: Work, run: impl FnOnce() -> T) -> T {
        run()
    }

    /// Is told all that the core said of a case, in one line.
    fn outcome(&mut self, _id: &str, _outcome: &dyn fmt::Display) {}
}

impl Observer for () {}

/// What the core does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// Parses a key set.
    KeySet,
    /// Verifies a token, for the first time with these keys.
    Verification,
}
