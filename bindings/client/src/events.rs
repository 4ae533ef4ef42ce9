//! Events about refused tokens: the code, the claim's name and the `kid`. An error's message may
//! contain a claim's value, so no event shows it.

use tracing::Level;
use verijot::{Error, Excerpt};

/// Reports that a request is refused. `kid` returns the `kid` of its token, if it can be parsed.
pub(crate) fn refused(error: &Error, kid: impl FnOnce() -> Option<String>) {
    let code = error.code();
    match error.http_status() {
        503 => tracing::warn!(code, "could not verify a token"),
        _ if *error == Error::MissingToken => tracing::debug!(code, "a request has no token"),
        _ if tracing::enabled!(Level::INFO) => {
            let excerpt = |text: &str| Excerpt::of(text).to_string();
            let claim = error.claim();
            let kid = kid().as_deref().map(excerpt);
            tracing::info!(
                code,
                claim = claim.as_ref().map(Excerpt::as_str),
                kid = kid.as_deref(),
                "refused a token"
            );
        }
        _ => {}
    }
}
