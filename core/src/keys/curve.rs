//! Whether a public point lies on its curve.
//!
//! Providers differ in when they find out: some as they load a key, some only in every
//! verification. Judged here, a bad point is a key that cannot be used, with the same reason
//! under every provider. Points are public, so nothing here needs to take constant time.

#[cfg(feature = "pem")]
use alloc::vec::Vec;

use crate::crypto::Curve;

/// Whether both coordinates are field elements and y² = x³ - 3x + b (RFC 7518 §6.2.1, SEC 1
/// §3.2.2.1). Coordinates are big-endian and of the curve's length.
pub(crate) fn is_on_curve(curve: Curve, x: &[u8], y: &[u8]) -> bool {
    match curve {
        Curve::P256 => P256.satisfies_weierstrass(&P256_B, x, y),
        Curve::P384 => P384.satisfies_weierstrass(&P384_B, x, y),
        Curve::P521 => P521.satisfies_weierstrass(&P521_B, x, y),
    }
}

/// The y coordinate of the point with this x whose y is odd or even (SEC 1 §2.3.4), big-endian and of
/// the curve's length; `None` if there is no such point.
#[cfg(feature = "pem")]
pub(crate) fn y_of(curve: Curve, x: &[u8], is_odd: bool) -> Option<Vec<u8>> {
    let mut y = match curve {
        Curve::P256 => P256.y_of(&P256_B, x, is_odd),
        Curve::P384 => P384.y_of(&P384_B, x, is_odd),
        Curve::P521 => P521.y_of(&P521_B, x, is_odd),
    }?;
    // Whole words of the coordinate of P-521 are longer than it.
    y.drain(..y.len().checked_sub(curve.coordinate_length())?);
    Some(y)
}

/// How an Ed25519 public key can be read (RFC 8032 §5.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EdwardsPoint {
    /// A point whose order is a multiple of the large prime.
    Sound,
    /// y is not below the field's prime, or there is no x with that y.
    NoPoint,
    /// One of the eight points in the small subgroup, under which one signature fits any message.
    SmallOrder,
}

/// Judges the 32 octets of an Ed25519 public key; any other length is no point.
pub(crate) fn judge_ed25519(encoded: &[u8]) -> EdwardsPoint {
    let Ok(mut y) = <[u8; 32]>::try_from(encoded) else { return EdwardsPoint::NoPoint };
    // The sign of x does not matter: it has the same order with either.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    y.reverse();
    let Some(y) = ED25519.element(&y) else { return EdwardsPoint::NoPoint };
    if SMALL_ORDER_Y.contains(&y) {
        return EdwardsPoint::SmallOrder;
    }
    // x² = (y² - 1) / (d y² + 1), and the denominator is never zero: x exists if the product of
    // both is a square.
    let field = &ED25519;
    let one = field.enter(&ONE);
    let y = field.enter(&y);
    let y_squared = field.multiply(&y, &y);
    let numerator = field.subtract(&y_squared, &one);
    let denominator = field.add(&field.multiply(&field.enter(&ED25519_D), &y_squared), &one);
    let product = field.multiply(&numerator, &denominator);
    if field.is_square(&product) { EdwardsPoint::Sound } else { EdwardsPoint::NoPoint }
}

/// A prime field; elements are little-endian words, multiplied in Montgomery's form.
struct Field<const N: usize> {
    prime: [u64; N],
    /// -1 / prime, modulo 2⁶⁴.
    negated_inverse: u64,
    /// (2^64N)² modulo the prime: takes an element into Montgomery's form.
    entry: [u64; N],
}

impl<const N: usize> Field<N> {
    fn satisfies_weierstrass(&self, b: &[u64; N], x: &[u8], y: &[u8]) -> bool {
        let (Some(x), Some(y)) = (self.element(x), self.element(y)) else { return false };
        let y = self.enter(&y);
        self.multiply(&y, &y) == self.y_squared(b, &x)
    }

    /// x³ - 3x + b, in Montgomery's form.
    fn y_squared(&self, b: &[u64; N], x: &[u64; N]) -> [u64; N] {
        let (x, b) = (self.enter(x), self.enter(b));
        let three_x = self.add(&self.add(&x, &x), &x);
        let x_cubed = self.multiply(&self.multiply(&x, &x), &x);
        self.add(&self.subtract(&x_cubed, &three_x), &b)
    }

