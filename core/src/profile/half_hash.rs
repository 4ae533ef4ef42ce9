//! Half hashes: how an ID token names the access token, the code and the state that came with it.

use alloc::vec::Vec;

use sha2::Digest;

use crate::crypto::algorithm::Algorithm;
use crate::encoding::base64url;

/// Whether `claim` is the left half of the hash of `text` in base64url, with the hash function of
/// the signature's algorithm (`OpenID` Connect Core 1.0 §3.1.3.6). Compares in constant time.
pub(super) fn is_half_hash(claim: &str, algorithm: Algorithm, text: &str) -> bool {
    let hash = hash(algorithm, text.as_bytes());
    let half = hash.get(..hash.len().div_euclid(2)).unwrap_or_default();
    // An octet string has exactly one encoding, so octets can be compared instead of texts.
    base64url::decode(claim.as_bytes()).is_ok_and(|claimed| is_equal(&claimed, half))
}

/// Compares in a time that depends on the lengths only.
pub(super) fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let difference =
        one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}

/// The hash function of an algorithm: that of its number, and SHA-512 for Ed25519 (RFC 8032 §5.1).
/// An algorithm that is added must be added here too.
fn hash(algorithm: Algorithm, octets: &[u8]) -> Vec<u8> {
    use Algorithm as A;
    match algorithm {
        A::Rs256 | A::Ps256 | A::Es256 | A::Hs256 => sha2::Sha256::digest(octets).to_vec(),
        A::Rs384 | A::Ps384 | A::Es384 | A::Hs384 => sha2::Sha384::digest(octets).to_vec(),
        A::Rs512 | A::Ps512 | A::Es512 | A::Hs512 | A::EdDsa => {
            sha2::Sha512::digest(octets).to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        // OpenID Connect Core 1.0 §A.4 and §A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert!(is_half_hash("77QmUPtjPfzWtF2AnpK9RQ", Algorithm::Rs256, token));
        assert!(!is_half_hash("77QmUPtjPfzWtF2AnpK9RQ==", Algorithm::Rs256, token));
        assert!(!is_half_hash("77QmUPtjPfzWtF2AnpK9RQ", Algorithm::Rs384, token));
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert!(is_half_hash("LDktKdoQak3Pk0cnXxCltA", Algorithm::Rs256, code));
        assert!(!is_half_hash("", Algorithm::Rs256, code));
    }

    #[test]
    fn octets_are_compared() {
        assert!(is_equal(b"", b""));
        assert!(is_equal(b"ab", b"ab"));
        for (one, other) in [(&b"ab"[..], &b"ac"[..]), (b"a", b"ab"), (b"", b"a")] {
            assert!(!is_equal(one, other));
            assert!(!is_equal(other, one));
        }
    }
}
