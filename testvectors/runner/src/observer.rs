//! Who watches while cases run: to measure the core, or to write down what it says.

use core::fmt;

use verijot::{JwkSet, UnixTime, Verifier};

/// Watches cases being run; `()` looks away.
pub trait Observer {
    /// Calls `run` once, with which the core does this work.
    fn watch<T>(&mut self, _: Work, run: impl FnOnce() -> T) -> T {
        run()
    }

    /// Is shown what a case is about, before the core verifies it: to verify it in another way. Not
    /// called where a case has no token or no keys.
    fn presented(&mut self, _: &Presented<'_>) {}

    /// Is told all that the core said of a case, in one line.
    fn outcome(&mut self, _id: &str, _outcome: &dyn fmt::Display) {}
}

impl Observer for () {}

/// A token, and what it is verified with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Presented<'c> {
    /// With the case's policy and the answer of its revocation check.
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
