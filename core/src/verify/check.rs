//! The checks of a verification, and how a verification reports them.

use alloc::string::String;

use crate::error::Error;
use crate::time::NumericDate;

/// A check of a verification. The variants are in the order in which the checks run, but those after
/// [`Check::Revocation`] are made before it, by [profiles](crate::profile), each of which lists its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// Size, three segments, characters.
    Structure,
    /// The header's base64url, JSON, and critical parameters.
    Header,
    /// `typ`.
    Type,
    /// `alg` against the policy.
    Algorithm,
    /// A key with this `kid` for this `alg`.
    Key,
    /// The signature.
    Signature,
    /// The payload's base64url and JSON, and the types of the registered claims.
    Claims,
    /// The claims that the policy requires.
    Presence,
    /// `exp`.
    Expiry,
    /// `nbf`.
    NotBefore,
    /// `iat`.
    IssuedAt,
    /// `max_age`.
    Age,
    /// `max_lifetime` and the limits of the lifetime classes.
    Lifetime,
    /// `iss`.
    Issuer,
    /// `aud`.
    Audience,
    /// Claims with an expected value.
    ExpectedClaims,
    /// One of the policy's rules about claims and header parameters. An explanation has a step for
    /// each rule.
    ClaimRule,
    /// Scopes.
    Scopes,
    /// Roles.
    Roles,
    /// What only the caller knows: whether the tenant is known, and whether the token is revoked.
    Revocation,
    /// The claims that a profile requires, and their types.
    ProfileClaims,
    /// The client among the audiences.
    TrustedAudiences,
    /// `client_id`.
    Client,
    /// `azp`.
    AuthorizedParty,
    /// `nonce`.
    Nonce,
    /// `auth_time`.
    AuthenticationTime,
    /// `acr`.
    AuthenticationContext,
    /// `events`.
    Events,
    /// `at_hash`.
    AccessTokenHash,
    /// `c_hash`.
    CodeHash,
    /// `s_hash`.
    StateHash,
    /// What must be as in an earlier token of the same login.
    PreviousToken,
    /// Claims that a profile forbids.
    ForbiddenClaims,
}

impl Check {
    /// Every check of a JWT in order, without those of profiles.
    pub const ALL: [Self; 20] = [
        Self::Structure,
        Self::Header,
        Self::Type,
        Self::Algorithm,
        Self::Key,
        Self::Signature,
        Self::Claims,
        Self::Presence,
        Self::Expiry,
        Self::NotBefore,
        Self::IssuedAt,
        Self::Age,
        Self::Lifetime,
        Self::Issuer,
        Self::Audience,
        Self::ExpectedClaims,
        Self::ClaimRule,
        Self::Scopes,
        Self::Roles,
        Self::Revocation,
    ];

    /// Returns a stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Header => "header",
            Self::Type => "type",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Presence => "presence",
            Self::Expiry => "expiry",
            Self::NotBefore => "not_before",
            Self::IssuedAt => "issued_at",
            Self::Age => "age",
            Self::Lifetime => "lifetime",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::ExpectedClaims => "expected_claims",
            Self::ClaimRule => "claim_rule",
            Self::Scopes => "scopes",
            Self::Roles => "roles",
            Self::Revocation => "revocation",
            Self::ProfileClaims => "profile_claims",
            Self::TrustedAudiences => "trusted_audiences",
            Self::Client => "client",
            Self::AuthorizedParty => "authorized_party",
            Self::Nonce => "nonce",
            Self::AuthenticationTime => "authentication_time",
            Self::AuthenticationContext => "authentication_context",
            Self::Events => "events",
            Self::AccessTokenHash => "access_token_hash",
            Self::CodeHash => "code_hash",
            Self::StateHash => "state_hash",
            Self::PreviousToken => "previous_token",
            Self::ForbiddenClaims => "forbidden_claims",
        }
    }
}

/// Observes a verification, check by check.
pub(crate) trait Trail {
    /// Runs a check and records its outcome.
    fn step<R>(
        &mut self,
        check: Check,
        body: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error>;

    /// Adds a detail without secrets to the last check.
    fn note(&mut self, detail: impl FnOnce() -> String);

    /// Adds the date that the last check was about.
    fn date(&mut self, date: Option<NumericDate>);
}

/// Returns a trail that records nothing.
#[cfg(not(target_family = "wasm"))]
pub(crate) const fn silent() -> Silent {
    Silent
}

/// Returns a trail that records nothing. A WebAssembly module has one copy of the code instead of
/// two, because there size matters more than some branches.
#[cfg(target_family = "wasm")]
pub(crate) const fn silent() -> crate::verify::explain::Record {
    crate::verify::explain::Record::nothing()
}

/// Records nothing.
#[cfg(not(target_family = "wasm"))]
pub(crate) struct Silent;

#[cfg(not(target_family = "wasm"))]
impl Trail for Silent {
    #[inline]
    fn step<R>(&mut self, _: Check, body: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
        body()
    }

    #[inline]
    fn note(&mut self, _: impl FnOnce() -> String) {}

    #[inline]
    fn date(&mut self, _: Option<NumericDate>) {}
}
