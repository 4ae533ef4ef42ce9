//! The JWS compact serialization (RFC 7515 §7.1): three segments, not yet decoded.

use alloc::boxed::Box;

use crate::encoding::base64url;
use crate::error::Error;

/// A token with exactly two dots, split into its segments.
#[derive(Clone, Copy)]
pub(crate) struct CompactJws<'t> {
    pub(crate) token: &'t [u8],
    /// Header, dot and payload, as signed (RFC 7515 §5.2 step 8).
    pub(crate) signing_input: &'t [u8],
    pub(crate) header: &'t [u8],
    pub(crate) payload: &'t [u8],
    pub(crate) signature: &'t [u8],
}

impl<'t> CompactJws<'t> {
    /// Splits a token of at most `limit` octets. Does not check its characters.
    pub(crate) fn split(token: &'t [u8], limit: usize) -> Result<Self, Error> {
        Self::check_size(token, limit)?;
        Self::split_at_dots(token).ok_or_else(|| not_three_segments(token))
    }

    /// Checks the characters of all segments. Their decoders do that too, but later.
    pub(crate) fn check_characters(self) -> Result<Self, Error> {
        let mut segments = [self.header, self.payload, self.signature].into_iter();
        if segments.all(base64url::has_only_characters) {
            Ok(self)
        } else {
            Err(Error::MalformedToken { reason: OTHER_CHARACTER })
        }
    }

    /// Checks that a token has at most `limit` octets.
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

/// A split token that owns its octets.
pub(crate) struct OwnedJws {
    token: Box<[u8]>,
    header: usize,
    payload: usize,
}

impl OwnedJws {
    /// Returns the segments.
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

/// Distinguishes a JWE from text that is not a token.
fn not_three_segments(token: &[u8]) -> Error {
    // In chunks, so that text that is not a token is soon detected.
    if !token.chunks(64).all(base64url::has_only_characters_and_dots) {
        return Error::MalformedToken { reason: OTHER_CHARACTER };
    }
    let is_dot = |octet: &u8| usize::from(*octet == b'.');
    let dots = token.iter().map(is_dot).fold(0_usize, usize::wrapping_add);
    match dots {
        4 => Error::EncryptedToken,
        _ => Error::MalformedToken { reason: "the token does not have exactly three segments" },
    }
}

const OTHER_CHARACTER: &str = "the token contains a character other than A-Z, a-z, 0-9, '-', '_' and \
                               the dots between its segments";
