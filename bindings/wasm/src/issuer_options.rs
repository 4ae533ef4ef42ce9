//! The options of an issuer: where its keys are fetched from, and how they are kept.

use verijot::issuer::discovery::FetchRules;
use verijot::issuer::{CacheSettings, KeyLocation, KeySourceError};

use crate::options::{Known, Options};
use crate::problem::Problem;

/// Refuses options that are unknown, and values that another type has.
pub(crate) fn check(options: &Options<'_>) -> Result<(), Problem> {
    if let Some(problem) = options.problem(&OPTIONS) {
        return Err(unsuitable(problem));
    }
    for name in ["purposes", "certificates"] {
        if options.text(name) == Some("") {
            return Err(unsuitable(format!("option `{name}` is an empty list")));
        }
    }
    Ok(())
}

pub(crate) fn location(options: &Options<'_>) -> Result<KeyLocation, Problem> {
    let mut rules = FetchRules::new();
    if options.is("plain_http") {
        rules = rules.allow_plain_http();
    }
    if options.text("allowed_host").is_some() {
        rules = rules.allowed_hosts(options.texts("allowed_host").filter(|host| !host.is_empty()));
    }
    match (options.text("url"), options.text("issuer")) {
        (Some(url), None) => Ok(KeyLocation::at_under(url, rules)?),
        (None, Some(issuer)) => {
            let location = KeyLocation::of_issuer_under(issuer, rules)?;
            Ok(if options.is("discovery_only") { location.discovery_only() } else { location })
        }
        _ => Err(unsuitable("give either the URL of the keys or the issuer")),
    }
}

pub(crate) fn settings(options: &Options<'_>) -> Result<CacheSettings, Problem> {
    let mut settings = CacheSettings::default();
    for (number, name) in [
        (&mut settings.fresh_for, "fresh_for"),
        (&mut settings.shortest_fresh, "shortest_fresh"),
        (&mut settings.longest_fresh, "longest_fresh"),
        (&mut settings.revalidate_for, "revalidate_for"),
        (&mut settings.stale_for, "stale_for"),
        (&mut settings.unknown_window, "unknown_window"),
        (&mut settings.shortest_rest, "shortest_rest"),
        (&mut settings.longest_rest, "longest_rest"),
        (&mut settings.fetch_timeout, "fetch_timeout"),
    ] {
        if options.text(name).is_some() {
            let unusable = || unsuitable(format!("option `{name}` is not a number of seconds"));
            *number = options.span(name).ok_or_else(unusable)?;
        }
    }
    settings.stale_despite_headers = options.is("stale_despite_headers");
    settings.empty_set_revokes = options.is("empty_set_revokes");
    Ok(settings)
}

fn unsuitable(message: impl Into<String>) -> Problem {
    Problem::with_code(KeySourceError::CODE, message.into())
}

const OPTIONS: Known<'_> = Known {
    switches: &[
        "discovery_only",
        "plain_http",
        "stale_despite_headers",
        "empty_set_revokes",
        "symmetric_keys",
        "padded_base64",
        "short_coordinates",
        #[cfg(feature = "ring")]
        crate::provider::HOST_VERIFIES,
    ],
    counts: &["max_octets", "max_keys"],
    spans: &[
        "fresh_for",
        "shortest_fresh",
        "longest_fresh",
        "revalidate_for",
        "stale_for",
        "unknown_window",
        "shortest_rest",
        "longest_rest",
        "fetch_timeout",
    ],
    texts: &["url", "issuer", "allowed_host", "purposes", "certificates"],
};
