//! The keys of one issuer.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyTuple};
use verijot::issuer::{KeySource, KeySourceError};
use verijot::keys::KeyKind;
use verijot::{AlgorithmSet, Excerpt, JwkSetParser};

use crate::names;
use crate::octets::octets;
use crate::provider::PROVIDER;
use crate::{json, refusal};

pub(crate) mod source;

use source::{JsonSource, NamedSource, Source};

/// The keys of one issuer. Immutable: share it between threads. It can be pickled.
///
/// A key that cannot be used does not fail the set; `skipped` lists such keys with the reason.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct JwkSet {
    keys: Arc<verijot::JwkSet>,
    source: Source,
    symmetric: bool,
}

impl JwkSet {
    pub(crate) fn keys_of_core(&self) -> &verijot::JwkSet {
        &self.keys
    }

    /// The core's set, whose identity tells the cache which set it is.
    pub(crate) fn shared(&self) -> Arc<verijot::JwkSet> {
        Arc::clone(&self.keys)
    }

    /// Whether all keys are secrets, which are fast to verify with.
    pub(crate) fn is_symmetric(&self) -> bool {
        self.symmetric
    }

    /// Makes a set of the keys that a cache holds and the JSON that they come from.
    pub(crate) fn of_cache(
        keys: Arc<verijot::JwkSet>,
        json: String,
        max_octets: usize,
        max_keys: Option<usize>,
        (purposes, certificates): (Option<Vec<String>>, Option<Vec<String>>),
    ) -> Self {
        let source = JsonSource {
            max_octets: Some(max_octets),
            max_keys,
            purposes,
            certificates,
            ..JsonSource::of(json.into_bytes())
        };
        Self::new(keys, Source::Json(source))
    }

    /// Makes the set of a source that contains its keys; `None` for one that must be fetched.
    pub(crate) fn of_source(source: &KeySource) -> Result<Option<Self>, KeySourceError> {
        let Some(keys) = source.static_keys(PROVIDER)? else { return Ok(None) };
        let named = |octets: &[u8], algorithms: &AlgorithmSet| NamedSource {
            octets: octets.to_vec(),
            algorithms: Some(algorithms.iter().map(|name| name.to_string()).collect()),
            kid: None,
        };
        let source = match source {
            KeySource::PublicKey { pem, algorithms, .. } => {
                Source::Pem(named(pem.as_bytes(), algorithms))
            }
            KeySource::Secret { secret, algorithms, .. } => {
                Source::Secret(named(secret, algorithms))
            }
            KeySource::Jwks { json, limits, .. } => {
                let json = json.clone().into_bytes();
                let (max_octets, max_keys) = (Some(limits.max_octets), Some(limits.max_keys));
                let purposes = source.purposes().map(<[String]>::to_vec);
                Source::Json(JsonSource { max_octets, max_keys, purposes, ..JsonSource::of(json) })
            }
            _ => return Ok(None),
        };
        Ok(Some(Self::new(keys, source)))
    }

    fn new(keys: impl Into<Arc<verijot::JwkSet>>, source: Source) -> Self {
        let keys = keys.into();
        let symmetric = keys.keys().iter().all(|key| matches!(key.kind(), KeyKind::Secret { .. }));
        Self { keys, source, symmetric }
    }

    fn of_json(py: Python<'_>, source: JsonSource) -> PyResult<Self> {
        let mut parser = JwkSetParser::new(PROVIDER);
        if source.symmetric_keys {
            parser = parser.allow_symmetric_keys();
        }
        if let Some(octets) = source.max_octets {
            parser = parser.max_octets(octets);
        }
        if let Some(keys) = source.max_keys {
            parser = parser.max_keys(keys);
        }
        if source.tolerate_padded_base64 {
            parser = parser.tolerate_padded_base64();
        }
        if source.tolerate_short_coordinates {
            parser = parser.tolerate_short_coordinates();
        }
        if let Some(names) = &source.purposes {
            parser = parser.purposes(names);
        }
        if let Some(names) = &source.certificates {
            parser = parser.certificate_map(known(py, names)?);
        }
        let keys = match source.single {
            false => parser.parse(&source.json),
            true => parser.parse_single(&source.json),
        };
        let keys = keys.map_err(|error| refusal::invalid_jwks(py, &error))?;
        Ok(Self::new(keys, Source::Json(source)))
    }

    fn of_pem(py: Python<'_>, source: NamedSource) -> PyResult<Self> {
        let algorithms = source.algorithms(py)?.unwrap_or(AlgorithmSet::EMPTY);
        let pem = String::from_utf8_lossy(&source.octets);
        let key = verijot::Key::from_pem(&pem, algorithms, PROVIDER);
        let key = key.map_err(|reason| refusal::unusable_key(py, reason))?;
        let key = source.name(key);
        Ok(Self::new(verijot::JwkSet::from_keys([key]), Source::Pem(source)))
    }

