//! Makes documents of a line of the table, its parameter and options.

use alloc::string::String;
use alloc::vec::Vec;

use super::PROVIDER;
use super::line::{ID_TOKEN, Keys, Kind, Line, OF_ID_TOKEN, Part, When};
use super::parameter::Parameters;
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json;
use crate::profile::Profile;
use crate::verify::policy::{Form, Found, members_of};
use crate::verify::{AlbVerifier, Policy, PolicyError, Verifier};

/// What a verifier of a provider's tokens is made of: one document, and where its keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    kind: Kind,
    document: String,
    keys: PresetKeys,
}

/// Where the keys of a [`Preset`] are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresetKeys {
    /// In the metadata of this issuer.
    #[non_exhaustive]
    Issuer {
        /// The issuer, a URL.
        issuer: String,
    },
    /// A JWK Set.
    #[non_exhaustive]
    JwksUrl {
        /// The URL.
        url: String,
        /// The values that `use` must have; if empty, those of keys for signatures.
        purposes: &'static [&'static str],
    },
    /// A map of `kid` and certificate, or with `{kid}` in the URL one key for each.
    #[non_exhaustive]
    CertificatesUrl {
        /// The URL.
        url: String,
        /// The algorithms of all keys.
        algorithms: AlgorithmSet,
    },
    /// The caller has them.
    #[non_exhaustive]
    OfCaller {
        /// What they are.
        what: &'static str,
        /// The values that `use` must have; if empty, those of keys for signatures.
        purposes: &'static [&'static str],
    },
}

impl Preset {
    /// Returns the document of a [policy](Policy::from_json), if the tokens are for a
    /// [`Verifier`].
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        (self.kind == Kind::Policy).then_some(&*self.document)
    }

    /// Returns the document of a [profile](Profile::from_json), if the tokens are ID tokens or
    /// access tokens of RFC 9068.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        matches!(self.kind, Kind::Profile(_)).then_some(&*self.document)
    }

    /// Returns the document of an [`AlbVerifier`], if load balancers make the tokens.
    #[must_use]
    pub fn load_balancer(&self) -> Option<&str> {
        (self.kind == Kind::LoadBalancer).then_some(&*self.document)
    }

    /// Returns where the keys are; `KeySource::of_preset` makes a source of it.
    #[must_use]
    pub const fn keys(&self) -> &PresetKeys {
        &self.keys
    }

    /// Writes all of it as one JSON object, for bindings: `policy`, `profile` or `load_balancer`
    /// with its document, and `key_source` with `issuer`, `jwks_url` or `certificates_url` (and
    /// `algorithms`) and perhaps `purposes`. `key_source` has `of_caller` if the caller has the keys.
    #[must_use]
    pub fn to_json(&self) -> String {
        let kind = match self.kind {
            Kind::Profile(_) => "profile",
            Kind::LoadBalancer => "load_balancer",
            Kind::Policy | Kind::NotForYou(_) => "policy",
        };
        text!("{{\"{kind}\":{},\"key_source\":{}}}", self.document, self.keys.to_json())
    }
}

impl PresetKeys {
    fn to_json(&self) -> String {
        let member = |name: &str, value: &str| text!("\"{name}\":{}", json::quoted(value));
        let wanted = |purposes: &[&str]| match purposes {
            [] => String::new(),
            names => text!(",\"purposes\":{}", array(names)),
        };
        let members = match self {
            Self::Issuer { issuer } => member("issuer", issuer),
            Self::JwksUrl { url, purposes } => {
                text!("{}{}", member("jwks_url", url), wanted(purposes))
            }
            Self::CertificatesUrl { url, algorithms } => {
                let names = algorithms.iter().map(Algorithm::name).collect::<Vec<_>>();
                text!("{},\"algorithms\":{}", member("certificates_url", url), array(&names))
            }
            Self::OfCaller { what, purposes } => {
                text!("{}{}", member("of_caller", what), wanted(purposes))
            }
        };
        text!("{{{members}}}")
    }
}

/// # Errors
/// [`PolicyError`] as of `Provider::preset`.
pub(super) fn of(
    line: &'static Line,
    parameters: &Parameters,
    options: &[u8],
) -> Result<Preset, PolicyError> {
    Options::read(line, options)?.preset(line, parameters)
}

