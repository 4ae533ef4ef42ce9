//! SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).

use super::der::{BIT_STRING, Element, Elements, SEQUENCE};

/// A public key with the identifier of its algorithm.
pub(super) struct PublicKey<'d> {
    /// The octets of the identifier.
    pub(super) algorithm: &'d [u8],
    pub(super) parameters: Option<Element<'d>>,
    /// `None` if the number of bits is not a multiple of eight.
    pub(super) octets: Option<&'d [u8]>,
}

impl<'d> PublicKey<'d> {
    /// Returns `None` if `der` is not one SubjectPublicKeyInfo in DER.
    pub(super) fn from_der(der: &'d [u8]) -> Option<Self> {
        let mut whole = Elements::of(der);
        let mut info = Elements::of(whole.take(SEQUENCE)?);
        let mut identifier = Elements::of(info.take(SEQUENCE)?);
        let algorithm = identifier.next()?.identifier()?;
        let parameters = if identifier.is_empty() { None } else { Some(identifier.next()?) };
        let (unused_bits, octets) = info.take(BIT_STRING)?.split_first()?;
        let octets = match *unused_bits {
            0 => Some(octets),
            1..=7 if !octets.is_empty() => None,
            _ => return None,
        };
        (identifier.is_empty() && info.is_empty() && whole.is_empty()).then_some(Self {
            algorithm,
            parameters,
            octets,
        })
    }
}
