//! One JWK (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2): a [`Key`] pinned to its algorithms, or the
//! reason why it is not usable.

use alloc::borrow::{Cow, ToOwned};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::base64url;
use crate::crypto::{CryptoProvider, Curve, KeyMaterial};
use crate::json::Value;
use crate::key::{Identity, Key, KeyProblem, UnusableKey};

/// What one element of a JWK Set is to us.
pub(crate) struct Jwk {
    pub(crate) id: Option<String>,
    pub(crate) key_type: Option<String>,
    /// Whether it claims to be a key that signatures are verified with, usable or not.
    pub(crate) for_signatures: bool,
    pub(crate) key: Result<Key, UnusableKey>,
}

impl Jwk {
    /// `value` is an element of `keys`, of any JSON type.
    pub(crate) fn read(
        value: Value<'_>,
        symmetric_keys: bool,
        provider: &dyn CryptoProvider,
    ) -> Self {
        let members = Members::read(value);
        let id = members.kid.and_then(|kid| text(kid).ok()).map(Cow::into_owned);
        let key_type = members.kty.and_then(|kty| text(kty).ok()).map(Cow::into_owned);
        let key = members.key(value, id.as_deref(), symmetric_keys, provider);
        let elsewhere = key.as_ref().is_err_and(|unusable| {
            unusable.problem() == KeyProblem::NotForSignatures
                || members.is_for_key_agreement()
                || members.is_for_encryption()
        });
        Self { id, key_type, for_signatures: !elsewhere, key }
    }

    /// The same, but not usable if the caller has withdrawn its `kid`.
    pub(crate) fn unless_withdrawn(mut self, withdrawn: &BTreeSet<String>) -> Self {
        let is_withdrawn = self.id.as_ref().is_some_and(|id| withdrawn.contains(id));
        if is_withdrawn && self.key.is_ok() {
            self.key = Err(KeyProblem::Withdrawn.because("its kid was withdrawn in this process"));
            self.for_signatures = false;
        }
        self
    }

    /// The element that a key made by the caller would be.
    pub(crate) fn of_key(key: Key) -> Self {
        let id = key.id().map(ToOwned::to_owned);
        let key_type = Some(key.kind().key_type().to_owned());
        Self { id, key_type, for_signatures: true, key: Ok(key) }
    }
}

/// The members that concern us, as they stand in the text.
#[derive(Default)]
struct Members<'t> {
    kty: Option<Value<'t>>,
    kid: Option<Value<'t>>,
    r#use: Option<Value<'t>>,
    key_ops: Option<Value<'t>>,
    alg: Option<Value<'t>>,
    crv: Option<Value<'t>>,
    n: Option<Value<'t>>,
    e: Option<Value<'t>>,
    x: Option<Value<'t>>,
    y: Option<Value<'t>>,
    k: Option<Value<'t>>,
    d: Option<Value<'t>>,
    /// One of the private RSA members beside `d`.
    rsa_private: bool,
}

impl<'t> Members<'t> {
    fn read(value: Value<'t>) -> Self {
        let mut members = Self::default();
        for (name, value) in value.members().into_iter().flatten() {
            let name = name.unescape();
            let member = match &*name {
                "kty" => &mut members.kty,
                "kid" => &mut members.kid,
                "use" => &mut members.r#use,
                "key_ops" => &mut members.key_ops,
                "alg" => &mut members.alg,
                "crv" => &mut members.crv,
                "n" => &mut members.n,
                "e" => &mut members.e,
                "x" => &mut members.x,
                "y" => &mut members.y,
                "k" => &mut members.k,
                "d" => &mut members.d,
                "p" | "q" | "dp" | "dq" | "qi" | "oth" => {
                    members.rsa_private = true;
                    continue;
                }
                _ => continue,
            };
            *member = Some(value);
        }
        members
    }

