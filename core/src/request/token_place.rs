//! Where a request carries its token.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::demand::DemandError;
use crate::error::Error;
use crate::request::bearer;

/// Where a request carries its token: in Authorization (RFC 6750 §2.1), alone in another header, or
/// in a cookie. Never in the query or the body.
///
/// The same rule applies to all of them: a request without such a header or cookie has no token;
/// otherwise it must have exactly one, with exactly one token.
///
/// Browsers also send cookies with requests that other sites cause. A service that takes tokens
/// from a cookie must set it with `SameSite`, or check the origin of requests that change state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct TokenPlace {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Authorization,
    /// In lower case.
    Header(String),
    Cookie(String),
}

impl TokenPlace {
    /// The Authorization header with the scheme `Bearer`.
    pub const fn authorization() -> Self {
        Self { kind: Kind::Authorization }
    }

    /// A header whose value is only the token, such as `Cf-Access-Jwt-Assertion`. The name ignores
    /// case.
    ///
    /// # Errors
    /// [`DemandError`] if this is not a valid header name (RFC 9110 §5.1), or if it is
    /// Authorization or Cookie, which have places of their own.
    pub fn header(name: &str) -> Result<Self, DemandError> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "authorization" | "cookie" => Err(DemandError::new(text!(
                "the header `{name}` has a place of its own; use that place instead"
            ))),
            _ if !is_name(&name) => Err(DemandError::new(
                "the header name is empty or contains a character that is not allowed",
            )),
            _ => Ok(Self { kind: Kind::Header(name) }),
        }
    }

    /// A cookie whose value is the token, with or without quotation marks (RFC 6265 §4.2.1). The
    /// name is compared exactly.
    ///
    /// # Errors
    /// [`DemandError`] if this is not a valid cookie name (RFC 6265 §4.1.1).
    pub fn cookie(name: &str) -> Result<Self, DemandError> {
        if !is_name(name) {
            return Err(DemandError::new(
                "the cookie name is empty or contains a character that is not allowed",
            ));
        }
        Ok(Self { kind: Kind::Cookie(name.to_owned()) })
    }

    /// Returns the header to read, in lower case: `authorization`, `cookie`, or the named header.
    #[must_use]
    pub fn header_name(&self) -> &str {
        match &self.kind {
            Kind::Authorization => "authorization",
            Kind::Header(name) => name,
            Kind::Cookie(_) => "cookie",
        }
    }

    /// Whether it is the Authorization header, the only place with a challenge.
    #[must_use]
    pub const fn is_authorization(&self) -> bool {
        matches!(self.kind, Kind::Authorization)
    }

    /// Returns the token of a request; `None` if the request has no such header or cookie. `values`
    /// are the values of every line of the header [`TokenPlace::header_name`], in order.
    ///
    /// # Errors
    /// [`Error::MalformedAuthorization`] if the header or cookie occurs more than once or does not
    /// hold exactly one token; [`Error::MissingToken`] for an Authorization header without the
    /// scheme `Bearer`.
    ///
    /// ```
    /// use verijot::request::TokenPlace;
    /// let place = TokenPlace::cookie("session")?;
    /// assert_eq!(place.token([&b"a=b; session=\"x.y.z\""[..]]), Ok(Some(&b"x.y.z"[..])));
    /// assert_eq!(place.token([&b"sessions=x"[..]]), Ok(None));
    /// assert!(place.token([&b"session=x; session=y"[..]]).is_err());
    /// # Ok::<(), verijot::request::DemandError>(())
    /// ```
    pub fn token<'v>(
        &self,
        values: impl IntoIterator<Item = &'v [u8]>,
    ) -> Result<Option<&'v [u8]>, Error> {
        let values = values.into_iter();
        let value = match &self.kind {
            Kind::Authorization | Kind::Header(_) => only(values.map(<[u8]>::trim_ascii))?,
            // HTTP/2 lets a client send each cookie in a line of its own (RFC 9113 §8.2.3).
            Kind::Cookie(name) => only(values.flat_map(|line| cookies(line, name.as_bytes())))?,
        };
        let Some(value) = value else { return Ok(None) };
        match &self.kind {
            Kind::Authorization => bearer::token(Some(value)),
            Kind::Header(_) => bearer::bare_token(value),
            Kind::Cookie(_) => bearer::bare_token(unquoted(value)),
        }
        .map(Some)
    }
}

impl Default for TokenPlace {
    fn default() -> Self {
        Self::authorization()
    }
}

fn only<'v>(mut values: impl Iterator<Item = &'v [u8]>) -> Result<Option<&'v [u8]>, Error> {
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Error::MalformedAuthorization),
    }
}

/// Returns the values of every cookie with this name (RFC 6265 §5.4).
fn cookies<'v>(line: &'v [u8], name: &[u8]) -> impl Iterator<Item = &'v [u8]> {
    line.split(|octet| *octet == b';').filter_map(move |pair| {
        let equals = pair.iter().position(|octet| *octet == b'=')?;
        let (found, value) = pair.split_at_checked(equals)?;
        (found.trim_ascii() == name).then(|| value.get(1..).unwrap_or_default().trim_ascii())
    })
}

/// Removes the surrounding quotation marks, if the value has both.
fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    inner.unwrap_or(value)
}

/// Whether the name is an HTTP token (RFC 9110 §5.6.2).
fn is_name(name: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
    !name.is_empty() && name.bytes().all(allowed)
}
