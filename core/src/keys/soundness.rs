//! Checks every key before a provider sees it.
//!
//! ring 0.17 accepts moduli from 2041 bits as 2048 bits, and exponents from 3; both ring and
//! aws-lc-rs accept Ed25519 keys of small order, for which one signature fits every message. What
//! providers check is checked here as well, so that a key gets the same reason with each provider.

use super::curve::{self, EdwardsPoint};
use crate::crypto::KeyMaterial;
use crate::crypto::algorithm::AlgorithmSet;
use crate::keys::key::{KeyProblem, UnusableKey};

/// Checks the material for use with `algorithms` and returns those that it is strong enough for.
pub(crate) fn check(
    material: &KeyMaterial<'_>,
    algorithms: AlgorithmSet,
) -> Result<AlgorithmSet, UnusableKey> {
    match *material {
        KeyMaterial::Rsa { modulus, exponent } => {
            check_rsa(modulus, exponent)?;
            Ok(algorithms)
        }
        KeyMaterial::EllipticCurve { curve, x, y } => {
            let length = curve.coordinate_length();
            if x.len() != length || y.len() != length {
                return Err(KeyProblem::MalformedKey
                    .because("a coordinate does not have the curve's length"));
            }
            if !curve::is_on_curve(curve, x, y) {
                return Err(KeyProblem::InvalidKey.because("the point is not on its curve"));
            }
            Ok(algorithms)
        }
        KeyMaterial::Ed25519 { x } => {
            if x.len() != 32 {
                return Err(KeyProblem::MalformedKey.because("an Ed25519 key has 32 octets"));
            }
            match curve::classify_ed25519(x) {
                EdwardsPoint::Sound => Ok(algorithms),
                EdwardsPoint::NoPoint => {
                    Err(KeyProblem::InvalidKey.because("not the encoding of an Ed25519 point"))
                }
                EdwardsPoint::SmallOrder => {
                    Err(KeyProblem::WeakKey.because("the Ed25519 point has small order"))
                }
            }
        }
        KeyMaterial::Secret { secret } => check_secret_length(secret, algorithms),
    }
}

/// RFC 7518 §3.3 and §6.3.1; the minimum exponent is that of NIST SP 800-56B.
fn check_rsa(modulus: &[u8], exponent: &[u8]) -> Result<(), UnusableKey> {
    let (Some(modulus_first), Some(exponent_first)) = (modulus.first(), exponent.first()) else {
        return Err(KeyProblem::MalformedKey.because("an RSA modulus or exponent is empty"));
    };
    if *modulus_first == 0 || *exponent_first == 0 {
        return Err(
            KeyProblem::MalformedKey.because("an RSA modulus or exponent has leading zero octets")
        );
    }
    match bit_length(modulus) {
        0..2048 => {
            return Err(KeyProblem::WeakKey.because("the RSA modulus has fewer than 2048 bits"));
        }
        2048..=8192 => {}
        _ => return Err(KeyProblem::InvalidKey.because("the RSA modulus has more than 8192 bits")),
    }
    if is_even(modulus) {
        return Err(KeyProblem::InvalidKey.because("the RSA modulus is even"));
    }
    if is_even(exponent) {
        return Err(KeyProblem::InvalidKey.because("the RSA exponent is even"));
    }
    if exponent.len() < 3 {
        return Err(KeyProblem::WeakKey.because("the RSA exponent is below 65537"));
    }
    // FIPS 186-5 allows more, but no provider supports it.
    if bit_length(exponent) > 33 {
        return Err(KeyProblem::InvalidKey.because("the RSA exponent has more than 33 bits"));
    }
    if has_roca_fingerprint(modulus) {
        return Err(
            KeyProblem::WeakKey.because("the RSA modulus comes from a broken generator (ROCA)")
        );
    }
    Ok(())
}

/// RFC 7518 §3.2: the secret must be at least as long as the hash's output.
fn check_secret_length(
    secret: &[u8],
    algorithms: AlgorithmSet,
) -> Result<AlgorithmSet, UnusableKey> {
    use crate::crypto::algorithm::Algorithm::{Hs256, Hs384, Hs512};
    let strong_enough = [(Hs256, 32), (Hs384, 48), (Hs512, 64)]
        .into_iter()
        .filter(|(_, length)| secret.len() >= *length)
        .map(|(algorithm, _)| algorithm)
        .collect::<AlgorithmSet>()
        .intersection(algorithms);
    if strong_enough.is_empty() {
        Err(KeyProblem::WeakKey.because("the secret is shorter than the hash"))
    } else {
        Ok(strong_enough)
    }
}

