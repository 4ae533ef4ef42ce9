//! Presets: what verijot demands of the tokens of well-known providers, as data.
//!
//! A preset is a table's line: the issuer, where the keys are, the algorithms, the audience and the
//! claims that the provider's own guide says to check. [`Provider::preset`] makes an ordinary
//! document of it, which every language reads; there is no code for a single provider.
//!
//! ```
//! use verijot::provider::Provider;
//! let cognito = Provider::parse("cognito:eu-west-1_AbCdEf123")?;
//! let preset = cognito.preset(r#"{"client_ids": ["web", "mobile"]}"#)?;
//! assert!(preset.policy().is_some_and(|document| document.contains("token_use")));
//! // What the provider says must be checked has to be named.
//! assert_eq!(cognito.preset("{}").unwrap_err().member(), Some("client_ids"));
//! # Ok::<(), verijot::PolicyError>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::verify::PolicyError;

pub use facts::Fact;
pub use preset::{Preset, PresetKeys};

mod facts;
mod identity_platforms;
mod line;
mod parameter;
mod preset;
mod sign_in;
mod workloads;

use identity_platforms::IDENTITY_PLATFORMS;
use line::{Kind, Line};
use parameter::Parameters;
use sign_in::SIGN_IN;
use workloads::WORKLOADS;

/// One kind of token of one provider, with what identifies the tenant, pool or host.
#[derive(Clone)]
pub struct Provider {
    line: &'static Line,
    parameters: Parameters,
}

impl Provider {
    /// Reads a provider's name, and after a colon its parameter if it has one:
    /// `cognito:eu-west-1_AbCdEf123`, `github-actions`. [`Provider::all`] lists them.
    ///
    /// # Errors
    /// [`PolicyError`] with the member `provider` for an unknown name, and a parameter that is
    /// missing, superfluous or not of the provider's grammar.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let wrong = |problem: String| PolicyError::at(PROVIDER, problem);
        let line = lines().find(|line| line.name == name).ok_or_else(|| {
            let names = lines().map(|line| line.name).collect::<Vec<_>>();
            wrong(text!("unknown; expected one of {}", names.join(", ")))
        })?;
        let parameters = match parameter {
            Some(_) if line.parameter.is_empty() => {
                return Err(wrong(text!("{name} takes no parameter; remove the colon")));
            }
            other => Parameters::read(line.parameter, other.unwrap_or_default())
                .map_err(|why| wrong(text!("{why}, as in {}:{}", line.name, line.example)))?,
        };
        Ok(Self { line, parameters })
    }

    /// Returns the name, without the parameter.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.line.name
    }

    /// Makes the documents of a verifier, with the options that [`ProviderInfo::options`] lists, a
    /// strict JSON object. Most options are arrays of strings. The option `policy` is an object
    /// with further members of the [policy](crate::Policy::from_json), such as `leeway`.
    ///
    /// # Errors
    /// [`PolicyError`] with the option at fault: it is unknown, of the wrong type or empty, or it is
    /// missing although the provider says that it must be checked. With the member `provider` if
    /// the token is not for the caller at all.
    pub fn preset(&self, options: impl AsRef<[u8]>) -> Result<Preset, PolicyError> {
        preset::of(self.line, &self.parameters, options.as_ref())
    }

    /// Makes the documents like [`Provider::preset`] from the names that a service calls itself:
    /// they are the first option that the provider demands of `audience`, `client_ids` and
    /// `client_id`. `options` are the others.
    ///
    /// # Errors
    /// Those of [`Provider::preset`]; with the member `audience` also for names where the provider
    /// takes none, or several where it takes one.
    pub fn preset_for<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        options: impl AsRef<[u8]>,
    ) -> Result<Preset, PolicyError> {
        preset::with_names(self.line, &self.parameters, names, options.as_ref())
    }

    /// Returns every kind of token that there is a preset for.
    pub fn all() -> impl Iterator<Item = ProviderInfo> {
        lines().map(|line| ProviderInfo { line })
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.line.name)
    }
}

/// What there is to know about a preset.
#[derive(Clone, Copy, Debug)]
pub struct ProviderInfo {
    line: &'static Line,
}

impl ProviderInfo {
    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.line.name
    }

    /// Returns which tokens it is about.
    #[must_use]
    pub const fn token(&self) -> &'static str {
        self.line.token
    }

    /// Returns the name and a possible parameter, as [`Provider::parse`] reads them.
    #[must_use]
    pub fn example(&self) -> String {
        match self.line.parameter {
            "" => String::from(self.line.name),
            _ => text!("{}:{}", self.line.name, self.line.example),
        }
    }

    /// Returns which verifier reads the document: `policy`, `id-token`, `access-token`,
    /// `load-balancer`, or `none` if the token is not for the caller.
    #[must_use]
    pub const fn verifier(&self) -> &'static str {
        match self.line.kind {
            Kind::Policy => "policy",
            Kind::Profile(name) => name,
            Kind::LoadBalancer => "load-balancer",
            Kind::NotForYou(_) => "none",
        }
    }

    /// Returns the options, those first of which one at least must be given.
    #[must_use]
    pub fn options(&self) -> Vec<&'static str> {
        preset::options(self.line)
    }

    /// Returns what must be named: of each list of options at least one.
    pub fn demands(&self) -> impl Iterator<Item = (&'static [&'static str], &'static str)> {
        self.line.demands.iter().map(|demand| (demand.one_of, demand.what))
    }

    /// Returns where the line's facts are from. A separate table, so that a program that does not
    /// list them does not contain them.
    #[must_use]
    pub fn facts(&self) -> Option<&'static Fact> {
        facts::of(self.line.name)
    }
}

fn lines() -> impl Iterator<Item = &'static Line> {
    SIGN_IN.iter().chain(&IDENTITY_PLATFORMS).chain(&WORKLOADS)
}

const PROVIDER: &str = "provider";
