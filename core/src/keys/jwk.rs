//! Reads one JWK (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2): a [`Key`] bound to its algorithms, or the
//! reason why it is not usable.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::crypto::{CryptoProvider, Curve, KeyMaterial};
use crate::encoding::base64url;
use crate::encoding::json::Value;
use crate::keys::key::{IdRule, Key, KeyProblem, UnusableKey};
use crate::token::header::CertificateRef;

/// One element of a JWK Set.
pub(crate) struct Jwk {
    pub(crate) id: Option<String>,
    pub(crate) key_type: Option<String>,
    /// The algorithms that it claims to be for, usable or not; none for a key with another purpose.
    pub(crate) claims: AlgorithmSet,
    /// The certificate that it claims to belong to.
    pub(crate) certificate: Thumbprints,
    pub(crate) key: Result<Key, UnusableKey>,
}

/// What is allowed when a JWK is read, beyond the strict default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leniency {
    pub(crate) symmetric_keys: bool,
    pub(crate) padded_base64: bool,
    pub(crate) short_coordinates: bool,
    /// The values that `use` must have, if the caller names them.
    pub(crate) purposes: Option<Arc<[String]>>,
}

impl Jwk {
    /// Reads an element of `keys`, which can be of any JSON type.
    pub(crate) fn read(
        value: Value<'_>,
        leniency: &Leniency,
        provider: &dyn CryptoProvider,
    ) -> Self {
        let members = JwkMembers::read(value, leniency);
        let id = members.kid.and_then(|kid| text(kid).ok()).map(Cow::into_owned);
        let key_type = members.kty.and_then(|kty| text(kty).ok()).map(Cow::into_owned);
        let key = members.key(value, id.as_deref(), provider);
        let key = key.map(|key| key.of_issuer(members.issuer().as_deref()));
        let claims = match &key {
            Ok(key) => key.algorithms(),
            Err(unusable) if unusable.problem() == KeyProblem::NotForSignatures => {
                AlgorithmSet::EMPTY
            }
            Err(_) => members.claimed_algorithms(),
        };
        let certificate = Thumbprints {
            sha1: members.x5t.and_then(|value| text(value).ok()).map(Cow::into_owned),
            sha256: members.x5t_s256.and_then(|value| text(value).ok()).map(Cow::into_owned),
        };
        Self { id, key_type, claims, certificate, key }
    }

    /// Makes the key unusable if the caller has withdrawn its `kid`.
    pub(crate) fn unless_withdrawn(mut self, withdrawn: &[String]) -> Self {
        let is_withdrawn = self.id.as_ref().is_some_and(|id| withdrawn.binary_search(id).is_ok());
        if is_withdrawn && self.key.is_ok() {
            self.key = Err(KeyProblem::Withdrawn.because("this process has withdrawn its kid"));
            self.claims = AlgorithmSet::EMPTY;
        }
        self
    }

    /// Makes an element of a key that the caller created.
    pub(crate) fn of_key(key: Key) -> Self {
        let id = key.id().map(ToOwned::to_owned);
        let key_type = Some(key.kind().key_type().to_owned());
        let claims = key.algorithms();
        Self { id, key_type, claims, certificate: Thumbprints::default(), key: Ok(key) }
    }

    /// Makes an element of a map of keys in PEM.
    #[cfg(feature = "pem")]
    pub(crate) fn of_pem(id: &str, key: Result<Key, UnusableKey>) -> Self {
        match key {
            Ok(key) => Self::of_key(key.with_id(id)),
            Err(reason) => Self {
                id: Some(id.to_owned()),
                key_type: None,
                claims: AlgorithmSet::EMPTY,
                certificate: Thumbprints::default(),
                key: Err(reason),
            },
        }
    }
}

/// The members that verijot uses, as written in the text.
struct JwkMembers<'t, 'l> {
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
    x5t: Option<Value<'t>>,
    x5t_s256: Option<Value<'t>>,
    issuer: Option<Value<'t>>,
    /// Whether there is a private RSA member other than `d`.
    rsa_private: bool,
    /// Whether there is an `x5c`, which is not used.
    certificates: bool,
    leniency: &'l Leniency,
}

