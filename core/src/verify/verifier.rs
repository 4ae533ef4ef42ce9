//! Verifies a token with keys, a policy and a time; returns [`Verified`] or an [`Error`].
//!
//! The order of the checks is a contract: the first that fails decides the error. No part of the
//! payload is interpreted before its signature has been verified.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::de::DeserializeOwned;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::excerpt::Excerpt;
use crate::error::Error;
use crate::keys::identity::Identity;
use crate::keys::jwks::JwkSet;
use crate::time::UnixTime;
use crate::token::claims::RegisteredClaims;
use crate::token::header::Header;
use crate::token::jws::CompactJws;
use crate::token::verified::{Verified, VerifiedJws};
use crate::verify::check::{Check, Trail, silent};
use crate::verify::issuer_rule;
use crate::verify::known_tenants::KnownTenants;
use crate::verify::policy::{Policy, PolicyError, Types};
use crate::verify::rules::{self, Claims, Demand};
use crate::verify::unverified::{Unverified, waived};

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
    pub(super) policy: Policy,
    pub(super) revocation: Vec<Box<RevocationCheck>>,
    known_tenants: KnownTenants,
    identity: Identity,
}

impl Verifier {
    /// How long clients wait for a revocation check; after that the token is refused with
    /// `revocation_unavailable`. The core itself has no clock and does not wait.
    pub const REVOCATION_TIMEOUT: Duration = Duration::from_secs(2);

    /// The maximum number of calls of the caller's checks and stores that still run after their time limit. At
    /// this number, clients that cannot end such calls refuse tokens with `revocation_unavailable` or
    /// `replay_unavailable` without another call.
    pub const MAX_ABANDONED_CALLS: u32 = 1000;

