//! How an issuer's keys are doing, as JSON.

use verijot::issuer::{FetchFailure, Health};

use crate::json::{self, Object};

/// Writes the members of the core's `Health`. `problem` is what the host said of the latest fetch without an
/// answer.
pub(crate) fn described(health: &Health, problem: Option<&str>) -> String {
    let failure = health.last_failure.as_ref().map(|failure| match (failure, problem) {
        (FetchFailure::NoAnswer, Some(problem)) => format!("{failure}: {problem}"),
        _ => failure.to_string(),
    });
    let fetches = Object::new()
        .number("due", health.fetches.due)
        .number("unknown_key", health.fetches.unknown_key)
        .number("refused_token", health.fetches.refused_token)
        .number("requested", health.fetches.requested)
        .end();
    let object = Object::new()
        .number("usable_keys", health.usable_keys)
        .number("skipped_keys", health.skipped_keys)
        .optional_text("sha256", health.sha256.as_deref())
        .number("is_seed", health.is_seed)
        .number("is_fresh", health.is_fresh)
        .number("failures", health.failures)
        .optional_text("last_failure", failure.as_deref())
        .number("is_fetching", health.is_fetching)
        .raw("purged", &json::array(health.purged.iter().map(|kid| json::quoted(kid))))
        .raw("fetches", &fetches);
    match health.age {
        Some(age) => object.span("age", age).end(),
        None => object.end(),
    }
}
