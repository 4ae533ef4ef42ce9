//! The JSON form of each type in a policy's document: how it is read and written.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::{Audiences, Issuers, LifetimeClasses, PolicyError, TenantIds, Types};
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{self, Json, Value};
use crate::time::UnixTime;
use crate::token::grants::ClaimPath;

/// A type with exactly one form in a document.
pub(crate) trait Form: Sized {
    /// # Errors
    /// [`PolicyError`] with the path of the value and what to write instead.
    fn read(found: &Found<'_>) -> Result<Self, PolicyError>;

    /// Writes the JSON value.
    fn written(&self) -> String;
}

/// A value of the document with its path.
pub(crate) struct Found<'t> {
    path: String,
    value: Value<'t>,
}

impl<'t> Found<'t> {
    pub(crate) fn new(path: String, value: Value<'t>) -> Self {
        Self { path, value }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) const fn value(&self) -> Value<'t> {
        self.value
    }

    /// Returns the members of an object by name.
    #[inline(never)]
    pub(crate) fn members(&self, wanted: &str) -> Result<Vec<(String, Self)>, PolicyError> {
        let members = self.value.members().ok_or_else(|| self.is_not(wanted))?;
        Ok(members
            .map(|(name, value)| {
                let path = text!("{}.{}", self.path, name_of(&name.unescape()));
                (name.unescape().into_owned(), Self { path, value })
            })
            .collect())
    }

    /// Returns the members of an object that must have exactly these names.
    fn exactly<const N: usize>(
        &self,
        names: [&str; N],
        wanted: &str,
    ) -> Result<[Self; N], PolicyError> {
        self.all_of(&names, wanted)?.try_into().map_err(|_| self.is_not(wanted))
    }

    /// Does the work of [`Found::exactly`], once for every number of names.
    #[inline(never)]
    fn all_of(&self, names: &[&str], wanted: &str) -> Result<Vec<Self>, PolicyError> {
        let mut members = self.members(wanted)?;
        if let Some((_, unknown)) = members.iter().find(|(name, _)| !names.contains(&&**name)) {
            let problem = text!("unknown member; expected one of {}", names.join(", "));
            return Err(PolicyError::at(unknown.path(), problem));
        }
        let mut found = Vec::new();
        for name in names {
            let Some(place) = members.iter().position(|(known, _)| known == name) else {
                let path = text!("{}.{name}", self.path);
                return Err(PolicyError::at(path, text!("missing; expected {wanted}")));
            };
            found.push(members.swap_remove(place).1);
        }
        Ok(found)
    }

    #[inline(never)]
    pub(crate) fn elements(&self, wanted: &str) -> Result<Vec<Self>, PolicyError> {
        let elements = self.value.elements().ok_or_else(|| self.is_not(wanted))?.enumerate();
        Ok(elements
            .map(|(index, value)| Self { path: text!("{}[{index}]", self.path), value })
            .collect())
    }

    #[inline(never)]
    pub(crate) fn names(&self, wanted: &str) -> Result<Vec<String>, PolicyError> {
        let mut names = Vec::new();
        for element in self.elements(wanted)? {
            names.push(String::read(&element)?);
        }
        Ok(names)
    }

    /// Returns the names, or `None` for `null`, which waives the check.
    #[inline(never)]
    pub(crate) fn waivable_names(&self) -> Result<Option<Vec<String>>, PolicyError> {
        if self.value.is_null() {
            return Ok(None);
        }
        self.names(NAMES_OR_NULL).map(Some)
    }

    #[inline(never)]
    pub(crate) fn is_not(&self, wanted: &str) -> PolicyError {
        PolicyError::at(self.path.clone(), text!("must be {wanted}"))
    }
}

/// Makes a name in a path safe for messages.
pub(crate) fn name_of(name: &str) -> String {
    Excerpt::of(name).into()
}

impl Form for bool {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        found.value.as_bool().ok_or_else(|| found.is_not("true or false without quotation marks"))
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

impl Form for usize {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let number = found.value.as_number().and_then(|number| number.parse::<u64>().ok());
        let wanted = "a whole number of at least 1, without quotation marks or exponent";
        let number = number.filter(|number| *number > 0).ok_or_else(|| found.is_not(wanted))?;
        // Where sizes have 32 bits, nothing is larger than their maximum.
        Ok(Self::try_from(number).unwrap_or(Self::MAX))
    }

    fn written(&self) -> String {
        text!("{self}")
    }
}

