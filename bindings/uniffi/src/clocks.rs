//! What the client's clocks say.

use verijot::issuer::Now;

use crate::moment::{Moment, span};

/// What the client's clocks say, one read right after the other.
///
/// Keys age by both. The time that a token's claims are judged at can be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Clocks {
    /// Nanoseconds since any fixed point, which never go back and count through sleep where they
    /// can.
    pub monotonic: u64,
    /// The time of day.
    pub wall: Moment,
}

impl Clocks {
    pub(crate) fn now(self) -> Now {
        Now::new(span(self.monotonic), self.wall.time())
    }
}
