//! Points in time, compared exactly: the caller's clock and the dates in a token.

use core::fmt;
use core::time::Duration;

use crate::encoding::json::{self, Decimal};

pub use now::{Now, Until};

pub(crate) mod backoff;
pub(crate) mod now;

/// The caller's wall clock: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// The core never reads a clock. Services pass [`UnixTime::now`] (feature `std`); tests pass a
/// constant:
///
/// ```
/// use verijot::UnixTime;
/// assert_eq!(UnixTime::from_seconds(1_700_000_000).to_string(), "1700000000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime {
    nanoseconds: i128,
}

impl UnixTime {
    /// Takes whole seconds since the epoch; negative for a time before it.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self { nanoseconds: i128::from(seconds).saturating_mul(NANOSECONDS_PER_SECOND) }
    }

    /// Takes whole seconds since the epoch and additional nanoseconds.
    ///
    /// ```
    /// use verijot::UnixTime;
    /// let time = UnixTime::from_parts(-2, 750_000_000);
    /// assert_eq!(time.to_string(), "-1.25");
    /// assert_eq!((time.seconds(), time.subsecond_nanoseconds()), (-2, 750_000_000));
    /// ```
    #[must_use]
    pub fn from_parts(seconds: i64, nanoseconds: u32) -> Self {
        let whole = Self::from_seconds(seconds).nanoseconds;
        Self { nanoseconds: whole.saturating_add(i128::from(nanoseconds)) }
    }

    /// Takes the time since the epoch.
    #[must_use]
    pub fn from_duration_since_epoch(duration: Duration) -> Self {
        Self { nanoseconds: nanoseconds_of(duration) }
    }

    /// Reads seconds since the epoch as decimal text, such as `1700000000` or `1700000000.25`, with
    /// at most nine decimals. `None` for any other text.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let decimal = |part: &str, at_most: usize| {
            (1..=at_most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !decimal(whole, 18) || !decimal(fraction, 9) {
            return None;
        }
        let scale = 10_i64.checked_pow(9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?)?;
        let fraction = fraction.parse::<i64>().ok()?.checked_mul(scale)?;
        let nanoseconds = i128::from(whole.parse::<i64>().ok()?)
            .checked_mul(NANOSECONDS_PER_SECOND)?
            .checked_add(fraction.into())?;
        Some(Self { nanoseconds: if negative { nanoseconds.checked_neg()? } else { nanoseconds } })
    }

    /// Reads the operating system's clock.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn now() -> Self {
        use std::time::SystemTime;
        let clock = SystemTime::now();
        match clock.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self::from_duration_since_epoch(since),
            Err(before) => Self { nanoseconds: nanoseconds_of(before.duration()).saturating_neg() },
        }
    }

    /// Returns whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        nearest_i64(floor_and_rest(self.nanoseconds).0)
    }

    /// Returns the nanoseconds in addition to [`UnixTime::seconds`].
    #[must_use]
    pub fn subsecond_nanoseconds(self) -> u32 {
        floor_and_rest(self.nanoseconds).1
    }

    /// Returns the time since the epoch; `None` before it.
    #[must_use]
    pub fn duration_since_epoch(self) -> Option<Duration> {
        let (seconds, nanoseconds) = floor_and_rest(self.nanoseconds);
        Some(Duration::new(u64::try_from(seconds).ok()?, nanoseconds))
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self { nanoseconds: self.nanoseconds.saturating_add(nanoseconds_of(duration)) }
    }

    /// Returns the time since `earlier`; `None` if that is later.
    pub(crate) fn since(self, earlier: Self) -> Option<Duration> {
        Self { nanoseconds: self.nanoseconds.saturating_sub(earlier.nanoseconds) }
            .duration_since_epoch()
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self { nanoseconds: self.nanoseconds.saturating_sub(nanoseconds_of(duration)) }
    }
}

impl fmt::Display for UnixTime {
    /// Writes seconds, with a fraction if there is one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_nanoseconds(self.nanoseconds, formatter)
    }
}

