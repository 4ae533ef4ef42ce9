//! Asks the application whether a token was revoked before it expires.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use verijot::{Revocation, Verified};

/// Knows which tokens have been revoked, for example from a database.
///
/// It is called for every token that has passed all other checks. Only [`Revocation::Clear`]
/// accepts the token: if the check panics or takes too long, the token is refused with
/// `revocation_unavailable` (503), as for [`Revocation::Unavailable`], which a check should return
/// for any error.
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

/// Runs the check, and treats a panic or a timeout as [`Revocation::Unavailable`].
pub(crate) async fn ask(
    check: &dyn AnyRevocationCheck,
    token: &Verified,
    timeout: Duration,
) -> Revocation {
    // After a panic only the check itself is used again, for other tokens. It must be ready for
    // that, as for a panic in a task.
    let Ok(mut asking) = catch_unwind(AssertUnwindSafe(|| check.check_boxed(token))) else {
        tracing::error!("the revocation check panicked");
        return Revocation::Unavailable;
    };
    let answer =
        poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| asking.as_mut().poll(context))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        });
    match tokio::time::timeout(timeout, answer).await {
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
