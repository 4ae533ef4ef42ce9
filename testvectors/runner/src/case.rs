//! The types of a case; unknown members are errors.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Only the id of a case that otherwise violates the format.
#[derive(Deserialize)]
pub(crate) struct Identified {
    pub(crate) id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "why", default)]
    _why: Option<String>,
    #[serde(rename = "refs", default)]
    _refs: Vec<String>,
    #[serde(rename = "cves", default)]
    _cves: Vec<String>,
    /// Features that a verifier may lack.
    #[serde(default)]
    pub(crate) requires: Vec<String>,
    /// The set as an object; null if keys are unavailable.
    #[serde(default, deserialize_with = "present")]
    pub(crate) jwks: Option<Option<Box<RawValue>>>,
    pub(crate) jwks_text: Option<String>,
    /// What the parser of the set tolerates.
    #[serde(default)]
    pub(crate) jwks_options: Vec<JwksOption>,
    /// The set is a map of `kid` and certificate, whose keys are for these algorithms.
    pub(crate) jwks_certificates: Option<Vec<String>>,
    /// The values that the keys' `use` must have.
    pub(crate) jwks_purposes: Option<Vec<String>>,
    /// The document of a verifier for tokens of load balancers.
    pub(crate) alb: Option<Box<RawValue>>,
    pub(crate) token: Option<String>,
    pub(crate) token_hex: Option<String>,
    pub(crate) token_repeat: Option<Repetition>,
    /// The value of the Authorization header; null if it is missing.
    #[serde(default, deserialize_with = "present")]
    pub(crate) authorization: Option<Option<String>>,
    #[serde(default)]
    pub(crate) mode: Mode,
    policy: Option<Box<RawValue>>,
    /// The settings of a profile, instead of a policy.
    pub(crate) profile: Option<Box<RawValue>>,
    /// What the call expects of a profile's token.
    pub(crate) expectations: Option<Box<RawValue>>,
    /// The state of the window for replays, which is empty by default.
    #[serde(default)]
    pub(crate) replay_window: WindowState,
    pub(crate) now: Option<String>,
    pub(crate) expect: Expectation,
    pub(crate) skipped_keys: Option<Vec<SkippedKey>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JwksOption {
    PaddedBase64,
    ShortCoordinates,
    /// The text is a single JWK.
    SingleKey,
}

/// A token that is too long to be written out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repetition {
    #[serde(default)]
    prefix: String,
    unit: String,
    times: usize,
    #[serde(default)]
    suffix: String,
}

impl Repetition {
    pub(crate) fn write_out(&self) -> String {
        format!("{}{}{}", self.prefix, self.unit.repeat(self.times), self.suffix)
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WindowState {
    #[default]
    Empty,
    /// The token was presented before.
    HasToken,
    Full,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    #[default]
    Jwt,
    Jws,
}

/// The answer of the caller's revocation check.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RevocationAnswer {
    Clear,
    Revoked,
    Unavailable,
}

/// The members of a policy that are not part of it: what only the caller knows.
#[derive(Deserialize)]
pub(crate) struct Caller {
    pub(crate) known_tenants: Option<Vec<String>>,
    pub(crate) revocation: Option<RevocationAnswer>,
}

impl Case {
    /// The policy's document, and what only the caller knows.
    pub(crate) fn policy(&self) -> Result<(Cow<'_, str>, Caller), String> {
        let text = self.policy.as_ref().ok_or("policy is missing")?.get();
        let error = |error: serde_json::Error| error.to_string();
        let caller = serde_json::from_str::<Caller>(text).map_err(error)?;
        if caller.known_tenants.is_none() && caller.revocation.is_none() {
            return Ok((Cow::Borrowed(text), caller));
        }
        let mut members =
            serde_json::from_str::<BTreeMap<String, &RawValue>>(text).map_err(error)?;
        members.retain(|name, _| !["known_tenants", "revocation"].contains(&name.as_str()));
        Ok((Cow::Owned(serde_json::to_string(&members).map_err(error)?), caller))
    }
}

/// The expected verdict.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Expectation {
    Accepted(Accepted),
    Refused(Refused),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    pub(crate) valid: Facts,
}

/// Any subset of the result of a verification.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Facts {
    #[serde(deserialize_with = "present")]
    pub(crate) kid: Option<Option<String>>,
    pub(crate) alg: Option<String>,
    pub(crate) payload: Option<String>,
    pub(crate) payload_base64url: Option<String>,
    /// The claims that a profile has checked.
    pub(crate) checked: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    /// A code, or `any`.
    pub(crate) error: String,
    pub(crate) claim: Option<String>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkippedKey {
    pub(crate) index: usize,
    #[serde(default, rename = "kid")]
    _kid: Option<String>,
    pub(crate) reason: String,
}

/// Distinguishes a member that is null from a missing one.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