/// Nemec et al., "The Return of Coppersmith's Attack" (2017), §2.3: every modulus of the flawed
/// generator is a power of 65537 modulo each small prime. That holds for one in 10⁸ other keys.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    ROCA_PRIMES.iter().all(|prime| {
        let remainder = modulus.iter().fold(0_u32, |remainder, octet| {
            remainder.wrapping_shl(8).wrapping_add(u32::from(*octet)).rem_euclid(*prime)
        });
        let generator = 65537_u32.rem_euclid(*prime);
        let powers = core::iter::successors(Some(1_u32), |power| {
            let next = power.wrapping_mul(generator).rem_euclid(*prime);
            (next != 1).then_some(next)
        });
        powers.into_iter().any(|power| power == remainder)
    })
}

pub(crate) fn bit_length(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |first| first.leading_zeros());
    let bits = number.len().saturating_mul(8);
    bits.saturating_sub(usize::try_from(zeros).unwrap_or_default())
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last & 1 == 0)
}

/// The primes below 168 for which 65537 does not generate every residue, the most selective first.
const ROCA_PRIMES: [u32; 17] =
    [97, 37, 79, 11, 61, 73, 127, 151, 13, 17, 19, 53, 71, 103, 107, 109, 157];

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    const F4: &[u8] = &[1, 0, 1];

    /// An odd number of exactly that many bits without the ROCA mark; nobody knows its factors.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut number = vec![0xa7; bits.div_ceil(8)];
        number[0] = 0xff >> (number.len() * 8 - bits);
        assert_eq!(bit_length(&number), bits);
        number
    }

    fn problem(modulus: &[u8], exponent: &[u8]) -> Option<KeyProblem> {
        check_rsa(modulus, exponent).err().map(UnusableKey::problem)
    }

    #[test]
    fn rsa_sizes_are_counted_in_bits() {
        for bits in [2048, 2049, 3072, 4096, 8191, 8192] {
            assert_eq!(problem(&modulus(bits), F4), None, "{bits}");
        }
        for bits in [8, 1024, 2041, 2047] {
            assert_eq!(problem(&modulus(bits), F4), Some(KeyProblem::WeakKey), "{bits}");
        }
        assert_eq!(problem(&modulus(8193), F4), Some(KeyProblem::InvalidKey));
    }

    #[test]
    fn rsa_exponents_are_odd_and_not_small() {
        let modulus = modulus(2048);
        for exponent in [F4, &[1, 0, 3], &[0xff, 0xff, 0xff, 0xff], &[1, 0, 0, 0, 1]] {
            assert_eq!(problem(&modulus, exponent), None, "{exponent:?}");
        }
        for exponent in [&[1][..], &[3], &[17], &[0xff, 0xff]] {
            assert_eq!(problem(&modulus, exponent), Some(KeyProblem::WeakKey), "{exponent:?}");
        }
        for exponent in [&[2][..], &[1, 0, 0], &[1, 0, 2], &[2, 0, 0, 0, 1]] {
            assert_eq!(problem(&modulus, exponent), Some(KeyProblem::InvalidKey), "{exponent:?}");
        }
        for exponent in [&[][..], &[0], &[0, 1, 0, 1]] {
            assert_eq!(problem(&modulus, exponent), Some(KeyProblem::MalformedKey));
        }
    }

    #[test]
    fn a_secret_permits_the_hashes_that_it_is_long_enough_for() {
        let checked = |length| check_secret_length(&vec![0; length], AlgorithmSet::SYMMETRIC);
        assert_eq!(checked(31).unwrap_err().problem(), KeyProblem::WeakKey);
        assert_eq!(checked(32).unwrap().iter().count(), 1);
        assert_eq!(checked(48).unwrap().iter().count(), 2);
        assert_eq!(checked(64).unwrap().iter().count(), 3);
    }
}
