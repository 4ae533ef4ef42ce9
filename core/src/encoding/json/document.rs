//! JSON values that are kept, to be compared with claims and written again.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value as Other;

use super::number::Number;
use super::{Value, quoted};

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Self>),
    /// Sorted by name.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Makes an object of members without duplicate names.
    pub(crate) fn object(members: impl Iterator<Item = (String, Self)>) -> Self {
        let mut sorted = Vec::<(String, Self)>::new();
        for (name, value) in members {
            let place = sorted.partition_point(|(known, _)| *known < name);
            sorted.insert(place, (name, value));
        }
        Self::Object(sorted)
    }

    /// Keeps a value of a checked text, whose depth is limited. `None` if a number does not fit into
    /// 64 bits.
    pub(crate) fn of(value: Value<'_>) -> Option<Self> {
        if let Some(members) = value.members() {
            let members =
                members.map(|(name, value)| Some((name.unescape().into_owned(), Self::of(value)?)));
            return Some(Self::object(members.collect::<Option<Vec<_>>>()?.into_iter()));
        }
        if let Some(elements) = value.elements() {
            return elements.map(Self::of).collect::<Option<_>>().map(Self::Array);
        }
        if let Some(text) = value.as_text() {
            return Some(Self::Text(text.unescape().into_owned()));
        }
        match value.as_number() {
            Some(number) => Number::of(number).map(Self::Number),
            None => Some(value.as_bool().map_or(Self::Null, Self::Bool)),
        }
    }

    /// Whether this is the same JSON value: numbers by their exact value, members in any order.
    pub(crate) fn equals(&self, value: Value<'_>) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Bool(known) => value.as_bool() == Some(*known),
            Self::Text(known) => value.as_text().is_some_and(|text| text.is(known)),
            Self::Number(known) => value.as_number().is_some_and(|number| known.equals(number)),
            Self::Array(known) => value.elements().is_some_and(|elements| {
                value.elements().map(Iterator::count) == Some(known.len())
                    && elements.zip(known).all(|(element, known)| known.equals(element))
            }),
            Self::Object(known) => value.members().is_some_and(|mut members| {
                value.members().map(Iterator::count) == Some(known.len())
                    && members.all(|(name, value)| {
                        let place =
                            known.binary_search_by(|(known, _)| (**known).cmp(&*name.unescape()));
                        let known = place.ok().and_then(|place| known.get(place));
                        known.is_some_and(|(_, known)| known.equals(value))
                    })
            }),
        }
    }

    /// Writes the value in one line.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Null => String::from("null"),
            Self::Bool(known) => String::from(if *known { "true" } else { "false" }),
            Self::Number(number) => String::from(number.text()),
            Self::Text(known) => quoted(known),
            Self::Array(elements) => {
                let elements = elements.iter().map(Self::written).collect::<Vec<_>>();
                text!("[{}]", elements.join(","))
            }
            Self::Object(members) => {
                let members = members.iter();
                let members =
                    members.map(|(name, value)| text!("{}:{}", quoted(name), value.written()));
                text!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl From<Other> for Json {
    fn from(value: Other) -> Self {
        match value {
            Other::Null => Self::Null,
            Other::Bool(value) => Self::Bool(value),
            Other::Number(number) => Self::Number(Number::fitting(text!("{number}"))),
            Other::String(text) => Self::Text(text),
            Other::Array(elements) => Self::Array(elements.into_iter().map(Self::from).collect()),
            Other::Object(members) => {
                Self::object(members.into_iter().map(|(name, value)| (name, Self::from(value))))
            }
        }
    }
}
