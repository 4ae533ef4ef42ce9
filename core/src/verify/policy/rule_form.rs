//! The JSON form of rules in a policy's document.

use alloc::string::String;
use alloc::vec::Vec;

use super::PolicyError;
use super::form::{Form, Found, array};
use super::rule::{KINDS, Place, PlacedRule, Rule, Test};
use crate::encoding::json::{self, Json};
use crate::token::grants::ClaimPath;

impl Form for Vec<PlacedRule> {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let rules = found.elements("an array of rules")?;
        if rules.is_empty() {
            let problem = "an empty list requires nothing; add a rule or omit the member";
            return Err(PolicyError::at(found.path(), problem));
        }
        let mut read = Self::new();
        for rule in &rules {
            read.push(PlacedRule::read(rule)?);
        }
        Ok(read)
    }

    fn written(&self) -> String {
        array(self.iter().map(Form::written))
    }
}

/// One object: the place, the test, and perhaps `if_present`.
impl Form for PlacedRule {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let (mut place, mut test, mut if_present) = (None, None, false);
        for (name, member) in found.members(RULE)? {
            let is_new = match &*name {
                "path" => place.replace((Place::Claims, path(&member)?)).is_none(),
                "header" => {
                    let path = ClaimPath::from_names([String::read(&member)?]);
                    place.replace((Place::Header, path)).is_none()
                }
                "if_present" => {
                    if_present = bool::read(&member)?;
                    if_present
                }
                name => test.replace(self::test(name, &member)?).is_none(),
            };
            if !is_new {
                return Err(PolicyError::at(member.path(), text!("expected {RULE}")));
            }
        }
        match (place, test) {
            (Some((place, path)), Some(test)) => {
                Ok(Self { place, path, rule: Rule { test, if_present } })
            }
            _ => Err(found.is_not(RULE)),
        }
    }

    fn written(&self) -> String {
        let names = self.path.names();
        let place = match (self.place, names) {
            (Place::Header, [name]) => text!("\"header\":{}", json::quoted(name)),
            _ => text!("\"path\":{}", array(names.iter().map(Form::written))),
        };
        let test = &self.rule.test;
        let (name, argument) = match test {
            Test::OneOf(values) => match values.as_slice() {
                [value] => (test.name(), value.written()),
                values => (test.name(), array(values.iter().map(Form::written))),
            },
            Test::ContainsAll(texts) | Test::ContainsAny(texts) => (test.name(), texts.written()),
            Test::HasKey(text) | Test::StartsWith(text) | Test::MatchesSegments(text) => {
                (test.name(), text.written())
            }
            Test::Boolean(value) => (test.name(), value.written()),
            Test::SameAs(path) => (test.name(), array(path.names().iter().map(Form::written))),
            Test::Is(_) => ("is", json::quoted(test.name())),
        };
        let waiver = if self.rule.if_present { ",\"if_present\":true" } else { "" };
        text!("{{{place},\"{name}\":{argument}{waiver}}}")
    }
}

fn test(name: &str, argument: &Found<'_>) -> Result<Test, PolicyError> {
    let texts = || argument.names("an array of strings");
    Ok(match name {
        "equals" => Test::OneOf(Vec::from([Json::read(argument)?])),
        "one_of" => {
            let values = argument.elements("an array of JSON values")?;
            Test::OneOf(values.iter().map(Json::read).collect::<Result<_, _>>()?)
        }
        "contains_all" => Test::ContainsAll(texts()?),
        "contains_any" => Test::ContainsAny(texts()?),
        "has_key" => Test::HasKey(String::read(argument)?),
        "boolean" => Test::Boolean(bool::read(argument)?),
        "starts_with" => Test::StartsWith(String::read(argument)?),
        "matches_segments" => Test::MatchesSegments(String::read(argument)?),
        "same_as" => Test::SameAs(path(argument)?),
        "is" => {
            let name = String::read(argument)?;
            let kind = KINDS.iter().find(|(known, _)| *known == name);
            let (_, kind) =
                kind.ok_or_else(|| argument.is_not("string, not_empty, date, object or absent"))?;
            Test::Is(*kind)
        }
        _ => {
            return Err(PolicyError::at(argument.path(), text!("unknown member; expected {RULE}")));
        }
    })
}

fn path(found: &Found<'_>) -> Result<ClaimPath, PolicyError> {
    found.names("an array of claim names, outermost first").map(ClaimPath::from_names)
}

const RULE: &str = "an object with either path or header, and with one of equals, one_of, \
    contains_all, contains_any, has_key, boolean, starts_with, matches_segments, same_as and is; \
    \"if_present\": true is optional";
