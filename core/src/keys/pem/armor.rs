//! The one PEM block of a text, by the lax grammar of RFC 7468 §3, or what the text is instead.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::malformed;
use crate::keys::key::UnusableKey;

/// A block without its armor.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) der: Vec<u8>,
}

/// Reads the only block in a text. Text before it and behind it says nothing (RFC 7468 §2).
pub(super) fn only_block(text: &str) -> Result<Block, UnusableKey> {
    if text.starts_with('\u{feff}') {
        return Err(malformed("a byte order mark before the PEM block; save the text without it"));
    }
    let mut blocks = text.match_indices(BEGIN);
    let Some((start, _)) = blocks.next() else { return Err(without_block(text)) };
    if blocks.next().is_some() {
        return Err(malformed("two PEM blocks; pass the one with the public key alone"));
    }
    let not_one = malformed("not one PEM block with a public key");
    let block = text.get(start..).unwrap_or_default();
    if block.contains("\\n") || block.contains("\\r") {
        return Err(malformed(
            "the line ends of the PEM block are written as backslash n; write real ones",
        ));
    }
    let text = strict(block).ok_or(not_one)?;
    let (label, der) = pem_rfc7468::decode_vec(text.as_bytes()).map_err(|_| not_one)?;
    Ok(Block { label: label.to_string(), der })
}

/// The block as the strict grammar has it: lines of 64 characters, nothing before and behind.
fn strict(block: &str) -> Option<String> {
    let (label, rest) = block.strip_prefix(BEGIN)?.split_once(DASHES)?;
    let (body, rest) = rest.split_once(END)?;
    let (end_label, _) = rest.split_once(DASHES)?;
    let mut text = String::with_capacity(block.len());
    text.extend([BEGIN, label, DASHES, "\n"]);
    let body = body.chars().filter(|character| !is_white_space(*character));
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
const fn is_white_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}')
}

fn without_block(text: &str) -> UnusableKey {
    let text = text.trim_ascii_start();
    malformed(if text.starts_with('{') {
        "JSON and no PEM block; read a JWK or a JWK Set as what it is"
    } else if text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-") {
        "an OpenSSH public key; convert it to PEM (ssh-keygen -e -m PKCS8)"
    } else {
        "no PEM block with a public key"
    })
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