/// # Errors
/// [`PolicyError`] as of `Provider::preset_for`.
pub(super) fn with_names<'n>(
    line: &'static Line,
    parameters: &Parameters,
    names: impl IntoIterator<Item = &'n str>,
    options: &[u8],
) -> Result<Preset, PolicyError> {
    let names = names.into_iter().collect::<Vec<_>>();
    let mut read = Options::read(line, options)?;
    if names.is_empty() {
        return read.preset(line, parameters);
    }
    let known = self::options(line);
    let wanted = NAMES_OF_CALLER.iter().filter(|name| known.contains(*name));
    let demanded = |name: &&&str| {
        line.demands.iter().any(|demand| demand.one_of.contains(*name)) && !read.has(name)
    };
    let option =
        wanted.clone().find(demanded).or_else(|| wanted.clone().find(|name| !read.has(name)));
    let value = match (option, &*names) {
        (None, _) => {
            return Err(PolicyError::at(AUDIENCE, "the preset decides the audience; remove it"));
        }
        (Some(option), [name]) if TEXTS.contains(option) => json::quoted(name),
        (Some(option), _) if TEXTS.contains(option) => {
            let problem = text!("the provider takes one {option}; keep one name");
            return Err(PolicyError::at(AUDIENCE, problem));
        }
        _ => array(&names),
    };
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(PolicyError::at(AUDIENCE, BLANK));
    }
    read.given.extend(option.map(|option| (*option, value)));
    read.preset(line, parameters)
}

/// The options of a line, demanded ones first.
pub(super) fn options(line: &Line) -> Vec<&'static str> {
    let demanded = line.demands.iter().flat_map(|demand| demand.one_of).copied();
    let of_parts = parts(line).filter_map(|part| match part.when {
        When::Given(name) | When::NotGiven(name) => Some(name),
        When::Always => None,
    });
    let of_profile = |name: &&str| {
        *name != "client_id"
            || !line.parts.iter().any(|part| part.text.starts_with("\"client_id\""))
    };
    let url = matches!(line.keys, Keys::Issuer(_) | Keys::OfCaller { .. }).then_some(JWKS_URL);
    let mut names = Vec::new();
    let policy = (line.kind != Kind::LoadBalancer).then_some(POLICY);
    for name in demanded.chain(of_parts.filter(of_profile)).chain(url).chain(policy) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The parts of a line, and what every ID token has.
fn parts(line: &Line) -> impl Iterator<Item = &'static Part> + use<> {
    let shared: &'static [Part] = if line.kind == ID_TOKEN { &OF_ID_TOKEN } else { &[] };
    line.parts.iter().chain(shared)
}

/// Options that have been read, and further members of the policy.
struct Options {
    given: Vec<(&'static str, String)>,
    jwks_url: Option<String>,
    members: Vec<(String, String)>,
    rules: Vec<String>,
}

impl Options {
    fn read(line: &Line, json: &[u8]) -> Result<Self, PolicyError> {
        if let Kind::NotForYou(advice) = line.kind {
            return Err(PolicyError::at(PROVIDER, advice));
        }
        let known = options(line);
        let (given, members, rules) = (Vec::new(), Vec::new(), Vec::new());
        let mut options = Self { given, jwks_url: None, members, rules };
        for (name, found) in members_of(json)? {
            let Some(option) = known.iter().find(|option| **option == name) else {
                let problem = text!("unknown; {} takes {}", line.name, known.join(", "));
                return Err(PolicyError::at(found.path(), problem));
            };
            match *option {
                POLICY => options.read_policy(&found)?,
                JWKS_URL => options.jwks_url = Some(text(&found)?),
                option => options.given.push((option, value(option, &found)?)),
            }
        }
        Ok(options)
    }

    fn read_policy(&mut self, found: &Found<'_>) -> Result<(), PolicyError> {
        for (name, member) in found.members("an object with members of a policy")? {
            if name == RULES {
                let rules = member.elements("an array of rules")?;
                self.rules = rules.iter().map(|rule| String::from(rule.value().raw())).collect();
            } else {
                let value = String::from(member.value().raw());
                self.members.push((name, value));
            }
        }
        Ok(())
    }

    fn has(&self, option: &str) -> bool {
        self.given.iter().any(|(name, _)| *name == option)
    }

    fn preset(
        mut self,
        line: &'static Line,
        parameters: &Parameters,
    ) -> Result<Preset, PolicyError> {
        for demand in line.demands {
            let is_met = demand.one_of.iter().any(|option| self.has(option));
            if let (Some(first), false) = (demand.one_of.first(), is_met) {
                let names = demand.one_of.join(" or ");
                return Err(PolicyError::at(
                    *first,
                    text!("missing; add {names}: {}", demand.what),
                ));
            }
        }
        let keys = self.keys(line, parameters);
        let document = self.document(line, parameters)?;
        check(line.kind, &document)?;
        Ok(Preset { kind: line.kind, document, keys })
    }

