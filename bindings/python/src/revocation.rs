//! The caller's `revoked` hook, which is called after every other check.

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use verijot::{Error, Revocation};

use crate::octets::wrong_type;
use crate::refusal;
use crate::token::VerifiedToken;

/// The hook's verdict, and why it gave no answer, if so.
pub(crate) struct Answer {
    pub(crate) verdict: Result<(), Error>,
    cause: Option<PyErr>,
}

impl Answer {
    /// Calls the hook. Only `False` accepts the token; an exception or any value that is not a bool
    /// counts as no answer. A BaseException such as KeyboardInterrupt is raised.
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
                    // Closes a coroutine, which would otherwise warn that it was never awaited.
                    let _ = answer.call_method0("close");
                    let problem = wrong_type("the result of revoked", "bool", &answer);
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

    /// Raises unless the hook accepted the token.
    pub(crate) fn raise(self, py: Python<'_>) -> PyResult<()> {
        self.verdict.map_err(|error| {
            let raised = refusal::raised(py, &error);
            raised.set_cause(py, self.cause);
            raised
        })
    }
}

/// Raises TypeError for a hook that can never give an answer.
pub(crate) fn check(revoked: &Bound<'_, PyAny>) -> PyResult<()> {
    if !revoked.is_callable() {
        return Err(wrong_type("revoked", "callable or None", revoked));
    }
    let inspect = revoked.py().import("inspect")?;
    if inspect.call_method1("iscoroutinefunction", (revoked,))?.is_truthy()? {
        return Err(PyTypeError::new_err(
            "revoked must not be a coroutine function; verify cannot await it",
        ));
    }
    Ok(())
}
