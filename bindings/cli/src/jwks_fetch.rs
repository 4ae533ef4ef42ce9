//! `verijot jwks fetch`: the set that an issuer publishes.

use crate::problem::{Ending, Problem};

#[cfg(feature = "fetch")]
pub(crate) fn run(issuer: &str) -> Result<Ending, Problem> {
    let set = fetch(issuer)?;
    crate::output::print_exactly(set.as_bytes())?;
    Ok(Ending::Accepted)
}

/// The wheel has no HTTP client of its own.
#[cfg(not(feature = "fetch"))]
pub(crate) fn run(_: &str) -> Result<Ending, Problem> {
    Err(Problem::new("not_supported", "this build cannot fetch; use the program `verijot`"))
}

#[cfg(feature = "fetch")]
fn fetch(issuer: &str) -> Result<String, Problem> {
    use verijot_client::IssuerKeys;
    use verijot_client::verijot::issuer::KeySource;

    let source = KeySource::issuer(issuer)
        .map_err(|error| Problem::new(error.code(), format!("--issuer: {}", sentence(&error))))?;
    let failed = |reason: &str| {
        Problem::new("keys_unavailable", format!("could not fetch the issuer's keys: {reason}"))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&error.to_string()))?;
    runtime.block_on(async {
        let keys = IssuerKeys::new(source)
            .map_err(|error| Problem::new(error.code(), sentence(&error)))?;
        let fetched = keys.ready().await;
        match (fetched, keys.export()) {
            (Ok(()), Some(snapshot)) => Ok(snapshot.jwks),
            _ => {
                let failure = keys.health().and_then(|health| health.last_failure);
                let failure = failure.map_or_else(String::new, |failure| failure.to_string());
                Err(failed(if failure.is_empty() { "no answer" } else { &failure }))
            }
        }
    })
}

/// An error's text without its code, which a problem has itself.
#[cfg(feature = "fetch")]
fn sentence(error: &verijot::issuer::KeySourceError) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.as_str(), |(_, sentence)| sentence).to_owned()
}
