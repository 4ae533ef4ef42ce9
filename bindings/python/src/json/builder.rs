//! Python objects from JSON that the core has read before: every rule has been checked, what is
//! left is to find where each value ends.

use std::borrow::Cow;
use std::sync::MutexGuard;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use super::member_names::MemberNames;

/// The dict of a JSON object that the core has read before.
///
/// An error means an integer with more digits than Python converts.
pub(crate) fn object<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    let mut builder = Builder { py, text: json, position: 0, names: MemberNames::borrow() };
    builder.skip_white_space();
    builder.object().ok_or_else(|| match PyErr::take(py) {
        Some(raised) => raised,
        None => PyValueError::new_err("not the JSON that was checked"),
    })
}

/// Its functions give `None` where an exception has been raised, or where the text is not sound,
/// which nothing that the core has read can be: what fits into a register is handed back fastest.
struct Builder<'py, 't> {
    py: Python<'py>,
    text: &'t str,
    position: usize,
    names: Option<MutexGuard<'static, MemberNames>>,
}

impl<'py, 't> Builder<'py, 't> {
    /// At an opening brace. The core bounds the depth.
    fn object(&mut self) -> Option<Bound<'py, PyDict>> {
        let members = PyDict::new(self.py);
        self.advance(1);
        self.skip_white_space();
        if self.peek() == Some(b'}') {
            self.advance(1);
            return Some(members);
        }
        loop {
            let name = match self.plain_string() {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Owned(self.escaped_string()?),
            };
            self.skip_white_space();
            self.advance(1);
            self.skip_white_space();
            let value = self.value()?;
            let set = |name: &Bound<'py, PyString>| members.set_item(name, value);
            let set = match &mut self.names {
                Some(names) => names.lend(self.py, &name, set),
                None => set(&PyString::new(self.py, &name)),
            };
            self.raised(set)?;
            self.skip_white_space();
            if !self.goes_on() {
                return Some(members);
            }
        }
    }

    fn array(&mut self) -> Option<Bound<'py, PyList>> {
        let elements = PyList::empty(self.py);
        self.advance(1);
        self.skip_white_space();
        if self.peek() == Some(b']') {
            self.advance(1);
            return Some(elements);
        }
        loop {
            let element = self.value()?;
            self.raised(elements.append(element))?;
            self.skip_white_space();
            if !self.goes_on() {
                return Some(elements);
            }
        }
    }

    fn value(&mut self) -> Option<Bound<'py, PyAny>> {
        match self.peek()? {
            b'"' => {
                let string = match self.plain_string() {
                    Some(text) => PyString::new(self.py, text),
                    None => PyString::new(self.py, &self.escaped_string()?),
                };
                Some(string.into_any())
            }
            b'{' => Some(self.object()?.into_any()),
            b'[' => Some(self.array()?.into_any()),
            b't' => {
                self.advance(4);
                Some(PyBool::new(self.py, true).to_owned().into_any())
            }
            b'f' => {
                self.advance(5);
                Some(PyBool::new(self.py, false).to_owned().into_any())
            }
            b'n' => {
                self.advance(4);
                Some(self.py.None().into_bound(self.py))
            }
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Option<Bound<'py, PyAny>> {
        let rest = self.rest();
        if let Some((integer, length)) = short_integer(rest) {
            self.advance(length);
            return Some(integer.into_pyobject(self.py).ok()?.into_any());
        }
        let end = rest.iter().position(|octet| !is_of_number(*octet)).unwrap_or(rest.len());
        let number = self.part(end)?;
        self.advance(end);
        if number.bytes().any(|octet| matches!(octet, b'.' | b'e' | b'E')) {
            return Some(PyFloat::new(self.py, number.parse::<f64>().ok()?).into_any());
        }
        match number.parse::<i64>() {
            Ok(integer) => Some(integer.into_pyobject(self.py).ok()?.into_any()),
            Err(_) => self.raised(self.py.get_type::<PyInt>().call1((number,))),
        }
    }

    /// At an opening quotation mark: past the string, if nothing in it is escaped.
    fn plain_string(&mut self) -> Option<&'t str> {
        let start = self.position.wrapping_add(1);
        let end = start.wrapping_add(plain_length(self.text.as_bytes().get(start..)?));
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.position = end.wrapping_add(1);
        self.text.get(start..end)
    }

    /// At an opening quotation mark.
    fn escaped_string(&mut self) -> Option<String> {
        let rest = self.rest().get(1..)?;
        let mut length = plain_length(rest);
        while rest.get(length) == Some(&b'\\') {
            length = length.saturating_add(2);
            length = length.saturating_add(plain_length(rest.get(length..)?));
        }
        let whole = self.part(length.saturating_add(2))?;
        self.advance(whole.len());
        serde_json::from_str(whole).ok()
    }

    /// Behind a value: whether a comma follows, and then a value. What does not follow ends here.
    fn goes_on(&mut self) -> bool {
        let comma = self.peek() == Some(b',');
        self.advance(1);
        if comma {
            self.skip_white_space();
        }
        comma
    }

    fn skip_white_space(&mut self) {
        // All of it is at the low end.
        while self.peek().is_some_and(|octet| octet <= b' ') {
            self.advance(1);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn advance(&mut self, octets: usize) {
        self.position = self.position.wrapping_add(octets);
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.position..).unwrap_or_default()
    }

    /// The text that goes on for so many octets from here.
    fn part(&self, length: usize) -> Option<&'t str> {
        self.text.get(self.position..self.position.saturating_add(length))
    }

    /// Leaves an exception with the interpreter, for the end.
    fn raised<T>(&self, result: PyResult<T>) -> Option<T> {
        result.map_err(|error| error.restore(self.py)).ok()
    }
}

/// An integer of a few digits without a sign, and how long it is: what dates look like.
fn short_integer(octets: &[u8]) -> Option<(i64, usize)> {
    let mut integer = 0_i64;
    for (length, octet) in octets.iter().enumerate().take(MOST_DIGITS) {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            let ends = length > 0 && !is_of_number(*octet);
            return ends.then_some((integer, length));
        }
        integer = integer.wrapping_mul(10).wrapping_add(i64::from(digit));
    }
    None
}

/// How many octets come before a quotation mark or a reverse solidus.
#[inline]
fn plain_length(octets: &[u8]) -> usize {
    // Most strings are too short for a vector instruction to be worth its preparation.
    let mut rest = octets;
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*eight);
        let ends = (zero_octets(word ^ ONES.wrapping_mul(0x22))
            | zero_octets(word ^ ONES.wrapping_mul(0x5c)))
            & ONES.wrapping_mul(0x80);
        if ends != 0 {
            let octets_before = octets.len().wrapping_sub(rest.len());
            let within = usize::try_from(ends.trailing_zeros() >> 3).unwrap_or_default();
            return octets_before.wrapping_add(within);
        }
        rest = behind;
    }
    let end = rest.iter().position(|octet| matches!(octet, b'"' | b'\\')).unwrap_or(rest.len());
    octets.len().wrapping_sub(rest.len()).wrapping_add(end)
}

/// Has the high bit of each octet that is zero; above the lowest such octet, of others too.
const fn zero_octets(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

const fn is_of_number(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// So many digits fit.
const MOST_DIGITS: usize = 18;

const ONES: u64 = 0x0101_0101_0101_0101;
