//! Untrusted text, made safe for messages and logs.

use alloc::string::String;
use core::fmt;

/// Untrusted text, made safe for messages and logs: at most [`Excerpt::LONGEST`] characters, with
/// everything except visible ASCII escaped.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
}

impl Excerpt {
    /// The maximum number of characters that are kept.
    pub const LONGEST: usize = 100;

    /// Makes an excerpt of any text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut excerpt =
            text.chars().take(Self::LONGEST).flat_map(char::escape_default).collect::<String>();
        if text.chars().nth(Self::LONGEST).is_some() {
            excerpt.push('…');
        }
        Self { text: excerpt }
    }

    /// The escaped text, without quotation marks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Excerpt {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl From<Excerpt> for String {
    fn from(excerpt: Excerpt) -> Self {
        excerpt.text
    }
}

impl PartialEq<str> for Excerpt {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.text)
    }
}
