//! A key, bound to the algorithms that it may be used with.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use crate::codes;
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::crypto::{BadSignature, CryptoProvider, Curve, KeyMaterial, VerificationKey};
use crate::encoding::sha256::sha256;
use crate::keys::mistaken_secret::check_secret;
use crate::keys::soundness;

/// A key that can verify signatures, prepared by a [`CryptoProvider`].
///
/// Every `Key` is sound: its size, numbers and algorithms have been checked. Keys come from a
/// [`JwkSet`](crate::JwkSet), from PEM or DER (feature `pem`), or from a shared secret. `Debug`
/// shows its type and algorithms, never its numbers.
pub struct Key {
    id_rule: IdRule,
    kind: KeyKind,
    algorithms: AlgorithmSet,
    fingerprint: Fingerprint,
    issuer: Option<Arc<str>>,
    prepared: Arc<dyn VerificationKey>,
}

impl Key {
    /// Creates a key from a shared secret for HMAC (RFC 7518 §3.2), at least as long as the hash of
    /// each of its algorithms. Everyone who has the secret can sign as well as verify.
    ///
    /// A text that is another kind of key is refused, because it may be public (RFC 8725 §2.1): a
    /// PEM block, an OpenSSH public key, or a JSON object such as a JWK.
    ///
    /// The key has no `kid` and is therefore tried for every token; set a `kid` with
    /// [`Key::with_id`].
    ///
    /// # Errors
    /// [`UnusableKey`]: `unsupported_algorithm` if `algorithms` is empty or contains one that is
    /// not HMAC, `weak_key` if the secret is too short for one of them, `malformed_key` if it is
    /// another kind of key.
    pub fn from_secret(
        secret: &[u8],
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        check_secret(secret)?;
        Self::named_by_caller(&KeyMaterial::Secret { secret }, algorithms.into(), provider)
    }

    /// Creates a key for HMAC with every hash that the secret is long enough for, like an `oct` JWK
    /// without `alg`. Prefer [`Key::from_secret`], which names the algorithms.
    ///
    /// # Errors
    /// [`UnusableKey`]: `weak_key` if the secret is shorter than 32 octets, `malformed_key` if it
    /// is another kind of key.
    pub fn from_secret_for_every_hash(
        secret: &[u8],
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        check_secret(secret)?;
        let material = KeyMaterial::Secret { secret };
        Self::prepare(IdRule::Any, &material, AlgorithmSet::SYMMETRIC, provider)
    }

