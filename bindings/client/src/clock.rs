//! Clocks for claims and for keys.

use std::time::{Duration, Instant};

use verijot::UnixTime;
use verijot::issuer::Now;

/// The two clocks of a service. Implement it to make tests repeatable.
pub trait Clock: Send + Sync + 'static {
    /// The time at which claims are verified.
    fn now(&self) -> UnixTime;

    /// The time since any fixed point, on a clock that never goes back. Keys age by whichever of
    /// the two clocks has advanced more.
    fn monotonic(&self) -> Duration;
}

/// Reads both clocks, for the core.
pub(crate) fn reading(clock: &dyn Clock) -> Now {
    Now::new(clock.monotonic(), clock.now())
}

/// The system's clocks. On Linux and Android the monotonic one keeps running while the machine
/// sleeps.
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
        since_boot().unwrap_or_else(|| self.start.elapsed())
    }
}

/// `CLOCK_BOOTTIME`, which [`Instant`] does not use.
#[cfg(any(target_os = "android", target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    use rustix::time::{DynamicClockId, clock_gettime_dynamic};
    Duration::try_from(clock_gettime_dynamic(DynamicClockId::Boottime).ok()?).ok()
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
const fn since_boot() -> Option<Duration> {
    None
}
