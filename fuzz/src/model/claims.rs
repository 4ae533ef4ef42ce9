//! The payload and the policy's checks of it, in the documented order.

use super::case::{Policy, Revocation, nanoseconds};
use super::{Refusal, claim, code};
use crate::oracle::decimal::Decimal;
use crate::oracle::json::{Json, member};

/// The dates of one token, each in nanoseconds: rounded down, and whether there was a remainder.
type Date = (i128, bool);

/// Every check after the signature.
pub fn check(
    payload: &[u8],
    policy: &Policy,
    now: &str,
    key_issuer: Option<&str>,
) -> Result<(), Refusal> {
    let Ok(claims) = Json::parse_strict(payload) else { return code("malformed_claims") };
    let get = |name: &str| member(&claims, name);
    let now = nanoseconds(now);
    let span = |text: &Option<String>| text.as_deref().map(nanoseconds);
    let leeway = span(&policy.leeway).unwrap_or(30 * SECOND);

    // Types, whether the policy needs the claim or not.
    let string = |name: &str| match get(name) {
        None => Ok(None),
        Some(value) => value.text().map(Some).ok_or(("invalid_claim", Some(name.to_owned()))),
    };
    let date = |name: &str| match get(name) {
        None => Ok(None),
        Some(value) => read_date(value).map(Some).ok_or(("invalid_claim", Some(name.to_owned()))),
    };
    let issuer = string("iss")?;
    // The waiver: a whole number as the issuer wrote it, without a sign.
    let is_number = |value: &Json| match value {
        Json::Number(text) => text.bytes().all(|octet| octet.is_ascii_digit()),
        _ => false,
    };
    if !(policy.numeric_subject && get("sub").is_some_and(is_number)) {
        string("sub")?;
    }
    let audience = match get("aud") {
        None => None,
        Some(Json::Text(text)) => Some(vec![text.as_str()]),
        Some(value) => match value.texts() {
            Some(texts) => Some(texts),
            None => return claim("invalid_claim", "aud"),
        },
    };
    let (exp, nbf, iat) = (date("exp")?, date("nbf")?, date("iat")?);
    string("jti")?;

    // Presence.
    let lifetime = policy.max_lifetime.is_some() || policy.max_lifetime_by.is_some();
    if exp.is_none() && (policy.require_exp != Some(false) || lifetime) {
        return claim("missing_claim", "exp");
    }
    if iat.is_none() && (policy.max_age.is_some() || lifetime) {
        return claim("missing_claim", "iat");
    }
    if issuer.is_none() && policy.issuers.is_some() {
        return claim("missing_claim", "iss");
    }
    if audience.is_none() && policy.audiences.is_some() {
        return claim("missing_claim", "aud");
    }
    for name in policy.required_claims.iter().flatten() {
        match get(name) {
            None => return claim("missing_claim", name),
            Some(Json::Null) => return claim("invalid_claim", name),
            Some(_) => {}
        }
    }

    // Dates: `now >= exp + leeway`, `now + leeway < nbf`, `now + leeway < iat`, exactly.
    if exp.is_some_and(|exp| !is_after(exp, now - leeway)) {
        return claim("expired", "exp");
    }
    if nbf.is_some_and(|nbf| is_after(nbf, now + leeway)) {
        return claim("not_yet_valid", "nbf");
    }
    if !policy.future_issued_at && iat.is_some_and(|iat| is_after(iat, now + leeway)) {
        return claim("issued_in_future", "iat");
    }
    if let (Some(max_age), Some((iat, _))) = (span(&policy.max_age), iat)
        && now - max_age > iat
    {
        return claim("too_old", "iat");
    }
    let mut ceilings = Vec::from_iter(span(&policy.max_lifetime));
    if let Some(by) = &policy.max_lifetime_by {
        let class = match get(&by.claim) {
            None => None,
            Some(Json::Text(class)) => Some(class),
            Some(_) => return claim("invalid_claim", &by.claim),
        };
        let ceiling = class.and_then(|class| by.ceilings.get(class)).or(by.default.as_ref());
        match (ceiling, class) {
            (Some(ceiling), _) => ceilings.push(nanoseconds(ceiling)),
            (None, Some(_)) => return claim("wrong_claim", &by.claim),
            (None, None) => return claim("missing_claim", &by.claim),
        }
    }
    for ceiling in ceilings {
        // The issuer's date is rounded down, so that a maximum is never exceeded.
        if is_after(exp.expect("present"), iat.expect("present").0 + ceiling) {
            return claim("lifetime_too_long", "exp");
        }
    }

    // Issuer, audience, and the rest.
    if let Some(issuers) = &policy.issuers
        && !issuers.iter().any(|name| Some(name.as_str()) == issuer)
    {
        return claim("wrong_issuer", "iss");
    }
    // A key that is marked with an issuer is only for its tokens.
    if let Some(key_issuer) = key_issuer {
        match issuer {
            None => return claim("missing_claim", "iss"),
            Some(issuer) if issuer != key_issuer => return claim("wrong_issuer", "iss"),
            Some(_) => {}
        }
    }
    if let Some(audiences) = &policy.audiences {
        let audience = audience.expect("present");
        if !audiences.iter().any(|name| audience.contains(&name.as_str())) {
            return claim("wrong_audience", "aud");
        }
    }
    for (name, expected) in &policy.expected_claims {
        match get(name) {
            None => return claim("missing_claim", name),
            Some(value) if !value.equals(expected) => return claim("wrong_claim", name),
            Some(_) => {}
        }
    }
    if let Some(required) = &policy.required_scopes {
        let (name, found) = match get("scope") {
            Some(scope) => ("scope", Some(scope)),
            None => ("scp", get("scp")),
        };
        let granted = match found {
            None => Vec::new(),
            Some(Json::Text(words)) => words.split(' ').collect(),
            Some(value) => match value.texts() {
                Some(texts) => texts,
                None => return claim("invalid_claim", name),
            },
        };
        if !required.iter().all(|scope| granted.contains(&scope.as_str())) {
            return claim("insufficient_scope", "scope");
        }
    }
    if let Some(roles) = &policy.required_roles {
        let path = roles.path.join(".");
        let mut found = get(&roles.path[0]);
        for name in &roles.path[1..] {
            found = found.and_then(|value| value.member(name));
        }
        let granted = match found {
            None => Vec::new(),
            Some(Json::Text(role)) => vec![role.as_str()],
            Some(value) => match value.texts() {
                Some(texts) => texts,
                None => return claim("invalid_claim", &path),
            },
        };
        if !roles.roles.iter().all(|role| granted.contains(&role.as_str())) {
            return claim("insufficient_scope", &path);
        }
    }
    match policy.revocation {
        None | Some(Revocation::Clear) => Ok(()),
        Some(Revocation::Revoked) => claim("revoked", "jti"),
        Some(Revocation::Unavailable) => code("revocation_unavailable"),
    }
}

/// A number that is finite as binary64.
fn read_date(value: &Json) -> Option<Date> {
    let Json::Number(number) = value else { return None };
    let decimal = Decimal::parse(number).expect("serde_json takes JSON's numbers");
    decimal.is_finite().then(|| decimal.nanoseconds())
}

/// `date > time`.
fn is_after((floor, inexact): Date, time: i128) -> bool {
    floor > time || (floor == time && inexact)
}

const SECOND: i128 = 1_000_000_000;
