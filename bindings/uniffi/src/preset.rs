//! Presets of well-known providers.

use verijot::provider::{Provider, ProviderInfo};

use crate::problem::Problem;

/// What there is to know about the preset of one kind of token of one provider.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ProviderFacts {
    /// The name.
    pub name: String,
    /// Which tokens it is about, human-readable.
    pub token: String,
    /// The name and a possible parameter, as [`preset`] takes them.
    pub example: String,
    /// Which verifier reads the document: `policy`, `id-token`, `access-token`, `load-balancer`, or `none`
    /// if the token is not for the caller.
    pub verifier: String,
    /// The names of the options.
    pub options: Vec<String>,
    /// What must be named.
    pub demands: Vec<ProviderDemand>,
}

/// What a provider's own guide says must be checked.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ProviderDemand {
    /// Options of which at least one must be given.
    pub one_of: Vec<String>,
    /// What they name, human-readable.
    pub what: String,
}

/// Returns every kind of token that there is a preset for.
#[uniffi::export]
#[must_use]
pub fn providers() -> Vec<ProviderFacts> {
    Provider::all().map(ProviderFacts::of).collect()
}

impl ProviderFacts {
    fn of(info: ProviderInfo) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let demands = info.demands();
        Self {
            name: info.name().to_owned(),
            token: info.token().to_owned(),
            example: info.example(),
            verifier: info.verifier().to_owned(),
            options: names(&info.options()),
            demands: demands
                .map(|(one_of, what)| ProviderDemand {
                    one_of: names(one_of),
                    what: what.to_owned(),
                })
                .collect(),
        }
    }
}

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
