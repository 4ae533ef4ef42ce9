//! A refused token, as JSON.

use std::cell::RefCell;

use verijot::Error;
use verijot::issuer::JwksCache;

use crate::answer::{self, Status};
use crate::json::Object;
use crate::numbers::count;

/// Ends a call with a refusal. The numbers are its own number, and 1 if other keys might accept the
/// token (`verijot_cache_reconsider`).
pub(crate) fn refused(error: Error) -> u32 {
    let text = document(&error);
    let reconsiders = f64::from(u8::from(JwksCache::reconsiders(&error)));
    let number = LAST.with_borrow_mut(|last| {
        last.number = last.number.wrapping_add(1);
        last.error = Some(error);
        last.number
    });
    answer::text_and_numbers(Status::Refused, text, [count(u64::from(number)), reconsiders])
}

/// What `read` makes of the thread's last refusal, if this is its number.
pub(crate) fn with_last<R>(number: u32, read: impl FnOnce(&Error) -> R) -> Option<R> {
    LAST.with_borrow(|last| last.error.as_ref().filter(|_| last.number == number).map(read))
}

/// Ends a call with the thread's last refusal again.
pub(crate) fn repeated() -> u32 {
    let last = LAST.with_borrow_mut(|last| last.error.take());
    refused(last.unwrap_or(Error::InvalidSignature))
}

/// `code`, `message`, `status`; where the error has them `claim`, `expected`, `actual`, `challenge`
/// and `retry_after` in seconds.
pub(crate) fn document(error: &Error) -> String {
    let mut object = Object::new()
        .text("code", error.code())
        .text("message", &error.message())
        .number("status", error.http_status())
        .optional_text("claim", error.claim().map(String::from).as_deref())
        .optional_text("expected", error.expected().as_deref())
        .optional_text("actual", error.actual().as_deref())
        .optional_text("challenge", error.www_authenticate(None).as_deref());
    if let Some(wait) = error.retry_after_seconds() {
        object = object.number("retry_after", wait);
    }
    object.end()
}

struct Last {
    error: Option<Error>,
    number: u32,
}

thread_local! {
    static LAST: RefCell<Last> = const { RefCell::new(Last { error: None, number: 0 }) };
}
