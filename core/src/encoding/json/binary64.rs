//! Decimal numbers as binary64, correctly rounded (IEEE 754 §5.12).
//!
//! The standard library is faster, but its tables of powers are a tenth of a WebAssembly module.
//! Only expected claims with a fraction or an exponent need it.

use alloc::vec::Vec;

/// Returns the nearest binary64 to a JSON number, infinity if it is too large. `None` if the text
/// is not a number.
pub(super) fn binary64(number: &str) -> Option<f64> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (1_u64 << 63, digits),
        None => (0, number),
    };
    let magnitude = Decimal::read(digits)?.magnitude();
    Some(f64::from_bits(sign | magnitude))
}

/// Whether a JSON number is finite as a binary64.
pub(super) fn is_finite(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let length = i64::try_from(mantissa.len()).unwrap_or(i64::MAX);
    // Most numbers are far from the limit.
    let small = read_exponent(exponent).is_some_and(|e| length.saturating_add(e) < 308);
    small || binary64(number).is_some_and(f64::is_finite)
}

/// Digits without leading zeros, and the power of ten of the last one.
struct Decimal {
    digits: Vec<u32>,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let mut decimal = Self { digits: Vec::new(), exponent };
        let mut fraction = false;
        for character in mantissa.chars() {
            if character == '.' {
                fraction = true;
                continue;
            }
            let digit = character.to_digit(10)?;
            let full = decimal.digits.len() >= MOST_DIGITS;
            if full {
                // More digits only say that the number is not exactly half-way.
                if let (Some(last), true) = (decimal.digits.last_mut(), digit > 0) {
                    *last = (*last).max(1);
                }
            } else if digit > 0 || !decimal.digits.is_empty() {
                decimal.digits.push(digit);
            }
            let step = i64::from(full).saturating_sub(i64::from(fraction));
            decimal.exponent = decimal.exponent.saturating_add(step);
        }
        Some(decimal)
    }

    /// Returns the bits without the sign.
    fn magnitude(&self) -> u64 {
        let digits = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let size = self.exponent.saturating_add(digits);
        if digits == 0 || size < -330 {
            return 0;
        }
        if size > 310 {
            return INFINITY;
        }
        let mut numerator = Natural::default();
        for digit in &self.digits {
            numerator.multiply_and_add(10, *digit);
        }
        let mut denominator = Natural::default();
        denominator.multiply_and_add(1, 1);
        let scaled = if self.exponent < 0 { &mut denominator } else { &mut numerator };
        for _ in 0..self.exponent.unsigned_abs() {
            scaled.multiply_and_add(10, 0);
        }
        rounded(numerator, denominator)
    }
}

/// An exponent; one that no number reaches counts as such.
fn read_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut exponent = 0_i64;
    for character in digits.chars() {
        let digit = character.to_digit(10)?;
        exponent = exponent.saturating_mul(10).saturating_add(digit.into());
    }
    (!digits.is_empty()).then_some(if negative { exponent.saturating_neg() } else { exponent })
}

/// Rounds a fraction that is not zero to the nearest binary64, ties to even.
fn rounded(mut numerator: Natural, mut denominator: Natural) -> u64 {
    // Scales the fraction to at least 1 and less than 2.
    let mut exponent = numerator.bits().saturating_sub(denominator.bits());
    let shifted = if exponent < 0 { &mut numerator } else { &mut denominator };
    shifted.shift_left(exponent.unsigned_abs());
    if numerator.is_less_than(&denominator) {
        numerator.shift_left(1);
        exponent = exponent.saturating_sub(1);
    }
    // Subnormal numbers have fewer bits.
    let bits = exponent.saturating_add(1075).min(53);
    if bits < 0 {
        return 0;
    }
    let mut significand = 0_u64;
    for _ in 0..bits {
        significand <<= 1;
        if !numerator.is_less_than(&denominator) {
            numerator.subtract(&denominator);
            significand |= 1;
        }
        numerator.shift_left(1);
    }
    let more_than_half = denominator.is_less_than(&numerator);
    let half = !more_than_half && !numerator.is_less_than(&denominator);
    if more_than_half || half && significand & 1 == 1 {
        significand = significand.wrapping_add(1);
    }
    // The first bit of a normal number is implied: it adds one to the exponent.
    let biased = u64::try_from(exponent.saturating_add(1022)).unwrap_or(0);
    significand.wrapping_add(biased << 52).min(INFINITY)
}

/// A natural number, lowest limb first, without zeros at the end.
#[derive(Default)]
struct Natural {
    limbs: Vec<u32>,
}

