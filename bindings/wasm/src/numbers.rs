//! Numbers as other languages pass them, and what the core makes of them.

use std::time::Duration;

use verijot::UnixTime;
use verijot::issuer::Now;

/// A number of seconds as a span: what is negative or not a number counts as zero, what is too much
/// as the longest span. Rounded to nanoseconds.
pub(crate) fn span(seconds: f64) -> Duration {
    if seconds.is_nan() || seconds <= 0.0 {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// A span in seconds.
pub(crate) fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

/// A time in whole seconds since the epoch, and nanoseconds from there. None for what is not a number: any time in
/// its place would be one at which some token is valid.
pub(crate) fn time(seconds: f64, nanoseconds: u32) -> Option<UnixTime> {
    (!seconds.is_nan()).then(|| saturated(seconds, nanoseconds))
}

/// The nearest time; the epoch for what is not a number.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation)]
fn saturated(seconds: f64, nanoseconds: u32) -> UnixTime {
    UnixTime::from_parts(seconds as i64, nanoseconds)
}

/// What both clocks of a host say. A wall clock that gives no number went back to the epoch.
pub(crate) fn now(monotonic: f64, wall_seconds: f64, wall_nanoseconds: u32) -> Now {
    Now::new(span(monotonic), saturated(wall_seconds, wall_nanoseconds))
}

/// A count; exact up to 2^53.
#[allow(clippy::as_conversions, clippy::cast_precision_loss)]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}

/// A count; exact up to 2^53.
pub(crate) fn size(number: usize) -> f64 {
    count(u64::try_from(number).unwrap_or(u64::MAX))
}

/// Whole seconds since the epoch; exact up to 2^53.
#[allow(clippy::as_conversions, clippy::cast_precision_loss)]
pub(crate) fn whole(seconds: i64) -> f64 {
    seconds as f64
}

/// A NumericDate in seconds; not a number where the token has none.
#[allow(clippy::as_conversions, clippy::cast_precision_loss)]
pub(crate) fn date(time: Option<UnixTime>) -> f64 {
    time.map_or(f64::NAN, |time| {
        time.seconds() as f64 + f64::from(time.subsecond_nanoseconds()) / 1e9
    })
}