impl<'t, 'l> JwkMembers<'t, 'l> {
    /// Treats a member that is null as missing, because some serializers write unset members as
    /// null. The same holds for an empty `oth` or `key_ops`.
    fn read(value: Value<'t>, leniency: &'l Leniency) -> Self {
        let mut members = Self {
            kty: None,
            kid: None,
            r#use: None,
            key_ops: None,
            alg: None,
            crv: None,
            n: None,
            e: None,
            x: None,
            y: None,
            k: None,
            d: None,
            x5t: None,
            x5t_s256: None,
            issuer: None,
            rsa_private: false,
            certificates: false,
            leniency,
        };
        for (name, value) in value.members().into_iter().flatten() {
            if value.is_null() {
                continue;
            }
            let name = name.unescape();
            if matches!(&*name, "oth" | "key_ops") && is_empty_array(value) {
                continue;
            }
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
                "x5t" => &mut members.x5t,
                "x5t#S256" => &mut members.x5t_s256,
                "issuer" => &mut members.issuer,
                "p" | "q" | "dp" | "dq" | "qi" | "oth" => {
                    members.rsa_private = true;
                    continue;
                }
                "x5c" => {
                    members.certificates = true;
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
        self.check_secrecy(key_type)?;

        let id_rule = match id {
            Some(id) => IdRule::Named(id.to_owned()),
            None => IdRule::Unnamed,
        };
        let prepare = |material: &KeyMaterial<'_>, type_allows: AlgorithmSet| {
            Key::prepare(id_rule, material, type_allows, provider)
        };
        match key_type {
            KeyType::Rsa => {
                let allowed = self.narrowed(AlgorithmSet::RSA)?;
                let modulus = self.octets(self.n, self.without("n is missing"))?;
                let exponent = self.octets(self.e, "e is missing")?;
                // Some issuers keep the sign octet of ASN.1.
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
                let x = self.coordinate(curve, self.x, self.without("x is missing"))?;
                let y = self.coordinate(curve, self.y, "y is missing")?;
                prepare(&KeyMaterial::EllipticCurve { curve, x: &x, y: &y }, allowed)
            }
            KeyType::OctetKeyPair => {
                if self.curve_name()? != "Ed25519" {
                    return Err(KeyProblem::UnsupportedCurve.because("crv is not Ed25519"));
                }
                let allowed = self.narrowed(Algorithm::EdDsa.into())?;
                let x = self.octets(self.x, "x is missing")?;
                prepare(&KeyMaterial::Ed25519 { x: &x }, allowed)
            }
            KeyType::Octets => {
                let allowed = self.narrowed(AlgorithmSet::SYMMETRIC)?;
                let secret = self.octets(self.k, "k is missing")?;
                prepare(&KeyMaterial::Secret { secret: &secret }, allowed)
            }
        }
    }

    /// Checks `use` and `key_ops` (RFC 7517 §4.2, §4.3).
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
        let refusal = match (&self.leniency.purposes, purpose) {
            (None, Some(purpose)) if purpose != "sig" => Some("use is not sig"),
            (Some(_), None) => Some("use is missing, but the caller names its values"),
            (Some(names), Some(purpose)) if !names.iter().any(|name| *name == purpose) => {
                Some("use is none of the values that the caller names")
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            return Err(KeyProblem::NotForSignatures.because(refusal));
        }
        if operations.is_some_and(|operations| !operations.iter().any(|name| name == "verify")) {
            return Err(KeyProblem::NotForSignatures.because("key_ops does not contain verify"));
        }
        Ok(())
    }

    fn check_secrecy(&self, key_type: KeyType) -> Result<(), UnusableKey> {
        let private = match key_type {
            KeyType::Rsa => self.d.is_some() || self.rsa_private,
            KeyType::EllipticCurve | KeyType::OctetKeyPair => self.d.is_some(),
            KeyType::Octets => false,
        };
        if private {
            return Err(KeyProblem::PrivateKeyMaterial.because(
                "the set contains the private key; withdraw the key and publish only public keys",
            ));
        }
        if key_type == KeyType::Octets && !self.leniency.symmetric_keys {
            return Err(KeyProblem::SymmetricKey
                .because("the key is a shared secret; allow symmetric keys to use it"));
        }
        Ok(())
    }

    /// The issuer that the key is marked with. No RFC defines the member, so anything but a URL has
    /// another meaning.
    fn issuer(&self) -> Option<Cow<'t, str>> {
        text(self.issuer?).ok().filter(|issuer| issuer.contains("://"))
    }