/// A date in a claim: a JSON number of seconds since the epoch (RFC 7519 §2, `NumericDate`).
///
/// Fractions and exponents are allowed, and nothing is rounded in the token's favor: comparisons
/// with [`UnixTime`] give the result of exact decimal arithmetic. Dates beyond ±10¹⁸ seconds are
/// stored as ±10¹⁸ seconds, far outside the range of any clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumericDate {
    /// Rounded down, like the nanoseconds.
    seconds: i64,
    nanoseconds: u32,
    /// The number has decimals below the nanosecond, so it is greater than its floor.
    inexact: bool,
}

impl NumericDate {
    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Converts to a clock's time, rounded down to nanoseconds.
    #[must_use]
    pub fn to_unix_time(self) -> UnixTime {
        UnixTime { nanoseconds: self.floor() }
    }

    /// Reads a JSON number. `None` if the text is not one, or if it is not finite as a binary64.
    #[must_use]
    pub fn from_json_number(number: &str) -> Option<Self> {
        if json::is_number(number) { Self::from_checked_number(number) } else { None }
    }

    /// Reads like [`NumericDate::from_json_number`], from text that is known to be a JSON number.
    pub(crate) fn from_checked_number(number: &str) -> Option<Self> {
        if let Some(date) = Self::from_short_integer(number) {
            return Some(date);
        }
        let decimal = Decimal::of(number);
        decimal.is_finite().then(|| Self::from_finite(&decimal))
    }

    /// Whether `time >= self`.
    pub(crate) fn is_reached_at(self, time: UnixTime) -> bool {
        time.nanoseconds >= self.ceiling()
    }

    /// Whether `self < time`.
    pub(crate) fn is_before(self, time: UnixTime) -> bool {
        self.floor() < time.nanoseconds
    }

    /// Whether `self - earlier > span`. Decimals below the nanosecond count against the token, so
    /// that it never exceeds a limit.
    pub(crate) fn exceeds(self, earlier: Self, span: Duration) -> bool {
        let latest = earlier.floor().saturating_add(nanoseconds_of(span));
        self.floor() > latest || (self.floor() == latest && self.inexact)
    }

    /// Nanoseconds since the epoch, rounded down. An `i64` of seconds cannot overflow.
    fn floor(self) -> i128 {
        i128::from(self.seconds)
            .wrapping_mul(NANOSECONDS_PER_SECOND)
            .wrapping_add(i128::from(self.nanoseconds))
    }

    fn ceiling(self) -> i128 {
        self.floor().saturating_add(i128::from(self.inexact))
    }

    fn of_floor(floor: i128, inexact: bool) -> Self {
        let (seconds, nanoseconds) = floor_and_rest(floor);
        Self { seconds: nearest_i64(seconds), nanoseconds, inexact }
    }

    /// Reads an integer of at most 18 digits without a sign: the dates of nearly every token.
    fn from_short_integer(number: &str) -> Option<Self> {
        if number.len() > 18 {
            return None;
        }
        let mut seconds = 0_i64;
        for octet in number.bytes() {
            let digit = octet.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            // Eighteen digits always fit.
            seconds = seconds.wrapping_mul(10).wrapping_add(i64::from(digit));
        }
        Some(Self { seconds, nanoseconds: 0, inexact: false })
    }

    /// Rounds a number that is finite as a binary64 to nanoseconds.
    fn from_finite(decimal: &Decimal<'_>) -> Self {
        // The position of the end of the nanoseconds among the digits.
        let end = decimal.point.saturating_add(9);
        let mut magnitude: i128 = 0;
        let mut remainder = false;
        let mut position: i64 = 0;
        for digit in decimal.digits() {
            let digit = i128::from(digit.saturating_sub(b'0'));
            if position < end {
                magnitude = magnitude.saturating_mul(10).saturating_add(digit).min(FARTHEST);
            } else {
                remainder |= digit != 0;
            }
            position = position.saturating_add(1);
        }
        // Zero stays zero; anything else soon reaches the farthest date.
        while position < end && magnitude != 0 && magnitude < FARTHEST {
            magnitude = magnitude.saturating_mul(10).min(FARTHEST);
            position = position.saturating_add(1);
        }

        if decimal.is_negative {
            let ceiling = magnitude.saturating_neg();
            let floor = if remainder { ceiling.saturating_sub(1) } else { ceiling };
            Self::of_floor(floor, remainder)
        } else {
            Self::of_floor(magnitude, remainder)
        }
    }
}

