//! The settings of a service, such as environment variables.

use std::collections::BTreeMap;

use verijot::Algorithm;
use verijot::issuer::discovery::FetchRules;
use verijot::issuer::{KeySource, KeySourceError, Settings, SettingsError};

use crate::answer::{self, Status};
use crate::json::{self, Object};
use crate::keys::KEYS;
use crate::memory::Octets;
use crate::options::{Options, entries};
use crate::problem::malformed_list;
use crate::provider::provider;

/// The names of all settings, without a prefix, as a JSON array. Ends with `Done`. The first number is
/// how many octets a file that `NAME_FILE` names may have.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_settings_names() -> u32 {
    let octets = u32::try_from(Settings::MAX_FILE_OCTETS).unwrap_or(u32::MAX);
    answer::text_and_numbers(Status::Done, list(Settings::NAMES), [f64::from(octets)])
}

/// Reads the settings of a service. `values` are entries: of each setting that is set its name, which
/// begins with the prefix, and its octets in turn. Pass what is set but empty as well: it is an error.
/// If `NAME_FILE` is set, the octets are the content of that file, or one more than it may have if it
/// is too large.
///
/// The text is JSON: `policy` for `verijot_verifier` and `key_source`, which has the members that
/// `verijot_preset` describes, perhaps `allowed_hosts` and `plain_http` (true), and always `max_octets`
/// and `max_keys`: they are options of `verijot_issuer`, which calls an allowed host `allowed_host`.
/// If the settings have the keys themselves, the first number is that of the set, which is 0 otherwise,
/// and there is no `key_source`.
///
/// `Unusable` has the code `invalid_settings`, and in `settings` the names at fault. No value is shown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_settings(
    prefix: *const u8,
    prefix_length: usize,
    values: *const u8,
    values_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (prefix, values) = unsafe {
        (
            Octets::borrow(&prefix, prefix_length).text(),
            Octets::borrow(&values, values_length).read(),
        )
    };
    let Some(values) = by_name(values) else { return malformed_list() };
    match read(&prefix, &values) {
        Ok((text, keys)) => answer::text_and_numbers(Status::Done, text, [f64::from(keys)]),
        Err((settings, problem)) => {
            let object = Object::new()
                .text("code", SettingsError::CODE)
                .text("message", &format!("{}: {problem}", settings.join(", ")))
                .raw("settings", &list(&settings));
            answer::text(Status::Unusable, object.end())
        }
    }
}

/// The names at fault, and what is wrong.
type Fault = (Vec<String>, String);

fn read(prefix: &str, values: &BTreeMap<String, Vec<u8>>) -> Result<(String, u32), Fault> {
    let settings = Settings::try_read(prefix, |name| {
        let content = values.get(&format!("{name}{}", Settings::FILE_SUFFIX));
        Settings::text(name, values.get(name).cloned(), content.cloned())
    });
    let settings = settings
        .map_err(|error: SettingsError| (error.settings().to_vec(), error.problem().to_owned()))?;
    let source = settings.key_source();
    let keys = source
        .static_keys(provider(&Options::none()))
        .map_err(|error| (vec![format!("{prefix}{}", setting_of(source))], problem(&error)))?;
    let document = Object::new().raw("policy", &settings.policy().to_json());
    let Some(keys) = keys else {
        let limits = settings.key_limits();
        let options = options_of(source)
            .number("max_octets", limits.max_octets)
            .number("max_keys", limits.max_keys);
        return Ok((document.raw("key_source", &options.end()).end(), 0));
    };
    match KEYS.add(keys.into()) {
        0 => Err((Vec::new(), String::from("there are too many keys"))),
        number => Ok((document.end(), number)),
    }
}

/// Where the keys are fetched from.
fn options_of(source: &KeySource) -> Object {
    let object = match source {
        KeySource::Issuer { issuer, rules, .. } => {
            with_rules(Object::new().text("issuer", issuer), rules)
        }
        KeySource::JwksUrl { url, rules, .. } => {
            with_rules(Object::new().text("jwks_url", url), rules)
        }
        KeySource::CertificatesUrl { url, algorithms, rules, .. } => {
            let names = algorithms.iter().map(Algorithm::name);
            let object = Object::new().text("certificates_url", url);
            with_rules(object.raw("algorithms", &list(names)), rules)
        }
        _ => Object::new(),
    };
    match source.purposes() {
        Some(purposes) => object.raw("purposes", &list(purposes)),
        None => object,
    }
}

fn with_rules(object: Object, rules: &FetchRules) -> Object {
    let object = match rules.hosts() {
        Some(hosts) => object.raw("allowed_hosts", &list(hosts)),
        None => object,
    };
    if rules.allows_plain_http() { object.raw("plain_http", "true") } else { object }
}

/// The setting with keys that the host cannot use.
const fn setting_of(source: &KeySource) -> &'static str {
    match source {
        KeySource::PublicKey { .. } => "PUBLIC_KEY",
        KeySource::Secret { .. } => "SECRET",
        _ => "JWKS",
    }
}

fn problem(error: &KeySourceError) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.as_str(), |(_, problem)| problem).to_owned()
}

/// The entries by name. None if they do not fill their list, or the last name has no value.
fn by_name(octets: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut entries = entries(octets)?;
    let mut values = BTreeMap::new();
    while let Some(name) = entries.next() {
        values.insert(String::from_utf8_lossy(name).into_owned(), entries.next()?.to_vec());
    }
    Some(values)
}

fn list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    json::array(texts.into_iter().map(|text| json::quoted(text.as_ref())))
}
