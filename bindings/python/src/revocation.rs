//! The caller's hooks, which are called after every other check: `known_tenants`, then `revoked`.

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use verijot::{Error, Revocation};

use crate::octets::wrong_type;
use crate::refusal;
use crate::token::VerifiedToken;

/// The hooks' verdict, and why there is no answer, if so.
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

    /// The answer of hooks that know nothing against the token.
    pub(crate) const fn clear() -> Self {
        Self { verdict: Ok(()), cause: None }
    }

    /// The answer of a hook that refuses the token.
    pub(crate) const fn refused(error: Error) -> Self {
        Self { verdict: Err(error), cause: None }
    }

    /// Raises unless the hooks accepted the token.
    pub(crate) fn raise(self, py: Python<'_>) -> PyResult<()> {
        self.verdict.map_err(|error| {
            let raised = refusal::raised(py, &error);
            raised.set_cause(py, self.cause);
            raised
        })
    }
}

/// Calls the hook `known_tenants`. It decides nothing but yes or no: its exceptions are raised.
pub(crate) fn is_known(known_tenants: &Bound<'_, PyAny>, tenant: &str) -> PyResult<bool> {
    let answer = known_tenants.call1((tenant,))?;
    match answer.cast::<PyBool>() {
        Ok(answer) => Ok(answer.is_true()),
        Err(_) => Err(wrong_type("the result of known_tenants", "bool", &answer)),
    }
}

/// Raises TypeError for a hook that can never give an answer.
pub(crate) fn check(name: &str, hook: &Bound<'_, PyAny>) -> PyResult<()> {
    if !hook.is_callable() {
        return Err(wrong_type(name, "callable or None", hook));
    }
    let callables = hook.py().import("verijot._callables")?;
    if callables.call_method1("is_async", (hook,))?.is_truthy()? {
        return Err(PyTypeError::new_err(format!(
            "{name} must not be a coroutine function; verify cannot await it"
        )));
    }
    Ok(())
}
