//! Names that nobody can guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{SystemRandom, generate};

/// 128 random bits in base64url.
pub(crate) fn random_name() -> Result<String, Unspecified> {
    let octets: [u8; 16] = generate(&SystemRandom::new())?.expose();
    Ok(URL_SAFE_NO_PAD.encode(octets))
}