    /// Creates a verifier for a policy.
    ///
    /// # Errors
    /// [`PolicyError`] if the policy is invalid or contradictory, such as an empty list of
    /// algorithms.
    pub fn new(policy: Policy) -> Result<Self, PolicyError> {
        policy.check()?;
        let (known_tenants, identity) = (KnownTenants::default(), Identity::new());
        Ok(Self { policy, revocation: Vec::new(), known_tenants, identity })
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

    /// Adds a check whether a tenant is known, for tenants that come and go while the service runs.
    /// It is called with the tenant's id of every token that an
    /// [issuer template](crate::Issuers::template) accepts and that has passed all other checks except
    /// revocation, and refuses the others with `wrong_issuer`. Tokens of issuers that are named exactly
    /// are not its concern. A [`TokenCache`](crate::TokenCache) calls it for every token, too. Of several
    /// checks all must know the tenant.
    ///
    /// The check must answer at once. If the answer needs a database, use a revocation check.
    #[must_use]
    pub fn with_known_tenants(
        mut self,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.known_tenants = self.known_tenants.and(is_known);
        self
    }

    /// Returns the tenant in the `iss` of a token that this verifier accepted, if an
    /// [issuer template](crate::Issuers::template) gives that issuer; `None` for an issuer that is
    /// named exactly, and where the check of `iss` is waived.
    ///
    /// For bindings whose callers know the tenants: they verify, ask the caller about this tenant and
    /// refuse an unknown one with [`Verifier::unknown_tenant`], all before they ask whether the token
    /// is revoked. In Rust [`Verifier::with_known_tenants`] does that.
    #[must_use]
    pub fn tenant_of<'i>(&self, issuer: &'i str) -> Option<&'i str> {
        issuer_rule::tenant_of(&self.policy.issuers, issuer)
    }

    /// Returns the refusal of an accepted token whose tenant the caller does not know: `wrong_issuer`.
    #[must_use]
    pub fn unknown_tenant(&self, issuer: &str) -> Error {
        issuer_rule::unknown_tenant(&self.policy.issuers, issuer)
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
    /// `max_age`, lifetimes, `iss`, `aud`, expected claims, rules, scopes, roles, known tenants, revocation.
    pub fn verify(
        &self,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<Verified, Error> {
        // The decoders check the characters. They are checked separately only after an error,
        // because an invalid character must be reported before every later problem.
        let jws = CompactJws::split(token.as_ref(), self.policy.max_token_octets)?;
        self.read_header(jws, Some(keys), &mut silent(), Layer::Jwt)
            .and_then(|opened| opened.finish(keys, now, &mut silent()))
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
        self.open_along(token.as_ref(), &mut silent(), Layer::Jws)?.finish_jws(keys, &mut silent())
    }

    /// Runs all checks that need no keys, for callers who must first get the keys: the header's
    /// `kid` says which. A token that fails here is invalid with any key.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], up to the algorithm.
    pub fn open<'v>(&'v self, token: &'v [u8]) -> Result<Unverified<'v>, Error> {
        let opened = self.open_along(token, &mut silent(), Layer::Jwt)?;
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
    /// the keys: dates, ages, known tenants and revocation. For callers that cache accepted tokens themselves;
    /// [`TokenCache`](crate::TokenCache) does it for you.
    ///
    /// Pass a token that this verifier accepted, with keys that are still in use: nothing else is
    /// checked.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] from `exp` to the lifetimes, then those of the check whether the
    /// tenant is known, then revocation.
    pub fn check_again(&self, verified: &Verified, now: UnixTime) -> Result<(), Error> {
        let all = self.claims(&verified.claims, &verified.payload, verified.header(), None);
        self.check_claims(&rules::DATES, &all, now, &mut silent())?;
        self.ask_caller(verified)
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

    #[inline(always)]
    pub(super) fn check_claims<const N: usize>(
        &self,
        rules: &[(Check, Demand); N],
        claims: &Claims<'_>,
        now: UnixTime,
        trail: &mut impl Trail,
    ) -> Result<(), Error> {
        let (policy, registered) = (&self.policy, claims.registered);
        for (check, rule) in rules {
            trail.step(*check, || rule(policy, claims, now))?;
            match check {
                Check::Expiry => trail.date(registered.expires_at),
                Check::NotBefore => trail.date(registered.not_before),
                Check::IssuedAt => trail.date(registered.issued_at),
                Check::Issuer => trail.note(|| waived(policy.issuers.are_waived())),
                Check::Audience => trail.note(|| waived(policy.audiences.names().is_none())),
                Check::ExpectedClaims => self.check_rules(claims, trail)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// One step for each rule.
    fn check_rules(&self, claims: &Claims<'_>, trail: &mut impl Trail) -> Result<(), Error> {
        for rule in &self.policy.rules {
            trail.step(Check::ClaimRule, || rule.check(claims))?;
            trail.note(|| rule.described());
        }
        Ok(())
    }

    /// Returns what the rules look at.
    pub(super) fn claims<'t>(
        &'t self,
        registered: &'t RegisteredClaims,
        payload: &'t str,
        header: &'t Header,
        key_issuer: Option<&'t str>,
    ) -> Claims<'t> {
        Claims { registered, payload, header: header.json(), key_issuer }
    }

    /// Asks what only the caller knows: first whether the tenant is known, then whether the token is
    /// revoked.
    pub(super) fn ask_caller(&self, verified: &Verified) -> Result<(), Error> {
        self.known_tenants.ask(self, verified)?;
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

pub(super) fn allowed_algorithm(
    header: &Header,
    allowed: AlgorithmSet,
) -> Result<Algorithm, Error> {
    header.algorithm().filter(|algorithm| allowed.contains(*algorithm)).ok_or_else(|| {
        Error::AlgorithmNotAllowed { algorithm: Excerpt::of(header.algorithm_name()), allowed }
    })
}

fn described(header: &Header) -> String {
    let kid = match header.key_id() {
        Some(kid) => text!(", kid {}", Excerpt::of(kid)),
        None => String::new(),
    };
    text!("alg {}{kid}", Excerpt::of(header.algorithm_name()))
}

type RevocationCheck = dyn Fn(&Verified) -> Revocation + Send + Sync;