impl fmt::Display for NumericDate {
    /// Writes seconds, with a fraction if there is one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_nanoseconds(self.floor(), formatter)
    }
}

fn nanoseconds_of(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

/// Returns seconds, rounded down, and the remaining nanoseconds.
fn floor_and_rest(nanoseconds: i128) -> (i128, u32) {
    let (seconds, rest) = seconds_and_rest(nanoseconds.unsigned_abs());
    if nanoseconds >= 0 {
        return (seconds, rest);
    }
    match rest {
        0 => (seconds.saturating_neg(), 0),
        _ => (seconds.saturating_neg().saturating_sub(1), 1_000_000_000_u32.saturating_sub(rest)),
    }
}

/// Divides unsigned numbers: the toolchain's function for signed 128-bit numbers needs a runtime
/// for unwinding, which a program without the standard library does not have.
fn seconds_and_rest(nanoseconds: u128) -> (i128, u32) {
    let per_second = NANOSECONDS_PER_SECOND.unsigned_abs();
    let (seconds, rest) = (nanoseconds.div_euclid(per_second), nanoseconds.rem_euclid(per_second));
    // A u128 divided by 10⁹ fits into an i128, and the remainder into a u32.
    (i128::try_from(seconds).unwrap_or(i128::MAX), u32::try_from(rest).unwrap_or(0))
}

fn nearest_i64(seconds: i128) -> i64 {
    i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
}

/// Displays a span in decimal seconds, such as `30s`. `Debug` of a [`Duration`] is not for users: a build
/// can leave it out.
pub(crate) struct Span(pub(crate) Duration);

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        format_nanoseconds(i128::try_from(self.0.as_nanos()).unwrap_or(i128::MAX), formatter)?;
        formatter.write_str("s")
    }
}

