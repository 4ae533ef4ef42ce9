//! The readers of PEM and DER agree with the RustCrypto crates on damaged keys.

use alloc::string::String;
use alloc::vec::Vec;

use ::der::asn1::{AnyRef, ObjectIdentifier};
use ::der::{Decode, Reader, SliceReader, Tag, Tagged};

use super::der::Elements;
use super::{armor, certificate, pkcs1, public_key};

const KEYS: [&str; 8] = [
    include_str!("../../../tests/keys/ec-p-256.pem"),
    include_str!("../../../tests/keys/ec-p-256-compressed.pem"),
    include_str!("../../../tests/keys/ec-p-521.pem"),
    include_str!("../../../tests/keys/ec-secp256k1.pem"),
    include_str!("../../../tests/keys/ed25519.pem"),
    include_str!("../../../tests/keys/rsa-1024.pem"),
    include_str!("../../../tests/keys/rsa-2048-pkcs1.pem"),
    include_str!("../../../tests/keys/certificate.pem"),
];

/// Those that mean something in DER, and some that mean nothing.
const OCTETS: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 0x0d, 0x13, 0x1d, 0x1e, 0x1f, 0x24, 0x30, 0x31, 0x3f, 0x40, 0x5f, 0x60,
    0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0xa0, 0xbf, 0xdf, 0xff,
];

/// What both readers can say of an octet string.
type Readings<'d> = (Option<Info<'d>>, Option<(&'d [u8], &'d [u8])>, Option<&'d [u8]>);

/// Identifier, parameters (tag number, value, and whether they are an identifier), key.
type Info<'d> = (Vec<u8>, Option<(bool, &'d [u8], Option<Vec<u8>>)>, Option<&'d [u8]>);

fn ours(der: &[u8]) -> Readings<'_> {
    let info = public_key::PublicKey::from_der(der).map(|key| {
        let parameters = key
            .parameters
            .map(|any| (any.is_null(), any.value, any.identifier().map(<[u8]>::to_vec)));
        (key.algorithm.to_vec(), parameters, key.octets)
    });
    (info, pkcs1(der), certificate::public_key_of(der))
}

fn theirs(der: &[u8]) -> Readings<'_> {
    let info = spki::SubjectPublicKeyInfoRef::from_der(der).ok().map(|info| {
        let parameters = info.algorithm.parameters.map(|any: AnyRef<'_>| {
            let identifier = any.decode_as::<ObjectIdentifier>().ok();
            (any.is_null(), any.value(), identifier.map(|known| known.as_bytes().to_vec()))
        });
        let algorithm = info.algorithm.oid.as_bytes().to_vec();
        (algorithm, parameters, info.subject_public_key.as_bytes())
    });
    let rsa = ::pkcs1::RsaPublicKeyRef::from_der(der).ok();
    let rsa = rsa.map(|key| (key.modulus.as_bytes(), key.public_exponent.as_bytes()));
    (info, rsa, their_public_key_of(der).ok())
}

fn their_public_key_of(der: &[u8]) -> ::der::Result<&[u8]> {
    let mut reader = SliceReader::new(der)?;
    let info = reader.sequence(|parts: &mut SliceReader<'_>| {
        let info = parts.sequence(|fields: &mut SliceReader<'_>| {
            if fields.peek_byte() == Some(0xa0) {
                fields.tlv_bytes()?;
            }
            AnyRef::decode(fields)?.tag().assert_eq(Tag::Integer)?;
            for _ in 0..4 {
                AnyRef::decode(fields)?.tag().assert_eq(Tag::Sequence)?;
            }
            let info = fields.tlv_bytes()?;
            while !fields.is_finished() {
                fields.tlv_bytes()?;
            }
            Ok::<_, ::der::Error>(info)
        })?;
        AnyRef::decode(parts)?.tag().assert_eq(Tag::Sequence)?;
        AnyRef::decode(parts)?.tag().assert_eq(Tag::BitString)?;
        Ok::<_, ::der::Error>(info)
    })?;
    reader.finish()?;
    Ok(info)
}

