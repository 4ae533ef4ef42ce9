//! Reads and writes a policy as a document, from one table of its members.

use alloc::string::String;
use alloc::vec::Vec;

use super::form::{Form, Found, name_of};
use super::{Audiences, Issuers, Policy, PolicyError};
use crate::encoding::json::{self, JsonError, Value};

impl Policy {
    /// Reads a policy from its document: one JSON object, the same in every language.
    ///
    /// | member | value | without it |
    /// |---|---|---|
    /// | `issuers` | names, one of which must be `iss`, and objects for templates; `null` waives the check | refused |
    /// | `audiences` | names, one of which must be in `aud`; or an object; `null` waives the check | refused |
    /// | `algorithms` | names of [algorithms](crate::Algorithm) | every asymmetric one, and HMAC for keys that were created for it |
    /// | `types` | values, one of which must be `typ`; or an object, `{"or_none": values}`, if it may also be missing; `null` waives the check | missing, `JWT` or `at+jwt` |
    /// | `leeway` | seconds: how far the issuer's clock may be off, at most `"600"` | `"30"` |
    /// | `require_exp` | `false` accepts tokens without `exp` | `true` |
    /// | `numeric_subject` | `true` accepts a `sub` that is a whole number | `false` |
    /// | `future_issued_at` | `true` accepts an `iat` in the future | `false` |
    /// | `required_claims` | names of claims that must be present | none |
    /// | `expected_claims` | an object: claims and their expected JSON values | none |
    /// | `rules` | an array of objects, one for each rule about a claim or a header parameter | none |
    /// | `max_age` | seconds since `iat`, at most a hundred years | no limit |
    /// | `max_lifetime` | seconds from `iat` to `exp`, at most a hundred years | no limit |
    /// | `max_lifetime_by` | an object: `claim`, whose value is the class; `ceilings`, an object of classes and seconds; `default`, seconds for all other tokens, or `null` to refuse them | no limit |
    /// | `required_scopes` | scopes, all of which the token must grant | none |
    /// | `required_roles` | an object: `path`, the names of claims, outermost first; `roles`, all of which the token must have. Or an array of such objects | none |
    /// | `symmetric_keys` | `true` allows `oct` keys in sets that [`Policy::jwks_parser`] reads | `false` |
    /// | `limits` | an object of whole numbers: `token_octets`; `jwks_octets` and `jwks_keys` for [`Policy::jwks_parser`] | 16384, 262144, 100 |
    ///
    /// - Names, types, scopes, roles and algorithms are always arrays of strings, even for a single
    ///   one.
    /// - Seconds are decimal numbers in quotation marks, such as `"30"` or `"0.5"`, with at most
    ///   nine decimals, so that no reader rounds them.
    /// - A template of an issuer is `{"template": "https://login.example/{tenant}/", "claim": "tid",
    ///   "tenants": ["t1"]}`; `null` for `tenants` accepts all of them.
    /// - Audiences with a waiver or a further demand are `{"exactly": names}` or `{"one_of": names}`,
    ///   either with `in_claim`, the name of the claim that takes the place of `aud`.
    /// - A rule has `path`, the names of a claim, outermost first, or `header`, the name of a
    ///   parameter; and one of `equals`, `one_of`, `contains_all`, `contains_any`, `has_key`,
    ///   `boolean`, `starts_with`, `matches_segments`, `same_as` (a path) and `is`, which is `string`,
    ///   `not_empty`, `date`, `object` or `absent`. `"if_present": true` waives that the claim must be
    ///   there. They mean what [`Rule`](crate::Rule) says.
    /// - JSON values are compared by their exact value. An integer never equals a number with a decimal
    ///   point or an exponent; it must fit into 64 bits, any other number into a binary64.
    /// - A member that is not in this table, or that occurs twice, is an error.
    /// - The document can express everything that the builder can, except that JSON values in
    ///   `expected_claims` can be nested at most 30 levels deep, and in rules at most 28.
    ///
    /// `testvectors/policy.schema.json` in the repository is the JSON Schema of this document. The
    /// test vectors use such documents as `policy`.
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
    /// [`PolicyError`], which names the member: it is unknown, missing, duplicated, of the wrong
    /// type, or has a value that a [`Verifier`](crate::Verifier) refuses.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        Self::read_json(json.as_ref())
    }

    fn read_json(json: &[u8]) -> Result<Self, PolicyError> {
        let text = core::str::from_utf8(json)
            .map_err(|_| PolicyError::of_document("not UTF-8; save the document as UTF-8"))?;
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
                let problem = "missing; add an array of names, or null to waive the check";
                return Err(PolicyError::at(required.name, problem));
            }
        }
        policy.check()?;
        Ok(policy)
    }

    /// Writes the policy as a document for [`Policy::from_json`], in one line. Omits members that
    /// have their default, so equal policies have equal documents.
    ///
    /// [`Policy::from_json`] refuses the document of a policy that
    /// [`Verifier::new`](crate::Verifier::new) refuses.
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
                    let value = (member.write)(self);
                    let differs = member.required || value != (member.write)(&default);
                    differs.then(|| text!("{}:{value}", json::quoted(member.name)))
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

