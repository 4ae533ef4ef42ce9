//! Guards: demands, where the token is, the whole response. The core decides all of it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use verijot::request::{DemandError, TokenPlace};

use crate::octets::octets;
use crate::token::VerifiedToken;
use crate::{names, refusal, time};

/// Scopes and roles that a token must grant, and how its user must have signed in: all of them.
/// `acr_values` are those of `acr` of which one is enough, `max_authentication_age` is how long ago
/// `auth_time` may be, in seconds or as a timedelta. `&` combines demands.
///
/// Raises InvalidDemandError for an empty list, a blank name and a demand without any content.
#[pyclass(frozen, eq, module = "verijot.web")]
#[derive(Clone, PartialEq)]
pub(crate) struct Demand {
    demand: verijot::request::Demand,
}

#[pymethods]
impl Demand {
    #[new]
    #[pyo3(signature = (
        *, scopes=None, any_scope=None, role=None, any_role=None, at=None, acr_values=None,
        max_authentication_age=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword of Python")]
    fn new(
        py: Python<'_>,
        scopes: Option<&Bound<'_, PyAny>>,
        any_scope: Option<&Bound<'_, PyAny>>,
        role: Option<&Bound<'_, PyAny>>,
        any_role: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
        acr_values: Option<&Bound<'_, PyAny>>,
        max_authentication_age: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        if at.is_some() != (role.is_some() || any_role.is_some()) {
            let message = "a role needs at, the claim that has it; and at needs a role";
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
        // Read once: an iterator gives its names only once.
        let path = at.map(names::claim_path).transpose()?;
        if let (Some(path), Some(roles)) = (path.clone(), role) {
            let roles = names::names(roles, "role")?;
            demand = demand.and(verijot::request::Demand::all_roles(path, roles).map_err(invalid)?);
        }
        if let (Some(path), Some(roles)) = (path, any_role) {
            let roles = names::names(roles, "any_role")?;
            demand = demand.and(verijot::request::Demand::any_role(path, roles).map_err(invalid)?);
        }
        if let Some(values) = acr_values {
            let values = names::names(values, "acr_values")?;
            demand = demand.and(verijot::request::Demand::acr_values(values).map_err(invalid)?);
        }
        if let Some(age) = max_authentication_age {
            // What is no duration becomes one that the core refuses.
            let age = time::duration(age, "max_authentication_age")?.unwrap_or_default();
            let age = verijot::request::Demand::max_authentication_age(age).map_err(invalid)?;
            demand = demand.and(age);
        }
        if demand.is_empty() {
            let problem = "the demand is empty; name scopes, a role or a sign-in";
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

    /// Returns the document for `from_json`.
    fn to_json(&self) -> String {
        self.demand.to_json().unwrap_or_default()
    }

    /// Raises InsufficientScopeError or InsufficientAuthenticationError unless the token grants all
    /// of the demand. `now` is for tests; by default it is the system's time.
    #[pyo3(signature = (token, /, *, now=None))]
    fn check(
        &self,
        py: Python<'_>,
        token: &VerifiedToken,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let now = time::moment(now)?;
        self.demand.check(token.verified(), now).map_err(|error| refusal::raised(py, &error))
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

/// The rules of a guard: where the token is, what it must grant, whether it may be missing.
#[pyclass(frozen, eq, module = "verijot.web")]
#[derive(Clone, PartialEq)]
pub(crate) struct GuardRules {
    rules: verijot::request::GuardRules,
}

#[pymethods]
impl GuardRules {
    #[new]
    #[pyo3(signature = (
        demand=None, *, optional=false, header=None, cookie=None, realm=None, resource_metadata=None,
    ))]
    fn new(
        py: Python<'_>,
        demand: Option<&Demand>,
        optional: bool,
        header: Option<&str>,
        cookie: Option<&str>,
        realm: Option<&str>,
        resource_metadata: Option<&str>,
    ) -> PyResult<Self> {
        let demand =
            demand.map_or(verijot::request::Demand::good_token(), |demand| demand.demand.clone());
        let mut rules = verijot::request::GuardRules::new(demand).at(place(py, header, cookie)?);
        if let Some(realm) = realm {
            rules = rules.with_realm(realm);
        }
        if let Some(url) = resource_metadata {
            let named = rules.with_resource_metadata(url);
            rules = named.map_err(|error| refusal::invalid_demand(py, &error))?;
        }
        if optional {
            rules = rules.optional().map_err(|error| refusal::invalid_demand(py, &error))?;
        }
        Ok(Self { rules })
    }

    /// The name of the header that has the token, in lower case.
    #[getter]
    fn header_name(&self) -> &str {
        self.rules.place().header_name()
    }

    /// Whether the guard lets in requests without a token.
    #[getter]
    fn is_optional(&self) -> bool {
        self.rules.is_optional()
    }

    /// Returns a copy with one more demand. Raises InvalidDemandError if the guard is optional.
    #[pyo3(signature = (demand, /))]
    fn requires(&self, py: Python<'_>, demand: &Demand) -> PyResult<Self> {
        let rules = self.rules.clone().and(demand.demand.clone());
        rules.map(|rules| Self { rules }).map_err(|error| refusal::invalid_demand(py, &error))
    }

    /// Returns a copy that lets in requests without a token. Raises InvalidDemandError if the guard
    /// has a demand.
    fn optional(&self, py: Python<'_>) -> PyResult<Self> {
        let rules = self.rules.clone().optional();
        rules.map(|rules| Self { rules }).map_err(|error| refusal::invalid_demand(py, &error))
    }

    /// Returns the token in the values of the header, one value for each header line. None only if
    /// the guard is optional and the request has no token. Raises MissingTokenError or
    /// MalformedAuthorizationError.
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

    /// Raises InsufficientScopeError or InsufficientAuthenticationError unless the token grants what
    /// the guard demands. `now` is for tests; by default it is the system's time.
    #[pyo3(signature = (token, /, *, now=None))]
    fn check(
        &self,
        py: Python<'_>,
        token: &VerifiedToken,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let now = time::moment(now)?;
        self.rules.check(token.verified(), now).map_err(|error| refusal::raised(py, &error))
    }

    /// Returns the whole response to a request that is refused with this VerificationError.
    #[pyo3(signature = (error, /))]
    fn answer(&self, error: &Bound<'_, PyAny>) -> PyResult<Answer> {
        let challenge = error.getattr("www_authenticate")?.extract::<Option<String>>()?;
        let answer = verijot::request::Answer::restored(
            &error.getattr("code")?.extract::<String>()?,
            error.getattr("http_status")?.extract::<u16>()?,
            challenge.as_deref(),
            error.getattr("retry_after")?.extract::<Option<u64>>()?,
            &self.rules,
        );
        Ok(Answer { answer })
    }

    fn __repr__(&self) -> String {
        let demand = self.rules.demand().to_json().unwrap_or_else(|| "a good token".to_owned());
        format!("<GuardRules {}: {demand}>", self.header_name())
    }
}

/// The whole response to a refused request.
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

    /// The headers, including Content-Type and Cache-Control.
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

    /// The code to close a WebSocket with.
    #[getter]
    fn websocket_close_code(&self) -> u16 {
        self.answer.websocket_close_code()
    }

    fn __repr__(&self) -> String {
        format!("<Answer {} {}>", self.answer.status(), self.answer.body())
    }
}

/// Returns the URL of the metadata of a protected resource (RFC 9728 section 3.1):
/// `/.well-known/oauth-protected-resource` comes between the host and the path of the resource.
///
/// Raises InvalidDemandError if the resource is not an absolute https URL.
#[pyfunction]
#[pyo3(signature = (resource, /))]
pub(crate) fn resource_metadata_url(py: Python<'_>, resource: &str) -> PyResult<String> {
    verijot::request::resource_metadata_url(resource)
        .map_err(|error| refusal::invalid_demand(py, &error))
}

fn place(py: Python<'_>, header: Option<&str>, cookie: Option<&str>) -> PyResult<TokenPlace> {
    let place = match (header, cookie) {
        (None, None) => Ok(TokenPlace::authorization()),
        (Some(header), None) => TokenPlace::header(header),
        (None, Some(cookie)) => TokenPlace::cookie(cookie),
        (Some(_), Some(_)) => {
            let problem = "a guard looks for the token in one place; name a header or a cookie";
            return Err(refusal::invalid_demand_because(py, problem));
        }
    };
    place.map_err(|error| refusal::invalid_demand(py, &error))
}
