//! Presets of well-known providers.

use verijot::provider::Provider;

use crate::problem::Problem;

/// Returns the preset of a provider, such as `cognito:eu-west-1_AbCdEf123`, with these options, a JSON
/// object: one JSON object with `policy`, `profile` or `load_balancer`, a document, and `key_source`,
/// which has `issuer`, `jwks_url`, `certificates_url` with `algorithms`, or `of_caller`, and perhaps
/// `purposes`.
///
/// # Errors
/// [`Problem::Policy`] for an unknown provider, and for options that make no sense or lack what the
/// provider says must be checked.
#[uniffi::export]
pub fn preset(provider: &str, options: String) -> Result<String, Problem> {
    Ok(Provider::parse(provider)?.preset(options)?.to_json())
}
