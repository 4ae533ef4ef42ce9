//! Runs the caller's code, which may panic.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// Runs a future of the caller's, and what creates it; `None` if either panics. After a panic the
/// caller's object is used again, as after a panic in a task: it must be ready for that.
pub(crate) async fn caught<'f, T>(
    make: impl FnOnce() -> Pin<Box<dyn Future<Output = T> + Send + 'f>>,
) -> Option<T> {
    let mut future = catch_unwind(AssertUnwindSafe(make)).ok()?;
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// Reports an outcome while it may be that a thread panics: a second panic, such as that of the
/// caller's clock, would end the process.
pub(crate) fn report(outcome: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(outcome));
}
