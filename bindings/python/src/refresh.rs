//! When a client refreshes its access token: the core's session inside a lock, with moments as in
//! `cache`. `verijot._session` holds the tokens.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use verijot::session::{
    AfterUnauthorized, Decision, RefreshOutcome, RefreshSettings, Session, Storage, TokenResponse,
    Tokens,
};

use crate::octets::octets;
use crate::{refusal, time};

/// Knows how old a client's tokens are and when to refresh them, but not the tokens.
///
/// Every moment is a reading of two clocks: `now`, nanoseconds of a monotonic clock, and `wall`,
/// nanoseconds since 1970, or None where there is no such clock. Protect it and the tokens with one
/// lock.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct RefreshSession {
    session: Mutex<Session>,
}

impl RefreshSession {
    /// No Python code runs while the lock is held.
    fn session(&self, py: Python<'_>) -> MutexGuard<'_, Session> {
        self.session.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl RefreshSession {
    /// Makes a session without tokens. None stands for the core's default.
    #[new]
    #[pyo3(signature = (
        *, skew=None, unauthorized_rest=None, shortest_rest=None, longest_rest=None,
        refresh_timeout=None
    ))]
    fn new(
        skew: Option<&Bound<'_, PyAny>>,
        unauthorized_rest: Option<&Bound<'_, PyAny>>,
        shortest_rest: Option<&Bound<'_, PyAny>>,
        longest_rest: Option<&Bound<'_, PyAny>>,
        refresh_timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut settings = RefreshSettings::default();
        for (number, given, name) in [
            (&mut settings.skew, skew, "skew"),
            (&mut settings.unauthorized_rest, unauthorized_rest, "unauthorized_rest"),
            (&mut settings.shortest_rest, shortest_rest, "shortest_rest"),
            (&mut settings.longest_rest, longest_rest, "longest_rest"),
            (&mut settings.refresh_timeout, refresh_timeout, "refresh_timeout"),
        ] {
            if let Some(given) = given {
                *number = time::setting(given, name)?;
            }
        }
        Ok(Self { session: Mutex::new(Session::new(settings)) })
    }

    /// How many seconds requests wait until new tokens are stored.
    #[classattr]
    const STORING_TIMEOUT: f64 = Session::STORING_TIMEOUT.as_secs_f64();

    /// The most octets that a token endpoint's answer may have. A longer one has no tokens.
    #[classattr]
    const MAX_ANSWER_OCTETS: usize = Session::MAX_ANSWER_OCTETS;

    /// Takes tokens. Returns the number to keep them under.
    #[pyo3(signature = (expires_in, age, is_refreshable, now, wall))]
    fn sign_in(
        &self,
        expires_in: Option<&Bound<'_, PyAny>>,
        age: &Bound<'_, PyAny>,
        is_refreshable: bool,
        now: u64,
        wall: Option<u64>,
    ) -> PyResult<u64> {
        let tokens = tokens(expires_in, is_refreshable)?.age(time::span(age, "age")?);
        let generation = self.session(age.py()).sign_in(tokens, time::reading(now, wall));
        Ok(generation.number())
    }

    /// Reports that the tokens with this number are stored. Tokens of a sign-in count as stored,
    /// tokens of a refresh only after this.
    #[pyo3(signature = (generation))]
    fn on_stored(&self, py: Python<'_>, generation: u64) {
        let mut session = self.session(py);
        let held = session.health(Duration::ZERO).generation;
        if let Some(held) = held.filter(|held| held.number() == generation) {
            session.on_stored(held);
        }
    }

    /// Forgets the tokens.
    fn sign_out(&self, py: Python<'_>) {
        self.session(py).sign_out();
    }

    /// Decides which tokens to send with a request. Returns them, a ticket for a refresh to start,
    /// and after how many seconds to call again at the latest while another caller's refresh runs.
    ///
    /// With tokens and a ticket, start the refresh and do not wait for it. With only a ticket or
    /// only seconds, call again after the refresh. Raises an AccessTokenError if no tokens are
    /// available.
    #[pyo3(signature = (is_writable, now, wall))]
    fn resolve(
        &self,
        py: Python<'_>,
        is_writable: bool,
        now: u64,
        wall: Option<u64>,
    ) -> PyResult<Resolved> {
        let now = time::reading(now, wall);
        let demand = {
            let mut session = self.session(py);
            let demand = session.resolve(storage(is_writable), now);
            let failure = session.health(now).last_failure;
            (demand, failure)
        };
        Err(match demand {
            (Decision::Use { attempt, refresh }, _) => {
                let refresh = refresh.map(|ticket| RefreshTicket { ticket });
                return Ok((Some(Attempt { attempt }), refresh, None));
            }
            (Decision::Refresh(ticket), _) => {
                return Ok((None, Some(RefreshTicket { ticket }), None));
            }
            (Decision::Wait { at_most }, _) => {
                return Ok((None, None, Some(at_most.as_secs_f64())));
            }
            (Decision::StorageNeeded, _) => refusal::storage_needed(py, NO_STORAGE),
            (Decision::Unavailable { retry_after }, failure) => {
                let failure = failure.map(|failure| failure.to_string()).unwrap_or_default();
                let problem = format!("could not refresh the access token: {failure}");
                refusal::refresh_unavailable(py, &problem, retry_after)
            }
            (_, Some(verijot::session::RefreshFailure::Refused)) => {
                refusal::sign_in_needed(py, REFUSED)
            }
            _ => refusal::sign_in_needed(py, NO_TOKENS),
        })
    }

