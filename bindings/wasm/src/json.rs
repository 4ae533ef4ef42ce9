//! JSON that is written for the host.

use std::fmt::Write;
use std::time::Duration;

/// Writes one object.
pub(crate) struct Object {
    text: String,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self { text: String::from("{") }
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        let value = quoted(value);
        self.raw(name, &value)
    }

    pub(crate) fn optional_text(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn number(self, name: &str, value: impl std::fmt::Display) -> Self {
        let value = value.to_string();
        self.raw(name, &value)
    }

    /// A span in seconds.
    pub(crate) fn span(self, name: &str, value: Duration) -> Self {
        let nanoseconds = format!("{:09}", value.subsec_nanos());
        let value = match nanoseconds.trim_end_matches('0') {
            "" => value.as_secs().to_string(),
            fraction => format!("{}.{fraction}", value.as_secs()),
        };
        self.raw(name, &value)
    }

    /// A member whose value is JSON already.
    pub(crate) fn raw(mut self, name: &str, value: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        // Writing to a string cannot fail.
        let _ = write!(self.text, "\"{name}\":{value}");
        self
    }

    pub(crate) fn end(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// An array of values that are JSON already.
pub(crate) fn array(values: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&value);
    }
    text.push(']');
    text
}

/// A string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
