//! Arithmetic in a prime field, for public numbers only: nothing here takes constant time.

/// A prime field. Elements are little-endian words, multiplied in Montgomery form.
pub(super) struct Field<const N: usize> {
    pub(super) prime: [u64; N],
    /// -1 / prime, modulo 2⁶⁴.
    pub(super) negated_inverse: u64,
    /// (2^64N)² modulo the prime: converts an element into Montgomery form.
    pub(super) entry: [u64; N],
}

impl<const N: usize> Field<N> {
    /// Returns the big-endian number, if it is below the prime.
    pub(super) fn element(&self, octets: &[u8]) -> Option<[u64; N]> {
        let mut words = [0; N];
        let mut filled = words.iter_mut();
        for chunk in octets.rchunks(8) {
            let mut word = [0; 8];
            word.get_mut(8_usize.checked_sub(chunk.len())?..)?.copy_from_slice(chunk);
            *filled.next()? = u64::from_be_bytes(word);
        }
        is_below(&words, &self.prime).then_some(words)
    }

    pub(super) fn enter(&self, element: &[u64; N]) -> [u64; N] {
        self.multiply(element, &self.entry)
    }

    /// a b / 2^64N, by Montgomery's method, word by word.
    pub(super) fn multiply(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut sum = [0_u64; N];
        let mut top = 0_u64;
        for word in b {
            let carry = add_multiple(&mut sum, a, *word);
            let (high, overflow) = top.overflowing_add(carry);
            // With this multiple of the prime the lowest word becomes zero and is dropped.
            let lowest = sum.first().copied().unwrap_or_default();
            let factor = lowest.wrapping_mul(self.negated_inverse);
            let carry = add_multiple(&mut sum, &self.prime, factor);
            let (high, second_overflow) = high.overflowing_add(carry);
            sum.rotate_left(1);
            if let Some(last) = sum.last_mut() {
                *last = high;
            }
            top = u64::from(overflow).wrapping_add(u64::from(second_overflow));
        }
        if top != 0 || !is_below(&sum, &self.prime) {
            subtract_in_place(&mut sum, &self.prime);
        }
        sum
    }

    pub(super) fn add(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut sum = *a;
        let carry = add_multiple(&mut sum, b, 1);
        if carry != 0 || !is_below(&sum, &self.prime) {
            subtract_in_place(&mut sum, &self.prime);
        }
        sum
    }

    pub(super) fn subtract(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut difference = *a;
        if subtract_in_place(&mut difference, b) {
            add_multiple(&mut difference, &self.prime, 1);
        }
        difference
    }

    /// Whether an element other than zero is a square: its Jacobi symbol, by the binary method
    /// (Cohen, A Course in Computational Algebraic Number Theory, algorithm 1.4.12). Montgomery
    /// form does not matter, because its factor is a square itself.
    pub(super) fn is_square(&self, element: &[u64; N]) -> bool {
        let (mut a, mut n) = (*element, self.prime);
        let mut is_square = true;
        while a != [0; N] {
            let twos = trailing_zeros(&a);
            shift_right(&mut a, twos);
            // Two is a square modulo n if n is 1 or 7 modulo 8.
            if twos & 1 == 1 && matches!(lowest(&n) & 7, 3 | 5) {
                is_square = !is_square;
            }
            if is_below(&a, &n) {
                core::mem::swap(&mut a, &mut n);
                // Quadratic reciprocity: both are odd.
                if lowest(&a) & 3 == 3 && lowest(&n) & 3 == 3 {
                    is_square = !is_square;
                }
            }
            subtract_in_place(&mut a, &n);
        }
        // What remains is the greatest common divisor, which is one unless the element is zero.
        is_square && lowest(&n) == 1
    }

    /// Returns the square root of a square, for primes that are 3 modulo 4: its power of (p + 1) /
    /// 4.
    #[cfg(feature = "pem")]
    pub(super) fn square_root(&self, square: &[u64; N]) -> [u64; N] {
        let mut exponent = self.prime;
        // The lowest two bits are set, so this is (p + 1) / 4, minus one.
        shift_right(&mut exponent, 2);
        let mut power = *square;
        let mut root = *square;
        for word in exponent {
            for bit in 0..u64::BITS {
                if word.wrapping_shr(bit) & 1 == 1 {
                    root = self.multiply(&root, &power);
                }
                power = self.multiply(&power, &power);
            }
        }
        root
    }
}