    /// Decides what to do after a 401 response. Returns the same as `resolve`; three times None if
    /// the refusal is final.
    #[pyo3(signature = (attempt, is_writable, now, wall))]
    fn on_unauthorized(
        &self,
        py: Python<'_>,
        attempt: &Attempt,
        is_writable: bool,
        now: u64,
        wall: Option<u64>,
    ) -> Resolved {
        let (storage, now) = (storage(is_writable), time::reading(now, wall));
        let after = self.session(py).on_unauthorized(&attempt.attempt, storage, now);
        match after {
            AfterUnauthorized::Retry(attempt) => (Some(Attempt { attempt }), None, None),
            AfterUnauthorized::Refresh(ticket) => (None, Some(RefreshTicket { ticket }), None),
            AfterUnauthorized::Wait { at_most } => (None, None, Some(at_most.as_secs_f64())),
            _ => (None, None, None),
        }
    }

    /// Takes the tokens of a refresh. Returns the number to keep them under, or None if they must
    /// neither be used nor stored.
    #[pyo3(signature = (ticket, expires_in, is_refreshable, now, wall))]
    fn on_refreshed(
        &self,
        py: Python<'_>,
        ticket: &RefreshTicket,
        expires_in: Option<&Bound<'_, PyAny>>,
        is_refreshable: bool,
        now: u64,
        wall: Option<u64>,
    ) -> PyResult<Option<u64>> {
        let tokens = tokens(expires_in, is_refreshable)?;
        let now = time::reading(now, wall);
        let outcome = self.session(py).on_refreshed(&ticket.ticket, tokens, now);
        Ok(outcome.generation().map(verijot::session::Generation::number))
    }

    /// Reports that a refresh got no tokens. Returns the effect: `failed`, where the old tokens stay
    /// in use, `signed_out` or `ignored`.
    #[pyo3(signature = (ticket, failure, now, wall))]
    fn on_failure(
        &self,
        py: Python<'_>,
        ticket: &RefreshTicket,
        failure: &RefreshFailure,
        now: u64,
        wall: Option<u64>,
    ) -> &'static str {
        let now = time::reading(now, wall);
        match self.session(py).on_failure(&ticket.ticket, failure.failure, now) {
            RefreshOutcome::Failed => "failed",
            RefreshOutcome::SignedOut => "signed_out",
            _ => "ignored",
        }
    }

    /// Returns the state of the session.
    #[pyo3(signature = (now, wall))]
    fn health(&self, py: Python<'_>, now: u64, wall: Option<u64>) -> SessionHealth {
        let health = self.session(py).health(time::reading(now, wall));
        SessionHealth {
            is_signed_in: health.generation.is_some(),
            is_valid: health.is_valid,
            expires_in: health.expires_in.map(|span| span.as_secs_f64()),
            failures: health.failures,
            last_failure: health.last_failure.map(|failure| failure.to_string()),
            is_refreshing: health.is_refreshing,
        }
    }

    fn __repr__(&self) -> &'static str {
        "<RefreshSession>"
    }
}

/// Tokens to send, a refresh to start, and after how many seconds to call again.
type Resolved = (Option<Attempt>, Option<RefreshTicket>, Option<f64>);

/// One attempt to send a request.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Attempt {
    attempt: verijot::session::Attempt,
}

#[pymethods]
impl Attempt {
    /// The number of the tokens to send.
    #[getter]
    fn generation(&self) -> u64 {
        self.attempt.generation().number()
    }

    fn __repr__(&self) -> &'static str {
        "<Attempt>"
    }
}

/// Permission for one refresh.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct RefreshTicket {
    ticket: verijot::session::RefreshTicket,
}

