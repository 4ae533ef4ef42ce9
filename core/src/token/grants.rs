//! What a token grants: scopes and roles.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::encoding::json::{self, Value};
use crate::error::Error;

/// The path of a claim: member names, outermost first.
///
/// ```
/// use verijot::ClaimPath;
/// assert_eq!(ClaimPath::from("realm_access.roles"), ClaimPath::from_names(["realm_access", "roles"]));
/// // Pass a list of names if a name contains dots.
/// assert_eq!(ClaimPath::from_names(["https://x.example/roles"]).to_string(), "https://x.example/roles");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath {
    names: Vec<String>,
}

impl ClaimPath {
    /// Makes a path of these names.
    #[must_use]
    pub fn from_names<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }

    /// Returns the roles at this path of a verified payload, like
    /// [`Verified::roles`](crate::Verified::roles). For callers who keep only the payload.
    ///
    /// ```
    /// use verijot::ClaimPath;
    /// let path = ClaimPath::from("realm_access.roles");
    /// assert_eq!(path.roles_in(r#"{"realm_access": {"roles": ["admin"]}}"#), ["admin"]);
    /// assert!(path.roles_in("no JSON at all").is_empty());
    /// ```
    #[must_use]
    pub fn roles_in(&self, payload: &str) -> Vec<String> {
        if json::read_object(payload, |_, _| {}).is_err() {
            return Vec::new();
        }
        let roles = Grants::roles(Value::checked(payload), self).unwrap_or(Grants::None);
        roles.list().into_iter().map(Cow::into_owned).collect()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() || self.names.iter().any(String::is_empty)
    }

    pub(crate) fn find<'t>(&self, claims: Value<'t>) -> Option<Value<'t>> {
        self.names.iter().try_fold(claims, |value, name| value.member(name))
    }
}

impl From<&str> for ClaimPath {
    /// Splits at dots.
    fn from(path: &str) -> Self {
        Self::from_names(path.split('.'))
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.names.join("."))
    }
}

/// Returns the scopes in a payload that has been verified, like
/// [`Verified::scopes`](crate::Verified::scopes), for callers that kept only the payload.
///
/// ```
/// use verijot::request::scopes_in;
/// assert_eq!(scopes_in(r#"{"scope": "notes:read notes:write"}"#), ["notes:read", "notes:write"]);
/// assert!(scopes_in("no JSON at all").is_empty());
/// ```
#[must_use]
pub fn scopes_in(payload: &str) -> Vec<String> {
    if json::read_object(payload, |_, _| {}).is_err() {
        return Vec::new();
    }
    let scopes = Grants::scopes(Value::checked(payload)).unwrap_or(Grants::None);
    scopes.list().into_iter().map(Cow::into_owned).collect()
}

/// The strings that a claim grants; none of them is empty.
#[derive(Clone, Copy)]
pub(crate) enum Grants<'t> {
    None,
    /// One string with words separated by spaces (RFC 6749 §3.3).
    Words(Value<'t>),
    /// An array of strings, or one string that is not split.
    Whole(Value<'t>),
}

impl<'t> Grants<'t> {
    /// Reads the scopes from `scope` (RFC 8693 §4.2) or, if that is missing, from `scp`. Either can
    /// be one string of words or an array of strings: issuers differ.
    pub(crate) fn scopes(claims: Value<'t>) -> Result<Self, Error> {
        for claim in ["scope", "scp"] {
            match claims.member(claim) {
                None => {}
                Some(scopes) if scopes.as_text().is_some() => return Ok(Self::Words(scopes)),
                Some(scopes) if scopes.is_array_of_texts() => return Ok(Self::Whole(scopes)),
                Some(_) => return Err(invalid(claim, "a string or an array of strings")),
            }
        }
        Ok(Self::None)
    }

    pub(crate) fn roles(claims: Value<'t>, path: &ClaimPath) -> Result<Self, Error> {
        match path.find(claims) {
            None => Ok(Self::None),
            Some(roles) => Self::whole(roles).ok_or_else(|| Error::InvalidClaim {
                claim: text!("{path}"),
                expected: "a string or an array of strings",
            }),
        }
    }

    /// Takes an array of strings, or one string that is not split.
    pub(crate) fn whole(value: Value<'t>) -> Option<Self> {
        (value.as_text().is_some() || value.is_array_of_texts()).then_some(Self::Whole(value))
    }

    pub(crate) fn contain(self, wanted: &str) -> bool {
        match self {
            _ if wanted.is_empty() => false,
            Self::None => false,
            Self::Words(value) => value
                .as_text()
                .is_some_and(|text| text.unescape().split(' ').any(|word| word == wanted)),
            Self::Whole(value) => match value.elements() {
                Some(mut elements) => {
                    elements.any(|element| element.as_text().is_some_and(|text| text.is(wanted)))
                }
                None => value.as_text().is_some_and(|text| text.is(wanted)),
            },
        }
    }

    pub(crate) fn list(self) -> Vec<Cow<'t, str>> {
        let mut list = self.strings();
        list.retain(|text| !text.is_empty());
        list
    }

    fn strings(self) -> Vec<Cow<'t, str>> {
        match self {
            Self::None => Vec::new(),
            Self::Words(value) => match value.as_text().map(json::Text::unescape) {
                Some(Cow::Borrowed(text)) => text.split(' ').map(Cow::Borrowed).collect(),
                Some(Cow::Owned(text)) => {
                    text.split(' ').map(|word| Cow::Owned(String::from(word))).collect()
                }
                None => Vec::new(),
            },
            Self::Whole(value) => match value.elements() {
                Some(elements) => {
                    elements.filter_map(|element| Some(element.as_text()?.unescape())).collect()
                }
                None => value.as_text().map(json::Text::unescape).into_iter().collect(),
            },
        }
    }
}

fn invalid(claim: &str, expected: &'static str) -> Error {
    Error::InvalidClaim { claim: String::from(claim), expected }
}
