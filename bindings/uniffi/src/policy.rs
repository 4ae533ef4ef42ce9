//! A policy as one record, and the core's from it.

use verijot::{Algorithm, Audiences, ClaimPath, Issuers};

use crate::moment::span;
use crate::problem::Problem;

/// What the caller demands of a token. Spans are in nanoseconds.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Policy {
    /// One of them must be `iss`; none waives the check.
    pub issuers: Option<Vec<String>>,
    /// One of them must be in `aud`; none waives the check.
    pub audiences: Option<Vec<String>>,
    /// Names of algorithms; none stands for every asymmetric one that the provider has.
    pub algorithms: Option<Vec<String>>,
    /// The `typ` headers that are taken.
    pub types: TokenTypes,
    /// How far the issuer's clock may be off.
    pub leeway: Option<u64>,
    /// Whether `exp` must be there.
    pub require_expiry: bool,
    /// Whether `sub` may be a whole number.
    #[uniffi(default = false)]
    pub numeric_subject: bool,
    /// Whether `iat` may be in the future.
    #[uniffi(default = false)]
    pub future_issued_at: bool,
    /// Claims that must be there and not null; none demands nothing, an empty list is refused.
    pub required_claims: Option<Vec<String>>,
    /// Claims with exactly one value.
    pub expected_claims: Vec<ExpectedClaim>,
    /// The ceiling of now - `iat`.
    pub max_age: Option<u64>,
    /// The ceiling of `exp` - `iat`.
    pub max_lifetime: Option<u64>,
    /// Ceilings of `exp` - `iat` for each class of token.
    pub lifetime_classes: Option<LifetimeClasses>,
    /// Scopes that must all be granted; none demands nothing, an empty list is refused.
    pub required_scopes: Option<Vec<String>>,
    /// Roles that must all be granted.
    pub required_roles: Vec<RequiredRoles>,
    /// The limit of a token's octets.
    pub token_octets: Option<u64>,
}

/// Which `typ` headers are taken.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum TokenTypes {
    /// Absent, `JWT` or `at+jwt`.
    Usual,
    /// Any and none.
    Any,
    /// One of these.
    OneOf {
        /// The types, with or without `application/`.
        names: Vec<String>,
    },
}

/// A claim and the value that it must have.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ExpectedClaim {
    /// The claim.
    pub name: String,
    /// The value as JSON text.
    pub json: String,
}

/// Ceilings of the lifetime, told by the value of one claim.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LifetimeClasses {
    /// The claim whose string value names the class.
    pub claim: String,
    /// The classes.
    pub classes: Vec<LifetimeClass>,
    /// The ceiling of every other token; none refuses those.
    pub otherwise: Option<u64>,
}

/// The ceiling of one class.
#[derive(Clone, Debug, uniffi::Record)]
pub struct LifetimeClass {
    /// The claim's value.
    pub value: String,
    /// Nanoseconds.
    pub ceiling: u64,
}

/// Roles that must be granted in one claim.
#[derive(Clone, Debug, uniffi::Record)]
pub struct RequiredRoles {
    /// Names from the outermost claim inwards.
    pub path: Vec<String>,
    /// All of them are demanded.
    pub roles: Vec<String>,
}

impl Policy {
    pub(crate) fn into_core(self) -> Result<verijot::Policy, Problem> {
        let mut policy = verijot::Policy::new(
            self.issuers.map_or_else(Issuers::any, Issuers::one_of),
            self.audiences.map_or_else(Audiences::any, Audiences::one_of),
        );
        if let Some(names) = self.algorithms {
            let algorithms = names.iter().map(|name| algorithm(name));
            policy = policy.algorithms(algorithms.collect::<Result<verijot::AlgorithmSet, _>>()?);
        }
        policy = match self.types {
            TokenTypes::Usual => policy,
            TokenTypes::Any => policy.any_type(),
            TokenTypes::OneOf { names } => policy.types(names),
        };
        if let Some(leeway) = self.leeway {
            policy = policy.leeway(span(leeway));
        }
        if !self.require_expiry {
            policy = policy.allow_missing_expiry();
        }
        if self.numeric_subject {
            policy = policy.allow_numeric_subject();
        }
        if self.future_issued_at {
            policy = policy.allow_future_issued_at();
        }
        if let Some(names) = self.required_claims {
            policy = policy.require_claims(names);
        }
        if let Some(scopes) = self.required_scopes {
            policy = policy.require_scopes(scopes);
        }
        for ExpectedClaim { name, json } in self.expected_claims {
            let value = serde_json::from_str::<serde_json::Value>(&json)
                .map_err(|_| Problem::policy("an expected claim's value is not JSON"))?;
            policy = policy.expect_claim(name, value);
        }
        if let Some(max_age) = self.max_age {
            policy = policy.max_age(span(max_age));
        }
        if let Some(max_lifetime) = self.max_lifetime {
            policy = policy.max_lifetime(span(max_lifetime));
        }
        if let Some(classes) = self.lifetime_classes {
            policy = policy.max_lifetime_by(classes.into_core());
        }
        for RequiredRoles { path, roles } in self.required_roles {
            policy = policy.require_roles(ClaimPath::from_names(path), roles);
        }
        if let Some(octets) = self.token_octets {
            // More than memory can hold is no limit.
            policy = policy.token_limit(usize::try_from(octets).unwrap_or(usize::MAX));
        }
        Ok(policy)
    }
}

impl LifetimeClasses {
    fn into_core(self) -> verijot::LifetimeClasses {
        let classes = verijot::LifetimeClasses::by_claim(self.claim);
        let classes = self
            .classes
            .into_iter()
            .fold(classes, |classes, class| classes.class(class.value, span(class.ceiling)));
        match self.otherwise {
            Some(ceiling) => classes.otherwise(span(ceiling)),
            None => classes,
        }
    }
}

fn algorithm(name: &str) -> Result<Algorithm, Problem> {
    name.parse().map_err(|_| Problem::policy("an algorithm is none that verijot knows"))
}