    fn key(
        &self,
        value: Value<'_>,
        id: Option<&str>,
        symmetric_keys: bool,
        provider: &dyn CryptoProvider,
    ) -> Result<Key, UnusableKey> {
        if !value.is_object() {
            return Err(malformed("not a JSON object"));
        }
        let key_type = KeyType::from_name(&text(self.kty.ok_or(malformed("kty is missing"))?)?)
            .ok_or_else(|| {
                KeyProblem::UnsupportedKeyType.because("kty is not RSA, EC, OKP or oct")
            })?;
        if self.kid.is_some_and(|kid| kid.as_text().is_none()) {
            return Err(malformed("kid is not a string"));
        }
        self.check_purpose()?;
        self.check_secrecy(key_type, symmetric_keys)?;

        let identity = match id {
            Some(id) => Identity::Id(id.to_owned()),
            None => Identity::Anonymous,
        };
        let prepare = |material: &KeyMaterial<'_>, type_allows: AlgorithmSet| {
            Key::prepare(identity, material, type_allows, provider)
        };
        match key_type {
            KeyType::Rsa => {
                let allowed = self.narrowed(AlgorithmSet::RSA)?;
                let modulus = octets(self.n, "n is missing")?;
                let exponent = octets(self.e, "e is missing")?;
                // Some issuers write the sign octet of ASN.1.
                let modulus = match modulus.split_first() {
                    Some((0, rest)) => rest,
                    _ => &modulus,
                };
                prepare(&KeyMaterial::Rsa { modulus, exponent: &exponent }, allowed)
            }
            KeyType::EllipticCurve => {
                let curve = Curve::from_name(&self.curve_name()?).ok_or_else(|| {
                    KeyProblem::UnsupportedCurve.because("crv is not P-256, P-384 or P-521")
                })?;
                let allowed = self.narrowed(curve.algorithm().into())?;
                let x = octets(self.x, "x is missing")?;
                let y = octets(self.y, "y is missing")?;
                prepare(&KeyMaterial::EllipticCurve { curve, x: &x, y: &y }, allowed)
            }
            KeyType::OctetKeyPair => {
                if self.curve_name()? != "Ed25519" {
                    return Err(KeyProblem::UnsupportedCurve.because("crv is not Ed25519"));
                }
                let allowed = self.narrowed(Algorithm::EdDsa.into())?;
                let x = octets(self.x, "x is missing")?;
                prepare(&KeyMaterial::Ed25519 { x: &x }, allowed)
            }
            KeyType::Octets => {
                let allowed = self.narrowed(AlgorithmSet::SYMMETRIC)?;
                let secret = octets(self.k, "k is missing")?;
                prepare(&KeyMaterial::Secret { secret: &secret }, allowed)
            }
        }
    }

    /// RFC 7517 §4.2 and §4.3.
    fn check_purpose(&self) -> Result<(), UnusableKey> {
        let purpose = match self.r#use {
            Some(value) => {
                Some(value.as_text().ok_or(malformed("use is not a string"))?.unescape())
            }
            None => None,
        };
        let operations = match self.key_ops {
            Some(value) => Some(distinct_strings(value)?),
            None => None,
        };
        if purpose.is_some_and(|purpose| purpose != "sig") {
            return Err(KeyProblem::NotForSignatures.because("use is not sig"));
        }
        if operations.is_some_and(|operations| !operations.iter().any(|name| name == "verify")) {
            return Err(KeyProblem::NotForSignatures.because("key_ops does not contain verify"));
        }
        Ok(())
    }

    fn check_secrecy(&self, key_type: KeyType, symmetric_keys: bool) -> Result<(), UnusableKey> {
        let private = match key_type {
            KeyType::Rsa => self.d.is_some() || self.rsa_private,
            KeyType::EllipticCurve | KeyType::OctetKeyPair => self.d.is_some(),
            KeyType::Octets => false,
        };
        if private {
            return Err(KeyProblem::PrivateKeyMaterial.because(
                "the private key is in the set; withdraw it and publish only its public half",
            ));
        }
        if key_type == KeyType::Octets && !symmetric_keys {
            return Err(KeyProblem::SymmetricKey
                .because("a shared secret; allow symmetric keys if that is meant"));
        }
        Ok(())
    }

    fn curve_name(&self) -> Result<Cow<'t, str>, UnusableKey> {
        text(self.crv.ok_or(malformed("crv is missing"))?)
    }

    /// What the key's type allows, cut down to `alg` if the key has one.
    fn narrowed(&self, type_allows: AlgorithmSet) -> Result<AlgorithmSet, UnusableKey> {
        let Some(value) = self.alg else { return Ok(type_allows) };
        Algorithm::from_name(&text(value)?)
            .filter(|algorithm| type_allows.contains(*algorithm))
            .map(AlgorithmSet::from)
            .ok_or_else(|| {
                KeyProblem::UnsupportedAlgorithm
                    .because("alg is not a signature algorithm for this type of key")
            })
    }

    /// RFC 8037 §3.2: these curves never sign.
    fn is_for_key_agreement(&self) -> bool {
        self.crv
            .and_then(Value::as_text)
            .is_some_and(|curve| curve.is("X25519") || curve.is("X448"))
    }

    /// An `alg` of RFC 7518 §4.1: some issuers leave `use` out beside it.
    fn is_for_encryption(&self) -> bool {
        self.alg.and_then(Value::as_text).is_some_and(|algorithm| {
            let name = algorithm.unescape();
            ENCRYPTION.iter().any(|family| name.starts_with(family))
        })
    }
}

/// RFC 7518 §6.1 and RFC 8037 §2.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyType {
    Rsa,
    EllipticCurve,
    OctetKeyPair,
    Octets,
}

impl KeyType {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "RSA" => Some(Self::Rsa),
            "EC" => Some(Self::EllipticCurve),
            "OKP" => Some(Self::OctetKeyPair),
            "oct" => Some(Self::Octets),
            _ => None,
        }
    }
}

fn text(value: Value<'_>) -> Result<Cow<'_, str>, UnusableKey> {
    value
        .as_text()
        .map(super::json::Text::unescape)
        .ok_or(malformed("a member that should be a string is not one"))
}

fn octets(value: Option<Value<'_>>, missing: &'static str) -> Result<Vec<u8>, UnusableKey> {
    let text = text(value.ok_or(malformed(missing))?)?;
    let octets = base64url::decode(text.as_bytes())
        .map_err(|_| malformed("a key parameter is not canonical base64url without padding"))?;
    if octets.is_empty() { Err(malformed("a key parameter is empty")) } else { Ok(octets) }
}

fn distinct_strings(value: Value<'_>) -> Result<Vec<Cow<'_, str>>, UnusableKey> {
    let elements = value.elements().ok_or(malformed("key_ops is not an array"))?;
    let mut strings = Vec::new();
    for element in elements {
        let string =
            element.as_text().ok_or(malformed("key_ops holds something else than strings"))?;
        strings.push(string.unescape());
    }
    let mut sorted = strings.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == strings.len() {
        Ok(strings)
    } else {
        Err(malformed("key_ops names an operation twice"))
    }
}

const fn malformed(detail: &'static str) -> UnusableKey {
    KeyProblem::MalformedKey.because(detail)
}

/// What the names of key management algorithms begin with.
const ENCRYPTION: [&str; 8] =
    ["RSA1_5", "RSA-OAEP", "ECDH-ES", "A128", "A192", "A256", "PBES2", "dir"];
