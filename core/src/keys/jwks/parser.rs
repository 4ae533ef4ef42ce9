//! How a JWK Set is read from its JSON.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::JwkSet;
use crate::codes;
use crate::crypto::CryptoProvider;
use crate::crypto::algorithm::AlgorithmSet;
use crate::encoding::json::{self, Value};
use crate::keys::jwk::{Jwk, Leniency};
#[cfg(feature = "pem")]
use crate::keys::key::{Key, KeyProblem};

/// Parses JWK Sets with a crypto provider, limits and, if allowed, symmetric keys.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::{JwkSetParser, crypto};
/// let parser = JwkSetParser::new(crypto::ring::PROVIDER).allow_symmetric_keys();
/// let json = r#"{"keys": [{"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_"}]}"#;
/// assert_eq!(parser.parse(json)?.skipped()[0].reason().problem().code(), "malformed_key");
/// # }
/// # Ok::<(), verijot::JwksError>(())
/// ```
#[derive(Clone, Debug)]
pub struct JwkSetParser<'p> {
    provider: &'p dyn CryptoProvider,
    leniency: Leniency,
    #[cfg(feature = "pem")]
    form: Form,
    max_octets: usize,
    max_keys: usize,
}

impl<'p> JwkSetParser<'p> {
    /// The default maximum octets of a set: 256 KiB.
    pub const DEFAULT_OCTET_LIMIT: usize = 262_144;

    /// The default maximum number of keys of a set, usable or not.
    pub const DEFAULT_KEY_LIMIT: usize = 100;

    /// Creates a parser with the defaults: no symmetric keys, nothing that the RFCs forbid, and the
    /// default limits.
    #[must_use]
    pub const fn new(provider: &'p dyn CryptoProvider) -> Self {
        Self {
            provider,
            leniency: Leniency {
                symmetric_keys: false,
                padded_base64: false,
                short_coordinates: false,
                purposes: None,
            },
            #[cfg(feature = "pem")]
            form: Form::Jwks,
            max_octets: Self::DEFAULT_OCTET_LIMIT,
            max_keys: Self::DEFAULT_KEY_LIMIT,
        }
    }

    /// Allows `oct` keys, and with them HMAC. Only for a set that is kept secret.
    #[must_use]
    pub const fn allow_symmetric_keys(mut self) -> Self {
        self.leniency.symmetric_keys = true;
        self
    }

    /// Waives RFC 7515 §2 for the numbers of keys: also accepts base64 with padding and the
    /// alphabet of RFC 4648 §4 (`+`, `/`). For an issuer whose set is written like that; tokens are
    /// always read strictly.
    #[must_use]
    pub const fn tolerate_padded_base64(mut self) -> Self {
        self.leniency.padded_base64 = true;
        self
    }

    /// Waives RFC 7518 §6.2.1.2 for the coordinates of elliptic curve keys: also accepts
    /// coordinates without their leading zero octets. For an issuer whose set is written like that.
    #[must_use]
    pub const fn tolerate_short_coordinates(mut self) -> Self {
        self.leniency.short_coordinates = true;
        self
    }

    /// Uses only keys whose `use` is one of these (RFC 7517 §4.2), for an issuer with a value of its
    /// own: `jwt-svid` of a SPIFFE bundle (SPIFFE Trust Domain and Bundle §4.2.2). Every other key is
    /// skipped as `not_for_signatures`, also one for `sig`, unless it is named, and one without
    /// `use`. Without names no key is used.
    ///
    /// ```
    /// # #[cfg(feature = "ring")] {
    /// use verijot::{JwkSetParser, crypto};
    /// let parser = JwkSetParser::new(crypto::ring::PROVIDER).purposes(["jwt-svid"]);
    /// let keys = parser.parse(r#"{"keys": [
    ///     {"kty": "OKP", "crv": "Ed25519", "use": "jwt-svid", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": "b", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    /// ]}"#)?;
    /// assert_eq!(keys.keys().len(), 1);
    /// assert_eq!(keys.skipped()[0].reason().code(), "not_for_signatures");
    /// # }
    /// # Ok::<(), verijot::JwksError>(())
    /// ```
    #[must_use]
    pub fn purposes<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.leniency.purposes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Reads, instead of a JWK Set, one JSON object whose members are a `kid` and a certificate or
    /// public key in PEM, as Google publishes for Firebase and IAP. All keys are for these
    /// algorithms, because a certificate does not say.
    ///
    /// Each value is read like [`Key::from_pem`](crate::Key::from_pem): of a certificate only the key
    /// is used, no chain and no date. A key that cannot be used is skipped with its `kid`; its index
    /// is that of the member. A `kid` that occurs twice makes the text malformed, like every
    /// duplicate name.
    #[cfg(feature = "pem")]
    #[must_use]
    pub fn certificate_map(mut self, algorithms: impl Into<AlgorithmSet>) -> Self {
        self.form = Form::CertificateMap(algorithms.into());
        self
    }