impl Natural {
    fn multiply_and_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.limbs {
            carry = carry.wrapping_add(u64::from(*limb).wrapping_mul(factor.into()));
            *limb = low(carry);
            carry >>= 32;
        }
        if carry > 0 {
            self.limbs.push(low(carry));
        }
    }

    fn shift_left(&mut self, bits: u64) {
        for _ in 0..bits {
            self.multiply_and_add(2, 0);
        }
    }

    /// Subtracts a number that is not larger.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        let others = other.limbs.iter().copied().chain(core::iter::repeat(0));
        for (limb, other) in self.limbs.iter_mut().zip(others) {
            let (difference, first) = limb.overflowing_sub(other);
            let (difference, second) = difference.overflowing_sub(u32::from(borrow));
            *limb = difference;
            borrow = first || second;
        }
        while self.limbs.last() == Some(&0) {
            self.limbs.pop();
        }
    }

    fn is_less_than(&self, other: &Self) -> bool {
        let (one, other) = (&self.limbs, &other.limbs);
        one.len() < other.len()
            || one.len() == other.len() && one.iter().rev().lt(other.iter().rev())
    }

    fn bits(&self) -> i64 {
        let zeros = self.limbs.last().map_or(0, |limb| limb.leading_zeros());
        let bits = i64::try_from(self.limbs.len()).unwrap_or(i64::MAX).saturating_mul(32);
        bits.saturating_sub(zeros.into())
    }
}

/// The low half.
fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}

const INFINITY: u64 = 0x7ff << 52;

/// No number half-way between two of binary64 has more significant digits than 767.
const MOST_DIGITS: usize = 800;

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    fn assert_rounded(text: &str) {
        let expected = text.parse::<f64>().unwrap();
        assert_eq!(binary64(text).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        assert_eq!(is_finite(text), expected.is_finite(), "{text}");
    }

    #[test]
    fn numbers_are_rounded_as_by_the_standard_library() {
        for text in [
            "0",
            "-0",
            "0.0",
            "-0e5",
            "1",
            "0.1",
            "1.5",
            "-2.5e-3",
            "9007199254740993",
            "1e22",
            "1e23",
            "1e308",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "-1e400",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "0e99999999999",
            "4.9e-324",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2e-324",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "2.225073858507201e-308",
            "0.00000000000000000000000000000000000000000000000001e50",
            "10000000000000000000000e-22",
        ] {
            assert_rounded(text);
        }
    }

    #[test]
    fn numbers_half_way_are_rounded_as_by_the_standard_library() {
        for bits in [
            0_u64,
            1,
            2,
            0xf_ffff_ffff_ffff,
            1 << 52,
            (1 << 52) + 1,
            0x3ff << 52,
            0x3fb9_9999_9999_999a,
        ] {
            // All digits of the middle between two neighbours, and a little less and more.
            let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + 1));
            let digits =
                |number: f64| String::from(format!("{number:.1100}").trim_end_matches('0'));
            assert_rounded(&digits(low));
            // Twice as much and half of it have the same digits but for the power of two.
            let middle = halfway(low, high);
            for end in ["", "1", "0000000000001"] {
                assert_rounded(&format!("{middle}{end}"));
            }
            let mut less = middle.into_bytes();
            *less.last_mut().unwrap() -= 1;
            assert_rounded(&String::from_utf8(less).unwrap());
        }
    }

    /// The digits of the mean, added in decimal: half of each by multiplication with five.
    fn halfway(low: f64, high: f64) -> String {
        let digits = |number: f64| format!("{number:.1080}").into_bytes();
        let (mut sum, other) = (digits(low), digits(high));
        let mut carry = 0;
        for (one, other) in sum.iter_mut().zip(&other).rev().filter(|(one, _)| **one != b'.') {
            let digit = *one - b'0' + *other - b'0' + carry;
            (*one, carry) = (b'0' + digit % 10, digit / 10);
        }
        assert_eq!(carry, 0);
        let mut remainder = 0;
        for digit in sum.iter_mut().filter(|digit| **digit != b'.') {
            let whole = remainder * 10 + (*digit - b'0');
            (*digit, remainder) = (b'0' + whole / 2, whole % 2);
        }
        assert_eq!(remainder, 0);
        let text = String::from_utf8(sum).unwrap();
        String::from(text.trim_end_matches('0'))
    }

    #[test]
    fn random_numbers_are_rounded_as_by_the_standard_library() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for round in 0..2_000_u32 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let number = f64::from_bits(state);
            if number.is_finite() {
                assert_rounded(&format!("{number:e}"));
            }
            let exponent = i64::from(round % 700) - 350;
            assert_rounded(&format!("{}.{}e{exponent}", state >> 40, state & 0xff_ffff));
        }
        let many = "12345678901234567890".repeat(60);
        for text in [
            format!("0.{many}"),
            format!("{many}e-1190"),
            format!("{many}"),
            format!("0.{}1", "0".repeat(1000)),
        ] {
            assert_rounded(&text);
        }
        let exact = format!("1{}", "0".repeat(900));
        for end in ["", "1"] {
            assert_rounded(&format!("{exact}{end}e-900"));
            assert_rounded(&format!("9007199254740993.{}{end}", "0".repeat(900)));
        }
    }

    #[test]
    fn text_that_is_not_a_number_is_refused() {
        for text in ["1e", "1e+", "x", "1x", "1e1x", "--1"] {
            assert_eq!(binary64(text), None, "{text}");
        }
    }
}
