//! A rule about one claim, or about one parameter of the header.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use crate::encoding::json::Json;
use crate::token::grants::ClaimPath;

/// What a claim, or a parameter of the header, must be like; see
/// [`Policy::claim`](crate::Policy::claim) and [`Policy::header`](crate::Policy::header).
///
/// Except for [`Rule::absent`], a rule requires the claim: without it the token is refused with
/// `missing_claim`. A claim of the wrong JSON type, null included, is refused with `invalid_claim`,
/// a claim of the right type with `wrong_claim`. No error shows a value, neither the token's nor the
/// policy's.
///
/// ```
/// use verijot::Rule;
/// let rules = [
///     Rule::one_of(["web", "mobile"]),
///     Rule::contains_any(["billing", "admin"]),
///     Rule::matches_segments("repo:octo/app:ref:refs/heads/*"),
///     Rule::date().if_present(),
/// ];
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Rule {
    pub(crate) test: Test,
    pub(crate) if_present: bool,
}

/// What a rule tests, without its place.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Test {
    /// The value is one of these; `equals` has one.
    OneOf(Vec<Json>),
    ContainsAll(Vec<String>),
    ContainsAny(Vec<String>),
    HasKey(String),
    Boolean(bool),
    StartsWith(String),
    MatchesSegments(String),
    SameAs(ClaimPath),
    Is(Kind),
}

/// What a value can be without being compared with another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    NotEmpty,
    Date,
    Object,
    Absent,
}

impl Rule {
    /// Requires exactly this JSON value. An integer of more than 64 bits never matches.
    pub fn equals(value: impl Into<Value>) -> Self {
        Self::one_of([value])
    }

    /// Requires one of these JSON values, compared as by [`Rule::equals`].
    pub fn one_of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Test::OneOf(values.into_iter().map(|value| Json::from(value.into())).collect()).into()
    }

    /// Requires an array of strings with all of these; a string counts as an array of one.
    pub fn contains_all<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        Test::ContainsAll(texts.into_iter().map(Into::into).collect()).into()
    }

    /// Requires an array of strings with at least one of these; a string counts as an array of one.
    pub fn contains_any<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        Test::ContainsAny(texts.into_iter().map(Into::into).collect()).into()
    }

    /// Requires an object with a member of this name, whatever its value.
    pub fn has_key(name: impl Into<String>) -> Self {
        Test::HasKey(name.into()).into()
    }

    /// Requires a string, which may be empty.
    pub fn string() -> Self {
        Test::Is(Kind::Text).into()
    }

    /// Requires a string of at least one character.
    pub fn not_empty() -> Self {
        Test::Is(Kind::NotEmpty).into()
    }

    /// Requires this truth value; the strings `"true"` and `"false"` are of the wrong type.
    pub fn boolean(value: bool) -> Self {
        Test::Boolean(value).into()
    }

    /// Requires a date: a finite number, like `exp` (RFC 7519 §2, NumericDate). It is not compared
    /// with the current time.
    pub fn date() -> Self {
        Test::Is(Kind::Date).into()
    }

    /// Requires an object, which may be empty.
    pub fn object() -> Self {
        Test::Is(Kind::Object).into()
    }

    /// Requires a string that starts with this text. End it with a separator: `repo:octo/app` is
    /// also how `repo:octo/app-of-somebody-else` starts.
    pub fn starts_with(prefix: impl Into<String>) -> Self {
        Test::StartsWith(prefix.into()).into()
    }

    /// Requires a string that has this pattern, for the subjects of continuous integration. `:` and
    /// `/` separate segments. `*`, at most once in a segment, stands for one or more characters of
    /// that segment; it never matches a separator. Everything else is compared exactly.
    ///
    /// `repo:octo/app:ref:refs/heads/*` matches the branch `main`, but not `feature/a`.
    /// `repo:octo/app:*` matches no branch at all; it matches `repo:octo/app:pull_request`, which
    /// anyone can cause. Name as many segments as possible, because outsiders choose the names of
    /// branches.
    pub fn matches_segments(pattern: impl Into<String>) -> Self {
        Test::MatchesSegments(pattern.into()).into()
    }

    /// Requires that the claim is missing, otherwise the token is refused with `unexpected_claim`. A
    /// claim that is null is there.
    pub fn absent() -> Self {
        Test::Is(Kind::Absent).into()
    }

    /// Requires the JSON value of the claim at this path, which the token must have, too. Of a
    /// parameter of the header it requires the value of that claim (RFC 7519 §5.3).
    pub fn same_as(path: impl Into<ClaimPath>) -> Self {
        Test::SameAs(path.into()).into()
    }

    /// Waives that the claim must be there: the rule is about tokens that have it.
    pub const fn if_present(mut self) -> Self {
        self.if_present = true;
        self
    }
}

impl From<Test> for Rule {
    fn from(test: Test) -> Self {
        Self { test, if_present: false }
    }
}

impl Test {
    /// Returns the name that the test has in a document; of tests without an argument, the argument
    /// of `is`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::OneOf(values) if values.len() == 1 => "equals",
            Self::OneOf(_) => "one_of",
            Self::ContainsAll(_) => "contains_all",
            Self::ContainsAny(_) => "contains_any",
            Self::HasKey(_) => "has_key",
            Self::Boolean(_) => "boolean",
            Self::StartsWith(_) => "starts_with",
            Self::MatchesSegments(_) => "matches_segments",
            Self::SameAs(_) => "same_as",
            Self::Is(kind) => {
                let named = KINDS.iter().find(|(_, known)| known == kind);
                named.map_or("", |(name, _)| name)
            }
        }
    }
}

/// The kinds with their names in a document.
pub(crate) const KINDS: [(&str, Kind); 5] = [
    ("string", Kind::Text),
    ("not_empty", Kind::NotEmpty),
    ("date", Kind::Date),
    ("object", Kind::Object),
    ("absent", Kind::Absent),
];

/// A rule and what it is about.
#[derive(Clone, PartialEq)]
pub(crate) struct PlacedRule {
    pub(crate) place: Place,
    pub(crate) path: ClaimPath,
    pub(crate) rule: Rule,
}

/// Where a rule looks for the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Claims,
    Header,
}

impl PlacedRule {
    /// Returns how errors call the claim or parameter.
    pub(crate) fn subject(&self) -> String {
        match self.place {
            Place::Claims => text!("{}", self.path),
            Place::Header => text!("header.{}", self.path),
        }
    }
}

impl fmt::Debug for Rule {
    /// Shows no value, because a nonce is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.test.name())?;
        formatter.write_str(if self.if_present { " if present" } else { "" })
    }
}

impl fmt::Debug for PlacedRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.subject(), self.rule)
    }
}
