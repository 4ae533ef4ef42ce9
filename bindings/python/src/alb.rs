//! The tokens of AWS Application Load Balancers.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyType};
use verijot::PolicyError;

use crate::jwk_set::JwkSet;
use crate::octets::octets;
use crate::policy_options::{array, span};
use crate::{json, names, refusal, time};

/// Verifies the tokens that AWS Application Load Balancers put into the header `x-amzn-oidc-data`.
///
/// They look like JWTs and are none: this class refuses every JWT, and a Verifier refuses every
/// such token. Immutable.
#[pyclass(frozen, module = "verijot.alb")]
pub(crate) struct AlbVerifier {
    verifier: verijot::verify::AlbVerifier,
    document: String,
}

impl AlbVerifier {
    fn read(py: Python<'_>, document: &[u8]) -> PyResult<Self> {
        let verifier = verijot::verify::AlbVerifier::from_json(document);
        let verifier = verifier.map_err(|error| invalid(py, &error))?;
        // The core reads nothing but UTF-8.
        let document = String::from_utf8_lossy(document).into_owned();
        Ok(Self { verifier, document })
    }
}

#[pymethods]
impl AlbVerifier {
    /// Makes a verifier for tokens that one of these load balancers has signed, each named by its
    /// ARN, for a user who signed in as one of these clients, at one of these issuers. None waives
    /// the check of `clients` or `issuers`.
    ///
    /// Raises InvalidPolicyError for an empty list and for what is not the ARN of a load balancer.
    #[new]
    #[pyo3(signature = (*, signers, clients, issuers, leeway=None))]
    fn new(
        signers: &Bound<'_, PyAny>,
        clients: &Bound<'_, PyAny>,
        issuers: &Bound<'_, PyAny>,
        leeway: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut members =
            vec![format!(r#""signers":{}"#, array(&names::names(signers, "signers")?))];
        for (name, value) in [("clients", clients), ("issuers", issuers)] {
            let value = if value.is_none() {
                String::from("null")
            } else {
                array(&names::names(value, name)?)
            };
            members.push(format!(r#""{name}":{value}"#));
        }
        if let Some(leeway) = leeway {
            members.push(format!(r#""leeway":{}"#, span(leeway, "leeway")?));
        }
        Self::read(signers.py(), format!("{{{}}}", members.join(",")).as_bytes())
    }

    /// Reads a verifier from its document, which is the same in every language. Raises
    /// InvalidPolicyError.
    #[classmethod]
    #[pyo3(signature = (document, /))]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::read(document.py(), &octets(document, "document")?)
    }

    /// Returns the document.
    fn to_json(&self) -> &str {
        &self.document
    }

    /// Makes the checks that need no keys, and returns the `kid` of the key that is needed. Raises
    /// a VerificationError.
    #[pyo3(signature = (token, /))]
    fn key_id(&self, py: Python<'_>, token: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let header = self.verifier.open(&*octets(token, "token")?);
        let header = header.map_err(|error| refusal::raised(py, &error))?;
        Ok(header.key_id().map(str::to_owned))
    }

    /// Verifies a token. Raises a VerificationError that says which check failed.
    #[pyo3(signature = (token, keys, *, now=None))]
    fn verify(
        &self,
        py: Python<'_>,
        token: &Bound<'_, PyAny>,
        keys: &JwkSet,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<AlbToken> {
        let octets = octets(token, "token")?;
        let now = time::moment(now)?;
        let verified = py.detach(|| self.verifier.verify(&octets, keys.keys_of_core(), now));
        let token = verified.map_err(|error| refusal::raised(py, &error))?;
        Ok(AlbToken { token })
    }

    fn __repr__(&self) -> &'static str {
        "<AlbVerifier>"
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.document.clone(),)))
    }
}

/// What a load balancer says of a user, verified. Its repr contains no claim.
#[pyclass(frozen, module = "verijot.alb")]
pub(crate) struct AlbToken {
    token: verijot::verify::AlbToken,
}

#[pymethods]
impl AlbToken {
    /// The ARN of the load balancer that signed it.
    #[getter]
    fn signer(&self) -> &str {
        self.token.signer()
    }

    /// The client as which the user signed in at the issuer.
    #[getter]
    fn client(&self) -> &str {
        self.token.client()
    }

    /// The issuer at which the user signed in.
    #[getter]
    fn issuer(&self) -> &str {
        self.token.issuer()
    }

    /// `sub`, the user's name at the issuer.
    #[getter]
    fn subject(&self) -> Option<&str> {
        self.token.subject()
    }

    /// The header's `kid`.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.token.key_id()
    }

    /// The header's `exp` as an aware datetime, rounded down to microseconds.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::datetime(py, self.token.expires_at())
    }

    /// The header's `exp` in seconds since 1970.
    #[getter]
    fn expires_at_seconds<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::number(py, self.token.expires_at())
    }

    /// The user's claims.
    #[getter]
    fn claims<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::claims(py, self.token.payload_json())
    }

    /// The payload, exactly as it was signed: one JSON object in UTF-8.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.token.payload_json().as_bytes())
    }

    /// The header.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json::header(py, self.token.header().json())
    }

    fn __repr__(&self) -> String {
        format!("<AlbToken signer={}>", self.token.signer())
    }
}

fn invalid(py: Python<'_>, error: &PolicyError) -> PyErr {
    let problem = match error.member() {
        Some(member) => format!("{member}: {}", error.problem()),
        None => error.problem().to_owned(),
    };
    refusal::invalid_policy(py, &problem)
}
