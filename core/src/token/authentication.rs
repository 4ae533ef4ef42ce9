//! How the user behind a token must have signed in (RFC 9470): the rule of guards and of access tokens.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::encoding::json::Value;
use crate::error::Error;
use crate::time::{NumericDate, UnixTime};

/// Which authentication of the user a token must show. Demands add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// Each list must contain the token's `acr`. Lists with a common value are merged into one.
    pub(crate) acr_values: Vec<Vec<String>>,
    /// Whole seconds.
    pub(crate) max_age: Option<Duration>,
}

impl Authentication {
    /// Demands nothing.
    pub(crate) const fn any() -> Self {
        Self { acr_values: Vec::new(), max_age: None }
    }

    /// # Errors
    /// What is wrong with the values.
    pub(crate) fn with_acr(
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, &'static str> {
        let mut distinct = Vec::<String>::new();
        for value in values {
            let value = value.into();
            // A challenge separates the values with spaces (RFC 9470 §3).
            if value.is_empty() || !value.bytes().all(is_quotable) {
                return Err(
                    "an acr value is blank or contains whitespace, a quotation mark, a backslash \
                     or something else than ASCII; pass each value as its own string",
                );
            }
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        if distinct.is_empty() {
            return Err("no acr value is named; name at least one");
        }
        Ok(Self { acr_values: [distinct].into(), max_age: None })
    }

    /// # Errors
    /// What is wrong with the age.
    pub(crate) fn within(max_age: Duration) -> Result<Self, &'static str> {
        if max_age.subsec_nanos() > 0 || !(1..=LONGEST_AGE).contains(&max_age.as_secs()) {
            return Err(
                "the maximum authentication age must be whole seconds, at least one and at most a \
                 hundred years",
            );
        }
        Ok(Self { acr_values: Vec::new(), max_age: Some(max_age) })
    }

    /// Demands both.
    pub(crate) fn add(&mut self, other: Self) {
        for list in other.acr_values {
            let common = |known: &Vec<String>| known.iter().any(|value| list.contains(value));
            match self.acr_values.iter_mut().find(|known| common(known)) {
                Some(known) => known.retain(|value| list.contains(value)),
                // No token meets both. They are kept, so that the demand stays what was asked for.
                None => self.acr_values.push(list),
            }
        }
        self.max_age = match (self.max_age, other.max_age) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
    }

    pub(crate) fn is_any(&self) -> bool {
        self.acr_values.is_empty() && self.max_age.is_none()
    }

    /// Returns why the token does not show it; `Ok(None)` if it does.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`] if `acr` is not a string or `auth_time` not a date.
    pub(crate) fn lack(&self, claims: Value<'_>, now: UnixTime) -> Result<Option<Error>, Error> {
        let lacking_acr = self.lacking_acr(claims)?;
        let is_recent = self.is_recent(claims, now)?;
        Ok(match (lacking_acr, is_recent) {
            (None, true) => None,
            (Some(_), _) => Some(self.insufficient("acr", lacking_acr)),
            (None, false) => Some(self.insufficient("auth_time", None)),
        })
    }

    /// Refuses a token whose user signed in too long ago, or does not say when.
    ///
    /// # Errors
    /// [`Error::InsufficientAuthentication`], and [`Error::InvalidClaim`] if `auth_time` is not a date.
    pub(crate) fn check_time(&self, claims: Value<'_>, now: UnixTime) -> Result<(), Error> {
        if self.is_recent(claims, now)? {
            Ok(())
        } else {
            Err(self.insufficient("auth_time", None))
        }
    }

    /// Refuses a token whose `acr` is none of those demanded.
    ///
    /// # Errors
    /// [`Error::InsufficientAuthentication`], and [`Error::InvalidClaim`] if `acr` is not a string.
    pub(crate) fn check_context(&self, claims: Value<'_>) -> Result<(), Error> {
        match self.lacking_acr(claims)? {
            None => Ok(()),
            lacking => Err(self.insufficient("acr", lacking)),
        }
    }

    /// The client must meet everything with its next token, not only what this one lacks.
    fn insufficient(&self, claim: &'static str, lacking_acr: Option<&Vec<String>>) -> Error {
        let acr_values = lacking_acr.or(self.acr_values.first()).cloned().unwrap_or_default();
        Error::InsufficientAuthentication { claim, acr_values, max_age: self.max_age }
    }

    /// Returns the first list that does not contain the token's `acr`.
    fn lacking_acr(&self, claims: Value<'_>) -> Result<Option<&Vec<String>>, Error> {
        if self.acr_values.is_empty() {
            return Ok(None);
        }
        let acr = match claims.member("acr") {
            None => None,
            Some(value) => Some(value.as_text().ok_or_else(|| invalid("acr", "a string"))?),
        };
        let contains = |list: &&Vec<String>| {
            acr.is_some_and(|acr| list.iter().any(|accepted| acr.is(accepted)))
        };
        Ok(self.acr_values.iter().find(|list| !contains(list)))
    }

    /// Whether the user signed in at most `max_age` ago, without leeway, like a policy's `max_age`.
    fn is_recent(&self, claims: Value<'_>, now: UnixTime) -> Result<bool, Error> {
        let Some(max_age) = self.max_age else { return Ok(true) };
        let Some(value) = claims.member("auth_time") else { return Ok(false) };
        let signed_in = value
            .as_number()
            .and_then(NumericDate::from_checked_number)
            .ok_or_else(|| invalid("auth_time", "a finite number of seconds"))?;
        // A date further ahead would be recent for ever.
        let is_ahead = !signed_in.is_reached_at(now.plus(CLOCK_DIFFERENCE));
        Ok(!is_ahead && !signed_in.is_before(now.minus(max_age)))
    }
}

fn invalid(claim: &str, expected: &'static str) -> Error {
    Error::InvalidClaim { claim: claim.to_owned(), expected }
}

/// Visible ASCII except the two characters that end or escape a quoted string (RFC 9110 §5.6.4).
const fn is_quotable(octet: u8) -> bool {
    octet.is_ascii_graphic() && octet != b'"' && octet != b'\\'
}

/// A hundred years in seconds, the longest duration of a policy too.
const LONGEST_AGE: u64 = 3_155_760_000;

/// The most that clocks differ, which is also the largest leeway of a policy.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(600);
