//! Several issuers in one service: chooses the verifier, and so the keys, for each token.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::octets::octets;
use crate::opened::OpenedToken;
use crate::refusal;
use crate::verifier::Verifier;

/// Verifiers of several issuers. The `iss` of a token chooses one of them.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct VerifierSet {
    set: verijot::VerifierSet<usize>,
    verifiers: Vec<Py<Verifier>>,
}

#[pymethods]
impl VerifierSet {
    /// Raises InvalidPolicyError if `verifiers` is empty, if one of them waives the issuer, or if two
    /// name the same issuer.
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

    /// Opens a token with the verifier of its issuer. Returns that verifier's index and the opened
    /// token; verify it with the keys of that issuer only.
    ///
    /// Raises WrongIssuerError for any other issuer, and what `Verifier.open` raises.
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
