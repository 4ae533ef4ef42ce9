//! Tokens that may be presented once, and the window that remembers them.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyBytes;

use crate::{refusal, time};

/// What a store remembers of a token, and for how long.
#[pyclass(frozen, module = "verijot.replay")]
pub(crate) struct Replay {
    replay: verijot::profile::Replay,
}

impl Replay {
    pub(crate) fn of_core(replay: verijot::profile::Replay) -> Self {
        Self { replay }
    }
}

#[pymethods]
impl Replay {
    /// 32 octets: the same for the same token, and for no other.
    #[getter]
    fn key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.replay.key())
    }

    /// The last second at which the token must be remembered, in seconds since 1970.
    #[getter]
    fn until(&self) -> i64 {
        let until = self.replay.until();
        until.seconds().saturating_add(i64::from(until.subsecond_nanoseconds() > 0))
    }

    fn __repr__(&self) -> String {
        format!("<Replay until={}>", self.until())
    }
}

/// Remembers the tokens of one process that may be presented once, each for as long as it would be
/// accepted again. Safe to share between threads.
///
/// Nothing is forgotten before its time: with `capacity` tokens, further ones are refused with
/// ReplayUnavailableError.
#[pyclass(frozen, module = "verijot.replay")]
pub(crate) struct ReplayWindow {
    window: Mutex<verijot::profile::ReplayWindow>,
}

#[pymethods]
impl ReplayWindow {
    /// Makes an empty window for at most this many tokens at a time.
    #[new]
    #[pyo3(signature = (capacity, /))]
    fn new(capacity: usize) -> Self {
        Self { window: Mutex::new(verijot::profile::ReplayWindow::new(capacity)) }
    }

    /// Remembers a token that has passed every other check.
    ///
    /// Raises ReplayedTokenError for a known token, and ReplayUnavailableError if there is no room.
    #[pyo3(signature = (replay, /, *, now=None))]
    fn admit(
        &self,
        py: Python<'_>,
        replay: &Replay,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let now = time::moment(now)?;
        // No Python code runs while this lock is held.
        let mut window = self.window.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let admission = window.admit(&replay.replay, now);
        drop(window);
        admission.into_result().map_err(|error| refusal::raised(py, &error))
    }

    /// How many tokens are remembered.
    fn __len__(&self, py: Python<'_>) -> usize {
        self.window.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner).len()
    }

    fn __bool__(&self) -> bool {
        true
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<ReplayWindow with {}>", self.__len__(py))
    }
}
