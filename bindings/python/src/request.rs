//! What guards decide: demands, where the token is, the whole answer. All of it is the core's.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use verijot::request::{DemandError, TokenPlace};

use crate::octets::octets;
use crate::token::VerifiedToken;
use crate::{names, refusal};

/// Scopes and roles that a token must grant, all that are given; demands add up with `&`.
///
/// An empty list, a blank name and a demand of nothing raise InvalidDemandError.
#[pyclass(frozen, eq, module = "verijot.web")]
#[derive(Clone, PartialEq)]
pub(crate) struct Demand {
    demand: verijot::request::Demand,
}

#[pymethods]
impl Demand {
    #[new]
    #[pyo3(signature = (*, scopes=None, any_scope=None, role=None, any_role=None, at=None))]
    fn new(
        py: Python<'_>,
        scopes: Option<&Bound<'_, PyAny>>,
        any_scope: Option<&Bound<'_, PyAny>>,
        role: Option<&Bound<'_, PyAny>>,
        any_role: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        if at.is_some() != (role.is_some() || any_role.is_some()) {
            let message = "a role and at belong together: which role, and in which claim";
            return Err(PyTypeError::new_err(message));
        }
        let invalid = |error: DemandError| refusal::invalid_demand(py, &error);
        let mut demand = verijot::request::Demand::good_token();
        if let Some(scopes) = scopes {
            let scopes = names::names(scopes, "scopes")?;
            demand = demand.and(verijot::request::Demand::all_scopes(scopes).map_err(invalid)?);
        }
        if let Some(scopes) = any_scope {
            let scopes = names::names(scopes, "any_scope")?;
            demand = demand.and(verijot::request::Demand::any_scope(scopes).map_err(invalid)?);
        }
        if let (Some(at), Some(roles)) = (at, role) {
            let (path, roles) = (names::claim_path(at)?, names::names(roles, "role")?);
            demand = demand.and(verijot::request::Demand::all_roles(path, roles).map_err(invalid)?);
        }
        if let (Some(at), Some(roles)) = (at, any_role) {
            let (path, roles) = (names::claim_path(at)?, names::names(roles, "any_role")?);
            demand = demand.and(verijot::request::Demand::any_role(path, roles).map_err(invalid)?);
        }
        if demand.is_empty() {
            let problem = "nothing is demanded; name scopes or a role";
            return Err(refusal::invalid_demand_because(py, problem));
        }
        Ok(Self { demand })
    }

    /// Reads a demand from its JSON document. Raises InvalidDemandError.
    #[staticmethod]
    #[pyo3(signature = (document, /))]
    fn from_json(py: Python<'_>, document: &str) -> PyResult<Self> {
        verijot::request::Demand::from_json(document)
            .map(|demand| Self { demand })
            .map_err(|error| refusal::invalid_demand(py, &error))
    }

    /// The demand as a document for `from_json`.
    fn to_json(&self) -> String {
        self.demand.to_json().unwrap_or_default()
    }

    /// Raises InsufficientScopeError unless the token grants all of it.
    #[pyo3(signature = (token, /))]
    fn check(&self, py: Python<'_>, token: &VerifiedToken) -> PyResult<()> {
        self.demand.check(token.verified()).map_err(|error| refusal::raised(py, &error))
    }

    fn __and__(&self, other: &Self) -> Self {
        Self { demand: self.demand.clone().and(other.demand.clone()) }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(),)))
    }

    fn __repr__(&self) -> String {
        format!("<Demand {}>", self.to_json())
    }
}

/// All that a guard is told: where the token is, what it must grant, who may come without one.
#[pyclass(frozen, eq, module = "verijot.web")]
#[derive(Clone, PartialEq)]
pub(crate) struct GuardRules {
    rules: verijot::request::GuardRules,
}

#[pymethods]
impl GuardRules {
    #[new]
    #[pyo3(signature = (demand=None, *, optional=false, header=None, cookie=None, realm=None))]
    fn new(
        py: Python<'_>,
        demand: Option<&Demand>,
        optional: bool,
        header: Option<&str>,
        cookie: Option<&str>,
        realm: Option<&str>,
    ) -> PyResult<Self> {
        let demand =
            demand.map_or(verijot::request::Demand::good_token(), |demand| demand.demand.clone());
        let mut rules = verijot::request::GuardRules::new(demand).at(place(py, header, cookie)?);
        if let Some(realm) = realm {
            rules = rules.with_realm(realm);
        }
        if optional {
            rules = rules.optional().map_err(|error| refusal::invalid_demand(py, &error))?;
        }
        Ok(Self { rules })
    }

