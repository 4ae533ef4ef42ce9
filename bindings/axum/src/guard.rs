//! A layer that lets only requests with a good token through to the routes behind it.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::response::{IntoResponse, Response};
use http::Request;
use tower_layer::Layer;
use tower_service::Service;
use verijot::ClaimPath;

use crate::authenticator::Authenticator;
use crate::demand::Demand;

/// A layer that answers requests itself that have no good token, or whose token does not grant what
/// is demanded. Made by [`Authenticator::require_token`], [`Authenticator::require_scopes`] and
/// [`Authenticator::require_role`], for [`Router::route_layer`](axum::Router::route_layer).
///
/// A [`Bearer`](crate::Bearer) in a handler behind it does not verify the token again.
///
/// ```
/// use axum::{Router, routing::post};
/// use verijot_axum::Authenticator;
/// # async fn create() {}
/// fn routes(authenticator: &Authenticator) -> Router {
///     let guard = authenticator.require_scopes(["notes:write"]).and_role("roles", "editor");
///     Router::new().route("/notes", post(create)).route_layer(guard)
/// }
/// ```
#[derive(Clone)]
pub struct Guard {
    authenticator: Authenticator,
    demand: Demand,
}

impl Guard {
    pub(crate) fn new(authenticator: Authenticator) -> Self {
        Self { authenticator, demand: Demand::default() }
    }

    /// Demands each of these scopes too, in `scope` or `scp`.
    #[must_use]
    pub fn and_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.demand.add_scopes(scopes);
        self
    }

    /// Demands this role too, in the claim at `path`.
    #[must_use]
    pub fn and_role(mut self, path: impl Into<ClaimPath>, role: impl Into<String>) -> Self {
        self.demand.add_role(path, role);
        self
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Guard").field("demand", &self.demand).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that has been polled until it was ready is the one to call.
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
