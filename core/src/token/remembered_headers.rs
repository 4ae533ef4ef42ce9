//! Caches the headers of accepted tokens, so that the header of the next such token is not read
//! again.
//!
//! The tokens of an issuer usually have identical header segments. Only headers of tokens that were
//! signed by a key of the set are cached, so an untrusted sender cannot fill the cache. The first
//! few are kept as long as the set.

use crate::token::header::Header;

/// A few headers with the segments that they were decoded from. Without the standard library
/// nothing is cached, because sharing needs `std::sync::OnceLock`.
#[derive(Debug, Default)]
pub(crate) struct RememberedHeaders {
    #[cfg(feature = "std")]
    slots: alloc::boxed::Box<[std::sync::OnceLock<Remembered>; SLOTS]>,
}

#[cfg(feature = "std")]
impl RememberedHeaders {
    /// Returns the header of this segment, if it is cached.
    pub(crate) fn recall(&self, segment: &[u8]) -> Option<Header> {
        let known = self.slots.iter().map_while(std::sync::OnceLock::get);
        known.into_iter().find(|known| *known.segment == *segment).map(|known| known.header.clone())
    }

    /// Caches the header if there is room; `segment` is what it was decoded from.
    pub(crate) fn remember(&self, segment: &[u8], header: &Header) {
        if segment.len() > LONGEST_SEGMENT {
            return;
        }
        for slot in self.slots.iter() {
            let new = || Remembered { segment: segment.into(), header: header.clone() };
            // Another thread may have stored the same header first.
            if *slot.get_or_init(new).segment == *segment {
                return;
            }
        }
    }
}

#[cfg(not(feature = "std"))]
impl RememberedHeaders {
    #[allow(clippy::unused_self)]
    pub(crate) const fn recall(&self, _: &[u8]) -> Option<Header> {
        None
    }

    #[allow(clippy::unused_self)]
    pub(crate) const fn remember(&self, _: &[u8], _: &Header) {}
}

#[cfg(feature = "std")]
#[derive(Debug)]
struct Remembered {
    segment: alloc::boxed::Box<[u8]>,
    header: Header,
}

/// An issuer signs with one or two keys, for a few types of token.
#[cfg(feature = "std")]
const SLOTS: usize = 4;

/// The maximum octets of a segment that is cached.
#[cfg(feature = "std")]
const LONGEST_SEGMENT: usize = 1024;

#[cfg(test)]
#[cfg(feature = "std")]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn header() -> Header {
        Header::decode(b"eyJhbGciOiJFUzI1NiJ9").unwrap()
    }

    #[test]
    fn a_cached_header_is_found_by_its_exact_segment() {
        let headers = RememberedHeaders::default();
        assert!(headers.recall(b"a").is_none());
        headers.remember(b"a", &header());
        headers.remember(b"a", &header());
        headers.remember(b"b", &header());
        assert_eq!(headers.recall(b"b").unwrap().json(), r#"{"alg":"ES256"}"#);
        assert!(headers.recall(b"a").is_some() && headers.recall(b"c").is_none());
        let kept = headers.slots.iter().filter_map(std::sync::OnceLock::get);
        let segments = kept.map(|kept| kept.segment.to_vec()).collect::<Vec<_>>();
        assert_eq!(segments, [b"a", b"b"]);
    }

    #[test]
    fn only_the_first_few_short_segments_are_cached() {
        let headers = RememberedHeaders::default();
        headers.remember(&[b'A'; LONGEST_SEGMENT + 1], &header());
        assert!(headers.recall(&[b'A'; LONGEST_SEGMENT + 1]).is_none());
        headers.remember(&[b'A'; LONGEST_SEGMENT], &header());
        assert!(headers.recall(&[b'A'; LONGEST_SEGMENT]).is_some());
        for segment in [b"b", b"c", b"d", b"e"] {
            headers.remember(segment, &header());
        }
        assert!(headers.recall(b"d").is_some());
        assert!(headers.recall(b"e").is_none());
    }
}
