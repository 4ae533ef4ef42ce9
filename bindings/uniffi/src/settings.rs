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

/// Reads the settings of a service from names with this prefix, such as those of the environment: their
/// texts, and the content of the files that settings name whose name ends with
/// `settings_file_suffix()`. Other names are ignored.
///
/// # Errors
/// [`Problem::Policy`] with the code `invalid_settings`, whose text begins with the settings at fault.
#[uniffi::export]
pub fn service_settings(
    prefix: &str,
    values: HashMap<String, String>,
    files: HashMap<String, Vec<u8>>,
) -> Result<ServiceSettings, Problem> {
    let settings = Settings::try_read(prefix, |name| {
        let value = values.get(name).map(|text| text.clone().into_bytes());
        let content = files.get(&format!("{name}{}", Settings::FILE_SUFFIX)).cloned();
        Settings::text(name, value, content)
    })?;
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

/// Returns the name of every setting, without the prefix.
#[uniffi::export]
pub(crate) fn settings_names() -> Vec<String> {
    Settings::NAMES.iter().map(|name| (*name).to_owned()).collect()
}

/// Returns the end of the name of a setting that names a file, such as `SECRET_FILE`.
#[uniffi::export]
pub(crate) fn settings_file_suffix() -> String {
    Settings::FILE_SUFFIX.to_owned()
}

/// Returns the maximum octets of such a file. Reading one more shows that it is too large.
#[uniffi::export]
pub(crate) fn max_settings_file_octets() -> u32 {
    u32::try_from(Settings::MAX_FILE_OCTETS).unwrap_or(u32::MAX)
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        let text = format!("{}: {}", error.settings().join(", "), error.problem());
        Self::Policy { code: error.code().to_owned(), text }
    }
}
