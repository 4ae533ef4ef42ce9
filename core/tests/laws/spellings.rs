//! Other encodings of a segment.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD as BASE64URL};
use proptest::sample::Index;

pub(crate) type Spelling = fn(&str, Index) -> String;

/// Other encodings of a segment that a lax decoder reads as the same octets.
pub(crate) const LAX: [Spelling; 8] = [
    |segment, _| BASE64_URL_SAFE.encode(BASE64URL.decode(segment).unwrap()),
    |segment, _| BASE64_STANDARD.encode(BASE64URL.decode(segment).unwrap()),
    |segment, _| segment.replace('-', "+").replace('_', "/"),
    |segment, place| inserted(segment, place, "\n"),
    |segment, place| inserted(segment, place, " "),
    |segment, place| inserted(segment, place, "="),
    // The last character's unused bits, if there are any.
    |segment, place| with_unused_bits(segment, place),
    |segment, _| format!("{segment}A"),
];

fn inserted(segment: &str, place: Index, text: &str) -> String {
    let (before, behind) = segment.split_at(place.index(segment.len() + 1));
    format!("{before}{text}{behind}")
}

fn with_unused_bits(segment: &str, place: Index) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let unused = [0, 0, 4, 2][segment.len() % 4];
    let last = ALPHABET.iter().position(|octet| Some(octet) == segment.as_bytes().last()).unwrap();
    let other = last | (place.index(1 << unused) & ((1 << unused) - 1));
    format!("{}{}", &segment[..segment.len() - 1], char::from(ALPHABET[other]))
}
