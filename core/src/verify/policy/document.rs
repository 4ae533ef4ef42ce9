//! A policy as a document: one table of its members, for reading and for writing.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::form::{Form, Found, name_of};
use super::{Audiences, Issuers, Policy, PolicyError};
use crate::encoding::json::{self, JsonError, Value};

impl Policy {
    /// Reads a policy from its document: one JSON object, the same in every language.
    ///
    /// | member | value | without it |
    /// |---|---|---|
    /// | `issuers` | names, one of which must be `iss`; `null` waives the check | refused |
    /// | `audiences` | names, one of which must be in `aud`; `null` waives the check | refused |
    /// | `algorithms` | names of [algorithms](crate::Algorithm) | every asymmetric one, and HMAC with keys that were made for it |
    /// | `types` | values, one of which must be `typ`; `null` waives the check | absent, `JWT` or `at+jwt` |
    /// | `leeway` | seconds: how far the issuer's clock may be off, at most `"600"` | `"30"` |
    /// | `require_exp` | `false` takes tokens without `exp` | `true` |
    /// | `numeric_subject` | `true` takes a `sub` that is a whole number | `false` |
    /// | `future_issued_at` | `true` takes an `iat` in the future | `false` |
    /// | `required_claims` | names of claims that must be present | none |
    /// | `expected_claims` | an object: claims, and the JSON values that they must be equal to | none |
    /// | `max_age` | seconds since `iat`, at most a hundred years | no ceiling |
    /// | `max_lifetime` | seconds from `iat` to `exp`, at most a hundred years | no ceiling |
    /// | `max_lifetime_by` | an object: `claim`, whose value names a class; `ceilings`, an object of classes and seconds; `default`, seconds for every other token, or `null`, which refuses it | no ceiling |
    /// | `required_scopes` | scopes, all of which the token must grant | none |
    /// | `required_roles` | an object: `path`, the names of claims inwards; `roles`, all of which must be there. Or an array of such objects | none |
    /// | `symmetric_keys` | `true` lets `oct` keys into sets that [`Policy::jwks_parser`] reads | `false` |
    /// | `limits` | an object of whole numbers: `token_octets`; `jwks_octets` and `jwks_keys` for [`Policy::jwks_parser`] | 16384, 262144, 100 |
    ///
    /// - Names, types, scopes, roles and algorithms are arrays of strings, even one alone.
    /// - Seconds are decimal numbers in quotation marks, such as `"30"` or `"0.5"`, with at most nine
    ///   decimals: no reader rounds them.
    /// - A member that is not in this table is an error, as is one that is there twice.
    /// - The document says everything that the builder says, except that the JSON values of
    ///   `expected_claims` may be nested 30 levels deep.
    ///
    /// `testvectors/policy.schema.json` in the repository is the same as a JSON Schema. The test
    /// vectors have such documents as their `policy`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use verijot::{Algorithm, Audiences, Issuers, Policy};
    /// let policy = Policy::from_json(r#"{
    ///     "issuers": ["https://issuer.example"],
    ///     "audiences": ["https://api.example"],
    ///     "algorithms": ["ES256", "EdDSA"],
    ///     "max_lifetime": "3600",
    ///     "required_scopes": ["orders:read"]
    /// }"#)?;
    /// let built = Policy::new(
    ///     Issuers::only("https://issuer.example"),
    ///     Audiences::only("https://api.example"),
    /// )
    /// .algorithms([Algorithm::Es256, Algorithm::EdDsa])
    /// .max_lifetime(Duration::from_secs(3600))
    /// .require_scopes(["orders:read"]);
    /// assert_eq!(policy, built);
    ///
    /// let error = Policy::from_json(r#"{"issuers": null, "audiences": null, "max_lifetme": "3600"}"#);
    /// assert_eq!(error.unwrap_err().member(), Some("max_lifetme"));
    /// # Ok::<(), verijot::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError`], which names the member: one that is unknown, missing, there twice, or of
    /// another type; and everything that a [`Verifier`](crate::Verifier) refuses in a policy.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let text = core::str::from_utf8(json.as_ref())
            .map_err(|_| PolicyError::of_document("not UTF-8; save the document so"))?;
        let mut members = Vec::new();
        json::read_object(text, |name, value| members.push((name, value)))
            .map_err(|error| refusal(text, error))?;
        let mut policy = Self::new(Issuers::any(), Audiences::any());
        for (name, value) in &members {
            let name = name.unescape();
            if name == LIMITS {
                let found = Found::new(String::from(LIMITS), *value);
                for (name, found) in found.members("an object such as {\"token_octets\": 16384}")? {
                    member(Some(LIMITS), &name, found.path())?.read(&mut policy, &found)?;
                }
            } else {
                let path = name_of(&name);
                let member = member(None, &name, &path)?;
                member.read(&mut policy, &Found::new(path, *value))?;
            }
        }
        for required in MEMBERS.iter().filter(|member| member.required) {
            if !members.iter().any(|(name, _)| name.is(required.name)) {
                let problem = "missing; give an array of names, or null to waive the check";
                return Err(PolicyError::at(required.name, problem));
            }
        }
        policy.check()?;
        Ok(policy)
    }

    /// Writes the policy's document, in one line: what [`Policy::from_json`] reads. A member that
    /// has the default is left out. One policy has one spelling.
    ///
    /// A policy that [`Verifier::new`](crate::Verifier::new) refuses has a document that
    /// [`Policy::from_json`] refuses.
    ///
    /// ```
    /// use verijot::{Audiences, Issuers, Policy};
    /// let policy = Policy::new(Issuers::only("a"), Audiences::any()).leeway(core::time::Duration::ZERO);
    /// assert_eq!(policy.to_json(), r#"{"issuers":["a"],"audiences":null,"leeway":"0"}"#);
    /// assert_eq!(Policy::from_json(policy.to_json())?, policy);
    /// # Ok::<(), verijot::PolicyError>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let default = Self::new(Issuers::any(), Audiences::any());
        let written = |group: Option<&str>| {
            let members = MEMBERS.iter().filter(|member| member.group == group);
            members
                .filter_map(|member| {
                    let value = (member.write)(self, &default, member.required)?;
                    Some(text!("{}:{value}", json::quoted(member.name)))
                })
                .collect::<Vec<_>>()
        };
        let mut members = written(None);
        let limits = written(Some(LIMITS));
        if !limits.is_empty() {
            members.push(text!("{}:{{{}}}", json::quoted(LIMITS), limits.join(",")));
        }
        text!("{{{}}}", members.join(","))
    }
}

