//! The settings of a service that verifies tokens: where the keys come from and what a token must
//! satisfy. Settings have names and text values; the caller looks them up.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::codes;
use crate::issuer::discovery::FetchRules;
use crate::issuer::key_source::{KeyLimits, KeySource, KeySourceError};
use crate::provider::PresetKeys;
use crate::verify::policy::Policy;

use demands::Demands;

mod demands;
mod file;
mod of_provider;

/// What a service's settings say: a [`KeySource`] and a [`Policy`].
///
/// | setting | value |
/// |---|---|
/// | `PUBLIC_KEY` | a source: one public key in PEM; needs `ALGORITHMS` |
/// | `SECRET` | a source: one shared secret, the text's octets in UTF-8; needs `ALGORITHMS` |
/// | `JWKS` | a source: a JWK Set, the JSON text itself |
/// | `JWKS_URL` | a source: the URL of a JWK Set, over https or on this machine |
/// | `CERTIFICATES_URL` | a source: the URL of a map of `kid` and certificate, see [`KeySource::certificates_url`]; needs `ALGORITHMS` |
/// | `KEY_PURPOSES` | the only values of `use` that keys may have, such as `jwt-svid`, see [`KeySource::with_purposes`]; optional |
/// | `POLICY` | the whole policy as a document for [`Policy::from_json`]; replaces the settings marked with * |
/// | `PROVIDER` | a preset, such as `cognito:eu-west-1_AbCdEf123`, see [`Provider`](crate::provider::Provider); replaces the settings marked with *, and `AUDIENCE` is then the service's own names: its client ids, or what is in `aud` |
/// | `PROVIDER_OPTIONS` | further options of the preset, a JSON document; optional, and an error without `PROVIDER` |
/// | `ISSUER` * | the expected `iss`, one name or several; or `any-issuer`, which waives the check |
/// | `AUDIENCE` * | the expected `aud`, one name or several; or `any-audience`, which waives the check |
/// | `ALGORITHMS` * | the allowed algorithms, such as `ES256 EdDSA`; optional with a JWK Set |
/// | `LEEWAY` * | how far the issuer's clock may be off, in whole seconds from 0 to 600; optional |
/// | `ALLOWED_HOSTS` | the only hosts that keys and metadata may be fetched from; optional |
/// | `PLAIN_HTTP` | `allow-plain-http` waives https for keys, see [`FetchRules`]; optional |
/// | `MAX_JWKS_OCTETS` * | the maximum octets of a JWK Set, instead of 262144; optional |
/// | `MAX_JWKS_KEYS` * | the maximum number of keys in a JWK Set, instead of 100; optional |
/// | `MAX_TOKEN_OCTETS` * | the maximum octets of a token, instead of 16384; optional |
///
/// - `ISSUER` and `AUDIENCE`, `POLICY`, or `PROVIDER` are always required: a missing setting never waives a
///   check.
/// - `POLICY` and `PROVIDER` cannot be combined with the settings that they replace. Presets of ID
///   tokens are refused, because their login's nonce is not a setting.
/// - At most one of the five sources may be set. Without a source, the keys come from the issuer:
///   `ISSUER` is then one URL, and its keys are found by OpenID Connect Discovery, RFC 8414 or at
///   `/.well-known/jwks.json`. With a source, `ISSUER` is only the expected `iss`. The same holds
///   for the issuers of `POLICY`.
/// - A setting that is set but empty is an error: often the result of a template with an unset
///   variable.
/// - Separate the names in a list with whitespace.
/// - `SECRET` works only with HMAC algorithms, everything else only with asymmetric algorithms. A
///   secret with whitespace at either end is refused, because that is usually the line break at the
///   end of a file; if it is intended, or if a secret is not text, use [`KeySource::secret`].
///
/// ```
/// use verijot::issuer::Settings;
/// let lookup = |name: &str| match name {
///     "VERIJOT_ISSUER" => Some(String::from("https://issuer.example")),
///     "VERIJOT_AUDIENCE" => Some(String::from("https://api.example https://old-api.example")),
///     _ => None,
/// };
/// let (policy, source) = Settings::read("VERIJOT_", lookup)?.into_parts();
/// assert_eq!(format!("{source:?}"), r#"Issuer { issuer: "https://issuer.example" }"#);
///
/// let error = Settings::read("VERIJOT_", |_| None).unwrap_err();
/// assert!(error.to_string().starts_with("invalid_settings: VERIJOT_ISSUER: "));
/// # Ok::<(), verijot::issuer::SettingsError>(())
/// ```
///
/// From the environment of a process. A value that is not Unicode must not count as missing:
///
/// ```
/// # use verijot::issuer::Settings;
/// let settings = Settings::read("VERIJOT_", |name| {
///     std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
/// });
/// # assert_eq!(settings.unwrap_err().settings().first().unwrap(), "VERIJOT_ISSUER");
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    policy: Policy,
    key_source: KeySource,
    key_limits: KeyLimits,
}

