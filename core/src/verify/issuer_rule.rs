//! The rule about `iss`: names, templates with their tenants, and the issuer of the key.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::Text;
use crate::error::Error;
use crate::time::UnixTime;
use crate::verify::policy::Issuers;
use crate::verify::policy::Policy;
use crate::verify::policy::issuer_template::{around_placeholder, filled, is_tenant};
use crate::verify::rules::{Claims, missing};

/// RFC 7519 §4.1.1: case-sensitive, no normalization.
pub(crate) fn issuer(policy: &Policy, claims: &Claims<'_>, _: UnixTime) -> Result<(), Error> {
    let issuers = &policy.issuers;
    if issuers.are_waived() && claims.key_issuer.is_none() {
        return Ok(());
    }
    let issuer = claims.registered.issuer(claims.payload).ok_or_else(|| missing("iss"))?;
    let is_named = issuers.are_waived() || issuers.names().iter().any(|name| name == issuer);
    let tenant = if is_named { None } else { Some(tenant(issuers, claims, issuer)?) };
    match claims.key_issuer {
        Some(of_key) => check_key_issuer(issuers, of_key, issuer, tenant),
        None => Ok(()),
    }
}

/// Returns the tenant of an issuer that a template accepts; `None` for one that is named exactly.
pub(crate) fn tenant_of<'i>(issuers: &Issuers, issuer: &'i str) -> Option<&'i str> {
    if issuers.names().iter().any(|name| name == issuer) {
        return None;
    }
    issuers.template_of(issuer).map(|(_, tenant)| tenant)
}

/// The refusal of a token whose tenant the caller does not know.
pub(crate) fn unknown_tenant(issuers: &Issuers, issuer: &str) -> Error {
    wrong(issuers.listed(), issuer)
}

/// Returns the tenant of a token whose issuer one of the templates gives.
fn tenant<'t>(issuers: &Issuers, claims: &Claims<'t>, issuer: &'t str) -> Result<&'t str, Error> {
    let (template, tenant) =
        issuers.template_of(issuer).ok_or_else(|| wrong(issuers.listed(), issuer))?;
    let claim = claims.all().member(&template.claim).ok_or_else(|| missing(&template.claim))?;
    let claim =
        claim.as_text().map(Text::unescape).filter(|claim| is_tenant(claim)).ok_or_else(|| {
            Error::InvalidClaim {
                claim: template.claim.clone(),
                expected: "a string of 1 to 64 letters, digits and hyphens",
            }
        })?;
    if claim == tenant { Ok(tenant) } else { Err(wrong(issuers.listed(), issuer)) }
}

/// A key that is marked with an issuer verifies only tokens of that issuer. A placeholder stands for
/// the tenant. Keys of the same provider may be marked with the issuer of another of its formats, so
/// each template of the policy will do, with the same tenant.
fn check_key_issuer(
    issuers: &Issuers,
    of_key: &str,
    issuer: &str,
    tenant: Option<&str>,
) -> Result<(), Error> {
    let fits = match tenant {
        None => around_placeholder(of_key).is_some() || of_key == issuer,
        Some(tenant) => {
            let of_key = filled(of_key, tenant);
            let mut templates = issuers.templates().iter();
            of_key == issuer || templates.any(|template| filled(&template.text, tenant) == of_key)
        }
    };
    if fits { Ok(()) } else { Err(wrong(Vec::from([String::from(Excerpt::of(of_key))]), issuer)) }
}

fn wrong(expected: Vec<String>, issuer: &str) -> Error {
    Error::WrongIssuer { expected, actual: Excerpt::of(issuer) }
}
