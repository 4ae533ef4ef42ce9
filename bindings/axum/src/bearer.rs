//! The extractor: a request's verified bearer token, with typed claims.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use verijot::request::{Demand, DemandError};
use verijot::{ClaimPath, Error, Verified};
use verijot_client::Authenticator;

use crate::rejection::Rejection;

/// The bearer token of a request. A request is answered with a [`Rejection`] unless it has exactly
/// one token and the token is valid. The token is read from the Authorization header (RFC 6750
/// §2.1) or from the place that [`Authenticator::with_token_place`] names, never from the query or
/// the body.
///
/// The claims are deserialized as `C`; plain `Bearer` ignores them. An `Option<Bearer<C>>` is
/// `None` for a request without the header or cookie; an invalid token, or another scheme than
/// `Bearer`, is still refused.
///
/// The router's state must provide an [`Authenticator`] through [`FromRef`].
///
/// ```
/// use verijot_axum::{Bearer, Rejection};
///
/// #[derive(serde::Deserialize)]
/// struct Claims {
///     sub: String,
///     tenant: Option<String>,
/// }
///
/// async fn notes(bearer: Bearer<Claims>) -> Result<String, Rejection> {
///     bearer.require_scopes(["notes:read"])?;
///     Ok(format!("the notes of {}", bearer.claims.sub))
/// }
///
/// async fn greeting(bearer: Option<Bearer>) -> String {
///     let name = bearer.as_ref().and_then(|bearer| bearer.token.subject());
///     format!("Hello, {}!", name.unwrap_or("guest"))
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Bearer<C = AnyClaims> {
    /// The claims.
    pub claims: C,
    /// The verified token.
    pub token: Arc<Verified>,
    authenticator: Authenticator,
}

impl<C> Bearer<C> {
    /// Requires all of these scopes, in `scope` or `scp`.
    ///
    /// # Errors
    /// A [`Rejection`] with status 403 and `insufficient_scope` that names the scopes, also if the
    /// list is empty or a scope is blank.
    pub fn require_scopes<S: Into<String>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<(), Rejection> {
        self.require_all_of(Demand::all_scopes(scopes))
    }

    /// Requires at least one of these scopes.
    ///
    /// # Errors
    /// A [`Rejection`] with status 403 and `insufficient_scope`, also if the list is empty or a
    /// scope is blank.
    pub fn require_any_scope<S: Into<String>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<(), Rejection> {
        self.require_all_of(Demand::any_scope(scopes))
    }

    /// Requires a role in the claim at `path`, such as `realm_access.roles`.
    ///
    /// # Errors
    /// A [`Rejection`] with status 403 and `insufficient_scope`.
    pub fn require_role(
        &self,
        path: impl Into<ClaimPath>,
        role: impl Into<String>,
    ) -> Result<(), Rejection> {
        self.require_all_of(Demand::all_roles(path, [role]))
    }

    /// Requires at least one of these roles in the claim at `path`.
    ///
    /// # Errors
    /// As [`Bearer::require_any_scope`].
    pub fn require_any_role<S: Into<String>>(
        &self,
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Result<(), Rejection> {
        self.require_all_of(Demand::any_role(path, roles))
    }

    /// Checks the token against a demand.
    ///
    /// # Errors
    /// A [`Rejection`] with the error of [`Demand::check`].
    pub fn require(&self, demand: &Demand) -> Result<(), Rejection> {
        Ok(self.authenticator.check(&self.token, demand)?)
    }

    /// A demand that makes no sense refuses every token.
    fn require_all_of(&self, demand: Result<Demand, DemandError>) -> Result<(), Rejection> {
        match demand {
            Ok(demand) => self.require(&demand),
            Err(error) => {
                tracing::error!(%error, "a handler has a demand that no token can meet");
                let (claim, required) = (String::new(), Vec::new());
                let error = Error::InsufficientScope { claim, required, any_of: false };
                Err(self.authenticator.reject(error).into())
            }
        }
    }
}

impl<C> fmt::Debug for Bearer<C> {
    /// Shows no claim.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bearer").field("token", &self.token).finish_non_exhaustive()
    }
}

impl<C, S> FromRequestParts<S> for Bearer<C>
where
    C: DeserializeOwned,
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let authenticator = Authenticator::from_ref(state);
        let token = authenticator.admit(parts, &Demand::good_token()).await?;
        Self::of(token, authenticator)
    }
}

impl<C, S> OptionalFromRequestParts<S> for Bearer<C>
where
    C: DeserializeOwned,
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let authenticator = Authenticator::from_ref(state);
        let token = authenticator.admit_if_any(parts, &Demand::good_token()).await?;
        token.map(|token| Self::of(token, authenticator)).transpose()
    }
}

impl<C: DeserializeOwned> Bearer<C> {
    fn of(token: Arc<Verified>, authenticator: Authenticator) -> Result<Self, Rejection> {
        let claims = authenticator.claims(&token)?;
        Ok(Self { claims, token, authenticator })
    }
}

/// Ignores the claims; the verified token still has all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AnyClaims {}
