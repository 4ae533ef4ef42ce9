//! What is demanded of a token: a document, or the keywords that become one.

use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyEllipsis, PyMapping, PySequence, PyString, PyTuple, PyType};
use verijot::{PolicyError, UnixTime};

use crate::octets::{octets, wrong_type};
use crate::{json, names, refusal, time};

/// What is demanded of a token. Immutable; it can be pickled.
///
/// A policy is a document, the same JSON in every language: `from_json` reads it, `to_json` writes
/// it. The keywords are those of Verifier.
#[pyclass(frozen, module = "verijot")]
pub(crate) struct Policy {
    policy: verijot::Policy,
}

impl Policy {
    pub(crate) fn of_core(policy: verijot::Policy) -> Self {
        Self { policy }
    }

    /// The policy that keywords make, and with them a policy that leaves open what they say.
    pub(crate) fn of_keywords(
        py: Python<'_>,
        policy: Option<&Self>,
        keywords: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<verijot::Policy> {
        let document = policy.map(|policy| policy.policy.to_json()).unwrap_or_default();
        let said = if policy.is_some() { Some(json::loads(py, &document)?) } else { None };
        let said = |member: &str| said.as_ref().map_or(Ok(false), |said| said.contains(member));
        let open = document.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let mut members = open.map(str::to_owned).into_iter().collect::<Vec<_>>();
        for (keyword, value) in keywords.into_iter().flatten() {
            let keyword = keyword.cast::<PyString>()?.to_str()?.to_owned();
            let Some((_, member, form)) = KEYWORDS.iter().find(|(known, ..)| *known == keyword)
            else {
                let message = format!("unexpected keyword argument '{keyword}'");
                return Err(PyTypeError::new_err(message));
            };
            let Some(value) = form.json(&value, &keyword)? else { continue };
            let (name, value) = match member.split_once('.') {
                Some((group, name)) => (group, format!(r#"{{"{name}":{value}}}"#)),
                None => (*member, value),
            };
            if said(name)? {
                let message = format!("the policy says {keyword} already; say it in one place");
                return Err(PyTypeError::new_err(message));
            }
            members.push(format!(r#""{name}":{value}"#));
        }
        let is_given = |keyword: &str| {
            keywords.map_or(Ok(false), |keywords| keywords.contains(keyword)).unwrap_or(false)
        };
        if policy.is_none() && !(is_given("issuer") && is_given("audience")) {
            return Err(PyTypeError::new_err(
                "missing keyword arguments: issuer and audience, of which None waives the check, \
                 or else a Policy",
            ));
        }
        let policy = verijot::Policy::from_json(format!("{{{}}}", members.join(",")));
        policy.map_err(|error| invalid(py, &error, keyword_of))
    }

    /// The names, or None.
    pub(crate) fn shown<'py>(
        py: Python<'py>,
        policy: &verijot::Policy,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let document = json::loads(py, &policy.to_json())?;
        let names = |member| {
            let names = document.get_item(member)?;
            if names.is_none() {
                return PyResult::Ok(names);
            }
            Ok(names.cast::<PySequence>()?.to_tuple()?.into_any())
        };
        Ok((names("issuers")?, names("audiences")?))
    }
}

#[pymethods]
impl Policy {
    /// A policy of the keywords that a Verifier takes. Raises InvalidPolicyError.
    #[new]
    #[pyo3(
        signature = (**demands),
        text_signature = "(*, issuer, audience, algorithms=None, types=..., leeway=30, \
                          require_exp=True, required_claims=None, expected_claims=None, \
                          max_age=None, max_lifetime=None, max_lifetime_by=None, \
                          required_scopes=None, required_roles=None, max_token_octets=None, \
                          allow_numeric_subject=False, allow_future_issued_at=False)"
    )]
    fn new(py: Python<'_>, demands: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Ok(Self { policy: Self::of_keywords(py, None, demands)? })
    }

    /// Reads a policy from its document, strictly: what is unknown, there twice, of another type or
    /// makes no sense raises InvalidPolicyError, which names the member.
    #[classmethod]
    #[pyo3(signature = (document, /))]
    fn from_json(_class: &Bound<'_, PyType>, document: &Bound<'_, PyAny>) -> PyResult<Self> {
        let policy = verijot::Policy::from_json(&*octets(document, "document")?);
        match policy {
            Ok(policy) => Ok(Self { policy }),
            Err(error) => Err(invalid(document.py(), &error, str::to_owned)),
        }
    }

    /// The document, in one line; what has the default is left out.
    fn to_json(&self) -> String {
        self.policy.to_json()
    }

    fn __richcmp__<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        comparison: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        let equal = self.policy == other.get().policy;
        match comparison {
            CompareOp::Eq => Ok(equal.into_pyobject(py)?.to_owned().into_any()),
            CompareOp::Ne => Ok((!equal).into_pyobject(py)?.to_owned().into_any()),
            _ => Ok(py.NotImplemented().into_bound(py)),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.policy.to_json()).hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (issuer, audience) = Self::shown(py, &self.policy)?;
        Ok(format!("<Policy issuer={} audience={}>", issuer.repr()?, audience.repr()?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let reader = slf.get_type().getattr("from_json")?;
        PyTuple::new(slf.py(), [reader, (slf.get().to_json(),).into_pyobject(slf.py())?.into_any()])
    }
}

/// What a keyword takes, and how a document says it.
#[derive(Clone, Copy)]
enum Form {
    /// One name or several; None says nothing.
    Names,
    /// The same, but None is the waiver and `...` says nothing.
    Waivable,
    Flag,
    /// A span in one of many forms; None says nothing.
    Span,
    /// A span, but `...` says nothing.
    SpanAlways,
    Claims,
    Classes,
    /// A mapping of places to roles.
    Roles,
    Octets,
}

/// Each keyword, the member of the document, and its form.
const KEYWORDS: [(&str, &str, Form); 16] = [
    ("issuer", "issuers", Form::Waivable),
    ("audience", "audiences", Form::Waivable),
    ("algorithms", "algorithms", Form::Names),
    ("types", "types", Form::Waivable),
    ("leeway", "leeway", Form::SpanAlways),
    ("require_exp", "require_exp", Form::Flag),
    ("required_claims", "required_claims", Form::Names),
    ("expected_claims", "expected_claims", Form::Claims),
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
    /// The value as JSON; `None` where it says nothing.
    fn json(self, value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<Option<String>> {
        let is_default = value.is_instance_of::<PyEllipsis>();
        match self {
            Self::Waivable | Self::SpanAlways if is_default => return Ok(None),
            Self::Waivable if value.is_none() => return Ok(Some(String::from("null"))),
            Self::Waivable | Self::SpanAlways | Self::Flag => {}
            _ if value.is_none() => return Ok(None),
            _ => {}
        }
        Ok(Some(match self {
            Self::Names | Self::Waivable => array(&names::names(value, keyword)?),
            Self::Flag => value.extract::<bool>()?.to_string(),
            Self::Span | Self::SpanAlways => span(value, keyword)?,
            Self::Octets => value.extract::<usize>()?.to_string(),
            Self::Claims => {
                let claims = mapping(value, keyword, "a mapping")?.items()?.into_iter();
                object(claims.map(|pair| {
                    let (claim, value) = pair.extract::<(String, Bound<'_, PyAny>)>()?;
                    Ok((claim, json::dumps(&value)?))
                }))?
            }
            Self::Classes => classes(value, keyword)?,
            Self::Roles => {
                let roles = mapping(value, keyword, "a mapping of path to roles")?.items()?;
                let demands = roles.into_iter().map(|pair| {
                    let (path, roles) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
                    let (path, roles) = (names::path(&path)?, names::names(&roles, keyword)?);
                    Ok(format!(r#"{{"path":{},"roles":{}}}"#, array(&path), array(&roles)))
                });
                format!("[{}]", demands.collect::<PyResult<Vec<_>>>()?.join(","))
            }
        }))
    }
}

/// `(claim, ceilings, default)`, the last of which may be left out or `None`.
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

fn span(value: &Bound<'_, PyAny>, keyword: &str) -> PyResult<String> {
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

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn array(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn object(members: impl Iterator<Item = PyResult<(String, String)>>) -> PyResult<String> {
    let members = members.map(|member| {
        let (name, value) = member?;
        Ok(format!("{}:{value}", text(&name)))
    });
    Ok(format!("{{{}}}", members.collect::<PyResult<Vec<_>>>()?.join(",")))
}

/// InvalidPolicyError, with the place in the words of the caller.
fn invalid(py: Python<'_>, error: &PolicyError, named: impl Fn(&str) -> String) -> PyErr {
    let place = error.member().map(|member| format!("{}: ", named(member))).unwrap_or_default();
    refusal::invalid_policy(py, &format!("{place}{}", error.problem()))
}

/// The keyword that a member of the document comes from.
fn keyword_of(member: &str) -> String {
    let found = KEYWORDS.iter().find_map(|(keyword, known, _)| {
        let rest = member.strip_prefix(known)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{keyword}{rest}"))
    });
    found.unwrap_or_else(|| member.to_owned())
}
