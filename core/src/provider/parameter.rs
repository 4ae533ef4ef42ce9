//! The parameters of presets: their grammars, and templates that they fill.

use alloc::string::String;
use alloc::vec::Vec;

/// The parts of a parameter with their names. Every part has passed its grammar, so that it can
/// stand in a URL and in a JSON string as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    parts: Vec<(&'static str, String)>,
}

impl Parameters {
    /// Reads a text by a pattern such as `{region}_{word}`, from its end, because only a first part
    /// may contain separators.
    ///
    /// # Errors
    /// What is expected of the first part that does not fit.
    pub(super) fn read(pattern: &'static str, text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let (mut pattern, mut text) = (pattern, text);
        while let Some((before, last)) = pattern.rsplit_once('{') {
            let grammar = last.strip_suffix('}').unwrap_or(last);
            let separator = before.rsplit_once('}').map_or(before, |(_, separator)| separator);
            let (rest, part) = if separator.is_empty() {
                ("", text)
            } else {
                let split = text.rsplit_once(separator);
                split.ok_or_else(|| text!("expected {separator} before {}", words(grammar)))?
            };
            if !fits(grammar, part) {
                return Err(text!("expected {}", words(grammar)));
            }
            parts.push((grammar, String::from(part)));
            pattern = before.strip_suffix(separator).unwrap_or(before);
            text = rest;
        }
        if text.is_empty() { Ok(Self { parts }) } else { Err(String::from("expected nothing")) }
    }

    /// Fills a template. Braces with any other name stay as they are.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut text = String::from(template);
        for (name, value) in &self.parts {
            text = text.replace(&text!("{{{name}}}"), value);
        }
        text
    }
}

/// The words for a grammar in messages and in the list of providers.
pub(super) fn words(grammar: &str) -> &'static str {
    GRAMMARS.iter().find(|(name, ..)| *name == grammar).map_or("", |(_, words, _)| words)
}

fn fits(grammar: &str, text: &str) -> bool {
    let found = GRAMMARS.iter().find(|(name, ..)| *name == grammar);
    found.is_some_and(|(_, _, fits)| !text.is_empty() && text.len() <= LONGEST && fits(text))
}

type Grammar = (&'static str, &'static str, fn(&str) -> bool);

const GRAMMARS: [Grammar; 9] = [
    ("guid", "a GUID in lower case", is_guid),
    ("host", "a host name in lower case, such as id.example.com", |text| {
        text.contains('.') && is_host(text)
    }),
    ("base", "a host, perhaps with a port and a path, without https://", is_base),
    ("slug", "letters, digits, - _ and ., of which the first is a letter or digit", is_slug),
    ("label", "lower-case letters, digits and -", is_label),
    ("word", "letters and digits", |text| all(text, |octet| octet.is_ascii_alphanumeric())),
    ("digits", "digits", |text| all(text, |octet| octet.is_ascii_digit())),
    ("region", "a region, such as eu-west-1", is_region),
    ("domain", "com, eu, ca, asia, sg or com.au", |text| {
        ["com", "eu", "ca", "asia", "sg", "com.au"].contains(&text)
    }),
];

/// In octets. No parameter of a provider is near it.
const LONGEST: usize = 255;

fn all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(fits)
}

fn is_guid(text: &str) -> bool {
    let hexadecimal = |octet: u8| octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet);
    let groups = text.split('-').map(|group| if all(group, hexadecimal) { group.len() } else { 0 });
    groups.eq([8, 4, 4, 4, 12])
}

fn is_label(text: &str) -> bool {
    let fits = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
    text.len() <= 63 && all(text, fits) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_host(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_slug(text: &str) -> bool {
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    all(text, fits) && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn is_base(text: &str) -> bool {
    let (authority, path) = text.split_once('/').unwrap_or((text, "0"));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let is_port = port.len() <= 5 && all(port, |octet| octet.is_ascii_digit());
    is_host(host) && is_port && path.split('/').all(is_slug)
}

fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let number = parts
        .next_back()
        .is_some_and(|last| last.len() <= 2 && all(last, |octet| octet.is_ascii_digit()));
    let letters = |part: &str| all(part, |octet| octet.is_ascii_lowercase());
    number && parts.clone().count() >= 2 && parts.all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_from_its_end() {
        let read = Parameters::read("{base}/{slug}", "id.example:8443/auth/main").unwrap();
        assert_eq!(read.fill("{base} {slug} {kid}"), "id.example:8443/auth main {kid}");
        assert!(Parameters::read("{region}_{word}", "eu-west-1_abc").is_ok());
        assert!(Parameters::read("", "").is_ok());
    }

    #[test]
    fn nothing_leaves_its_place_in_a_url() {
        for (pattern, texts) in [
            (
                "{region}_{word}",
                &["", "eu-west-1", "eu-west-1_", "_abc", "eu-west-1_a/b", "x_a", "eu-1_a"][..],
            ),
            (
                "{host}",
                &[
                    "",
                    "a",
                    "a.b/",
                    "a.b:1",
                    "a.b?c",
                    "a.b#c",
                    "a.b@c.d",
                    "A.b",
                    "a..b",
                    "-a.b",
                    "a.b\u{e4}",
                ],
            ),
            (
                "{base}",
                &[
                    "", "a/", "a//b", "a/../b", "a/./b", "a/%2e", "a:x", "a:", "a:1:2", "u@a",
                    "a/b?c", "a/b\"", "a\\b",
                ],
            ),
            (
                "{guid}",
                &[
                    "",
                    "0",
                    "00000000-0000-0000-0000-00000000000G",
                    "00000000-0000-0000-0000-00000000000A",
                    "0000000000000000000000000000000000000",
                ],
            ),
            ("{slug}", &["", ".", "..", "a/b", "a b", "a\"", "{slug}", "-a", "a$"]),
            ("{label}", &["", "a.b", "A", "a_", "a-", "a/"]),
            ("{domain}", &["", "com.evil", "Com", "org"]),
            ("{digits}", &["", "1a", "-1", "1.0"]),
            ("", &["x"]),
        ] {
            for text in texts {
                assert!(Parameters::read(pattern, text).is_err(), "{pattern} {text}");
            }
        }
    }
}