    /// Sets the `kid`, so that only tokens with this `kid` or without one are verified with the
    /// key.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id_rule = IdRule::Named(id.into());
        self
    }

    /// Returns the `kid`, if the key has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.id_rule {
            IdRule::Named(id) => Some(id),
            IdRule::Unnamed | IdRule::Any => None,
        }
    }

    /// Returns the type and size.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Returns the algorithms that the key may be used with.
    #[must_use]
    pub const fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// Returns the issuer that the key's JWK is marked with: its member `issuer`, if that is a URL. A
    /// provider of many issuers with one key set, such as Microsoft Entra ID, marks its keys with the
    /// issuer whose tokens they sign; `{tenantid}` or another placeholder there stands for any
    /// tenant. The key verifies no token of another issuer ([`Issuers::template`](crate::Issuers)).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Returns the numbers of a public key, so that a host that verifies signatures itself can load it;
    /// `None` for a secret. They are sound: [`CryptoProvider::load`] was given the same.
    #[must_use]
    pub fn material(&self) -> Option<KeyMaterial<'_>> {
        let [first, second] = &self.fingerprint.numbers;
        match self.kind {
            KeyKind::Rsa { .. } => Some(KeyMaterial::Rsa { modulus: first, exponent: second }),
            KeyKind::EllipticCurve { curve } => {
                Some(KeyMaterial::EllipticCurve { curve, x: first, y: second })
            }
            KeyKind::Ed25519 => Some(KeyMaterial::Ed25519 { x: first }),
            KeyKind::Secret { .. } => None,
        }
    }

    /// Creates a key with algorithms that the caller names. It must fit all of them.
    pub(crate) fn named_by_caller(
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        if algorithms.is_empty() || algorithms.intersection(material.algorithms()) != algorithms {
            return Err(KeyProblem::UnsupportedAlgorithm
                .because("the algorithms do not fit the key's type"));
        }
        let key = Self::prepare(IdRule::Any, material, algorithms, provider)?;
        if key.algorithms != algorithms {
            return Err(KeyProblem::WeakKey.because("the secret is shorter than the hash"));
        }
        Ok(key)
    }

    /// Checks the material, narrows the algorithms to those that it is strong enough for and that
    /// the provider supports, and has the provider prepare it.
    pub(crate) fn prepare(
        id_rule: IdRule,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let algorithms = algorithms.intersection(provider.algorithms());
        if algorithms.is_empty() {
            return Err(KeyProblem::UnsupportedAlgorithm
                .because("the crypto provider does not support the key's algorithm"));
        }
        let algorithms = soundness::check(material, algorithms)?;
        let prepared = provider
            .load(material, algorithms)
            .map_err(|_| KeyProblem::InvalidKey.because("the crypto provider rejects the key"))?;
        let (kind, fingerprint) = (KeyKind::of(material), Fingerprint::of(material));
        let prepared = Arc::from(prepared);
        Ok(Self { id_rule, kind, algorithms, fingerprint, issuer: None, prepared })
    }

    /// Returns the same key for another set.
    pub(crate) fn shared(&self) -> Self {
        Self {
            id_rule: self.id_rule.clone(),
            kind: self.kind,
            algorithms: self.algorithms,
            fingerprint: self.fingerprint.clone(),
            issuer: self.issuer.clone(),
            prepared: Arc::clone(&self.prepared),
        }
    }

    /// Marks the key with its issuer.
    pub(crate) fn of_issuer(mut self, issuer: Option<&str>) -> Self {
        self.issuer = issuer.map(Arc::from);
        self
    }

    pub(crate) const fn shared_issuer(&self) -> Option<&Arc<str>> {
        self.issuer.as_ref()
    }

    /// Keeps only these algorithms.
    pub(crate) fn narrowed(mut self, algorithms: AlgorithmSet) -> Self {
        self.algorithms = self.algorithms.intersection(algorithms);
        self
    }

    /// Returns a fingerprint that is equal only for keys with the same numbers.
    pub(crate) const fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Whether the key may be tried for tokens with any `kid`.
    pub(crate) fn answers_to_any_id(&self) -> bool {
        matches!(self.id_rule, IdRule::Any)
    }

    /// Whether its signatures are verified elsewhere.
    pub(crate) fn answers_later(&self) -> bool {
        self.prepared.answers_later()
    }

    /// Whether a signature with this number of octets can be the key's. Crypto providers check that,
    /// too, but some accept ECDSA in ASN.1.
    pub(crate) const fn signs_with(&self, octets: usize) -> bool {
        match self.kind.signature_octets() {
            Some(expected) => octets == expected,
            None => true,
        }
    }

    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        if !self.signs_with(signature.len()) {
            return Err(BadSignature);
        }
        self.prepared.verify(algorithm, message, signature)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Key")
            .field("id", &self.id())
            .field("kind", &self.kind)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// A key's type and numbers; for a secret its hash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fingerprint {
    key_type: &'static str,
    numbers: [Box<[u8]>; 2],
}

impl Fingerprint {
    fn of(material: &KeyMaterial<'_>) -> Self {
        let hash;
        let (key_type, numbers): (_, [&[u8]; 2]) = match *material {
            KeyMaterial::Rsa { modulus, exponent } => ("RSA", [modulus, exponent]),
            KeyMaterial::EllipticCurve { curve, x, y } => (curve.name(), [x, y]),
            KeyMaterial::Ed25519 { x } => ("Ed25519", [x, &[]]),
            KeyMaterial::Secret { secret } => {
                hash = sha256(secret);
                ("oct", [&hash, &[]])
            }
        };
        Self { key_type, numbers: numbers.map(Box::from) }
    }
}

/// Which tokens a key may verify, by their `kid`.
#[derive(Clone)]
pub(crate) enum IdRule {
    /// Tokens with this `kid`, and tokens without one.
    Named(String),
    /// Tokens without a `kid`: for a JWK that has none.
    Unnamed,
    /// All tokens: for a key that the caller passed without a `kid`.
    Any,
}

/// A key's type and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA.
    Rsa {
        /// Bits in the modulus.
        bits: usize,
    },
    /// A point on one of the curves of RFC 7518.
    EllipticCurve {
        /// The curve.
        curve: Curve,
    },
    /// Ed25519.
    Ed25519,
    /// A shared secret.
    Secret {
        /// Octets in the secret.
        octets: usize,
    },
}

