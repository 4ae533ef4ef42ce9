//! Observers of running cases: to measure the core, or to record its results.

use core::fmt;

use verijot::{JwkSet, UnixTime, Verifier};

/// Observes running cases; `()` does nothing.
pub trait Observer {
    /// Calls `run` once, in which the core does this work.
    fn watch<T>(&mut self, _: Work, run: impl FnOnce() -> T) -> T {
        run()
    }

    /// Receives what a case is about before the core verifies it, to verify it in another way. Not
    /// called for a case without a token or without keys.
    fn presented(&mut self, _: &Presented<'_>) {}

    /// Receives all of the core's results for a case, in one line.
    fn outcome(&mut self, _id: &str, _outcome: &dyn fmt::Display) {}
}

impl Observer for () {}

/// A token, and what it is verified with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Presented<'c> {
    /// With the case's policy, and what only the caller knows.
    pub verifier: &'c Verifier,
    /// The token, which can be any octets.
    pub token: &'c [u8],
    /// The case's key set.
    pub keys: &'c JwkSet,
    /// The case's time; [`None`] for a JWS, which has no claims.
    pub now: Option<UnixTime>,
}

/// What the core does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// Parses a key set.
    KeySet,
    /// Verifies a token, for the first time with these keys.
    Verification,
}
