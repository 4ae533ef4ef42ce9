//! The text form of UUIDs.

/// Whether a text is a UUID (RFC 9562 §4): 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == NIL.len()
        && text.bytes().zip(NIL.bytes()).all(|(octet, sample)| match sample {
            b'-' => octet == b'-',
            _ => octet.is_ascii_hexdigit(),
        })
}

/// The nil UUID (RFC 9562 §5.9).
pub(crate) const NIL: &str = "00000000-0000-0000-0000-000000000000";
