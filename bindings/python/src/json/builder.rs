//! Makes Python objects from JSON that the core has already checked, so that only the end of each
//! value must be found.

use std::borrow::Cow;
use std::sync::MutexGuard;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use super::member_names::{MemberNames, Name};

/// Makes the dict of a JSON object that the core has already checked.
///
/// Fails only for an integer with more digits than Python converts.
pub(crate) fn object<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    let mut builder = Builder { py, text: json, names: MemberNames::borrow() };
    let start = builder.skip_whitespace(0);
    builder.object(start).map(|(object, _)| object).ok_or_else(|| match PyErr::take(py) {
        Some(raised) => raised,
        None => PyValueError::new_err("not the JSON that was checked"),
    })
}

/// Its functions take the position where a value starts, and return the value and the position
/// after it. They return `None` if an exception was raised or the text is not valid JSON, which
/// cannot happen for checked text. An `Option` is faster than a `Result`: it fits into registers.
struct Builder<'py, 't> {
    py: Python<'py>,
    text: &'t str,
    names: Option<MutexGuard<'static, MemberNames>>,
}

impl<'py, 't> Builder<'py, 't> {
    /// `start` is at the opening brace. The core limits the depth.
    fn object(&mut self, start: usize) -> Option<(Bound<'py, PyDict>, usize)> {
        let members = PyDict::new(self.py);
        let mut at = self.skip_whitespace(after(start));
        if self.octet(at) == Some(b'}') {
            return Some((members, after(at)));
        }
        loop {
            let (name, end) = self.text(at)?;
            // The colon may have whitespace on both sides.
            at = self.skip_whitespace(after(self.skip_whitespace(end)));
            let (value, end) = self.value(at)?;
            let set = |name: &Bound<'py, PyString>| members.set_item(name, value);
            let set = match &mut self.names {
                Some(names) => names.lend(self.py, &Name::of(&name), set),
                None => set(&PyString::new(self.py, &name)),
            };
            self.raised(set)?;
            at = self.skip_whitespace(end);
            if self.octet(at) != Some(b',') {
                return Some((members, after(at)));
            }
            at = self.skip_whitespace(after(at));
        }
    }

    fn array(&mut self, start: usize) -> Option<(Bound<'py, PyList>, usize)> {
        let elements = PyList::empty(self.py);
        let mut at = self.skip_whitespace(after(start));
        if self.octet(at) == Some(b']') {
            return Some((elements, after(at)));
        }
        loop {
            let (element, end) = self.value(at)?;
            self.raised(elements.append(element))?;
            at = self.skip_whitespace(end);
            if self.octet(at) != Some(b',') {
                return Some((elements, after(at)));
            }
            at = self.skip_whitespace(after(at));
        }
    }

    fn value(&mut self, start: usize) -> Option<(Bound<'py, PyAny>, usize)> {
        let constant = |value: Bound<'py, PyAny>, length| (value, start.wrapping_add(length));
        match self.octet(start)? {
            b'"' => {
                let (text, end) = self.text(start)?;
                Some((PyString::new(self.py, &text).into_any(), end))
            }
            b'{' => self.object(start).map(|(object, end)| (object.into_any(), end)),
            b'[' => self.array(start).map(|(array, end)| (array.into_any(), end)),
            b't' => Some(constant(PyBool::new(self.py, true).to_owned().into_any(), 4)),
            b'f' => Some(constant(PyBool::new(self.py, false).to_owned().into_any(), 5)),
            b'n' => Some(constant(self.py.None().into_bound(self.py), 4)),
            _ => self.number(start),
        }
    }

    fn number(&self, start: usize) -> Option<(Bound<'py, PyAny>, usize)> {
        let rest = self.text.as_bytes().get(start..)?;
        if let Some((integer, length)) = short_integer(rest) {
            let integer = integer.into_pyobject(self.py).ok()?;
            return Some((integer.into_any(), start.wrapping_add(length)));
        }
        let length = rest.iter().position(|octet| !is_of_number(*octet)).unwrap_or(rest.len());
        let end = start.wrapping_add(length);
        let number = self.text.get(start..end)?;
        let value = if number.bytes().any(|octet| matches!(octet, b'.' | b'e' | b'E')) {
            PyFloat::new(self.py, number.parse::<f64>().ok()?).into_any()
        } else if let Ok(integer) = number.parse::<i64>() {
            integer.into_pyobject(self.py).ok()?.into_any()
        } else {
            self.raised(self.py.get_type::<PyInt>().call1((number,)))?
        };
        Some((value, end))
    }