impl Form for String {
    #[inline(never)]
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let text = found.value.as_text().ok_or_else(|| found.is_not("a string"))?;
        Ok(text.unescape().into_owned())
    }

    fn written(&self) -> String {
        json::quoted(self)
    }
}

/// In seconds.
impl Form for Duration {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let wanted = "a decimal number of seconds in quotation marks, such as \"30\"";
        let text = found.value.as_text().ok_or_else(|| found.is_not(wanted))?.unescape();
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let time = UnixTime::from_decimal(&text).filter(|_| !padded);
        let time = time.ok_or_else(|| found.is_not(wanted))?;
        time.duration_since_epoch()
            .filter(|_| digits.len() == text.len())
            .ok_or_else(|| PolicyError::at(found.path.clone(), "must not be negative"))
    }

    fn written(&self) -> String {
        text!("\"{}\"", UnixTime::from_duration_since_epoch(*self))
    }
}

/// An optional member; if present, it must not be null.
impl<T: Form> Form for Option<T> {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        T::read(found).map(Some)
    }

    fn written(&self) -> String {
        self.as_ref().map_or_else(|| String::from(NULL), Form::written)
    }
}

/// A list of requirements, all of which apply.
impl Form for Vec<String> {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let names = found.names("an array of strings")?;
        if names.is_empty() {
            let problem = "an empty list requires nothing; name at least one or omit the member";
            return Err(PolicyError::at(found.path.clone(), problem));
        }
        Ok(names)
    }

    fn written(&self) -> String {
        array(self.iter().map(Form::written))
    }
}

/// An array of strings and of objects for templates, or null.
impl Form for Issuers {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        if found.value.is_null() {
            return Ok(Self::any());
        }
        let mut issuers = Self::one_of::<String>([]);
        for element in found.elements(NAMES_OR_NULL)? {
            issuers = issuers.or(if element.value.is_object() {
                let wanted =
                    "an object with the members template, claim and tenants (which may be null)";
                let [template, claim, tenants] =
                    element.exactly(["template", "claim", "tenants"], wanted)?;
                let tenants = TenantIds { ids: tenants.waivable_names()? };
                Self::template(String::read(&template)?, String::read(&claim)?, tenants)
            } else {
                Self::only(String::read(&element)?)
            });
        }
        Ok(issuers)
    }

    fn written(&self) -> String {
        if self.are_waived() {
            return String::from(NULL);
        }
        let templates = self.templates.iter().map(|template| {
            text!(
                "{{\"template\":{},\"claim\":{},\"tenants\":{}}}",
                json::quoted(&template.text),
                json::quoted(&template.claim),
                template.tenants.ids.written()
            )
        });
        array(self.names.iter().map(Form::written).chain(templates))
    }
}

/// An array of strings, an object for more demands, or null.
impl Form for Audiences {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        if !found.value.is_object() {
            let names = found.waivable_names()?;
            return Ok(names.map_or_else(Self::any, Self::one_of));
        }
        let mut audiences = None;
        let mut in_claim = None;
        for (name, member) in found.members("an object")? {
            let names = || member.names("an array of strings");
            match &*name {
                "one_of" if audiences.is_none() => audiences = Some(Self::one_of(names()?)),
                "exactly" if audiences.is_none() => audiences = Some(Self::exactly(names()?)),
                "in_claim" => in_claim = Some(String::read(&member)?),
                _ => return Err(PolicyError::at(member.path, ONE_AUDIENCE_DEMAND)),
            }
        }
        let audiences =
            audiences.ok_or_else(|| PolicyError::at(found.path.clone(), ONE_AUDIENCE_DEMAND))?;
        Ok(Self { in_claim, ..audiences })
    }

    fn written(&self) -> String {
        let names = self.names.written();
        let kind = if self.exactly { "exactly" } else { "one_of" };
        match &self.in_claim {
            None if !self.exactly => names,
            None => text!("{{\"{kind}\":{names}}}"),
            Some(claim) => {
                text!("{{\"{kind}\":{names},\"in_claim\":{}}}", json::quoted(claim))
            }
        }
    }
}

/// An array of strings, an object if none is accepted, too, or null.
impl Form for Types {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        if found.value.is_object() {
            let wanted = "an object with the member or_none";
            let [types] = found.exactly(["or_none"], wanted)?;
            return types.names("an array of strings").map(Self::OneOfOrNone);
        }
        Ok(found.waivable_names()?.map_or(Self::Any, Self::OneOf))
    }

    fn written(&self) -> String {
        match self {
            Self::OneOf(names) => names.written(),
            Self::OneOfOrNone(names) => text!("{{\"or_none\":{}}}", names.written()),
            Self::Any => String::from(NULL),
            // The default is never written.
            Self::Default => String::new(),
        }
    }
}