impl Settings {
    /// The names of all settings, without a prefix: no other name is looked up.
    pub const NAMES: [&str; 18] = [
        PUBLIC_KEY,
        SECRET,
        JWKS,
        JWKS_URL,
        CERTIFICATES_URL,
        KEY_PURPOSES,
        POLICY,
        PROVIDER,
        PROVIDER_OPTIONS,
        ISSUER,
        AUDIENCE,
        ALGORITHMS,
        LEEWAY,
        ALLOWED_HOSTS,
        PLAIN_HTTP,
        MAX_JWKS_OCTETS,
        MAX_JWKS_KEYS,
        MAX_TOKEN_OCTETS,
    ];

    /// Reads the settings. Calls `lookup` at most once for each, with `prefix` and the name; it
    /// returns `None` for a setting that is not set.
    ///
    /// # Errors
    /// [`SettingsError`], which names the settings at fault.
    pub fn read(
        prefix: &str,
        lookup: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        Self::read_under(prefix, FetchRules::new(), lookup)
    }

    /// Like [`Settings::read`], with a `lookup` that can fail, for example because a file cannot be read.
    ///
    /// # Errors
    /// The first error of `lookup`, or that of [`Settings::read`].
    pub fn try_read<E: From<SettingsError>>(
        prefix: &str,
        mut lookup: impl FnMut(&str) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        let mut first = None;
        let settings = Self::read(prefix, |name| {
            lookup(name).unwrap_or_else(|error| {
                first.get_or_insert(error);
                None
            })
        });
        match first {
            Some(error) => Err(error),
            None => Ok(settings?),
        }
    }

    /// Like [`Settings::read`], with rules of the program for the URLs that keys may be fetched
    /// from. The settings `ALLOWED_HOSTS` and `PLAIN_HTTP` apply in addition.
    ///
    /// # Errors
    /// The same.
    pub fn read_under(
        prefix: &str,
        rules: FetchRules,
        lookup: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let mut reader = Reader { prefix, rules, lookup };
        let source = reader.source()?;
        let demands = reader.demands(source.as_ref().map(|(name, _)| *name))?;
        let rules = reader.fetch_rules()?;
        let purposes = reader.names(KEY_PURPOSES, "")?;
        let key_source = match source {
            Some((JWKS, json)) => reader.given_keys(json, &demands, purposes)?,
            source => {
                let key_source = match source {
                    Some((name, value)) => reader.explicit_source(name, value, &demands, rules)?,
                    None if demands.preset.is_some() => reader.source_of_preset(&demands, rules)?,
                    None => reader.issuers_source(&demands, rules)?,
                };
                reader.of_purposes(key_source, purposes)?
            }
        };
        Ok(Self { policy: demands.policy, key_source, key_limits: demands.key_limits })
    }

    /// Returns the policy. What no setting says has its default.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns where the keys come from.
    #[must_use]
    pub const fn key_source(&self) -> &KeySource {
        &self.key_source
    }

    /// Returns the limits of a JWK Set, for the code that fetches it.
    #[must_use]
    pub const fn key_limits(&self) -> KeyLimits {
        self.key_limits
    }

    /// Returns policy and source, for example to make the policy stricter.
    pub fn into_parts(self) -> (Policy, KeySource) {
        (self.policy, self.key_source)
    }
}

/// `invalid_settings`: settings are invalid or contradictory. Shows the names of settings, never a
/// value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    settings: Vec<String>,
    problem: String,
}

impl SettingsError {
    /// The stable code.
    pub const CODE: &'static str = codes::INVALID_SETTINGS.code;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        Self::CODE
    }

    /// Returns the full names of the settings at fault; at least one.
    #[must_use]
    pub fn settings(&self) -> &[String] {
        &self.settings
    }

    /// Returns what is wrong with them and what to do.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: {}", Self::CODE, self.settings.join(", "), self.problem)
    }
}

impl core::error::Error for SettingsError {}

struct Reader<'p, L> {
    prefix: &'p str,
    rules: FetchRules,
    lookup: L,
}

