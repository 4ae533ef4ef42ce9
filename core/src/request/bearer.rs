//! Reads the Authorization header and writes the WWW-Authenticate header (RFC 6750).

use alloc::string::String;
use core::fmt::Write;

use super::guard_rules::GuardRules;
use crate::codes;
use crate::encoding::token68::is_token68;
use crate::error::Error;

/// Returns the token in the value of an Authorization header (RFC 6750 §2.1). The scheme ignores
/// case (RFC 9110 §11.1). Pass `None` for a request without the header.
///
/// # Errors
/// [`Error::MissingToken`] without the header or for another scheme;
/// [`Error::MalformedAuthorization`] if `Bearer` is not followed by exactly one token.
///
/// ```
/// use verijot::request::bearer;
/// assert_eq!(bearer::token(Some(b"Bearer abc.def.ghi")).unwrap(), b"abc.def.ghi");
/// assert_eq!(bearer::token(None).unwrap_err().code(), "missing_token");
/// ```
pub fn token(authorization: Option<&[u8]>) -> Result<&[u8], Error> {
    let value = authorization.unwrap_or_default().trim_ascii();
    let end = value.iter().position(|octet| *octet == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(end).ok_or(Error::MissingToken)?;
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Err(Error::MissingToken);
    }
    bare_token(rest.trim_ascii_start())
}

/// Checks that the value is one token and nothing else.
pub(crate) fn bare_token(value: &[u8]) -> Result<&[u8], Error> {
    if is_token68(value) { Ok(value) } else { Err(Error::MalformedAuthorization) }
}

impl Error {
    /// Returns the value of the WWW-Authenticate header for this error (RFC 6750 §3); `None` for
    /// answers with status 503. `realm` is the protected space, if the service has one.
    ///
    /// ```
    /// use verijot::Error;
    /// assert_eq!(Error::MissingToken.www_authenticate(None).unwrap(), "Bearer");
    /// assert_eq!(
    ///     Error::Revoked.www_authenticate(Some("orders")).unwrap(),
    ///     r#"Bearer realm="orders", error="invalid_token", error_description="revoked""#,
    /// );
    /// ```
    #[must_use]
    pub fn www_authenticate(&self, realm: Option<&str>) -> Option<String> {
        if self.http_status() == 503 {
            return None;
        }
        let mut challenge = challenge_of(self.code(), self.reply().challenge, realm);
        match self {
            // RFC 6750 §3 cannot express that one of several scopes is enough.
            Self::InsufficientScope { claim, required, any_of: false } if claim == "scope" => {
                add_parameter(&mut challenge, "scope", &required.join(" "));
            }
            // RFC 9470 §3.
            Self::InsufficientAuthentication { acr_values, max_age, .. } => {
                if !acr_values.is_empty() {
                    add_parameter(&mut challenge, "acr_values", &acr_values.join(" "));
                }
                if let Some(max_age) = max_age {
                    add_parameter(&mut challenge, "max_age", &text!("{}", max_age.as_secs()));
                }
            }
            _ => {}
        }
        Some(challenge)
    }
}

/// Returns the challenge for a code (RFC 6750 §3), without scopes.
pub(super) fn challenge(code: &str) -> String {
    let error = match codes::REPLIES.iter().find(|reply| reply.code == code) {
        Some(reply) if matches!(reply.status, Some(401 | 403)) => reply.challenge,
        // Codes that are unknown or have no challenge of their own.
        _ => Some("invalid_token"),
    };
    challenge_of(code, error, None)
}

/// Without an `error`, a client that sent no token learns only which scheme to use (RFC 6750 §3.1).
fn challenge_of(code: &str, error: Option<&str>, realm: Option<&str>) -> String {
    let mut challenge = String::from(SCHEME);
    if let Some(realm) = realm {
        add_parameter(&mut challenge, "realm", realm);
    }
    if let Some(error) = error {
        add_parameter(&mut challenge, "error", error);
        // The code tells a client what it can act on, and nothing about the policy.
        add_parameter(&mut challenge, "error_description", code);
    }
    challenge
}

/// Adds what a guard says in every challenge to one that has only what its error says.
pub(super) fn within(challenge: &str, rules: &GuardRules) -> String {
    let mut whole = String::from(SCHEME);
    if let Some(realm) = rules.realm() {
        add_parameter(&mut whole, "realm", realm);
    }
    // RFC 9728 §5.1.
    if let Some(url) = rules.resource_metadata() {
        add_parameter(&mut whole, "resource_metadata", url);
    }
    let parameters = challenge.strip_prefix(SCHEME).unwrap_or_default().trim_start();
    if !parameters.is_empty() {
        whole.push_str(separator(&whole));
        whole.extend(parameters.chars().filter(|character| matches!(character, ' '..='~')));
    }
    whole
}

fn add_parameter(challenge: &mut String, name: &str, value: &str) {
    let separator = separator(challenge);
    let value = value.chars().filter(|character| is_quotable(*character)).collect::<String>();
    // Writing to a string cannot fail.
    let _ = write!(challenge, "{separator}{name}=\"{value}\"");
}

fn separator(challenge: &str) -> &'static str {
    if challenge.len() == SCHEME.len() { " " } else { ", " }
}

/// What RFC 6750 §3 allows in `error_description` and, with the space, in `scope`.
pub(crate) const fn is_quotable(character: char) -> bool {
    matches!(character, ' '..='~') && character != '"' && character != '\\'
}

const SCHEME: &str = "Bearer";

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn exactly_one_token_follows_the_scheme() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c", " Bearer a.b.c "] {
            assert_eq!(token(Some(value.as_bytes())).unwrap(), b"a.b.c", "{value:?}");
        }
        for value in ["", " ", "Basic abc", "a.b.c", "Bearer2 a.b.c", "Bearera.b.c"] {
            let error = token(Some(value.as_bytes())).unwrap_err();
            assert_eq!(error, Error::MissingToken, "{value:?}");
        }
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer ä"]
        {
            let error = token(Some(value.as_bytes())).unwrap_err();
            assert_eq!(error, Error::MalformedAuthorization, "{value:?}");
        }
    }

    #[test]
    fn challenges_name_the_error_and_the_scope() {
        let error = Error::InsufficientScope {
            claim: "scope".to_string(),
            required: vec!["a".to_string(), "b\"\r\nX: y".to_string()],
            any_of: false,
        };
        assert_eq!(
            error.www_authenticate(Some("r\"\n")).unwrap(),
            "Bearer realm=\"r\", error=\"insufficient_scope\", \
             error_description=\"insufficient_scope\", scope=\"a bX: y\""
        );
        assert_eq!(Error::KeysUnavailable { retry_after: None }.www_authenticate(None), None);
        for (error, challenge) in [
            (Error::MissingToken, r#"Bearer realm="r""#),
            (
                Error::MalformedAuthorization,
                r#"Bearer realm="r", error="invalid_request", error_description="malformed_authorization""#,
            ),
            (
                Error::Revoked,
                r#"Bearer realm="r", error="invalid_token", error_description="revoked""#,
            ),
        ] {
            assert_eq!(error.www_authenticate(Some("r")).unwrap(), challenge);
        }
    }
}
