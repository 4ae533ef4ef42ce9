//! Verifies a token with keys, a policy and a time; returns [`Verified`] or an [`Error`].
//!
//! The order of the checks is a contract: the first that fails decides the error. No part of the
//! payload is interpreted before its signature has been verified.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::de::DeserializeOwned;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::base64url;
use crate::encoding::excerpt::Excerpt;
use crate::error::Error;
use crate::keys::identity::Identity;
use crate::keys::jwks::{Candidates, JwkSet};
use crate::keys::key::Key;
use crate::time::UnixTime;
use crate::token::claims::RegisteredClaims;
use crate::token::header::Header;
use crate::token::jws::CompactJws;
use crate::token::verified::{Verified, VerifiedJws, VerifiedSignature};
use crate::verify::check::{Check, Silent, Trail};
use crate::verify::policy::{Policy, PolicyError, Types};
use crate::verify::rules::{self, Claims};

/// Verifies tokens against one policy. Immutable; create it once and share it between threads.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier};
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// let policy = Policy::new(
///     Issuers::only("https://issuer.example"),
///     Audiences::only("https://api.example"),
/// );
/// let verifier = Verifier::new(policy)?;
/// let error = verifier.verify("not a token", &keys, UnixTime::from_seconds(0)).unwrap_err();
/// assert_eq!(error.code(), "malformed_token");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Verifier {
    policy: Policy,
    revocation: Vec<Box<RevocationCheck>>,
    identity: Identity,
}

impl Verifier {
    /// How long clients wait for a revocation check; after that the token is refused with
    /// `revocation_unavailable`. The core itself has no clock and does not wait.
    pub const REVOCATION_TIMEOUT: Duration = Duration::from_secs(2);

    /// Creates a verifier for a policy.
    ///
    /// # Errors
    /// [`PolicyError`] if the policy is invalid or contradictory, such as an empty list of
    /// algorithms.
    pub fn new(policy: Policy) -> Result<Self, PolicyError> {
        policy.check()?;
        Ok(Self { policy, revocation: Vec::new(), identity: Identity::new() })
    }

    /// Adds a revocation check, which is called for every token that has passed all other checks.
    /// Anything except [`Revocation::Clear`] refuses the token. Several checks run in order until
    /// one refuses.
    #[must_use]
    pub fn with_revocation(
        mut self,
        check: impl Fn(&Verified) -> Revocation + Send + Sync + 'static,
    ) -> Self {
        self.revocation.push(Box::new(check));
        self
    }

    /// Returns the policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the most octets that a token may have; a longer one need not be copied to be refused.
    #[must_use]
    pub const fn longest_token(&self) -> usize {
        self.policy.max_token_octets
    }

    /// Verifies a JWT in compact serialization.
    ///
    /// # Errors
    /// The first check that fails, in this order: size, structure, header, `typ`, algorithm, key,
    /// signature, the payload's JSON and the types of its claims, presence, `exp`, `nbf`, `iat`,
    /// `max_age`, lifetimes, `iss`, `aud`, expected claims, scopes, roles, revocation.
    pub fn verify(
        &self,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Verified, Error> {
        // The decoders check the characters. They are checked separately only after an error,
        // because an invalid character must be reported before every later problem.
        let jws = CompactJws::split(token.as_ref(), self.policy.max_token_octets)?;
        self.read_header(jws, Some(keys), &mut Silent, Layer::Jwt)
            .and_then(|opened| opened.finish(keys, now, &mut Silent))
            .map_err(|error| jws.check_characters().err().unwrap_or(error))
    }

    /// Verifies a JWT and deserializes its claims into a type of the caller's.
    ///
    /// ```
    /// # #[cfg(feature = "ring")] {
    /// use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Claims {
    ///     sub: String,
    ///     tenant: Option<String>,
    /// }
    ///
    /// fn subject(verifier: &Verifier, keys: &JwkSet, token: &str) -> Result<String, verijot::Error> {
    ///     let claims: Claims = verifier.verify_claims(token, keys, UnixTime::from_seconds(1_700_000_000))?;
    ///     Ok(claims.sub)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], then those of [`Verified::claims`].
    pub fn verify_claims<C: DeserializeOwned>(
        &self,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<C, Error> {
        self.verify(token, keys, now)?.claims()
    }

    /// Verifies only the signature and the header of a JWS in compact serialization; its payload
    /// can be anything. Of the policy only the algorithms, the maximum size and explicitly named
    /// types apply.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], up to the signature.
    pub fn verify_jws(&self, token: impl AsRef<[u8]>, keys: &JwkSet) -> Result<VerifiedJws, Error> {
        self.open_along(token.as_ref(), &mut Silent, Layer::Jws)?.finish_jws(keys, &mut Silent)
    }

    /// Runs all checks that need no keys, for callers who must first get the keys: the header's
    /// `kid` says which. A token that fails here is invalid with any key.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], up to the algorithm.
    pub fn open<'v>(&'v self, token: &'v [u8]) -> Result<Unverified<'v>, Error> {
        let opened = self.open_along(token, &mut Silent, Layer::Jwt)?;
        // The default algorithms depend on the keys, which are not known yet.
        allowed_algorithm(&opened.header, self.policy.algorithms.unwrap_or(AlgorithmSet::ALL))?;
        Ok(opened)
    }

    /// Runs the checks that need no keys.
    pub(crate) fn open_along<'v>(
        &'v self,
        token: &'v [u8],
        trail: &mut impl Trail,
        layer: Layer,
    ) -> Result<Unverified<'v>, Error> {
        let jws = trail.step(Check::Structure, || {
            CompactJws::split(token, self.policy.max_token_octets)?.check_characters()
        })?;
        trail.note(|| text!("{} octets in three segments", token.len()));
        self.read_header(jws, None, trail, layer)
    }

