//! Python objects from JSON that the core has read before: every rule has been checked, what is
//! left is to find where each value ends.

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
    builder.object()
}

struct Builder<'py, 't> {
    py: Python<'py>,
    text: &'t str,
    position: usize,
    names: Option<MutexGuard<'static, MemberNames>>,
}

impl<'py, 't> Builder<'py, 't> {
    /// At an opening brace. The core bounds the depth.
    fn object(&mut self) -> PyResult<Bound<'py, PyDict>> {
        let members = PyDict::new(self.py);
        self.advance(1);
        self.skip_white_space();
        if self.peek() == Some(b'}') {
            self.advance(1);
            return Ok(members);
        }
        loop {
            let name = self.name()?;
            self.skip_white_space();
            self.advance(1);
            self.skip_white_space();
            members.set_item(name, self.value()?)?;
            self.skip_white_space();
            if !self.goes_on() {
                return Ok(members);
            }
        }
    }

    fn array(&mut self) -> PyResult<Bound<'py, PyList>> {
        let elements = PyList::empty(self.py);
        self.advance(1);
        self.skip_white_space();
        if self.peek() == Some(b']') {
            self.advance(1);
            return Ok(elements);
        }
        loop {
            elements.append(self.value()?)?;
            self.skip_white_space();
            if !self.goes_on() {
                return Ok(elements);
            }
        }
    }

    fn value(&mut self) -> PyResult<Bound<'py, PyAny>> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => Ok(self.object()?.into_any()),
            Some(b'[') => Ok(self.array()?.into_any()),
            Some(b't') => {
                self.advance(4);
                Ok(PyBool::new(self.py, true).to_owned().into_any())
            }
            Some(b'f') => {
                self.advance(5);
                Ok(PyBool::new(self.py, false).to_owned().into_any())
            }
            Some(b'n') => {
                self.advance(4);
                Ok(self.py.None().into_bound(self.py))
            }
            _ => self.number(),
        }
    }

    fn number(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let rest = self.rest();
        let digits = rest.iter().position(|octet| !matches!(octet, b'0'..=b'9' | b'-'));
        let end = rest.iter().position(|octet| !is_of_number(*octet)).unwrap_or(rest.len());
        let number = self.part(end)?;
        self.advance(end);
        if digits.is_some_and(|digits| digits < end) {
            let float = number.parse::<f64>().map_err(|_| not_checked())?;
            return Ok(PyFloat::new(self.py, float).into_any());
        }
        match number.parse::<i64>() {
            Ok(integer) => Ok(integer.into_pyobject(self.py)?.into_any()),
            Err(_) => self.py.get_type::<PyInt>().call1((number,)),
        }
    }

    fn string(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let string = self.literal()?;
        let object = match string {
            Literal::Plain(text) => PyString::new(self.py, text),
            Literal::Escaped(text) => PyString::new(self.py, &text),
        };
        Ok(object.into_any())
    }

    fn name(&mut self) -> PyResult<Bound<'py, PyString>> {
        let py = self.py;
        Ok(match (self.literal()?, &mut self.names) {
            (Literal::Plain(text), Some(names)) => names.intern(py, text),
            (Literal::Plain(text), None) => PyString::new(py, text),
            (Literal::Escaped(text), _) => PyString::new(py, &text),
        })
    }

    /// At an opening quotation mark.
    fn literal(&mut self) -> PyResult<Literal<'t>> {
        let rest = self.rest().get(1..).unwrap_or_default();
        let mut length = plain(rest).ok_or_else(not_checked)?;
        if rest.get(length) == Some(&b'"') {
            self.advance(1);
            let text = self.part(length)?;
            self.advance(length.saturating_add(1));
            return Ok(Literal::Plain(text));
        }
        while rest.get(length) == Some(&b'\\') {
            length = length.saturating_add(2);
            let more = rest.get(length..).unwrap_or_default();
            let more = memchr::memchr2(b'"', b'\\', more).ok_or_else(not_checked)?;
            length = length.saturating_add(more);
        }
        let whole = length.saturating_add(2);
        let text = serde_json::from_str(self.part(whole)?).map_err(|_| not_checked())?;
        self.advance(whole);
        Ok(Literal::Escaped(text))
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
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn advance(&mut self, octets: usize) {
        self.position = self.position.saturating_add(octets);
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.position..).unwrap_or_default()
    }

    /// The text that goes on for so many octets from here.
    fn part(&self, length: usize) -> PyResult<&'t str> {
        let end = self.position.saturating_add(length);
        self.text.get(self.position..end).ok_or_else(not_checked)
    }
}

/// What stands between quotation marks.
enum Literal<'t> {
    Plain(&'t str),
    Escaped(String),
}

/// How many octets come before a quotation mark or a reverse solidus.
fn plain(octets: &[u8]) -> Option<usize> {
    // Most strings are too short for a vector instruction to be worth its preparation.
    let (first, rest) = octets.split_at_checked(FEW).unwrap_or((octets, &[]));
    match first.iter().position(|octet| matches!(octet, b'"' | b'\\')) {
        Some(place) => Some(place),
        None => memchr::memchr2(b'"', b'\\', rest)?.checked_add(first.len()),
    }
}

const fn is_of_number(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Nothing that the core has read can cause it.
fn not_checked() -> PyErr {
    PyValueError::new_err("not the JSON that was checked")
}

const FEW: usize = 16;
