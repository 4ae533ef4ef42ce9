//! Reads the only PEM block of a text, by the lax grammar of RFC 7468 §3, or says what the text is
//! instead.

use alloc::string::String;
use alloc::vec::Vec;

use super::malformed;
use crate::encoding::base64url;
use crate::keys::key::UnusableKey;

/// A block without its armor.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    pub(super) der: Vec<u8>,
}

/// Reads the only block of a text. Text before and after the block is ignored (RFC 7468 §2).
pub(super) fn only_block(text: &str) -> Result<Block<'_>, UnusableKey> {
    if text.starts_with('\u{feff}') {
        return Err(malformed("the text begins with a byte order mark; save it without one"));
    }
    let mut blocks = text.match_indices(BEGIN);
    let Some((start, _)) = blocks.next() else { return Err(without_block(text)) };
    if blocks.next().is_some() {
        return Err(malformed(
            "the text has two PEM blocks; pass only the one with the public key",
        ));
    }
    let not_one = malformed("not a PEM block with a public key");
    let block = text.get(start..).unwrap_or_default();
    if block.contains("\\n") || block.contains("\\r") {
        return Err(malformed(
            "the PEM block has a backslash and an n instead of line breaks; use real line breaks",
        ));
    }
    without_armor(block).ok_or(not_one)
}

/// Reads the block at the start of a text.
pub(super) fn without_armor(block: &str) -> Option<Block<'_>> {
    let (label, rest) = block.strip_prefix(BEGIN)?.split_once(DASHES)?;
    let (body, rest) = rest.split_once(END)?;
    let (end_label, _) = rest.split_once(DASHES)?;
    if label != end_label || !is_label(label) {
        return None;
    }
    let body = body.chars().filter(|character| !is_whitespace(*character)).collect::<String>();
    // The padding and the alphabet of RFC 4648 §4 are required here, not only accepted.
    if body.is_empty() || body.len() & 3 != 0 || body.contains(['-', '_']) {
        return None;
    }
    Some(Block { label, der: base64url::decode_padded_or_standard(&body).ok()? })
}

/// Whether a label has only printable characters without hyphens, and single blanks after the
/// first of them.
fn is_label(label: &str) -> bool {
    let mut blank = true;
    label.bytes().all(|octet| {
        let after_blank = blank;
        blank = matches!(octet, b' ' | b'\t');
        if blank { !after_blank } else { octet.is_ascii_graphic() && octet != b'-' }
    })
}

/// `W` of RFC 7468 §3.
const fn is_whitespace(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}')
}

fn without_block(text: &str) -> UnusableKey {
    let text = text.trim_ascii_start();
    malformed(if text.starts_with('{') {
        "the text is JSON, not PEM; parse it as a JWK or a JWK Set"
    } else if text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-") {
        "an OpenSSH public key; convert it to PEM (ssh-keygen -e -m PKCS8)"
    } else {
        "no PEM block with a public key"
    })
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
