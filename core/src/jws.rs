//! The JWS compact serialization (RFC 7515 §7.1): three segments, nothing decoded yet.

use crate::base64url;
use crate::error::Error;

/// A token taken apart. Its characters are those of base64url, and it has exactly two dots.
#[derive(Clone, Copy)]
pub(crate) struct CompactJws<'t> {
    /// Header, dot and payload as they were signed (RFC 7515 §5.2 step 8).
    pub(crate) signing_input: &'t [u8],
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
}

impl<'t> CompactJws<'t> {
    /// Splits a token of at most `limit` octets.
    pub(crate) fn split(token: &'t [u8], limit: usize) -> Result<Self, Error> {
        if token.len() > limit {
            return Err(Error::TokenTooLarge { length: token.len(), limit });
        }
        let mut segments = token.split(|octet| *octet == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (segments.next(), segments.next(), segments.next(), segments.next())
        else {
            return Err(not_three_segments(token));
        };
        if ![header, payload, signature].iter().all(|segment| is_base64url(segment)) {
            return Err(Error::MalformedToken { reason: OTHER_CHARACTER });
        }
        let signed = token.len().saturating_sub(signature.len()).saturating_sub(1);
        let signing_input = token.get(..signed).unwrap_or_default();
        Ok(Self { signing_input, header, payload, signature })
    }
}

/// Tells a JWE, which someone may have meant to send, from what is no token at all.
fn not_three_segments(token: &[u8]) -> Error {
    let mut dots = 0_usize;
    for octet in token {
        if *octet == b'.' {
            dots = dots.saturating_add(1);
        } else if !base64url::is_character(*octet) {
            return Error::MalformedToken { reason: OTHER_CHARACTER };
        }
    }
    match dots {
        4 => Error::EncryptedToken,
        _ => Error::MalformedToken { reason: "the token has not exactly three segments" },
    }
}

fn is_base64url(segment: &[u8]) -> bool {
    segment.iter().all(|octet| base64url::is_character(*octet))
}

const OTHER_CHARACTER: &str = "the token has a character other than A-Z, a-z, 0-9, '-', '_' and \
                               the dots between its segments";
