//! The settings of a service, from its environment.

use std::collections::HashMap;
use std::sync::Arc;

use verijot::crypto::ring::PROVIDER;
use verijot::issuer::{Settings, SettingsError};

use crate::jwk_set::{JwkSet, JwkSetLimits};
use crate::key_location::KeyLocation;
use crate::problem::Problem;

/// What the settings of a service say: a policy, and where the keys are.
#[derive(Clone, uniffi::Record)]
pub struct ServiceSettings {
    /// The policy's document.
    pub policy: String,
    /// The keys, if the settings have them.
    pub keys: Option<Arc<JwkSet>>,
    /// Where the keys are fetched from otherwise.
    pub location: Option<Arc<KeyLocation>>,
    /// How a set is read.
    pub limits: JwkSetLimits,
}

/// Reads the settings of a service from names with this prefix and their texts, such as those of the
/// environment. Other names are ignored.
///
/// # Errors
/// [`Problem::Policy`] with the code `invalid_settings`, whose text begins with the settings at fault.
#[uniffi::export]
pub fn service_settings(
    prefix: &str,
    values: HashMap<String, String>,
) -> Result<ServiceSettings, Problem> {
    let settings = Settings::read(prefix, |name| values.get(name).cloned())?;
    let source = settings.key_source();
    let keys = source.static_keys(PROVIDER)?;
    let limits = settings.key_limits();
    let octets_or_keys = |limit: usize| u64::try_from(limit).ok();
    let certificates = source.certificates();
    Ok(ServiceSettings {
        policy: settings.policy().to_json(),
        keys: keys.map(|keys| JwkSet::of(Arc::new(keys))),
        location: source.location().map(KeyLocation::of),
        limits: JwkSetLimits {
            max_octets: octets_or_keys(limits.max_octets),
            max_keys: octets_or_keys(limits.max_keys),
            purposes: source.purposes().map(<[String]>::to_vec),
            certificates: certificates.map(|all| all.iter().map(|one| one.to_string()).collect()),
            ..JwkSetLimits::default()
        },
    })
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        let text = format!("{}: {}", error.settings().join(", "), error.problem());
        Self::Policy { code: error.code().to_owned(), text }
    }
}
