//! Every check of one verification with its outcome, without secrets.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use verijot::verify::Outcome;

use crate::token::VerifiedToken;
use crate::verifier::Verifier;
use crate::{refusal, time};

/// The outcome of each check of one verification.
///
/// It contains no token, signature or key, and no claims except dates.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Explanation {
    steps: Vec<Py<Step>>,
    token: Option<Py<VerifiedToken>>,
    error: Option<Py<PyAny>>,
    hint: Option<String>,
    text: String,
}

impl Explanation {
    /// Asks the caller of this verifier last, as a verification does. The answer is the last step's outcome.
    pub(crate) fn of(
        py: Python<'_>,
        explanation: verijot::Explanation,
        caller: Option<&Verifier>,
    ) -> PyResult<Self> {
        let mut steps = Vec::new();
        for step in explanation.steps() {
            steps.push(Step::of(py, step)?);
        }
        let mut text = explanation.to_string();
        let hint = explanation.hint().map(str::to_owned);
        let (mut token, mut error) = (None, None);
        match explanation.into_verdict() {
            Ok(verified) => token = Some(Bound::new(py, VerifiedToken::new(verified))?),
            Err(refused) => error = Some(refused),
        }
        if let (Some(caller), Some(verified)) = (caller.filter(|by| by.has_hooks()), &token) {
            error = caller.ask_caller(py, verified)?.verdict.err();
            if let Some(last) = steps.last_mut() {
                last.set_outcome(error.as_ref());
            }
            if error.is_some() {
                token = None;
            }
            text = written_out(&steps, error.as_ref());
        }
        let error = error.map(|error| refusal::exception(py, &error)).transpose()?;
        let steps = steps.into_iter().map(|step| Py::new(py, step)).collect::<PyResult<_>>()?;
        let (token, error) = (token.map(Bound::unbind), error.map(Bound::unbind));
        Ok(Self { steps, token, error, hint, text })
    }
}

#[pymethods]
impl Explanation {
    /// Every check in order. Checks after the first failure have the outcome `not_made`.
    #[getter]
    fn steps(&self, py: Python<'_>) -> Vec<Py<Step>> {
        self.steps.iter().map(|step| step.clone_ref(py)).collect()
    }

    /// Whether `verify` accepts the token.
    #[getter]
    const fn accepted(&self) -> bool {
        self.error.is_none()
    }

    /// What `verify` raises, or None.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.error.as_ref().map(|error| error.clone_ref(py))
    }

    /// What `verify` returns, or None.
    #[getter]
    fn token(&self, py: Python<'_>) -> Option<Py<VerifiedToken>> {
        self.token.as_ref().map(|token| token.clone_ref(py))
    }

    /// One sentence about the cause that a refusal probably has, if it is a well-known one, such as
    /// an issuer that differs by a slash; otherwise None. It is not for the sender of the token.
    #[getter]
    fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// A line for each check, then one for the verdict, and one for the hint if there is one.
    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self) -> &'static str {
        if self.error.is_none() { "<Explanation accepted>" } else { "<Explanation refused>" }
    }

    /// A raised error knows the frames that it passed, and these may know the explanation.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.error)?;
        visit.call(&self.token)
    }
}

/// One check and its outcome.
#[pyclass(frozen, get_all, module = "verijot")]
pub(crate) struct Step {
    /// The name of the check.
    check: &'static str,
    /// `passed`, `failed` or `not_made`.
    outcome: &'static str,
    /// Human-readable details; may be empty.
    detail: String,
    /// The date that a passed check looked at, in seconds since 1970, if the token has it.
    date: Option<Py<PyAny>>,
}

impl Step {
    fn of(py: Python<'_>, step: &verijot::verify::Step) -> PyResult<Self> {
        let date = step.date().map(|date| time::number(py, date)).transpose()?;
        Ok(Self {
            check: step.check().name(),
            outcome: step.outcome().name(),
            detail: step.detail().to_owned(),
            date: date.map(Bound::unbind),
        })
    }

    /// Sets the outcome of what only the caller knows, which the core does not make.
    fn set_outcome(&mut self, error: Option<&verijot::Error>) {
        let outcome = if error.is_some() { Outcome::Failed } else { Outcome::Passed };
        self.outcome = outcome.name();
        self.detail = error.map(ToString::to_string).unwrap_or_default();
    }

    fn line(&self) -> String {
        let outcome = if self.outcome == Outcome::NotMade.name() { "-" } else { self.outcome };
        let detail = match &self.date {
            Some(date) => format!(": {date}"),
            None if self.detail.is_empty() => String::new(),
            None => format!(": {}", self.detail),
        };
        format!("{outcome:<8}{}{detail}", self.check)
    }
}

#[pymethods]
impl Step {
    fn __str__(&self) -> String {
        self.line()
    }

    fn __repr__(&self) -> String {
        format!("<Step {}: {}>", self.check, self.outcome)
    }
}

fn written_out(steps: &[Step], error: Option<&verijot::Error>) -> String {
    let verdict =
        error.map_or_else(|| String::from("accepted"), |error| format!("refused: {error}"));
    let mut lines = steps.iter().map(Step::line).collect::<Vec<_>>();
    lines.push(verdict);
    lines.join("\n")
}
