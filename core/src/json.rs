//! The one strict JSON object reader.
//!
//! Reads what RFC 8259 allows and JOSE needs: UTF-8, one object, nothing after it, no member name
//! twice at any depth (compared after unescaping; RFC 7515 §4, RFC 7519 §4), at most
//! [`DEEPEST`] levels, no lone surrogate. It walks the text once, allocates nothing but the list
//! of member names, and hands out slices of the text; what has been read once needs no check when
//! it is walked again.

use alloc::vec::Vec;
use core::fmt;

use names::{NameSpan, OpenObject};
pub(crate) use value::{Text, Value};
use value::{character_of_surrogates, hexadecimal};

mod names;
mod value;

/// Reads objects, keeping its list of names from one to the next.
#[derive(Default)]
pub(crate) struct Reader {
    names: Vec<NameSpan>,
}

impl Reader {
    /// Checks all of `text`, which must be one object, and calls `member` for each of its members
    /// in order, with nested values already checked.
    pub(crate) fn object<'t>(
        &mut self,
        text: &'t str,
        mut member: impl FnMut(Text<'t>, Value<'t>),
    ) -> Result<(), JsonError> {
        self.names.clear();
        if self.names.capacity() == 0 {
            self.names.reserve(TYPICAL_NAMES);
        }
        let mut scanner =
            Scanner { text, bytes: text.as_bytes(), position: 0, names: &mut self.names };
        scanner.skip_white_space();
        if scanner.peek() != Some(b'{') {
            return Err(scanner.not_an_object());
        }
        scanner.object(1, &mut member)?;
        scanner.skip_white_space();
        if scanner.peek().is_some() { Err(JsonError::TrailingData) } else { Ok(()) }
    }
}

/// Whether the whole text is one number (RFC 8259 §6).
pub(crate) fn is_number(text: &str) -> bool {
    let mut names = Vec::new();
    let mut scanner = Scanner { text, bytes: text.as_bytes(), position: 0, names: &mut names };
    scanner.number().is_ok() && scanner.peek().is_none()
}

/// Why a text is not the JSON object that JOSE asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    NotAnObject,
    Syntax,
    TrailingData,
    DuplicateName,
    TooDeep,
    LoneSurrogate,
}

impl JsonError {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::NotAnObject => "not a JSON object",
            Self::Syntax => "not valid JSON (RFC 8259)",
            Self::TrailingData => "data after the JSON object",
            Self::DuplicateName => "a member name occurs twice in one JSON object",
            Self::TooDeep => "JSON nested deeper than 32 levels",
            Self::LoneSurrogate => "a lone surrogate in a JSON string",
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason())
    }
}

struct Scanner<'t, 'n> {
    text: &'t str,
    bytes: &'t [u8],
    position: usize,
    /// The names of the objects that are open, outermost first.
    names: &'n mut Vec<NameSpan>,
}