    /// The string whose opening quotation mark is at `start`.
    #[inline(always)]
    fn text(&self, start: usize) -> Option<(Cow<'t, str>, usize)> {
        let first = after(start);
        let end = first.wrapping_add(plain_length(self.text.as_bytes().get(first..)?));
        if self.octet(end) == Some(b'"') {
            return Some((Cow::Borrowed(self.text.get(first..end)?), after(end)));
        }
        let (text, end) = self.escaped_text(start, end)?;
        Some((Cow::Owned(text), end))
    }

    /// The string that starts at `start` and whose first escape is at `at`.
    #[inline(never)]
    fn escaped_text(&self, start: usize, at: usize) -> Option<(String, usize)> {
        let mut end = at;
        while self.octet(end) == Some(b'\\') {
            end = end.wrapping_add(2);
            end = end.wrapping_add(plain_length(self.text.as_bytes().get(end..)?));
        }
        let end = after(end);
        Some((serde_json::from_str(self.text.get(start..end)?).ok()?, end))
    }

    #[inline(always)]
    fn skip_whitespace(&self, start: usize) -> usize {
        let mut at = start;
        // In valid JSON every octet up to the space is whitespace here.
        while self.octet(at).is_some_and(|octet| octet <= b' ') {
            at = after(at);
        }
        at
    }

    #[inline(always)]
    fn octet(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Keeps an exception in the interpreter, for `object` to return.
    fn raised<T>(&self, result: PyResult<T>) -> Option<T> {
        result.map_err(|error| error.restore(self.py)).ok()
    }
}

/// The next position. No text is long enough for this to wrap.
#[inline(always)]
const fn after(at: usize) -> usize {
    at.wrapping_add(1)
}

/// An integer of a few digits without a sign, as dates are, and its length.
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

/// How many octets come before the first quotation mark or backslash.
#[inline(always)]
fn plain_length(octets: &[u8]) -> usize {
    // Most names and many values are not longer than eight octets.
    if let Some((eight, others)) = octets.split_first_chunk::<8>() {
        let ends = ends(*eight);
        if ends != 0 { octets_before(ends) } else { long_plain_length(others).wrapping_add(8) }
    } else {
        long_plain_length(octets)
    }
}

/// Most strings are too short for vector instructions to pay off.
#[inline(never)]
fn long_plain_length(octets: &[u8]) -> usize {
    let mut rest = octets;
    while let Some((eight, others)) = rest.split_first_chunk::<8>() {
        let ends = ends(*eight);
        if ends != 0 {
            return octets.len().wrapping_sub(rest.len()).wrapping_add(octets_before(ends));
        }
        rest = others;
    }
    let end = rest.iter().position(|octet| matches!(octet, b'"' | b'\\')).unwrap_or(rest.len());
    octets.len().wrapping_sub(rest.len()).wrapping_add(end)
}

/// The high bit of the first octet that is one of the two. Bits above it have no meaning.
const fn ends(eight: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(eight);
    let (mark, solidus) = (ONES.wrapping_mul(0x22), ONES.wrapping_mul(0x5c));
    (zero_octets(word ^ mark) | zero_octets(word ^ solidus)) & ONES.wrapping_mul(0x80)
}

fn octets_before(ends: u64) -> usize {
    usize::try_from(ends.trailing_zeros() >> 3).unwrap_or_default()
}

/// Sets the high bit of the lowest octet that is zero. Bits above it have no meaning.
const fn zero_octets(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

const fn is_of_number(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The most digits that always fit into an i64.
const MOST_DIGITS: usize = 18;

const ONES: u64 = 0x0101_0101_0101_0101;
