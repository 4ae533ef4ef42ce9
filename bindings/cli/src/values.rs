//! The types of option values. Messages say what is expected, and never repeat the value.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;
use verijot::{Algorithm, UnixTime};

/// A claim's name and its required value: `NAME=TEXT` or `NAME:=JSON`.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedClaim {
    pub(crate) name: String,
    /// JSON, as it was written.
    pub(crate) value: String,
}

pub(crate) fn expected_claim(text: &str) -> Result<ExpectedClaim, String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=TEXT or NAME:=JSON")?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => {
            let value = serde_json::from_str::<&RawValue>(value);
            (name, value.map_err(|_| "what follows := is not JSON")?.get().to_owned())
        }
        None => (name, Value::from(plain_text(value)?).to_string()),
    };
    Ok(ExpectedClaim { name: name.to_owned(), value })
}

pub(crate) fn algorithm(text: &str) -> Result<Algorithm, String> {
    text.parse::<Algorithm>().map_err(|error| error.to_string())
}

/// Decimal seconds since 1970, or a time with its offset from UTC (RFC 3339).
pub(crate) fn moment(text: &str) -> Result<UnixTime, String> {
    if let Some(moment) = UnixTime::from_decimal(text) {
        return Ok(moment);
    }
    text.parse::<Timestamp>().ok().and_then(unix_time).ok_or_else(|| {
        String::from("write seconds since 1970, or a time such as 2023-11-14T22:13:20Z")
    })
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    UnixTime::from_decimal(text)
        .and_then(UnixTime::duration_since_epoch)
        .ok_or_else(|| String::from("write a number of seconds, such as 30 or 0.5"))
}

/// Whole numbers, each with a unit, such as `90s`, `7d` or `1h30m`; at most ten years.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    read_duration(text).filter(|seconds| *seconds <= TEN_YEARS).map(Duration::from_secs).ok_or_else(
        || String::from("write a duration such as 90s, 15m, 12h, 7d or 1h30m, at most ten years"),
    )
}

fn read_duration(text: &str) -> Option<u64> {
    let mut total = None;
    for part in text.split_inclusive(|character: char| !character.is_ascii_digit()) {
        let unit = part.chars().last()?;
        let seconds = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| seconds)?;
        let amount = part.strip_suffix(unit)?.parse::<u64>().ok()?;
        total = total.unwrap_or(0_u64).checked_add(amount.checked_mul(*seconds)?).map(Some)?;
    }
    total
}

/// Any text except a token: messages repeat the policy's texts, but must not repeat a token.
pub(crate) fn plain_text(text: &str) -> Result<String, String> {
    let looks_like_a_token = text.starts_with("eyJ") && text.matches('.').count() >= 2;
    if looks_like_a_token {
        return Err(String::from(
            "this looks like a token, which is the last argument, without an option",
        ));
    }
    Ok(text.to_owned())
}

fn unix_time(timestamp: Timestamp) -> Option<UnixTime> {
    let nanoseconds = timestamp.as_nanosecond();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let magnitude = nanoseconds.unsigned_abs();
    let seconds = magnitude.checked_div(NANOSECONDS_PER_SECOND)?;
    let fraction = magnitude.checked_rem(NANOSECONDS_PER_SECOND)?;
    UnixTime::from_decimal(&format!("{sign}{seconds}.{fraction:09}"))
}

const NANOSECONDS_PER_SECOND: u128 = 1_000_000_000;

const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];

/// Longer than any key lives, and sums of it do not overflow.
const TEN_YEARS: u64 = 3650 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_decimal_seconds_or_rfc_3339() {
        for (text, seconds) in [
            ("1700000000", "1700000000"),
            ("1700000000.5", "1700000000.5"),
            ("-3", "-3"),
            ("2023-11-14T22:13:20Z", "1700000000"),
            ("2023-11-14T23:13:20.25+01:00", "1700000000.25"),
            ("1969-12-31T23:59:58.5Z", "-1.5"),
        ] {
            assert_eq!(moment(text).unwrap().to_string(), seconds, "{text}");
        }
        for text in ["", "now", "2023-11-14", "2023-11-14T22:13:20", "1e9", "22:13"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_are_never_negative() {
        assert_eq!(seconds("0.5").unwrap(), Duration::from_millis(500));
        for text in ["-1", "", "1m", "1e3"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_names_its_units() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("7d", 604_800),
            ("1h30m", 5400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(duration(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
        for text in
            ["", "7", "d", "1.5h", "-1s", "1h30", "7 d", "1y", "3651d", "99999999999999999999s"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_expected_claim_is_text_unless_it_says_json() {
        let of = |text| expected_claim(text).map(|claim| (claim.name, claim.value)).unwrap();
        for (text, name, value) in [
            ("nonce=123", "nonce", r#""123""#),
            ("count:=123", "count", "123"),
            ("amount:=0.10000000000000000001", "amount", "0.10000000000000000001"),
            ("a=b=c", "a", r#""b=c""#),
            ("http://x/root:=true", "http://x/root", "true"),
        ] {
            assert_eq!(of(text), (String::from(name), String::from(value)), "{text}");
        }
        for text in ["nonce", "nonce:=abc", "a:="] {
            assert!(expected_claim(text).is_err(), "{text}");
        }
    }
}
