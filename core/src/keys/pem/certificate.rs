//! The part of a certificate that is used: its SubjectPublicKeyInfo.

use super::der::{BIT_STRING, Elements, INTEGER, SEQUENCE};

/// Returns the SubjectPublicKeyInfo of a certificate in DER (RFC 5280 §4.1).
pub(super) fn public_key_of(der: &[u8]) -> Option<&[u8]> {
    let mut whole = Elements::of(der);
    let mut certificate = Elements::of(whole.take(SEQUENCE)?);
    let mut fields = Elements::of(certificate.take(SEQUENCE)?);
    certificate.take(SEQUENCE)?;
    certificate.take(BIT_STRING)?;

    if fields.next_tag() == Some(VERSION) {
        fields.next()?;
    }
    // The serial number; signature, issuer, validity, subject.
    fields.take(INTEGER)?;
    for _ in 0..4 {
        fields.take(SEQUENCE)?;
    }
    let info = fields.next()?.whole;
    // Unique identifiers and extensions.
    while !fields.is_empty() {
        fields.next()?;
    }
    (certificate.is_empty() && whole.is_empty()).then_some(info)
}

/// The tag of the optional version.
const VERSION: u8 = 0xa0;