    /// Sets the maximum octets of the whole set.
    #[must_use]
    pub const fn max_octets(mut self, octets: usize) -> Self {
        self.max_octets = octets;
        self
    }

    /// The maximum octets of a set, as set with [`JwkSetParser::max_octets`]. Callers that fetch a
    /// set need not read more than one octet beyond it.
    #[must_use]
    pub const fn octet_limit(&self) -> usize {
        self.max_octets
    }

    /// The maximum number of keys, as set with [`JwkSetParser::max_keys`].
    pub(crate) const fn key_limit(&self) -> usize {
        self.max_keys
    }

    /// Returns a parser whose texts are each one member of a map of certificates; `None` if this one
    /// is not for such a map.
    pub(crate) fn for_single_keys(self) -> Option<Self> {
        #[cfg(feature = "pem")]
        if let Form::CertificateMap(algorithms) | Form::KeyById(algorithms) = self.form {
            return Some(Self { form: Form::KeyById(algorithms), ..self });
        }
        None
    }

    /// If each text is one key, of which only the caller knows the `kid`: a set without keys, for tokens
    /// that name none.
    pub(crate) fn set_without_ids(&self) -> Option<JwkSet> {
        #[cfg(feature = "pem")]
        if let Form::KeyById(algorithms) = self.form {
            let allowed = algorithms.intersection(self.provider.algorithms());
            return Some(JwkSet::assemble(Vec::new(), allowed));
        }
        None
    }

    /// Sets the maximum number of keys, usable or not.
    #[must_use]
    pub const fn max_keys(mut self, keys: usize) -> Self {
        self.max_keys = keys;
        self
    }

    /// Parses a JWK Set: UTF-8, strict JSON, an object whose `keys` is an array.
    ///
    /// # Errors
    /// [`JwksError::TooLarge`] if the set exceeds a limit, before any key is prepared;
    /// [`JwksError::Malformed`] if the set as a whole cannot be read.
    pub fn parse(&self, json: impl AsRef<[u8]>) -> Result<JwkSet, JwksError> {
        self.parse_without(json.as_ref(), &[])
    }

    /// Parses a set and skips the keys whose `kid` the caller has withdrawn.
    pub(crate) fn parse_without(
        &self,
        json: &[u8],
        withdrawn: &[String],
    ) -> Result<JwkSet, JwksError> {
        let text = self.text(json)?;
        #[cfg(feature = "pem")]
        match self.form {
            Form::Jwks => {}
            Form::CertificateMap(algorithms) => return self.parse_map(text, algorithms, withdrawn),
            Form::KeyById(_) => {
                return Err(JwksError::Malformed { reason: "these keys are not in a set" });
            }
        }
        let (mut keys, mut key_type, mut has_pem) = (None, None, false);
        json::read_object(text, |name, value| {
            if name.is("keys") {
                keys = Some(value);
            } else if name.is("kty") {
                key_type = Some(value);
            } else {
                has_pem |= value.raw().starts_with("\"-----BEGIN ");
            }
        })
        .map_err(|error| JwksError::Malformed { reason: error.reason() })?;
        let elements = keys.and_then(Value::elements).ok_or(JwksError::Malformed {
            reason: match (keys, key_type) {
                (None, Some(_)) => "a single JWK instead of a JWK Set; parse it as a single key",
                (None, None) if has_pem => {
                    "a map of certificates instead of a JWK Set; parse it as such a map"
                }
                _ => "keys is missing or not an array",
            },
        })?;
        let elements = elements.take(self.max_keys.saturating_add(1)).collect::<Vec<_>>();
        if elements.len() > self.max_keys {
            return Err(JwksError::TooLarge { limit: self.max_keys, unit: "keys" });
        }
        Ok(self.set_of(elements, withdrawn))
    }

    /// Parses a single JWK (RFC 7517 §4) into a set that contains only this key: as usable, or as
    /// skipped with the reason.
    ///
    /// # Errors
    /// Like [`JwkSetParser::parse`]; also [`JwksError::Malformed`] for a JWK Set.
    pub fn parse_single(&self, json: impl AsRef<[u8]>) -> Result<JwkSet, JwksError> {
        let text = self.text(json.as_ref())?;
        let mut is_set = false;
        json::read_object(text, |name, _| is_set |= name.is("keys"))
            .map_err(|error| JwksError::Malformed { reason: error.reason() })?;
        if is_set {
            return Err(JwksError::Malformed { reason: "a JWK Set instead of a single JWK" });
        }
        Ok(self.set_of([Value::checked(text)], &[]))
    }