    /// Reads the header, or takes it from the headers that the keys have cached.
    fn read_header<'v>(
        &'v self,
        jws: CompactJws<'v>,
        keys: Option<&JwkSet>,
        trail: &mut impl Trail,
        layer: Layer,
    ) -> Result<Unverified<'v>, Error> {
        let recalled = keys.and_then(|keys| keys.headers.recall(jws.header));
        let is_news = keys.is_some() && recalled.is_none();
        let header = trail
            .step(Check::Header, || recalled.map_or_else(|| Header::decode(jws.header), Ok))?;
        trail.note(|| described(&header));
        trail.step(Check::Type, || self.check_type(&header, layer))?;
        Ok(Unverified { verifier: self, jws, header, is_news })
    }

    /// Repeats the checks of [`Verifier::verify`] that depend on more than the token, the policy and
    /// the keys: dates, ages and revocation. For callers that cache accepted tokens themselves;
    /// [`TokenCache`](crate::TokenCache) does it for you.
    ///
    /// Pass a token that this verifier accepted, with keys that are still in use: nothing else is
    /// checked.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] from `exp` to the lifetimes, then revocation.
    pub fn check_again(&self, verified: &Verified, now: UnixTime) -> Result<(), Error> {
        let all = Claims { registered: &verified.claims, payload: &verified.payload };
        self.check_dates(&all, now, &mut Silent)?;
        self.check_revocation(verified)
    }

    /// Runs the checks that need no keys on a token whose header has been decoded.
    /// `default_algorithms` are allowed if the policy names none.
    pub(crate) fn admit<'v>(
        &'v self,
        jws: CompactJws<'v>,
        header: Header,
        layer: Layer,
        default_algorithms: AlgorithmSet,
    ) -> Result<Unverified<'v>, Error> {
        self.check_size(jws.token)?;
        self.check_type(&header, layer)?;
        allowed_algorithm(&header, self.policy.algorithms.unwrap_or(default_algorithms))?;
        Ok(Unverified { verifier: self, jws, header, is_news: false })
    }

    /// Checks the size of a token before any other work.
    pub(crate) fn check_size(&self, token: &[u8]) -> Result<(), Error> {
        CompactJws::check_size(token, self.policy.max_token_octets)
    }

    /// Returns what distinguishes this verifier, and so its policy, from every other.
    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    fn check_dates(
        &self,
        claims: &Claims<'_>,
        now: UnixTime,
        trail: &mut impl Trail,
    ) -> Result<(), Error> {
        let (policy, registered) = (&self.policy, claims.registered);
        trail.step(Check::Expiry, || rules::expiry(policy, claims, now))?;
        trail.date(registered.expires_at);
        trail.step(Check::NotBefore, || rules::not_before(policy, claims, now))?;
        trail.date(registered.not_before);
        trail.step(Check::IssuedAt, || rules::issued_at(policy, claims, now))?;
        trail.date(registered.issued_at);
        trail.step(Check::Age, || rules::age(policy, claims, now))?;
        trail.step(Check::Lifetime, || rules::lifetime(policy, claims))
    }

    fn check_revocation(&self, verified: &Verified) -> Result<(), Error> {
        self.revocation.iter().try_for_each(|check| check(verified).into_result())
    }

    fn check_type(&self, header: &Header, layer: Layer) -> Result<(), Error> {
        match (&self.policy.types, layer) {
            (Types::Default, Layer::Jws) => Ok(()),
            (types, _) if types.permit(header.token_type()) => Ok(()),
            (types, _) => Err(Error::UnexpectedType {
                expected: types.names(),
                actual: header.token_type().map(Excerpt::of),
            }),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verifier")
            .field("policy", &self.policy)
            .field("revocation", &!self.revocation.is_empty())
            .finish()
    }
}

