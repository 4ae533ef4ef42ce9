//! The keywords of a policy: one table, and how each keyword becomes a member of the document.
//!
//! `python/verijot/policy.py` has the same list with the types; a test compares the two.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyEllipsis, PyMapping, PyString, PyTuple, PyType};
use verijot::UnixTime;

use crate::octets::wrong_type;
use crate::{json, names, time};

/// The JSON object with the members of `document`, which may be absent, and those that the keywords
/// add. Raises TypeError for an unknown keyword, a wrong type, and a member that the document has.
pub(crate) fn with_keywords(
    py: Python<'_>,
    document: Option<&str>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<String> {
    let present = document.map(|document| json::loads(py, document)).transpose()?;
    let inner = document.and_then(|text| text.trim().strip_prefix('{')?.strip_suffix('}'));
    let mut members = inner.map(str::to_owned).into_iter().collect::<Vec<_>>();
    let mut all_rules = None::<Vec<String>>;
    for (keyword, value) in keywords.into_iter().flatten() {
        let keyword = keyword.cast::<PyString>()?.to_str()?.to_owned();
        let Some((_, member, form)) = KEYWORDS.iter().find(|(known, ..)| *known == keyword) else {
            let message = format!("unexpected keyword argument '{keyword}'");
            return Err(PyTypeError::new_err(message));
        };
        let name = member.split_once('.').map_or(*member, |(group, _)| group);
        if let Form::Rules(place) = form {
            // Two keywords make one member.
            if value.is_none() {
                continue;
            }
            all_rules.get_or_insert_default().extend(rules(&value, &keyword, place)?);
        } else if let Some(value) = form.json(&value, &keyword)? {
            let value = match member.split_once('.') {
                Some((_, name)) => format!(r#"{{"{name}":{value}}}"#),
                None => value,
            };
            members.push(format!(r#""{name}":{value}"#));
        } else {
            continue;
        }
        if present.as_ref().map_or(Ok(false), |present| present.contains(name))? {
            let message = format!("the policy already has {keyword}; set it in one place");
            return Err(PyTypeError::new_err(message));
        }
    }
    if let Some(rules) = all_rules {
        members.push(format!(r#""rules":[{}]"#, rules.join(",")));
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// The keyword that sets a member of the document, followed by the rest of the member's path.
pub(crate) fn keyword_of(member: &str) -> String {
    // Rules keep their place in the document, which two keywords share.
    let mut keywords = KEYWORDS.iter().filter(|(_, member, _)| *member != RULES);
    let found = keywords.find_map(|(keyword, known, _)| {
        let rest = member.strip_prefix(known)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{keyword}{rest}"))
    });
    found.unwrap_or_else(|| member.to_owned())
}

/// Every keyword, in the order of the documentation.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|(keyword, ..)| *keyword)
}

/// Which values a keyword takes, and how they become JSON.
#[derive(Clone, Copy)]
enum Form {
    /// One name or several. None leaves the member out.
    Names,
    /// One name or several. None waives the check, `...` leaves the member out.
    Waivable,
    /// As `Waivable`, where each name may be an IssuerTemplate.
    Issuers,
    /// As `Waivable`, or an Audiences.
    Audiences,
    /// Names of types, one of which a token has if it has any. None leaves the member out.
    TypesOrNone,
    /// A mapping from what is written as this member to rules.
    Rules(&'static str),
    Flag,
    /// A flag whose member means the opposite.
    NegatedFlag,
    /// A duration in one of Python's types. None leaves the member out.
    Span,
    /// A duration. `...` leaves the member out, None is a wrong type.
    RequiredSpan,
    Claims,
    Classes,
    /// A mapping from claim paths to roles.
    Roles,
    Octets,
}

/// Each keyword, the member of the document that it sets, and its form.
const KEYWORDS: &[(&str, &str, Form)] = &[
    ("issuer", "issuers", Form::Issuers),
    ("audience", "audiences", Form::Audiences),
    ("algorithms", "algorithms", Form::Names),
    ("types", "types", Form::Waivable),
    ("types_or_none", "types", Form::TypesOrNone),
    ("leeway", "leeway", Form::RequiredSpan),
    ("allow_missing_expiry", "require_exp", Form::NegatedFlag),
    ("required_claims", "required_claims", Form::Names),
    ("expected_claims", "expected_claims", Form::Claims),
    ("claims", RULES, Form::Rules("path")),
    ("header", RULES, Form::Rules("header")),
    ("max_age", "max_age", Form::Span),
    ("max_lifetime", "max_lifetime", Form::Span),
    ("max_lifetime_by", "max_lifetime_by", Form::Classes),
    ("required_scopes", "required_scopes", Form::Names),
    ("required_roles", "required_roles", Form::Roles),
    ("max_token_octets", "limits.token_octets", Form::Octets),
    ("allow_numeric_subject", "numeric_subject", Form::Flag),
    ("allow_future_issued_at", "future_issued_at", Form::Flag),
];

impl Form {
    /// The value as JSON; `None` leaves the member out.
    fn json(self, value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<Option<String>> {
        let is_default = value.is_instance_of::<PyEllipsis>();
        match self {
            Self::Waivable | Self::Issuers | Self::Audiences | Self::RequiredSpan if is_default => {
                return Ok(None);
            }
            Self::Waivable | Self::Issuers | Self::Audiences if value.is_none() => {
                return Ok(Some(String::from("null")));
            }
            Self::RequiredSpan | Self::Flag | Self::NegatedFlag => {}
            _ if value.is_none() => return Ok(None),
            _ => {}
        }
        Ok(Some(match self {
            Self::Names | Self::Waivable => array(&names::names(value, keyword)?),
            Self::Issuers => issuers(value, keyword)?,
            Self::Audiences => match document_of(value)? {
                Some(audiences) => audiences,
                None => array(&names::names(value, keyword)?),
            },
            Self::TypesOrNone => {
                format!(r#"{{"or_none":{}}}"#, array(&names::names(value, keyword)?))
            }
            Self::Rules(place) => format!("[{}]", rules(value, keyword, place)?.join(",")),
            Self::Flag => value.extract::<bool>()?.to_string(),
            Self::NegatedFlag => (!value.extract::<bool>()?).to_string(),
            Self::Span | Self::RequiredSpan => span(value, keyword)?,
            Self::Octets => value.extract::<usize>()?.to_string(),
            Self::Claims => claims(value, keyword)?,
            Self::Classes => classes(value, keyword)?,
            Self::Roles => roles(value, keyword)?,
        }))
    }
}

fn issuers(value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<String> {
    if let Some(template) = document_of(value)? {
        return Ok(format!("[{template}]"));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(array(&names::names(value, keyword)?));
    }
    let wrong = || wrong_type(keyword, "str, an IssuerTemplate or a sequence of these", value);
    let mut issuers = Vec::new();
    for issuer in value.try_iter().map_err(|_| wrong())? {
        let issuer = issuer?;
        issuers.push(match document_of(&issuer)? {
            Some(template) => template,
            None => match issuer.cast::<PyString>() {
                Ok(name) => text(name.to_str()?),
                Err(_) => return Err(wrong_type(&format!("each of {keyword}"), "str", &issuer)),
            },
        });
    }
    Ok(format!("[{}]", issuers.join(",")))
}

/// The JSON of a `Rule`, an `Audiences` or an `IssuerTemplate`, which are documents already.
fn document_of(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    static KIND: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if !value.is_instance(KIND.import(value.py(), "verijot._documents", "Document")?)? {
        return Ok(None);
    }
    json::dumps(&value.call_method0("_document")?).map(Some)
}

/// Converts a mapping from claim paths, or from names of header parameters, to rules.
fn rules(value: &Bound<'_, PyAny>, keyword: &str, place: &str) -> PyResult<Vec<String>> {
    let rules = mapping(value, keyword, "a mapping to rules")?.items()?;
    let rules = rules.into_iter().map(|pair| {
        let (subject, rule) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let wrong = || wrong_type(&format!("each of {keyword}"), "a rule of verijot.rules", &rule);
        let rule = document_of(&rule)?.ok_or_else(wrong)?;
        let rule = rule.strip_prefix('{').ok_or_else(wrong)?;
        let subject = if place == "header" {
            text(&subject.extract::<String>()?)
        } else {
            array(&names::path(&subject)?)
        };
        Ok(format!(r#"{{"{place}":{subject},{rule}"#))
    });
    rules.collect()
}

fn claims(value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<String> {
    let claims = mapping(value, keyword, "a mapping")?.items()?.into_iter();
    object(claims.map(|pair| {
        let (claim, value) = pair.extract::<(String, Bound<'_, PyAny>)>()?;
        Ok((claim, json::dumps(&value)?))
    }))
}

fn roles(value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<String> {
    let roles = mapping(value, keyword, "a mapping of path to roles")?.items()?;
    let demands = roles.into_iter().map(|pair| {
        let (path, roles) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let (path, roles) = (names::path(&path)?, names::names(&roles, keyword)?);
        Ok(format!(r#"{{"path":{},"roles":{}}}"#, array(&path), array(&roles)))
    });
    Ok(format!("[{}]", demands.collect::<PyResult<Vec<_>>>()?.join(",")))
}

/// Converts `(claim, ceilings, default)`, where the default may be missing or None.
fn classes(value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<String> {
    let wrong = || wrong_type(keyword, "LifetimeClasses(claim, ceilings, default)", value);
    let parts = value.cast::<PyTuple>().map_err(|_| wrong())?;
    let default = match parts.len() {
        2 => None,
        3 => Some(parts.get_item(2)?).filter(|default| !default.is_none()),
        _ => return Err(wrong()),
    };
    let claim = parts.get_item(0)?.extract::<String>()?;
    let ceilings = parts.get_item(1)?;
    let ceilings = ceilings.cast::<PyMapping>().map_err(|_| wrong())?.items()?.into_iter();
    let ceilings = object(ceilings.map(|pair| {
        let (class, ceiling) = pair.extract::<(String, Bound<'_, PyAny>)>()?;
        Ok((class, span(&ceiling, keyword)?))
    }))?;
    let default = default.map_or(Ok(String::from("null")), |default| span(&default, keyword))?;
    let claim = text(&claim);
    Ok(format!(r#"{{"claim":{claim},"ceilings":{ceilings},"default":{default}}}"#))
}

pub(crate) fn span(value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<String> {
    let span = UnixTime::from_duration_since_epoch(time::span(value, keyword)?);
    Ok(text(&span.to_string()))
}

fn mapping<'v, 'py>(
    value: &'v Bound<'py, PyAny>,
    keyword: &str,
    expected: &str,
) -> PyResult<&'v Bound<'py, PyMapping>> {
    value.cast::<PyMapping>().map_err(|_| wrong_type(keyword, expected, value))
}

pub(crate) fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(crate) fn array(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn object(members: impl Iterator<Item = PyResult<(String, String)>>) -> PyResult<String> {
    let members = members.map(|member| {
        let (name, value) = member?;
        Ok(format!("{}:{value}", text(&name)))
    });
    Ok(format!("{{{}}}", members.collect::<PyResult<Vec<_>>>()?.join(",")))
}

const RULES: &str = "rules";
