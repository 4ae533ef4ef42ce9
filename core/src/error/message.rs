//! What each error says to humans.

use core::fmt;

use super::{Error, listed};
use crate::encoding::excerpt::Excerpt;
use crate::time::Span;

/// The sentence of an error.
pub(super) struct Message<'e>(pub(super) &'e Error);

impl fmt::Display for Message<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Error as E;
        match self.0 {
            E::TokenTooLarge { length, limit } => {
                write!(formatter, "the token has {length} octets; the maximum is {limit}")
            }
            E::MalformedToken { reason } => formatter.write_str(reason),
            E::EncryptedToken => formatter
                .write_str("the token is encrypted (a JWE, five segments); send a signed token"),
            E::MalformedHeader { reason } => write!(formatter, "header: {reason}"),
            E::UnsupportedCriticalHeader { name } => {
                write!(
                    formatter,
                    "the header marks {name} as critical, but no extension is supported"
                )
            }
            E::AlgorithmNotAllowed { algorithm, allowed } => {
                write!(formatter, "alg is {algorithm}; allowed: {allowed}")
            }
            E::UnexpectedType { expected, actual } => {
                let expected = expected.join(", ");
                match actual {
                    Some(actual) => write!(formatter, "typ is {actual}; expected: {expected}"),
                    None => write!(formatter, "the header has no typ; expected: {expected}"),
                }
            }
            E::UnknownKey { kid: Some(kid) } => {
                write!(formatter, "no usable key has the kid {kid}")
            }
            E::UnknownKey { kid: None } => {
                formatter.write_str("no usable key fits the algorithm, and the token has no kid")
            }
            E::AmbiguousKey { kid: Some(kid) } => {
                write!(
                    formatter,
                    "two keys for this algorithm have the kid {kid}; the issuer must give each its own"
                )
            }
            E::AmbiguousKey { kid: None } => formatter
                .write_str("the token has no kid and too many keys fit; the issuer must add a kid"),
            E::AlgorithmMismatch { algorithm, permitted } => {
                write!(formatter, "alg is {algorithm}, but the key is for {permitted}")
            }
            E::InvalidSignature => formatter.write_str("the signature does not verify"),
            E::MalformedClaims { reason } => write!(formatter, "claims: {reason}"),
            E::MissingClaim { claim } => {
                write!(formatter, "claim `{}` is missing", Excerpt::of(claim))
            }
            E::InvalidClaim { claim, expected } if claim.is_empty() => {
                write!(formatter, "the claims must be {expected}")
            }
            E::InvalidClaim { claim, expected } => {
                write!(formatter, "claim `{}` must be {expected}", Excerpt::of(claim))
            }
            E::Expired { expired_at, now, leeway } => write!(
                formatter,
                "exp is {expired_at}, now is {now}, leeway {}; get a new token",
                Span(*leeway)
            ),
            E::NotYetValid { valid_from, now, leeway } => write!(
                formatter,
                "nbf is {valid_from}, now is {now}, leeway {}; check both clocks",
                Span(*leeway)
            ),
            E::IssuedInFuture { issued_at, now, leeway } => write!(
                formatter,
                "iat is {issued_at}, now is {now}, leeway {}; check both clocks",
                Span(*leeway)
            ),
            E::TooOld { issued_at, now, max_age } => write!(
                formatter,
                "iat is {issued_at}, now is {now}, max_age {}; get a new token",
                Span(*max_age)
            ),
            E::LifetimeTooLong { issued_at, expires_at, max_lifetime } => write!(
                formatter,
                "iat is {issued_at}, exp is {expires_at}, max_lifetime {}",
                Span(*max_lifetime)
            ),
            E::WrongIssuer { expected, actual } => {
                write!(formatter, "iss is {actual}; expected: {}", expected.join(", "))
            }
            E::WrongAudience { expected, actual } => {
                write!(formatter, "aud is {}; expected: {}", listed(actual), expected.join(", "))
            }
            E::WrongClaim { claim } => {
                write!(formatter, "claim `{}` does not have the expected value", Excerpt::of(claim))
            }
            E::UnexpectedClaim { claim } => {
                write!(formatter, "claim `{}` is not allowed in this token", Excerpt::of(claim))
            }
            E::AuthenticationTooOld { authenticated_at, now, max_age } => write!(
                formatter,
                "auth_time is {authenticated_at}, now is {now}, max_age {}; sign in again",
                Span(*max_age)
            ),
            E::InsufficientAuthentication { claim: "acr", acr_values, .. } => {
                write!(formatter, "acr must be one of: {}", acr_values.join(", "))
            }
            E::InsufficientAuthentication { claim, max_age, .. } => write!(
                formatter,
                "{claim} must be at most {} old; sign in again",
                Span(max_age.unwrap_or_default())
            ),
            E::Replayed => formatter.write_str("the token was used before"),
            E::Revoked => formatter.write_str("the token has been revoked"),
            E::InsufficientScope { claim, required, any_of } => {
                let grant = if *any_of { "must grant one of" } else { "must grant" };
                write!(formatter, "claim `{}` {grant}: {}", Excerpt::of(claim), required.join(", "))
            }
            E::MissingToken => formatter.write_str("the request has no bearer token"),
            E::MalformedAuthorization => formatter.write_str(
                "the Authorization header must be `Bearer <token>`; any other header or \
                 cookie must occur once and hold only the token",
            ),
            E::KeysUnavailable { .. } => {
                formatter.write_str("could not fetch the issuer's keys")?;
                self.say_when(formatter)
            }
            E::RevocationUnavailable { .. } => {
                formatter.write_str("the revocation check gave no answer")?;
                self.say_when(formatter)
            }
            E::ReplayUnavailable { .. } => {
                formatter.write_str("the record of used tokens gave no answer")?;
                self.say_when(formatter)
            }
        }
    }
}

impl Message<'_> {
    fn say_when(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.retry_after_seconds() {
            Some(seconds) => write!(formatter, "; retry in {seconds} s"),
            None => Ok(()),
        }
    }
}
