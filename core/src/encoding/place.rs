//! Values inside a JSON text that is kept: found again without a copy where they can be.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::encoding::json::Value;

/// A string value of a member of some text, to be resolved against that same text.
#[derive(Clone)]
pub(crate) enum TextMember {
    /// Where the string stands in the text as it is.
    Verbatim(Place),
    /// The value of a string with escapes.
    Unescaped(String),
}

impl TextMember {
    /// `None` if the value is not a string. `json` is the text that the value was read from.
    pub(crate) fn of(value: Value<'_>, json: &str) -> Option<Self> {
        Some(match value.as_text()?.unescape() {
            Cow::Owned(unescaped) => Self::Unescaped(unescaped),
            Cow::Borrowed(verbatim) => Self::Verbatim(Place::of(verbatim, json)?),
        })
    }

    /// A value of any type as the text that it stands for in the JSON.
    pub(crate) fn verbatim(value: Value<'_>, json: &str) -> Option<Self> {
        Place::of(value.raw(), json).map(Self::Verbatim)
    }

    pub(crate) fn resolve<'t>(&'t self, json: &'t str) -> &'t str {
        match self {
            Self::Verbatim(place) => place.resolve(json),
            Self::Unescaped(text) => text,
        }
    }
}

/// A value of any type of a member of some text, to be resolved against that same text.
#[derive(Clone, Copy)]
pub(crate) struct ValueMember {
    place: Place,
}

impl ValueMember {
    /// `json` is the text that the value was read from.
    pub(crate) fn of(value: Value<'_>, json: &str) -> Option<Self> {
        Some(Self { place: Place::of(value.raw(), json)? })
    }

    pub(crate) fn resolve(self, json: &str) -> Value<'_> {
        Value::checked(self.place.resolve(json))
    }
}

/// Octets of a text.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: usize,
    end: usize,
}

impl Place {
    /// Where `part`, a slice of `whole`, stands in it.
    fn of(part: &str, whole: &str) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        Some(Self { start, end: start.checked_add(part.len())? })
    }

    fn resolve(self, whole: &str) -> &str {
        whole.get(self.start..self.end).unwrap_or_default()
    }
}