fn format_nanoseconds(nanoseconds: i128, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (seconds, fraction) = seconds_and_rest(nanoseconds.unsigned_abs());
    if fraction == 0 {
        write!(formatter, "{sign}{seconds}")
    } else {
        let text = text!("{fraction:09}");
        write!(formatter, "{sign}{seconds}.{}", text.trim_end_matches('0'))
    }
}

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// 10¹⁸ seconds: 32 billion years.
const FARTHEST: i128 = 1_000_000_000_000_000_000 * NANOSECONDS_PER_SECOND;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn date(number: &str) -> NumericDate {
        NumericDate::from_json_number(number).unwrap()
    }

    fn time(text: &str) -> UnixTime {
        UnixTime::from_decimal(text).unwrap()
    }

    #[test]
    fn a_date_is_reached_at_its_own_instant_and_not_before() {
        for number in ["1700000000", "1700000000.0", "17e8", "1.7E+9", "170000000000e-2"] {
            assert!(date(number).is_reached_at(time("1700000000")), "{number}");
            assert!(!date(number).is_reached_at(time("1699999999.999999999")), "{number}");
        }
    }

    #[test]
    fn decimals_below_the_nanosecond_still_count() {
        let just_after = date("1700000000.00000000000000000000000001");
        assert!(!just_after.is_reached_at(time("1700000000")));
        assert!(just_after.is_reached_at(time("1700000000.000000001")));
        let just_before = date("-0.00000000000000000000000001");
        assert!(just_before.is_reached_at(time("0")));
        assert!(just_before.is_before(time("0")));
        assert!(!just_before.is_reached_at(time("-0.000000001")));
    }

    #[test]
    fn extreme_dates_keep_their_order_or_are_refused() {
        assert_eq!(NumericDate::from_json_number("1e309"), None);
        assert_eq!(NumericDate::from_json_number("-1e309"), None);
        assert!(!date("1e308").is_reached_at(time("999999999999999999")));
        assert!(date("-1e308").is_reached_at(time("0")));
        assert!(date("1e-400").is_reached_at(time("0.000000001")));
        assert!(!date("1e-400").is_reached_at(time("0")));
        assert!(date("0e999999999999999999999999").is_reached_at(time("0")));
        assert!(date("-0").is_reached_at(time("0")));
        for text in ["", "+1", "01", "1.", ".5", "1_000", "0x1", "inf", "NaN", "1e", " 1", "1 "] {
            assert_eq!(NumericDate::from_json_number(text), None, "{text:?}");
        }
        assert!(!date("99999999999999999999999").is_reached_at(time("999999999999999999")));
    }

    #[test]
    fn spans_are_compared_exactly() {
        let hour = Duration::from_secs(3600);
        assert!(!date("3600").exceeds(date("0"), hour));
        assert!(date("3600.000000001").exceeds(date("0"), hour));
        assert!(date("3600.0000000000001").exceeds(date("0"), hour));
    }

    #[test]
    fn clock_text_round_trips() {
        for text in ["0", "1700000000", "1700000000.5", "-1.000000001", "-3"] {
            assert_eq!(time(text).to_string(), text);
        }
        for text in ["", "-", "1.", ".5", "1e3", "+1", " 1", "1.0000000001", "abc"] {
            assert_eq!(UnixTime::from_decimal(text), None, "{text:?}");
        }
    }

    #[test]
    fn clock_parts_round_trip() {
        for (seconds, nanoseconds, text) in [
            (0, 0, "0"),
            (1_700_000_000, 250_000_000, "1700000000.25"),
            (-2, 750_000_000, "-1.25"),
            (-1, 999_999_999, "-0.000000001"),
        ] {
            let time = UnixTime::from_parts(seconds, nanoseconds);
            assert_eq!((time.seconds(), time.subsecond_nanoseconds()), (seconds, nanoseconds));
            assert_eq!(time.to_string(), text);
            let since = u64::try_from(seconds).ok().map(|whole| Duration::new(whole, nanoseconds));
            assert_eq!(time.duration_since_epoch(), since);
            if let Some(since) = since {
                assert_eq!(UnixTime::from_duration_since_epoch(since), time);
            }
        }
        assert_eq!(UnixTime::from_parts(1, 2_000_000_000), UnixTime::from_seconds(3));
        let farthest = UnixTime::from_duration_since_epoch(Duration::MAX);
        assert_eq!(farthest.seconds(), i64::MAX);
        assert_eq!(UnixTime::from_seconds(0).minus(Duration::MAX).seconds(), i64::MIN);
        assert_eq!(farthest.duration_since_epoch(), Some(Duration::MAX));
    }

    #[test]
    fn dates_are_rounded_down_on_the_clock() {
        for (number, seconds, text) in [
            ("1.9999999999", 1, "1.999999999"),
            ("-1.0000000001", -2, "-1.000000001"),
            ("-1", -1, "-1"),
            ("-9", -9, "-9"),
            ("9e9", 9_000_000_000, "9000000000"),
            ("9.9", 9, "9.9"),
            ("123456789012345678", 123_456_789_012_345_678, "123456789012345678"),
            ("1700000000", 1_700_000_000, "1700000000"),
            ("1e308", 1_000_000_000_000_000_000, "1000000000000000000"),
            ("-1e308", -1_000_000_000_000_000_000, "-1000000000000000000"),
            ("999999999999999999", 999_999_999_999_999_999, "999999999999999999"),
            ("1000000000000000001", 1_000_000_000_000_000_000, "1000000000000000000"),
        ] {
            let date = date(number);
            assert_eq!(date.seconds(), seconds, "{number}");
            assert_eq!(date.to_unix_time().to_string(), text, "{number}");
            assert_eq!(date.to_string(), text, "{number}");
        }
    }

    #[cfg(feature = "std")]
    #[test]
    fn the_system_clock_is_read() {
        use std::time::SystemTime;
        let since = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let (before, now, after) = (since(), UnixTime::now(), since());
        let now = now.duration_since_epoch().unwrap();
        assert!(before <= now && now <= after, "{before:?} {now:?} {after:?}");
    }
}
