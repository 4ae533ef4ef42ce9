//! Every reason to refuse a token, with its stable code and HTTP status.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::excerpt::Excerpt;
use crate::time::{NumericDate, Span, UnixTime};

use crate::codes::{self, Reply};

mod message;

use message::Message;

/// Why a token was refused.
///
/// [`Error::code`] is the contract: it never changes for a given cause, and it is the same in every
/// language. The text of [`Display`](fmt::Display) is for humans and may change. Both it and
/// `Debug` are safe to log: they contain no token, signature or key, and of the claims only the
/// values that the policy checks (`iss`, `aud` and dates).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// `token_too_large`: the token has more octets than the policy allows.
    TokenTooLarge {
        /// Octets in the token.
        length: usize,
        /// Octets allowed.
        limit: usize,
    },
    /// `malformed_token`: not three base64url segments between two dots (RFC 7515 §7.1), or a
    /// segment that is not canonical base64url.
    MalformedToken {
        /// What is wrong.
        reason: &'static str,
    },
    /// `encrypted_token`: five segments, a JWE (RFC 7516 §7.1). Encrypted tokens are never
    /// decrypted.
    EncryptedToken,
    /// `malformed_header`: the JOSE header is not strict JSON, or one of its parameters breaks
    /// the rules of RFC 7515 §4 or RFC 7797.
    MalformedHeader {
        /// What is wrong.
        reason: &'static str,
    },
    /// `unsupported_critical_header`: `crit` names an extension (RFC 7515 §4.1.11), and no
    /// extension is supported.
    UnsupportedCriticalHeader {
        /// The first name in `crit`.
        name: Excerpt,
    },
    /// `algorithm_not_allowed`: `alg` is not in the policy's set (RFC 8725 §3.1).
    AlgorithmNotAllowed {
        /// The header's `alg`.
        algorithm: Excerpt,
        /// What the policy allows.
        allowed: AlgorithmSet,
    },
    /// `unexpected_type`: the policy does not accept this `typ` (RFC 8725 §3.11).
    UnexpectedType {
        /// The types that the policy accepts.
        expected: Vec<String>,
        /// The header's `typ`, if it has one.
        actual: Option<Excerpt>,
    },
    /// `unknown_key`: no usable key has the header's `kid` (RFC 7515 §4.1.4) or, if the header has
    /// none, fits its `alg`. Fetching the JWK Set again may help once.
    UnknownKey {
        /// The header's `kid`, if it has one.
        kid: Option<Excerpt>,
    },
    /// `ambiguous_key`: two keys share the header's `kid` and fit its `alg` (RFC 7517 §4.5), or too
    /// many keys fit a token without a `kid`.
    AmbiguousKey {
        /// The header's `kid`, if it has one.
        kid: Option<Excerpt>,
    },
    /// `algorithm_mismatch`: the key with the header's `kid` is not for the header's `alg`
    /// (RFC 8725 §3.1).
    AlgorithmMismatch {
        /// The header's `alg`.
        algorithm: Algorithm,
        /// The algorithms that the key is for.
        permitted: AlgorithmSet,
    },
    /// `invalid_signature`: the signature does not verify (RFC 7515 §5.2).
    InvalidSignature,
    /// `malformed_claims`: the payload is not one JSON object in strict JSON
    /// (RFC 7519 §7.2).
    MalformedClaims {
        /// What is wrong.
        reason: &'static str,
    },
    /// `missing_claim`: a claim that the policy requires is missing.
    MissingClaim {
        /// The claim.
        claim: String,
    },
    /// `invalid_claim`: a claim has the wrong JSON type (RFC 7519 §4.1), or a required claim is
    /// null.
    InvalidClaim {
        /// The claim.
        claim: String,
        /// What it must be, such as `a string`.
        expected: &'static str,
    },
    /// `expired`: `exp` has passed (RFC 7519 §4.1.4).
    Expired {
        /// The `exp` claim.
        expired_at: NumericDate,
        /// The time that the caller passed.
        now: UnixTime,
        /// The policy's leeway.
        leeway: Duration,
    },
    /// `not_yet_valid`: `nbf` is in the future (RFC 7519 §4.1.5).
    NotYetValid {
        /// The `nbf` claim.
        valid_from: NumericDate,
        /// The time that the caller passed.
        now: UnixTime,
        /// The policy's leeway.
        leeway: Duration,
    },
    /// `issued_in_future`: `iat` is in the future (RFC 7519 §4.1.6).
    IssuedInFuture {
        /// The `iat` claim.
        issued_at: NumericDate,
        /// The time that the caller passed.
        now: UnixTime,
        /// The policy's leeway.
        leeway: Duration,
    },
    /// `too_old`: the token was issued longer ago than the policy's `max_age`.
    TooOld {
        /// The `iat` claim.
        issued_at: NumericDate,
        /// The time that the caller passed.
        now: UnixTime,
        /// The policy's maximum age.
        max_age: Duration,
    },
    /// `lifetime_too_long`: the time from `iat` to `exp` is longer than the policy allows.
    LifetimeTooLong {
        /// The `iat` claim.
        issued_at: NumericDate,
        /// The `exp` claim.
        expires_at: NumericDate,
        /// The maximum lifetime of this token.
        max_lifetime: Duration,
    },
    /// `wrong_issuer`: `iss` is not one of the policy's issuers (RFC 7519 §4.1.1).
    WrongIssuer {
        /// The policy's issuers.
        expected: Vec<String>,
        /// The token's issuer.
        actual: Excerpt,
    },
    /// `wrong_audience`: `aud` contains none of the policy's audiences (RFC 7519 §4.1.3).
    WrongAudience {
        /// The policy's audiences.
        expected: Vec<String>,
        /// The token's audiences.
        actual: Vec<Excerpt>,
    },
    /// `wrong_claim`: a claim does not have the value that the policy expects.
    WrongClaim {
        /// The claim.
        claim: String,
    },
    /// `unexpected_claim`: the token has a claim that it must not have; null counts as there.
    UnexpectedClaim {
        /// The claim.
        claim: String,
    },
    /// `authentication_too_old`: the user signed in longer ago than the login's `max_age`
    /// (OpenID Connect Core 1.0 §3.1.2.1, §3.1.3.7).
    AuthenticationTooOld {
        /// The `auth_time` claim.
        authenticated_at: NumericDate,
        /// The time that the caller passed.
        now: UnixTime,
        /// The login's `max_age`.
        max_age: Duration,
    },
    /// `insufficient_authentication`: the token is valid, but the request needs a newer or stronger
    /// sign-in (RFC 9470 §3).
    InsufficientAuthentication {
        /// The claim that must show it: `acr` or `auth_time`.
        claim: &'static str,
        /// The `acr` values of which one is enough; empty if any is.
        acr_values: Vec<String>,
        /// How long ago the user may have signed in.
        max_age: Option<Duration>,
    },
    /// `replayed`: the token may be used once, and was used before.
    Replayed,
    /// `revoked`: the caller's revocation check reports that the token is revoked.
    Revoked,
    /// `insufficient_scope`: the token is valid but lacks a required scope or role (RFC 6750 §3.1).
    InsufficientScope {
        /// The claim that must grant it: `scope`, or the path of a roles claim.
        claim: String,
        /// The required scopes or roles.
        required: Vec<String>,
        /// Whether one of them is enough; otherwise the token needs all of them.
        any_of: bool,
    },
    /// `missing_token`: the request has no bearer token (RFC 6750 §3.1: the challenge has no
    /// `error`).
    MissingToken,
    /// `malformed_authorization`: the Authorization header is not `Bearer` followed by one token
    /// (RFC 6750 §2.1), or the request's [`TokenPlace`](crate::request::TokenPlace) does not hold
    /// exactly one token.
    MalformedAuthorization,
    /// `keys_unavailable`: the issuer's keys could not be fetched, so the token cannot be verified
    /// now.
    KeysUnavailable {
        /// When to retry.
        retry_after: Option<Duration>,
    },
    /// `revocation_unavailable`: the revocation check gave no answer, so the token is refused.
    RevocationUnavailable {
        /// When to retry.
        retry_after: Option<Duration>,
    },
    /// `replay_unavailable`: the record of used tokens is full or gave no answer, so the token is
    /// refused.
    ReplayUnavailable {
        /// When to retry.
        retry_after: Option<Duration>,
    },
}

