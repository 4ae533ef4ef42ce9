//! What the caller demands of a token.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde_json::Value;

use crate::crypto::CryptoProvider;
use crate::crypto::algorithm::AlgorithmSet;
use crate::keys::jwks::JwkSetParser;
use crate::token::grants::ClaimPath;

pub use error::PolicyError;
pub use lifetime_classes::LifetimeClasses;
pub(crate) use sense::MAX_LEEWAY;

mod document;
mod error;
mod form;
mod lifetime_classes;
mod sense;

/// What the caller demands of a token.
///
/// Issuers and audiences must be named or waived expressly; everything else has a strict
/// default. A policy becomes effective in a [`Verifier`](crate::Verifier), which refuses one that
/// makes no sense.
///
/// A policy is also a document: [`Policy::from_json`] reads one that is kept in a file and shared
/// between services in several languages, and [`Policy::to_json`] writes it.
///
/// ```
/// use core::time::Duration;
/// use verijot::{Algorithm, Audiences, Issuers, Policy};
/// let policy = Policy::new(Issuers::only("https://issuer.example"), Audiences::any())
///     .algorithms([Algorithm::Es256, Algorithm::EdDsa])
///     .types(["at+jwt"])
///     .max_lifetime(Duration::from_secs(3600))
///     .require_scopes(["orders:read"]);
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Policy {
    pub(crate) issuers: Issuers,
    pub(crate) audiences: Audiences,
    pub(crate) algorithms: Option<AlgorithmSet>,
    pub(crate) types: Types,
    pub(crate) leeway: Duration,
    pub(crate) expiry_required: bool,
    pub(crate) required_claims: Vec<String>,
    pub(crate) expected_claims: Vec<(String, Value)>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) lifetime_classes: Option<LifetimeClasses>,
    pub(crate) required_scopes: Vec<String>,
    pub(crate) required_roles: Vec<(ClaimPath, Vec<String>)>,
    pub(crate) max_token_octets: usize,
    pub(crate) numeric_subject: bool,
    pub(crate) future_issued_at: bool,
    pub(crate) symmetric_keys: bool,
    pub(crate) max_jwks_octets: usize,
    pub(crate) max_jwks_keys: usize,
    /// The member of the document that demands something by an empty list.
    demands_nothing: Option<&'static str>,
}

impl Policy {
    /// A policy with the defaults: every asymmetric algorithm that the keys' provider has (and
    /// HMAC with keys that were made for it); `typ` absent, `JWT` or `at+jwt`; `exp` required;
    /// leeway 30 s; tokens of at most 16384 octets.
    pub fn new(issuers: Issuers, audiences: Audiences) -> Self {
        Self {
            issuers,
            audiences,
            algorithms: None,
            types: Types::Default,
            leeway: Duration::from_secs(30),
            expiry_required: true,
            required_claims: Vec::new(),
            expected_claims: Vec::new(),
            max_age: None,
            max_lifetime: None,
            lifetime_classes: None,
            required_scopes: Vec::new(),
            required_roles: Vec::new(),
            max_token_octets: 16_384,
            numeric_subject: false,
            future_issued_at: false,
            symmetric_keys: false,
            max_jwks_octets: JwkSetParser::DEFAULT_OCTET_LIMIT,
            max_jwks_keys: JwkSetParser::DEFAULT_KEY_LIMIT,
            demands_nothing: None,
        }
    }

    /// Only these algorithms, of those that each key is for (RFC 8725 §3.1).
    pub fn algorithms(mut self, algorithms: impl Into<AlgorithmSet>) -> Self {
        self.algorithms = Some(algorithms.into());
        self
    }

