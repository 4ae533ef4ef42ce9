//! Readings of the caller's clocks, and the time that passes between them.

use core::time::Duration;

use crate::time::UnixTime;

/// A reading of the caller's clocks: a monotonic clock and, if available, the wall clock.
///
/// Keys and sessions age by whichever clock shows more elapsed time. A monotonic clock can stop
/// while a phone sleeps or a machine is suspended, and can start anywhere after a snapshot is
/// restored; a wall clock can be set back. A [`Duration`] alone is a reading without a wall clock.
///
/// ```
/// use core::time::Duration;
/// use verijot::UnixTime;
/// use verijot::issuer::Now;
/// let monotonic = Duration::from_secs(5);
/// assert_eq!(Now::from(monotonic).wall(), None);
/// let now = Now::new(monotonic, UnixTime::from_seconds(1_800_000_000));
/// assert_eq!(now.monotonic(), monotonic);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    monotonic: Duration,
    wall: Option<UnixTime>,
}

impl Now {
    /// Takes readings of both clocks, made right after each other. `monotonic` is the time since
    /// any fixed point; prefer a clock that keeps counting during sleep, such as `CLOCK_BOOTTIME`.
    #[must_use]
    pub const fn new(monotonic: Duration, wall: UnixTime) -> Self {
        Self { monotonic, wall: Some(wall) }
    }

    /// Returns the reading of the monotonic clock.
    #[must_use]
    pub const fn monotonic(self) -> Duration {
        self.monotonic
    }

    /// Returns the reading of the wall clock, if there is one.
    #[must_use]
    pub const fn wall(self) -> Option<UnixTime> {
        self.wall
    }
}

impl From<Duration> for Now {
    fn from(monotonic: Duration) -> Self {
        Self { monotonic, wall: None }
    }
}

/// A future moment, measured by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    account: Account,
    moment: Duration,
}

impl Until {
    /// Whether the moment has passed.
    #[must_use]
    pub fn has_passed(self, now: impl Into<Now>) -> bool {
        let (_, passed) = self.account.read(now.into());
        passed >= self.moment
    }

    /// Returns the moment on the monotonic clock, provided that this clock does not stop before
    /// then.
    #[must_use]
    pub const fn monotonic(self) -> Duration {
        self.moment.saturating_sub(self.account.missed)
    }
}

/// Adds up the elapsed time: whichever clock shows more of it counts. Never goes back.
#[derive(Clone, Debug)]
pub(crate) struct AgingClock {
    latest: Duration,
    account: Account,
}

impl AgingClock {
    pub(crate) const fn new() -> Self {
        let account = Account { missed: Duration::ZERO, anchor: None };
        Self { latest: Duration::ZERO, account }
    }

    /// Advances to a reading and returns the time elapsed since the fixed point.
    pub(crate) fn advance(&mut self, now: Now) -> Duration {
        let (account, passed) = self.account.read(now);
        self.account = account;
        self.latest = self.latest.max(passed);
        self.latest
    }

    /// Returns the time elapsed at a reading, without advancing.
    pub(crate) fn peek(&self, now: Now) -> Duration {
        self.account.read(now).1.max(self.latest)
    }

    /// Returns the time elapsed at the latest reading.
    pub(crate) const fn latest(&self) -> Duration {
        self.latest
    }

    /// Returns the time elapsed at an earlier reading of the monotonic clock alone; too late rather
    /// than too early if that clock has missed time since.
    pub(crate) fn at(&self, monotonic: Duration) -> Duration {
        monotonic.saturating_add(self.account.missed).min(self.latest)
    }

    /// Returns a moment that can be compared without this clock.
    pub(crate) const fn until(&self, moment: Duration) -> Until {
        Until { account: self.account, moment }
    }
}

/// How the two clocks relate to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Account {
    /// The time that the monotonic clock missed.
    missed: Duration,
    /// The reading that later readings are compared with.
    anchor: Option<(Duration, UnixTime)>,
}

impl Account {
    /// Returns the account after a reading, and the time elapsed at it.
    fn read(self, now: Now) -> (Self, Duration) {
        let account = match now.wall {
            Some(wall) => self.compare(now.monotonic, wall),
            None => self,
        };
        (account, now.monotonic.saturating_add(account.missed))
    }

    fn compare(self, monotonic: Duration, wall: UnixTime) -> Self {
        let here = Some((monotonic, wall));
        let Some((before, wall_before)) = self.anchor else { return Self { anchor: here, ..self } };
        let shown = wall.since(wall_before);
        let missed = match monotonic.checked_sub(before) {
            Some(counted) => {
                let set_back = wall_before.since(wall).unwrap_or_default();
                let ahead = shown.unwrap_or_default().saturating_sub(counted);
                let behind = counted.saturating_sub(shown.unwrap_or_default());
                if ahead <= SLACK && behind.saturating_add(set_back) <= SLACK {
                    return self;
                }
                // Nothing was missed if the wall clock was set back.
                ahead
            }
            // The monotonic clock has restarted.
            None => before.saturating_sub(monotonic).saturating_add(shown.unwrap_or_default()),
        };
        Self { missed: self.missed.saturating_add(missed), anchor: here }
    }
}

/// Two clocks that are read after each other differ slightly, and so do small adjustments.
const SLACK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic: u64, wall: i64) -> Now {
        Now::new(Duration::from_secs(monotonic), UnixTime::from_seconds(wall))
    }

    #[test]
    fn the_larger_elapsed_time_counts() {
        let mut clock = AgingClock::new();
        for (monotonic, wall, passed, why) in [
            (10, 1000, 10, "the beginning"),
            (20, 1010, 20, "both clocks agree"),
            (20, 1011, 20, "one second is no gap"),
            (30, 4620, 3630, "asleep for an hour"),
            (40, 4630, 3640, "both clocks agree"),
            (50, 100, 3650, "the wall clock is set back"),
            (60, 3710, 7260, "asleep for an hour again"),
            (5, 3720, 7270, "the monotonic clock starts again"),
            (15, 3730, 7280, "both clocks agree"),
        ] {
            assert_eq!(clock.advance(at(monotonic, wall)), Duration::from_secs(passed), "{why}");
        }
        assert_eq!(clock.advance(Duration::from_secs(1).into()), Duration::from_secs(7280));
    }

    #[test]
    fn a_moment_passes_by_either_clock() {
        let mut clock = AgingClock::new();
        clock.advance(at(10, 1000));
        let until = clock.until(Duration::from_secs(20));
        assert!(!until.has_passed(at(19, 1010)));
        assert!(until.has_passed(at(20, 1010)));
        assert!(until.has_passed(at(11, 1012)));
        assert!(until.has_passed(Duration::from_secs(20)));
        clock.advance(at(11, 2000));
        let later = clock.until(clock.latest() + Duration::from_secs(5));
        assert!(!later.has_passed(at(15, 2004)));
        assert!(later.has_passed(at(16, 2004)));
    }

    #[test]
    fn earlier_readings_never_seem_earlier_than_they_were() {
        let mut clock = AgingClock::new();
        clock.advance(at(10, 1000));
        clock.advance(at(12, 2000));
        assert_eq!(clock.latest(), Duration::from_secs(1010));
        assert_eq!(clock.at(Duration::from_secs(11)), Duration::from_secs(1009));
        assert_eq!(clock.at(Duration::from_secs(99)), clock.latest());
        assert_eq!(clock.peek(at(14, 2002)), Duration::from_secs(1012));
        assert_eq!(clock.latest(), Duration::from_secs(1010));
    }
}
