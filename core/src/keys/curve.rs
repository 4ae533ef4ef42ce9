//! Whether a public point is on its curve.
//!
//! Some providers check a point when they load a key, others at every verification. Checked here, a
//! bad point makes the key unusable, with the same reason for every provider. Points are public, so
//! nothing here needs constant time.

#[cfg(feature = "pem")]
use alloc::vec::Vec;

use crate::crypto::Curve;

pub(crate) use edwards::{EdwardsPoint, classify_ed25519};
use field::Field;

mod edwards;
mod field;

/// Whether both coordinates are field elements and y² = x³ - 3x + b (RFC 7518 §6.2.1, SEC 1
/// §3.2.2.1). Coordinates are big-endian and of the curve's length.
pub(crate) fn is_on_curve(curve: Curve, x: &[u8], y: &[u8]) -> bool {
    match curve {
        Curve::P256 => P256.contains(x, y),
        Curve::P384 => P384.contains(x, y),
        Curve::P521 => P521.contains(x, y),
    }
}

/// Returns the y coordinate of the point with this x whose y is odd or even (SEC 1 §2.3.4),
/// big-endian and of the curve's length; `None` if there is no such point.
#[cfg(feature = "pem")]
pub(crate) fn y_of(curve: Curve, x: &[u8], is_odd: bool) -> Option<Vec<u8>> {
    let mut y = match curve {
        Curve::P256 => P256.y_of(x, is_odd),
        Curve::P384 => P384.y_of(x, is_odd),
        Curve::P521 => P521.y_of(x, is_odd),
    }?;
    // For P-521 the whole words are longer than the coordinate.
    y.drain(..y.len().checked_sub(curve.coordinate_length())?);
    Some(y)
}

/// A curve y² = x³ - 3x + b over a prime field.
struct Weierstrass<const N: usize> {
    field: Field<N>,
    b: [u64; N],
}

impl<const N: usize> Weierstrass<N> {
    fn contains(&self, x: &[u8], y: &[u8]) -> bool {
        let field = &self.field;
        let (Some(x), Some(y)) = (field.element(x), field.element(y)) else { return false };
        let y = field.enter(&y);
        field.multiply(&y, &y) == self.y_squared(&x)
    }

    /// x³ - 3x + b, in Montgomery's form.
    fn y_squared(&self, x: &[u64; N]) -> [u64; N] {
        let field = &self.field;
        let (x, b) = (field.enter(x), field.enter(&self.b));
        let three_x = field.add(&field.add(&x, &x), &x);
        let x_cubed = field.multiply(&field.multiply(&x, &x), &x);
        field.add(&field.subtract(&x_cubed, &three_x), &b)
    }

    /// Big-endian, in whole words.
    #[cfg(feature = "pem")]
    fn y_of(&self, x: &[u8], is_odd: bool) -> Option<Vec<u8>> {
        let field = &self.field;
        let y_squared = self.y_squared(&field.element(x)?);
        let root = field.square_root(&y_squared);
        if field.multiply(&root, &root) != y_squared {
            return None;
        }
        // Out of Montgomery's form.
        let one = core::array::from_fn(|place| u64::from(place == 0));
        let mut y = field.multiply(&root, &one);
        if (field::lowest(&y) & 1 == 1) != is_odd {
            y = field.subtract(&[0; N], &y);
        }
        Some(y.iter().rev().flat_map(|word| word.to_be_bytes()).collect())
    }
}

const P256: Weierstrass<4> = Weierstrass {
    field: Field {
        prime: [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001],
        negated_inverse: 1,
        entry: [3, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x0000_0004_ffff_fffd],
    },
    b: [0x3bce_3c3e_27d2_604b, 0x651d_06b0_cc53_b0f6, 0xb3eb_bd55_7698_86bc, 0x5ac6_35d8_aa3a_93e7],
};

const P384: Weierstrass<6> = Weierstrass {
    field: Field {
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
    },
    b: [
        0x2a85_c8ed_d3ec_2aef,
        0xc656_398d_8a2e_d19d,
        0x0314_088f_5013_875a,
        0x181d_9c6e_fe81_4112,
        0x988e_056b_e3f8_2d19,
        0xb331_2fa7_e23e_e7e4,
    ],
};

const P521: Weierstrass<9> = Weierstrass {
    field: Field {
        prime: [
            u64::MAX,
            u64::MAX,
            u64::MAX,
            u64::MAX,
            u64::MAX,
            u64::MAX,
            u64::MAX,
            u64::MAX,
            0x1ff,
        ],
        negated_inverse: 1,
        entry: [0, 0x0000_4000_0000_0000, 0, 0, 0, 0, 0, 0, 0],
    },
    b: [
        0xef45_1fd4_6b50_3f00,
        0x3573_df88_3d2c_34f1,
        0x1652_c0bd_3bb1_bf07,
        0x5619_3951_ec7e_937b,
        0xb8b4_8991_8ef1_09e1,
        0xa2da_725b_99b3_15f3,
        0x929a_21a0_b685_40ee,
        0x953e_b961_8e1c_9a1f,
        0x51,
    ],
};

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    pub(super) fn octets(hexadecimal: &str) -> Vec<u8> {
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
    fn a_coordinate_must_be_below_the_prime() {
        // The point with x = 0 exists on P-256 and must not be reachable as x = p.
        let y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
        assert!(is_on_curve(Curve::P256, &[0; 32], &octets(y)));
        let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
        assert!(!is_on_curve(Curve::P256, &octets(prime), &octets(y)));
    }
}
