//! The clocks of one scenario, which stand still between its steps.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use verijot::UnixTime;
use verijot_axum::Clock;

/// When every scenario starts, in seconds since 1970.
const START: u64 = 1_800_000_000;

#[derive(Clone, Default)]
pub struct Clocks {
    now: Arc<Mutex<Now>>,
}

#[derive(Clone, Copy, Default)]
struct Now {
    wall: Duration,
    /// The part of that during which the machine slept.
    asleep: Duration,
}

impl Clocks {
    /// Moves both clocks to this many seconds since the start of the scenario.
    pub fn set(&self, seconds: f64) -> Result<(), String> {
        let mut now = self.now.lock().unwrap();
        let wall = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
        if wall < now.wall {
            return Err(format!("the clock cannot go back to {seconds}"));
        }
        now.wall = wall;
        Ok(())
    }

    /// Moves only the wall clock.
    pub fn sleep(&self, seconds: f64) {
        let span = Duration::from_secs_f64(seconds);
        let mut now = self.now.lock().unwrap();
        now.wall += span;
        now.asleep += span;
    }
}

impl Clock for Clocks {
    fn now(&self) -> UnixTime {
        let wall = self.now.lock().unwrap().wall + Duration::from_secs(START);
        UnixTime::from_duration_since_epoch(wall)
    }

    fn monotonic(&self) -> Duration {
        let now = self.now.lock().unwrap();
        // Never zero, like the monotonic clock of a running process.
        Duration::from_secs(1000) + (now.wall - now.asleep)
    }
}