/// A token whose header is valid and whose signature has not been checked.
///
/// Its content is untrusted: use it only to choose keys.
pub struct Unverified<'v> {
    verifier: &'v Verifier,
    pub(super) jws: CompactJws<'v>,
    pub(super) header: Header,
    /// Whether the keys have not cached the header yet.
    is_news: bool,
}

impl<'v> Unverified<'v> {
    /// Returns the JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Runs the remaining checks of [`Verifier::verify`].
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], from the algorithm on.
    pub fn verify(self, keys: &JwkSet, now: UnixTime) -> Result<Verified, Error> {
        self.finish(keys, now, &mut Silent)
    }

    /// Returns the verifier that opened it.
    #[must_use]
    pub const fn verifier(&self) -> &'v Verifier {
        self.verifier
    }

    /// Returns the payload's segment, not decoded.
    pub(crate) const fn payload(&self) -> &'v [u8] {
        self.jws.payload
    }

    /// Returns what [`Verifier::open`] of another verifier would return.
    pub(crate) fn handed_to(self, verifier: &'v Verifier) -> Result<Self, Error> {
        verifier.admit(self.jws, self.header, Layer::Jwt, AlgorithmSet::ALL)
    }

    pub(crate) const fn token(&self) -> &'v [u8] {
        self.jws.token
    }

    pub(crate) fn finish(
        self,
        keys: &JwkSet,
        now: UnixTime,
        trail: &mut impl Trail,
    ) -> Result<Verified, Error> {
        self.finish_with(keys, now, trail, verifies)
    }

    /// As [`Unverified::finish`], where `signed_by` says of each key whether it verifies the
    /// signature over the message.
    pub(super) fn finish_with(
        self,
        keys: &JwkSet,
        now: UnixTime,
        trail: &mut impl Trail,
        signed_by: impl Fn(&Key, Algorithm, &[u8], &[u8]) -> bool,
    ) -> Result<Verified, Error> {
        let signer = self.check_signature(keys, trail, signed_by)?;
        let (header, is_news) = (self.jws.header, self.is_news);
        let verified = self.finish_signed(signer, now, trail)?;
        if is_news {
            keys.headers.remember(header, verified.header());
        }
        Ok(verified)
    }

    /// The checks after the signature.
    pub(super) fn finish_signed(
        self,
        (algorithm, other_key_id): Signer,
        now: UnixTime,
        trail: &mut impl Trail,
    ) -> Result<Verified, Error> {
        let policy = &self.verifier.policy;
        let (payload, claims) = trail.step(Check::Claims, || {
            let octets = decode_payload(self.jws.payload)?;
            let payload = String::from_utf8(octets)
                .map_err(|_| Error::MalformedClaims { reason: "not UTF-8" })?;
            let claims = RegisteredClaims::read(&payload, policy.numeric_subject)?;
            Ok((payload, claims))
        })?;
        let all = Claims { registered: &claims, payload: &payload };
        trail.step(Check::Presence, || rules::presence(policy, &all))?;
        self.verifier.check_dates(&all, now, trail)?;
        trail.step(Check::Issuer, || rules::issuer(policy, &all))?;
        trail.note(|| waived(policy.issuers.names().is_none()));
        trail.step(Check::Audience, || rules::audience(policy, &all))?;
        trail.note(|| waived(policy.audiences.names().is_none()));
        trail.step(Check::ExpectedClaims, || rules::expected_claims(policy, &all))?;
        trail.step(Check::Scopes, || rules::scopes(policy, &all))?;
        trail.step(Check::Roles, || rules::roles(policy, &all))?;
        let signature = VerifiedSignature { header: self.header, algorithm, other_key_id };
        let verified = Verified { signature, payload, claims };
        trail.step(Check::Revocation, || self.verifier.check_revocation(&verified))?;
        trail.note(|| waived(self.verifier.revocation.is_empty()));
        Ok(verified)
    }

    pub(crate) fn finish_jws(
        self,
        keys: &JwkSet,
        trail: &mut impl Trail,
    ) -> Result<VerifiedJws, Error> {
        let signer = self.check_signature(keys, trail, verifies)?;
        self.finish_signed_jws(signer, trail)
    }

    /// The checks after the signature of a JWS.
    pub(super) fn finish_signed_jws(
        self,
        (algorithm, other_key_id): Signer,
        trail: &mut impl Trail,
    ) -> Result<VerifiedJws, Error> {
        let payload = trail.step(Check::Claims, || decode_payload(self.jws.payload))?;
        let signature = VerifiedSignature { header: self.header, algorithm, other_key_id };
        Ok(VerifiedJws { signature, payload })
    }

    /// Returns the algorithm, and the keys that may have signed the token.
    pub(super) fn find_keys<'s>(
        &self,
        keys: &'s JwkSet,
        trail: &mut impl Trail,
    ) -> Result<(Algorithm, Candidates<'s>), Error> {
        let header = &self.header;
        let allowed = self.verifier.policy.algorithms.unwrap_or(keys.default_algorithms());
        let algorithm = trail.step(Check::Algorithm, || allowed_algorithm(header, allowed))?;
        let candidates = trail
            .step(Check::Key, || keys.select(header.key_id(), header.certificate(), algorithm))?;
        trail.note(|| {
            let kinds = candidates.iter().map(|key| key.kind().to_string());
            kinds.collect::<Vec<_>>().join(", ")
        });
        Ok((algorithm, candidates))
    }

    fn check_signature(
        &self,
        keys: &JwkSet,
        trail: &mut impl Trail,
        signed_by: impl Fn(&Key, Algorithm, &[u8], &[u8]) -> bool,
    ) -> Result<Signer, Error> {
        let (algorithm, candidates) = self.find_keys(keys, trail)?;
        let mut buffer = SIGNATURE_BUFFER;
        let key = trail.step(Check::Signature, || {
            let signature = decode_signature(self.jws.signature, &mut buffer)?;
            let message = self.jws.signing_input;
            candidates
                .iter()
                .find(|key| signed_by(key, algorithm, message, signature))
                .ok_or(Error::InvalidSignature)
        })?;
        Ok((algorithm, self.other_key_id(key)))
    }

    /// The key's `kid` if the header has none.
    pub(super) fn other_key_id(&self, key: &Key) -> Option<String> {
        if self.header.key_id().is_none() { key.id().map(ToOwned::to_owned) } else { None }
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The result of a revocation check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Revocation {
    /// The token has not been revoked.
    Clear,
    /// The token has been revoked.
    Revoked,
    /// The check gave no answer; the token is refused with status 503.
    Unavailable,
}

impl Revocation {
    /// Converts to a result.
    ///
    /// # Errors
    /// [`Error::Revoked`] and [`Error::RevocationUnavailable`] for the other two.
    pub fn into_result(self) -> Result<(), Error> {
        match self {
            Self::Clear => Ok(()),
            Self::Revoked => Err(Error::Revoked),
            Self::Unavailable => Err(Error::RevocationUnavailable { retry_after: None }),
        }
    }
}

/// What is being verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Jws,
    Jwt,
}

