//! What people write and what they call for, in a form that every database can hold.

use serde::Deserialize;

/// Text without NUL, which PostgreSQL does not take.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.contains('\0') { Err("a text has no NUL") } else { Ok(Self(text)) }
    }
}
