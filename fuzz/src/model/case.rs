//! One verification in the form of a test vector: keys, token, policy, time.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::oracle::decimal::Decimal;

/// The input of a verification.
#[derive(Clone, Debug)]
pub struct Case {
    /// The set's text; `None` if keys are unavailable.
    pub keys: Option<Vec<u8>>,
    /// How the set is parsed.
    pub jwks_options: Vec<JwksOption>,
    /// The token.
    pub token: Vec<u8>,
    /// Whether the payload is checked.
    pub mode: Mode,
    /// The policy.
    pub policy: Policy,
    /// Decimal seconds.
    pub now: String,
}

/// What the parser of a set tolerates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum JwksOption {
    PaddedBase64,
    ShortCoordinates,
    SingleKey,
}

/// `jws`: only the signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// All of it.
    #[default]
    Jwt,
    /// Only the signature.
    Jws,
}

/// The members of a vector's `policy`; missing ones have the library's defaults. Claim rules, issuer
/// templates and the objects of audiences and types are not modelled; a case with one is not read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Policy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithms: Option<Vec<String>>,
    pub issuers: Option<Vec<String>>,
    pub audiences: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub types: Option<Option<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_claims: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_exp: Option<bool>,
    pub numeric_subject: bool,
    pub future_issued_at: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leeway: Option<String>,
    pub symmetric_keys: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime_by: Option<LifetimeClasses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_roles: Option<Roles>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub expected_claims: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Revocation>,
    pub limits: Limits,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LifetimeClasses {
    pub claim: String,
    pub ceilings: BTreeMap<String, String>,
    #[serde(default)]
    pub default: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Roles {
    pub path: Vec<String>,
    pub roles: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Revocation {
    Clear,
    Revoked,
    Unavailable,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_octets: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_octets: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_keys: Option<usize>,
}

impl Policy {
    /// Whether a verifier accepts such a policy: no empty list, no blank name, no leeway of more
    /// than ten minutes, no maximum of zero or of more than a hundred years, no limit of zero, and
    /// no value so deep that the document has more than 32 levels.
    pub fn makes_sense(&self) -> bool {
        let says = |name: &String| name.chars().any(|character| !character.is_whitespace());
        let named = |names: &[String]| !names.is_empty() && names.iter().all(says);
        let ceilings = self.max_lifetime_by.iter();
        let ceilings = ceilings.flat_map(|by| by.ceilings.values().chain(&by.default));
        let mut ceilings =
            ceilings.chain([&self.max_age, &self.max_lifetime].into_iter().flatten());
        let one_word = |scope: &String| !scope.chars().any(char::is_whitespace);
        let within = |text: &String, longest: i128| nanoseconds(text) <= longest * 1_000_000_000;
        self.algorithms.as_ref().is_none_or(|names| {
            named(names) && names.iter().all(|name| super::keys::known(name).is_some())
        }) && self.issuers.as_deref().is_none_or(named)
            && self.audiences.as_deref().is_none_or(named)
            && self.types.iter().flatten().all(|types| named(types))
            && self.required_claims.as_deref().is_none_or(named)
            && self.expected_claims.keys().all(says)
            && self.required_scopes.as_deref().is_none_or(named)
            && self.required_scopes.iter().flatten().all(one_word)
            && self.max_lifetime_by.iter().all(|by| {
                says(&by.claim)
                    && by.ceilings.keys().all(says)
                    && (by.default.is_some() || !by.ceilings.is_empty())
            })
            && self.required_roles.iter().all(|roles| named(&roles.path) && named(&roles.roles))
            && [self.limits.token_octets, self.limits.jwks_octets, self.limits.jwks_keys]
                .iter()
                .all(|limit| *limit != Some(0))
            && self.expected_claims.values().all(|value| levels(value) <= 30)
            && self.leeway.iter().all(|time| !time.starts_with('-') && within(time, 600))
            && ceilings.all(|time| nanoseconds(time) > 0 && within(time, 3_155_760_000))
    }

    /// `typ` (RFC 8725 §3.11): ASCII case-insensitive; `application/` may be omitted.
    pub fn takes_type(&self, typ: Option<&str>) -> bool {
        let short = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.strip_prefix("application/").map(str::to_owned).unwrap_or(name)
        };
        match (&self.types, typ) {
            (Some(None), _) | (None, None) => true,
            (Some(Some(_)), None) => false,
            (None, Some(typ)) => ["jwt", "at+jwt"].contains(&short(typ).as_str()),
            (Some(Some(names)), Some(typ)) => names.iter().any(|name| short(name) == short(typ)),
        }
    }
}

impl Case {
    /// The parts of a vector's case that a verification needs; `None` if the text is not a case, or
    /// if a time in it is not the plain decimal text of vectors.
    pub fn from_vector(text: &str) -> Option<Self> {
        let members = serde_json::from_str::<Members>(text).ok()?;
        let apart = [members.jwks_certificates, members.jwks_purposes, members.alb];
        if apart.iter().any(Option::is_some) {
            return None;
        }
        let keys = match (members.jwks, members.jwks_text) {
            (Some(None), None) => None,
            (Some(Some(raw)), None) => Some(raw.get().as_bytes().to_vec()),
            (None, Some(text)) => Some(text.into_bytes()),
            _ => return None,
        };
        let token = match (members.token, members.token_hex, members.token_repeat) {
            (Some(token), None, None) => token.into_bytes(),
            (None, Some(digits), None) => octets(&digits)?,
            (None, None, Some(repeat)) if repeat.unit.len() * repeat.times < 1 << 20 => {
                let (unit, times) = (repeat.unit, repeat.times);
                format!("{}{}{}", repeat.prefix, unit.repeat(times), repeat.suffix).into_bytes()
            }
            (None, None, None) => {
                let value = members.authorization?;
                verijot::request::bearer::token(Some(value.as_bytes())).ok()?.to_vec()
            }
            _ => return None,
        };
        let now = members.now.unwrap_or_else(|| String::from("0"));
        let case = Self {
            keys,
            jwks_options: members.jwks_options,
            token,
            mode: members.mode,
            policy: members.policy,
            now,
        };
        let plain = case.times().all(|text| is_plain(text));
        plain.then_some(case)
    }

    /// The case as a vector, without the human-readable members and its expectation.
    pub fn to_vector(&self) -> String {
        let mut vector = serde_json::Map::new();
        match self.keys.as_deref().map(std::str::from_utf8) {
            None => vector.insert("jwks".into(), Value::Null),
            Some(Ok(text)) => vector.insert("jwks_text".into(), text.into()),
            Some(Err(_)) => vector.insert("jwks_octets".into(), format!("{:?}", self.keys).into()),
        };
        if !self.jwks_options.is_empty() {
            let options = serde_json::to_value(&self.jwks_options).expect("names");
            vector.insert("jwks_options".into(), options);
        }
        match std::str::from_utf8(&self.token) {
            Ok(token) => vector.insert("token".into(), token.into()),
            Err(_) => {
                let digits = self.token.iter().map(|octet| format!("{octet:02x}"));
                vector.insert("token_hex".into(), digits.collect::<String>().into())
            }
        };
        vector.insert("mode".into(), serde_json::to_value(self.mode).expect("a name"));
        vector.insert("policy".into(), serde_json::to_value(&self.policy).expect("plain"));
        vector.insert("now".into(), self.now.clone().into());
        Value::Object(vector).to_string()
    }

    fn times(&self) -> impl Iterator<Item = &String> {
        let policy = &self.policy;
        let ceilings = policy.max_lifetime_by.iter();
        let ceilings = ceilings.flat_map(|by| by.ceilings.values().chain(&by.default));
        let times = [&policy.leeway, &policy.max_age, &policy.max_lifetime];
        times.into_iter().flatten().chain(ceilings).chain([&self.now])
    }
}

/// The depth of a value.
fn levels(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(levels).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

/// Decimal seconds of a vector in nanoseconds.
pub fn nanoseconds(text: &str) -> i128 {
    Decimal::parse(text).expect("checked when the case was made").nanoseconds().0
}

/// The format in vectors: at most 18 digits, then at most nine decimals.
fn is_plain(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let plain = unsigned.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    plain && whole.len() <= 18 && fraction.len() <= 9 && Decimal::parse(text).is_some()
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|start| u8::from_str_radix(&digits[start..start + 2], 16).ok()).collect()
}

#[derive(Deserialize)]
struct Members {
    #[serde(default, deserialize_with = "present")]
    jwks: Option<Option<Box<RawValue>>>,
    jwks_text: Option<String>,
    #[serde(default)]
    jwks_options: Vec<JwksOption>,
    token: Option<String>,
    token_hex: Option<String>,
    token_repeat: Option<Repetition>,
    authorization: Option<String>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    policy: Policy,
    now: Option<String>,
    /// What the model does not have.
    jwks_certificates: Option<Box<RawValue>>,
    jwks_purposes: Option<Box<RawValue>>,
    alb: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Repetition {
    #[serde(default)]
    prefix: String,
    unit: String,
    times: usize,
    #[serde(default)]
    suffix: String,
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
