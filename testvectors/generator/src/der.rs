//! Public keys in the formats of files and certificates, and their DER.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::keys;

/// PEM with this label.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Without the last newline.
pub fn trim(pem: &str) -> Vec<u8> {
    pem.trim_end().into()
}

/// With Windows line breaks.
pub fn crlf(pem: &str) -> Vec<u8> {
    pem.replace('\n', "\r\n").into()
}

/// After a byte order mark.
pub fn after_bom(pem: &str) -> Vec<u8> {
    format!("\u{feff}{pem}").into()
}

/// After a space.
pub fn after_space(pem: &str) -> Vec<u8> {
    format!(" {pem}").into()
}

/// One DER element.
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(content.len()).expect("a short element").to_be_bytes();
    let mut element = vec![tag];
    match len {
        [0, low] if low < 0x80 => element.push(low),
        [0, low] => element.extend([0x81, low]),
        [high, low] => element.extend([0x82, high, low]),
    }
    element.extend(content);
    element
}

/// A DER INTEGER of an unsigned number.
pub fn der_integer(octets: &[u8]) -> Vec<u8> {
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
    let mut content = octets[start..].to_vec();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    der(2, &content)
}

/// An RSAPublicKey, RFC 8017 §A.1.1.
pub fn rsa_pkcs1(key: &str) -> Vec<u8> {
    let members = ["n", "e"].map(|member| der_integer(&keys::octets(key, member)));
    der(0x30, &members.concat())
}

fn subject_public_key_info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = der(3, &[&[0], key].concat());
    der(0x30, &[der(0x30, algorithm), bits].concat())
}

/// An RSA SubjectPublicKeyInfo, RFC 3279 §2.3.1.
pub fn rsa_spki(key: &str) -> Vec<u8> {
    let rsa_encryption = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    subject_public_key_info(&rsa_encryption, &rsa_pkcs1(key))
}

/// A P-256 SubjectPublicKeyInfo, RFC 5480 §2.
pub fn ec_spki(key: &str) -> Vec<u8> {
    let p256 =
        [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let point = [vec![4], keys::octets(key, "x"), keys::octets(key, "y")].concat();
    subject_public_key_info(&p256, &point)
}

/// An Ed25519 SubjectPublicKeyInfo, RFC 8410 §4.
pub fn ed25519_spki(key: &str) -> Vec<u8> {
    ed25519_info(&keys::octets(key, "x"))
}

/// The same of any such key.
pub fn ed25519_info(x: &[u8]) -> Vec<u8> {
    subject_public_key_info(&[6, 3, 0x2b, 0x65, 0x70], x)
}

/// A certificate whose names, dates and signature mean nothing.
pub fn certificate(info: &[u8]) -> String {
    let name = der(0x30, &[]);
    let algorithm = der(0x30, &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
    let date = der(0x17, b"700101000000Z");
    let validity = der(0x30, &[date.clone(), date].concat());
    let version = der(0xa0, &der_integer(&[2]));
    let fields = [
        version,
        der_integer(&[1]),
        algorithm.clone(),
        name.clone(),
        validity,
        name,
        info.to_vec(),
    ];
    let whole = [der(0x30, &fields.concat()), algorithm, der(3, &[0, 0])].concat();
    pem("CERTIFICATE", &der(0x30, &whole))
}

/// A line of authorized_keys, RFC 4253 §6.6.
pub fn ssh_line(key: &str) -> String {
    let field = |octets: &[u8]| {
        let len = u32::try_from(octets.len()).expect("a short field");
        [&len.to_be_bytes(), octets].concat()
    };
    let n = [vec![0], keys::octets(key, "n")].concat();
    let blob = [field(b"ssh-rsa"), field(&keys::octets(key, "e")), field(&n)].concat();
    format!("ssh-rsa {}\n", STANDARD.encode(blob))
}