fn allowed_algorithm(header: &Header, allowed: AlgorithmSet) -> Result<Algorithm, Error> {
    header.algorithm().filter(|algorithm| allowed.contains(*algorithm)).ok_or_else(|| {
        Error::AlgorithmNotAllowed { algorithm: Excerpt::of(header.algorithm_name()), allowed }
    })
}

pub(super) fn decode_signature<'b>(
    segment: &[u8],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], Error> {
    // No signature is this long, but invalid base64url is reported first.
    if segment.len() > LONGEST_SIGNATURE {
        base64url::decode(segment).map_err(|_| NOT_CANONICAL_SIGNATURE)?;
        return Err(Error::InvalidSignature);
    }
    base64url::decode_into(segment, buffer).map_err(|_| NOT_CANONICAL_SIGNATURE)
}

fn verifies(key: &Key, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    key.verify(algorithm, message, signature).is_ok()
}

fn decode_payload(segment: &[u8]) -> Result<Vec<u8>, Error> {
    base64url::decode(segment).map_err(|_| Error::MalformedToken {
        reason: "the payload segment is not canonical base64url",
    })
}

fn described(header: &Header) -> String {
    let kid = match header.key_id() {
        Some(kid) => text!(", kid {}", Excerpt::of(kid)),
        None => String::new(),
    };
    text!("alg {}{kid}", Excerpt::of(header.algorithm_name()))
}

fn waived(waived: bool) -> String {
    if waived { "waived".to_string() } else { String::new() }
}

type RevocationCheck = dyn Fn(&Verified) -> Revocation + Send + Sync;

/// A signature's algorithm and, if the header has no `kid`, that of the key.
pub(super) type Signer = (Algorithm, Option<String>);

/// Room for every signature.
pub(super) const SIGNATURE_BUFFER: [u8; LONGEST_SIGNATURE.div_ceil(4).wrapping_mul(3)] =
    [0; LONGEST_SIGNATURE.div_ceil(4).wrapping_mul(3)];

/// The number of characters in the signature of an RSA key of 8192 bits.
const LONGEST_SIGNATURE: usize = 1366;

const NOT_CANONICAL_SIGNATURE: Error =
    Error::MalformedToken { reason: "the signature segment is not canonical base64url" };
