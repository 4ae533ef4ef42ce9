//! Readings of the client's clocks.

use verijot::issuer::Now;

use crate::moment::{Moment, span};

/// One reading of both clocks of a client.
///
/// Keys age by both. A token's claims can be verified at another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Clocks {
    /// Nanoseconds since any fixed point. Never goes back; counts time asleep if the platform can.
    pub monotonic: u64,
    /// The time of day.
    pub wall: Moment,
}

impl Clocks {
    pub(crate) fn now(self) -> Now {
        Now::new(span(self.monotonic), self.wall.time())
    }
}
