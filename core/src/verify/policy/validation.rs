//! Checks that a policy is valid and not contradictory.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{Audiences, Issuers, LifetimeClasses, Policy, PolicyError, Types};
use crate::crypto::algorithm::AlgorithmSet;

/// The maximum leeway, in policies and in settings.
pub(crate) const MAX_LEEWAY: Duration = Duration::from_secs(600);

impl Policy {
    /// # Errors
    /// [`PolicyError`] with the first problem.
    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        match self.problem() {
            Some((member, problem)) => Err(PolicyError::at(member, problem)),
            None => match self.rule_at_fault() {
                Some((index, problem)) => Err(PolicyError::at(text!("rules[{index}]"), problem)),
                None => Ok(()),
            },
        }
    }

    fn problem(&self) -> Option<Problem> {
        let unusable = |span: Option<Duration>| span.is_some_and(is_unusable_limit);
        Some(if self.algorithms.is_some_and(AlgorithmSet::is_empty) {
            ("algorithms", "the list is empty; omit it to use the default")
        } else if self.issuers.accept_nothing() {
            (
                "issuers",
                "the list is empty or contains a blank name; name an issuer or waive the check",
            )
        } else if self.issuers.are_contradictory() {
            ("issuers", "issuers are named and the check is waived; do one of the two")
        } else if let Some(problem) = self.issuers.problem_of_template() {
            ("issuers", problem)
        } else if self.audiences.names().is_some_and(empty_or_blank) {
            (
                "audiences",
                "the list is empty or contains a blank name; name an audience or waive the check",
            )
        } else if let Some(problem) = self.audiences.problem() {
            ("audiences", problem)
        } else if matches!(
            &self.types,
            Types::OneOf(types) | Types::OneOfOrNone(types) if empty_or_blank(types)
        ) {
            ("types", "the list is empty or contains a blank name; name a type or waive the check")
        } else if let Some(member) = self.demands_nothing {
            (member, "an empty list requires nothing; name at least one or omit the list")
        } else if self.required_claims.iter().any(|name| is_blank(name)) {
            ("required_claims", CLAIM_WITHOUT_NAME)
        } else if self.expected_claims.iter().any(|(name, _)| is_blank(name)) {
            ("expected_claims", CLAIM_WITHOUT_NAME)
        } else if has_duplicates(self.expected_claims.iter().map(|(name, _)| name)) {
            ("expected_claims", "a claim occurs twice; expect one value for each claim")
        } else if self.required_scopes.iter().any(|scope| is_unusable_scope(scope)) {
            (
                "required_scopes",
                "a scope is blank or contains whitespace; pass each scope as its own string",
            )
        } else if self
            .required_roles
            .iter()
            .any(|(path, roles)| empty_or_blank(path.names()) || empty_or_blank(roles))
        {
            ("required_roles", "required roles need a path and at least one role")
        } else if self.leeway > MAX_LEEWAY {
            ("leeway", "the maximum leeway is 600 s")
        } else if unusable(self.max_age) {
            ("max_age", UNUSABLE_LIMIT)
        } else if unusable(self.max_lifetime) {
            ("max_lifetime", UNUSABLE_LIMIT)
        } else if self.max_token_octets == 0 {
            ("limits.token_octets", "a limit of zero octets refuses every token")
        } else if self.max_jwks_octets == 0 {
            ("limits.jwks_octets", "a limit of zero octets refuses every set of keys")
        } else if self.max_jwks_keys == 0 {
            ("limits.jwks_keys", "a limit of zero keys refuses every set of keys")
        } else {
            return self.lifetime_classes.as_ref().and_then(LifetimeClasses::problem);
        })
    }
}

impl Issuers {
    /// Whether no name or template is left of a list, or one of the names is blank.
    fn accept_nothing(&self) -> bool {
        let is_empty = self.names.is_empty() && self.templates.is_empty() && !self.waived;
        is_empty || self.names.iter().any(|name| is_blank(name))
    }

    fn are_contradictory(&self) -> bool {
        self.waived && !(self.names.is_empty() && self.templates.is_empty())
    }

    fn problem_of_template(&self) -> Option<&'static str> {
        self.templates.iter().enumerate().find_map(|(index, template)| {
            let mut earlier = self.templates.iter().take(index);
            let meets = earlier.any(|other| other.could_meet(template));
            let meets = meets.then_some("two templates could give the same issuer; keep one");
            template.problem().or(meets)
        })
    }
}

impl Audiences {
    fn problem(&self) -> Option<&'static str> {
        match (&self.in_claim, &self.names) {
            (Some(claim), _) if is_blank(claim) => Some("the claim of the audience is blank"),
            (Some(_), None) => Some("a claim is named, but no audience; name one"),
            _ => None,
        }
    }
}

impl LifetimeClasses {
    fn problem(&self) -> Option<Problem> {
        let classes = || self.ceilings.iter().map(|(class, _)| class);
        Some(if is_blank(&self.claim) {
            ("max_lifetime_by.claim", "the claim name is blank")
        } else if classes().any(|class| is_blank(class)) {
            ("max_lifetime_by.ceilings", "a class name is blank")
        } else if has_duplicates(classes()) {
            ("max_lifetime_by.ceilings", "a class has two limits")
        } else if self.ceilings.is_empty() && self.otherwise.is_none() {
            (
                "max_lifetime_by.ceilings",
                "without a class or a default every token is refused; add one",
            )
        } else if self.ceilings.iter().any(|(_, ceiling)| is_unusable_limit(*ceiling)) {
            ("max_lifetime_by.ceilings", UNUSABLE_CLASS_LIMIT)
        } else if self.otherwise.is_some_and(is_unusable_limit) {
            ("max_lifetime_by.default", UNUSABLE_CLASS_LIMIT)
        } else {
            return None;
        })
    }
}

/// A member of the document, and what is wrong with it.
type Problem = (&'static str, &'static str);

/// Whether a name is empty or only whitespace, as from an unset environment variable.
pub(super) fn is_blank(name: &str) -> bool {
    name.trim().is_empty()
}

pub(super) fn empty_or_blank(names: impl AsRef<[String]>) -> bool {
    let names = names.as_ref();
    names.is_empty() || names.iter().any(|name| is_blank(name))
}

fn is_unusable_scope(scope: &str) -> bool {
    is_blank(scope) || scope.contains(char::is_whitespace)
}

fn has_duplicates<'n>(names: impl Iterator<Item = &'n String>) -> bool {
    let mut names = names.collect::<Vec<_>>();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// Whether a limit refuses everything or nothing.
fn is_unusable_limit(span: Duration) -> bool {
    span.is_zero() || span > MAX_SPAN
}

/// A hundred years of 365.25 days: a longer limit is probably in the wrong unit.
const MAX_SPAN: Duration = Duration::from_secs(3_155_760_000);

const CLAIM_WITHOUT_NAME: &str = "a claim name is blank; name the claim or omit it";
const UNUSABLE_LIMIT: &str =
    "must be more than zero and at most a hundred years; omit it for no limit";
const UNUSABLE_CLASS_LIMIT: &str =
    "the limit of a class must be more than zero and at most a hundred years";
