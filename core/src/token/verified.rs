//! What a verification gives: a token that may be believed.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::Deserialize;

use crate::crypto::algorithm::Algorithm;
use crate::encoding::json::Value;
use crate::error::Error;
use crate::time::NumericDate;
use crate::token::claims::RegisteredClaims;
use crate::token::grants::{ClaimPath, Grants};
use crate::token::header::Header;

/// A JWT whose signature and claims have passed every check of a policy.
///
/// Only a [`Verifier`](crate::Verifier) makes one. `Debug` shows no claim.
pub struct Verified {
    pub(crate) signature: VerifiedSignature,
    pub(crate) payload: String,
    pub(crate) claims: RegisteredClaims,
}

impl Verified {
    /// The JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.signature.header
    }

    /// The algorithm of the signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.signature.algorithm
    }

    /// The header's `kid` or, where it has none, that of the key that verified the signature. A key
    /// without an id answers to any `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.signature.key_id()
    }

    /// `iss` (RFC 7519 §4.1.1).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer(&self.payload)
    }

    /// `sub` (RFC 7519 §4.1.2).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.claims.subject(&self.payload)
    }

    /// Each string in `aud` (RFC 7519 §4.1.3).
    pub fn audience(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.claims.audience(&self.payload)
    }

    /// `exp` (RFC 7519 §4.1.4).
    #[must_use]
    pub const fn expires_at(&self) -> Option<NumericDate> {
        self.claims.expires_at
    }

    /// `nbf` (RFC 7519 §4.1.5).
    #[must_use]
    pub const fn not_before(&self) -> Option<NumericDate> {
        self.claims.not_before
    }

    /// `iat` (RFC 7519 §4.1.6).
    #[must_use]
    pub const fn issued_at(&self) -> Option<NumericDate> {
        self.claims.issued_at
    }

    /// `jti` (RFC 7519 §4.1.7).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.claims.id(&self.payload)
    }

    /// The scopes in `scope` (RFC 8693 §4.2) or, without that, in `scp`: one string of words, or an
    /// array of strings. A claim of another type grants nothing, and no scope is empty.
    #[must_use]
    pub fn scopes(&self) -> Vec<Cow<'_, str>> {
        Grants::scopes(self.members()).unwrap_or(Grants::None).list()
    }

    /// Whether the token grants a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        Grants::scopes(self.members()).is_ok_and(|granted| granted.contain(scope))
    }

    /// The roles in the claim at `path`: an array of strings, or one string. A claim of another
    /// type grants nothing, and no role is empty.
    #[must_use]
    pub fn roles(&self, path: &ClaimPath) -> Vec<Cow<'_, str>> {
        Grants::roles(self.members(), path).unwrap_or(Grants::None).list()
    }

    /// Whether the token grants a role in the claim at `path`.
    #[must_use]
    pub fn has_role(&self, path: &ClaimPath, role: &str) -> bool {
        Grants::roles(self.members(), path).is_ok_and(|granted| granted.contain(role))
    }

    /// The payload, octet for octet as it was signed: one JSON object in UTF-8.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.payload.as_bytes()
    }

    /// The payload as text.
    #[must_use]
    pub fn payload_json(&self) -> &str {
        &self.payload
    }

    /// The claims as a type of the caller's; strings can be borrowed from the payload.
    ///
    /// # Errors
    /// [`Error::MissingClaim`] or [`Error::InvalidClaim`] with the outermost claim at fault where
    /// the claims do not fit the type. No claim's value is in the error.
    pub fn claims<'t, T: Deserialize<'t>>(&'t self) -> Result<T, Error> {
        serde_json::from_str(&self.payload).map_err(|error| self.misfit(&error))
    }

    pub(crate) fn members(&self) -> Value<'_> {
        Value::checked(&self.payload)
    }

    /// What serde says of a claim's value stays with serde: it quotes the value.
    fn misfit(&self, error: &serde_json::Error) -> Error {
        let message = error.to_string();
        let missing = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split_once('`'))
            .map(|(name, _)| name.to_owned());
        match missing {
            Some(claim) => Error::MissingClaim { claim },
            None => Error::InvalidClaim {
                claim: self.claim_at(error.line(), error.column()).unwrap_or_default(),
                expected: "of the type that the caller asked for",
            },
        }
    }

    /// The outermost claim that a place in the payload belongs to; line and column count from 1.
    fn claim_at(&self, line: usize, column: usize) -> Option<String> {
        let text = self.payload.as_str();
        let before = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len);
        let place = before.sum::<usize>().checked_add(column)?;
        let end_of = |value: Value<'_>| {
            let start = value.raw().as_ptr().addr().checked_sub(text.as_ptr().addr())?;
            start.checked_add(value.raw().len())
        };
        let mut members = self.members().members()?;
        members
            .find(|(_, value)| end_of(*value).is_some_and(|end| place <= end))
            .map(|(name, _)| name.unescape().into_owned())
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Verified")
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// A JWS whose signature has been verified; its payload can be anything.
pub struct VerifiedJws {
    pub(crate) signature: VerifiedSignature,
    pub(crate) payload: Vec<u8>,
}

impl VerifiedJws {
    /// The JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.signature.header
    }

    /// The algorithm of the signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.signature.algorithm
    }

    /// The header's `kid` or, where it has none, that of the key that verified the signature. A key
    /// without an id answers to any `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.signature.key_id()
    }

    /// The payload, octet for octet as it was signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Debug for VerifiedJws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("VerifiedJws");
        debug.field("signature", &self.signature).finish_non_exhaustive()
    }
}

/// What is known of a signature that has been verified.
#[derive(Debug)]
pub(crate) struct VerifiedSignature {
    pub(crate) header: Header,
    pub(crate) algorithm: Algorithm,
    /// The key's `kid` where the header has none; otherwise they are the same or the key has none.
    pub(crate) other_key_id: Option<String>,
}

impl VerifiedSignature {
    fn key_id(&self) -> Option<&str> {
        self.header.key_id().or(self.other_key_id.as_deref())
    }
}
