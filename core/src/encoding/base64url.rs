//! The strict base64url decoder.
//!
//! An octet string has exactly one encoding: no padding, no other
//! alphabet, no whitespace, and unused bits are zero (RFC 7515 §2, RFC 4648 §3.5). So nobody can
//! alter a token without breaking its signature.

use alloc::vec::Vec;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurposeConfig;

/// The text is not the canonical base64url encoding of an octet string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotBase64Url;

/// Decodes all of `text`.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64Url> {
    let mut octets = zeros(longest_decoded(text));
    let length = engine().decode_slice(text, &mut octets).map_err(|_| NotBase64Url)?;
    octets.truncate(length);
    Ok(octets)
}

/// Decodes all of `text` into the front of `buffer` and returns the filled part.
/// # Errors
/// [`NotBase64Url`], also if `buffer` is too small.
pub(crate) fn decode_into<'b>(text: &[u8], buffer: &'b mut [u8]) -> Result<&'b [u8], NotBase64Url> {
    let length = engine().decode_slice(text, buffer).map_err(|_| NotBase64Url)?;
    buffer.get(..length).ok_or(NotBase64Url)
}

/// Decodes like [`decode`], but also accepts padding and the alphabet of RFC 4648 §4. For issuers
/// whose key sets contain base64, which RFC 7515 §2 forbids.
pub(crate) fn decode_padded_or_standard(text: &str) -> Result<Vec<u8>, NotBase64Url> {
    let unpadded = text.trim_end_matches('=');
    let padding = text.len().saturating_sub(unpadded.len());
    // Padding must complete the last group of four characters.
    if padding > 0 && (padding > 2 || text.len() & 3 != 0) {
        return Err(NotBase64Url);
    }
    decode(unpadded.replace('+', "-").replace('/', "_").as_bytes())
}

// The allocator does not take zeroed memory from its cache, which costs more than writing the zeros
// here.
#[cfg(not(target_family = "wasm"))]
#[allow(clippy::slow_vector_initialization)]
fn zeros(count: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(count);
    octets.resize(octets.capacity(), 0);
    octets
}

/// Where size matters more than speed, the compiler makes a loop for each octet of the above.
#[cfg(target_family = "wasm")]
fn zeros(count: usize) -> Vec<u8> {
    alloc::vec![0; count]
}

/// An upper bound for the octets that the text decodes to.
const fn longest_decoded(text: &[u8]) -> usize {
    text.len().div_ceil(4).saturating_mul(3)
}

/// Whether every octet is a character of the alphabet of RFC 4648 §5.
pub(crate) fn has_only_characters(text: &[u8]) -> bool {
    all(text, is_character)
}

/// Like [`has_only_characters`], but also accepts dots.
pub(crate) fn has_only_characters_and_dots(text: &[u8]) -> bool {
    all(text, |octet| is_character(octet) | (octet == b'.'))
}

#[cfg(not(target_family = "wasm"))]
fn all(text: &[u8], fits: impl Fn(u8) -> bool) -> bool {
    // Without a branch for each octet the compiler vectorizes the loop.
    text.iter().fold(true, |all, octet| all & fits(*octet))
}

/// Without vectors, four octets in each turn.
#[cfg(target_family = "wasm")]
fn all(text: &[u8], fits: impl Fn(u8) -> bool) -> bool {
    text.chunks(4).fold(true, |all, chunk| {
        all & match chunk {
            [one, two, three, four] => fits(*one) & fits(*two) & fits(*three) & fits(*four),
            fewer => fewer.iter().all(|octet| fits(*octet)),
        }
    })
}

#[cfg(not(target_family = "wasm"))]
const fn is_character(octet: u8) -> bool {
    is_of_alphabet(octet)
}

/// Without vectors a table is faster than the comparisons.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn is_character(octet: u8) -> bool {
    static ALPHABET: [bool; 256] = alphabet();
    ALPHABET.get(usize::from(octet)).copied().unwrap_or_default()
}

