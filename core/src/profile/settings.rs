//! Reads the documents of profiles and of calls: strict JSON, in which every member is known.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::json;
use crate::verify::policy::{Form, Found, Policy, PolicyError, members_of};

/// The members of a document that nobody has read yet.
pub(super) struct Members<'t> {
    members: Vec<(String, Found<'t>)>,
}

impl<'t> Members<'t> {
    pub(super) fn read(json: &'t [u8]) -> Result<Self, PolicyError> {
        members_of(json).map(|members| Self { members })
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Found<'t>> {
        let place = self.members.iter().position(|(known, _)| known == name)?;
        Some(self.members.swap_remove(place).1)
    }

    pub(super) fn optional<T: Form>(&mut self, name: &str) -> Result<Option<T>, PolicyError> {
        self.take(name).map(|found| T::read(&found)).transpose()
    }

    /// A string that is not blank, which must be there.
    pub(super) fn name(&mut self, name: &'static str) -> Result<String, PolicyError> {
        match self.optional_name(name)? {
            Some(text) => Ok(text),
            None => Err(PolicyError::at(name, "missing; add a string")),
        }
    }

    /// A string that is not blank.
    pub(super) fn optional_name(&mut self, name: &str) -> Result<Option<String>, PolicyError> {
        let Some(found) = self.take(name) else { return Ok(None) };
        let text = String::read(&found)?;
        if text.trim().is_empty() {
            return Err(PolicyError::at(found.path(), BLANK));
        }
        Ok(Some(text))
    }

    /// Names, at least one, none of them blank.
    pub(super) fn names(&mut self, name: &str) -> Result<Option<Vec<String>>, PolicyError> {
        let Some(found) = self.take(name) else { return Ok(None) };
        let names = found.names("an array of strings")?;
        named(found.path(), names).map(Some)
    }

    /// Whether a waiver is spelled out: true, or left out.
    pub(super) fn waiver(&mut self, name: &str) -> Result<bool, PolicyError> {
        match self.take(name) {
            None => Ok(false),
            Some(found) if found.value().as_bool() == Some(true) => Ok(true),
            Some(found) => Err(found.is_not("true; leave it out otherwise")),
        }
    }

    /// Refuses what is left.
    pub(super) fn finish(self, known: &[&str]) -> Result<(), PolicyError> {
        match self.members.first() {
            None => Ok(()),
            Some((_, found)) => {
                let problem = text!("unknown member; expected one of {}", known.join(", "));
                Err(PolicyError::at(found.path(), problem))
            }
        }
    }

    /// Reads what is left as members of a policy, next to those that the profile gives.
    pub(super) fn into_policy(
        self,
        given: &[(&str, &str)],
        decided: &[&'static str],
    ) -> Result<Policy, PolicyError> {
        for (name, found) in &self.members {
            if decided.contains(&name.as_str()) {
                return Err(PolicyError::at(found.path(), "the profile decides it; leave it out"));
            }
        }
        let given = given
            .iter()
            .map(|(name, name_of)| text!("{}:[{}]", json::quoted(name), json::quoted(name_of)));
        let rest = self.members.iter();
        let rest =
            rest.map(|(name, found)| text!("{}:{}", json::quoted(name), found.value().raw()));
        let members = given.chain(rest).collect::<Vec<_>>().join(",");
        Policy::from_json(text!("{{{members}}}"))
    }
}

/// Refuses a name that is blank, as an unset variable is.
pub(super) fn not_blank(
    member: &'static str,
    text: impl Into<String>,
) -> Result<String, PolicyError> {
    let text = text.into();
    if text.trim().is_empty() { Err(PolicyError::at(member, BLANK)) } else { Ok(text) }
}

/// Refuses an empty list and a name that is blank.
pub(super) fn named(member: &str, names: Vec<String>) -> Result<Vec<String>, PolicyError> {
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        return Err(PolicyError::at(member, "the list is empty or contains a blank name"));
    }
    Ok(names)
}

const BLANK: &str = "the text is empty or blank, as that of an unset variable";
