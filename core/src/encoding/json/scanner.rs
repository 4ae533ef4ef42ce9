//! Walks a JSON text once and checks every octet of it (RFC 8259).
//!
//! Its functions take the index
//! where something begins and return the index after it, or `None` if the text is invalid, with the
//! reason in `refusal`. Results that fit into two registers are the fastest to return.

use super::names::Names;
use super::plain::plain_length;
use super::value::{Known, character_of_surrogates, hexadecimal};
use super::{JsonError, Members, Text, Value};

pub(super) struct Scanner<'t> {
    text: &'t str,
    names: Names<'t>,
    /// Why the text is invalid, if it is.
    refusal: JsonError,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, names: Names::new(), refusal: JsonError::Syntax }
    }

    /// Limits the number of member names in the whole text.
    pub(super) fn with_at_most(mut self, names: usize) -> Self {
        self.names.limit_to(names);
        self
    }

    /// Does not look for duplicate names.
    pub(super) fn without_comparison(mut self) -> Self {
        self.names.compare_nothing();
        self
    }

    /// Reads the whole text as one object and calls `member` for each member.
    pub(super) fn whole_object<M: FnMut(Text<'t>, Value<'t>) + ?Sized>(
        mut self,
        member: &mut M,
    ) -> Result<(), JsonError> {
        let end = match self.skip_whitespace(0) {
            (start, Some(b'{')) => self.object(start, 1, member),
            (start, first) => self.not_an_object(start, first),
        };
        match end.map(|end| self.skip_whitespace(end)) {
            Some((_, None)) => Ok(()),
            Some((_, Some(_))) => Err(JsonError::TrailingData),
            None => Err(self.refusal),
        }
    }

    /// Returns whether the whole text is one number.
    pub(super) fn one_number(mut self) -> bool {
        self.number(0) == Some(self.text.len())
    }

    /// Reads the object whose opening brace is at `start`, at nesting level `depth`.
    fn object<M: FnMut(Text<'t>, Value<'t>) + ?Sized>(
        &mut self,
        start: usize,
        depth: u32,
        member: &mut M,
    ) -> Option<usize> {
        let mut object = self.names.open();
        let (mut at, mut octet) = self.skip_whitespace(after(start));
        if octet == Some(b'}') {
            return Some(after(at));
        }
        loop {
            if octet != Some(b'"') {
                return self.refuse(JsonError::Syntax);
            }
            let (end, known) = self.string(at)?;
            let raw = self.text.get(after(at)..end.wrapping_sub(1))?;
            let name = Text { raw, escaped: known != Known::PlainText };
            if let Err(error) = self.names.add(&mut object, name) {
                return self.refuse(error);
            }
            (at, octet) = self.skip_whitespace(end);
            if octet != Some(b':') {
                return self.refuse(JsonError::Syntax);
            }
            (at, octet) = self.skip_whitespace(after(at));
            let (end, known) = self.value(at, octet, depth)?;
            member(name, Value { raw: self.text.get(at..end)?, known });
            (at, octet) = self.skip_whitespace(end);
            match octet {
                Some(b',') => (at, octet) = self.skip_whitespace(after(at)),
                Some(b'}') => break,
                _ => return self.refuse(JsonError::Syntax),
            }
        }
        match self.names.close(&object) {
            Ok(()) => Some(after(at)),
            Err(error) => self.refuse(error),
        }
    }

    /// Reads the array whose opening bracket is at `start`, at nesting level `depth`.
    fn array(&mut self, start: usize, depth: u32) -> Option<(usize, Known)> {
        let mut known = Known::Texts;
        let (mut at, mut octet) = self.skip_whitespace(after(start));
        if octet == Some(b']') {
            return Some((after(at), known));
        }
        loop {
            if octet != Some(b'"') {
                known = Known::Nothing;
            }
            let (end, _) = self.value(at, octet, depth)?;
            (at, octet) = self.skip_whitespace(end);
            match octet {
                Some(b',') => (at, octet) = self.skip_whitespace(after(at)),
                Some(b']') => return Some((after(at), known)),
                _ => return self.refuse(JsonError::Syntax),
            }
        }
    }

    /// Reads any value inside a container at nesting level `depth`; `first` is the octet at
    /// `start`.
    #[inline(always)]
    fn value(&mut self, start: usize, first: Option<u8>, depth: u32) -> Option<(usize, Known)> {
        match first {
            Some(b'"') => self.string(start),
            _ => self.value_but_string(start, first, depth),
        }
    }

    #[inline(never)]
    fn value_but_string(
        &mut self,
        start: usize,
        first: Option<u8>,
        depth: u32,
    ) -> Option<(usize, Known)> {
        let end = match first {
            Some(b'-' | b'0'..=b'9') => self.number(start),
            Some(b't') => self.literal(start, b"true"),
            Some(b'f') => self.literal(start, b"false"),
            Some(b'n') => self.literal(start, b"null"),
            Some(b'{' | b'[') if depth >= DEEPEST => self.refuse(JsonError::TooDeep),
            Some(b'{') => {
                self.object::<Members<'_, 't>>(start, depth.wrapping_add(1), &mut |_, _| {})
            }
            Some(b'[') => return self.array(start, depth.wrapping_add(1)),
            _ => self.refuse(JsonError::Syntax),
        };
        Some((end?, Known::Nothing))
    }

    /// Reads the string whose opening quotation mark is at `start`.
    #[inline(always)]
    fn string(&mut self, start: usize) -> Option<(usize, Known)> {
        let first = after(start);
        let end = first.wrapping_add(plain_length(self.rest(first)));
        if self.octet(end) == Some(b'"') {
            return Some((after(end), Known::PlainText));
        }
        Some((self.string_with_escapes(end)?, Known::Nothing))
    }

    /// Reads the rest of a string, from the end of its first unescaped characters.
    #[inline(never)]
    fn string_with_escapes(&mut self, start: usize) -> Option<usize> {
        let mut at = start;
        loop {
            match self.octet(at) {
                Some(b'"') => return Some(after(at)),
                Some(b'\\') => at = self.escape(after(at))?,
                _ => return self.refuse(JsonError::Syntax),
            }
            at = at.wrapping_add(plain_length(self.rest(at)));
        }
    }

    /// Reads an escape, from the octet after the backslash.
    fn escape(&mut self, start: usize) -> Option<usize> {
        match self.octet(start) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(after(start)),
            Some(b'u') => {
                let (end, first) = self.code_unit(after(start))?;
                if char::from_u32(first).is_some() {
                    return Some(end);
                }
                if !self.rest(end).starts_with(b"\\u") {
                    return self.refuse(JsonError::LoneSurrogate);
                }
                let (end, second) = self.code_unit(end.wrapping_add(2))?;
                match character_of_surrogates(first, second) {
                    Some(_) => Some(end),
                    None => self.refuse(JsonError::LoneSurrogate),
                }
            }
            _ => self.refuse(JsonError::Syntax),
        }
    }

    fn code_unit(&mut self, start: usize) -> Option<(usize, u32)> {
        match hexadecimal(self.rest(start)) {
            Some(unit) => Some((start.wrapping_add(4), unit)),
            None => self.refuse(JsonError::Syntax),
        }
    }

    fn number(&mut self, start: usize) -> Option<usize> {
        let mut at = start.wrapping_add(usize::from(self.octet(start) == Some(b'-')));
        at = if self.octet(at) == Some(b'0') { after(at) } else { self.digits(at)? };
        if self.octet(at) == Some(b'.') {
            at = self.digits(after(at))?;
        }
        if let Some(b'e' | b'E') = self.octet(at) {
            at = after(at);
            if let Some(b'+' | b'-') = self.octet(at) {
                at = after(at);
            }
            at = self.digits(at)?;
        }
        Some(at)
    }

    /// Reads at least one digit.
    fn digits(&mut self, start: usize) -> Option<usize> {
        let rest = self.rest(start);
        match rest.iter().position(|octet| !octet.is_ascii_digit()).unwrap_or(rest.len()) {
            0 => self.refuse(JsonError::Syntax),
            count => Some(start.wrapping_add(count)),
        }
    }

    fn literal(&mut self, start: usize, literal: &[u8]) -> Option<usize> {
        if self.rest(start).starts_with(literal) {
            Some(start.wrapping_add(literal.len()))
        } else {
            self.refuse(JsonError::Syntax)
        }
    }

    /// Distinguishes a valid value of another type from text that is not JSON.
    fn not_an_object(&mut self, start: usize, first: Option<u8>) -> Option<usize> {
        if self.text.starts_with('\u{feff}') {
            return self.refuse(JsonError::ByteOrderMark);
        }
        self.value(start, first, 0)?;
        self.refuse(JsonError::NotAnObject)
    }

    /// Returns the index of the next octet that is not whitespace, and that octet; `None` at the
    /// end.
    #[inline(always)]
    fn skip_whitespace(&self, start: usize) -> (usize, Option<u8>) {
        match self.octet(start) {
            // No whitespace character is above the space.
            Some(octet) if octet > b' ' => (start, Some(octet)),
            _ => self.skip_some_whitespace(start),
        }
    }

    #[inline(never)]
    fn skip_some_whitespace(&self, start: usize) -> (usize, Option<u8>) {
        let is_whitespace = |octet: &u8| matches!(octet, b' ' | b'\t' | b'\n' | b'\r');
        let rest = self.rest(start);
        let skipped = rest.iter().take_while(|octet| is_whitespace(octet)).count();
        let at = start.wrapping_add(skipped);
        (at, self.octet(at))
    }

    #[inline(always)]
    fn rest(&self, start: usize) -> &'t [u8] {
        self.text.as_bytes().get(start..).unwrap_or_default()
    }

    #[inline(always)]
    fn octet(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    #[cold]
    fn refuse<T>(&mut self, refusal: JsonError) -> Option<T> {
        self.refusal = refusal;
        None
    }
}

/// The next index. No text is long enough to make this wrap.
#[inline(always)]
const fn after(at: usize) -> usize {
    at.wrapping_add(1)
}

/// The maximum nesting level; the outermost object is level 1.
const DEEPEST: u32 = 32;
