//! Python objects from JSON that the core has read before: every rule has been checked, what is
//! left is to find where each value ends.

use std::borrow::Cow;
use std::sync::MutexGuard;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use super::member_names::{MemberNames, Name};

/// The dict of a JSON object that the core has read before.
///
/// An error means an integer with more digits than Python converts.
pub(crate) fn object<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    let mut builder = Builder { py, text: json, names: MemberNames::borrow() };
    let start = builder.behind_white_space(0);
    builder.object(start).map(|(object, _)| object).ok_or_else(|| match PyErr::take(py) {
        Some(raised) => raised,
        None => PyValueError::new_err("not the JSON that was checked"),
    })
}

/// Its functions take the place where a value begins, and give it and the place behind it. They
/// give `None` where an exception has been raised, or where the text is not sound, which nothing
/// that the core has read can be: what fits into registers is handed back fastest.
struct Builder<'py, 't> {
    py: Python<'py>,
    text: &'t str,
    names: Option<MutexGuard<'static, MemberNames>>,
}

impl<'py, 't> Builder<'py, 't> {
    /// At an opening brace. The core bounds the depth.
    fn object(&mut self, start: usize) -> Option<(Bound<'py, PyDict>, usize)> {
        let members = PyDict::new(self.py);
        let mut at = self.behind_white_space(behind(start));
        if self.octet(at) == Some(b'}') {
            return Some((members, behind(at)));
        }
        loop {
            let (name, end) = self.text(at)?;
            // Past the colon, which may have white space on both sides.
            at = self.behind_white_space(behind(self.behind_white_space(end)));
            let (value, end) = self.value(at)?;
            let set = |name: &Bound<'py, PyString>| members.set_item(name, value);
            let set = match &mut self.names {
                Some(names) => names.lend(self.py, &Name::of(&name), set),
                None => set(&PyString::new(self.py, &name)),
            };
            self.raised(set)?;
            at = self.behind_white_space(end);
            if self.octet(at) != Some(b',') {
                return Some((members, behind(at)));
            }
            at = self.behind_white_space(behind(at));
        }
    }

    fn array(&mut self, start: usize) -> Option<(Bound<'py, PyList>, usize)> {
        let elements = PyList::empty(self.py);
        let mut at = self.behind_white_space(behind(start));
        if self.octet(at) == Some(b']') {
            return Some((elements, behind(at)));
        }
        loop {
            let (element, end) = self.value(at)?;
            self.raised(elements.append(element))?;
            at = self.behind_white_space(end);
            if self.octet(at) != Some(b',') {
                return Some((elements, behind(at)));
            }
            at = self.behind_white_space(behind(at));
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

    /// At an opening quotation mark: the string's value.
    #[inline(always)]
    fn text(&self, start: usize) -> Option<(Cow<'t, str>, usize)> {
        let first = behind(start);
        let end = first.wrapping_add(plain_length(self.text.as_bytes().get(first..)?));
        if self.octet(end) == Some(b'"') {
            return Some((Cow::Borrowed(self.text.get(first..end)?), behind(end)));
        }
        let (text, end) = self.escaped_text(start, end)?;
        Some((Cow::Owned(text), end))
    }

    /// The string that begins at `start`, of which something is escaped at `at`.
    #[inline(never)]
    fn escaped_text(&self, start: usize, at: usize) -> Option<(String, usize)> {
        let mut end = at;
        while self.octet(end) == Some(b'\\') {
            end = end.wrapping_add(2);
            end = end.wrapping_add(plain_length(self.text.as_bytes().get(end..)?));
        }
        let end = behind(end);
        Some((serde_json::from_str(self.text.get(start..end)?).ok()?, end))
    }

    #[inline(always)]
    fn behind_white_space(&self, start: usize) -> usize {
        let mut at = start;
        // All of it is at the low end.
        while self.octet(at).is_some_and(|octet| octet <= b' ') {
            at = behind(at);
        }
        at
    }

    #[inline(always)]
    fn octet(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Leaves an exception with the interpreter, for the end.
    fn raised<T>(&self, result: PyResult<T>) -> Option<T> {
        result.map_err(|error| error.restore(self.py)).ok()
    }
}

/// Past one octet. No text is so long that this wraps.
#[inline(always)]
const fn behind(at: usize) -> usize {
    at.wrapping_add(1)
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
#[inline(always)]
fn plain_length(octets: &[u8]) -> usize {
    // Most names and many values are no longer than this.
    if let Some((eight, behind)) = octets.split_first_chunk::<8>() {
        let ends = ends(*eight);
        if ends != 0 { octets_before(ends) } else { long_plain_length(behind).wrapping_add(8) }
    } else {
        long_plain_length(octets)
    }
}

/// Most strings are too short for a vector instruction to be worth its preparation.
#[inline(never)]
fn long_plain_length(octets: &[u8]) -> usize {
    let mut rest = octets;
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        let ends = ends(*eight);
        if ends != 0 {
            return octets.len().wrapping_sub(rest.len()).wrapping_add(octets_before(ends));
        }
        rest = behind;
    }
    let end = rest.iter().position(|octet| matches!(octet, b'"' | b'\\')).unwrap_or(rest.len());
    octets.len().wrapping_sub(rest.len()).wrapping_add(end)
}

/// The high bit of the first octet that is one of the two; above it, bits of other octets too.
const fn ends(eight: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(eight);
    let (mark, solidus) = (ONES.wrapping_mul(0x22), ONES.wrapping_mul(0x5c));
    (zero_octets(word ^ mark) | zero_octets(word ^ solidus)) & ONES.wrapping_mul(0x80)
}

fn octets_before(ends: u64) -> usize {
    usize::try_from(ends.trailing_zeros() >> 3).unwrap_or_default()
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