    fn of_secret(py: Python<'_>, source: NamedSource) -> PyResult<Self> {
        let key = match source.algorithms(py)? {
            Some(algorithms) => verijot::Key::from_secret(&source.octets, algorithms, PROVIDER),
            None => verijot::Key::from_secret_for_every_hash(&source.octets, PROVIDER),
        };
        let key = key.map_err(|reason| refusal::unusable_key(py, reason))?;
        let key = source.name(key);
        Ok(Self::new(verijot::JwkSet::from_keys([key]), Source::Secret(source)))
    }
}

#[pymethods]
impl JwkSet {
    /// Parses a JWK Set (RFC 7517 §5).
    ///
    /// `symmetric_keys` accepts `oct` keys, and with them HMAC: only for a set that is kept secret.
    /// `tolerate_padded_base64` accepts base64url with padding (RFC 7515 §2 forbids it), and
    /// `tolerate_short_coordinates` accepts coordinates without leading zeros (RFC 7518 §6.2.1.2
    /// forbids it). `purposes` are the only values that `use` may have, such as `jwt-svid`.
    /// Raises InvalidJwksError if the set as a whole cannot be read.
    #[staticmethod]
    #[pyo3(signature = (
        jwks, /, *, symmetric_keys=false, max_octets=None, max_keys=None,
        tolerate_padded_base64=false, tolerate_short_coordinates=false, purposes=None
    ))]
    #[allow(clippy::too_many_arguments)]
    fn from_json(
        py: Python<'_>,
        jwks: &Bound<'_, PyAny>,
        symmetric_keys: bool,
        max_octets: Option<usize>,
        max_keys: Option<usize>,
        tolerate_padded_base64: bool,
        tolerate_short_coordinates: bool,
        purposes: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let source = JsonSource {
            symmetric_keys,
            max_octets,
            max_keys,
            tolerate_padded_base64,
            tolerate_short_coordinates,
            purposes: purposes.map(|names| names::names(names, "purposes")).transpose()?,
            ..JsonSource::of(text(py, jwks, "jwks")?)
        };
        Self::of_json(py, source)
    }

    /// Parses an object of `kid` and certificate or public key in PEM, as Google publishes it for
    /// Firebase. All keys are for these algorithms.
    ///
    /// Of a certificate only the key is used: neither its validity nor its chain is checked.
    /// Raises InvalidJwksError if the whole cannot be read, and UnusableKeyError for a name that
    /// is not an algorithm.
    #[staticmethod]
    #[pyo3(signature = (certificates, /, algorithms, *, max_octets=None, max_keys=None))]
    fn from_certificates(
        py: Python<'_>,
        certificates: &Bound<'_, PyAny>,
        algorithms: &Bound<'_, PyAny>,
        max_octets: Option<usize>,
        max_keys: Option<usize>,
    ) -> PyResult<Self> {
        let source = JsonSource {
            max_octets,
            max_keys,
            certificates: Some(names::names(algorithms, "algorithms")?),
            ..JsonSource::of(text(py, certificates, "certificates")?)
        };
        Self::of_json(py, source)
    }

    /// Parses one JWK (RFC 7517 §4) as a set of one key. The keywords are those of `from_json`.
    #[staticmethod]
    #[pyo3(signature = (
        jwk, /, *, symmetric_keys=false, max_octets=None, tolerate_padded_base64=false,
        tolerate_short_coordinates=false
    ))]
    fn from_jwk(
        py: Python<'_>,
        jwk: &Bound<'_, PyAny>,
        symmetric_keys: bool,
        max_octets: Option<usize>,
        tolerate_padded_base64: bool,
        tolerate_short_coordinates: bool,
    ) -> PyResult<Self> {
        let source = JsonSource {
            symmetric_keys,
            max_octets,
            tolerate_padded_base64,
            tolerate_short_coordinates,
            single: true,
            ..JsonSource::of(text(py, jwk, "jwk")?)
        };
        Self::of_json(py, source)
    }

    /// Reads one public key or certificate in PEM, for these algorithms.
    ///
    /// Of a certificate only the key is used: neither its validity nor its chain is checked.
    /// Without `kid` the key is tried for every token. Raises UnusableKeyError.
    #[staticmethod]
    #[pyo3(signature = (pem, /, algorithms, kid=None))]
    fn from_pem(
        py: Python<'_>,
        pem: &Bound<'_, PyAny>,
        algorithms: &Bound<'_, PyAny>,
        kid: Option<String>,
    ) -> PyResult<Self> {
        Self::of_pem(py, NamedSource::read(pem, "pem", Some(algorithms), kid)?)
    }

    /// Makes a set of one shared secret for HMAC, for these algorithms. None stands for every hash
    /// that is not longer than the secret. Anyone who has the secret can also sign.
    ///
    /// Without `kid` the secret is tried for every token. Raises UnusableKeyError.
    #[staticmethod]
    #[pyo3(signature = (secret, /, algorithms, kid=None))]
    fn from_secret(
        py: Python<'_>,
        secret: &Bound<'_, PyAny>,
        algorithms: Option<&Bound<'_, PyAny>>,
        kid: Option<String>,
    ) -> PyResult<Self> {
        Self::of_secret(py, NamedSource::read(secret, "secret", algorithms, kid)?)
    }

    /// The usable keys, in the set's order.
    #[getter]
    fn keys(&self) -> Vec<Key> {
        self.keys.keys().iter().map(Key::of).collect()
    }

    /// The keys that cannot be used, in the set's order, with the reasons.
    #[getter]
    fn skipped(&self) -> Vec<SkippedKey> {
        self.keys.skipped().iter().map(SkippedKey::of).collect()
    }

    fn __len__(&self) -> usize {
        self.keys.keys().len()
    }

    fn __repr__(&self) -> String {
        let (usable, skipped) = (self.keys.keys().len(), self.keys.skipped().len());
        format!("<JwkSet {usable} usable, {skipped} skipped>")
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let module = py.import("verijot._native")?;
        match &self.source {
            Source::Json(source) => {
                let json = PyBytes::new(py, &source.json);
                let arguments = (
                    json,
                    source.symmetric_keys,
                    source.max_octets,
                    source.max_keys,
                    source.tolerate_padded_base64,
                    source.tolerate_short_coordinates,
                    source.single,
                    source.purposes.clone(),
                    source.certificates.clone(),
                );
                (module.getattr("restore_json")?, arguments).into_pyobject(py)
            }
            Source::Pem(source) => {
                (module.getattr("restore_pem")?, source.arguments(py)).into_pyobject(py)
            }
            Source::Secret(source) => {
                (module.getattr("restore_secret")?, source.arguments(py)).into_pyobject(py)
            }
        }
    }
}

