//! Whether a policy makes sense.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{LifetimeClasses, Policy, PolicyError, Types};
use crate::crypto::algorithm::AlgorithmSet;

/// The longest leeway, in policies as in settings.
pub(crate) const MAX_LEEWAY: Duration = Duration::from_secs(600);

impl Policy {
    /// # Errors
    /// [`PolicyError`] with what makes no sense.
    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        match self.nonsense() {
            Some((member, problem)) => Err(PolicyError::at(member, problem)),
            None => Ok(()),
        }
    }

    fn nonsense(&self) -> Option<Nonsense> {
        let no_span = |span: Option<Duration>| span.is_some_and(is_no_span);
        Some(if self.algorithms.is_some_and(AlgorithmSet::is_empty) {
            ("algorithms", "no algorithm is allowed; leave the set out for the default")
        } else if self.issuers.names().is_some_and(none_or_blank) {
            ("issuers", "an issuer is a blank string or none is named; name one or waive the check")
        } else if self.audiences.names().is_some_and(none_or_blank) {
            (
                "audiences",
                "an audience is a blank string or none is named; name one or waive the check",
            )
        } else if matches!(&self.types, Types::OneOf(types) if none_or_blank(types)) {
            ("types", "a type is a blank string or none is named; name one or waive the check")
        } else if let Some(member) = self.demands_nothing {
            (
                member,
                "an empty list of claims or scopes demands nothing; name one or leave the demand out",
            )
        } else if self.required_claims.iter().any(|name| is_blank(name)) {
            ("required_claims", CLAIM_WITHOUT_NAME)
        } else if self.expected_claims.iter().any(|(name, _)| is_blank(name)) {
            ("expected_claims", CLAIM_WITHOUT_NAME)
        } else if has_twice(self.expected_claims.iter().map(|(name, _)| name)) {
            ("expected_claims", "a claim is named twice; expect one value of each claim")
        } else if self.required_scopes.iter().any(|scope| is_no_scope(scope)) {
            (
                "required_scopes",
                "a scope is blank or contains a space; pass each as a string of its own",
            )
        } else if self
            .required_roles
            .iter()
            .any(|(path, roles)| none_or_blank(path.names()) || none_or_blank(roles))
        {
            ("required_roles", "roles need a path and at least one name")
        } else if self.leeway > MAX_LEEWAY {
            ("leeway", "a leeway of more than 600 s; no clock is off so far")
        } else if no_span(self.max_age) {
            ("max_age", NO_CEILING)
        } else if no_span(self.max_lifetime) {
            ("max_lifetime", NO_CEILING)
        } else if self.max_token_octets == 0 {
            ("limits.token_octets", "a limit of zero octets refuses every token")
        } else if self.max_jwks_octets == 0 {
            ("limits.jwks_octets", "a limit of zero octets refuses every set of keys")
        } else if self.max_jwks_keys == 0 {
            ("limits.jwks_keys", "a limit of zero keys refuses every set of keys")
        } else {
            return self.lifetime_classes.as_ref().and_then(LifetimeClasses::nonsense);
        })
    }
}

impl LifetimeClasses {
    fn nonsense(&self) -> Option<Nonsense> {
        let classes = || self.ceilings.iter().map(|(class, _)| class);
        Some(if is_blank(&self.claim) {
            ("max_lifetime_by.claim", "lifetime classes by a claim without a name")
        } else if classes().any(|class| is_blank(class)) {
            ("max_lifetime_by.ceilings", "a lifetime class without a name")
        } else if has_twice(classes()) {
            ("max_lifetime_by.ceilings", "two ceilings for one lifetime class")
        } else if self.ceilings.is_empty() && self.otherwise.is_none() {
            (
                "max_lifetime_by.ceilings",
                "lifetime classes without any class refuse every token; name one or a default",
            )
        } else if self.ceilings.iter().any(|(_, ceiling)| is_no_span(*ceiling)) {
            ("max_lifetime_by.ceilings", NO_CEILING_OF_CLASS)
        } else if self.otherwise.is_some_and(is_no_span) {
            ("max_lifetime_by.default", NO_CEILING_OF_CLASS)
        } else {
            return None;
        })
    }
}

/// A member of the document, and what is wrong with it.
type Nonsense = (&'static str, &'static str);

/// What an unset environment variable, or one of spaces, looks like.
fn is_blank(name: &str) -> bool {
    name.trim().is_empty()
}

fn none_or_blank(names: impl AsRef<[String]>) -> bool {
    let names = names.as_ref();
    names.is_empty() || names.iter().any(|name| is_blank(name))
}

fn is_no_scope(scope: &str) -> bool {
    is_blank(scope) || scope.contains(char::is_whitespace)
}

fn has_twice<'n>(names: impl Iterator<Item = &'n String>) -> bool {
    let mut names = names.collect::<Vec<_>>();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// A ceiling that refuses everything or nothing.
fn is_no_span(span: Duration) -> bool {
    span.is_zero() || span > MAX_SPAN
}

/// A hundred years of 365.25 days: a longer ceiling is a mistake in the unit.
const MAX_SPAN: Duration = Duration::from_secs(3_155_760_000);

const CLAIM_WITHOUT_NAME: &str = "a claim without a name; name it or leave it out";
const NO_CEILING: &str =
    "a ceiling of zero or of more than a hundred years; leave it out to have none";
const NO_CEILING_OF_CLASS: &str =
    "a lifetime class with a ceiling of zero or of more than a hundred years";
