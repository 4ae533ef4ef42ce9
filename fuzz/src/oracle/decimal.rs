//! JSON numbers exactly: an integer times a power of ten.

use num_bigint::{BigInt, BigUint, Sign};

/// A JSON number, exactly.
#[derive(Clone, Debug)]
pub struct Decimal {
    negative: bool,
    digits: BigUint,
    exponent: i64,
}

impl Decimal {
    /// `None` if `text` does not match the grammar of RFC 8259 §6.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (unsigned, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        if !digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        if fraction.is_some_and(|fraction| !digits(fraction)) {
            return None;
        }
        let exponent = match exponent {
            None => 0,
            Some(text) => {
                let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
                if !digits(unsigned) {
                    return None;
                }
                let unsigned = unsigned.trim_start_matches('0');
                let magnitude = match unsigned.len() {
                    0 => 0,
                    1..=12 => unsigned.parse::<i64>().ok()?,
                    _ => HUGE,
                };
                if text.starts_with('-') { -magnitude } else { magnitude }
            }
        };
        let fraction = fraction.unwrap_or_default();
        let digits = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10)?;
        let exponent = exponent - i64::try_from(fraction.len()).ok()?;
        Some(Self { negative, digits, exponent })
    }

    /// Whether it is finite as binary64: below 2¹⁰²⁴ - 2⁹⁷⁰, from where rounding gives infinity.
    pub fn is_finite(&self) -> bool {
        let bound = (BigUint::from(1_u8) << 1024_u32) - (BigUint::from(1_u8) << 970_u32);
        if self.digits == BigUint::ZERO || self.exponent + self.length() < 300 {
            return true;
        }
        if self.exponent > 400 {
            return false;
        }
        match u32::try_from(self.exponent) {
            Ok(exponent) => &self.digits * power(exponent) < bound,
            Err(_) => self.digits < bound * power(u32::try_from(-self.exponent).expect("short")),
        }
    }

    /// The nanoseconds, rounded down, and whether there was a remainder; seconds beyond ±10¹⁸ count
    /// as ±10¹⁸.
    pub fn nanoseconds(&self) -> (i128, bool) {
        let farthest = BigInt::from(10_i128.pow(27));
        let exponent = self.exponent.saturating_add(9);
        let sign = if self.negative { -1_i8 } else { 1 };
        let (floor, inexact) = if self.digits == BigUint::ZERO {
            (BigInt::ZERO, false)
        } else if exponent + self.length() > 30 {
            (&farthest * sign, false)
        } else if exponent + self.length() < -30 {
            (BigInt::from(-i8::from(self.negative)), true)
        } else if let Ok(exponent) = u32::try_from(exponent) {
            (BigInt::from(&self.digits * power(exponent)) * sign, false)
        } else {
            let divisor = power(u32::try_from(-exponent).expect("short"));
            let (whole, rest) = (&self.digits / &divisor, &self.digits % &divisor);
            let inexact = rest != BigUint::ZERO;
            let whole = BigInt::from(whole) * sign;
            (if self.negative && inexact { whole - 1 } else { whole }, inexact)
        };
        let magnitude =
            BigUint::try_from(if floor.sign() == Sign::Minus { -&floor } else { floor.clone() });
        if magnitude.expect("not negative") > BigUint::try_from(farthest.clone()).expect("positive")
        {
            return (i128::try_from(farthest * sign).expect("fits"), false);
        }
        (i128::try_from(floor).expect("fits"), inexact)
    }

    /// Decimal digits.
    fn length(&self) -> i64 {
        i64::try_from(self.digits.to_string().len()).expect("short")
    }
}

fn power(exponent: u32) -> BigUint {
    BigUint::from(10_u8).pow(exponent)
}

/// More than any digits can compensate.
const HUGE: i64 = 1 << 50;
