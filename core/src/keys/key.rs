//! One key, pinned to the algorithms it may be used with.

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
/// A `Key` that exists is sound: its size, its numbers and its algorithms have been checked.
/// Keys come from a [`JwkSet`](crate::JwkSet), from PEM or DER (feature `pem`), or from a shared
/// secret. `Debug` shows its type and algorithms, never its numbers.
pub struct Key {
    identity: Identity,
    kind: KeyKind,
    algorithms: AlgorithmSet,
    fingerprint: Fingerprint,
    prepared: Arc<dyn VerificationKey>,
}

impl Key {
    /// A shared secret for HMAC (RFC 7518 §3.2), at least as long as the hash of each algorithm
    /// it is to be used with. Everyone who holds it can sign as well as verify.
    ///
    /// A text that is a key of another kind, a PEM block, a line of an OpenSSH public key or a JSON
    /// object such as a JWK, is no secret: everybody may know it (RFC 8725 §2.1).
    ///
    /// The key has no `kid`: being handed over by the caller it is a candidate for every token,
    /// unless [`Key::with_id`] gives it one.
    ///
    /// # Errors
    /// [`UnusableKey`] with `unsupported_algorithm` if one of `algorithms` is not HMAC or none is
    /// named, with `weak_key` if the secret is too short for one of them, with `malformed_key` if it
    /// is the text of another kind of key.
    pub fn from_secret(
        secret: &[u8],
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        check_secret(secret)?;
        Self::named_by_caller(&KeyMaterial::Secret { secret }, algorithms.into(), provider)
    }

    /// A shared secret for HMAC with every hash that it is at least as long as, like an `oct` JWK
    /// without `alg`. Otherwise as [`Key::from_secret`], which names the algorithms and is better.
    ///
    /// # Errors
    /// [`UnusableKey`] with `weak_key` if the secret is shorter than 32 octets, with `malformed_key`
    /// if it is the text of another kind of key.
    pub fn from_secret_for_every_hash(
        secret: &[u8],
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        check_secret(secret)?;
        let material = KeyMaterial::Secret { secret };
        Self::prepare(Identity::Any, &material, AlgorithmSet::SYMMETRIC, provider)
    }

    /// The key with a `kid`, so that only tokens that name it, or none, are verified with it.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.identity = Identity::Id(id.into());
        self
    }

    /// The `kid`, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match &self.identity {
            Identity::Id(id) => Some(id),
            Identity::Anonymous | Identity::Any => None,
        }
    }

    /// The type and size.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The algorithms it may be used with.
    #[must_use]
    pub const fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// The numbers of a public key, so that a host that verifies signatures itself can load it;
    /// [`None`] for a secret.
    ///
    /// They have passed every check of soundness, and the provider has them already from
    /// [`CryptoProvider::load`].
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

    /// A key that the caller hands over together with its algorithms, each of which it must fit.
    pub(crate) fn named_by_caller(
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        if algorithms.is_empty() || algorithms.intersection(material.algorithms()) != algorithms {
            return Err(KeyProblem::UnsupportedAlgorithm
                .because("an algorithm is named that the key's type is not for"));
        }
        let key = Self::prepare(Identity::Any, material, algorithms, provider)?;
        if key.algorithms != algorithms {
            return Err(KeyProblem::WeakKey.because("the secret is shorter than the hash"));
        }
        Ok(key)
    }

    /// Checks the material, narrows the algorithms to those that it is strong enough for and the
    /// provider has, and has it prepared.
    pub(crate) fn prepare(
        identity: Identity,
        material: &KeyMaterial<'_>,
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let algorithms = algorithms.intersection(provider.algorithms());
        if algorithms.is_empty() {
            return Err(KeyProblem::UnsupportedAlgorithm
                .because("the crypto provider does not have the key's algorithm"));
        }
        let algorithms = soundness::judge(material, algorithms)?;
        let prepared = provider
            .load(material, algorithms)
            .map_err(|_| KeyProblem::InvalidKey.because("the crypto provider refuses the key"))?;
        let (kind, fingerprint) = (KeyKind::of(material), Fingerprint::of(material));
        Ok(Self { identity, kind, algorithms, fingerprint, prepared: Arc::from(prepared) })
    }

    /// The same key in another set.
    pub(crate) fn shared(&self) -> Self {
        Self {
            identity: self.identity.clone(),
            kind: self.kind,
            algorithms: self.algorithms,
            fingerprint: self.fingerprint.clone(),
            prepared: Arc::clone(&self.prepared),
        }
    }

    /// Takes the algorithms away that another key is for.
    pub(crate) fn narrowed(mut self, algorithms: AlgorithmSet) -> Self {
        self.algorithms = self.algorithms.intersection(algorithms);
        self
    }

    /// What is alike only for keys of the same numbers.
    pub(crate) const fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Whether the key may be tried for any token, whatever `kid` that names.
    pub(crate) fn answers_to_any_id(&self) -> bool {
        matches!(self.identity, Identity::Any)
    }

    /// Whether its signatures are verified elsewhere.
    pub(crate) fn answers_later(&self) -> bool {
        self.prepared.answers_later()
    }

    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
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

