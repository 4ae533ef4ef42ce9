//! The settings of a service that verifies tokens, by name and as text: where the keys come from
//! and what is demanded of a token. Looks nothing up itself.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::discovery::FetchRules;
use crate::key_source::{KeyLimits, KeySource, KeySourceError};
use crate::policy::{Audiences, Issuers, MAX_LEEWAY, Policy};

/// What a service's settings say: a [`KeySource`] and a [`Policy`].
///
/// | setting | value |
/// |---|---|
/// | `PUBLIC_KEY` | a source: one public key in PEM; needs `ALGORITHMS` |
/// | `SECRET` | a source: one shared secret, the text's octets in UTF-8; needs `ALGORITHMS` |
/// | `JWKS` | a source: a JWK Set, the JSON text itself |
/// | `JWKS_URL` | a source: the URL of a JWK Set, over https or of this very machine |
/// | `ISSUER` | the `iss` of tokens, one name or several; or `any-issuer`, which waives the check |
/// | `AUDIENCE` | the `aud` of tokens, one name or several; or `any-audience`, which waives the check |
/// | `ALGORITHMS` | what tokens may be signed with, such as `ES256 EdDSA`; optional beside a JWK Set |
/// | `LEEWAY` | how far the issuer's clock may be off, in whole seconds from 0 to 600; optional |
/// | `KEY_HOSTS` | the only hosts that keys and metadata may be fetched from; optional |
/// | `PLAIN_HTTP` | `allow-plain-http` waives https for keys, see [`FetchRules`]; optional |
/// | `MAX_JWKS_OCTETS` | the octets that a JWK Set may have, instead of 262144; optional |
/// | `MAX_JWKS_KEYS` | the keys that a JWK Set may have, instead of 100; optional |
/// | `MAX_TOKEN_OCTETS` | the octets that a token may have, instead of 16384; optional |
///
/// - `ISSUER` and `AUDIENCE` are always needed: nothing is waived by saying nothing.
/// - Of the four sources one may be set; two contradict each other. Without any the keys come
///   from the issuer: `ISSUER` is then one URL, under which they are found by OpenID Connect
///   Discovery, RFC 8414 or at `/.well-known/jwks.json`. Beside a source `ISSUER` only names the
///   `iss` that is demanded.
/// - A setting that is set but empty is an error: often a template whose variable was not there.
/// - Names in a list are separated by white space, which no URL and no algorithm contains.
/// - `SECRET` goes with HMAC algorithms only, everything else with asymmetric ones only. A secret
///   with white space at either end is refused, for that is mostly the end of the file it was in;
///   where it is meant, and where a secret is not text, use [`KeySource::secret`].
///
/// ```
/// use verijot::Settings;
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
/// # Ok::<(), verijot::SettingsError>(())
/// ```
///
/// From the environment of a process, where a value that is no Unicode must not pass for absent:
///
/// ```
/// # use verijot::Settings;
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
    /// Reads the settings. `lookup` is asked for each by its name behind `prefix`, at most once;
    /// it answers `None` for one that is not set.
    ///
    /// # Errors
    /// [`SettingsError`], which names the settings at fault.
    pub fn read(
        prefix: &str,
        lookup: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        Self::read_under(prefix, FetchRules::new(), lookup)
    }

    /// As [`Settings::read`], with rules of the program's for where keys may be fetched from. The
    /// settings `KEY_HOSTS` and `PLAIN_HTTP` come on top of them.
    ///
    /// # Errors
    /// As there.
    pub fn read_under(
        prefix: &str,
        rules: FetchRules,
        lookup: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let mut reader = Reader { prefix, rules, lookup };
        let source = reader.source()?;
        let algorithms = reader.algorithms(source.as_ref())?;
        let issuers = reader.names(ISSUER, ANY_ISSUER)?;
        let (rules, limits) = (reader.fetch_rules()?, reader.key_limits()?);
        let key_source = match source {
            Some((name, value)) => {
                if matches!(issuers, Names::Absent) {
                    return Err(reader.missing(ISSUER, "the iss of tokens", ANY_ISSUER));
                }
                reader.explicit_source(name, value, algorithms, rules, limits)?
            }
            None => reader.issuers_source(&issuers, rules)?,
        };
        let audiences = match reader.names(AUDIENCE, ANY_AUDIENCE)? {
            Names::Absent => {
                return Err(reader.missing(AUDIENCE, "the aud of tokens", ANY_AUDIENCE));
            }
            Names::Waived => Audiences::any(),
            Names::Named(names) => Audiences::one_of(names),
        };
        let issuers = match issuers {
            Names::Named(names) => Issuers::one_of(names),
            Names::Waived | Names::Absent => Issuers::any(),
        };
        let mut policy = Policy::new(issuers, audiences);
        if let Some(algorithms) = algorithms {
            policy = policy.algorithms(algorithms);
        }
        if let Some(leeway) = reader.leeway()? {
            policy = policy.leeway(leeway);
        }
        if let Some(octets) = reader.number(MAX_TOKEN_OCTETS)? {
            policy = policy.token_limit(octets);
        }
        Ok(Self { policy, key_source, key_limits: limits })
    }

    /// What is demanded of a token. Its other demands have their defaults.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Where the keys come from.
    #[must_use]
    pub const fn key_source(&self) -> &KeySource {
        &self.key_source
    }

    /// How large a JWK Set may be, for whoever fetches it.
    #[must_use]
    pub const fn key_limits(&self) -> KeyLimits {
        self.key_limits
    }

    /// Policy and source, the policy to be made stricter for example.
    pub fn into_parts(self) -> (Policy, KeySource) {
        (self.policy, self.key_source)
    }
}

