//! Finds the end of the unescaped characters of a JSON string.

/// Returns the number of octets before the first quotation mark, backslash or control character.
#[inline(always)]
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    // Most names and many values are not longer than this.
    if let Some((eight, after)) = bytes.split_first_chunk::<8>() {
        let ends = ends(u64::from_le_bytes(*eight));
        if ends != 0 { octets_before(ends) } else { long_plain_length(after).wrapping_add(8) }
    } else {
        long_plain_length(bytes)
    }
}

#[inline(never)]
fn long_plain_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        let ends = ends(u64::from_le_bytes(*eight));
        if ends != 0 {
            return bytes.len().wrapping_sub(rest.len()).wrapping_add(octets_before(ends));
        }
        rest = after;
    }
    let is_end = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    let length = rest.iter().position(is_end).unwrap_or(rest.len());
    bytes.len().wrapping_sub(rest.len()).wrapping_add(length)
}

/// Returns how many octets of a word come before the first one that [`ends`] the run.
#[inline]
fn octets_before(ends: u64) -> usize {
    usize::try_from(ends.trailing_zeros() >> 3).unwrap_or_default()
}

/// Sets the high bit of the first octet that ends the run. Bits above it mean nothing.
const fn ends(word: u64) -> u64 {
    // With this bit flipped, the quotation mark comes right after the control characters.
    let flipped = word ^ ONES.wrapping_mul(2);
    let control_or_mark = below(flipped, 0x21);
    let reverse_solidus = below(word ^ ONES.wrapping_mul(0x5c), 1);
    (control_or_mark | reverse_solidus) & ONES.wrapping_mul(0x80)
}

/// Sets the high bit of the lowest octet below `limit`. Bits above it mean nothing.
const fn below(word: u64, limit: u64) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(limit)) & !word
}

const ONES: u64 = 0x0101_0101_0101_0101;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_the_first_octet_that_ends_them() {
        for length in 0..100 {
            for end in [b'"', b'\\', 0, 0x1f, b'\n'] {
                for filling in [b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut bytes = alloc::vec![filling; length];
                    bytes.push(end);
                    bytes.extend([b'"', b'x', 0, b'\\', 1, 2, 3, 4, 5, 6]);
                    assert_eq!(plain_length(&bytes), length, "{end} after {filling}");
                }
            }
            assert_eq!(plain_length(&alloc::vec![b'a'; length]), length);
        }
    }
}
