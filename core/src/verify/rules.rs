//! The policy's rules about claims: one function for each rule, in the order of the checks.
//!
//! The rules run after the signature and the types of the registered claims have been checked.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;

use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::Value;
use crate::error::Error;
use crate::time::{NumericDate, UnixTime};
use crate::token::claims::RegisteredClaims;
use crate::token::grants::Grants;
use crate::verify::check::Check;
use crate::verify::issuer_rule::issuer;
use crate::verify::policy::Policy;

/// The claims of one token, as the rules see them.
pub(crate) struct Claims<'t> {
    pub(crate) registered: &'t RegisteredClaims,
    /// The whole payload, an object.
    pub(crate) payload: &'t str,
    /// The whole header, an object.
    pub(crate) header: &'t str,
    /// The issuer that the key is marked with.
    pub(crate) key_issuer: Option<&'t str>,
}

impl<'t> Claims<'t> {
    pub(crate) fn all(&self) -> Value<'t> {
        Value::checked(self.payload)
    }
}

/// A demand of a policy, which looks at the claims that it is about.
pub(crate) type Demand = fn(&Policy, &Claims<'_>, UnixTime) -> Result<(), Error>;

/// The demands, in their order; the rules about single claims follow the expected claims.
pub(crate) const ALL: [(Check, Demand); 11] = {
    let [expiry, not_before, issued_at, age, lifetime] = DATES;
    [
        (Check::Presence, presence),
        expiry,
        not_before,
        issued_at,
        age,
        lifetime,
        (Check::Issuer, issuer),
        (Check::Audience, audience),
        (Check::ExpectedClaims, expected_claims),
        (Check::Scopes, scopes),
        (Check::Roles, roles),
    ]
};

/// The rules whose outcome depends on the time, and the one after them.
pub(crate) const DATES: [(Check, Demand); 5] = [
    (Check::Expiry, expiry),
    (Check::NotBefore, not_before),
    (Check::IssuedAt, issued_at),
    (Check::Age, age),
    (Check::Lifetime, lifetime),
];

fn presence(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    let registered = claims.registered;
    let lifetime = policy.max_lifetime.is_some() || policy.lifetime_classes.is_some();
    let issued_at = lifetime || policy.max_age.is_some();
    let issuer = registered.issuer(claims.payload);
    let audiences = &policy.audiences;
    let audience = audiences.names().is_some();
    let (audience_claim, has_audience) = match &audiences.in_claim {
        Some(claim) => (claim.as_str(), claims.all().member(claim).is_some()),
        None => ("aud", registered.has_audience()),
    };
    let demanded = [
        ("exp", policy.expiry_required || lifetime, registered.expires_at.is_some()),
        ("iat", issued_at, registered.issued_at.is_some()),
        ("iss", !policy.issuers.are_waived(), issuer.is_some()),
        (audience_claim, audience, has_audience),
    ];
    for (claim, demanded, present) in demanded {
        if demanded && !present {
            return Err(missing(claim));
        }
    }
    for claim in &policy.required_claims {
        match claims.all().member(claim) {
            None => return Err(missing(claim)),
            Some(value) if value.is_null() => {
                return Err(Error::InvalidClaim {
                    claim: claim.clone(),
                    expected: "a value other than null",
                });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// RFC 7519 §4.1.4: the current time must be before `exp`.
fn expiry(policy: &Policy, claims: &Claims<'_>, now: UnixTime) -> Result<(), Error> {
    let leeway = policy.leeway;
    match claims.registered.expires_at {
        Some(expired_at) if expired_at.is_reached_at(now.minus(leeway)) => {
            Err(Error::Expired { expired_at, now, leeway })
        }
        _ => Ok(()),
    }
}

/// RFC 7519 §4.1.5: the current time must be at or after `nbf`.
fn not_before(policy: &Policy, claims: &Claims<'_>, now: UnixTime) -> Result<(), Error> {
    let leeway = policy.leeway;
    match claims.registered.not_before {
        Some(valid_from) if !valid_from.is_reached_at(now.plus(leeway)) => {
            Err(Error::NotYetValid { valid_from, now, leeway })
        }
        _ => Ok(()),
    }
}

/// RFC 7519 §4.1.6 does not require this check, but a token from the future means that a clock is
/// wrong or a date is forged.
fn issued_at(policy: &Policy, claims: &Claims<'_>, now: UnixTime) -> Result<(), Error> {
    let leeway = policy.leeway;
    match claims.registered.issued_at {
        Some(_) if policy.future_issued_at => Ok(()),
        Some(issued_at) if !issued_at.is_reached_at(now.plus(leeway)) => {
            Err(Error::IssuedInFuture { issued_at, now, leeway })
        }
        _ => Ok(()),
    }
}

/// Refuses `now - iat > max_age`, without leeway.
fn age(policy: &Policy, claims: &Claims<'_>, now: UnixTime) -> Result<(), Error> {
    match (policy.max_age, claims.registered.issued_at) {
        (Some(max_age), Some(issued_at)) if issued_at.is_before(now.minus(max_age)) => {
            Err(Error::TooOld { issued_at, now, max_age })
        }
        _ => Ok(()),
    }
}

/// Refuses `exp - iat` above any of the limits.
fn lifetime(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    let by_class = match &policy.lifetime_classes {
        Some(classes) => {
            let name = classes.claim.as_str();
            let value = claims.all().member(name);
            let class = match value {
                Some(value) => Some(value.as_text().ok_or_else(|| Error::InvalidClaim {
                    claim: name.to_owned(),
                    expected: "a string",
                })?),
                None => None,
            };
            let class = class.map(crate::encoding::json::Text::unescape);
            let ceiling = classes.ceiling(class.as_deref()).ok_or_else(|| match class {
                Some(_) => Error::WrongClaim { claim: name.to_owned() },
                None => missing(name),
            })?;
            Some(ceiling)
        }
        None => None,
    };
    let (Some(issued_at), Some(expires_at)) =
        (claims.registered.issued_at, claims.registered.expires_at)
    else {
        return Ok(());
    };
    for max_lifetime in [policy.max_lifetime, by_class].into_iter().flatten() {
        if NumericDate::exceeds(expires_at, issued_at, max_lifetime) {
            return Err(Error::LifetimeTooLong { issued_at, expires_at, max_lifetime });
        }
    }
    Ok(())
}

/// RFC 7519 §4.1.3: one of the token's audiences must be one of the policy's.
fn audience(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    let audiences = &policy.audiences;
    let Some(expected) = audiences.names() else { return Ok(()) };
    let found = || claims.registered.audience(claims.payload);
    let is_ours = |audience: Cow<'_, str>| expected.iter().any(|name| *name == audience);
    if let Some(claim) = &audiences.in_claim {
        audience_in_claim(claim, expected, claims)?;
        if found().next().is_none() {
            return Ok(());
        }
    }
    let fits = found().any(is_ours) && (!audiences.exactly || found().all(is_ours));
    if fits {
        return Ok(());
    }
    Err(Error::WrongAudience {
        expected: expected.to_vec(),
        actual: found().take(MENTIONED).map(|audience| Excerpt::of(&audience)).collect(),
    })
}

/// The claim that takes the place of `aud` must have one of the policy's audiences.
fn audience_in_claim(claim: &str, expected: &[String], claims: &Claims<'_>) -> Result<(), Error> {
    let value = claims.all().member(claim).ok_or_else(|| missing(claim))?;
    let text = value
        .as_text()
        .ok_or_else(|| Error::InvalidClaim { claim: claim.to_owned(), expected: "a string" })?;
    if expected.iter().any(|name| text.is(name)) {
        return Ok(());
    }
    Err(Error::WrongClaim { claim: claim.to_owned() })
}

fn expected_claims(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    for (name, expected) in &policy.expected_claims {
        let value = claims.all().member(name).ok_or_else(|| missing(name))?;
        if !expected.equals(value) {
            return Err(Error::WrongClaim { claim: name.clone() });
        }
    }
    Ok(())
}

fn scopes(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    if policy.required_scopes.is_empty() {
        return Ok(());
    }
    let granted = Grants::scopes(claims.all())?;
    if policy.required_scopes.iter().all(|scope| granted.contain(scope)) {
        return Ok(());
    }
    Err(Error::InsufficientScope {
        claim: String::from("scope"),
        required: policy.required_scopes.clone(),
        any_of: false,
    })
}

fn roles(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    for (path, required) in &policy.required_roles {
        let granted = Grants::roles(claims.all(), path)?;
        if !required.iter().all(|role| granted.contain(role)) {
            return Err(Error::InsufficientScope {
                claim: text!("{path}"),
                required: required.clone(),
                any_of: false,
            });
        }
    }
    Ok(())
}

pub(crate) fn missing(claim: &str) -> Error {
    Error::MissingClaim { claim: claim.to_owned() }
}

/// The maximum number of a token's audiences in an error.
const MENTIONED: usize = 8;