/// `invalid_settings`: the settings make no sense. Shows the names of settings, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    settings: Vec<String>,
    problem: String,
}

impl SettingsError {
    /// The stable code.
    pub const CODE: &'static str = "invalid_settings";

    /// The settings at fault, by their whole names; at least one.
    #[must_use]
    pub fn settings(&self) -> &[String] {
        &self.settings
    }

    /// What is wrong with them, and what to do.
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
    /// The one source that is set.
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
                "each says where the keys are, and they contradict each other; keep one and take \
                 the others away",
            ));
        }
        Ok(set.pop())
    }

    fn algorithms(
        &mut self,
        source: Option<&(&'static str, String)>,
    ) -> Result<Option<AlgorithmSet>, SettingsError> {
        let source = source.map(|(name, _)| *name);
        let Some(value) = self.value(ALGORITHMS)? else {
            return match source {
                Some(source @ (PUBLIC_KEY | SECRET)) => Err(self.error(
                    &[ALGORITHMS],
                    text!(
                        "it is not set, but {} does not say what it is for; name the algorithms, \
                         such as {}",
                        self.whole_name(source),
                        if source == SECRET { Algorithm::Hs256 } else { Algorithm::Es256 }
                    ),
                )),
                _ => Ok(None),
            };
        };
        let mut algorithms = AlgorithmSet::EMPTY;
        for name in value.split_whitespace() {
            let algorithm = name.parse::<Algorithm>().map_err(|error| {
                self.error(
                    &[ALGORITHMS],
                    text!("{error}; they are separated by white space, and case matters"),
                )
            })?;
            algorithms = algorithms.union(algorithm.into());
        }
        let symmetric = algorithms.intersection(AlgorithmSet::SYMMETRIC);
        match source {
            Some(SECRET) if symmetric != algorithms => Err(self.error(
                &[SECRET, ALGORITHMS],
                "a shared secret is for HMAC alone; name only HS256, HS384 and HS512",
            )),
            Some(SECRET) => Ok(Some(algorithms)),
            _ if !symmetric.is_empty() => Err(self.error(
                &[source.unwrap_or(ISSUER), ALGORITHMS],
                text!(
                    "HMAC beside public keys would take a public key for a secret; take HS256, \
                     HS384 and HS512 away, or put a shared secret into {}",
                    self.whole_name(SECRET)
                ),
            )),
            _ => Ok(Some(algorithms)),
        }
    }

    fn explicit_source(
        &self,
        name: &'static str,
        value: String,
        algorithms: Option<AlgorithmSet>,
        rules: FetchRules,
        limits: KeyLimits,
    ) -> Result<KeySource, SettingsError> {
        let algorithms = algorithms.unwrap_or_default();
        match name {
            PUBLIC_KEY if value.contains("\\n") => {
                Err(self.error(&[name], "it has a backslash and an n where lines must end"))
            }
            PUBLIC_KEY => KeySource::public_key(value, algorithms)
                .map_err(|error| self.unusable(&[name, ALGORITHMS], &error)),
            SECRET if value.trim() != value => Err(self.error(
                &[name],
                "it begins or ends with white space, such as the end of the file it was in; take \
                 that away",
            )),
            SECRET => KeySource::secret(value, algorithms)
                .map_err(|error| self.unusable(&[name, ALGORITHMS], &error)),
            JWKS => KeySource::jwks_within(value, limits)
                .map_err(|error| self.unusable(&[name], &error)),
            _ => KeySource::jwks_url_under(value, rules)
                .map_err(|error| self.unusable(&[name], &error)),
        }
    }

    /// The source where none is set but the issuer.
    fn issuers_source(
        &self,
        issuers: &Names,
        rules: FetchRules,
    ) -> Result<KeySource, SettingsError> {
        let issuer = match issuers {
            Names::Named(names) => match names.as_slice() {
                [issuer] => issuer,
                _ => {
                    return Err(self.error(
                        &[ISSUER],
                        text!(
                            "several issuers have several sets of keys; read settings with a \
                             prefix of its own for each, or name the one place of their keys in {}",
                            self.whole_name(JWKS_URL)
                        ),
                    ));
                }
            },
            Names::Absent | Names::Waived => {
                let sources = SOURCES.map(|name| self.whole_name(name)).join(", ");
                return Err(self.error(
                    &[ISSUER],
                    text!(
                        "nothing says where the keys are; set it to the issuer's URL, or set one \
                         of {sources}"
                    ),
                ));
            }
        };
        KeySource::issuer_under(issuer, rules).map_err(|error| self.unusable(&[ISSUER], &error))
    }

    fn names(&mut self, setting: &str, waiver: &str) -> Result<Names, SettingsError> {
        let Some(value) = self.value(setting)? else { return Ok(Names::Absent) };
        let names = value.split_whitespace().map(ToString::to_string).collect::<Vec<_>>();
        if names.iter().any(|name| name.starts_with(',') || name.ends_with(',')) {
            return Err(self
                .error(&[setting], "a name with a comma at its end; white space separates them"));
        }
        if names.iter().any(|name| name == waiver) {
            if names.len() > 1 {
                return Err(self.error(
                    &[setting],
                    text!("{waiver} waives the check, so no name can stand beside it; keep one"),
                ));
            }
            return Ok(Names::Waived);
        }
        Ok(Names::Named(names))
    }

    fn fetch_rules(&mut self) -> Result<FetchRules, SettingsError> {
        let mut rules = self.rules.clone();
        if let Names::Named(hosts) = self.names(KEY_HOSTS, "")? {
            rules = rules.only_hosts(hosts);
        }
        match self.value(PLAIN_HTTP)? {
            None => Ok(rules),
            Some(value) if value.trim() == ALLOW_PLAIN_HTTP => Ok(rules.allow_plain_http()),
            Some(_) => Err(self.error(
                &[PLAIN_HTTP],
                text!("only {ALLOW_PLAIN_HTTP} waives https; write that or take it away"),
            )),
        }
    }

    fn key_limits(&mut self) -> Result<KeyLimits, SettingsError> {
        let default = KeyLimits::default();
        Ok(KeyLimits {
            max_octets: self.number(MAX_JWKS_OCTETS)?.unwrap_or(default.max_octets),
            max_keys: self.number(MAX_JWKS_KEYS)?.unwrap_or(default.max_keys),
        })
    }

    fn number(&mut self, name: &str) -> Result<Option<usize>, SettingsError> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        let value = value.trim();
        let is_plain = value.bytes().all(|octet| octet.is_ascii_digit());
        match value.parse().ok().filter(|number| is_plain && *number > 0) {
            Some(number) => Ok(Some(number)),
            None => Err(self.error(&[name], "not a whole number of at least 1")),
        }
    }

    fn leeway(&mut self) -> Result<Option<Duration>, SettingsError> {
        let Some(value) = self.value(LEEWAY)? else { return Ok(None) };
        let value = value.trim();
        let maximum = MAX_LEEWAY.as_secs();
        let seconds = value.parse().ok().filter(|seconds| *seconds <= maximum);
        match seconds.filter(|_| value.bytes().all(|octet| octet.is_ascii_digit())) {
            Some(seconds) => Ok(Some(Duration::from_secs(seconds))),
            None => {
                Err(self
                    .error(&[LEEWAY], text!("not a whole number of seconds from 0 to {maximum}")))
            }
        }
    }

    fn value(&mut self, name: &str) -> Result<Option<String>, SettingsError> {
        let whole_name = self.whole_name(name);
        match (self.lookup)(&whole_name) {
            Some(value) if value.trim().is_empty() => {
                Err(self.error(&[name], "it is set but empty; give it a value or take it away"))
            }
            value => Ok(value),
        }
    }

    fn whole_name(&self, name: &str) -> String {
        text!("{}{name}", self.prefix)
    }

    fn missing(&self, name: &str, what: &str, waiver: &str) -> SettingsError {
        self.error(&[name], text!("it is not set; name {what}, or {waiver} to waive the check"))
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

/// What a list of names says.
enum Names {
    Absent,
    Waived,
    Named(Vec<String>),
}

const PUBLIC_KEY: &str = "PUBLIC_KEY";
const SECRET: &str = "SECRET";
const JWKS: &str = "JWKS";
const JWKS_URL: &str = "JWKS_URL";
const ISSUER: &str = "ISSUER";
const AUDIENCE: &str = "AUDIENCE";
const ALGORITHMS: &str = "ALGORITHMS";
const LEEWAY: &str = "LEEWAY";
const KEY_HOSTS: &str = "KEY_HOSTS";
const PLAIN_HTTP: &str = "PLAIN_HTTP";
const MAX_JWKS_OCTETS: &str = "MAX_JWKS_OCTETS";
const MAX_JWKS_KEYS: &str = "MAX_JWKS_KEYS";
const MAX_TOKEN_OCTETS: &str = "MAX_TOKEN_OCTETS";

const SOURCES: [&str; 4] = [PUBLIC_KEY, SECRET, JWKS, JWKS_URL];

const ALLOW_PLAIN_HTTP: &str = "allow-plain-http";
const ANY_ISSUER: &str = "any-issuer";
const ANY_AUDIENCE: &str = "any-audience";
