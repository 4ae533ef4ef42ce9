//! The JWS compact serialization (RFC 7515 §7.1): three segments, nothing decoded yet.

use alloc::boxed::Box;

use crate::encoding::base64url;
use crate::error::Error;

/// A token taken apart, which has exactly two dots.
#[derive(Clone, Copy)]
pub(crate) struct CompactJws<'t> {
    pub(crate) token: &'t [u8],
    /// Header, dot and payload as they were signed (RFC 7515 §5.2 step 8).
    pub(crate) signing_input: &'t [u8],
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
}

impl<'t> CompactJws<'t> {
    /// Splits a token of at most `limit` octets. Its characters are not judged.
    pub(crate) fn split(token: &'t [u8], limit: usize) -> Result<Self, Error> {
        Self::check_size(token, limit)?;
        Self::split_at_dots(token).ok_or_else(|| not_three_segments(token))
    }

    /// Judges the characters of all segments, which their decoders do as well, but later.
    pub(crate) fn judge_characters(self) -> Result<Self, Error> {
        let mut segments = [self.header, self.payload, self.signature].into_iter();
        if segments.all(base64url::has_only_characters) {
            Ok(self)
        } else {
            Err(Error::MalformedToken { reason: OTHER_CHARACTER })
        }
    }

    /// Whether a token has at most `limit` octets.
    pub(crate) const fn check_size(token: &[u8], limit: usize) -> Result<(), Error> {
        if token.len() > limit {
            return Err(Error::TokenTooLarge { length: token.len(), limit });
        }
        Ok(())
    }

    fn split_at_dots(token: &'t [u8]) -> Option<Self> {
        let first = memchr::memchr(b'.', token)?;
        let (header, rest) = (token.get(..first)?, token.get(first.checked_add(1)?..)?);
        let second = memchr::memchr(b'.', rest)?;
        let (payload, signature) = (rest.get(..second)?, rest.get(second.checked_add(1)?..)?);
        let signing_input = token.get(..first.checked_add(1)?.checked_add(second)?)?;
        let third = memchr::memchr(b'.', signature);
        third.is_none().then_some(Self { token, signing_input, header, payload, signature })
    }
}

/// A token taken apart that nobody else has to keep.
pub(crate) struct OwnedJws {
    token: Box<[u8]>,
    header: usize,
    payload: usize,
}

impl OwnedJws {
    /// The token, as it was taken apart.
    pub(crate) fn parts(&self) -> CompactJws<'_> {
        let signing_input = self.header.saturating_add(1).saturating_add(self.payload);
        let segment = |from: usize, to: usize| self.token.get(from..to).unwrap_or_default();
        CompactJws {
            token: &self.token,
            signing_input: segment(0, signing_input),
            header: segment(0, self.header),
            payload: segment(self.header.saturating_add(1), signing_input),
            signature: segment(signing_input.saturating_add(1), self.token.len()),
        }
    }
}

impl From<CompactJws<'_>> for OwnedJws {
    fn from(jws: CompactJws<'_>) -> Self {
        Self { token: jws.token.into(), header: jws.header.len(), payload: jws.payload.len() }
    }
}

/// Tells a JWE, which someone may have meant to send, from what is no token at all.
fn not_three_segments(token: &[u8]) -> Error {
    // In parts, so that what is no token at all is soon known.
    if !token.chunks(64).all(base64url::has_only_characters_and_dots) {
        return Error::MalformedToken { reason: OTHER_CHARACTER };
    }
    let is_dot = |octet: &u8| usize::from(*octet == b'.');
    let dots = token.iter().map(is_dot).fold(0_usize, usize::wrapping_add);
    match dots {
        4 => Error::EncryptedToken,
        _ => Error::MalformedToken { reason: "the token has not exactly three segments" },
    }
}

const OTHER_CHARACTER: &str = "the token has a character other than A-Z, a-z, 0-9, '-', '_' and \
                               the dots between its segments";
