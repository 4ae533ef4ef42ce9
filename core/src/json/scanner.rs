//! Walks a JSON text once and judges every octet of it (RFC 8259).

use super::names::Names;
use super::plain::plain_length;
use super::value::{Known, character_of_surrogates, hexadecimal};
use super::{JsonError, Text, Value};

pub(super) struct Scanner<'t> {
    text: &'t str,
    /// Where the next octet to be judged stands; never behind the text's end.
    position: usize,
    names: Names<'t>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, position: 0, names: Names::new() }
    }

    /// The whole text is an object; `member` is told of each of its members.
    pub(super) fn whole_object(
        &mut self,
        mut member: impl FnMut(Text<'t>, Value<'t>),
    ) -> Result<(), JsonError> {
        if self.after_white_space() != Some(b'{') {
            return Err(self.not_an_object());
        }
        self.object(1, &mut member)?;
        match self.after_white_space() {
            None => Ok(()),
            Some(_) => Err(JsonError::TrailingData),
        }
    }

    /// The whole text is a number.
    pub(super) fn one_number(mut self) -> bool {
        self.number().is_ok() && self.peek().is_none()
    }

    /// At an opening brace, `depth` levels deep with it.
    fn object<M: FnMut(Text<'t>, Value<'t>)>(
        &mut self,
        depth: u32,
        member: &mut M,
    ) -> Result<(), JsonError> {
        let mut object = self.names.open();
        self.advance();
        if self.after_white_space() == Some(b'}') {
            self.advance();
            return Ok(());
        }
        loop {
            if self.after_white_space() != Some(b'"') {
                return Err(JsonError::Syntax);
            }
            let start = self.position.wrapping_add(1);
            let plain = self.string()?;
            let raw = self.text.get(start..self.position.wrapping_sub(1));
            let name = Text { raw: raw.ok_or(JsonError::Syntax)?, escaped: !plain };
            self.names.add(&mut object, name)?;
            if self.after_white_space() != Some(b':') {
                return Err(JsonError::Syntax);
            }
            self.advance();
            self.after_white_space();
            let start = self.position;
            let known = self.value(depth)?;
            let raw = self.text.get(start..self.position).ok_or(JsonError::Syntax)?;
            member(name, Value { raw, known });
            match self.after_white_space() {
                Some(b',') => self.advance(),
                Some(b'}') => break,
                _ => return Err(JsonError::Syntax),
            }
        }
        self.advance();
        self.names.close(&object)
    }

    /// At an opening bracket, `depth` levels deep with it.
    fn array(&mut self, depth: u32) -> Result<Known, JsonError> {
        let mut known = Known::Texts;
        self.advance();
        if self.after_white_space() == Some(b']') {
            self.advance();
            return Ok(known);
        }
        loop {
            if self.after_white_space() != Some(b'"') {
                known = Known::Nothing;
            }
            self.value(depth)?;
            match self.after_white_space() {
                Some(b',') => self.advance(),
                Some(b']') => break,
                _ => return Err(JsonError::Syntax),
            }
        }
        self.advance();
        Ok(known)
    }

    /// Any value inside a container that is `depth` levels deep. The caller knows where it stands.
    fn value(&mut self, depth: u32) -> Result<Known, JsonError> {
        match self.after_white_space() {
            Some(b'"') => {
                let plain = self.string()?;
                return Ok(if plain { Known::PlainText } else { Known::Nothing });
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'{') => self.object(deeper(depth)?, &mut |_, _| {})?,
            Some(b'[') => return self.array(deeper(depth)?),
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b'n') => self.literal(b"null")?,
            _ => return Err(JsonError::Syntax),
        }
        Ok(Known::Nothing)
    }

    /// At an opening quotation mark. Gives whether nothing is escaped.
    fn string(&mut self) -> Result<bool, JsonError> {
        self.advance();
        let mut plain = true;
        loop {
            self.position = self.position.wrapping_add(plain_length(self.rest()));
            match self.peek() {
                Some(b'"') => {
                    self.advance();
                    return Ok(plain);
                }
                Some(b'\\') => {
                    plain = false;
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
        self.position = self.position.wrapping_add(4);
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
        let rest = self.rest();
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.position = self.position.wrapping_add(count);
        if count == 0 { Err(JsonError::Syntax) } else { Ok(()) }
    }

    fn literal(&mut self, literal: &[u8]) -> Result<(), JsonError> {
        if !self.rest().starts_with(literal) {
            return Err(JsonError::Syntax);
        }
        self.position = self.position.wrapping_add(literal.len());
        Ok(())
    }

    /// Tells a sound value of another type from a text that is no JSON at all.
    fn not_an_object(&mut self) -> JsonError {
        match self.value(0) {
            Ok(_) => JsonError::NotAnObject,
            Err(error) => error,
        }
    }

    /// Skips white space and gives the octet behind it.
    #[inline]
    fn after_white_space(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                // All of it is at the low end.
                Some(octet) if octet > b' ' => return Some(octet),
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.advance(),
                other => return other,
            }
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance();
        }
        found
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Past the octet that stands here. No text is so long that this wraps.
    fn advance(&mut self) {
        self.position = self.position.wrapping_add(1);
    }
}

fn deeper(depth: u32) -> Result<u32, JsonError> {
    let depth = depth.saturating_add(1);
    if depth > DEEPEST { Err(JsonError::TooDeep) } else { Ok(depth) }
}

/// Levels of nesting that a text may have, the outermost object being the first.
const DEEPEST: u32 = 32;