impl Form for AlgorithmSet {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let mut algorithms = Self::EMPTY;
        for element in found.elements("an array of algorithms, such as [\"ES256\"]")? {
            let algorithm = String::read(&element)?
                .parse::<Algorithm>()
                .map_err(|error| PolicyError::at(element.path(), text!("{error}")))?;
            algorithms = algorithms.union(algorithm.into());
        }
        Ok(algorithms)
    }

    fn written(&self) -> String {
        array(self.iter().map(|algorithm| json::quoted(algorithm.name())))
    }
}

impl Form for LifetimeClasses {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let wanted = "an object with the members claim, ceilings and default (which may be null)";
        let [claim, ceilings, default] = found.exactly(["claim", "ceilings", "default"], wanted)?;
        let mut classes = Self::by_claim(String::read(&claim)?);
        for (class, ceiling) in ceilings.members("an object of class names and seconds")? {
            classes = classes.class(class, Duration::read(&ceiling)?);
        }
        if !default.value.is_null() {
            classes = classes.otherwise(Duration::read(&default)?);
        }
        Ok(classes)
    }

    fn written(&self) -> String {
        let ceilings = self.ceilings.iter();
        text!(
            "{{\"claim\":{},\"ceilings\":{},\"default\":{}}}",
            json::quoted(&self.claim),
            object(ceilings.map(|(class, ceiling)| (class, ceiling.written()))),
            self.otherwise.written()
        )
    }
}

/// Paths with their roles: one object, or an array of several.
impl Form for Vec<(ClaimPath, Vec<String>)> {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        if found.value.is_object() {
            return Ok(Self::from([Form::read(found)?]));
        }
        let demands = found
            .elements("an object with the members path and roles, or an array of such objects")?;
        if demands.is_empty() {
            let problem =
                "an empty list requires nothing; name at least one role or omit the member";
            return Err(PolicyError::at(found.path.clone(), problem));
        }
        demands.iter().map(Form::read).collect()
    }

    fn written(&self) -> String {
        match self.as_slice() {
            [one] => one.written(),
            several => array(several.iter().map(Form::written)),
        }
    }
}

impl Form for (ClaimPath, Vec<String>) {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let wanted = "an object with the members path and roles";
        let [path, roles] = found.exactly(["path", "roles"], wanted)?;
        let path = path.names("an array of claim names, outermost first")?;
        Ok((ClaimPath::from_names(path), roles.names("an array of strings")?))
    }

    fn written(&self) -> String {
        let (path, roles) = self;
        let path = array(path.names().iter().map(Form::written));
        text!("{{\"path\":{path},\"roles\":{}}}", roles.written())
    }
}

/// Claims and their expected values.
impl Form for Vec<(String, Json)> {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let claims = found.members("an object of claims and their expected values")?;
        claims.into_iter().map(|(claim, value)| Ok((claim, Form::read(&value)?))).collect()
    }

    fn written(&self) -> String {
        object(self.iter().map(|(claim, value)| (claim, value.written())))
    }
}

/// Any JSON value.
impl Form for Json {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        Self::of(found.value).ok_or_else(|| too_large_in(found))
    }

    fn written(&self) -> String {
        self.written()
    }
}

/// Says where the number is that does not fit.
fn too_large_in(found: &Found<'_>) -> PolicyError {
    let members = found.members("").unwrap_or_default().into_iter().map(|(_, member)| member);
    let mut inner = members.chain(found.elements("").unwrap_or_default());
    match inner.find(|inner| Json::of(inner.value).is_none()) {
        Some(inner) => too_large_in(&inner),
        None => found.is_not("a number that fits into 64 bits"),
    }
}

pub(super) fn array(elements: impl Iterator<Item = String>) -> String {
    text!("[{}]", elements.collect::<Vec<_>>().join(","))
}

fn object<'n>(members: impl Iterator<Item = (&'n String, String)>) -> String {
    let members = members.map(|(name, value)| text!("{}:{value}", json::quoted(name)));
    text!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

const NULL: &str = "null";
const NAMES_OR_NULL: &str = "an array of strings, or null to waive the check";
const ONE_AUDIENCE_DEMAND: &str =
    "expected one of one_of and exactly, an array of strings, and optionally in_claim";
