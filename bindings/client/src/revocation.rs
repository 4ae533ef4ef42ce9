//! Asks the application whether a token was revoked before it expires.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;
use verijot::{Revocation, Verified};

use crate::caught::caught;

/// Knows which tokens have been revoked, for example from a database.
///
/// It is called for every token that has passed all other checks. Only [`Revocation::Clear`]
/// accepts the token: if the check panics or takes too long, or if there is no tokio runtime to
/// time it, the token is refused with `revocation_unavailable` (503), as for
/// [`Revocation::Unavailable`], which a check should return for any error.
///
/// ```
/// use std::collections::HashSet;
/// use tokio::sync::RwLock;
/// use verijot::{Revocation, Verified};
/// use verijot_client::RevocationCheck;
///
/// /// Subjects all of whose tokens are revoked.
/// struct Banned(RwLock<HashSet<String>>);
///
/// impl RevocationCheck for Banned {
///     async fn check(&self, token: &Verified) -> Revocation {
///         match token.subject() {
///             Some(subject) if !self.0.read().await.contains(subject) => Revocation::Clear,
///             _ => Revocation::Revoked,
///         }
///     }
/// }
/// ```
pub trait RevocationCheck: Send + Sync + 'static {
    /// Looks up this token. The future is dropped when it takes too long, so it must not block the
    /// thread.
    fn check(&self, token: &Verified) -> impl Future<Output = Revocation> + Send;
}

/// The object-safe form of [`RevocationCheck`].
pub(crate) trait AnyRevocationCheck: Send + Sync {
    fn check_boxed<'c>(
        &'c self,
        token: &'c Verified,
    ) -> Pin<Box<dyn Future<Output = Revocation> + Send + 'c>>;
}

impl<R: RevocationCheck> AnyRevocationCheck for R {
    fn check_boxed<'c>(
        &'c self,
        token: &'c Verified,
    ) -> Pin<Box<dyn Future<Output = Revocation> + Send + 'c>> {
        Box::pin(self.check(token))
    }
}

/// Runs the check, and treats a panic, a timeout or a missing runtime as
/// [`Revocation::Unavailable`].
pub(crate) async fn ask(
    check: &dyn AnyRevocationCheck,
    token: &Verified,
    timeout: Duration,
) -> Revocation {
    if Handle::try_current().is_err() {
        tracing::error!("no tokio runtime to time the revocation check in");
        return Revocation::Unavailable;
    }
    match tokio::time::timeout(timeout, caught(|| check.check_boxed(token))).await {
        Ok(Some(answer)) => answer,
        Ok(None) => {
            tracing::error!("the revocation check panicked");
            Revocation::Unavailable
        }
        Err(_) => {
            tracing::warn!(timeout_ms = timeout.as_millis(), "the revocation check took too long");
            Revocation::Unavailable
        }
    }
}