    /// Demands a `typ` header with one of these values, compared without regard to ASCII case
    /// and to a leading `application/` (RFC 7515 §4.1.9, RFC 8725 §3.11).
    pub fn types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.types = Types::OneOf(types.into_iter().map(Into::into).collect());
        self
    }

    /// Takes any `typ` and none. Safe only where the issuer signs nothing else with the same keys.
    pub fn any_type(mut self) -> Self {
        self.types = Types::Any;
        self
    }

    /// How far the issuer's clock may be off, for `exp`, `nbf` and `iat`: at most 600 s, since more is
    /// no clock's fault.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Takes tokens without `exp`, which are valid for ever unless `max_age` ends them.
    pub const fn allow_missing_expiry(mut self) -> Self {
        self.expiry_required = false;
        self
    }

    /// Waives RFC 7519 §4.1.2 while an issuer migrates: takes a `sub` that is a whole number without
    /// a sign as the string of its digits. Who compares subjects must know that 1 and "1" are
    /// then the same.
    pub const fn allow_numeric_subject(mut self) -> Self {
        self.numeric_subject = true;
        self
    }

    /// Waives the check that `iat` is not in the future, which RFC 7519 §4.1.6 does not ask for. A
    /// token from the future passes `max_age` for that much longer.
    pub const fn allow_future_issued_at(mut self) -> Self {
        self.future_issued_at = true;
        self
    }

    /// Demands that these claims are present and not null. An empty list is refused with the policy:
    /// who demands nothing leaves the call out.
    pub fn require_claims<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.demand("required_claims", names, |policy| &mut policy.required_claims);
        self
    }

    /// Demands that a claim has exactly this JSON value, such as an OpenID `nonce`. An integer of
    /// more than 64 bits is equal to nothing. The same claim twice is refused with the policy.
    pub fn expect_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.expected_claims.push((name.into(), value.into()));
        self
    }

    /// Refuses tokens issued longer ago than this, without leeway; demands `iat`. More than zero, at
    /// most a hundred years.
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Refuses tokens made to live longer than this from `iat` to `exp`; demands both. More than zero,
    /// at most a hundred years.
    pub const fn max_lifetime(mut self, max_lifetime: Duration) -> Self {
        self.max_lifetime = Some(max_lifetime);
        self
    }

    /// Another ceiling from `iat` to `exp` for each class of token.
    pub fn max_lifetime_by(mut self, classes: LifetimeClasses) -> Self {
        self.lifetime_classes = Some(classes);
        self
    }

    /// Demands all of these scopes: in `scope` (RFC 8693 §4.2) or, without that, in `scp`. An empty
    /// list is refused with the policy.
    pub fn require_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.demand("required_scopes", scopes, |policy| &mut policy.required_scopes);
        self
    }

    /// Demands all of these roles in the claim at `path`, an array of strings or one string. An empty
    /// list is refused with the policy.
    pub fn require_roles<S: Into<String>>(
        mut self,
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Self {
        self.required_roles.push((path.into(), roles.into_iter().map(Into::into).collect()));
        self
    }

    /// Another limit for the octets of a token.
    pub const fn max_token_octets(mut self, octets: usize) -> Self {
        self.max_token_octets = octets;
        self
    }

    /// Lets `oct` keys into the sets that [`Policy::jwks_parser`] reads, and with them HMAC. Only for
    /// sets that are kept secret.
    pub const fn allow_symmetric_keys(mut self) -> Self {
        self.symmetric_keys = true;
        self
    }

    /// Another limit for the octets of the sets that [`Policy::jwks_parser`] reads.
    pub const fn max_jwks_octets(mut self, octets: usize) -> Self {
        self.max_jwks_octets = octets;
        self
    }

    /// Another limit for the number of keys of the sets that [`Policy::jwks_parser`] reads.
    pub const fn max_jwks_keys(mut self, keys: usize) -> Self {
        self.max_jwks_keys = keys;
        self
    }

    /// A parser that reads JWK Sets as the policy says: with or without symmetric keys, and within
    /// its limits. What a policy says about keys has an effect only here.
    #[must_use]
    pub const fn jwks_parser<'p>(&self, provider: &'p dyn CryptoProvider) -> JwkSetParser<'p> {
        let parser = JwkSetParser::new(provider)
            .max_octets(self.max_jwks_octets)
            .max_keys(self.max_jwks_keys);
        if self.symmetric_keys { parser.allow_symmetric_keys() } else { parser }
    }

    /// The algorithms that the policy names itself; `None` where it has the default.
    #[must_use]
    pub const fn named_algorithms(&self) -> Option<AlgorithmSet> {
        self.algorithms
    }

    fn demand<S: Into<String>>(
        &mut self,
        member: &'static str,
        names: impl IntoIterator<Item = S>,
        demanded: impl FnOnce(&mut Self) -> &mut Vec<String>,
    ) {
        let names = names.into_iter().map(Into::into).collect::<Vec<_>>();
        if names.is_empty() {
            self.demands_nothing = Some(member);
        }
        demanded(self).extend(names);
    }
}

