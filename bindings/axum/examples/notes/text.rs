//! User input in a form that every database can store.

use serde::Deserialize;

/// Text without NUL, which PostgreSQL does not accept.
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
        if text.contains('\0') { Err("the text must not contain NUL") } else { Ok(Self(text)) }
    }
}