    fn text<'t>(&self, json: &'t [u8]) -> Result<&'t str, JwksError> {
        if json.len() > self.max_octets {
            return Err(JwksError::TooLarge { limit: self.max_octets, unit: "octets" });
        }
        core::str::from_utf8(json).map_err(|_| JwksError::Malformed { reason: "not UTF-8" })
    }

    fn set_of<'t>(
        &self,
        elements: impl IntoIterator<Item = Value<'t>>,
        withdrawn: &[String],
    ) -> JwkSet {
        let elements = elements.into_iter();
        let jwks = elements
            .map(|element| Jwk::read(element, &self.leniency, self.provider))
            .map(|jwk| jwk.unless_withdrawn(withdrawn));
        let let_in =
            if self.leniency.symmetric_keys { AlgorithmSet::ALL } else { AlgorithmSet::ASYMMETRIC };
        JwkSet::assemble(jwks.collect(), let_in.intersection(self.provider.algorithms()))
    }

    /// Parses the text of one key.
    #[cfg_attr(not(feature = "pem"), allow(unused_variables))]
    pub(crate) fn parse_key(&self, text: &[u8], id: &str) -> Result<JwkSet, JwksError> {
        let text = self.text(text)?;
        #[cfg(feature = "pem")]
        if let Form::KeyById(algorithms) = self.form {
            let key = Key::from_pem(text, algorithms, self.provider);
            let allowed = algorithms.intersection(self.provider.algorithms());
            return Ok(JwkSet::assemble(Vec::from([Jwk::of_pem(id, key)]), allowed));
        }
        self.parse_without(text.as_bytes(), &[])
    }

    /// Parses a map of `kid` and PEM.
    #[cfg(feature = "pem")]
    fn parse_map(
        &self,
        text: &str,
        algorithms: AlgorithmSet,
        withdrawn: &[String],
    ) -> Result<JwkSet, JwksError> {
        let (mut members, mut count, mut is_set) = (Vec::new(), 0_usize, false);
        json::read_object(text, |name, value| {
            is_set |= name.is("keys") && value.elements().is_some();
            if count < self.max_keys {
                members.push((name, value));
            }
            count = count.saturating_add(1);
        })
        .map_err(|error| JwksError::Malformed { reason: error.reason() })?;
        if is_set {
            return Err(JwksError::Malformed {
                reason: "a JWK Set instead of a map of certificates",
            });
        }
        if count > self.max_keys {
            return Err(JwksError::TooLarge { limit: self.max_keys, unit: "keys" });
        }
        let jwks = members.into_iter().map(|(id, value)| {
            let pem = value
                .as_text()
                .ok_or(KeyProblem::MalformedKey.because("not a string with a certificate in PEM"));
            let key = pem.and_then(|pem| Key::from_pem(&pem.unescape(), algorithms, self.provider));
            Jwk::of_pem(&id.unescape(), key).unless_withdrawn(withdrawn)
        });
        let allowed = algorithms.intersection(self.provider.algorithms());
        Ok(JwkSet::assemble(jwks.collect(), allowed))
    }
}

/// What the text of a set is.
#[cfg(feature = "pem")]
#[derive(Clone, Copy, Debug)]
enum Form {
    Jwks,
    /// A map of `kid` and PEM, whose keys are for these algorithms.
    CertificateMap(AlgorithmSet),
    /// One key in PEM, for these algorithms.
    KeyById(AlgorithmSet),
}

/// Why a JWK Set as a whole cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwksError {
    /// `malformed_jwks`: not UTF-8, not strict JSON, or without an array of keys (RFC 7517 §5.1).
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// `jwks_too_large`: more octets or more keys than allowed.
    TooLarge {
        /// The maximum.
        limit: usize,
        /// The unit of the limit: `octets` or `keys`.
        unit: &'static str,
    },
}

impl JwksError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => codes::MALFORMED_JWKS.code,
            Self::TooLarge { .. } => codes::JWKS_TOO_LARGE.code,
        }
    }
}

impl fmt::Display for JwksError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.code())?;
        match self {
            Self::Malformed { reason } => formatter.write_str(reason),
            Self::TooLarge { limit, unit } => {
                write!(formatter, "the set has more than {limit} {unit}")
            }
        }
    }
}

impl core::error::Error for JwksError {}
