//! The answer to a refused request.

use alloc::string::String;
use alloc::vec::Vec;

use super::guard_rules::GuardRules;
use super::token_place::TokenPlace;
use crate::error::Error;
use crate::request::bearer;

/// The complete answer to a refused request: a challenge of RFC 6750 §3 if the token belongs in the
/// Authorization header, and a body with the code and nothing about the policy.
///
/// ```
/// use verijot::Error;
/// use verijot::request::TokenPlace;
/// let answer = Error::Revoked.answer(Some("notes"), &TokenPlace::authorization());
/// assert_eq!(answer.status(), 401);
/// assert_eq!(answer.body(), r#"{"detail":"revoked"}"#);
/// assert_eq!(answer.header("Cache-Control"), Some("no-store"));
/// assert_eq!(
///     answer.header("WWW-Authenticate"),
///     Some(r#"Bearer realm="notes", error="invalid_token", error_description="revoked""#),
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    /// Builds the same answer as [`GuardRules::answer`], for bindings that keep only an error's
    /// code, status, challenge without a realm ([`Error::www_authenticate`]) and
    /// [`Error::retry_after_seconds`]. Without a challenge it is derived from the code.
    ///
    /// ```
    /// use verijot::Error;
    /// use verijot::request::{Answer, Demand, GuardRules};
    /// let rules = GuardRules::new(Demand::good_token()).with_realm("notes");
    /// let kept = Error::Revoked.www_authenticate(None);
    /// let answer = Answer::restored("revoked", 401, kept.as_deref(), None, &rules);
    /// assert_eq!(answer, rules.answer(&Error::Revoked));
    /// ```
    #[must_use]
    pub fn restored(
        code: &str,
        status: u16,
        challenge: Option<&str>,
        retry_after: Option<u64>,
        rules: &GuardRules,
    ) -> Self {
        let status = if matches!(status, FORBIDDEN | UNAVAILABLE) { status } else { UNAUTHORIZED };
        let code = code.chars().filter(|character| bearer::is_quotable(*character));
        let code = code.collect::<String>();
        let challenge = match challenge {
            _ if status == UNAVAILABLE || !rules.place().is_authorization() => None,
            Some(challenge) => Some(bearer::within(challenge, rules)),
            None => Some(bearer::within(&bearer::challenge(&code), rules)),
        };
        let retry_after = retry_after.filter(|_| status == UNAVAILABLE);
        Self::new(status, &code, challenge, retry_after)
    }

    fn new(status: u16, code: &str, challenge: Option<String>, retry_after: Option<u64>) -> Self {
        let mut headers = Vec::from([
            ("Content-Type", String::from("application/json")),
            // The same request can be accepted with another token.
            ("Cache-Control", String::from("no-store")),
        ]);
        headers.extend(challenge.map(|challenge| ("WWW-Authenticate", challenge)));
        headers.extend(retry_after.map(|wait| ("Retry-After", text!("{wait}"))));
        // Codes consist of letters and underscores, which need no escapes in JSON.
        Self { status, headers, body: text!("{{\"detail\":\"{code}\"}}") }
    }

    /// Returns the HTTP status: 401, 403 or 503.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns names and values of the headers: `Content-Type`, `Cache-Control: no-store` and, if
    /// the answer has one, `WWW-Authenticate` or `Retry-After`. They contain only visible ASCII and
    /// spaces.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Returns the value of a header. Names ignore case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns the body: JSON in ASCII, such as `{"detail":"expired"}`.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the code to close a WebSocket with if its request can no longer be answered (RFC
    /// 6455 §7.4.1 and its registry): 1013 (try again later) for status 503, otherwise 1008 (policy
    /// violation).
    #[must_use]
    pub const fn websocket_close_code(&self) -> u16 {
        if self.status == UNAVAILABLE { TRY_AGAIN_LATER } else { POLICY_VIOLATION }
    }
}

impl Error {
    /// Returns the complete answer to a request that is refused with this error. `realm` is the
    /// protected space in the challenge, if the service has one. There is a challenge only if
    /// `place` is the Authorization header.
    #[must_use]
    pub fn answer(&self, realm: Option<&str>, place: &TokenPlace) -> Answer {
        let challenge = if place.is_authorization() { self.www_authenticate(realm) } else { None };
        Answer::new(self.http_status(), self.code(), challenge, self.retry_after_seconds())
    }
}

const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;
const UNAVAILABLE: u16 = 503;
const POLICY_VIOLATION: u16 = 1008;
const TRY_AGAIN_LATER: u16 = 1013;