/// A key's type and numbers; of a secret its hash.
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

/// Which tokens a key is for.
#[derive(Clone)]
pub(crate) enum Identity {
    /// Those with this `kid`, and those without any.
    Id(String),
    /// Those without a `kid`: a JWK that has none.
    Anonymous,
    /// All: a key that the caller hands over as the one to use.
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
    /// An Edwards curve point, Ed25519.
    Ed25519,
    /// A shared secret.
    Secret {
        /// Octets in the secret.
        octets: usize,
    },
}

impl KeyKind {
    /// The `kty` of such a key in a JWK (RFC 7518 §6.1, RFC 8037 §2).
    #[must_use]
    pub const fn key_type(self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RSA",
            Self::EllipticCurve { .. } => "EC",
            Self::Ed25519 => "OKP",
            Self::Secret { .. } => "oct",
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
    /// Such as `RSA 2048 bits` or `EC P-256`.
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
    /// The stable reason.
    #[must_use]
    pub const fn problem(self) -> KeyProblem {
        self.problem
    }

    /// The stable code, that of the problem.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.problem.code()
    }

    /// The same in words, for people.
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

/// The reasons for which a key is not usable. [`KeyProblem::code`] is the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyProblem {
    /// `malformed_key`: not an object, a member that is missing, of the wrong type or length, or
    /// not base64url, PEM or DER; or a secret that is the text of another kind of key.
    MalformedKey,
    /// `unsupported_key_type`: a `kty` other than RSA, EC, OKP and oct.
    UnsupportedKeyType,
    /// `unsupported_curve`: a `crv` other than P-256, P-384, P-521 and Ed25519.
    UnsupportedCurve,
    /// `unsupported_algorithm`: an `alg` that is no signature algorithm, that does not fit the
    /// key's type, or that the crypto provider does not have.
    UnsupportedAlgorithm,
    /// `not_for_signatures`: `use` or `key_ops` say so (RFC 7517 §4.2, §4.3).
    NotForSignatures,
    /// `private_key_material`: the private half does not belong here (RFC 7517 §9.2).
    PrivateKeyMaterial,
    /// `symmetric_key`: an `oct` key where none was allowed.
    SymmetricKey,
    /// `weak_key`: too short, a small exponent, of small order, or from a broken generator.
    WeakKey,
    /// `invalid_key`: numbers that are no key, such as a point off its curve.
    InvalidKey,
    /// `duplicate_kid`: for each of its algorithms there is another key with the same `kid`
    /// (RFC 7517 §4.5).
    DuplicateKid,
    /// `withdrawn`: the caller has withdrawn its `kid`, see
    /// [`JwksCache::purge`](crate::issuer::JwksCache::purge).
    Withdrawn,
}

impl KeyProblem {
    /// Every problem.
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
