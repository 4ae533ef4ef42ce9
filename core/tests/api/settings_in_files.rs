//! Settings whose values are in files.
#![allow(missing_docs)]

use verijot::issuer::Settings;

#[test]
fn a_setting_has_a_value_or_a_file() {
    let text = |value: Option<&[u8]>, file: Option<&[u8]>| {
        Settings::text("T_SECRET", value.map(<[u8]>::to_vec), file.map(<[u8]>::to_vec))
            .map_err(|error| error.to_string())
    };
    assert_eq!(text(None, None), Ok(None));
    assert_eq!(text(Some(b"a\n"), None), Ok(Some(String::from("a\n"))));
    for (content, expected) in [
        ("", ""),
        ("a", "a"),
        ("a\n", "a"),
        ("a\r\n", "a"),
        ("a\n\n", "a\n"),
        ("a\r", "a\r"),
        ("\n", ""),
    ] {
        assert_eq!(text(None, Some(content.as_bytes())), Ok(Some(String::from(expected))));
    }
    let longest = vec![b'a'; Settings::MAX_FILE_OCTETS];
    assert_eq!(
        text(None, Some(&longest)).map(|text| text.map(|text| text.len())),
        Ok(Some(1 << 20))
    );
    for (value, file, problem) in [
        (
            Some(&b"a"[..]),
            Some(&b"a"[..]),
            "T_SECRET, T_SECRET_FILE: both are set; unset one of them",
        ),
        (Some(b"\xe4"), None, "T_SECRET: not Unicode; write it in UTF-8"),
        (None, Some(b"\xe4"), "T_SECRET_FILE: not Unicode; write it in UTF-8"),
        (
            None,
            Some(&[longest.as_slice(), b"a"].concat()),
            "T_SECRET_FILE: cannot read the file: it is larger than 1 MiB",
        ),
    ] {
        assert_eq!(text(value, file), Err(format!("invalid_settings: {problem}")));
    }
}