impl KeyKind {
    /// Returns the `kty` of such a key in a JWK (RFC 7518 §6.1, RFC 8037 §2).
    #[must_use]
    pub const fn key_type(self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RSA",
            Self::EllipticCurve { .. } => "EC",
            Self::Ed25519 => "OKP",
            Self::Secret { .. } => "oct",
        }
    }

    /// Octets in the key's signatures (RFC 7518 §3.3, §3.4, §3.5, RFC 8037 §3.1); of a secret's the
    /// hash decides.
    const fn signature_octets(self) -> Option<usize> {
        match self {
            Self::Rsa { bits } => Some(bits.div_ceil(8)),
            Self::EllipticCurve { curve } => Some(curve.coordinate_length().saturating_mul(2)),
            Self::Ed25519 => Some(64),
            Self::Secret { .. } => None,
        }
    }

    fn of(material: &KeyMaterial<'_>) -> Self {
        match *material {
            KeyMaterial::Rsa { modulus, .. } => Self::Rsa { bits: soundness::bit_length(modulus) },
            KeyMaterial::EllipticCurve { curve, .. } => Self::EllipticCurve { curve },
            KeyMaterial::Ed25519 { .. } => Self::Ed25519,
            KeyMaterial::Secret { secret } => Self::Secret { octets: secret.len() },
        }
    }
}

impl fmt::Display for KeyKind {
    /// Writes the type and size, such as `RSA 2048 bits` or `EC P-256`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(formatter, "RSA {bits} bits"),
            Self::EllipticCurve { curve } => write!(formatter, "EC {}", curve.name()),
            Self::Ed25519 => formatter.write_str("OKP Ed25519"),
            Self::Secret { octets } => write!(formatter, "oct {octets} octets"),
        }
    }
}

/// A key that cannot be used, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableKey {
    problem: KeyProblem,
    detail: &'static str,
}

impl UnusableKey {
    /// Returns the stable reason.
    #[must_use]
    pub const fn problem(self) -> KeyProblem {
        self.problem
    }

    /// Returns the stable code: that of the problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.problem.code()
    }

    /// Returns a human-readable explanation.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        self.detail
    }
}

impl fmt::Display for UnusableKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.problem.code(), self.detail)
    }
}

impl core::error::Error for UnusableKey {}

/// Why a key is not usable. [`KeyProblem::code`] is the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyProblem {
    /// `malformed_key`: not an object; a member that is missing or has the wrong type, length or
    /// encoding; invalid PEM or DER; or a secret that is another kind of key.
    MalformedKey,
    /// `unsupported_key_type`: a `kty` other than RSA, EC, OKP and oct.
    UnsupportedKeyType,
    /// `unsupported_curve`: a `crv` other than P-256, P-384, P-521 and Ed25519.
    UnsupportedCurve,
    /// `unsupported_algorithm`: an `alg` that is not a signature algorithm, does not fit the key's
    /// type, or is not supported by the crypto provider.
    UnsupportedAlgorithm,
    /// `not_for_signatures`: `use` or `key_ops` reserve the key for another purpose (RFC 7517 §4.2,
    /// §4.3).
    NotForSignatures,
    /// `private_key_material`: the key is a private key (RFC 7517 §9.2).
    PrivateKeyMaterial,
    /// `symmetric_key`: an `oct` key, but symmetric keys are not allowed.
    SymmetricKey,
    /// `weak_key`: too short, a small exponent, a point of small order, or a broken generator.
    WeakKey,
    /// `invalid_key`: numbers that are not a key, such as a point off its curve.
    InvalidKey,
    /// `duplicate_kid`: for each of its algorithms another key has the same `kid` (RFC 7517 §4.5).
    DuplicateKid,
    /// `withdrawn`: the caller has withdrawn its `kid`, see
    /// [`JwksCache::purge`](crate::issuer::JwksCache::purge).
    Withdrawn,
}

impl KeyProblem {
    /// Every problem, in the order of the table of codes.
    pub const ALL: [Self; 11] = [
        Self::MalformedKey,
        Self::UnsupportedKeyType,
        Self::UnsupportedCurve,
        Self::UnsupportedAlgorithm,
        Self::NotForSignatures,
        Self::PrivateKeyMaterial,
        Self::SymmetricKey,
        Self::WeakKey,
        Self::InvalidKey,
        Self::DuplicateKid,
        Self::Withdrawn,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedKey => codes::MALFORMED_KEY.code,
            Self::UnsupportedKeyType => codes::UNSUPPORTED_KEY_TYPE.code,
            Self::UnsupportedCurve => codes::UNSUPPORTED_CURVE.code,
            Self::UnsupportedAlgorithm => codes::UNSUPPORTED_ALGORITHM.code,
            Self::NotForSignatures => codes::NOT_FOR_SIGNATURES.code,
            Self::PrivateKeyMaterial => codes::PRIVATE_KEY_MATERIAL.code,
            Self::SymmetricKey => codes::SYMMETRIC_KEY.code,
            Self::WeakKey => codes::WEAK_KEY.code,
            Self::InvalidKey => codes::INVALID_KEY.code,
            Self::DuplicateKid => codes::DUPLICATE_KID.code,
            Self::Withdrawn => codes::WITHDRAWN.code,
        }
    }

    pub(crate) const fn because(self, detail: &'static str) -> UnusableKey {
        UnusableKey { problem: self, detail }
    }
}