/// Reads a document of the same kind, with other members: one strict JSON object.
pub(crate) fn members_of(json: &[u8]) -> Result<Vec<(String, Found<'_>)>, PolicyError> {
    let text = core::str::from_utf8(json)
        .map_err(|_| PolicyError::of_document("not UTF-8; save the document as UTF-8"))?;
    let mut members = Vec::new();
    json::read_object(text, |name, value| {
        let name = name.unescape();
        let found = Found::new(name_of(&name), value);
        members.push((name.into_owned(), found));
    })
    .map_err(|error| refusal(text, error))?;
    Ok(members)
}

/// One member of the document.
struct Member {
    /// The object that contains it, if that is not the document itself.
    group: Option<&'static str>,
    name: &'static str,
    required: bool,
    read: fn(&mut Policy, &Found<'_>) -> Result<(), PolicyError>,
    write: fn(&Policy) -> String,
}

impl Member {
    fn read(&self, policy: &mut Policy, found: &Found<'_>) -> Result<(), PolicyError> {
        (self.read)(policy, found)
    }
}

/// One line for each member: whether it is required or the object that contains it, its name, and
/// the field of the policy, whose type defines the JSON form.
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
            write: |policy| policy.$field.written(),
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
    optional "rules" rules
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
        let problem = text!("unknown member; expected one of {}", names.join(", "));
        PolicyError::at(path, problem)
    })
}

/// Says why a text cannot be read and, for a duplicate name, where.
fn refusal(text: &str, error: JsonError) -> PolicyError {
    let mut twice = None;
    if matches!(error, JsonError::DuplicateName) {
        let mut names = Vec::new();
        // Text after the duplicate name may be invalid.
        let _ = json::skim_object(text, |name, value| {
            let name = name.unescape();
            let path = name_of(&name);
            if twice.is_none() {
                twice = if names.contains(&name) { Some(path) } else { twice_in(&path, value) };
                names.push(name);
            }
        });
    }
    match twice {
        Some(path) => PolicyError::at(path, "occurs twice; keep one of them"),
        None => PolicyError::of_document(error.reason()),
    }
}

/// Returns the path of the first duplicate name in the value.
fn twice_in(path: &str, value: Value<'_>) -> Option<String> {
    let mut names = Vec::new();
    let mut members = value.members().into_iter().flatten();
    let in_object = members.find_map(|(name, value)| {
        let name = name.unescape();
        let path = text!("{path}.{}", name_of(&name));
        if names.contains(&name) {
            return Some(path);
        }
        names.push(name);
        twice_in(&path, value)
    });
    in_object.or_else(|| {
        let mut elements = value.elements().into_iter().flatten().enumerate();
        elements.find_map(|(index, value)| twice_in(&text!("{path}[{index}]"), value))
    })
}

const LIMITS: &str = "limits";
