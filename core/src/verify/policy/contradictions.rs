//! Rules that require nothing, that no token can pass, or that contradict each other.

use alloc::vec::Vec;

use super::Policy;
use super::issuer_template::{IssuerTemplate, around_placeholder, is_tenant};
use super::rule::{Kind, Place, PlacedRule, Test};
use super::validation::{empty_or_blank, is_blank};
use crate::encoding::json::{Json, Value};
use crate::verify::claim_rules::first_segment;

impl Policy {
    /// Returns the first rule at fault, and what is wrong with it.
    pub(super) fn rule_at_fault(&self) -> Option<(usize, &'static str)> {
        self.rules.iter().enumerate().find_map(|(index, rule)| {
            let (earlier, _) = self.rules.split_at_checked(index)?;
            let problem = rule.problem().or_else(|| {
                let demanded = rule.is_absence() && self.demands(rule);
                let contradicts = earlier.iter().any(|other| excludes(rule, other));
                (demanded || contradicts || !self.can_pass(earlier, rule)).then_some(CONTRADICTION)
            });
            Some((index, problem?))
        })
    }

    /// Whether something else in the policy demands the claim of a rule, or a claim inside of it.
    fn demands(&self, rule: &PlacedRule) -> bool {
        if rule.place == Place::Header {
            return false;
        }
        let names = rule.path.names();
        if self.required_roles.iter().any(|(path, _)| path.names().starts_with(names)) {
            return true;
        }
        let [name] = names else { return false };
        let lifetime = self.max_lifetime.is_some() || self.lifetime_classes.is_some();
        match name.as_str() {
            "iss" if !self.issuers.are_waived() => return true,
            "aud" if self.audiences.names().is_some() && self.audiences.in_claim.is_none() => {
                return true;
            }
            "exp" if self.expiry_required || lifetime => return true,
            "iat" if lifetime || self.max_age.is_some() => return true,
            _ => {}
        }
        let templates = self.issuers.templates().iter();
        let sole = if self.issuers.names().is_empty() { templates } else { [].iter() };
        self.required_claims.contains(name)
            || self.expected_claims.iter().any(|(claim, _)| claim == name)
            || self.audiences.in_claim.as_ref() == Some(name)
            || sole.map(|template| &template.claim).any(|claim| claim == name)
    }

    /// Whether a value can pass a rule and the earlier ones about the same claim.
    fn can_pass(&self, earlier: &[PlacedRule], rule: &PlacedRule) -> bool {
        let all = earlier.iter().filter(|other| other.is_about_the_same(rule)).chain([rule]);
        let tests = all.map(|other| &other.rule.test).collect::<Vec<_>>();
        let registered = self.types_of_registered(rule);
        if tests.iter().fold(registered, |types, test| types & test.types()) == 0 {
            // Nothing is of no type.
            return tests.iter().all(|test| matches!(test, Test::Is(Kind::Absent)));
        }
        tests.iter().filter_map(|test| test.candidates()).all(|candidates| {
            candidates.iter().map(Json::written).any(|candidate| {
                let value = Value::checked(&candidate);
                tests.iter().all(|test| test.permits(value))
            })
        })
    }

    /// The JSON types that a registered claim may have (RFC 7519 §4.1).
    fn types_of_registered(&self, rule: &PlacedRule) -> u8 {
        match (rule.place, rule.path.names()) {
            (Place::Claims, [name]) => match name.as_str() {
                "sub" if self.numeric_subject => TEXT | NUMBER,
                "iss" | "sub" | "jti" => TEXT,
                "aud" => TEXT | ARRAY,
                "exp" | "nbf" | "iat" => NUMBER,
                _ => ANY,
            },
            _ => ANY,
        }
    }
}

/// Whether one of two rules says that the claim of the other is missing.
fn excludes(one: &PlacedRule, two: &PlacedRule) -> bool {
    let excludes = |absence: &PlacedRule, other: &PlacedRule| {
        absence.is_absence()
            && !other.is_absence()
            && absence.place == other.place
            && other.path.names().starts_with(absence.path.names())
    };
    let refers = |absence: &PlacedRule, other: &PlacedRule| match &other.rule.test {
        Test::SameAs(path) => {
            absence.is_absence()
                && absence.place == Place::Claims
                && path.names().starts_with(absence.path.names())
        }
        _ => false,
    };
    excludes(one, two) || excludes(two, one) || refers(one, two) || refers(two, one)
}

