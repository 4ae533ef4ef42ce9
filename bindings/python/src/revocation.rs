//! What the caller's `revoked` says of a token that has passed every other check.

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use verijot::{Error, Revocation};

use crate::octets::wrong_type;
use crate::refusal;
use crate::token::VerifiedToken;

/// What the hook makes of a token, and what kept it from an answer.
pub(crate) struct Answer {
    pub(crate) verdict: Result<(), Error>,
    cause: Option<PyErr>,
}

impl Answer {
    /// Asks the hook. Only `False` lets a token through; an exception and any other answer are no
    /// answer. What is not an Exception, such as KeyboardInterrupt, is raised on.
    pub(crate) fn of(
        revoked: &Bound<'_, PyAny>,
        token: &Bound<'_, VerifiedToken>,
    ) -> PyResult<Self> {
        let py = token.py();
        let (answer, cause) = match revoked.call1((token,)) {
            Ok(answer) => match answer.cast::<PyBool>() {
                Ok(answer) if answer.is_true() => (Revocation::Revoked, None),
                Ok(_) => (Revocation::Clear, None),
                Err(_) => {
                    // A coroutine that nobody awaits would complain when it is dropped.
                    let _ = answer.call_method0("close");
                    let problem = wrong_type("the answer of revoked", "bool", &answer);
                    (Revocation::Unavailable, Some(problem))
                }
            },
            Err(cause) if cause.is_instance_of::<PyException>(py) => {
                (Revocation::Unavailable, Some(cause))
            }
            Err(interruption) => return Err(interruption),
        };
        Ok(Self { verdict: answer.into_result(), cause })
    }

    /// The exception to raise unless the token is clear.
    pub(crate) fn raise(self, py: Python<'_>) -> PyResult<()> {
        self.verdict.map_err(|error| {
            let raised = refusal::raised(py, &error);
            raised.set_cause(py, self.cause);
            raised
        })
    }
}

/// A hook that could never give an answer is a mistake to be told at once.
pub(crate) fn check(revoked: &Bound<'_, PyAny>) -> PyResult<()> {
    if !revoked.is_callable() {
        return Err(wrong_type("revoked", "callable or None", revoked));
    }
    let inspect = revoked.py().import("inspect")?;
    if inspect.call_method1("iscoroutinefunction", (revoked,))?.is_truthy()? {
        return Err(PyTypeError::new_err(
            "revoked is a coroutine function; verify cannot await it",
        ));
    }
    Ok(())
}