    /// Big-endian, in whole words.
    #[cfg(feature = "pem")]
    fn y_of(&self, b: &[u64; N], x: &[u8], is_odd: bool) -> Option<Vec<u8>> {
        let y_squared = self.y_squared(b, &self.element(x)?);
        let root = self.square_root(&y_squared);
        if self.multiply(&root, &root) != y_squared {
            return None;
        }
        // Out of Montgomery's form.
        let one = core::array::from_fn(|place| u64::from(place == 0));
        let mut y = self.multiply(&root, &one);
        if (lowest(&y) & 1 == 1) != is_odd {
            y = self.subtract(&[0; N], &y);
        }
        Some(y.iter().rev().flat_map(|word| word.to_be_bytes()).collect())
    }

    /// The square root of a square, for primes that are 3 modulo 4: its power of (p + 1) / 4.
    #[cfg(feature = "pem")]
    fn square_root(&self, square: &[u64; N]) -> [u64; N] {
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

    /// The big-endian number, if it is below the prime.
    fn element(&self, octets: &[u8]) -> Option<[u64; N]> {
        let mut words = [0; N];
        let mut filled = words.iter_mut();
        for chunk in octets.rchunks(8) {
            let mut word = [0; 8];
            word.get_mut(8_usize.checked_sub(chunk.len())?..)?.copy_from_slice(chunk);
            *filled.next()? = u64::from_be_bytes(word);
        }
        is_below(&words, &self.prime).then_some(words)
    }

    fn enter(&self, element: &[u64; N]) -> [u64; N] {
        self.multiply(element, &self.entry)
    }

    /// a b / 2^64N, by Montgomery's method, word by word.
    fn multiply(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
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

    fn add(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut sum = *a;
        let carry = add_multiple(&mut sum, b, 1);
        if carry != 0 || !is_below(&sum, &self.prime) {
            subtract_in_place(&mut sum, &self.prime);
        }
        sum
    }

    fn subtract(&self, a: &[u64; N], b: &[u64; N]) -> [u64; N] {
        let mut difference = *a;
        if subtract_in_place(&mut difference, b) {
            add_multiple(&mut difference, &self.prime, 1);
        }
        difference
    }

    /// Whether an element other than zero is a square: its Jacobi symbol, by the binary method
    /// (Cohen, A Course in Computational Algebraic Number Theory, algorithm 1.4.12). Montgomery's
    /// form does not matter, for its factor is a square itself.
    fn is_square(&self, element: &[u64; N]) -> bool {
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
        // What is left is the greatest common divisor, which is one but for zero.
        is_square && lowest(&n) == 1
    }
}

fn lowest<const N: usize>(words: &[u64; N]) -> u64 {
    words.first().copied().unwrap_or_default()
}

/// Of a number that is not zero.
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

/// The low and the high half.
fn halves(wide: u128) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, high @ ..] = wide.to_le_bytes();
    (u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(high))
}

const P256: Field<4> = Field {
    prime: [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001],
    negated_inverse: 1,
    entry: [3, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x0000_0004_ffff_fffd],
};

const P256_B: [u64; 4] =
    [0x3bce_3c3e_27d2_604b, 0x651d_06b0_cc53_b0f6, 0xb3eb_bd55_7698_86bc, 0x5ac6_35d8_aa3a_93e7];

const P384: Field<6> = Field {
    prime: [
        0x0000_0000_ffff_ffff,
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_fffe,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff,
    ],
    negated_inverse: 0x0000_0001_0000_0001,
    entry: [
        0xffff_fffe_0000_0001,
        0x0000_0002_0000_0000,
        0xffff_fffe_0000_0000,
        0x0000_0002_0000_0000,
        1,
        0,
    ],
};

const P384_B: [u64; 6] = [
    0x2a85_c8ed_d3ec_2aef,
    0xc656_398d_8a2e_d19d,
    0x0314_088f_5013_875a,
    0x181d_9c6e_fe81_4112,
    0x988e_056b_e3f8_2d19,
    0xb331_2fa7_e23e_e7e4,
];

const P521: Field<9> = Field {
    prime: [u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, 0x1ff],
    negated_inverse: 1,
    entry: [0, 0x0000_4000_0000_0000, 0, 0, 0, 0, 0, 0, 0],
};

const P521_B: [u64; 9] = [
    0xef45_1fd4_6b50_3f00,
    0x3573_df88_3d2c_34f1,
    0x1652_c0bd_3bb1_bf07,
    0x5619_3951_ec7e_937b,
    0xb8b4_8991_8ef1_09e1,
    0xa2da_725b_99b3_15f3,
    0x929a_21a0_b685_40ee,
    0x953e_b961_8e1c_9a1f,
    0x51,
];

const ED25519: Field<4> = Field {
    prime: [0xffff_ffff_ffff_ffed, u64::MAX, u64::MAX, 0x7fff_ffff_ffff_ffff],
    negated_inverse: 0x86bc_a1af_286b_ca1b,
    entry: [0x5a4, 0, 0, 0],
};

