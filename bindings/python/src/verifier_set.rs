//! Several issuers in one service: which verifier, and with it whose keys, a token is for.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::octets::octets;
use crate::opened::OpenedToken;
use crate::refusal;
use crate::verifier::Verifier;

/// Verifiers of several issuers, of which one is chosen for each token by its `iss`.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct VerifierSet {
    set: verijot::VerifierSet<usize>,
    verifiers: Vec<Py<Verifier>>,
}

#[pymethods]
impl VerifierSet {
    /// Raises InvalidPolicyError if there is none, if one waives the issuer, or if two name the
    /// same one.
    #[new]
    #[pyo3(signature = (verifiers, /))]
    fn new(py: Python<'_>, verifiers: Vec<Py<Verifier>>) -> PyResult<Self> {
        let invalid = |text: &str| {
            let problem = text.split_once(": ").map_or(text, |(_, problem)| problem);
            refusal::invalid_policy(py, problem)
        };
        let mut members = Vec::new();
        for (index, verifier) in verifiers.iter().enumerate() {
            let policy = verifier.get().verifier_of_core().policy().clone();
            let verifier = verijot::Verifier::new(policy);
            members.push((verifier.map_err(|error| invalid(&error.to_string()))?, index));
        }
        let set = verijot::VerifierSet::new(members);
        let set = set.map_err(|error| invalid(&error.to_string()))?;
        Ok(Self { set, verifiers })
    }

    /// The place of the verifier that a token is for, and the token as that verifier has opened it:
    /// to be verified with the keys of that issuer and no others.
    ///
    /// Raises WrongIssuerError for a token of another issuer, and as `Verifier.open`.
    #[pyo3(signature = (token, /))]
    fn open(&self, py: Python<'_>, token: &Bound<'_, PyAny>) -> PyResult<(usize, OpenedToken)> {
        let octets = octets(token, "token")?;
        let chosen = self.set.open(&octets).map_err(|error| refusal::raised(py, &error))?;
        let (index, header) = (*chosen.keys(), chosen.header().clone());
        let verifier = self
            .verifiers
            .get(index)
            .ok_or_else(|| refusal::raised(py, &verijot::Error::UnknownKey { kid: None }))?;
        Ok((index, OpenedToken::new(verifier.bind(py), token, octets, header)))
    }

    fn __len__(&self) -> usize {
        self.verifiers.len()
    }

    fn __repr__(&self) -> String {
        format!("<VerifierSet of {}>", self.verifiers.len())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.verifiers.iter().try_for_each(|verifier| visit.call(verifier))
    }
}
