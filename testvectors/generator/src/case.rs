//! A test case under construction, and its JSON.

use serde_json::{Map, Value, json};

use crate::{keys, signing};

/// The issuer that every policy accepts unless its case says otherwise.
pub const ISSUER: &str = "https://issuer.example";
/// The audience of every policy unless its case says otherwise.
pub const AUDIENCE: &str = "https://api.example";
/// The time of verification unless the case says otherwise.
pub const NOW: &str = "1700000000";
/// A payload that the usual policy accepts.
pub const PAYLOAD: &str = concat!(
    r#"{"iss":"https://issuer.example","aud":"https://api.example","#,
    r#""sub":"alice","exp":1700003600}"#
);

/// Longer payloads would only bloat the files, so no case expects them.
const LONGEST_EXPECTED_PAYLOAD: usize = 1000;

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;
type Edit = Box<dyn Fn(String) -> String>;

enum Keys {
    Set(Value),
    Text(String),
}

enum Presented {
    Signed,
    Text(String),
    Octets(Vec<u8>),
    Repeat { prefix: String, unit: String, times: usize, suffix: String },
    Authorization(Option<String>),
}

/// A case. Everything that it does not set has a default with which the token is valid.
pub struct Case {
    id: String,
    title: String,
    why: String,
    refs: Vec<String>,
    cves: Vec<String>,
    requires: Vec<String>,
    keys: Option<Keys>,
    jwks_options: Vec<String>,
    jwks_certificates: Vec<String>,
    jwks_purposes: Vec<String>,
    alb: Option<Value>,
    key: String,
    algorithm: String,
    header: Option<String>,
    payload: Vec<u8>,
    signer: Option<Sign>,
    edit: Option<Edit>,
    presented: Presented,
    signature_only: bool,
    policy: Map<String, Value>,
    profile: Option<Map<String, Value>>,
    expectations: Option<Value>,
    replay_window: Option<&'static str>,
    checked: Option<Value>,
    now: String,
    expect: Option<Value>,
    skipped: Option<Value>,
}

/// Starts a case with its id, its title, its reason and its references.
pub fn case(id: impl Into<String>, title: impl Into<String>, why: &str, refs: &[&str]) -> Case {
    let policy = json!({ "issuers": [ISSUER], "audiences": [AUDIENCE] });
    Case {
        id: id.into(),
        title: title.into(),
        why: why.into(),
        refs: refs.iter().map(ToString::to_string).collect(),
        cves: Vec::new(),
        requires: Vec::new(),
        keys: None,
        jwks_options: Vec::new(),
        jwks_certificates: Vec::new(),
        jwks_purposes: Vec::new(),
        alb: None,
        key: "p256".into(),
        algorithm: "ES256".into(),
        header: None,
        payload: PAYLOAD.into(),
        signer: None,
        edit: None,
        presented: Presented::Signed,
        signature_only: false,
        policy: policy.as_object().expect("an object").clone(),
        profile: None,
        expectations: None,
        replay_window: None,
        checked: None,
        now: NOW.into(),
        expect: None,
        skipped: None,
    }
}

impl Case {
    /// Sets the vulnerabilities that this case guards against.
    pub fn cves(mut self, cves: &[&str]) -> Case {
        self.cves = cves.iter().map(ToString::to_string).collect();
        self
    }

    /// Adds a feature that a verifier needs to run the case.
    pub fn requires(mut self, ability: &str) -> Case {
        self.requires.push(ability.into());
        self
    }

    /// Signs with this key; by default the header has its `kid` and the set contains only this key.
    pub fn key(mut self, key: &str, algorithm: &str) -> Case {
        self.key = key.into();
        self.algorithm = algorithm.into();
        self
    }

    /// Sets the exact text of the header.
    pub fn header(mut self, text: impl Into<String>) -> Case {
        self.header = Some(text.into());
        self
    }

    /// Sets the exact octets of the payload.
    pub fn payload(mut self, octets: impl Into<Vec<u8>>) -> Case {
        self.payload = octets.into();
        self
    }

    /// Adds or replaces members of the usual payload, and removes those that are null here.
    pub fn claims(mut self, changes: Value) -> Case {
        let mut claims: Map<String, Value> = serde_json::from_str(PAYLOAD).expect("an object");
        for (claim, value) in changes.as_object().expect("changes are an object") {
            if value.is_null() {
                claims.shift_remove(claim);
            } else {
                claims.insert(claim.clone(), value.clone());
            }
        }
        self.payload = Value::Object(claims).to_string().into();
        self
    }

