//! The `typ` headers that a policy accepts.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The `typ` headers that a policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Types {
    /// None, `JWT` or `at+jwt`.
    Default,
    Any,
    OneOf(Vec<String>),
    OneOfOrNone(Vec<String>),
}

impl Types {
    pub(crate) fn permit(&self, token_type: Option<&str>) -> bool {
        match (self, token_type) {
            (Self::Any, _) | (Self::Default | Self::OneOfOrNone(_), None) => true,
            (Self::OneOf(_), None) => false,
            (Self::Default, Some(found)) => {
                let found = short_type(found);
                DEFAULT_TYPES.iter().any(|name| name.eq_ignore_ascii_case(found))
            }
            (Self::OneOf(names) | Self::OneOfOrNone(names), Some(found)) => {
                names.iter().any(|name| same_type(name, found))
            }
        }
    }

    /// Returns the accepted types, for messages.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Any => Vec::new(),
            Self::Default => DEFAULT_TYPES.iter().map(ToString::to_string).collect(),
            Self::OneOf(names) | Self::OneOfOrNone(names) => names.to_owned(),
        }
    }
}

/// RFC 7515 §4.1.9: `application/` is optional, and media types ignore case.
fn same_type(one: &str, other: &str) -> bool {
    short_type(one).eq_ignore_ascii_case(short_type(other))
}

fn short_type(name: &str) -> &str {
    match name.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
        _ => name,
    }
}

const APPLICATION: &str = "application/";
const DEFAULT_TYPES: [&str; 2] = ["JWT", "at+jwt"];
