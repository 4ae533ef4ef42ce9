//! What time it is, for claims and for keys.

use std::time::{Duration, Instant};

use verijot::UnixTime;
use verijot::issuer::Now;

/// The two clocks that a service goes by. One of the caller's own makes every behaviour repeatable.
pub trait Clock: Send + Sync + 'static {
    /// The time that claims are judged at.
    fn now(&self) -> UnixTime;

    /// The time since any fixed point, on a clock that never goes back. Keys age by the larger of
    /// what both clocks say has passed.
    fn monotonic(&self) -> Duration;
}

/// Both clocks of a service, for the core.
pub(crate) fn reading(clock: &dyn Clock) -> Now {
    Now::new(clock.monotonic(), clock.now())
}

/// The system's clocks. On Linux and Android the monotonic one counts while the machine sleeps.
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

/// `CLOCK_BOOTTIME`, which [`Instant`] does not read.
#[cfg(any(target_os = "android", target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    use rustix::time::{DynamicClockId, clock_gettime_dynamic};
    Duration::try_from(clock_gettime_dynamic(DynamicClockId::Boottime).ok()?).ok()
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
const fn since_boot() -> Option<Duration> {
    None
}