pub(super) fn lowest<const N: usize>(words: &[u64; N]) -> u64 {
    words.first().copied().unwrap_or_default()
}

/// Counts the trailing zeros of a number that is not zero.
fn trailing_zeros<const N: usize>(words: &[u64; N]) -> u32 {
    let mut zeros = 0_u32;
    for word in words {
        zeros = zeros.wrapping_add(word.trailing_zeros());
        if *word != 0 {
            break;
        }
    }
    zeros
}

fn shift_right<const N: usize>(words: &mut [u64; N], bits: u32) {
    let mut left = bits;
    while left > 0 {
        let step = left.min(63);
        let mut carry = 0;
        for word in words.iter_mut().rev() {
            let shifted = word.wrapping_shr(step) | carry;
            carry = word.wrapping_shl(64_u32.wrapping_sub(step));
            *word = shifted;
        }
        left = left.wrapping_sub(step);
    }
}

/// `sum += a * factor`; returns the word that does not fit.
fn add_multiple<const N: usize>(sum: &mut [u64; N], a: &[u64; N], factor: u64) -> u64 {
    let mut carry = 0;
    for (word, other) in sum.iter_mut().zip(a) {
        // Three such terms are at most 2¹²⁸ - 1.
        let wide = u128::from(*other)
            .wrapping_mul(u128::from(factor))
            .wrapping_add(u128::from(*word))
            .wrapping_add(u128::from(carry));
        (*word, carry) = halves(wide);
    }
    carry
}

/// `a -= b`; returns whether it went below zero.
fn subtract_in_place<const N: usize>(a: &mut [u64; N], b: &[u64; N]) -> bool {
    let mut borrow = false;
    for (word, other) in a.iter_mut().zip(b) {
        let (difference, below) = word.overflowing_sub(*other);
        let (difference, below_again) = difference.overflowing_sub(u64::from(borrow));
        *word = difference;
        borrow = below | below_again;
    }
    borrow
}

fn is_below<const N: usize>(a: &[u64; N], b: &[u64; N]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// Returns the low and the high half.
fn halves(wide: u128) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, high @ ..] = wide.to_le_bytes();
    (u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(high))
}

#[cfg(test)]
mod tests {
    use super::super::edwards::ED25519;
    use super::super::{P256, P384};
    use super::*;

    /// Euler's criterion: a to the power of (p - 1) / 2 is one for squares.
    #[test]
    fn squares_are_those_of_eulers_criterion() {
        fn agree<const N: usize>(field: &Field<N>, half: [u64; N]) {
            let one = field.enter(&core::array::from_fn(|place| u64::from(place == 0)));
            let mut random = 0x5eed_u64;
            let mut squares = 0;
            for _ in 0..300 {
                let element = core::array::from_fn(|place| {
                    random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    let small = random >> 61 == 0 && place > 0;
                    if small || place + 1 == N { random & 0xff } else { random ^ (random >> 29) }
                });
                let mut power = one;
                for word in half.iter().rev() {
                    for bit in (0..64).rev() {
                        power = field.multiply(&power, &power);
                        if word >> bit & 1 == 1 {
                            power = field.multiply(&power, &element);
                        }
                    }
                }
                assert_eq!(field.is_square(&element), power == one, "{element:x?}");
                squares += usize::from(power == one);
            }
            assert!((100..200).contains(&squares), "{squares}");
            assert!(!field.is_square(&[0; N]));
            assert!(field.is_square(&one));
        }
        let half = |mut prime: [u64; 4]| {
            shift_right(&mut prime, 1);
            prime
        };
        agree(&ED25519, half(ED25519.prime));
        agree(&P256.field, half(P256.field.prime));
        let mut prime = P384.field.prime;
        shift_right(&mut prime, 1);
        agree(&P384.field, prime);
    }
}
