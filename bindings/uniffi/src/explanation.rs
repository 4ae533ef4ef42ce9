//! Every check of one verification with its outcome, without secrets.

use crate::moment::Moment;
use crate::token::TokenVerdict;

/// The outcome of one verification, check by check.
#[derive(Clone, uniffi::Record)]
pub struct Explanation {
    /// Every check in order.
    pub steps: Vec<Step>,
    /// The verdict of `verify`.
    pub verdict: TokenVerdict,
    /// One sentence about the cause that a refusal probably has, if it is a well-known one.
    pub hint: Option<String>,
    /// A line for each check, then one for the verdict, and one for the hint if there is one.
    pub text: String,
}

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Step {
    /// The check's stable name.
    pub check: String,
    /// `passed`, `failed` or `not_made`.
    pub outcome: String,
    /// A human-readable detail; may be empty.
    pub detail: String,
    /// The date that a passed check compared, if the token has one.
    pub date: Option<Moment>,
}

impl Explanation {
    pub(crate) fn of(explanation: &verijot::Explanation) -> Self {
        Self {
            steps: explanation.steps().iter().map(Step::of).collect(),
            verdict: TokenVerdict::of(explanation.verdict()),
            hint: explanation.hint().map(str::to_owned),
            text: explanation.to_string(),
        }
    }
}

impl Step {
    fn of(step: &verijot::verify::Step) -> Self {
        Self {
            check: step.check().name().to_owned(),
            outcome: step.outcome().name().to_owned(),
            detail: step.detail().to_owned(),
            date: step.date().map(Moment::of),
        }
    }
}
