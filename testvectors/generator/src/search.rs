//! Numbers found by search: token identifiers (`jti`) with which a deterministic signature has a
//! rare form. Each use asserts the form, so that a changed key or payload is noticed.

/// The RS256 signature by `rsa` begins with a zero octet.
pub const RSA_LEADING_ZERO: u32 = 104;
/// The RS256 signature by `rsa` plus the modulus still has 256 octets.
pub const RSA_PLUS_MODULUS_FITS: u32 = 0;
/// The ES256 signature by `p256` has an r that begins with a zero octet.
pub const ES256_LEADING_ZERO: u32 = 804;
