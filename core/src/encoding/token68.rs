//! The spelling of tokens in HTTP (RFC 9110 §11.2).

/// Whether the octets are one token, as RFC 6750 §2.1 has it for bearer tokens.
pub(crate) fn is_token68(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().copied().all(is_of_token68)
}

const fn is_of_token68(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}
