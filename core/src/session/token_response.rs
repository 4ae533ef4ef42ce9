//! The tokens of a token endpoint's answer (RFC 6749 §5.1).

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::exchange::{LONGEST_ANSWER, RefreshFailure};
use crate::encoding::json::{self, Value};
use crate::encoding::token68::is_token68;
use crate::time::NumericDate;

/// The tokens of a token endpoint's answer (RFC 6749 §5.1). `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    access_token: String,
    refresh_token: Option<String>,
    id_token: Option<String>,
    expires_in: Option<Duration>,
}

impl TokenResponse {
    /// Reads the answer to a refresh: its status and the octets of its body.
    ///
    /// An answer with tokens has status 200 and is one JSON object in UTF-8, read as strictly as a
    /// token's payload. It has an `access_token` that can be sent (RFC 6750 §2.1) and the
    /// `token_type` `Bearer` in any case. `refresh_token` and `id_token` are strings that are not
    /// empty. `expires_in` is a number of seconds, at least 0, or its digits in a string, as some
    /// endpoints write it. Null is as good as absent; other members are ignored.
    ///
    /// # Errors
    /// [`RefreshFailure::of_response`] for any other answer.
    ///
    /// ```
    /// use core::time::Duration;
    /// use verijot::session::{RefreshFailure, TokenResponse};
    /// let body = br#"{"access_token": "2YotnFZ", "token_type": "Bearer", "expires_in": 3600}"#;
    /// let tokens = TokenResponse::read(200, body).unwrap();
    /// assert_eq!(tokens.access_token(), "2YotnFZ");
    /// assert_eq!(tokens.expires_in(), Some(Duration::from_secs(3600)));
    /// let refused = TokenResponse::read(400, br#"{"error": "invalid_grant"}"#);
    /// assert_eq!(refused.unwrap_err(), RefreshFailure::Refused);
    /// ```
    pub fn read(status: u16, body: &[u8]) -> Result<Self, RefreshFailure> {
        let tokens = if status == 200 { Self::of(body) } else { None };
        tokens.ok_or_else(|| RefreshFailure::of_response(status, body))
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// The new refresh token; without one the old one stays in use (RFC 6749 §6).
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// The ID token of OpenID Connect. It is not verified.
    #[must_use]
    pub fn id_token(&self) -> Option<&str> {
        self.id_token.as_deref()
    }

    /// The access token's lifetime, if the endpoint says it: less than 1,000,000,000 seconds.
    #[must_use]
    pub const fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    fn of(body: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(body).ok().filter(|text| text.len() <= LONGEST_ANSWER)?;
        let (mut access_token, mut token_type) = (None, None);
        let (mut refresh_token, mut id_token, mut expires_in) = (None, None, None);
        let members = json::read_object(text, |name, value| {
            let known = [
                ("access_token", &mut access_token),
                ("token_type", &mut token_type),
                ("refresh_token", &mut refresh_token),
                ("id_token", &mut id_token),
                ("expires_in", &mut expires_in),
            ];
            for (member, place) in known {
                if name.is(member) && !value.is_null() {
                    *place = Some(value);
                }
            }
        });
        members.ok()?;
        let is_bearer = text_of(token_type?)?.eq_ignore_ascii_case("bearer");
        let access_token = text_of(access_token?)?;
        if !is_bearer || !is_token68(access_token.as_bytes()) {
            return None;
        }
        let optional =
            |value: Option<Value<'_>>| value.map_or(Some(None), |value| text_of(value).map(Some));
        Some(Self {
            access_token,
            refresh_token: optional(refresh_token)?,
            id_token: optional(id_token)?,
            expires_in: match expires_in {
                Some(value) => Some(lifetime_of(value)?),
                None => None,
            },
        })
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_id_token", &self.id_token.is_some())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

fn text_of(value: Value<'_>) -> Option<String> {
    let text = value.as_text()?.unescape().into_owned();
    if text.is_empty() { None } else { Some(text) }
}

fn lifetime_of(value: Value<'_>) -> Option<Duration> {
    let seconds = match value.as_number() {
        Some(number) => NumericDate::from_json_number(number)?,
        None => {
            let text = value.as_text()?.unescape();
            NumericDate::from_json_number(&text)
                .filter(|_| text.bytes().all(|octet| octet.is_ascii_digit()))?
        }
    };
    let lifetime = seconds.to_unix_time().duration_since_epoch()?;
    if lifetime < LONGEST_LIFETIME { Some(lifetime) } else { None }
}

/// A larger number of seconds is a date.
const LONGEST_LIFETIME: Duration = Duration::from_secs(1_000_000_000);
