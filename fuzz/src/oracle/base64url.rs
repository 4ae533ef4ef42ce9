//! base64url (RFC 4648 §5) bit by bit, without a table and without a library.

/// The octets, if `text` is their one canonical spelling.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for character in text {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let (octets, rest) = bits.split_at(bits.len() / 8 * 8);
    if rest.len() == 6 || rest.contains(&1) {
        return None;
    }
    let octet = |bits: &[u8]| bits.iter().fold(0, |octet, bit| octet << 1 | bit);
    Some(octets.chunks(8).map(octet).collect())
}

/// The canonical spelling.
pub fn encode(octets: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(octets)
}
