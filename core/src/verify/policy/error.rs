//! `invalid_policy`, and the member at fault.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::codes;

/// `invalid_policy`: a policy is invalid or contradictory, or a document is not a policy.
///
/// ```
/// use verijot::Policy;
/// let error = Policy::from_json(r#"{"issuers": ["a"], "audiences": null, "leeway": 30}"#).unwrap_err();
/// assert_eq!(error.member(), Some("leeway"));
/// assert_eq!(
///     error.to_string(),
///     r#"invalid_policy: leeway: must be a decimal number of seconds in quotation marks, such as "30""#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    member: Option<String>,
    problem: Cow<'static, str>,
}

impl PolicyError {
    /// The stable code.
    pub const CODE: &'static str = codes::INVALID_POLICY.code;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        Self::CODE
    }

    /// Returns the path of the member at fault, such as `limits.token_octets` or `issuers[1]`;
    /// `None` if the document is not JSON. Unknown names are shown as [excerpts](crate::Excerpt).
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// Returns what is wrong and what to write instead. Shows no value.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    pub(crate) fn of_document(problem: &'static str) -> Self {
        Self { member: None, problem: Cow::Borrowed(problem) }
    }

    // Documents have many members.
    #[inline(never)]
    pub(crate) fn at(member: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { member: Some(member.into()), problem: problem.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Self::CODE)?;
        if let Some(member) = &self.member {
            write!(formatter, ": {member}")?;
        }
        write!(formatter, ": {}", self.problem)
    }
}

impl core::error::Error for PolicyError {}
