//! The rules about single claims and header parameters, applied to a token.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{Json, Text, Value};
use crate::error::Error;
use crate::time::NumericDate;
use crate::token::grants::Grants;
use crate::verify::policy::rule::{Kind, Place, PlacedRule, Test};
use crate::verify::rules::Claims;

impl PlacedRule {
    /// # Errors
    /// [`Error::MissingClaim`], [`Error::InvalidClaim`], [`Error::WrongClaim`] or
    /// [`Error::UnexpectedClaim`] with the path of the claim.
    pub(crate) fn check(&self, claims: &Claims<'_>) -> Result<(), Error> {
        let all = match self.place {
            Place::Claims => claims.all(),
            Place::Header => Value::checked(claims.header),
        };
        let Some(value) = self.path.find(all) else {
            let absent = self.rule.test == Test::Is(Kind::Absent);
            return if absent || self.rule.if_present {
                Ok(())
            } else {
                Err(Error::MissingClaim { claim: self.subject() })
            };
        };
        let outcome = match &self.rule.test {
            Test::SameAs(path) => match path.find(claims.all()) {
                None => return Err(Error::MissingClaim { claim: text!("{path}") }),
                Some(other) => wrong_unless(Json::of(value).is_some_and(|one| one.equals(other))),
            },
            test => test.outcome(value),
        };
        let claim = || self.subject();
        match outcome {
            Outcome::Fits => Ok(()),
            Outcome::Wrong => Err(Error::WrongClaim { claim: claim() }),
            Outcome::Invalid(expected) => Err(Error::InvalidClaim { claim: claim(), expected }),
            Outcome::Unexpected => Err(Error::UnexpectedClaim { claim: claim() }),
        }
    }

    /// Returns what the rule is about, without values, for an explanation.
    pub(crate) fn described(&self) -> String {
        let subject = self.subject();
        text!("{} {:?}", Excerpt::of(&subject), self.rule)
    }
}

impl Test {
    /// Whether a value passes, as far as that depends on nothing else.
    pub(crate) fn permits(&self, value: Value<'_>) -> bool {
        matches!(self, Self::SameAs(_)) || matches!(self.outcome(value), Outcome::Fits)
    }

    /// The outcome for a value that is there; [`Test::SameAs`] needs another one and is wrong here.
    fn outcome(&self, value: Value<'_>) -> Outcome {
        let text = || value.as_text().map(Text::unescape);
        match self {
            Self::OneOf(values) => wrong_unless(values.iter().any(|known| known.equals(value))),
            Self::ContainsAll(texts) => {
                contained(value, |granted| texts.iter().all(|text| granted.contain(text)))
            }
            Self::ContainsAny(texts) => {
                contained(value, |granted| texts.iter().any(|text| granted.contain(text)))
            }
            Self::HasKey(_) | Self::Is(Kind::Object) if !value.is_object() => {
                Outcome::Invalid("an object")
            }
            Self::HasKey(name) => wrong_unless(value.member(name).is_some()),
            Self::Boolean(wanted) => match value.as_bool() {
                None => Outcome::Invalid("true or false"),
                Some(found) => wrong_unless(found == *wanted),
            },
            Self::StartsWith(prefix) => of_text(text(), |text| text.starts_with(prefix.as_str())),
            Self::MatchesSegments(pattern) => of_text(text(), |text| have_pattern(text, pattern)),
            Self::SameAs(_) => Outcome::Wrong,
            Self::Is(Kind::Text) => of_text(text(), |_| true),
            Self::Is(Kind::NotEmpty) => match text() {
                Some(text) if !text.is_empty() => Outcome::Fits,
                _ => Outcome::Invalid("a string that is not empty"),
            },
            Self::Is(Kind::Date) => {
                match value.as_number().and_then(NumericDate::from_checked_number) {
                    Some(_) => Outcome::Fits,
                    None => Outcome::Invalid("a finite number of seconds"),
                }
            }
            Self::Is(Kind::Object) => Outcome::Fits,
            Self::Is(Kind::Absent) => Outcome::Unexpected,
        }
    }
}

/// What a rule says about a value.
enum Outcome {
    Fits,
    Wrong,
    /// What it must be.
    Invalid(&'static str),
    Unexpected,
}

const fn wrong_unless(fits: bool) -> Outcome {
    if fits { Outcome::Fits } else { Outcome::Wrong }
}

fn of_text(text: Option<Cow<'_, str>>, fits: impl FnOnce(&str) -> bool) -> Outcome {
    text.map_or(Outcome::Invalid("a string"), |text| wrong_unless(fits(&text)))
}

fn contained(value: Value<'_>, fits: impl FnOnce(Grants<'_>) -> bool) -> Outcome {
    match Grants::whole(value) {
        Some(granted) => wrong_unless(fits(granted)),
        None => Outcome::Invalid("a string or an array of strings"),
    }
}

/// Whether the segments of a text have the pattern, separator by separator.
fn have_pattern(mut text: &str, mut pattern: &str) -> bool {
    loop {
        let (segment, separator, rest) = first_segment(text);
        let (wanted, wanted_separator, wanted_rest) = first_segment(pattern);
        let fits = match wanted.split_once('*') {
            None => segment == wanted,
            Some((start, end)) => segment
                .strip_prefix(start)
                .and_then(|segment| segment.strip_suffix(end))
                .is_some_and(|middle| !middle.is_empty()),
        };
        if !fits || separator != wanted_separator {
            return false;
        }
        if separator.is_empty() {
            return true;
        }
        (text, pattern) = (rest, wanted_rest);
    }
}

/// Cuts a text at its first separator: what is before it, the separator, what is after it.
pub(crate) fn first_segment(text: &str) -> (&str, &str, &str) {
    let place = text.find([':', '/']).unwrap_or(text.len());
    let (segment, rest) = text.split_at_checked(place).unwrap_or((text, ""));
    let (separator, rest) = rest.split_at_checked(1).unwrap_or(("", ""));
    (segment, separator, rest)
}
