//! The registered claims (RFC 7519 §4.1), read in one pass and with their types checked.

use alloc::borrow::{Cow, ToOwned};

use crate::encoding::json::{self, Value};
use crate::encoding::json_member::{TextMember, ValueMember};
use crate::error::Error;
use crate::time::NumericDate;

/// The registered claims of a payload that is one strict JSON object.
pub(crate) struct RegisteredClaims {
    issuer: Option<TextMember>,
    subject: Option<TextMember>,
    audience: Option<ValueMember>,
    pub(crate) expires_at: Option<NumericDate>,
    pub(crate) not_before: Option<NumericDate>,
    pub(crate) issued_at: Option<NumericDate>,
    id: Option<TextMember>,
}

impl RegisteredClaims {
    /// Reads the whole payload. A claim of the wrong type is always an error and never treated as
    /// missing, even if the policy does not require it. With `numeric_subject`, `sub` may be a
    /// whole number.
    pub(crate) fn read(payload: &str, numeric_subject: bool) -> Result<Self, Error> {
        let mut members = ClaimMembers::default();
        json::read_object_fast(payload, |name, value| {
            name.short_shown_to(3, |name| members.note(name, value));
        })
        .map_err(|error| Error::MalformedClaims { reason: error.reason() })?;
        Ok(Self {
            issuer: string("iss", members.issuer, payload)?,
            subject: match members.subject {
                Some(number) if numeric_subject && is_whole_number(number) => {
                    TextMember::verbatim(number, payload)
                }
                other => string("sub", other, payload)?,
            },
            audience: audience(members.audience, payload)?,
            expires_at: date("exp", members.expires_at)?,
            not_before: date("nbf", members.not_before)?,
            issued_at: date("iat", members.issued_at)?,
            id: string("jti", members.id, payload)?,
        })
    }

    pub(crate) fn issuer<'t>(&'t self, payload: &'t str) -> Option<&'t str> {
        self.issuer.as_ref().map(|member| member.resolve(payload))
    }

    pub(crate) fn subject<'t>(&'t self, payload: &'t str) -> Option<&'t str> {
        self.subject.as_ref().map(|member| member.resolve(payload))
    }

    pub(crate) fn id<'t>(&'t self, payload: &'t str) -> Option<&'t str> {
        self.id.as_ref().map(|member| member.resolve(payload))
    }

    pub(crate) fn has_audience(&self) -> bool {
        self.audience.is_some()
    }

    /// Returns every audience; none if the claim is missing or an empty array.
    pub(crate) fn audience<'t>(&self, payload: &'t str) -> impl Iterator<Item = Cow<'t, str>> {
        let value = self.audience.map(|member| member.resolve(payload));
        let single = value.and_then(Value::as_text);
        let several = value.and_then(Value::elements).into_iter().flatten();
        single.into_iter().chain(several.filter_map(Value::as_text)).map(json::Text::unescape)
    }
}

#[derive(Default)]
struct ClaimMembers<'t> {
    issuer: Option<Value<'t>>,
    subject: Option<Value<'t>>,
    audience: Option<Value<'t>>,
    expires_at: Option<Value<'t>>,
    not_before: Option<Value<'t>>,
    issued_at: Option<Value<'t>>,
    id: Option<Value<'t>>,
}

impl<'t> ClaimMembers<'t> {
    #[inline]
    fn note(&mut self, name: &str, value: Value<'t>) {
        // Arrays of octets compile to less code here than strings.
        let member = match name.as_bytes() {
            b"iss" => &mut self.issuer,
            b"sub" => &mut self.subject,
            b"aud" => &mut self.audience,
            b"exp" => &mut self.expires_at,
            b"nbf" => &mut self.not_before,
            b"iat" => &mut self.issued_at,
            b"jti" => &mut self.id,
            _ => return,
        };
        *member = Some(value);
    }
}

fn string(
    claim: &str,
    value: Option<Value<'_>>,
    payload: &str,
) -> Result<Option<TextMember>, Error> {
    let Some(value) = value else { return Ok(None) };
    TextMember::of(value, payload).map(Some).ok_or_else(|| invalid(claim, "a string"))
}

/// Whether the value is a whole number without a sign.
fn is_whole_number(value: Value<'_>) -> bool {
    value.raw().bytes().all(|octet| octet.is_ascii_digit())
}

fn audience(value: Option<Value<'_>>, payload: &str) -> Result<Option<ValueMember>, Error> {
    let Some(value) = value else { return Ok(None) };
    if value.as_text().is_none() && !value.is_array_of_texts() {
        return Err(invalid("aud", "a string or an array of strings"));
    }
    Ok(ValueMember::of(value, payload))
}

fn date(claim: &str, value: Option<Value<'_>>) -> Result<Option<NumericDate>, Error> {
    let Some(value) = value else { return Ok(None) };
    value
        .as_number()
        .and_then(NumericDate::from_checked_number)
        .map(Some)
        .ok_or_else(|| invalid(claim, "a finite number of seconds"))
}

fn invalid(claim: &str, expected: &'static str) -> Error {
    Error::InvalidClaim { claim: claim.to_owned(), expected }
}
