//! The claims of a verified token, read with the types that a profile wants.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::json::{Text, Value};
use crate::error::Error;
use crate::time::NumericDate;
use crate::token::verified::Verified;

/// The members of a payload. A claim of the wrong type is never treated as missing.
pub(super) struct Claims<'t> {
    members: Vec<(Text<'t>, Value<'t>)>,
}

impl<'t> Claims<'t> {
    pub(super) fn of(verified: &'t Verified) -> Self {
        Self::of_object(verified.members())
    }

    /// Takes an object that was read strictly before; of any other value no member.
    pub(super) fn of_object(object: Value<'t>) -> Self {
        Self { members: object.members().into_iter().flatten().collect() }
    }

    pub(super) fn value(&self, name: &str) -> Option<Value<'t>> {
        self.members.iter().find(|(known, _)| known.is(name)).map(|(_, value)| *value)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = Cow<'t, str>> {
        self.members.iter().map(|(name, _)| name.unescape())
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = Value<'t>> {
        self.members.iter().map(|(_, value)| *value)
    }

    /// A string, if the claim is there.
    pub(super) fn text(&self, name: &str) -> Result<Option<Cow<'t, str>>, Error> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_text() {
            Some(text) => Ok(Some(text.unescape())),
            None => Err(invalid(name, "a string")),
        }
    }

    /// A string with at least one character, which must be there.
    pub(super) fn name(&self, name: &str) -> Result<Cow<'t, str>, Error> {
        let text = self.text(name)?.ok_or_else(|| missing(name))?;
        if text.is_empty() { Err(invalid(name, "a string that is not empty")) } else { Ok(text) }
    }

    /// A date, if the claim is there.
    pub(super) fn date(&self, name: &str) -> Result<Option<NumericDate>, Error> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let date = value.as_number().and_then(NumericDate::from_checked_number);
        date.map(Some).ok_or_else(|| invalid(name, "a finite number of seconds"))
    }

    /// An array of strings, if the claim is there.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<Cow<'t, str>>>, Error> {
        let Some(value) = self.value(name) else { return Ok(None) };
        if !value.is_array_of_texts() {
            return Err(invalid(name, "an array of strings"));
        }
        let elements = value.elements().into_iter().flatten().filter_map(Value::as_text);
        Ok(Some(elements.map(Text::unescape).collect()))
    }

    /// An object, which must be there.
    pub(super) fn object(&self, name: &str) -> Result<Self, Error> {
        let value = self.value(name).ok_or_else(|| missing(name))?;
        if value.is_object() { Ok(Self::of_object(value)) } else { Err(invalid(name, "an object")) }
    }

    /// Refuses a token that has the claim, even if it is null.
    pub(super) fn absent(&self, name: &str) -> Result<(), Error> {
        if self.value(name).is_some() { Err(unexpected(name)) } else { Ok(()) }
    }

    /// Writes these claims, as far as they are there, as one object: each value as it was signed.
    pub(super) fn written(&self, names: &[&str]) -> String {
        let members = names
            .iter()
            .filter_map(|name| self.value(name).map(|value| text!("\"{name}\":{}", value.raw())));
        text!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}

pub(super) fn missing(claim: &str) -> Error {
    Error::MissingClaim { claim: claim.to_owned() }
}

pub(super) fn invalid(claim: &str, expected: &'static str) -> Error {
    Error::InvalidClaim { claim: claim.to_owned(), expected }
}

pub(super) fn wrong(claim: &str) -> Error {
    Error::WrongClaim { claim: claim.to_owned() }
}

pub(super) fn unexpected(claim: &str) -> Error {
    Error::UnexpectedClaim { claim: claim.to_owned() }
}