impl<L: FnMut(&str) -> Option<String>> Reader<'_, L> {
    /// Returns the source that is set; at most one may be.
    fn source(&mut self) -> Result<Option<(&'static str, String)>, SettingsError> {
        let mut set = Vec::new();
        for name in SOURCES {
            if let Some(value) = self.value(name)? {
                set.push((name, value));
            }
        }
        if set.len() > 1 {
            let names = set.iter().map(|(name, _)| *name).collect::<Vec<_>>();
            return Err(self.error(
                &names,
                "only one source of keys is allowed; keep one and remove the others",
            ));
        }
        Ok(set.pop())
    }

    fn explicit_source(
        &self,
        name: &'static str,
        value: String,
        demands: &Demands,
        rules: FetchRules,
    ) -> Result<KeySource, SettingsError> {
        let algorithms = demands.policy.algorithms.unwrap_or_default();
        let names = [name, demands.algorithms_in()];
        match name {
            PUBLIC_KEY if value.contains("\\n") => {
                Err(self.error(&[name], "it contains a backslash and an n instead of a line break"))
            }
            PUBLIC_KEY => KeySource::public_key(value, algorithms)
                .map_err(|error| self.unusable(&names, &error)),
            SECRET if value.trim() != value => Err(self.error(
                &[name],
                "it begins or ends with whitespace, such as a line break at the end of a file; \
                 remove it",
            )),
            SECRET => {
                KeySource::secret(value, algorithms).map_err(|error| self.unusable(&names, &error))
            }
            CERTIFICATES_URL => KeySource::certificates_url_under(value, algorithms, rules)
                .map_err(|error| self.unusable(&names, &error)),
            _ => KeySource::jwks_url_under(value, rules)
                .map_err(|error| self.unusable(&[name], &error)),
        }
    }

    /// Returns the source for a set of keys that are never fetched.
    fn given_keys(
        &self,
        json: String,
        demands: &Demands,
        purposes: NameList,
    ) -> Result<KeySource, SettingsError> {
        let limits = demands.key_limits;
        match purposes {
            NameList::Named(names) => {
                KeySource::jwks_of_purposes(json, limits, names).map_err(|error| match error {
                    KeySourceError::NoUsableKeys => self.unusable(&[JWKS, KEY_PURPOSES], &error),
                    _ => self.unusable(&[JWKS], &error),
                })
            }
            _ => {
                KeySource::jwks_within(json, limits).map_err(|error| self.unusable(&[JWKS], &error))
            }
        }
    }

    /// Returns the source with the purposes that its keys may have.
    fn of_purposes(
        &self,
        source: KeySource,
        purposes: NameList,
    ) -> Result<KeySource, SettingsError> {
        match purposes {
            NameList::Named(names) => {
                source.with_purposes(names).map_err(|error| self.unusable(&[KEY_PURPOSES], &error))
            }
            _ => Ok(source),
        }
    }

    /// Returns the source if only the issuer is set.
    fn issuers_source(
        &self,
        demands: &Demands,
        rules: FetchRules,
    ) -> Result<KeySource, SettingsError> {
        let setting = if demands.of_document { POLICY } else { ISSUER };
        let issuers = &demands.policy.issuers;
        if issuers.are_waived() {
            return Err(self.without_source(setting));
        }
        let issuer = issuers.sole().ok_or_else(|| {
            self.error(
                &[setting],
                text!(
                    "several issuers need several key sets; read the settings of each issuer \
                 with its own prefix, or set {} to their common key set",
                    self.whole_name(JWKS_URL)
                ),
            )
        })?;
        KeySource::issuer_under(issuer, rules).map_err(|error| self.unusable(&[setting], &error))
    }

    /// Returns the source that the preset names.
    fn source_of_preset(
        &self,
        demands: &Demands,
        rules: FetchRules,
    ) -> Result<KeySource, SettingsError> {
        let Some(preset) = &demands.preset else { return Err(self.without_source(PROVIDER)) };
        let source = KeySource::of_preset_under(preset, rules);
        match (source.map_err(|error| self.unusable(&[PROVIDER], &error))?, preset.keys()) {
            (Some(source), _) => Ok(source),
            (None, PresetKeys::OfCaller { what, .. }) => {
                let sources = SOURCES.map(|name| self.whole_name(name)).join(", ");
                let problem = text!("its keys are {what}; put them into one of {sources}");
                Err(self.error(&[PROVIDER], problem))
            }
            (None, _) => Err(self.without_source(PROVIDER)),
        }
    }

    fn without_source(&self, setting: &str) -> SettingsError {
        let sources = SOURCES.map(|name| self.whole_name(name)).join(", ");
        let named =
            if setting == POLICY { "name one issuer in it" } else { "set it to the issuer's URL" };
        let problem = text!("no source of keys is set; {named}, or set one of {sources}");
        self.error(&[setting], problem)
    }

    fn names(&mut self, setting: &str, waiver: &str) -> Result<NameList, SettingsError> {
        let Some(value) = self.value(setting)? else { return Ok(NameList::Absent) };
        let names = value.split_whitespace().map(ToString::to_string).collect::<Vec<_>>();
        if names.iter().any(|name| name.starts_with(',') || name.ends_with(',')) {
            return Err(self.error(
                &[setting],
                "a name begins or ends with a comma; separate names with whitespace",
            ));
        }
        if names.iter().any(|name| name == waiver) {
            if names.len() > 1 {
                return Err(self.error(
                    &[setting],
                    text!("{waiver} waives the check and cannot be combined with names; keep one"),
                ));
            }
            return Ok(NameList::Waived);
        }
        Ok(NameList::Named(names))
    }

    fn fetch_rules(&mut self) -> Result<FetchRules, SettingsError> {
        let mut rules = self.rules.clone();
        if let NameList::Named(hosts) = self.names(ALLOWED_HOSTS, "")? {
            rules = rules.allowed_hosts(hosts);
        }
        match self.value(PLAIN_HTTP)? {
            None => Ok(rules),
            Some(value) if value.trim() == ALLOW_PLAIN_HTTP => Ok(rules.allow_plain_http()),
            Some(_) => Err(self.error(
                &[PLAIN_HTTP],
                text!(
                    "the only value allowed is {ALLOW_PLAIN_HTTP}; set that or remove the setting"
                ),
            )),
        }
    }

    fn number(&mut self, name: &str) -> Result<Option<usize>, SettingsError> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let value = value.trim();
        let is_plain = value.bytes().all(|octet| octet.is_ascii_digit());
        match value.parse::<u64>().ok().filter(|number| is_plain && *number > 0) {
            // Where sizes have 32 bits, nothing is larger than their maximum.
            Some(number) => Ok(Some(usize::try_from(number).unwrap_or(usize::MAX))),
            None => Err(self.error(&[name], "must be a whole number of at least 1")),
        }
    }

    fn value(&mut self, name: &str) -> Result<Option<String>, SettingsError> {
        let whole_name = self.whole_name(name);
        match (self.lookup)(&whole_name) {
            Some(value) if value.trim().is_empty() => {
                Err(self.error(&[name], "it is set but empty; give it a value or remove it"))
            }
            value => Ok(value),
        }
    }

    fn whole_name(&self, name: &str) -> String {
        text!("{}{name}", self.prefix)
    }

    fn missing(&self, name: &str, what: &str, waiver: &str) -> SettingsError {
        self.error(
            &[name],
            text!("it is not set; set it to {what}, or to {waiver} to waive the check"),
        )
    }

    fn unusable(&self, names: &[&str], error: &KeySourceError) -> SettingsError {
        self.error(names, error.problem())
    }

    fn error(&self, names: &[&str], problem: impl Into<String>) -> SettingsError {
        SettingsError {
            settings: names.iter().map(|name| self.whole_name(name)).collect(),
            problem: problem.into(),
        }
    }
}

