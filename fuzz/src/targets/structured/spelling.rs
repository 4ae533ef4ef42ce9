//! Values in one of many spellings: instants and objects.

use crate::choices::Choices;

/// One of the spellings of an instant, sometimes slightly later.
pub fn instant(choices: &mut Choices<'_>, nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    match choices.below(8) {
        0..5 => seconds(nanoseconds, ""),
        5 => format!("{sign}{}e-9", nanoseconds.unsigned_abs()),
        6 => seconds(nanoseconds, "0000000000001"),
        _ => format!(
            "{sign}{}.{:09}00E+0",
            nanoseconds.unsigned_abs() / 1_000_000_000,
            nanoseconds.unsigned_abs() % 1_000_000_000
        ),
    }
}

/// Nanoseconds as decimal seconds, followed by more digits.
pub fn seconds(nanoseconds: i128, behind: &str) -> String {
    let (sign, magnitude) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    let (whole, fraction) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    match (fraction, behind) {
        (0, "") => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:09}{behind}"),
    }
}

/// The members as an object, sometimes with a syntax error.
pub fn object(choices: &mut Choices<'_>, members: &[String]) -> Vec<u8> {
    let object = format!("{{{}}}", members.join(","));
    if !choices.rarely() {
        return object.into_bytes();
    }
    match choices.below(8) {
        0 => format!(" {{ {} }}\n", members.join(" ,\t")).into_bytes(),
        1 => format!("{object}{{}}").into_bytes(),
        2 => format!("[{object}]").into_bytes(),
        3 => [&b"\xef\xbb\xbf"[..], object.as_bytes()].concat(),
        4 => object.replacen('"', "'", 2).into_bytes(),
        5 => object.as_bytes()[..object.len() - 1].to_vec(),
        6 => object.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => [&object.as_bytes()[..object.len() - 1], b",\"x\":\"\xff\"}"].concat(),
    }
}
