//! References to values inside a JSON text that is kept, without a copy where possible.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::encoding::json::Value;

/// A string value of a member. Resolve it against the text that it was read from.
#[derive(Clone)]
pub(crate) enum TextMember {
    /// The range of a string without escapes.
    Verbatim(TextRange),
    /// The value of a string that had escapes.
    Unescaped(String),
}

impl TextMember {
    /// Returns `None` if the value is not a string. `json` is the text that the value was read
    /// from.
    pub(crate) fn of(value: Value<'_>, json: &str) -> Option<Self> {
        Some(match value.as_text()?.unescape() {
            Cow::Owned(unescaped) => Self::Unescaped(unescaped),
            Cow::Borrowed(verbatim) => Self::Verbatim(TextRange::of(verbatim, json)?),
        })
    }

    /// Takes a value of any type as its literal JSON text.
    pub(crate) fn verbatim(value: Value<'_>, json: &str) -> Option<Self> {
        TextRange::of(value.raw(), json).map(Self::Verbatim)
    }

    pub(crate) fn resolve<'t>(&'t self, json: &'t str) -> &'t str {
        match self {
            Self::Verbatim(range) => range.resolve(json),
            Self::Unescaped(text) => text,
        }
    }
}

/// A value of any type of a member. Resolve it against the text that it was read from.
#[derive(Clone, Copy)]
pub(crate) struct ValueMember {
    range: TextRange,
}

impl ValueMember {
    /// `json` is the text that the value was read from.
    pub(crate) fn of(value: Value<'_>, json: &str) -> Option<Self> {
        Some(Self { range: TextRange::of(value.raw(), json)? })
    }

    pub(crate) fn resolve(self, json: &str) -> Value<'_> {
        Value::checked(self.range.resolve(json))
    }
}

/// A range of octets of a text.
#[derive(Clone, Copy)]
pub(crate) struct TextRange {
    start: usize,
    end: usize,
}

impl TextRange {
    /// The range of `part`, which must be a slice of `whole`.
    fn of(part: &str, whole: &str) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        Some(Self { start, end: start.checked_add(part.len())? })
    }

    fn resolve(self, whole: &str) -> &str {
        whole.get(self.start..self.end).unwrap_or_default()
    }
}