/// The value of a list of names.
enum NameList {
    Absent,
    Waived,
    Named(Vec<String>),
}

const PUBLIC_KEY: &str = "PUBLIC_KEY";
const SECRET: &str = "SECRET";
const JWKS: &str = "JWKS";
const JWKS_URL: &str = "JWKS_URL";
const CERTIFICATES_URL: &str = "CERTIFICATES_URL";
const KEY_PURPOSES: &str = "KEY_PURPOSES";
const POLICY: &str = "POLICY";
const PROVIDER: &str = "PROVIDER";
const PROVIDER_OPTIONS: &str = "PROVIDER_OPTIONS";
const ISSUER: &str = "ISSUER";
const AUDIENCE: &str = "AUDIENCE";
const ALGORITHMS: &str = "ALGORITHMS";
const LEEWAY: &str = "LEEWAY";
const ALLOWED_HOSTS: &str = "ALLOWED_HOSTS";
const PLAIN_HTTP: &str = "PLAIN_HTTP";
const MAX_JWKS_OCTETS: &str = "MAX_JWKS_OCTETS";
const MAX_JWKS_KEYS: &str = "MAX_JWKS_KEYS";
const MAX_TOKEN_OCTETS: &str = "MAX_TOKEN_OCTETS";

const SOURCES: [&str; 5] = [PUBLIC_KEY, SECRET, JWKS, JWKS_URL, CERTIFICATES_URL];

const ALLOW_PLAIN_HTTP: &str = "allow-plain-http";
const ANY_ISSUER: &str = "any-issuer";
const ANY_AUDIENCE: &str = "any-audience";