    fn keys(&mut self, line: &Line, parameters: &Parameters) -> PresetKeys {
        let url = self.jwks_url.take();
        match (line.keys, url) {
            (Keys::OfCaller { purposes, .. }, Some(url)) => PresetKeys::JwksUrl { url, purposes },
            (_, Some(url)) => PresetKeys::JwksUrl { url, purposes: &[] },
            (Keys::OfCaller { what, purposes }, None) => PresetKeys::OfCaller { what, purposes },
            (Keys::Issuer(issuer), None) => PresetKeys::Issuer { issuer: parameters.fill(issuer) },
            (Keys::JwksUrl(url), None) => {
                PresetKeys::JwksUrl { url: parameters.fill(url), purposes: &[] }
            }
            (Keys::CertificatesUrl(url, algorithm), None) => PresetKeys::CertificatesUrl {
                url: parameters.fill(url),
                algorithms: Algorithm::from_name(algorithm)
                    .map_or(AlgorithmSet::EMPTY, AlgorithmSet::from),
            },
        }
    }

    fn document(self, line: &Line, parameters: &Parameters) -> Result<String, PolicyError> {
        let mut members = Vec::new();
        if let Kind::Profile(name) = line.kind {
            members.push((String::from("profile"), json::quoted(name)));
        }
        let mut rules = Vec::new();
        for part in parts(line) {
            let value = match part.when {
                When::Always => None,
                When::Given(option) => match self.given.iter().find(|(name, _)| *name == option) {
                    Some((_, value)) => Some(value),
                    None => continue,
                },
                When::NotGiven(option) if self.has(option) => continue,
                When::NotGiven(_) => None,
            };
            let mut text = parameters.fill(part.text);
            if let Some(value) = value {
                text = text.replacen('$', value, 1);
            }
            match text.split_once(':') {
                Some((name, value)) if !text.starts_with('{') => {
                    let name = name.trim_matches('"');
                    if !members.iter().any(|(known, _)| known == name) {
                        members.push((String::from(name), String::from(value)));
                    }
                }
                _ => rules.push(text),
            }
        }
        for (name, value) in self.members {
            if members.iter().any(|(known, _)| *known == name) {
                let path = text!("{POLICY}.{}", Excerpt::of(&name));
                return Err(PolicyError::at(path, "the preset decides it; leave it out"));
            }
            members.push((name, value));
        }
        rules.extend(self.rules);
        if !rules.is_empty() {
            members.push((String::from(RULES), text!("[{}]", rules.join(","))));
        }
        let members = members.iter().map(|(name, value)| text!("{}:{value}", json::quoted(name)));
        Ok(text!("{{{}}}", members.collect::<Vec<_>>().join(",")))
    }
}

/// The JSON value of an option.
fn value(option: &str, found: &Found<'_>) -> Result<String, PolicyError> {
    if TEXTS.contains(&option) {
        return text(found).map(|text| json::quoted(&text));
    }
    if WAIVABLE.contains(&option) && found.value().is_null() {
        return Ok(String::from("null"));
    }
    let names = found.names("an array of strings")?;
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        return Err(PolicyError::at(found.path(), BLANK));
    }
    Ok(array(&names))
}

fn text(found: &Found<'_>) -> Result<String, PolicyError> {
    let text = String::read(found)?;
    if text.trim().is_empty() { Err(PolicyError::at(found.path(), BLANK)) } else { Ok(text) }
}

/// Checks that the document makes a verifier.
fn check(kind: Kind, document: &str) -> Result<(), PolicyError> {
    match kind {
        Kind::Policy => Policy::from_json(document).and_then(Verifier::new).map(drop),
        Kind::Profile(_) => Profile::from_json(document).map(drop),
        Kind::LoadBalancer => AlbVerifier::from_json(document).map(drop),
        Kind::NotForYou(advice) => Err(PolicyError::at(PROVIDER, advice)),
    }
}

fn array<T: AsRef<str>>(names: &[T]) -> String {
    let names = names.iter().map(|name| json::quoted(name.as_ref()));
    text!("[{}]", names.collect::<Vec<_>>().join(","))
}

/// The options that are one string.
const TEXTS: [&str; 4] = ["client_id", "subject", "project_role", "ref_protected"];
/// The options that null waives.
const WAIVABLE: [&str; 3] = ["tenants", "issuers", "authorized_parties"];
/// The options that a service calls itself by.
const NAMES_OF_CALLER: [&str; 3] = [AUDIENCE, "client_ids", "client_id"];

const AUDIENCE: &str = "audience";
const JWKS_URL: &str = "jwks_url";
const POLICY: &str = "policy";
const RULES: &str = "rules";
const BLANK: &str = "it is empty or contains a blank text, as that of an unset variable";
