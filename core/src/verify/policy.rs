//! What the caller requires of a token.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde_json::Value;

use crate::crypto::CryptoProvider;
use crate::crypto::algorithm::AlgorithmSet;
use crate::encoding::json::Json;
use crate::keys::jwks::JwkSetParser;
use crate::token::grants::ClaimPath;
use rule::{Place, PlacedRule};

pub use audiences::Audiences;
pub(crate) use document::members_of;
pub use error::PolicyError;
pub(crate) use form::{Form, Found};
pub use issuers::{Issuers, TenantIds};
pub use lifetime_classes::LifetimeClasses;
pub use rule::Rule;
pub(crate) use types::Types;
pub(crate) use validation::MAX_LEEWAY;

pub(crate) mod audiences;
mod contradictions;
mod document;
mod error;
mod form;
pub(crate) mod issuer_template;
pub(crate) mod issuers;
mod lifetime_classes;
pub(crate) mod rule;
mod rule_form;
mod types;
mod validation;

/// What the caller requires of a token.
///
/// Name the issuers and audiences or waive them explicitly; everything else has a strict default. A
/// [`Verifier`](crate::Verifier) applies the policy, and refuses one that is invalid or
/// contradictory.
///
/// A policy can also be a document in a file that services in several languages share:
/// [`Policy::from_json`] reads it, and [`Policy::to_json`] writes it.
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
    pub(crate) expected_claims: Vec<(String, Json)>,
    pub(crate) rules: Vec<PlacedRule>,
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
    /// The member of the document whose list is empty and so requires nothing.
    demands_nothing: Option<&'static str>,
}

impl Policy {
    /// Creates a policy with the defaults: every asymmetric algorithm that the keys' provider
    /// supports (and HMAC for keys that were created for it); `typ` missing, `JWT` or `at+jwt`;
    /// `exp` required; leeway 30 s; tokens of at most 16384 octets.
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
            rules: Vec::new(),
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

    /// Allows only these algorithms, as far as each key is for them (RFC 8725 §3.1).
    pub fn algorithms(mut self, algorithms: impl Into<AlgorithmSet>) -> Self {
        self.algorithms = Some(algorithms.into());
        self
    }