/// d = -121665 / 121666.
const ED25519_D: [u64; 4] =
    [0x75eb_4dca_1359_78a3, 0x0070_0a4d_4141_d8ab, 0x8cc7_4079_7779_e898, 0x5203_6cee_2b6f_fe73];

const ONE: [u64; 4] = [1, 0, 0, 0];

/// The y coordinates of the eight points of order 1, 2, 4 and 8.
const SMALL_ORDER_Y: [[u64; 4]; 5] = [
    ONE,
    [0xffff_ffff_ffff_ffec, u64::MAX, u64::MAX, 0x7fff_ffff_ffff_ffff],
    [0, 0, 0, 0],
    [0xb027_b2c2_8f95_e826, 0xf098_eff2_89f4_c345, 0x3933_c6d3_05ac_dfd5, 0x05fc_536d_8802_38b1],
    [0x4fd8_4d3d_706a_17c7, 0x0f67_100d_760b_3cba, 0xc6cc_392c_fa53_202a, 0x7a03_ac92_77fd_c74e],
];

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn octets(hexadecimal: &str) -> Vec<u8> {
        hexadecimal
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn assert_on_curve(curve: Curve, x: &str, y: &str) {
        let (x, mut y) = (octets(x), octets(y));
        assert_eq!((x.len(), y.len()), (curve.coordinate_length(), curve.coordinate_length()));
        assert!(is_on_curve(curve, &x, &y));
        assert!(!is_on_curve(curve, &y, &x));
        let last = y.last_mut().unwrap();
        *last ^= 1;
        assert!(!is_on_curve(curve, &x, &y));
    }

    #[test]
    fn base_points_are_on_their_curves() {
        assert_on_curve(
            Curve::P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        );
        assert_on_curve(
            Curve::P384,
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        );
        assert_on_curve(
            Curve::P521,
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        );
    }

    #[cfg(feature = "pem")]
    #[test]
    fn a_point_is_found_by_its_x_and_the_sign_of_its_y() {
        let mut found = 0;
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            for number in 0..=u8::MAX {
                let mut x = alloc::vec![0; curve.coordinate_length()];
                *x.last_mut().unwrap() = number;
                let odd = y_of(curve, &x, true);
                let even = y_of(curve, &x, false);
                assert_eq!(odd.is_some(), even.is_some());
                let (Some(odd), Some(even)) = (odd, even) else { continue };
                assert_eq!((odd.last().unwrap() & 1, even.last().unwrap() & 1), (1, 0));
                assert!(is_on_curve(curve, &x, &odd) && is_on_curve(curve, &x, &even));
                found += 1;
            }
        }
        // Every second x has a point.
        assert!((300..470).contains(&found), "{found}");
        assert_eq!(y_of(Curve::P256, &[0xff; 32], true), None);
        assert_eq!(y_of(Curve::P256, &[0; 31], false).map(|y| y.len()), Some(32));
    }

    #[test]
    fn a_coordinate_that_is_not_below_the_prime_is_no_field_element() {
        // The point with x = 0 exists on P-256 and must not be reachable as x = p.
        let y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
        assert!(is_on_curve(Curve::P256, &[0; 32], &octets(y)));
        let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
        assert!(!is_on_curve(Curve::P256, &octets(prime), &octets(y)));
    }

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
        agree(&P256, half(P256.prime));
        let mut prime = P384.prime;
        shift_right(&mut prime, 1);
        agree(&P384, prime);
    }

    #[test]
    fn ed25519_keys_are_told_apart() {
        // RFC 8032 §7.1, the public keys of tests 1 to 3.
        for key in [
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        ] {
            assert_eq!(judge_ed25519(&octets(key)), EdwardsPoint::Sound, "{key}");
        }
        for (key, verdict) in [
            ("0100000000000000000000000000000000000000000000000000000000000000", true),
            ("0100000000000000000000000000000000000000000000000000000000000080", true),
            ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true),
            ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", true),
            ("0000000000000000000000000000000000000000000000000000000000000000", true),
            ("0000000000000000000000000000000000000000000000000000000000000080", true),
            ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", true),
            ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", true),
            ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", true),
            ("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", true),
            // The same small points, spelled with y + p.
            ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false),
            ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false),
            ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false),
            ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false),
            // y = 2 has no x.
            ("0200000000000000000000000000000000000000000000000000000000000000", false),
        ] {
            let expected = if verdict { EdwardsPoint::SmallOrder } else { EdwardsPoint::NoPoint };
            assert_eq!(judge_ed25519(&octets(key)), expected, "{key}");
        }
        assert_eq!(judge_ed25519(&[1; 31]), EdwardsPoint::NoPoint);
    }
}
