//! Reads the policy of a preset from the settings.

use alloc::string::String;

use super::demands::Demands;
use super::{
    ALGORITHMS, ANY_AUDIENCE, AUDIENCE, ISSUER, LEEWAY, MAX_JWKS_KEYS, MAX_JWKS_OCTETS,
    MAX_TOKEN_OCTETS, NameList, PROVIDER, PROVIDER_OPTIONS, Reader, SettingsError,
};
use crate::issuer::key_source::KeyLimits;
use crate::provider::{Preset, Provider};
use crate::verify::policy::{Policy, PolicyError};

impl<L: FnMut(&str) -> Option<String>> Reader<'_, L> {
    /// Reads the demands of a preset. `source` is the source of keys that is set.
    pub(super) fn of_provider(
        &mut self,
        provider: &str,
        source: Option<&'static str>,
    ) -> Result<Demands, SettingsError> {
        for name in IN_PRESET {
            if self.value(name)?.is_some() {
                let problem = text!(
                    "the preset replaces {}; remove it, or write it into the member policy of {}",
                    self.whole_name(name),
                    self.whole_name(PROVIDER_OPTIONS)
                );
                return Err(self.error(&[PROVIDER, name], problem));
            }
        }
        let preset = self.preset(provider)?;
        let policy = preset.policy().ok_or_else(|| {
            let problem = if preset.load_balancer().is_some() {
                "its tokens are no JWTs, and only an AlbVerifier verifies them"
            } else {
                "its tokens need a profile, which is given what each login expects; make it of the \
                 preset in the program"
            };
            self.error(&[PROVIDER], problem)
        })?;
        let policy = Policy::from_json(policy).map_err(|error| self.of_preset(&error))?;
        if policy.symmetric_keys {
            return Err(self.error(
                &[PROVIDER_OPTIONS],
                "policy.symmetric_keys: key sets from settings cannot contain symmetric keys; \
                 remove the member",
            ));
        }
        self.check_algorithms(source, policy.algorithms, PROVIDER, "the preset's algorithm")?;
        let key_limits =
            KeyLimits { max_octets: policy.max_jwks_octets, max_keys: policy.max_jwks_keys };
        Ok(Demands { policy, key_limits, of_document: false, preset: Some(preset) })
    }

    fn preset(&mut self, provider: &str) -> Result<Preset, SettingsError> {
        let provider = Provider::parse(provider.trim()).map_err(|error| self.of_preset(&error))?;
        let options = self.value(PROVIDER_OPTIONS)?.unwrap_or_else(|| String::from("{}"));
        let names = match self.names(AUDIENCE, ANY_AUDIENCE)? {
            NameList::Named(names) => names,
            NameList::Absent => alloc::vec::Vec::new(),
            NameList::Waived => {
                let problem =
                    text!("a preset decides whether aud is checked; remove {ANY_AUDIENCE}");
                return Err(self.error(&[AUDIENCE], problem));
            }
        };
        let preset = provider.preset_for(names.iter().map(String::as_str), options);
        preset.map_err(|error| self.of_preset(&error))
    }

    /// Names the setting that the fault is in, and the option.
    fn of_preset(&self, error: &PolicyError) -> SettingsError {
        let option = error.member().unwrap_or_default();
        let setting = match option {
            "provider" => PROVIDER,
            "audience" | "client_ids" | "client_id" => AUDIENCE,
            _ => PROVIDER_OPTIONS,
        };
        match setting {
            PROVIDER_OPTIONS if !option.is_empty() => {
                self.error(&[setting], text!("{option}: {}", error.problem()))
            }
            _ => self.error(&[setting], String::from(error.problem())),
        }
    }
}

/// The settings that a preset replaces.
const IN_PRESET: [&str; 6] =
    [ISSUER, ALGORITHMS, LEEWAY, MAX_TOKEN_OCTETS, MAX_JWKS_OCTETS, MAX_JWKS_KEYS];