#[pymethods]
impl RefreshTicket {
    /// The number of the tokens whose refresh token to send.
    #[getter]
    fn generation(&self) -> u64 {
        self.ticket.generation().number()
    }

    /// Whether the tokens must be stored before their refresh token is sent. If that fails, report
    /// `RefreshFailure.not_stored()`.
    #[getter]
    fn store_first(&self) -> bool {
        self.ticket.store_first()
    }

    /// How many seconds the refresh may take.
    #[getter]
    fn timeout(&self) -> f64 {
        self.ticket.timeout().as_secs_f64()
    }

    fn __repr__(&self) -> &'static str {
        "<RefreshTicket>"
    }
}

/// Why a refresh got no tokens. As text: a stable code, which a colon and details may follow.
#[pyclass(frozen, eq, module = "verijot")]
#[derive(PartialEq)]
pub(crate) struct RefreshFailure {
    failure: verijot::session::RefreshFailure,
}

#[pymethods]
impl RefreshFailure {
    /// Classifies a response without usable tokens. Only `invalid_grant` is permanent.
    #[staticmethod]
    #[pyo3(signature = (status, body, /))]
    fn of_response(status: u16, body: &Bound<'_, PyAny>) -> PyResult<Self> {
        let body = octets(body, "body")?;
        Ok(Self { failure: verijot::session::RefreshFailure::of_response(status, &body) })
    }

    /// The endpoint did not respond.
    #[staticmethod]
    fn no_answer() -> Self {
        Self { failure: verijot::session::RefreshFailure::NoAnswer }
    }

    /// The refresh took too long.
    #[staticmethod]
    fn timed_out() -> Self {
        Self { failure: verijot::session::RefreshFailure::TimedOut }
    }

    /// The tokens of the last refresh could not be stored, so nothing was sent.
    #[staticmethod]
    fn not_stored() -> Self {
        Self { failure: verijot::session::RefreshFailure::NotStored }
    }

    fn __str__(&self) -> String {
        self.failure.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<RefreshFailure {}>", self.failure)
    }
}

/// Reads the tokens of a token endpoint's answer (RFC 6749 §5.1): the access token, the refresh
/// token, and the access token's lifetime in seconds. None for an answer without tokens.
#[pyfunction]
#[pyo3(signature = (status, body, /))]
pub(crate) fn token_response(status: u16, body: &Bound<'_, PyAny>) -> PyResult<Option<Issued>> {
    let body = octets(body, "body")?;
    let tokens = TokenResponse::read(status, &body).ok();
    Ok(tokens.map(|tokens| {
        let refresh_token = tokens.refresh_token().map(ToOwned::to_owned);
        let expires_in = tokens.expires_in().map(|lifetime| lifetime.as_secs_f64());
        (tokens.access_token().to_owned(), refresh_token, expires_in)
    }))
}

type Issued = (String, Option<String>, Option<f64>);

/// The state of a client's tokens.
#[pyclass(frozen, get_all, module = "verijot")]
pub(crate) struct SessionHealth {
    /// Whether there are tokens; otherwise the user must sign in.
    is_signed_in: bool,
    /// Whether the access token has not expired.
    is_valid: bool,
    /// How many seconds the access token is still valid, if known.
    expires_in: Option<f64>,
    /// How many refreshes in a row have failed.
    failures: u32,
    /// The last failure: a code, which a colon and details may follow.
    last_failure: Option<String>,
    /// Whether a refresh is running.
    is_refreshing: bool,
}

#[pymethods]
impl SessionHealth {
    fn __repr__(&self) -> String {
        let Self { is_signed_in, is_valid, failures, .. } = self;
        let signed_in = if *is_signed_in { "signed in" } else { "not signed in" };
        let valid = if *is_valid { "valid" } else { "not valid" };
        format!("<SessionHealth {signed_in}, {valid}, {failures} failures>")
    }
}

fn tokens(expires_in: Option<&Bound<'_, PyAny>>, is_refreshable: bool) -> PyResult<Tokens> {
    let expires_in = expires_in.map(|span| time::span(span, "expires_in")).transpose()?;
    let tokens = Tokens::new(expires_in);
    Ok(if is_refreshable { tokens } else { tokens.without_refresh_token() })
}

const fn storage(is_writable: bool) -> Storage {
    if is_writable { Storage::Writable } else { Storage::ReadOnly }
}

const NO_STORAGE: &str =
    "the access token must be refreshed, but new tokens cannot be stored now; retry later";

const REFUSED: &str = "the issuer refused the refresh token (invalid_grant); sign in again";

const NO_TOKENS: &str = "no tokens, or the token has expired and cannot be refreshed; sign in";