impl Error {
    /// Every code that [`Error::code`] can return, in the order of [`codes::VERIFICATION`].
    pub const CODES: &'static [&'static str] = codes::VERIFICATION_CODES;

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reply().code
    }

    /// Its entry in the table of codes.
    pub(crate) const fn reply(&self) -> &'static Reply {
        match self {
            Self::TokenTooLarge { .. } => const { &codes::TOKEN_TOO_LARGE.reply() },
            Self::MalformedToken { .. } => const { &codes::MALFORMED_TOKEN.reply() },
            Self::EncryptedToken => const { &codes::ENCRYPTED_TOKEN.reply() },
            Self::MalformedHeader { .. } => const { &codes::MALFORMED_HEADER.reply() },
            Self::UnsupportedCriticalHeader { .. } => {
                const { &codes::UNSUPPORTED_CRITICAL_HEADER.reply() }
            }
            Self::AlgorithmNotAllowed { .. } => const { &codes::ALGORITHM_NOT_ALLOWED.reply() },
            Self::UnexpectedType { .. } => const { &codes::UNEXPECTED_TYPE.reply() },
            Self::UnknownKey { .. } => const { &codes::UNKNOWN_KEY.reply() },
            Self::AmbiguousKey { .. } => const { &codes::AMBIGUOUS_KEY.reply() },
            Self::AlgorithmMismatch { .. } => const { &codes::ALGORITHM_MISMATCH.reply() },
            Self::InvalidSignature => const { &codes::INVALID_SIGNATURE.reply() },
            Self::MalformedClaims { .. } => const { &codes::MALFORMED_CLAIMS.reply() },
            Self::MissingClaim { .. } => const { &codes::MISSING_CLAIM.reply() },
            Self::InvalidClaim { .. } => const { &codes::INVALID_CLAIM.reply() },
            Self::Expired { .. } => const { &codes::EXPIRED.reply() },
            Self::NotYetValid { .. } => const { &codes::NOT_YET_VALID.reply() },
            Self::IssuedInFuture { .. } => const { &codes::ISSUED_IN_FUTURE.reply() },
            Self::TooOld { .. } => const { &codes::TOO_OLD.reply() },
            Self::LifetimeTooLong { .. } => const { &codes::LIFETIME_TOO_LONG.reply() },
            Self::WrongIssuer { .. } => const { &codes::WRONG_ISSUER.reply() },
            Self::WrongAudience { .. } => const { &codes::WRONG_AUDIENCE.reply() },
            Self::WrongClaim { .. } => const { &codes::WRONG_CLAIM.reply() },
            Self::UnexpectedClaim { .. } => const { &codes::UNEXPECTED_CLAIM.reply() },
            Self::AuthenticationTooOld { .. } => const { &codes::AUTHENTICATION_TOO_OLD.reply() },
            Self::InsufficientAuthentication { .. } => {
                const { &codes::INSUFFICIENT_AUTHENTICATION.reply() }
            }
            Self::Replayed => const { &codes::REPLAYED.reply() },
            Self::Revoked => const { &codes::REVOKED.reply() },
            Self::InsufficientScope { .. } => const { &codes::INSUFFICIENT_SCOPE.reply() },
            Self::MissingToken => const { &codes::MISSING_TOKEN.reply() },
            Self::MalformedAuthorization => const { &codes::MALFORMED_AUTHORIZATION.reply() },
            Self::KeysUnavailable { .. } => const { &codes::KEYS_UNAVAILABLE.reply() },
            Self::RevocationUnavailable { .. } => const { &codes::REVOCATION_UNAVAILABLE.reply() },
            Self::ReplayUnavailable { .. } => const { &codes::REPLAY_UNAVAILABLE.reply() },
        }
    }

    /// Says in one human-readable sentence what is wrong and, where that helps, what to do.
    #[must_use]
    pub fn message(&self) -> String {
        Message(self).to_string()
    }

    /// The HTTP status that a resource server answers with: 401, 403 or 503.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self.reply().status {
            Some(status) => status,
            None => 401,
        }
    }

    /// How long a client should wait before it retries, for answers with status 503; one second if
    /// the cause does not say.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::KeysUnavailable { retry_after }
            | Self::RevocationUnavailable { retry_after }
            | Self::ReplayUnavailable { retry_after } => {
                Some(retry_after.unwrap_or(Duration::from_secs(1)))
            }
            _ => None,
        }
    }

    /// [`Error::retry_after`] for a Retry-After header (RFC 9110 §10.2.3): whole seconds, rounded
    /// up, at least one.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let wait = self.retry_after()?;
        let begun = u64::from(wait.subsec_nanos() > 0);
        Some(wait.as_secs().saturating_add(begun).max(1))
    }

    /// The claim at fault, if there is one. It is an [`Excerpt`], because a name may contain
    /// anything, even line breaks.
    #[must_use]
    pub fn claim(&self) -> Option<Excerpt> {
        let name = match self {
            Self::MissingClaim { claim }
            | Self::InvalidClaim { claim, .. }
            | Self::WrongClaim { claim }
            | Self::UnexpectedClaim { claim }
            | Self::InsufficientScope { claim, .. } => claim.as_str(),
            Self::Expired { .. } | Self::LifetimeTooLong { .. } => "exp",
            Self::NotYetValid { .. } => "nbf",
            Self::IssuedInFuture { .. } | Self::TooOld { .. } => "iat",
            Self::WrongIssuer { .. } => "iss",
            Self::WrongAudience { .. } => "aud",
            Self::AuthenticationTooOld { .. } => "auth_time",
            Self::InsufficientAuthentication { claim, .. } => claim,
            Self::Replayed | Self::Revoked => "jti",
            _ => return None,
        };
        Some(Excerpt::of(name))
    }

    /// What would have been accepted, if it is safe to say.
    #[must_use]
    pub fn expected(&self) -> Option<String> {
        match self {
            Self::TokenTooLarge { limit, .. } => Some(text!("at most {limit} octets")),
            Self::AlgorithmNotAllowed { allowed: set, .. }
            | Self::AlgorithmMismatch { permitted: set, .. } => Some(set.to_string()),
            Self::UnexpectedType { expected, .. }
            | Self::WrongIssuer { expected, .. }
            | Self::WrongAudience { expected, .. }
            | Self::InsufficientScope { required: expected, any_of: false, .. } => {
                Some(expected.join(", "))
            }
            Self::InsufficientScope { required, any_of: true, .. } => {
                Some(text!("one of: {}", required.join(", ")))
            }
            Self::InvalidClaim { expected, .. } => Some((*expected).to_string()),
            Self::Expired { now, leeway, .. } => Some(text!("after {}", now.minus(*leeway))),
            Self::NotYetValid { now, leeway, .. } | Self::IssuedInFuture { now, leeway, .. } => {
                Some(text!("at most {}", now.plus(*leeway)))
            }
            Self::TooOld { max_age, .. } | Self::AuthenticationTooOld { max_age, .. } => {
                Some(text!("age at most {}", Span(*max_age)))
            }
            Self::InsufficientAuthentication { claim: "acr", acr_values, .. } => {
                Some(text!("one of: {}", acr_values.join(", ")))
            }
            Self::InsufficientAuthentication { max_age, .. } => {
                max_age.map(|max_age| text!("age at most {}", Span(max_age)))
            }
            Self::LifetimeTooLong { max_lifetime, .. } => {
                Some(text!("lifetime at most {}", Span(*max_lifetime)))
            }
            _ => None,
        }
    }

    /// What the token has instead, if it is safe to say.
    #[must_use]
    pub fn actual(&self) -> Option<String> {
        match self {
            Self::TokenTooLarge { length, .. } => Some(text!("{length} octets")),
            Self::UnsupportedCriticalHeader { name } => Some(name.to_string()),
            Self::AlgorithmNotAllowed { algorithm, .. } => Some(algorithm.to_string()),
            Self::AlgorithmMismatch { algorithm, .. } => Some(algorithm.to_string()),
            Self::UnexpectedType { actual, .. } => actual.as_ref().map(ToString::to_string),
            Self::UnknownKey { kid } | Self::AmbiguousKey { kid } => {
                kid.as_ref().map(ToString::to_string)
            }
            Self::Expired { expired_at: date, .. }
            | Self::NotYetValid { valid_from: date, .. }
            | Self::IssuedInFuture { issued_at: date, .. }
            | Self::TooOld { issued_at: date, .. }
            | Self::AuthenticationTooOld { authenticated_at: date, .. }
            | Self::LifetimeTooLong { expires_at: date, .. } => Some(date.to_string()),
            Self::WrongIssuer { actual, .. } => Some(actual.to_string()),
            Self::WrongAudience { actual, .. } => Some(listed(actual)),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    /// The code, a colon, and [`Error::message`].
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), Message(self))
    }
}

impl core::error::Error for Error {}

fn listed(excerpts: &[Excerpt]) -> String {
    excerpts.iter().map(Excerpt::as_str).collect::<Vec<_>>().join(", ")
}
