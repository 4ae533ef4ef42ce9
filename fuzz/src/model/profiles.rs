//! The rules of `core/guide/profiles.md` that every accepted token of a profile satisfies, a second time.
//! Only accepted tokens are compared: a rule that is missing here finds fewer faults, but reports no false ones.

use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::oracle::base64url;

/// A token that a profile has accepted, and what was asked.
#[allow(missing_docs)]
pub struct Accepted<'v> {
    pub settings: &'v Value,
    pub expectations: &'v Value,
    pub header: &'v Value,
    pub payload: &'v Value,
    /// Seconds since the epoch.
    pub now: i64,
}

/// The first rule that the token breaks.
pub fn broken_rule(token: &Accepted<'_>) -> Option<&'static str> {
    let rules = match token.settings["profile"].as_str().expect("a name") {
        "id-token" => token.of_id_token(),
        "logout-token" => token.of_logout_token(),
        "security-event" => token.of_security_event(),
        "access-token" => token.of_access_token(),
        other => panic!("{other}"),
    };
    rules.into_iter().find(|(_, is_kept)| !is_kept).map(|(rule, _)| rule)
}

type Rules = Vec<(&'static str, bool)>;

impl Accepted<'_> {
    /// OpenID Connect Core 1.0 §2, §3.1.3.7.
    fn of_id_token(&self) -> Rules {
        let Self { settings, expectations, payload, .. } = self;
        let audiences = self.audiences();
        let trusted = names(&settings["trusted_audiences"]);
        let client = settings["client_id"].as_str().expect("a client");
        let parties = match settings.get("authorized_parties") {
            None => Some(vec![client]),
            Some(Value::Null) => None,
            Some(parties) => Some(names(parties)),
        };
        let party = payload.get("azp").and_then(Value::as_str);
        let subject = payload["sub"].as_str().unwrap_or_default();
        let nonce = payload.get("nonce").and_then(Value::as_str);
        vec![
            ("iss", payload["iss"] == settings["issuer"]),
            ("aud has the client", audiences.contains(&client)),
            (
                "aud is trusted",
                audiences.iter().all(|name| *name == client || trusted.contains(name)),
            ),
            ("typ", self.is_typed(&["jwt"], true)),
            ("sub", (1..=255).contains(&subject.len()) && subject.is_ascii()),
            ("exp", payload["exp"].is_number()),
            ("iat", payload["iat"].is_number()),
            ("azp is there", audiences.len() < 2 || party.is_some()),
            (
                "azp",
                party.is_none_or(|party| parties.as_ref().is_none_or(|all| all.contains(&party))),
            ),
            ("nonce", expectations.get("nonce").is_none_or(|sent| sent.as_str() == nonce)),
            (
                "no nonce",
                expectations.get("without_nonce").is_none() || payload.get("nonce").is_none(),
            ),
            ("auth_time", self.is_recent("max_age")),
            ("acr", self.is_in_context()),
            ("no event of a logout", payload["events"].get(LOGOUT).is_none()),
            ("at_hash", self.is_bound("access_token", "at_hash")),
            ("c_hash", self.is_bound("code", "c_hash")),
            (
                "s_hash",
                self.is_bound("state", "s_hash") && self.is_bound("required_state", "s_hash"),
            ),
            (
                "s_hash is there",
                expectations.get("required_state").is_none() || payload.get("s_hash").is_some(),
            ),
        ]
    }

    /// OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6.
    fn of_logout_token(&self) -> Rules {
        let Self { settings, payload, .. } = self;
        let is_strict = settings.get("strict_type").is_some();
        let types: &[&str] = if is_strict { &["logout+jwt"] } else { &["logout+jwt", "jwt"] };
        let waived = settings.get("allow_missing_expiry").is_some();
        let is_name = |name: &str| payload[name].as_str().is_some_and(|text| !text.is_empty());
        vec![
            ("iss", payload["iss"] == settings["issuer"]),
            ("aud", self.audiences().contains(&settings["client_id"].as_str().expect("a client"))),
            ("typ", self.is_typed(types, !is_strict)),
            ("exp", waived || payload["exp"].is_number()),
            ("iat", payload["iat"].is_number()),
            ("jti", is_name("jti")),
            ("sub or sid", is_name("sub") || is_name("sid")),
            ("events", payload["events"][LOGOUT].is_object()),
            ("no nonce", payload.get("nonce").is_none()),
        ]
    }

    /// RFC 8417 §2.
    fn of_security_event(&self) -> Rules {
        let Self { settings, payload, .. } = self;
        let is_shared = settings.get("shared_signals").is_some();
        let events = payload["events"].as_object();
        vec![
            ("iss", payload["iss"] == settings["issuer"]),
            ("aud", self.audiences().contains(&settings["audience"].as_str().expect("a name"))),
            ("typ", self.is_typed(&["secevent+jwt"], settings.get("allow_missing_type").is_some())),
            ("iat", payload["iat"].is_number()),
            ("jti", payload["jti"].as_str().is_some_and(|text| !text.is_empty())),
            (
                "events",
                events.is_some_and(|all| {
                    !all.is_empty()
                        && all.iter().all(|(name, it)| name.contains(':') && it.is_object())
                }),
            ),
            ("no exp", !is_shared || payload.get("exp").is_none()),
            ("no sub", !is_shared || payload.get("sub").is_none()),
        ]
    }

    /// RFC 9068 §2.2, §4.
    fn of_access_token(&self) -> Rules {
        let Self { settings, payload, .. } = self;
        let is_text = |name: &str| payload[name].is_string();
        let clients = settings.get("client_ids").map(names);
        vec![
            ("typ", self.is_typed(&["at+jwt"], false)),
            ("iss", is_text("iss")),
            ("aud", !payload["aud"].is_null()),
            ("exp", payload["exp"].is_number()),
            ("iat", payload["iat"].is_number()),
            ("sub", is_text("sub")),
            ("jti", is_text("jti")),
            ("client_id", is_text("client_id")),
            (
                "client_ids",
                clients
                    .is_none_or(|all| all.contains(&payload["client_id"].as_str().expect("text"))),
            ),
            ("auth_time", self.is_recent("max_authentication_age")),
            ("acr", self.is_in_context()),
        ]
    }

    /// RFC 7519 §5.1, RFC 7515 §4.1.9.
    fn is_typed(&self, types: &[&str], may_be_missing: bool) -> bool {
        let Some(found) = self.header.get("typ") else { return may_be_missing };
        let found = found.as_str().unwrap_or_default().to_ascii_lowercase();
        types.contains(&found.strip_prefix("application/").unwrap_or(&found))
    }

    fn audiences(&self) -> Vec<&str> {
        match &self.payload["aud"] {
            Value::String(one) => vec![one],
            several => names(several),
        }
    }

    /// With a second and the leeway to spare.
    fn is_recent(&self, member: &str) -> bool {
        let Some(age) = self.expectations.get(member) else { return true };
        let seconds = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
        let leeway = self.settings.get("leeway").map_or(Some(30.0), seconds).expect("seconds");
        let age = seconds(age).expect("seconds");
        self.payload["auth_time"].as_f64().is_some_and(|at| {
            at >= self.now as f64 - age - leeway - 1.0 && at <= self.now as f64 + leeway + 1.0
        })
    }

    fn is_in_context(&self) -> bool {
        let Some(contexts) = self.expectations.get("acr") else { return true };
        self.payload["acr"].as_str().is_some_and(|acr| names(contexts).contains(&acr))
    }

    /// §3.1.3.6: half of the hash that the algorithm uses. In the front channel it must be there.
    fn is_bound(&self, member: &str, claim: &str) -> bool {
        let Some(text) = self.expectations.get(member) else { return true };
        let Some(hash) = self.payload.get(claim) else {
            return member.ends_with("state") || self.expectations["channel"] != "front";
        };
        let text = text.as_str().expect("text").as_bytes();
        let alg = self.header["alg"].as_str().expect("text");
        let digest = match alg {
            "EdDSA" | "Ed25519" => Sha512::digest(text).to_vec(),
            _ if alg.ends_with("256") => Sha256::digest(text).to_vec(),
            _ if alg.ends_with("384") => Sha384::digest(text).to_vec(),
            _ => Sha512::digest(text).to_vec(),
        };
        hash.as_str() == Some(&*base64url::encode(&digest[..digest.len() / 2]))
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
