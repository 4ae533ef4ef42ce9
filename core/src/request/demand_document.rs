//! Reads and writes a demand as a JSON document, for files and for passing it between languages.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::demand::{Clause, Demand, DemandError, Quantity, Source};
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{self, Text, Value};
use crate::token::authentication::Authentication;
use crate::token::grants::ClaimPath;

impl Demand {
    /// Reads a demand from a JSON document: an object with at least one of these members, or a list
    /// of such objects. A token must satisfy all of them.
    ///
    /// ```json
    /// {
    ///   "all_scopes": ["notes:read"],
    ///   "any_scope": ["notes:write", "notes:admin"],
    ///   "all_roles": {"at": "realm_access.roles", "roles": ["staff"]},
    ///   "any_role": {"at": ["https://example.com/roles"], "roles": ["editor", "admin"]},
    ///   "acr_values": ["phr", "mfa"],
    ///   "max_authentication_age": "600"
    /// }
    /// ```
    ///
    /// `at` is a path with dots, or an array of names if a name contains dots.
    /// `max_authentication_age` is whole seconds, as text like every time in a document. A document
    /// that demands nothing, like [`Demand::good_token`], is refused.
    ///
    /// # Errors
    /// [`DemandError`] for text that is not strict JSON, an unknown member, a value of the wrong
    /// type, and everything that [`Demand::all_scopes`] and the other constructors refuse.
    ///
    /// ```
    /// use verijot::request::Demand;
    /// let demand = Demand::from_json(r#"{"all_scopes": ["notes:read"]}"#)?;
    /// assert_eq!(demand, Demand::all_scopes(["notes:read"])?);
    /// let error = Demand::from_json(r#"{"all_scope": ["notes:read"]}"#).unwrap_err();
    /// assert!(error.problem().starts_with("unknown member `all_scope`"));
    /// # Ok::<(), verijot::request::DemandError>(())
    /// ```
    pub fn from_json(document: &str) -> Result<Self, DemandError> {
        // The strict reader accepts only objects, but a document can be a list.
        let wrapped = text!("{{\"{WRAPPER}\":{document}}}");
        let mut whole = Vec::new();
        json::read_object(&wrapped, |_, value| whole.push(value))
            .map_err(|error| DemandError::new(text!("demand: {}", error.reason())))?;
        let [value] = whole.as_slice() else { return Err(wrong_type("the demand", OBJECTS)) };
        let mut demand = Self::good_token();
        match value.elements() {
            Some(objects) => {
                for object in objects {
                    demand = demand.and(read_object(object)?);
                }
            }
            None => demand = read_object(*value)?,
        }
        if demand.is_empty() {
            return Err(DemandError::new("an empty list demands nothing; name scopes or roles"));
        }
        Ok(demand)
    }

    /// Writes the demand as a document for [`Demand::from_json`], in one line; `None` for
    /// [`Demand::good_token`], which has no document.
    #[must_use]
    pub fn to_json(&self) -> Option<String> {
        let mut objects = Vec::<Vec<(&str, String)>>::new();
        let clauses = self.clauses.iter().map(written);
        for (name, value) in clauses.chain(written_authentication(&self.authentication)) {
            let lacking =
                |object: &&mut Vec<(&str, String)>| object.iter().all(|(known, _)| *known != name);
            match objects.iter_mut().find(lacking) {
                Some(object) => object.push((name, value)),
                None => objects.push(Vec::from([(name, value)])),
            }
        }
        let objects = objects.into_iter().map(|mut members| {
            members.sort_by_key(|(name, _)| *name);
            let members = members.iter().map(|(name, value)| text!("\"{name}\":{value}"));
            text!("{{{}}}", members.collect::<Vec<_>>().join(","))
        });
        let objects = objects.collect::<Vec<_>>();
        match objects.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            several => Some(text!("[{}]", several.join(","))),
        }
    }
}

fn read_object(object: Value<'_>) -> Result<Demand, DemandError> {
    let members = object.members().ok_or_else(|| wrong_type("the demand", OBJECTS))?;
    let mut demand = Demand::good_token();
    for (name, value) in members {
        demand = demand.and(read_member(name, value)?);
    }
    if demand.is_empty() {
        return Err(DemandError::new("an empty object demands nothing; name scopes or roles"));
    }
    Ok(demand)
}

