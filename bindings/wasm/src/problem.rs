//! What the caller has set up wrongly, as opposed to a token that is refused, as JSON.

use verijot::crypto::UnknownAlgorithm;
use verijot::issuer::KeySourceError;
use verijot::issuer::discovery::DiscoveryError;
use verijot::keys::UnusableKey;
use verijot::request::DemandError;
use verijot::verify::VerifierSetError;
use verijot::{JwksError, PolicyError};

use crate::answer::{self, Status};
use crate::json::Object;

/// Ends a call with `code`, `message` and, of a policy, perhaps `member`.
pub(crate) fn unusable(problem: &Problem) -> u32 {
    let object = Object::new()
        .text("code", problem.code)
        .text("message", &problem.message)
        .optional_text("member", problem.member.as_deref());
    answer::text(Status::Unusable, object.end())
}

/// Ends a call whose arguments no binding should pass, such as the number of an object that there is
/// not.
pub(crate) fn unknown_object() -> u32 {
    answer::text(
        Status::Unusable,
        r#"{"code":"unknown_object","message":"no object has this number; it was dropped, or made by another module"}"#,
    )
}

/// Ends a call with octets that are not the list that they should be.
pub(crate) fn malformed_list() -> u32 {
    answer::text(
        Status::Unusable,
        r#"{"code":"malformed_list","message":"the entries do not fill their list, or a name has no value"}"#,
    )
}

/// Ends a call with an argument that the function does not know: a number, or an option.
pub(crate) fn invalid_argument(message: String) -> u32 {
    unusable(&Problem::with_code(INVALID_ARGUMENT, message))
}

/// A time is not a number.
pub(crate) fn no_time() -> u32 {
    invalid_argument("a time is not a number".into())
}

/// The code of [`invalid_argument`].
pub(crate) const INVALID_ARGUMENT: &str = "invalid_argument";

pub(crate) struct Problem {
    code: &'static str,
    message: String,
    member: Option<String>,
}

impl Problem {
    pub(crate) fn with_code(code: &'static str, message: String) -> Self {
        Self { code, message, member: None }
    }

    /// Of a policy, at a member.
    pub(crate) fn of_policy(member: &str, problem: &str) -> Self {
        let message = format!("{member}: {problem}");
        Self { code: PolicyError::CODE, message, member: Some(member.to_owned()) }
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        let member = error.member().map(str::to_owned);
        let place = member.as_deref().map(|member| format!("{member}: ")).unwrap_or_default();
        Self { code: PolicyError::CODE, message: format!("{place}{}", error.problem()), member }
    }
}

impl From<VerifierSetError> for Problem {
    fn from(error: VerifierSetError) -> Self {
        Self { code: error.code(), message: without_code(&error.to_string()), member: None }
    }
}

impl From<DemandError> for Problem {
    fn from(error: DemandError) -> Self {
        Self { code: DemandError::CODE, message: error.problem().to_owned(), member: None }
    }
}

impl From<JwksError> for Problem {
    fn from(error: JwksError) -> Self {
        Self { code: error.code(), message: without_code(&error.to_string()), member: None }
    }
}

impl From<UnusableKey> for Problem {
    fn from(reason: UnusableKey) -> Self {
        let message = reason.detail().to_owned();
        Self { code: reason.problem().code(), message, member: None }
    }
}

impl From<UnknownAlgorithm> for Problem {
    /// The key is for an algorithm that there is not.
    fn from(error: UnknownAlgorithm) -> Self {
        Self { code: error.code(), message: without_code(&error.to_string()), member: None }
    }
}

impl From<KeySourceError> for Problem {
    fn from(error: KeySourceError) -> Self {
        Self { code: error.code(), message: without_code(&error.to_string()), member: None }
    }
}

impl From<DiscoveryError> for Problem {
    fn from(error: DiscoveryError) -> Self {
        Self { code: KeySourceError::CODE, message: error.to_string(), member: None }
    }
}

fn without_code(text: &str) -> String {
    text.split_once(": ").map_or(text, |(_, message)| message).to_owned()
}