/// One member of the document.
struct Member {
    /// The object around it, if that is not the document itself.
    group: Option<&'static str>,
    name: &'static str,
    required: bool,
    read: fn(&mut Policy, &Found<'_>) -> Result<(), PolicyError>,
    /// `None` where the policy has the default and the member is not required.
    write: fn(&Policy, &Policy, bool) -> Option<String>,
}

impl Member {
    fn read(&self, policy: &mut Policy, found: &Found<'_>) -> Result<(), PolicyError> {
        (self.read)(policy, found)
    }
}

/// One line for each member: whether it is required, the object around it, its name, and the field
/// of the policy, whose type says how it is spelled.
macro_rules! members {
    ($($group:ident $name:literal $field:ident)*) => {
        &[$(Member {
            group: members!(@group $group),
            name: $name,
            required: members!(@required $group),
            read: |policy, found| {
                policy.$field = Form::read(found)?;
                Ok(())
            },
            write: |policy, default, always| {
                (always || policy.$field != default.$field).then(|| policy.$field.written())
            },
        }),*]
    };
    (@group limits) => { Some(LIMITS) };
    (@group $other:ident) => { None };
    (@required required) => { true };
    (@required $other:ident) => { false };
}

const MEMBERS: &[Member] = members! {
    required "issuers" issuers
    required "audiences" audiences
    optional "algorithms" algorithms
    optional "types" types
    optional "leeway" leeway
    optional "require_exp" expiry_required
    optional "numeric_subject" numeric_subject
    optional "future_issued_at" future_issued_at
    optional "required_claims" required_claims
    optional "expected_claims" expected_claims
    optional "max_age" max_age
    optional "max_lifetime" max_lifetime
    optional "max_lifetime_by" lifetime_classes
    optional "required_scopes" required_scopes
    optional "required_roles" required_roles
    optional "symmetric_keys" symmetric_keys
    limits "token_octets" max_token_octets
    limits "jwks_octets" max_jwks_octets
    limits "jwks_keys" max_jwks_keys
};

fn member(group: Option<&str>, name: &str, path: &str) -> Result<&'static Member, PolicyError> {
    let mut known = MEMBERS.iter().filter(|member| member.group == group);
    known.clone().find(|member| member.name == name).ok_or_else(|| {
        let mut names = known.by_ref().map(|member| member.name).collect::<Vec<_>>();
        if group.is_none() {
            names.push(LIMITS);
        }
        let problem = text!("no member of a policy; known here are {}", names.join(", "));
        PolicyError::at(path, problem)
    })
}

/// Why a text is not read at all; for a name that is there twice also where.
fn refusal(text: &str, error: JsonError) -> PolicyError {
    let mut twice = None;
    if matches!(error, JsonError::DuplicateName) {
        let mut names = BTreeSet::new();
        // What stands behind the name that is there twice was not looked at.
        let _ = json::skim_object(text, |name, value| {
            let name = name.unescape();
            let path = name_of(&name);
            if twice.is_none() {
                twice = if names.insert(name) { twice_in(&path, value) } else { Some(path) };
            }
        });
    }
    match twice {
        Some(path) => PolicyError::at(path, "there twice; keep one of them"),
        None => PolicyError::of_document(error.reason()),
    }
}

/// Where in the value the first name is that its object has before.
fn twice_in(path: &str, value: Value<'_>) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut members = value.members().into_iter().flatten();
    let in_object = members.find_map(|(name, value)| {
        let name = name.unescape();
        let path = text!("{path}.{}", name_of(&name));
        if names.insert(name.to_string()) { twice_in(&path, value) } else { Some(path) }
    });
    in_object.or_else(|| {
        let mut elements = value.elements().into_iter().flatten().enumerate();
        elements.find_map(|(index, value)| twice_in(&text!("{path}[{index}]"), value))
    })
}

const LIMITS: &str = "limits";