    /// The header to look at, in lower case.
    #[getter]
    fn header_name(&self) -> &str {
        self.rules.place().header_name()
    }

    /// Whether requests without any token are let in.
    #[getter]
    fn is_optional(&self) -> bool {
        self.rules.is_optional()
    }

    /// The same, and this demanded too. Raises InvalidDemandError if the guard is optional.
    #[pyo3(signature = (demand, /))]
    fn requires(&self, py: Python<'_>, demand: &Demand) -> PyResult<Self> {
        let rules = self.rules.clone().and(demand.demand.clone());
        rules.map(|rules| Self { rules }).map_err(|error| refusal::invalid_demand(py, &error))
    }

    /// The same, but requests without any token are let in. Raises InvalidDemandError if something
    /// is demanded.
    fn optional(&self, py: Python<'_>) -> PyResult<Self> {
        let rules = self.rules.clone().optional();
        rules.map(|rules| Self { rules }).map_err(|error| refusal::invalid_demand(py, &error))
    }

    /// The token in the values of every line of the header; None only if the guard is optional and
    /// the request has none. Raises MissingTokenError or MalformedAuthorizationError.
    #[pyo3(signature = (values, /))]
    fn token<'py>(&self, values: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let py = values.py();
        let values = values.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let values = values.iter().map(|value| octets(value, "each of values"));
        let values = values.collect::<PyResult<Vec<_>>>()?;
        let token = self.rules.token(values.iter().map(|value| &**value));
        let token = token.map_err(|error| refusal::raised(py, &error))?;
        Ok(token.map(|token| PyBytes::new(py, token)))
    }

    /// Raises InsufficientScopeError unless the token grants what is demanded.
    #[pyo3(signature = (token, /))]
    fn check(&self, py: Python<'_>, token: &VerifiedToken) -> PyResult<()> {
        self.rules.check(token.verified()).map_err(|error| refusal::raised(py, &error))
    }

    /// The whole answer to a request that is refused for this VerificationError.
    #[pyo3(signature = (error, /))]
    fn answer(&self, error: &Bound<'_, PyAny>) -> PyResult<Answer> {
        let challenge = error.getattr("www_authenticate")?.extract::<Option<String>>()?;
        let answer = verijot::request::Answer::restored(
            &error.getattr("code")?.extract::<String>()?,
            error.getattr("http_status")?.extract::<u16>()?,
            challenge.as_deref(),
            error.getattr("retry_after")?.extract::<Option<u64>>()?,
            self.rules.realm(),
            self.rules.place(),
        );
        Ok(Answer { answer })
    }

    fn __repr__(&self) -> String {
        let demand = self.rules.demand().to_json().unwrap_or_else(|| "a good token".to_owned());
        format!("<GuardRules {}: {demand}>", self.header_name())
    }
}

/// The whole answer to a request that is refused.
#[pyclass(frozen, eq, module = "verijot.web")]
#[derive(PartialEq)]
pub(crate) struct Answer {
    answer: verijot::request::Answer,
}

#[pymethods]
impl Answer {
    /// 401, 403 or 503.
    #[getter]
    fn status(&self) -> u16 {
        self.answer.status()
    }

    /// Each header with its value, Content-Type and Cache-Control among them.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        for (name, value) in self.answer.headers() {
            headers.set_item(name, value)?;
        }
        Ok(headers)
    }

    /// JSON that names the code, such as `{"detail":"expired"}`.
    #[getter]
    fn body(&self) -> &str {
        self.answer.body()
    }

    /// What a WebSocket is closed with.
    #[getter]
    fn websocket_close_code(&self) -> u16 {
        self.answer.websocket_close_code()
    }

    fn __repr__(&self) -> String {
        format!("<Answer {} {}>", self.answer.status(), self.answer.body())
    }
}

fn place(py: Python<'_>, header: Option<&str>, cookie: Option<&str>) -> PyResult<TokenPlace> {
    let place = match (header, cookie) {
        (None, None) => Ok(TokenPlace::authorization()),
        (Some(header), None) => TokenPlace::header(header),
        (None, Some(cookie)) => TokenPlace::cookie(cookie),
        (Some(_), Some(_)) => {
            let problem = "a token is looked for in one place; name a header or a cookie";
            return Err(refusal::invalid_demand_because(py, problem));
        }
    };
    place.map_err(|error| refusal::invalid_demand(py, &error))
}