    /// Signs in another way than with the key and the algorithm.
    pub fn signer(mut self, signer: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Case {
        self.signer = Some(Box::new(signer));
        self
    }

    /// Sets the signature's octets.
    pub fn signature(self, octets: Vec<u8>) -> Case {
        self.signer(move |_| octets.clone())
    }

    /// Changes the signed token afterwards.
    pub fn edit(mut self, edit: impl Fn(String) -> String + 'static) -> Case {
        self.edit = Some(Box::new(edit));
        self
    }

    /// Uses this text instead of a signed token.
    pub fn token(mut self, token: impl Into<String>) -> Case {
        self.presented = Presented::Text(token.into());
        self
    }

    /// Uses these octets instead of a signed token.
    pub fn token_octets(mut self, octets: Vec<u8>) -> Case {
        self.presented = Presented::Octets(octets);
        self
    }

    /// Uses a text with a repeated part instead of a signed token.
    pub fn repeat(mut self, prefix: &str, unit: &str, times: usize, suffix: &str) -> Case {
        self.presented = Presented::Repeat {
            prefix: prefix.into(),
            unit: unit.into(),
            times,
            suffix: suffix.into(),
        };
        self
    }

    /// Uses an Authorization header, in which `TOKEN` becomes the signed token.
    pub fn authorization(mut self, value: Option<&str>) -> Case {
        self.presented = Presented::Authorization(value.map(Into::into));
        self
    }

    /// Sets the key set, as a list of its keys.
    pub fn keys(mut self, keys: impl Into<Vec<Value>>) -> Case {
        self.keys = Some(Keys::Set(json!({ "keys": keys.into() })));
        self
    }

    /// Sets the key set, as a whole value.
    pub fn jwks(mut self, set: Value) -> Case {
        self.keys = Some(Keys::Set(set));
        self
    }

    /// Sets the key set, as exact text.
    pub fn jwks_text(mut self, text: impl Into<String>) -> Case {
        self.keys = Some(Keys::Text(text.into()));
        self
    }

    /// Sets what the parser of the set tolerates.
    pub fn jwks_options(mut self, options: &[&str]) -> Case {
        self.jwks_options = options.iter().map(ToString::to_string).collect();
        self
    }

    /// The set is a map of `kid` and certificate, whose keys are for these algorithms.
    pub fn jwks_certificates(mut self, algorithms: &[&str]) -> Case {
        self.jwks_certificates = algorithms.iter().map(ToString::to_string).collect();
        self
    }

    /// Sets the values that the keys' `use` must have.
    pub fn jwks_purposes(mut self, names: &[&str]) -> Case {
        self.jwks_purposes = names.iter().map(ToString::to_string).collect();
        self
    }

    /// The token is one of a load balancer, for a verifier with this document.
    pub fn alb(mut self, document: Value) -> Case {
        self.alb = Some(document);
        self
    }

    /// Sets id and title.
    pub fn named(mut self, id: &str, title: &str) -> Case {
        (self.id, self.title) = (id.into(), title.into());
        self
    }

    /// Verifies only the signature and ignores the payload.
    pub fn signature_only(mut self) -> Case {
        self.signature_only = true;
        self
    }

    /// Adds or replaces members of the policy.
    pub fn policy(mut self, changes: Value) -> Case {
        for (name, value) in changes.as_object().expect("changes are an object") {
            self.policy.insert(name.clone(), value.clone());
        }
        self
    }

    /// Replaces the whole policy.
    pub fn document(mut self, document: Value) -> Case {
        self.policy = document.as_object().expect("a policy is an object").clone();
        self
    }

    /// Verifies with a profile instead of a policy; adds or replaces members of its settings, and
    /// removes those that are null here and were there before.
    pub fn profile(mut self, changes: Value) -> Case {
        let mut settings = self.profile.take().unwrap_or_default();
        for (name, value) in changes.as_object().expect("changes are an object") {
            if value.is_null() && settings.contains_key(name) {
                settings.shift_remove(name);
            } else {
                settings.insert(name.clone(), value.clone());
            }
        }
        self.profile = Some(settings);
        self
    }

    /// Sets what the call expects of a profile's token.
    pub fn expectations(mut self, expectations: Value) -> Case {
        self.expectations = Some(expectations);
        self
    }

    /// Sets the state of the window for replays: `has_token` or `full`.
    pub fn replay_window(mut self, state: &'static str) -> Case {
        self.replay_window = Some(state);
        self
    }

    /// The token must be accepted, and these are the claims that the profile has checked.
    pub fn checked(mut self, claims: Value) -> Case {
        self.checked = Some(claims);
        self.valid()
    }

    /// Sets the time of verification.
    pub fn now(mut self, now: &str) -> Case {
        self.now = now.into();
        self
    }

    /// Sets the keys that must be reported as unusable, by their index in the set.
    pub fn skipped(mut self, keys: &[(usize, &str)]) -> Case {
        let list = keys.iter().map(|(index, reason)| json!({ "index": index, "reason": reason }));
        self.skipped = Some(list.collect());
        self
    }

    /// The token must be accepted.
    pub fn valid(mut self) -> Case {
        self.expect = Some(json!({ "valid": {} }));
        self
    }

    /// The token must be refused with this code.
    pub fn error(mut self, code: &str) -> Case {
        self.expect = Some(json!({ "error": code }));
        self
    }

    /// The token must be refused with this code because of this claim.
    pub fn claim_error(mut self, code: &str, claim: &str) -> Case {
        self.expect = Some(json!({ "error": code, "claim": claim }));
        self
    }

    /// The case as JSON.
    pub fn finish(self) -> Value {
        let expect = self.expect.clone().unwrap_or_else(|| panic!("{} expects nothing", self.id));
        let whole = self.whole_token();
        let mut case = Map::new();
        case.insert("id".into(), json!(self.id));
        case.insert("title".into(), json!(self.title));
        case.insert("why".into(), json!(self.why));
        case.insert("refs".into(), json!(self.refs));
        let mut requires = self.requires.clone();
        if self.profile.is_some() {
            requires.push("profiles".into());
        }
        for (name, list) in [("cves", &self.cves), ("requires", &requires)] {
            if !list.is_empty() {
                case.insert(name.into(), json!(list));
            }
        }
        let (name, value) = match &self.keys {
            None => ("jwks", json!({ "keys": [keys::public(&self.key)] })),
            Some(Keys::Set(set)) => ("jwks", set.clone()),
            Some(Keys::Text(text)) => ("jwks_text", json!(text)),
        };
        case.insert(name.into(), value);
        if !self.jwks_options.is_empty() {
            case.insert("jwks_options".into(), json!(self.jwks_options));
        }
        for (name, list) in
            [("jwks_certificates", &self.jwks_certificates), ("jwks_purposes", &self.jwks_purposes)]
        {
            if !list.is_empty() {
                case.insert(name.into(), json!(list));
            }
        }
        let (name, value) = self.presented(&whole);
        case.insert(name.into(), value);
        if self.signature_only {
            case.insert("mode".into(), json!("jws"));
        }
        if let Some(document) = &self.alb {
            case.insert("alb".into(), document.clone());
        }
        match &self.profile {
            None => {
                case.insert("policy".into(), Value::Object(self.policy.clone()));
            }
            Some(settings) => {
                case.insert("profile".into(), Value::Object(settings.clone()));
                if let Some(expectations) = &self.expectations {
                    case.insert("expectations".into(), expectations.clone());
                }
                if let Some(state) = self.replay_window {
                    case.insert("replay_window".into(), json!(state));
                }
            }
        }
        case.insert("now".into(), json!(self.now));
        let valid = expect.get("valid").is_some();
        let mut expect = if valid { expected(&whole) } else { expect };
        if let Some(claims) = &self.checked {
            expect["valid"]["checked"] = claims.clone();
        }
        case.insert("expect".into(), expect);
        if let Some(skipped) = &self.skipped {
            case.insert("skipped_keys".into(), skipped.clone());
        }
        Value::Object(case)
    }

    fn presented(&self, whole: &str) -> (&'static str, Value) {
        match &self.presented {
            Presented::Signed | Presented::Text(_) => ("token", json!(whole)),
            Presented::Octets(octets) => {
                let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
                ("token_hex", json!(hex))
            }
            Presented::Repeat { prefix, unit, times, suffix } => {
                let parts =
                    json!({ "prefix": prefix, "unit": unit, "times": times, "suffix": suffix });
                ("token_repeat", parts)
            }
            Presented::Authorization(value) => {
                let value = value.as_ref().map(|value| value.replace("TOKEN", whole));
                ("authorization", json!(value))
            }
        }
    }

    fn whole_token(&self) -> String {
        match &self.presented {
            Presented::Text(token) => token.clone(),
            Presented::Octets(_) => String::new(),
            Presented::Repeat { prefix, unit, times, suffix } => {
                format!("{prefix}{}{suffix}", unit.repeat(*times))
            }
            Presented::Signed | Presented::Authorization(_) => {
                let header = self.header.clone().unwrap_or_else(|| {
                    json!({ "alg": self.algorithm, "kid": self.key }).to_string()
                });
                let input = format!("{}.{}", keys::encode(header), keys::encode(&self.payload));
                let signature = match &self.signer {
                    Some(signer) => signer(input.as_bytes()),
                    None => signing::sign(&self.key, &self.algorithm, input.as_bytes()),
                };
                let token = format!("{input}.{}", keys::encode(signature));
                self.edit.as_ref().map_or_else(|| token.clone(), |edit| edit(token.clone()))
            }
        }
    }
}

/// What a verifier must report about an accepted token: the content of its segments.
fn expected(token: &str) -> Value {
    let token = token.replace('=', "");
    let segments: Vec<&str> = token.split('.').collect();
    let header = String::from_utf8(keys::decode(segments[0])).expect("an accepted header is text");
    // JSON allows this number; this parser does not.
    let header: Value = serde_json::from_str(&header.replace("1e400", "0"))
        .unwrap_or_else(|error| panic!("{header} must be accepted: {error}"));
    let payload = keys::decode(segments[1]);
    let mut valid = Map::new();
    if let Some(kid) = header.get("kid") {
        valid.insert("kid".into(), kid.clone());
    }
    // One algorithm has two names, and the verifier may report either.
    if header["alg"] != "EdDSA" && header["alg"] != "Ed25519" {
        valid.insert("alg".into(), header["alg"].clone());
    }
    if payload.len() <= LONGEST_EXPECTED_PAYLOAD {
        match String::from_utf8(payload) {
            Ok(text) => valid.insert("payload".into(), json!(text)),
            Err(_) => valid.insert("payload_base64url".into(), json!(segments[1])),
        };
    }
    json!({ "valid": valid })
}
