//! SHA-256 (FIPS 180-4), used as a short name for an octet string: an exported key set, a cached
//! token. Signatures use the crypto provider instead.

use alloc::string::String;

use sha2::Digest;

/// Returns the hash of all octets.
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(octets).into()
}

/// Returns the hash of all octets as 64 lower-case hexadecimal digits, as `sha256sum` prints it.
pub(crate) fn sha256_text(octets: &[u8]) -> String {
    sha256(octets).iter().map(|octet| text!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (octets, hash) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ] {
            assert_eq!(sha256_text(octets.as_bytes()), hash);
        }
    }
}
