//! Whether the octets of an Ed25519 public key are a usable point (RFC 8032 §5.1.3).

use super::field::Field;

/// What an Ed25519 public key is (RFC 8032 §5.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EdwardsPoint {
    /// A point whose order is a multiple of the large prime.
    Sound,
    /// Not a point: y is not below the field's prime, or no x has that y.
    NoPoint,
    /// One of the eight points of the small subgroup, for which one signature fits every message.
    SmallOrder,
}

/// Classifies the 32 octets of an Ed25519 public key; any other length is not a point.
pub(crate) fn classify_ed25519(encoded: &[u8]) -> EdwardsPoint {
    let Ok(mut y) = <[u8; 32]>::try_from(encoded) else { return EdwardsPoint::NoPoint };
    // The sign of x does not matter: both points have the same order.
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

pub(super) const ED25519: Field<4> = Field {
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
    use super::super::tests::octets;
    use super::*;

    #[test]
    fn ed25519_keys_are_told_apart() {
        // RFC 8032 §7.1, the public keys of tests 1 to 3.
        for key in [
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        ] {
            assert_eq!(classify_ed25519(&octets(key)), EdwardsPoint::Sound, "{key}");
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
            assert_eq!(classify_ed25519(&octets(key)), expected, "{key}");
        }
        assert_eq!(classify_ed25519(&[1; 31]), EdwardsPoint::NoPoint);
    }
}
