//! Values of a JSON text that [`read_object`](super::read_object) has checked: slices of it, read
//! without a second check and without a copy.

use alloc::borrow::Cow;
use alloc::string::String;

use super::plain::plain_length;

/// A value inside a text that [`read_object`](super::read_object) has checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'t> {
    pub(super) raw: &'t str,
    pub(super) known: Known,
}

/// What is already known about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Nothing,
    /// A string without escapes.
    PlainText,
    /// An array of strings.
    Texts,
}

impl<'t> Value<'t> {
    /// Takes a value of a text that [`read_object`](super::read_object) has checked.
    pub(crate) fn checked(raw: &'t str) -> Self {
        Self { raw: raw.trim_ascii(), known: Known::Nothing }
    }

    /// The value as written in the text, without surrounding whitespace.
    pub(crate) fn raw(self) -> &'t str {
        self.raw
    }

    pub(crate) fn as_text(self) -> Option<Text<'t>> {
        let [b'"', .., b'"'] = self.raw.as_bytes() else { return None };
        let raw = self.raw.get(1..self.raw.len().wrapping_sub(1))?;
        let plain = self.known == Known::PlainText;
        Some(Text { raw, escaped: !plain && raw.contains('\\') })
    }

    /// The number as written in the text.
    pub(crate) fn as_number(self) -> Option<&'t str> {
        let first = self.raw.bytes().next()?;
        (first == b'-' || first.is_ascii_digit()).then_some(self.raw)
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.raw {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        self.raw == "null"
    }

    pub(crate) fn is_object(self) -> bool {
        self.raw.starts_with('{')
    }

    /// Returns the elements if this is an array.
    pub(crate) fn elements(self) -> Option<Elements<'t>> {
        self.raw.starts_with('[').then(|| Elements { walk: Walk::inside(self.raw) })
    }

    /// Whether this is an array of strings only.
    pub(crate) fn is_array_of_texts(self) -> bool {
        self.known == Known::Texts
            || self.elements().is_some_and(|mut all| all.all(|one| one.as_text().is_some()))
    }

    /// Returns the members if this is an object.
    pub(crate) fn members(self) -> Option<Members<'t>> {
        self.raw.starts_with('{').then(|| Members { walk: Walk::inside(self.raw) })
    }

    /// Returns the member with this name if this is an object that has it.
    pub(crate) fn member(self, name: &str) -> Option<Value<'t>> {
        self.members()?.find(|(candidate, _)| candidate.is(name)).map(|(_, value)| value)
    }
}

/// A string, between its quotation marks.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(super) raw: &'t str,
    pub(super) escaped: bool,
}

impl<'t> Text<'t> {
    /// Takes what is between quotation marks in a checked text.
    pub(super) fn of(raw: &'t str) -> Self {
        Self { raw, escaped: raw.contains('\\') }
    }

    pub(crate) fn is(self, text: &str) -> bool {
        if self.escaped { self.characters().eq(text.chars()) } else { self.raw == text }
    }

    /// Whether both have the same string value.
    pub(super) fn equals(self, other: Self) -> bool {
        match (self.escaped, other.escaped) {
            (false, _) => other.is(self.raw),
            (true, false) => self.is(other.raw),
            (true, true) => self.characters().eq(other.characters()),
        }
    }

    /// Passes the string's value to `reader`, without a copy if nothing is escaped.
    #[inline]
    pub(crate) fn shown_to<R>(self, reader: impl FnOnce(&str) -> R) -> R {
        if self.escaped { reader(&self.unescape()) } else { reader(self.raw) }
    }

    /// Like [`Text::shown_to`], but skips a string that is certainly longer than `longest`
    /// characters, so that it is not unescaped for nothing.
    #[inline]
    pub(crate) fn short_shown_to(self, longest: usize, reader: impl FnOnce(&str)) {
        // An escaped character has at most six octets, an escaped surrogate pair twelve.
        if !self.escaped || self.raw.len() <= longest.wrapping_mul(12) {
            self.shown_to(reader);
        }
    }

    /// Returns the string's value; borrowed if nothing is escaped.
    pub(crate) fn unescape(self) -> Cow<'t, str> {
        if self.escaped {
            Cow::Owned(self.characters().collect::<String>())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    pub(super) fn characters(self) -> impl Iterator<Item = char> + 't {
        let mut rest = self.raw.chars();
        core::iter::from_fn(move || {
            let first = rest.next()?;
            if first != '\\' {
                return Some(first);
            }
            Some(match rest.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let high = hexadecimal(rest.as_str().as_bytes())?;
                    rest.nth(3)?;
                    match char::from_u32(high) {
                        Some(character) => character,
                        None => {
                            let low = hexadecimal(rest.as_str().as_bytes().strip_prefix(b"\\u")?)?;
                            rest.nth(5)?;
                            character_of_surrogates(high, low)?
                        }
                    }
                }
                literal => literal,
            })
        })
    }
}

/// Iterates over the elements of a checked array.
pub(crate) struct Elements<'t> {
    walk: Walk<'t>,
}

impl<'t> Iterator for Elements<'t> {
    type Item = Value<'t>;

    fn next(&mut self) -> Option<Value<'t>> {
        self.walk.separator();
        self.walk.value()
    }
}

/// Iterates over the members of a checked object.
pub(crate) struct Members<'t> {
    walk: Walk<'t>,
}

impl<'t> Iterator for Members<'t> {
    type Item = (Text<'t>, Value<'t>);

