//! JSON numbers as the decimal numbers that they are, so that nothing is rounded.

use alloc::string::String;
use core::cmp::Ordering;

/// A number that is kept, as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    text: String,
}

impl Number {
    /// Keeps a JSON number. `None` if it does not fit into 64 bits: an integer into a `u64` or an `i64`,
    /// any other into a binary64.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let fits = if is_integer(text) {
            text.parse::<u64>().is_ok() || text.parse::<i64>().is_ok()
        } else {
            Decimal::of(text).is_finite()
        };
        fits.then(|| Self { text: text.into() })
    }

    /// Keeps a JSON number that is known to fit.
    pub(crate) fn fitting(text: String) -> Self {
        Self { text }
    }

    /// The number as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether another JSON number has the same value. An integer is never equal to what is written with a
    /// decimal point or an exponent.
    pub(crate) fn equals(&self, other: &str) -> bool {
        is_integer(&self.text) == is_integer(other)
            && Decimal::of(&self.text).equals(&Decimal::of(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.equals(&other.text)
    }
}

impl Eq for Number {}

/// The value of a JSON number: 0.`digits` times ten to the power of `point`.
pub(crate) struct Decimal<'t> {
    pub(crate) is_negative: bool,
    /// How many of the digits are before the decimal point. An exponent beyond the length of any token is
    /// as good as any other such exponent.
    pub(crate) point: i64,
    /// From the first digit that is not zero to the last, perhaps with the decimal point among them.
    significant: &'t str,
}

impl<'t> Decimal<'t> {
    /// Reads a JSON number of a checked text.
    pub(crate) fn of(number: &'t str) -> Self {
        let (is_negative, unsigned) = without_minus(number);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let whole = mantissa.find('.').unwrap_or(mantissa.len());
        let trimmed = mantissa.trim_start_matches(['0', '.']);
        // The decimal point may be among what was trimmed, but counts as no digit.
        let trimmed_length = mantissa.len().saturating_sub(trimmed.len());
        let zeros = trimmed_length.saturating_sub(usize::from(trimmed_length > whole));
        Self {
            is_negative,
            point: exponent_of(exponent)
                .saturating_add(length(whole))
                .saturating_sub(length(zeros)),
            significant: trimmed.trim_end_matches(['0', '.']),
        }
    }

    /// The digits in ASCII, the first and the last of which are not zero. Zero has none.
    pub(crate) fn digits(&self) -> impl Iterator<Item = u8> + 't {
        self.significant.bytes().filter(|octet| *octet != b'.')
    }

    /// Whether the number is finite as a binary64.
    pub(crate) fn is_finite(&self) -> bool {
        match self.point.cmp(&length(OVERFLOW.len())) {
            Ordering::Less => true,
            Ordering::Equal => self.digits().lt(OVERFLOW.bytes()),
            Ordering::Greater => self.significant.is_empty(),
        }
    }

    fn equals(&self, other: &Self) -> bool {
        let are_zero = self.significant.is_empty() && other.significant.is_empty();
        are_zero
            || self.is_negative == other.is_negative
                && self.point == other.point
                && self.digits().eq(other.digits())
    }
}

fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

fn without_minus(number: &str) -> (bool, &str) {
    number.strip_prefix('-').map_or((false, number), |unsigned| (true, unsigned))
}

fn exponent_of(text: &str) -> i64 {
    let (is_negative, digits) = without_minus(text.strip_prefix('+').unwrap_or(text));
    // An exponent with more digits than an i64 is beyond the length of any token.
    let magnitude = digits.parse::<i64>().unwrap_or(FARTHEST_EXPONENT).min(FARTHEST_EXPONENT);
    if is_negative { magnitude.saturating_neg() } else { magnitude }
}

fn length(octets: usize) -> i64 {
    i64::try_from(octets).unwrap_or(i64::MAX)
}

/// Greater than the length of any token, and small enough to add to a length.
const FARTHEST_EXPONENT: i64 = 1 << 40;

/// The least number that is not finite as a binary64: 2¹⁰²⁴ − 2⁹⁷⁰, which is rounded to 2¹⁰²⁴.
const OVERFLOW: &str = concat!(
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475",
    "09466490179775872070963302864166928879109465555478519404026306574886715058206819",
    "08902000708383676273854845817711531764475730270069855571366959622842914819860834",
    "936475292719074168444365510704342711559699508093042880177904174497792",
);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn numbers_are_finite_as_of_a_binary64() {
        let longer = |more: &str| format!("{OVERFLOW}{more}");
        let below = OVERFLOW.replace("97792", "97791");
        for number in [
            "0",
            "-0",
            "0.0",
            "0e999999999999999999999",
            "1",
            "-1.5",
            "1e308",
            "-1e308",
            "0.1e309",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "0.00017976931348623158e312",
            "1e-999999999999999999999",
            "1e+5",
            &below,
            &format!("{below}.999999"),
        ] {
            assert!(Decimal::of(number).is_finite(), "{number}");
            assert!(number.parse::<f64>().unwrap().is_finite(), "{number}");
        }
        for number in [
            "1e309",
            "-1e309",
            "10e308",
            "0.1e310",
            "1.7976931348623159e308",
            "1e999999999999999999999",
            OVERFLOW,
            &longer("0"),
            &longer(".0"),
            &longer(".1"),
            &format!("-{OVERFLOW}"),
        ] {
            assert!(!Decimal::of(number).is_finite(), "{number}");
            assert!(number.parse::<f64>().unwrap().is_infinite(), "{number}");
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        let equal = |one: &str, other: &str| Number::of(one).unwrap().equals(other);
        for (one, other) in [
            ("0", "-0"),
            ("10", "10"),
            ("1.5", "1.50"),
            ("1.5", "15e-1"),
            ("1.5", "0.15E+1"),
            ("100.0", "1e2"),
            ("0.0", "-0e5"),
            ("-0.010", "-1e-2"),
            ("0.1", "0.10000"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert!(equal(one, other) && equal(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("1", "-1"),
            ("1", "10"),
            ("1.5", "-1.5"),
            ("0.1", "0.01"),
            ("0.1", "1.0"),
            ("0.1", "0.10000000000000000555"),
            ("0.0", "0"),
            ("9007199254740993", "9007199254740992"),
        ] {
            assert!(!equal(one, other) && !equal(other, one), "{one} {other}");
        }
    }

    #[test]
    fn numbers_are_kept_that_fit_into_64_bits() {
        for number in ["18446744073709551615", "-9223372036854775808", "1e308", "1e-400", "-0"] {
            assert_eq!(Number::of(number).unwrap().text(), number);
        }
        for number in ["18446744073709551616", "-9223372036854775809", "1e309", "-1.8e308"] {
            assert!(Number::of(number).is_none(), "{number}");
        }
    }
}