impl PlacedRule {
    fn is_absence(&self) -> bool {
        self.rule.test == Test::Is(Kind::Absent)
    }

    fn is_about_the_same(&self, other: &Self) -> bool {
        self.place == other.place && self.path == other.path
    }

    /// What is wrong with the rule itself.
    fn problem(&self) -> Option<&'static str> {
        if empty_or_blank(self.path.names()) {
            return Some("the path is empty or contains a blank name; name the claim");
        }
        if self.is_absence() && self.rule.if_present {
            return Some("a claim cannot be absent if it is present; omit one of the two");
        }
        match &self.rule.test {
            Test::OneOf(values) => {
                let blank = |value: &Json| matches!(value, Json::Text(text) if is_blank(text));
                (values.is_empty() || values.iter().any(blank)).then_some(NO_VALUE)
            }
            Test::ContainsAll(texts) | Test::ContainsAny(texts) => {
                empty_or_blank(texts).then_some(NO_VALUE)
            }
            Test::HasKey(text) | Test::StartsWith(text) => is_blank(text).then_some(NO_VALUE),
            Test::MatchesSegments(pattern) => problem_of_pattern(pattern),
            Test::SameAs(path) if empty_or_blank(path.names()) => {
                Some("the path of same_as is empty or contains a blank name; name the claim")
            }
            Test::SameAs(path) if self.place == Place::Claims && *path == self.path => {
                Some("every claim is the same as itself; name another one")
            }
            Test::SameAs(_) | Test::Boolean(_) | Test::Is(_) => None,
        }
    }
}

fn problem_of_pattern(pattern: &str) -> Option<&'static str> {
    let mut rest = pattern;
    let mut is_named = false;
    loop {
        let (segment, separator, after) = first_segment(rest);
        if segment.matches('*').count() > 1 {
            return Some("a segment of the pattern has two *; write at most one in each");
        }
        is_named |= !is_blank(segment) && segment != "*";
        if separator.is_empty() {
            return (!is_named).then_some("the pattern is blank or only *; name some of it");
        }
        rest = after;
    }
}

impl Test {
    /// The JSON types that a value which passes can have.
    fn types(&self) -> u8 {
        match self {
            Self::OneOf(values) => values.iter().fold(0, |types, value| types | type_of(value)),
            Self::ContainsAll(_) | Self::ContainsAny(_) => TEXT | ARRAY,
            Self::HasKey(_) | Self::Is(Kind::Object) => OBJECT,
            Self::Boolean(_) => BOOLEAN,
            Self::StartsWith(_)
            | Self::MatchesSegments(_)
            | Self::Is(Kind::Text | Kind::NotEmpty) => TEXT,
            Self::SameAs(_) => ANY,
            Self::Is(Kind::Date) => NUMBER,
            Self::Is(Kind::Absent) => 0,
        }
    }

    /// The only values that can pass, if they are listed.
    fn candidates(&self) -> Option<Vec<Json>> {
        match self {
            Self::OneOf(values) => Some(values.clone()),
            Self::Boolean(value) => Some(Vec::from([Json::Bool(*value)])),
            _ => None,
        }
    }
}

const fn type_of(value: &Json) -> u8 {
    match value {
        Json::Text(_) => TEXT,
        Json::Number(_) => NUMBER,
        Json::Bool(_) => BOOLEAN,
        Json::Object(_) => OBJECT,
        Json::Array(_) => ARRAY,
        Json::Null => NULL,
    }
}

impl IssuerTemplate {
    /// What is wrong with the template itself.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let ids = self.tenants.ids.as_ref();
        if around_placeholder(&self.text).is_none() {
            Some("a template needs exactly one {placeholder} with text before and after it")
        } else if is_blank(&self.claim) {
            Some("the claim of a template is blank; name the claim with the tenant's id")
        } else if ids.is_some_and(Vec::is_empty) {
            Some("the list of tenants is empty; name a tenant or accept any")
        } else if ids.is_some_and(|ids| ids.iter().any(|id| !is_tenant(id))) {
            Some("a tenant's id must be 1 to 64 letters, digits and hyphens")
        } else {
            None
        }
    }
}

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const BOOLEAN: u8 = 4;
const OBJECT: u8 = 8;
const ARRAY: u8 = 16;
const NULL: u8 = 32;
const ANY: u8 = 63;

const NO_VALUE: &str = "the value is missing or blank; name what the claim must be";
const CONTRADICTION: &str = "no token can pass this rule and the rest of the policy";
