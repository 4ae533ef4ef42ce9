//! A clock that stands still until it is advanced.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use verijot::UnixTime;
use verijot_client::Clock;

#[derive(Clone)]
pub struct TestClock {
    since_start: Arc<Mutex<Duration>>,
}

pub const START: i64 = 1_700_000_000;

impl TestClock {
    pub fn new() -> Self {
        Self { since_start: Arc::new(Mutex::new(Duration::from_secs(1))) }
    }

    pub fn advance(&self, span: Duration) {
        *self.since_start.lock().unwrap() += span;
    }

    /// In seconds since 1970.
    pub fn seconds(&self) -> i64 {
        START + i64::try_from(self.monotonic().as_secs()).unwrap()
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.seconds())
    }

    fn monotonic(&self) -> Duration {
        *self.since_start.lock().unwrap()
    }
}
