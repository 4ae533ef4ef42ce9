//! One reading of the caller's clocks, and the time that has passed between readings.

use core::time::Duration;

use crate::time::UnixTime;

/// What the caller's clocks say now: a monotonic clock and, where there is one, the wall clock.
///
/// Keys and sessions age by the larger of the two. A monotonic clock can stand still while a phone
/// sleeps or a machine is suspended, and starts anywhere after a snapshot is restored; a wall clock
/// can be set back. A [`Duration`] alone is a reading without a wall clock.
///
/// ```
/// use core::time::Duration;
/// use verijot::{Now, UnixTime};
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
    /// A reading of both clocks, taken one right after the other. `monotonic` is the time since
    /// any fixed point; prefer a clock that counts through sleep, such as `CLOCK_BOOTTIME`.
    #[must_use]
    pub const fn new(monotonic: Duration, wall: UnixTime) -> Self {
        Self { monotonic, wall: Some(wall) }
    }

    /// The monotonic clock.
    #[must_use]
    pub const fn monotonic(self) -> Duration {
        self.monotonic
    }

    /// The wall clock, if there is one.
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

/// A moment to come, told in both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    monotonic: Duration,
    wall: Option<UnixTime>,
}

impl Until {
    /// Whether the moment has come, by either clock.
    #[must_use]
    pub fn has_passed(self, now: impl Into<Now>) -> bool {
        let now = now.into();
        let by_wall = self.wall.zip(now.wall).is_some_and(|(until, now)| now >= until);
        now.monotonic >= self.monotonic || by_wall
    }

    /// The moment on the monotonic clock.
    #[must_use]
    pub const fn monotonic(self) -> Duration {
        self.monotonic
    }
}

/// Adds up the time that has passed, the larger of both clocks' accounts. Never goes back.
#[derive(Clone, Debug)]
pub(crate) struct AgingClock {
    latest: Duration,
    /// What the monotonic clock missed.
    missed: Duration,
    /// The reading that the clocks are compared from.
    anchor: Option<(Duration, UnixTime)>,
}

impl AgingClock {
    pub(crate) const fn new() -> Self {
        Self { latest: Duration::ZERO, missed: Duration::ZERO, anchor: None }
    }

    /// Moves on to a reading and gives the time passed since the fixed point.
    pub(crate) fn advance(&mut self, now: Now) -> Duration {
        self.notice_gap(now);
        self.latest = self.latest.max(now.monotonic.saturating_add(self.missed));
        self.latest
    }

    /// The time passed at a reading, without moving on.
    pub(crate) fn peek(&self, now: Now) -> Duration {
        self.clone().advance(now)
    }

    /// The time passed at the latest reading.
    pub(crate) const fn latest(&self) -> Duration {
        self.latest
    }

    /// The time passed at an earlier reading of the monotonic clock alone; too late rather than
    /// too early if the clock has missed time since.
    pub(crate) fn at(&self, monotonic: Duration) -> Duration {
        monotonic.saturating_add(self.missed).min(self.latest)
    }

    /// A moment of this account in the caller's clocks.
    pub(crate) fn until(&self, moment: Duration) -> Until {
        let monotonic = moment.saturating_sub(self.missed);
        let wall = self
            .anchor
            .map(|(anchor, wall)| wall.plus(monotonic.saturating_sub(anchor)).plus(SLACK));
        Until { monotonic, wall }
    }

    fn notice_gap(&mut self, now: Now) {
        let Some(wall) = now.wall else { return };
        let Some((monotonic, since)) = self.anchor else {
            self.anchor = Some((now.monotonic, wall));
            return;
        };
        let passed = wall.since(since);
        let missed = match now.monotonic.checked_sub(monotonic) {
            Some(counted) => match passed {
                Some(passed) if passed > counted.saturating_add(SLACK) => {
                    passed.saturating_sub(counted)
                }
                Some(passed) if passed.saturating_add(SLACK) >= counted => return,
                // The wall clock has been set back.
                _ => Duration::ZERO,
            },
            // The monotonic clock has started again.
            None => {
                monotonic.saturating_sub(now.monotonic).saturating_add(passed.unwrap_or_default())
            }
        };
        self.missed = self.missed.saturating_add(missed);
        self.anchor = Some((now.monotonic, wall));
    }
}

/// Two clocks that are read one after the other differ by a little; adjustments are small too.
const SLACK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic: u64, wall: i64) -> Now {
        Now::new(Duration::from_secs(monotonic), UnixTime::from_seconds(wall))
    }

    #[test]
    fn the_larger_account_counts() {
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
        assert!(until.has_passed(at(11, 1011)));
        assert!(until.has_passed(Duration::from_secs(20)));
        clock.advance(at(11, 2000));
        let later = clock.until(clock.latest() + Duration::from_secs(5));
        assert!(!later.has_passed(at(15, 2004)));
        assert!(later.has_passed(at(16, 2004)));
    }

    #[test]
    fn earlier_readings_are_placed_no_earlier_than_they_were() {
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