#[test]
fn damaged_keys_are_read_alike() {
    for pem in KEYS {
        let (_, der) = pem_rfc7468::decode_vec(pem.as_bytes()).unwrap();
        assert_ne!(ours(&der), (None, None, None));
        // The rest is numbers and signatures, which nobody reads.
        let start = der.len().min(90);
        for position in 0..=start {
            for octet in OCTETS {
                let mut replaced = der.clone();
                let mut inserted = der.clone();
                if let Some(place) = replaced.get_mut(position) {
                    *place = octet;
                }
                inserted.insert(position, octet);
                for damaged in [replaced, inserted] {
                    assert_eq!(ours(&damaged), theirs(&damaged), "{octet:#x} at {position}");
                }
            }
            let shorter = [&der[..position], &der[(position + 1).min(der.len())..]].concat();
            for damaged in [&der[..position], &der[position..], &shorter] {
                assert_eq!(ours(damaged), theirs(damaged), "cut at {position}");
            }
        }
    }
}

#[test]
fn elements_are_read_alike() {
    let mut octets = Vec::new();
    for first in 0..=u8::MAX {
        for second in OCTETS {
            for rest in [
                &[][..],
                &[0],
                &[0x7f],
                &[0x80],
                &[0xff],
                &[0x80, 1],
                &[0x80, 0x80],
                &[1, 0x80, 1],
                &[0xff, 0x7f, 0],
                &[0x81, 0x80, 0x80, 0x80, 0],
                &[0x8f, 0xff, 0xff, 0xff, 0x7f, 0],
                &[0x90, 0x80, 0x80, 0x80, 0, 0],
                &[0xff, 0xff, 0xff, 0xff, 0x0f],
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0x1f],
                &[0, 0, 0, 0, 0x80, 1, 2],
            ] {
                octets.clear();
                octets.extend([first, second]);
                octets.extend(rest);
                let theirs = AnyRef::from_der_partial(&octets).ok();
                let theirs = theirs.map(|(any, rest)| {
                    let number = any.decode_as::<::der::asn1::UintRef<'_>>().ok();
                    let identifier = any.decode_as::<ObjectIdentifier>().ok();
                    let identifier = identifier.map(|known| known.as_bytes().to_vec());
                    (any.value(), rest.len(), number.map(|number| number.as_bytes()), identifier)
                });
                let mut elements = Elements::of(&octets);
                let ours = elements.next().map(|element| {
                    let number = Elements::of(element.whole).natural_number();
                    let identifier = element.identifier().map(<[u8]>::to_vec);
                    (element.value, octets.len() - element.whole.len(), number, identifier)
                });
                assert_eq!(ours, theirs, "{octets:x?}");
            }
        }
    }
}

#[test]
fn damaged_armor_is_read_alike() {
    let ours =
        |text: &str| armor::without_armor(text).map(|block| (String::from(block.label), block.der));
    let mut blocks = Vec::from(KEYS.map(String::from));
    for label in
        ["", "A", " A", "A ", "A B", "A  B", "A\tB", "A-B", "a", "\u{e9}", "A\nB", "A\u{7f}"]
    {
        for body in
            ["", "\n", "AAAA", "AAA=", "AA==", "A===", "====", "AAB=", "AA", "AAA", "-_8=", "+/8="]
        {
            for end in [label, "A"] {
                blocks.push(alloc::format!("-----BEGIN {label}-----\n{body}\n-----END {end}-----"));
            }
        }
    }
    for block in &blocks {
        assert_eq!(ours(block), theirs_of_armor(block), "{block}");
        for position in (0..block.len().min(100)).chain(block.len().saturating_sub(40)..block.len())
        {
            for character in
                ["", "A", "=", "-", " ", "\t", "\r", "\n", "\u{b}", "\0", "\u{e9}", ":"]
            {
                let (Some(before), Some(after)) =
                    (block.get(..position), block.get(position + 1..))
                else {
                    continue;
                };
                let replaced = [before, character, after].concat();
                let inserted =
                    [before, character, block.get(position..).unwrap_or_default()].concat();
                for damaged in [replaced, inserted] {
                    assert_eq!(ours(&damaged), theirs_of_armor(&damaged), "{damaged}");
                }
            }
        }
    }
}

/// Rewrites the block for the strict grammar: lines of 64 characters, nothing before or after.
fn theirs_of_armor(block: &str) -> Option<(String, Vec<u8>)> {
    let (label, rest) = block.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let (body, rest) = rest.split_once("-----END ")?;
    let (end_label, _) = rest.split_once("-----")?;
    let mut text = alloc::format!("-----BEGIN {label}-----\n");
    let space = |character: &char| " \t\r\n\u{b}\u{c}".contains(*character);
    for (index, character) in body.chars().filter(|character| !space(character)).enumerate() {
        if index > 0 && index & 63 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&alloc::format!("\n-----END {end_label}-----\n"));
    let (label, der) = pem_rfc7468::decode_vec(text.as_bytes()).ok()?;
    Some((String::from(label), der))
}