    fn curve_name(&self) -> Result<Cow<'t, str>, UnusableKey> {
        text(self.crv.ok_or(malformed("crv is missing"))?)
    }

    /// Returns what the key's type allows, narrowed to `alg` if the key has one.
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

    /// Returns the algorithms of an unusable key, as far as its `kty`, `crv` and `alg` can be read.
    fn claimed_algorithms(&self) -> AlgorithmSet {
        let Some(key_type) =
            self.kty.and_then(|kty| text(kty).ok()).and_then(|kty| KeyType::from_name(&kty))
        else {
            return AlgorithmSet::EMPTY;
        };
        let curve = self.crv.map(text);
        let of_type = match (key_type, curve) {
            (KeyType::Rsa, _) => AlgorithmSet::RSA,
            (KeyType::Octets, _) => AlgorithmSet::SYMMETRIC,
            (KeyType::EllipticCurve, Some(Ok(name))) => Curve::from_name(&name)
                .map_or(AlgorithmSet::EMPTY, |curve| curve.algorithm().into()),
            (KeyType::EllipticCurve, _) => {
                AlgorithmSet::from([Algorithm::Es256, Algorithm::Es384, Algorithm::Es512])
            }
            (KeyType::OctetKeyPair, Some(Ok(name))) if name != "Ed25519" => AlgorithmSet::EMPTY,
            (KeyType::OctetKeyPair, _) => Algorithm::EdDsa.into(),
        };
        match self.alg.map(text) {
            Some(Ok(name)) => Algorithm::from_name(&name)
                .map_or(AlgorithmSet::EMPTY, AlgorithmSet::from)
                .intersection(of_type),
            _ => of_type,
        }
    }

    /// Says so if the missing numbers are in a certificate, which is not read.
    fn without(&self, missing: &'static str) -> &'static str {
        match missing {
            "n is missing" if self.certificates => "n is missing, though x5c is there",
            "x is missing" if self.certificates => "x is missing, though x5c is there",
            _ => missing,
        }
    }

    fn coordinate(
        &self,
        curve: Curve,
        value: Option<Value<'_>>,
        missing: &'static str,
    ) -> Result<Vec<u8>, UnusableKey> {
        let octets = self.octets(value, missing)?;
        let zeros = curve.coordinate_length().saturating_sub(octets.len());
        if zeros == 0 || !self.leniency.short_coordinates {
            return Ok(octets);
        }
        let mut padded = vec![0; zeros];
        padded.extend(octets);
        Ok(padded)
    }

    fn octets(
        &self,
        value: Option<Value<'_>>,
        missing: &'static str,
    ) -> Result<Vec<u8>, UnusableKey> {
        let text = text(value.ok_or(malformed(missing))?)?;
        let octets = if self.leniency.padded_base64 {
            base64url::decode_padded_or_standard(&text)
        } else {
            base64url::decode(text.as_bytes())
        };
        let octets = octets
            .map_err(|_| malformed("a key parameter is not canonical base64url without padding"))?;
        if octets.is_empty() { Err(malformed("a key parameter is empty")) } else { Ok(octets) }
    }
}

/// The thumbprints of a key's certificate, `x5t` and `x5t#S256` (RFC 7517 §4.8, §4.9), as text.
/// They are compared with those of a token's header and never computed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thumbprints {
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
}

impl Thumbprints {
    /// Whether the token refers to this certificate: they share at least one kind of thumbprint,
    /// and no shared kind differs.
    pub(crate) fn belong_to(&self, certificate: CertificateRef<'_>) -> bool {
        let same = |one: Option<&str>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        };
        let sha1 = same(certificate.sha1, &self.sha1);
        let sha256 = same(certificate.sha256, &self.sha256);
        sha1 != Some(false) && sha256 != Some(false) && (sha1.is_some() || sha256.is_some())
    }
}

/// A `kty` (RFC 7518 §6.1, RFC 8037 §2).
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
        .map(crate::encoding::json::Text::unescape)
        .ok_or(malformed("a member that should be a string is not one"))
}

fn is_empty_array(value: Value<'_>) -> bool {
    value.elements().is_some_and(|mut elements| elements.next().is_none())
}

fn distinct_strings(value: Value<'_>) -> Result<Vec<Cow<'_, str>>, UnusableKey> {
    let elements = value.elements().ok_or(malformed("key_ops is not an array"))?;
    let mut strings = Vec::new();
    for element in elements {
        let string =
            element.as_text().ok_or(malformed("key_ops contains a value that is not a string"))?;
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