    fn next(&mut self) -> Option<(Text<'t>, Value<'t>)> {
        self.walk.separator();
        let name = self.walk.value()?.as_text()?;
        self.walk.separator();
        Some((name, self.walk.value()?))
    }
}

/// Walks a checked text; ends early if the text is invalid after all.
struct Walk<'t> {
    rest: &'t str,
}

impl<'t> Walk<'t> {
    /// Starts after the opening bracket of a container.
    fn inside(raw: &'t str) -> Self {
        Self { rest: raw.get(1..).unwrap_or_default() }
    }

    fn separator(&mut self) {
        let bytes = self.rest.as_bytes();
        let skipped = bytes
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':'))
            .unwrap_or(bytes.len());
        self.rest = self.rest.get(skipped..).unwrap_or_default();
    }

    /// Returns the next value; `None` at the end of the container.
    fn value(&mut self) -> Option<Value<'t>> {
        let bytes = self.rest.as_bytes();
        let (length, known) = match bytes.first()? {
            b'"' => string_length(bytes)?,
            b'{' | b'[' => (container_length(bytes)?, Known::Nothing),
            b'}' | b']' => return None,
            _ => {
                let end = bytes.iter().position(|byte| b",]} \t\n\r".contains(byte));
                (end.unwrap_or(bytes.len()), Known::Nothing)
            }
        };
        let (raw, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Value { raw, known })
    }
}

/// The length of the string that `bytes` starts with, quotation marks included.
fn string_length(bytes: &[u8]) -> Option<(usize, Known)> {
    let mut position = 1_usize;
    let mut known = Known::PlainText;
    loop {
        position = position.checked_add(plain_length(bytes.get(position..)?))?;
        match bytes.get(position)? {
            b'"' => return Some((position.checked_add(1)?, known)),
            _ => position = position.checked_add(2)?,
        }
        known = Known::Nothing;
    }
}

/// The length of the array or object that `bytes` starts with, brackets included.
fn container_length(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut position = 0_usize;
    loop {
        let length = match bytes.get(position)? {
            b'"' => string_length(bytes.get(position..)?)?.0,
            b'{' | b'[' => {
                depth = depth.checked_add(1)?;
                1
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                1
            }
            _ => 1,
        };
        position = position.checked_add(length)?;
        if depth == 0 {
            return Some(position);
        }
    }
}

/// The value of the four hexadecimal digits that `text` starts with.
#[inline]
pub(super) fn hexadecimal(text: &[u8]) -> Option<u32> {
    let mut unit = 0_u32;
    for digit in text.first_chunk::<4>()? {
        unit = unit.wrapping_shl(4) | char::from(*digit).to_digit(16)?;
    }
    Some(unit)
}

pub(super) fn character_of_surrogates(high: u32, low: u32) -> Option<char> {
    if !((0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low)) {
        return None;
    }
    let offset = (high & 0x3ff).checked_shl(10)? | (low & 0x3ff);
    char::from_u32(0x1_0000_u32.checked_add(offset)?)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::{Json, read_object};

    #[test]
    fn a_checked_value_can_be_walked() {
        let mut list = None;
        let text = r#"{"v":[ 1, "two\n" ,[3],{"four" : [4] , "f\u0069ve":"\ud83d\ude00"},{},[] ]}"#;
        read_object(text, |_, value| list = Some(value)).unwrap();
        let elements = list.unwrap().elements().unwrap().collect::<Vec<_>>();
        let raw = elements.iter().map(|value| value.raw()).collect::<Vec<_>>();
        assert_eq!(
            raw,
            [
                "1",
                r#""two\n""#,
                "[3]",
                r#"{"four" : [4] , "f\u0069ve":"\ud83d\ude00"}"#,
                "{}",
                "[]"
            ]
        );
        assert_eq!(elements[1].as_text().unwrap().unescape(), "two\n");
        assert_eq!(elements[3].member("five").unwrap().as_text().unwrap().unescape(), "😀");
        assert_eq!(elements[3].member("four").unwrap().raw(), "[4]");
        assert_eq!(elements[4].members().unwrap().count(), 0);
        assert_eq!(elements[5].elements().unwrap().count(), 0);
    }

    #[test]
    fn values_are_compared_as_json() {
        let equal = |text: &str, other: &str| {
            let text = alloc::format!("{{\"v\":{text}}}");
            let mut equal = false;
            let other = Json::from(serde_json::from_str::<serde_json::Value>(other).unwrap());
            read_object(&text, |_, value| equal = other.equals(value)).unwrap();
            equal
        };
        for (one, other) in [
            ("null", "null"),
            ("true", "true"),
            (r#""\u0061b""#, r#""ab""#),
            ("18446744073709551615", "18446744073709551615"),
            ("-5", "-5"),
            ("1.50", "1.5"),
            ("[1 , [ ], {}]", "[1,[],{}]"),
            (r#"{"a":1,"\u0062":[2]}"#, r#"{"b":[2],"a":1}"#),
        ] {
            assert!(equal(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("null", "false"),
            ("false", "null"),
            ("\"1\"", "1"),
            ("1", "\"1\""),
            ("1", "1.0"),
            ("1.0", "1"),
            ("9007199254740993", "9007199254740992"),
            ("[1]", "[1,2]"),
            ("[1,2]", "[1]"),
            ("[2,1]", "[1,2]"),
            ("{}", "[]"),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            ("1e400", "1"),
        ] {
            assert!(!equal(one, other), "{one} {other}");
        }
    }
}