impl fmt::Debug for Policy {
    /// Values that claims must have are left out: a nonce is nobody else's business.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected_claims.iter().map(|(name, _)| name).collect::<Vec<_>>();
        formatter
            .debug_struct("Policy")
            .field("issuers", &self.issuers)
            .field("audiences", &self.audiences)
            .field("algorithms", &self.algorithms)
            .field("types", &self.types)
            .field("leeway", &self.leeway)
            .field("expiry_required", &self.expiry_required)
            .field("numeric_subject", &self.numeric_subject)
            .field("future_issued_at", &self.future_issued_at)
            .field("required_claims", &self.required_claims)
            .field("expected_claims", &expected)
            .field("max_age", &self.max_age)
            .field("max_lifetime", &self.max_lifetime)
            .field("lifetime_classes", &self.lifetime_classes)
            .field("required_scopes", &self.required_scopes)
            .field("required_roles", &self.required_roles)
            .field("max_token_octets", &self.max_token_octets)
            .field("symmetric_keys", &self.symmetric_keys)
            .field("max_jwks_octets", &self.max_jwks_octets)
            .field("max_jwks_keys", &self.max_jwks_keys)
            .finish()
    }
}

/// The issuers that a policy takes; `iss` must equal one of them (RFC 7519 §4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuers {
    names: Option<Vec<String>>,
}

/// The audiences that the caller goes by; `aud` must contain one of them (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audiences {
    names: Option<Vec<String>>,
}

impl Issuers {
    /// This issuer, character for character: no slash and no case is forgiven.
    #[must_use]
    pub fn only(issuer: impl Into<String>) -> Self {
        Self::one_of([issuer])
    }

    /// One of these issuers. All must be trusted with the same keys.
    #[must_use]
    pub fn one_of<S: Into<String>>(issuers: impl IntoIterator<Item = S>) -> Self {
        Self { names: Some(issuers.into_iter().map(Into::into).collect()) }
    }

    /// Waives the check: tokens of every issuer are accepted whose key is among the keys.
    #[must_use]
    pub const fn any() -> Self {
        Self { names: None }
    }

    pub(crate) fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }
}

impl Audiences {
    /// This audience, character for character.
    #[must_use]
    pub fn only(audience: impl Into<String>) -> Self {
        Self::one_of([audience])
    }

    /// One of these audiences.
    #[must_use]
    pub fn one_of<S: Into<String>>(audiences: impl IntoIterator<Item = S>) -> Self {
        Self { names: Some(audiences.into_iter().map(Into::into).collect()) }
    }

    /// Waives the check: a token meant for another service is taken too (RFC 8725 §3.9).
    #[must_use]
    pub const fn any() -> Self {
        Self { names: None }
    }

    pub(crate) fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }
}

/// Which `typ` headers are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Types {
    /// Absent, `JWT` or `at+jwt`.
    Default,
    Any,
    OneOf(Vec<String>),
}

impl Types {
    pub(crate) fn permit(&self, token_type: Option<&str>) -> bool {
        match (self, token_type) {
            (Self::Any, _) | (Self::Default, None) => true,
            (Self::OneOf(_), None) => false,
            (Self::Default, Some(found)) => {
                let found = short_type(found);
                DEFAULT_TYPES.iter().any(|name| name.eq_ignore_ascii_case(found))
            }
            (Self::OneOf(names), Some(found)) => names.iter().any(|name| same_type(name, found)),
        }
    }

    /// The types taken, for messages.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Any => Vec::new(),
            Self::Default => DEFAULT_TYPES.iter().map(ToString::to_string).collect(),
            Self::OneOf(names) => names.to_owned(),
        }
    }
}

/// RFC 7515 §4.1.9: `application/` may be left out, and media types know no case.
fn same_type(one: &str, other: &str) -> bool {
    short_type(one).eq_ignore_ascii_case(short_type(other))
}

fn short_type(name: &str) -> &str {
    match name.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
        _ => name,
    }
}

const APPLICATION: &str = "application/";
const DEFAULT_TYPES: [&str; 2] = ["JWT", "at+jwt"];
