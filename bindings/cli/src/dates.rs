//! Human-readable dates and durations.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit, Zoned};
use verijot::UnixTime;

/// Such as `2023-11-14 22:13:20 UTC (3 days ago)`.
///
/// A date outside the calendar's range has no other text.
pub(crate) fn in_words(moment: UnixTime, now: UnixTime) -> String {
    let Some(date) = zoned(moment) else { return String::from("out of range") };
    let words = date.strftime("%Y-%m-%d %H:%M:%S UTC");
    match zoned(now).and_then(|now| distance(&date, &now)) {
        Some(distance) => format!("{words} ({distance})"),
        None => words.to_string(),
    }
}

/// Such as `1h 30m`.
pub(crate) fn span(duration: Duration) -> String {
    match SignedDuration::try_from(duration) {
        Ok(duration) => format!("{duration:#}"),
        Err(_) => format!("{} seconds", duration.as_secs()),
    }
}

/// Such as `7d 1h`.
pub(crate) fn days(duration: Duration) -> String {
    let days = duration.as_secs().checked_div(DAY).unwrap_or_default();
    let rest = Duration::from_secs(duration.as_secs().checked_rem(DAY).unwrap_or_default());
    match (days, rest) {
        (0, rest) => span(rest),
        (days, Duration::ZERO) => format!("{days}d"),
        (days, rest) => format!("{days}d {}", span(rest)),
    }
}

/// The largest unit that fits, rounded down.
fn distance(date: &Zoned, now: &Zoned) -> Option<String> {
    let span = now.until((Unit::Year, date)).ok()?;
    let units = [
        (i64::from(span.get_years()), "year"),
        (i64::from(span.get_months()), "month"),
        (i64::from(span.get_days()), "day"),
        (i64::from(span.get_hours()), "hour"),
        (span.get_minutes(), "minute"),
        (span.get_seconds(), "second"),
    ];
    let Some((count, unit)) = units.into_iter().find(|(count, _)| *count != 0) else {
        return Some(String::from("now"));
    };
    let plural = if count.unsigned_abs() == 1 { "" } else { "s" };
    let size = format!("{} {unit}{plural}", count.unsigned_abs());
    Some(if count < 0 { format!("{size} ago") } else { format!("in {size}") })
}

fn zoned(moment: UnixTime) -> Option<Zoned> {
    let timestamp = Timestamp::from_second(moment.seconds()).ok()?;
    Some(timestamp.to_zoned(TimeZone::UTC))
}

/// In seconds.
const DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    fn words(moment: i64, now: i64) -> String {
        in_words(UnixTime::from_seconds(moment), UnixTime::from_seconds(now))
    }

    #[test]
    fn a_date_has_its_distance() {
        let now = 1_700_000_000;
        for (moment, expected) in [
            (now, "2023-11-14 22:13:20 UTC (now)"),
            (now - 1, "2023-11-14 22:13:19 UTC (1 second ago)"),
            (now + 120, "2023-11-14 22:15:20 UTC (in 2 minutes)"),
            (now - 3 * 86_400, "2023-11-11 22:13:20 UTC (3 days ago)"),
            (1_300_819_380, "2011-03-22 18:43:00 UTC (12 years ago)"),
            (now + 40 * 86_400, "2023-12-24 22:13:20 UTC (in 1 month)"),
            (0, "1970-01-01 00:00:00 UTC (53 years ago)"),
        ] {
            assert_eq!(words(moment, now), expected);
        }
    }

    #[test]
    fn dates_outside_the_calendar_are_out_of_range() {
        assert_eq!(words(i64::MAX, 0), "out of range");
        assert_eq!(words(0, i64::MAX), "1970-01-01 00:00:00 UTC");
    }

    #[test]
    fn spans_are_short() {
        assert_eq!(span(Duration::from_secs(30)), "30s");
        assert_eq!(span(Duration::from_secs(5400)), "1h 30m");
        for (seconds, expected) in
            [(0, "0s"), (5400, "1h 30m"), (604_800, "7d"), (608_430, "7d 1h 30s")]
        {
            assert_eq!(days(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(span(Duration::MAX), "18446744073709551615 seconds");
    }
}