/// A usable key of a set.
#[pyclass(frozen, eq, get_all, module = "verijot")]
#[derive(PartialEq)]
pub(crate) struct Key {
    /// The `kid`, if present.
    kid: Option<String>,
    /// The type and size, such as `RSA 2048 bits` or `EC P-256`.
    kind: String,
    /// `RSA`, `EC`, `OKP` or `oct`.
    key_type: &'static str,
    /// The algorithms that the key may be used with.
    algorithms: Vec<&'static str>,
}

impl Key {
    fn of(key: &verijot::Key) -> Self {
        Self {
            kid: key.id().map(ToOwned::to_owned),
            kind: key.kind().to_string(),
            key_type: key.kind().key_type(),
            algorithms: key.algorithms().iter().map(verijot::Algorithm::name).collect(),
        }
    }
}

#[pymethods]
impl Key {
    fn __repr__(&self) -> String {
        format!("<Key kid={} {}>", shown(self.kid.as_deref()), self.kind)
    }
}

/// A key of a set that cannot be used.
#[pyclass(frozen, eq, get_all, module = "verijot")]
#[derive(PartialEq)]
pub(crate) struct SkippedKey {
    /// Its index in the set's `keys`.
    index: usize,
    /// Its `kid`, if that is a string.
    kid: Option<String>,
    /// Its `kty`, if that is a string.
    key_type: Option<String>,
    /// Why it cannot be used: a stable code.
    reason: &'static str,
    /// The reason in words, human-readable.
    detail: &'static str,
}

impl SkippedKey {
    fn of(key: &verijot::keys::SkippedKey) -> Self {
        Self {
            index: key.index(),
            kid: key.id().map(ToOwned::to_owned),
            key_type: key.key_type().map(ToOwned::to_owned),
            reason: key.reason().problem().code(),
            detail: key.reason().detail(),
        }
    }
}

#[pymethods]
impl SkippedKey {
    fn __repr__(&self) -> String {
        let kid = shown(self.kid.as_deref());
        format!("<SkippedKey {} kid={kid} {}: {}>", self.index, self.reason, self.detail)
    }
}

/// Raises UnusableKeyError for a name that is not an algorithm.
pub(crate) fn known(py: Python<'_>, names: &[String]) -> PyResult<AlgorithmSet> {
    let algorithms = names.iter().map(|name| name.parse::<verijot::Algorithm>());
    algorithms.collect::<Result<_, _>>().map_err(|error| {
        let problem = verijot::keys::KeyProblem::UnsupportedAlgorithm;
        refusal::unusable_key_because(py, problem, &error.to_string())
    })
}

/// Takes the JSON of a set or a key, as text or as a mapping.
fn text(py: Python<'_>, value: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<u8>> {
    let Ok(mapping) = value.cast::<PyMapping>() else {
        return Ok(octets(value, name)?.into_owned());
    };
    let members = PyDict::new(py);
    members.update(mapping)?;
    Ok(json::dumps(&members)?.into_bytes())
}

fn shown(kid: Option<&str>) -> String {
    kid.map_or_else(|| String::from("None"), |kid| Excerpt::of(kid).to_string())
}
