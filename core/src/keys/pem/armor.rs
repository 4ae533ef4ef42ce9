//! Reads the only PEM block of a text, by the lax grammar of RFC 7468 §3, or says what the text is
//! instead.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::malformed;
use crate::keys::key::UnusableKey;

/// A block without its armor.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) der: Vec<u8>,
}

/// Reads the only block of a text. Text before and after the block is ignored (RFC 7468 §2).
pub(super) fn only_block(text: &str) -> Result<Block, UnusableKey> {
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
    let text = strict(block).ok_or(not_one)?;
    let (label, der) = pem_rfc7468::decode_vec(text.as_bytes()).map_err(|_| not_one)?;
    Ok(Block { label: label.to_string(), der })
}

/// Rewrites the block for the strict grammar: lines of 64 characters, nothing before or after.
fn strict(block: &str) -> Option<String> {
    let (label, rest) = block.strip_prefix(BEGIN)?.split_once(DASHES)?;
    let (body, rest) = rest.split_once(END)?;
    let (end_label, _) = rest.split_once(DASHES)?;
    let mut text = String::with_capacity(block.len());
    text.extend([BEGIN, label, DASHES, "\n"]);
    let body = body.chars().filter(|character| !is_whitespace(*character));
    for (index, character) in body.enumerate() {
        if index > 0 && index & 63 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.extend(["\n", END, end_label, DASHES, "\n"]);
    Some(text)
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
