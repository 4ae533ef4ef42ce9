//! Whether a token has been revoked before it expires, as the application knows it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use verijot::{Revocation, Verified};

/// Knows which tokens have been revoked, such as a database.
///
/// It is asked about every token that has passed all other checks. [`Revocation::Clear`] alone lets
/// a token in: one whose check panics, or takes too long, is refused with `revocation_unavailable`
/// (503), as with [`Revocation::Unavailable`], which is what to return for any error.
///
/// ```
/// use std::collections::HashSet;
/// use tokio::sync::RwLock;
/// use verijot::{Revocation, Verified};
/// use verijot_client::RevocationCheck;
///
/// /// Subjects whose tokens have all been revoked.
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
    /// What is known of this token. The future is dropped when it takes too long, so it should not
    /// block the thread.
    fn check(&self, token: &Verified) -> impl Future<Output = Revocation> + Send;
}

/// The same trait for a check whose type has been forgotten.
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

/// Asks, and takes whatever is no answer for [`Revocation::Unavailable`].
pub(crate) async fn ask(
    check: &dyn AnyRevocationCheck,
    token: &Verified,
    timeout: Duration,
) -> Revocation {
    // Nothing of a check that has panicked is used again but the check itself, for other tokens,
    // and that it must bear as it must bear a panic in a task.
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