fn read_member(name: Text<'_>, value: Value<'_>) -> Result<Demand, DemandError> {
    let name = name.unescape();
    match &*name {
        ALL_SCOPES => Demand::all_scopes(texts(ALL_SCOPES, value)?),
        ANY_SCOPE => Demand::any_scope(texts(ANY_SCOPE, value)?),
        ALL_ROLES => {
            let (path, roles) = roles(ALL_ROLES, value)?;
            Demand::all_roles(path, roles)
        }
        ANY_ROLE => {
            let (path, roles) = roles(ANY_ROLE, value)?;
            Demand::any_role(path, roles)
        }
        ACR_VALUES => Demand::acr_values(texts(ACR_VALUES, value)?),
        MAX_AUTHENTICATION_AGE => Demand::max_authentication_age(seconds(value)?),
        _ => Err(unknown("", &name)),
    }
}

/// `{"at": PATH, "roles": [..]}`.
fn roles(member: &str, value: Value<'_>) -> Result<(ClaimPath, Vec<String>), DemandError> {
    let wrong = || wrong_type(member, "an object with the members `at` and `roles`");
    let (mut path, mut names) = (None, None);
    for (name, value) in value.members().ok_or_else(wrong)? {
        match &*name.unescape() {
            AT => path = Some(claim_path(&text!("{member}.{AT}"), value)?),
            ROLES => names = Some(texts(&text!("{member}.{ROLES}"), value)?),
            other => return Err(unknown(&text!("{member}."), other)),
        }
    }
    path.zip(names).ok_or_else(wrong)
}

fn claim_path(member: &str, value: Value<'_>) -> Result<ClaimPath, DemandError> {
    match value.as_text() {
        Some(path) => Ok(ClaimPath::from(&*path.unescape())),
        None if value.is_array_of_texts() => Ok(ClaimPath::from_names(texts(member, value)?)),
        None => Err(wrong_type(member, "a string or an array of strings")),
    }
}

fn texts(member: &str, value: Value<'_>) -> Result<Vec<String>, DemandError> {
    let text = |element: Value<'_>| Some(element.as_text()?.unescape().into_owned());
    value
        .elements()
        .and_then(|elements| elements.map(text).collect())
        .ok_or_else(|| wrong_type(member, "an array of strings"))
}

/// Whole seconds as text.
fn seconds(value: Value<'_>) -> Result<Duration, DemandError> {
    let digits = value.as_text().map(Text::unescape);
    digits
        .filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .map(Duration::from_secs)
        .ok_or_else(|| wrong_type(MAX_AUTHENTICATION_AGE, "whole seconds as text, such as \"600\""))
}

fn written_authentication(
    authentication: &Authentication,
) -> impl Iterator<Item = (&'static str, String)> {
    let lists = authentication.acr_values.iter().map(|values| (ACR_VALUES, list(values)));
    let age =
        authentication.max_age.map(|age| (MAX_AUTHENTICATION_AGE, text!("\"{}\"", age.as_secs())));
    lists.chain(age)
}

fn written(clause: &Clause) -> (&'static str, String) {
    let names = list(&clause.names);
    let (path, name) = match (&clause.source, clause.quantity) {
        (Source::Scopes, Quantity::All) => return (ALL_SCOPES, names),
        (Source::Scopes, Quantity::Any) => return (ANY_SCOPE, names),
        (Source::Roles(path), Quantity::All) => (path, ALL_ROLES),
        (Source::Roles(path), Quantity::Any) => (path, ANY_ROLE),
    };
    (name, text!("{{\"{AT}\":{},\"{ROLES}\":{names}}}", list(path.names())))
}

fn list(names: &[String]) -> String {
    let names = names.iter().map(|name| json::quoted(name)).collect::<Vec<_>>();
    text!("[{}]", names.join(","))
}

fn unknown(before: &str, name: &str) -> DemandError {
    DemandError::new(text!(
        "unknown member `{before}{}`; the members of a demand are `{ALL_SCOPES}`, `{ANY_SCOPE}`, \
         `{ALL_ROLES}`, `{ANY_ROLE}`, `{ACR_VALUES}` and `{MAX_AUTHENTICATION_AGE}`, those of roles `{AT}` and `{ROLES}`",
        Excerpt::of(name)
    ))
}

fn wrong_type(member: &str, expected: &str) -> DemandError {
    DemandError::new(text!("{member} must be {expected}"))
}

const WRAPPER: &str = "demand";
const OBJECTS: &str = "an object or a list of objects";
const ALL_SCOPES: &str = "all_scopes";
const ANY_SCOPE: &str = "any_scope";
const ALL_ROLES: &str = "all_roles";
const ANY_ROLE: &str = "any_role";
const ACR_VALUES: &str = "acr_values";
const MAX_AUTHENTICATION_AGE: &str = "max_authentication_age";
const AT: &str = "at";
const ROLES: &str = "roles";