    /// Requires a `typ` header with one of these values. The comparison ignores ASCII case and a
    /// leading `application/` (RFC 7515 §4.1.9, RFC 8725 §3.11).
    pub fn types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.types = Types::OneOf(types.into_iter().map(Into::into).collect());
        self
    }

    /// Requires that `typ` is missing or one of these values, compared as by [`Policy::types`]. For
    /// tokens whose issuers often omit it, such as OpenID Connect ID Tokens.
    pub fn types_or_none<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Self {
        self.types = Types::OneOfOrNone(types.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts any `typ`, or none. Safe only if the issuer signs nothing else with the same keys.
    pub fn any_type(mut self) -> Self {
        self.types = Types::Any;
        self
    }

    /// Sets how far the issuer's clock may be off, for `exp`, `nbf` and `iat`; at most 600 s.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Accepts tokens without `exp`, which never expire unless `max_age` limits them.
    pub const fn allow_missing_expiry(mut self) -> Self {
        self.expiry_required = false;
        self
    }

    /// Waives RFC 7519 §4.1.2, for an issuer that is migrating: accepts a `sub` that is a whole
    /// number without a sign, as the string of its digits. The subjects 1 and "1" are then the
    /// same.
    pub const fn allow_numeric_subject(mut self) -> Self {
        self.numeric_subject = true;
        self
    }

    /// Waives the check that `iat` is not in the future, which RFC 7519 §4.1.6 does not require. A
    /// token from the future passes `max_age` for that much longer.
    pub const fn allow_future_issued_at(mut self) -> Self {
        self.future_issued_at = true;
        self
    }

    /// Requires that these claims are present and not null. An empty list makes the policy invalid;
    /// to require nothing, omit the call.
    pub fn require_claims<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.demand("required_claims", names, |policy| &mut policy.required_claims);
        self
    }

    /// Requires that a claim has exactly this JSON value, such as an OpenID `nonce`. An integer of
    /// more than 64 bits never matches. Naming a claim twice makes the policy invalid.
    pub fn expect_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.expected_claims.push((name.into(), Json::from(value.into())));
        self
    }

    /// Adds a rule about the claim at `path`. Rules add up, also for the same claim; rules that
    /// contradict each other make the policy invalid. They are checked in their order, after `aud`.
    ///
    /// ```
    /// use verijot::{Audiences, ClaimPath, Issuers, Policy, Rule};
    /// let policy = Policy::new(Issuers::only("https://issuer.example"), Audiences::any())
    ///     .claim("token_use", Rule::equals("access"))
    ///     .claim("client_id", Rule::one_of(["web", "mobile"]))
    ///     .claim(ClaimPath::from_names(["kubernetes.io", "namespace"]), Rule::equals("prod"))
    ///     .claim("nonce", Rule::absent());
    /// ```
    pub fn claim(mut self, path: impl Into<ClaimPath>, rule: Rule) -> Self {
        self.rules.push(PlacedRule { place: Place::Claims, path: path.into(), rule });
        self
    }

    /// Adds a rule about a parameter of the JOSE header, which is checked with those about claims
    /// once the signature has been verified. Errors call the parameter `header.name`.
    ///
    /// ```
    /// use verijot::{Audiences, Issuers, Policy, Rule};
    /// let policy = Policy::new(Issuers::only("https://issuer.example"), Audiences::any())
    ///     .header("tty", Rule::equals("sfdc-core-token"));
    /// ```
    pub fn header(mut self, name: impl Into<String>, rule: Rule) -> Self {
        let path = ClaimPath::from_names([name]);
        self.rules.push(PlacedRule { place: Place::Header, path, rule });
        self
    }

    /// Refuses tokens that were issued longer ago than this, without leeway; requires `iat`. Must
    /// be more than zero and at most a hundred years.
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Refuses tokens whose lifetime from `iat` to `exp` is longer than this; requires both claims.
    /// Must be more than zero and at most a hundred years.
    pub const fn max_lifetime(mut self, max_lifetime: Duration) -> Self {
        self.max_lifetime = Some(max_lifetime);
        self
    }

    /// Sets a maximum lifetime from `iat` to `exp` for each class of token.
    pub fn max_lifetime_by(mut self, classes: LifetimeClasses) -> Self {
        self.lifetime_classes = Some(classes);
        self
    }

    /// Requires all of these scopes, in `scope` (RFC 8693 §4.2) or, if that is missing, in `scp`.
    /// An empty list makes the policy invalid.
    pub fn require_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.demand("required_scopes", scopes, |policy| &mut policy.required_scopes);
        self
    }

    /// Requires all of these roles in the claim at `path`, an array of strings or one string. An
    /// empty list makes the policy invalid.
    pub fn require_roles<S: Into<String>>(
        mut self,
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Self {
        self.required_roles.push((path.into(), roles.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets the maximum octets of a token.
    pub const fn max_token_octets(mut self, octets: usize) -> Self {
        self.max_token_octets = octets;
        self
    }

    /// Allows `oct` keys in the sets that [`Policy::jwks_parser`] reads, and with them HMAC. Only
    /// for sets that are kept secret.
    pub const fn allow_symmetric_keys(mut self) -> Self {
        self.symmetric_keys = true;
        self
    }

    /// Sets the maximum octets of the sets that [`Policy::jwks_parser`] reads.
    pub const fn max_jwks_octets(mut self, octets: usize) -> Self {
        self.max_jwks_octets = octets;
        self
    }

    /// Sets the maximum number of keys of the sets that [`Policy::jwks_parser`] reads.
    pub const fn max_jwks_keys(mut self, keys: usize) -> Self {
        self.max_jwks_keys = keys;
        self
    }

    /// Returns a parser for JWK Sets with the policy's settings: symmetric keys and limits. These
    /// settings have no effect elsewhere.
    #[must_use]
    pub const fn jwks_parser<'p>(&self, provider: &'p dyn CryptoProvider) -> JwkSetParser<'p> {
        let parser = JwkSetParser::new(provider)
            .max_octets(self.max_jwks_octets)
            .max_keys(self.max_jwks_keys);
        if self.symmetric_keys { parser.allow_symmetric_keys() } else { parser }
    }

    /// Returns the algorithms that the policy names; `None` if it uses the default.
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
    /// Omits the values that claims are compared with, because a nonce is a secret.
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
            .field("rules", &self.rules)
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
