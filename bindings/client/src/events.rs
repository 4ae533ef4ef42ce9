//! What is told of refused tokens: the code, the claim's name and the `kid`. An error's message may
//! name a claim's value, so it is told nowhere.

use tracing::Level;
use verijot::{Error, Excerpt};

/// A request is refused. `kid` gives that of its token, if it can be had.
pub(crate) fn refused(error: &Error, kid: impl FnOnce() -> Option<String>) {
    let code = error.code();
    match error.http_status() {
        503 => tracing::warn!(code, "a token could not be judged"),
        _ if *error == Error::MissingToken => tracing::debug!(code, "a request has no token"),
        _ if tracing::enabled!(Level::INFO) => {
            let excerpt = |text: &str| Excerpt::of(text).to_string();
            let claim = error.claim();
            let kid = kid().as_deref().map(excerpt);
            tracing::info!(
                code,
                claim = claim.as_ref().map(Excerpt::as_str),
                kid = kid.as_deref(),
                "a token is refused"
            );
        }
        _ => {}
    }
}
