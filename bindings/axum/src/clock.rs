//! What time it is, for claims and for keys.

use std::time::{Duration, Instant};

use verijot::UnixTime;

/// The two clocks that a service goes by. One of the caller's own makes every behaviour repeatable.
pub trait Clock: Send + Sync + 'static {
    /// The time that claims are judged at.
    fn now(&self) -> UnixTime;

    /// The time since any fixed point, on a clock that never goes back: the keys age by it.
    fn monotonic(&self) -> Duration;
}

/// The system's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        UnixTime::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}