impl<'t> Scanner<'t, '_> {
    /// At an opening brace, `depth` levels deep with it.
    fn object(
        &mut self,
        depth: u32,
        member: &mut dyn FnMut(Text<'t>, Value<'t>),
    ) -> Result<(), JsonError> {
        let mut names = OpenObject::new(self.names.len());
        self.advance();
        self.skip_white_space();
        if self.accept(b'}') {
            return Ok(());
        }
        loop {
            let name = self.name(&mut names)?;
            self.skip_white_space();
            self.require(b':')?;
            self.skip_white_space();
            let value = self.value(depth)?;
            member(name, value);
            self.skip_white_space();
            if self.accept(b',') {
                self.skip_white_space();
                continue;
            }
            self.require(b'}')?;
            return self.close(&names);
        }
    }

    fn array(&mut self, depth: u32) -> Result<(), JsonError> {
        self.advance();
        self.skip_white_space();
        if self.accept(b']') {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            self.skip_white_space();
            if self.accept(b',') {
                self.skip_white_space();
                continue;
            }
            return self.require(b']');
        }
    }

    /// Any value inside a container that is `depth` levels deep.
    fn value(&mut self, depth: u32) -> Result<Value<'t>, JsonError> {
        let start = self.position;
        match self.peek() {
            Some(b'"') => {
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'{') => self.object(deeper(depth)?, &mut |_, _| {})?,
            Some(b'[') => self.array(deeper(depth)?)?,
            Some(b't') => self.literal("true")?,
            Some(b'f') => self.literal("false")?,
            Some(b'n') => self.literal("null")?,
            _ => return Err(JsonError::Syntax),
        }
        let raw = self.text.get(start..self.position).ok_or(JsonError::Syntax)?;
        Ok(Value { raw })
    }

    fn name(&mut self, names: &mut OpenObject) -> Result<Text<'t>, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(JsonError::Syntax);
        }
        let span = self.string()?;
        let name = self.text_of(span)?;
        if names.may_have(name) {
            // A few names are compared one by one, many are sorted when the object closes, so
            // that no object costs quadratic time.
            let earlier = self.names.get(names.first..).unwrap_or_default();
            if earlier.len() > FEW_NAMES {
                names.unsettled = true;
            } else if earlier.iter().any(|span| self.same_name(*span, name)) {
                return Err(JsonError::DuplicateName);
            }
        }
        self.names.push(span);
        Ok(name)
    }

    /// Forgets the names of an object that ends, after the comparison that was put off.
    fn close(&mut self, names: &OpenObject) -> Result<(), JsonError> {
        if names.unsettled {
            let spans = self.names.get(names.first..).unwrap_or_default();
            let mut sorted =
                spans.iter().filter_map(|span| self.text_of(*span).ok()).collect::<Vec<_>>();
            let unescape = |text: &Text<'t>| text.unescape();
            if sorted.iter().any(|name| name.escaped) {
                sorted.sort_by_cached_key(unescape);
            } else {
                sorted.sort_unstable_by_key(|name| name.raw);
            }
            let twice = |pair: &[Text<'t>]| match pair {
                [one, other] => one.unescape() == other.unescape(),
                _ => false,
            };
            if sorted.windows(2).any(twice) {
                return Err(JsonError::DuplicateName);
            }
        }
        self.names.truncate(names.first);
        Ok(())
    }

    fn same_name(&self, span: NameSpan, name: Text<'t>) -> bool {
        self.text_of(span).is_ok_and(|earlier| match (earlier.escaped, name.escaped) {
            (false, _) => name.is(earlier.raw),
            (true, false) => earlier.is(name.raw),
            (true, true) => earlier.characters().eq(name.characters()),
        })
    }

    fn text_of(&self, span: NameSpan) -> Result<Text<'t>, JsonError> {
        let raw = self.text.get(span.start..span.end).ok_or(JsonError::Syntax)?;
        Ok(Text { raw, escaped: span.escaped })
    }

    /// At an opening quotation mark.
    fn string(&mut self) -> Result<NameSpan, JsonError> {
        self.advance();
        let start = self.position;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            self.position = self.position.saturating_add(plain_length(rest));
            match self.peek() {
                Some(b'"') => {
                    let end = self.position;
                    self.advance();
                    return Ok(NameSpan { start, end, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.advance();
                    self.escape()?;
                }
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    /// After a reverse solidus.
    fn escape(&mut self) -> Result<(), JsonError> {
        let kind = self.peek().ok_or(JsonError::Syntax)?;
        self.advance();
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                let first = self.code_unit()?;
                if char::from_u32(first).is_some() {
                    return Ok(());
                }
                if !(self.accept(b'\\') && self.accept(b'u')) {
                    return Err(JsonError::LoneSurrogate);
                }
                let second = self.code_unit()?;
                character_of_surrogates(first, second).map(|_| ()).ok_or(JsonError::LoneSurrogate)
            }
            _ => Err(JsonError::Syntax),
        }
    }

    fn code_unit(&mut self) -> Result<u32, JsonError> {
        let rest = self.text.get(self.position..).ok_or(JsonError::Syntax)?;
        let unit = hexadecimal(rest).ok_or(JsonError::Syntax)?;
        self.position = self.position.saturating_add(4);
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        self.accept(b'-');
        if !self.accept(b'0') {
            self.digits()?;
        }
        if self.accept(b'.') {
            self.digits()?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            if !self.accept(b'+') {
                self.accept(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance();
        }
        if self.position == start { Err(JsonError::Syntax) } else { Ok(()) }
    }

    fn literal(&mut self, literal: &str) -> Result<(), JsonError> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        if !rest.starts_with(literal.as_bytes()) {
            return Err(JsonError::Syntax);
        }
        self.position = self.position.saturating_add(literal.len());
        Ok(())
    }

    /// Tells a sound value of another type from a text that is no JSON at all.
    fn not_an_object(&mut self) -> JsonError {
        match self.value(0) {
            Ok(_) => JsonError::NotAnObject,
            Err(error) => error,
        }
    }

    fn require(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.accept(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance();
        }
        found
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn advance(&mut self) {
        self.position = self.position.saturating_add(1);
    }
}

fn deeper(depth: u32) -> Result<u32, JsonError> {
    let depth = depth.saturating_add(1);
    if depth > DEEPEST { Err(JsonError::TooDeep) } else { Ok(depth) }
}

/// How many octets there are before a quotation mark, a reverse solidus or a control character.
fn plain_length(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let mut length = 0_usize;
    for chunk in words.by_ref() {
        let word = <[u8; 8]>::try_from(chunk).map(u64::from_le_bytes).unwrap_or_default();
        let ends = zero_octets(word ^ (ONES.wrapping_mul(0x22)))
            | zero_octets(word ^ (ONES.wrapping_mul(0x5c)))
            | (word.wrapping_sub(ONES.wrapping_mul(0x20)) & !word);
        let ends = ends & HIGH_BITS;
        if ends != 0 {
            let octets = ends.trailing_zeros() >> 3;
            return length.saturating_add(usize::try_from(octets).unwrap_or_default());
        }
        length = length.saturating_add(8);
    }
    let is_end = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    let rest = words.remainder();
    length.saturating_add(rest.iter().position(is_end).unwrap_or(rest.len()))
}

/// Has the high bit of each octet that is zero; above the lowest such octet, of others too.
const fn zero_octets(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Levels of nesting that a text may have, the outermost object being the first.
const DEEPEST: u32 = 32;

/// Up to so many names of one object are compared one by one.
const FEW_NAMES: usize = 64;

/// Room for the names of most headers and payloads.
const TYPICAL_NAMES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    fn check(text: &str) -> Result<(), JsonError> {
        Reader::default().object(text, |_, _| {})
    }

    #[test]
    fn members_are_handed_out_in_order() {
        let mut seen = Vec::new();
        let text = r#" { "a" : 1 , "b\u0062":"x\"y", "c":[true , null,{"d":"}"}] } "#;
        Reader::default()
            .object(text, |name, value| {
                seen.push((name.unescape().to_string(), value.raw().to_string()));
            })
            .unwrap();
        let expected = [("a", "1"), ("bb", r#""x\"y""#), ("c", r#"[true , null,{"d":"}"}]"#)];
        let expected = expected.map(|(name, raw)| (name.to_string(), raw.to_string()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_name_twice_is_refused_in_every_spelling_and_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"\u0061":1,"a":2}"#,
            r#"{"\u0061":1,"\u0061":2}"#,
            r#"{"":1,"":2}"#,
            r#"{"x":{"a":1,"b":{},"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
        ] {
            assert_eq!(check(text), Err(JsonError::DuplicateName), "{text}");
        }
        for text in [r#"{"a":{"a":1},"b":{"a":1}}"#, r#"{"a":1,"A":2}"#, r#"{"a":1,"a ":2}"#] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn many_names_are_compared_too() {
        let object = |names: &[String]| {
            let members =
                names.iter().map(|name| alloc::format!("\"{name}\":0")).collect::<Vec<_>>();
            alloc::format!("{{{}}}", members.join(","))
        };
        let mut names = (0..3000).map(|index| alloc::format!("n{index}")).collect::<Vec<_>>();
        assert_eq!(check(&object(&names)), Ok(()));
        names.push("n7".to_string());
        assert_eq!(check(&object(&names)), Err(JsonError::DuplicateName));
        names.pop();
        names.push("\\u006e2999".to_string());
        assert_eq!(check(&object(&names)), Err(JsonError::DuplicateName));
    }

    #[test]
    fn depth_is_counted_from_the_outermost_object() {
        let nested = |levels: usize| {
            alloc::format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
        };
        assert_eq!(check(&nested(31)), Ok(()));
        assert_eq!(check(&nested(32)), Err(JsonError::TooDeep));
        assert_eq!(check(&nested(100_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn what_is_no_object_or_no_json_is_refused() {
        for text in ["[]", "1", "\"a\"", "null", "true", " [1] "] {
            assert_eq!(check(text), Err(JsonError::NotAnObject), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":1e}",
            "{\"a\":1e+}",
            "{\"a\":-}",
            "{\"a\":--1}",
            "{\"a\":NaN}",
            "{\"a\":Infinity}",
            "{\"a\":0x1}",
            "{\"a\":tru}",
            "{\"a\":nulL}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\t\"}",
            "{\"a\":\"\0\"}",
            "{\"a\":\"\\x41\"}",
            "{\"a\":\"\\u+041\"}",
            "{\"a\":\"\\u004\"}",
            "{\"a\":\"\\",
            "{\"a\":\"",
            "{\"a\":1 \"b\":2}",
            "{\"a\":[1,]}",
            "{\"a\":[1 2]}",
            "{\"a\":1//\n}",
            "\u{feff}{}",
            "{\u{a0}}",
            "{\"a\":[}",
            "{\"a\" 1}",
            "{\"a\":1\u{c}}",
        ] {
            assert_eq!(check(text), Err(JsonError::Syntax), "{text:?}");
        }
        for text in ["{} {}", "{}x", "{}\0", "{},"] {
            assert_eq!(check(text), Err(JsonError::TrailingData), "{text:?}");
        }
    }

    #[test]
    fn strings_end_at_the_first_octet_that_ends_them() {
        for length in 0..40 {
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

    #[test]
    fn surrogates_come_in_pairs() {
        for text in [r#"{"a":"\ud83d\ude00"}"#, r#"{"\uD83D\uDE00":0}"#] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            r#"{"a":"\ud83d"}"#,
            r#"{"a":"\ude00"}"#,
            r#"{"a":"\ude00\ud83d"}"#,
            r#"{"a":"\ud83d\u0041"}"#,
            r#"{"a":"\ud83dx"}"#,
            r#"{"a":"\ud83d\n"}"#,
        ] {
            assert_eq!(check(text), Err(JsonError::LoneSurrogate), "{text}");
        }
    }
}