/// Says of each octet whether it is a character.
#[cfg(target_family = "wasm")]
const fn alphabet() -> [bool; 256] {
    let mut alphabet = [false; 256];
    let (mut rest, mut octet) = (alphabet.as_mut_slice(), 0_u8);
    while let Some((first, others)) = rest.split_first_mut() {
        *first = is_of_alphabet(octet);
        (rest, octet) = (others, octet.wrapping_add(1));
    }
    alphabet
}

const fn is_of_alphabet(octet: u8) -> bool {
    let letter = (octet | 0x20).wrapping_sub(b'a') < 26;
    let digit = octet.wrapping_sub(b'0') < 10;
    letter | digit | (octet == b'-') | (octet == b'_')
}

/// The standard library can detect SIMD instructions, which decode many octets at once.
#[cfg(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn engine() -> &'static impl Engine {
    use base64::engine::simd::Simd;
    static ENGINE: std::sync::LazyLock<Simd> = std::sync::LazyLock::new(|| Simd::url_safe(STRICT));
    &*ENGINE
}

#[cfg(not(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn engine() -> &'static impl Engine {
    &ONE_BY_ONE
}

#[cfg(any(test, not(all(feature = "std", any(target_arch = "x86_64", target_arch = "aarch64")))))]
static ONE_BY_ONE: base64::engine::GeneralPurpose =
    base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, STRICT);

const STRICT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::RequireNone)
    .with_decode_allow_trailing_bits(false);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_is_decoded() {
        assert_eq!(decode(b"").unwrap(), b"");
        assert_eq!(decode(b"AA").unwrap(), [0]);
        assert_eq!(decode(b"-_8").unwrap(), [0xfb, 0xff]);
        assert_eq!(decode(b"SGVsbG8").unwrap(), b"Hello");
    }

    #[test]
    fn every_other_text_is_refused() {
        for text in [
            "AA==", "AA=", "AB", "-_9", "A", "AAAAA", "+/8", "A A", "AA\n", " AA", "AA\0", "AA.",
            "ÄÄ",
        ] {
            assert_eq!(decode(text.as_bytes()), Err(NotBase64Url), "{text:?}");
        }
    }

    #[test]
    fn padding_and_the_other_alphabet_are_decoded_if_tolerated() {
        for text in ["-_8", "+/8", "-_8=", "+/8=", "+_8="] {
            assert_eq!(decode_padded_or_standard(text).unwrap(), [0xfb, 0xff], "{text}");
        }
        assert_eq!(decode_padded_or_standard("AA==").unwrap(), [0]);
        for text in ["AA=", "AA===", "AAA==", "====", "=", "AAAA====", "AB==", "A A=", "A=A="] {
            assert_eq!(decode_padded_or_standard(text), Err(NotBase64Url), "{text}");
        }
    }

    #[test]
    fn the_alphabet_has_64_characters() {
        let characters = (0..=u8::MAX).filter(|octet| has_only_characters(&[*octet]));
        let expected =
            (0..=u8::MAX).filter(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(octet));
        assert_eq!(characters.clone().count(), 64);
        assert!(characters.eq(expected));
    }

    #[test]
    fn many_octets_are_classified_like_each_alone() {
        for length in 0..150 {
            let text = (0..length).map(|index| b"Aa0-_z9Z"[index * 7 % 8]).collect::<Vec<_>>();
            assert_eq!(decode(&text).ok(), ONE_BY_ONE.decode(&text).ok(), "{length}");
            for position in 0..length {
                for octet in (0..=u8::MAX).step_by(11).chain(*b"+/=.~ \n\0\xff") {
                    let mut changed = text.clone();
                    changed[position] = octet;
                    let expected = ONE_BY_ONE.decode(&changed).ok();
                    assert_eq!(decode(&changed).ok(), expected, "{octet} at {position}");
                }
            }
        }
    }

    #[test]
    fn a_buffer_that_is_too_small_is_an_error() {
        assert_eq!(decode_into(b"SGVsbG8", &mut [0; 4]), Err(NotBase64Url));
        assert_eq!(decode_into(b"SGVsbG8", &mut [0; 5]).unwrap(), b"Hello");
    }
}
