//! A layer that lets only requests with a valid token through.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use verijot::ClaimPath;
use verijot::request::{Demand, DemandError};

use crate::authenticator::Authenticator;

/// A layer that lets a request through if its token is valid and meets the demand, and answers
/// every other request itself. Created by [`Authenticator::require`] and similar methods. Demands
/// add up.
///
/// It wraps every service of HTTP requests whose response body can be created from a `String`, such
/// as `http_body_util::Full<Bytes>` and `axum::body::Body`. The wrapped service gets the verified
/// token from [`Authenticator::admit`], which does not verify it again.
///
/// ```
/// use http::{Request, Response};
/// use tower::{Layer, service_fn};
/// use verijot::request::DemandError;
/// use verijot_client::{Authenticator, GuardService};
///
/// # fn guard(authenticator: &Authenticator) -> Result<(), DemandError> {
/// let notes = service_fn(|_: Request<String>| async {
///     Ok::<_, std::convert::Infallible>(Response::new(String::from("notes")))
/// });
/// let guard = authenticator.require_scopes(["notes:read"])?.and_role("roles", "editor")?;
/// let guarded: GuardService<_> = guard.layer(notes);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct GuardLayer {
    authenticator: Authenticator,
    demand: Demand,
}

impl GuardLayer {
    pub(crate) const fn new(authenticator: Authenticator, demand: Demand) -> Self {
        Self { authenticator, demand }
    }

    /// Adds this demand.
    #[must_use]
    pub fn and(mut self, demand: Demand) -> Self {
        self.demand = self.demand.and(demand);
        self
    }

    /// Also requires all of these scopes, in `scope` or `scp`.
    ///
    /// # Errors
    /// As [`Demand::all_scopes`].
    pub fn and_scopes<S: Into<String>>(
        self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Ok(self.and(Demand::all_scopes(scopes)?))
    }

    /// Also requires at least one of these scopes.
    ///
    /// # Errors
    /// As [`Demand::any_scope`].
    pub fn and_any_scope<S: Into<String>>(
        self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Ok(self.and(Demand::any_scope(scopes)?))
    }

    /// Also requires this role, in the claim at `path`.
    ///
    /// # Errors
    /// As [`Demand::all_roles`].
    pub fn and_role(
        self,
        path: impl Into<ClaimPath>,
        role: impl Into<String>,
    ) -> Result<Self, DemandError> {
        Ok(self.and(Demand::all_roles(path, [role])?))
    }

    /// Also requires at least one of these roles in the claim at `path`.
    ///
    /// # Errors
    /// As [`Demand::any_role`].
    pub fn and_any_role<S: Into<String>>(
        self,
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Ok(self.and(Demand::any_role(path, roles)?))
    }

    /// Also requires that the user signed in with one of these authentication context classes, in
    /// the claim `acr`; otherwise the challenge asks for them (RFC 9470).
    ///
    /// # Errors
    /// As [`Demand::acr_values`].
    pub fn and_acr_values<S: Into<String>>(
        self,
        values: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Ok(self.and(Demand::acr_values(values)?))
    }

    /// Also requires that the user signed in at most this long ago, in the claim `auth_time`;
    /// otherwise the challenge asks for it (RFC 9470).
    ///
    /// # Errors
    /// As [`Demand::max_authentication_age`].
    pub fn and_max_authentication_age(self, age: Duration) -> Result<Self, DemandError> {
        Ok(self.and(Demand::max_authentication_age(age)?))
    }
}

impl fmt::Debug for GuardLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GuardLayer").field("demand", &self.demand).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService { guard: self.clone(), inner }
    }
}

/// A service wrapped by a [`GuardLayer`].
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    guard: GuardLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // Call the service that was polled until ready, not its fresh clone.
        let fresh = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, fresh);
        let guard = self.guard.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match guard.authenticator.admit(&mut parts, &guard.demand).await {
                Ok(_) => inner.call(Request::from_parts(parts, body)).await,
                Err(rejection) => Ok(rejection.into_response()),
            }
        })
    }
}
