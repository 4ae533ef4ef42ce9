//! Explains a verification: every check with its outcome, without secrets.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::time::{NumericDate, UnixTime};
use crate::token::verified::Verified;
use crate::verify::check::{Check, Trail};
use crate::verify::hints;
use crate::verify::unverified::Unverified;
use crate::verify::verifier::{Layer, Verifier};

/// The outcome of a verification, check by check.
///
/// It contains no token, signature or key, and of the claims only dates.
#[derive(Debug)]
pub struct Explanation {
    steps: Vec<Step>,
    verdict: Result<Verified, Error>,
    hint: Option<String>,
}

impl Explanation {
    /// Returns every check in order; those after the first failure are [`Outcome::NotMade`]. Each rule
    /// of the policy has a step, a policy without rules none.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns one sentence about the cause that a refusal probably has, if it is a well-known one:
    /// an issuer that differs by a slash, an ID token in place of an access token, a key that the set
    /// has but skips. It is for the operator of the verifier; it depends on what the token says of
    /// itself, and no answer to a request contains it.
    ///
    /// ```
    /// # #[cfg(feature = "ring")] {
    /// use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier};
    /// let policy = Policy::new(Issuers::any(), Audiences::any());
    /// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
    /// let now = UnixTime::from_seconds(0);
    /// let explanation = Verifier::new(policy)?.explain("eyJ9.e30=.AA==", &keys, now);
    /// assert!(explanation.hint().is_some_and(|hint| hint.contains("Load Balancers")));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Adds the hint for the keys that the token was verified with.
    pub(super) fn with_hint(mut self, token: &[u8], keys: &JwkSet) -> Self {
        self.hint = self.verdict.as_ref().err().and_then(|error| hints::hint(error, token, keys));
        self
    }

    /// Returns the result of [`Verifier::verify`].
    ///
    /// # Errors
    /// The error of the check that failed.
    pub const fn verdict(&self) -> Result<&Verified, &Error> {
        self.verdict.as_ref()
    }

    /// Converts into the result of [`Verifier::verify`].
    ///
    /// # Errors
    /// The error of the check that failed.
    pub fn into_verdict(self) -> Result<Verified, Error> {
        self.verdict
    }

    /// Adds the checks of a profile, which are made of a token that was accepted. What only the caller
    /// knows is asked last, so its step stays the last one, unless `make` has a further one in its place.
    pub(crate) fn continued(
        self,
        checks: &[Check],
        make: impl FnOnce(&Verified, &mut Record) -> Result<(), Error>,
    ) -> Self {
        let Self { mut steps, verdict, hint } = self;
        let is_last = |step: &Step| {
            step.check == Check::Revocation && !matches!(step.outcome, Outcome::Failed)
        };
        let of_caller = if steps.last().is_some_and(is_last) { steps.pop() } else { None };
        let mut record = Record { steps: Some(Vec::new()) };
        let verdict = verdict.and_then(|verified| make(&verified, &mut record).map(|()| verified));
        let made = record.steps.unwrap_or_default();
        let of_caller = of_caller.filter(|_| made.len() <= checks.len());
        let left = checks.iter().skip(made.len()).map(|check| Step::not_made(*check));
        let of_caller = match &verdict {
            Ok(_) => of_caller,
            Err(_) => of_caller.map(|step| Step::not_made(step.check)),
        };
        steps.extend(made.into_iter().chain(left).chain(of_caller));
        Self { steps, verdict, hint }
    }
}

impl fmt::Display for Explanation {
    /// Writes a line for each check, then one for the verdict, and one for the hint if there is one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(formatter, "{step}")?;
        }
        match &self.verdict {
            Ok(_) => formatter.write_str("accepted"),
            Err(error) => write!(formatter, "refused: {error}"),
        }?;
        match &self.hint {
            Some(hint) => write!(formatter, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// One check and its outcome.
#[derive(Clone, Debug)]
pub struct Step {
    check: Check,
    outcome: Outcome,
    detail: String,
    date: Option<NumericDate>,
}

impl Step {
    /// Returns the check.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.check
    }

    /// Returns its outcome.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns human-readable details; may be empty.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the date that a passed check was about, if the token has it.
    #[must_use]
    pub const fn date(&self) -> Option<NumericDate> {
        self.date
    }

    const fn not_made(check: Check) -> Self {
        Self { check, outcome: Outcome::NotMade, detail: String::new(), date: None }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            Outcome::NotMade => "-",
            made => made.name(),
        };
        write!(formatter, "{outcome:<8}{}", self.check.name())?;
        match self.date {
            Some(date) => write!(formatter, ": {date}"),
            None if self.detail.is_empty() => Ok(()),
            None => write!(formatter, ": {}", self.detail),
        }
    }
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The check ran, and the token passed.
    Passed,
    /// The check ran, and the token failed it.
    Failed,
    /// The check did not run, because an earlier one failed.
    NotMade,
}

impl Outcome {
    /// Returns a stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotMade => "not_made",
        }
    }
}

impl Verifier {
    /// Verifies with the same code as [`Verifier::verify`], and records the outcome of each check.
    #[must_use]
    pub fn explain(&self, token: impl AsRef<[u8]>, keys: &JwkSet, now: UnixTime) -> Explanation {
        let token = token.as_ref();
        self.explain_with(token, |opened, record| opened.finish(keys, now, record))
            .with_hint(token, keys)
    }

    /// Keeps what the checks said that come before `finish`, and those that it makes.
    pub(super) fn explain_with<'v>(
        &'v self,
        token: &'v [u8],
        finish: impl FnOnce(Unverified<'v>, &mut Record) -> Result<Verified, Error>,
    ) -> Explanation {
        let mut record = Record { steps: Some(Vec::new()) };
        let verdict = self
            .open_along(token, &mut record, Layer::Jwt)
            .and_then(|opened| finish(opened, &mut record));
        let mut steps = record.steps.unwrap_or_default();
        let made = steps.len();
        let mut planned = Vec::new();
        for check in Check::ALL {
            match check {
                Check::ClaimRule => {
                    planned.extend(self.policy.rules.iter().map(|rule| (check, rule.described())));
                }
                other => planned.push((other, String::new())),
            }
        }
        steps.extend(planned.into_iter().skip(made).map(|(check, detail)| Step {
            check,
            outcome: Outcome::NotMade,
            detail,
            date: None,
        }));
        Explanation { steps, verdict, hint: None }
    }
}

pub(crate) struct Record {
    /// `None` if nothing is recorded.
    steps: Option<Vec<Step>>,
}

impl Record {
    #[cfg(target_family = "wasm")]
    pub(crate) const fn nothing() -> Self {
        Self { steps: None }
    }

    fn add(&mut self, check: Check, error: Option<&Error>) {
        let Some(steps) = &mut self.steps else { return };
        let (outcome, detail) = match error {
            None => (Outcome::Passed, String::new()),
            Some(error) => (Outcome::Failed, text!("{error}")),
        };
        steps.push(Step { check, outcome, detail, date: None });
    }

    fn last(&mut self) -> Option<&mut Step> {
        self.steps.as_mut()?.last_mut()
    }
}

impl Trail for Record {
    fn step<R>(
        &mut self,
        check: Check,
        body: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let result = body();
        self.add(check, result.as_ref().err());
        result
    }

    fn note(&mut self, detail: impl FnOnce() -> String) {
        if let Some(last) = self.last() {
            last.detail = detail();
        }
    }

    fn date(&mut self, date: Option<NumericDate>) {
        if let Some(last) = self.last() {
            last.date = date;
        }
    }
}
