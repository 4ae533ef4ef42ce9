//! A provider's preset, as the arguments name it, and the list of providers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use verijot::profile::Profile;
use verijot::provider::{Preset, Provider, ProviderInfo};
use verijot::{Policy, PolicyError, Verifier};

use crate::arguments::VerificationArguments;
use crate::output;
use crate::policy::Verifying;
use crate::problem::{Ending, Problem};

/// Makes the preset that the arguments name, if they name one.
pub(crate) fn preset(arguments: &VerificationArguments) -> Result<Option<Preset>, Problem> {
    let Some(name) = &arguments.policy.provider else {
        // An option that --provider conflicts with keeps clap from requiring it.
        return match arguments.policy.provider_options {
            Some(_) => Err(Problem::usage("--provider-options needs --provider")),
            None => Ok(None),
        };
    };
    let provider = Provider::parse(name).map_err(|error| refused(&error))?;
    let text = arguments.policy.provider_options.as_deref().unwrap_or("{}").trim_start();
    let options = serde_json::from_str::<BTreeMap<String, &RawValue>>(text)
        .map_err(|_| Problem::usage("--provider-options: not a JSON object"))?;
    // The core reads the text itself: an option that is written twice is an error.
    let mut document = text.to_owned();
    let info = Provider::all().find(|info| info.name() == provider.name());
    let known = info.map(|info| info.options()).unwrap_or_default();
    if let Some(client) = &arguments.profile.client_id {
        let (option, value) = match known.contains(&"client_ids") {
            true => ("client_ids", json!([client])),
            false => ("client_id", json!(client)),
        };
        if options.contains_key(option) {
            return Err(Problem::usage(format!("{option} is in --provider-options, too")));
        }
        let comma = if options.is_empty() { "" } else { "," };
        let rest = text.strip_prefix('{').unwrap_or_default();
        document = format!("{{\"{option}\":{value}{comma}{rest}");
    }
    let names = arguments.options.audience.audience.iter().map(String::as_str);
    let preset = provider.preset_for(names, document);
    preset.map(Some).map_err(|error| refused(&error))
}

/// Makes what verifies the provider's tokens.
pub(crate) fn verifying(preset: &Preset) -> Result<Verifying, Problem> {
    if let Some(document) = preset.policy() {
        let verifier = Policy::from_json(document).and_then(Verifier::new);
        return verifier.map(Verifying::Policy).map_err(|error| refused(&error));
    }
    match preset.profile() {
        Some(document) => {
            Profile::from_json(document).map(Verifying::Profile).map_err(|error| refused(&error))
        }
        None => Err(Problem::usage(
            "--provider: the tokens of load balancers are no JWTs; a program verifies them with an \
             AlbVerifier",
        )),
    }
}

fn refused(error: &PolicyError) -> Problem {
    let member = error.member().filter(|member| *member != "provider");
    let place = member.map(|member| format!("{member}: ")).unwrap_or_default();
    Problem::new(PolicyError::CODE, format!("--provider: {place}{}", error.problem()))
}

/// Lists the providers, or shows one.
pub(crate) fn list(name: Option<&str>, json: bool) -> Result<Ending, Problem> {
    let infos = Provider::all().filter(|info| name.is_none_or(|name| info.name() == name));
    let lines = infos.map(|info| Line::of(&info)).collect::<Vec<_>>();
    if lines.is_empty() {
        return Err(Problem::usage("no provider has this name; verijot providers lists them"));
    }
    if json {
        output::print_json(&lines)?;
        return Ok(Ending::Accepted);
    }
    let text = match name {
        Some(_) => lines.iter().map(Line::whole).collect::<String>(),
        None => lines.iter().map(|line| format!("{:<20} {}\n", line.name, line.token)).collect(),
    };
    output::print(&text)?;
    Ok(Ending::Accepted)
}

#[derive(Serialize)]
struct Line {
    name: &'static str,
    token: &'static str,
    example: String,
    verifier: &'static str,
    options: Vec<&'static str>,
    must_be_named: Vec<Demand>,
    source: &'static str,
    read: &'static str,
    unconfirmed: &'static str,
}

#[derive(Serialize)]
struct Demand {
    one_of: &'static [&'static str],
    what: &'static str,
}

impl Line {
    fn of(info: &ProviderInfo) -> Self {
        let fact = info.facts();
        Self {
            name: info.name(),
            token: info.token(),
            example: info.example(),
            verifier: info.verifier(),
            options: info.options(),
            must_be_named: info.demands().map(|(one_of, what)| Demand { one_of, what }).collect(),
            source: fact.map_or("", |fact| fact.source),
            read: fact.map_or("", |fact| fact.read),
            unconfirmed: fact.map_or("", |fact| fact.unconfirmed),
        }
    }

    fn whole(&self) -> String {
        let mut text = format!("{}: {}\n", self.name, self.token);
        let mut add = |what: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(&format!("  {what:<14} {value}\n"));
            }
        };
        add("example", &self.example);
        add("verifier", self.verifier);
        for demand in &self.must_be_named {
            add("must be named", &format!("{}: {}", demand.one_of.join(" or "), demand.what));
        }
        add("options", &self.options.join(" "));
        add("source", &format!("{} ({})", self.source, self.read));
        add("not confirmed", self.unconfirmed);
        text
    }
}
