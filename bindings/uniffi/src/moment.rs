//! Points in time as whole numbers, so that no language rounds them.

use std::time::Duration;

use verijot::{NumericDate, UnixTime};

/// A point in time: seconds since 1970-01-01T00:00:00Z, rounded down, and the remaining nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Moment {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds after the whole second, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Moment {
    pub(crate) fn time(self) -> UnixTime {
        UnixTime::from_parts(self.seconds, self.nanoseconds)
    }

    pub(crate) fn of(date: NumericDate) -> Self {
        Self::of_time(date.to_unix_time())
    }

    pub(crate) fn of_time(time: UnixTime) -> Self {
        Self { seconds: time.seconds(), nanoseconds: time.subsecond_nanoseconds() }
    }
}

/// Makes a duration from the caller's nanoseconds.
pub(crate) const fn span(nanoseconds: u64) -> Duration {
    Duration::from_nanos(nanoseconds)
}

/// Returns a duration in nanoseconds, at most 584 years.
pub(crate) fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
