//! The gzip format (RFC 1952) without any compression, which needs no library.

/// The octets as a gzip file of one stored block.
pub fn gzip(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("a stored block is short");
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(octets);
    file.extend(crc32(octets).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |crc, octet| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}
