//! The result of a verification: a token that can be trusted.

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
/// Only a [`Verifier`](crate::Verifier) creates one. `Debug` shows no claims.
pub struct Verified {
    pub(crate) signature: VerifiedSignature,
    pub(crate) payload: String,
    pub(crate) claims: RegisteredClaims,
}

impl Verified {
    /// Returns the JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.signature.header
    }

    /// Returns the algorithm of the signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.signature.algorithm
    }

    /// Returns the header's `kid` or, if it has none, that of the key that verified the signature.
    /// A key without an id can verify tokens with any `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.signature.key_id()
    }

    /// Returns `iss` (RFC 7519 §4.1.1).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer(&self.payload)
    }

    /// Returns `sub` (RFC 7519 §4.1.2).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.claims.subject(&self.payload)
    }

    /// Returns each string in `aud` (RFC 7519 §4.1.3).
    pub fn audience(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.claims.audience(&self.payload)
    }

    /// Returns `exp` (RFC 7519 §4.1.4).
    #[must_use]
    pub const fn expires_at(&self) -> Option<NumericDate> {
        self.claims.expires_at
    }

    /// Returns `nbf` (RFC 7519 §4.1.5).
    #[must_use]
    pub const fn not_before(&self) -> Option<NumericDate> {
        self.claims.not_before
    }

    /// Returns `iat` (RFC 7519 §4.1.6).
    #[must_use]
    pub const fn issued_at(&self) -> Option<NumericDate> {
        self.claims.issued_at
    }

    /// Returns `jti` (RFC 7519 §4.1.7).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.claims.id(&self.payload)
    }

    /// Returns the scopes in `scope` (RFC 8693 §4.2) or, if that is missing, in `scp`: one string
    /// of words, or an array of strings. A claim of another type grants nothing. No scope is empty.
    #[must_use]
    pub fn scopes(&self) -> Vec<Cow<'_, str>> {
        Grants::scopes(self.members()).unwrap_or(Grants::None).list()
    }

    /// Whether the token grants a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        Grants::scopes(self.members()).is_ok_and(|granted| granted.contain(scope))
    }

    /// Returns the roles in the claim at `path`: an array of strings, or one string. A claim of
    /// another type grants nothing. No role is empty.
    #[must_use]
    pub fn roles(&self, path: &ClaimPath) -> Vec<Cow<'_, str>> {
        Grants::roles(self.members(), path).unwrap_or(Grants::None).list()
    }

    /// Whether the token grants a role in the claim at `path`.
    #[must_use]
    pub fn has_role(&self, path: &ClaimPath, role: &str) -> bool {
        Grants::roles(self.members(), path).is_ok_and(|granted| granted.contain(role))
    }

    /// Returns the payload, exactly as signed: one JSON object in UTF-8.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.payload.as_bytes()
    }

    /// Returns the payload as text.
    #[must_use]
    pub fn payload_json(&self) -> &str {
        &self.payload
    }

    /// Deserializes the claims into a type of the caller's. Strings can borrow from the payload.
    ///
    /// # Errors
    /// [`Error::MissingClaim`] or [`Error::InvalidClaim`] with the outermost claim at fault if the
    /// claims do not fit the type. The error contains no value of a claim.
    pub fn claims<'t, T: Deserialize<'t>>(&'t self) -> Result<T, Error> {
        serde_json::from_str(&self.payload).map_err(|error| self.deserialization_error(&error))
    }

    pub(crate) fn members(&self) -> Value<'_> {
        Value::checked(&self.payload)
    }

    /// Drops serde's message, because it quotes the claim's value.
    fn deserialization_error(&self, error: &serde_json::Error) -> Error {
        let message = error.to_string();
        let missing = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split_once('`'))
            .map(|(name, _)| name.to_owned());
        match missing {
            Some(claim) => Error::MissingClaim { claim },
            None => Error::InvalidClaim {
                claim: self.claim_at(error.line(), error.column()).unwrap_or_default(),
                expected: "of the requested type",
            },
        }
    }

    /// Returns the outermost claim that contains a position in the payload; line and column count
    /// from 1.
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
    /// Returns the JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.signature.header
    }

    /// Returns the algorithm of the signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.signature.algorithm
    }

    /// Returns the header's `kid` or, if it has none, that of the key that verified the signature.
    /// A key without an id can verify tokens with any `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.signature.key_id()
    }

    /// Returns the payload, exactly as signed.
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

/// A verified signature.
#[derive(Debug)]
pub(crate) struct VerifiedSignature {
    pub(crate) header: Header,
    pub(crate) algorithm: Algorithm,
    /// The key's `kid` if the header has none.
    pub(crate) other_key_id: Option<String>,
}

impl VerifiedSignature {
    fn key_id(&self) -> Option<&str> {
        self.header.key_id().or(self.other_key_id.as_deref())
    }
}
