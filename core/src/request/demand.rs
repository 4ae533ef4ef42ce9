//! The scopes, the roles and the sign-in that a request's token must show.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::codes;
use crate::encoding::json::{self, Value};
use crate::error::Error;
use crate::time::UnixTime;
use crate::token::authentication::Authentication;
use crate::token::grants::{ClaimPath, Grants};
use crate::token::verified::Verified;

/// What a valid token must also grant for a request. Demands add up: with [`Demand::and`], a token
/// must satisfy both demands, in any order.
///
/// ```
/// use verijot::UnixTime;
/// use verijot::request::Demand;
/// let now = UnixTime::from_seconds(1_800_000_000);
/// let demand = Demand::all_scopes(["notes:read"])?
///     .and(Demand::any_role("realm_access.roles", ["editor", "admin"])?);
/// let editor = r#"{"scope": "notes:read", "realm_access": {"roles": ["editor"]}}"#;
/// assert!(demand.check_payload(editor, now).is_ok());
/// let error = demand.check_payload(r#"{"scope": "notes:read"}"#, now).unwrap_err();
/// assert_eq!(error.code(), "insufficient_scope");
///
/// // An empty list would admit every token.
/// assert!(Demand::all_scopes([""; 0]).is_err());
/// # Ok::<(), verijot::request::DemandError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Demand {
    /// In the order of [`Clause::rank`].
    pub(super) clauses: Vec<Clause>,
    pub(super) authentication: Authentication,
}

impl Demand {
    /// Demands only a valid token.
    pub const fn good_token() -> Self {
        Self { clauses: Vec::new(), authentication: Authentication::any() }
    }

    /// Demands all of these scopes, in `scope` (RFC 8693 §4.2) or, if that is missing, in `scp`.
    ///
    /// # Errors
    /// [`DemandError`] if there is no scope, or if one is blank or contains whitespace or a control
    /// character, because no token can grant it (RFC 6749 §3.3).
    pub fn all_scopes<S: Into<String>>(
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Self::of(Source::Scopes, Quantity::All, scopes)
    }

    /// Demands at least one of these scopes.
    ///
    /// # Errors
    /// Like [`Demand::all_scopes`].
    pub fn any_scope<S: Into<String>>(
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Self::of(Source::Scopes, Quantity::Any, scopes)
    }

    /// Demands all of these roles in the claim at `path`, an array of strings or one string.
    ///
    /// # Errors
    /// [`DemandError`] if the path is empty or contains a blank name, if there is no role, or if a
    /// role is blank.
    pub fn all_roles<S: Into<String>>(
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Self::of(Source::Roles(path.into()), Quantity::All, roles)
    }

    /// Demands at least one of these roles in the claim at `path`.
    ///
    /// # Errors
    /// Like [`Demand::all_roles`].
    pub fn any_role<S: Into<String>>(
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Self::of(Source::Roles(path.into()), Quantity::Any, roles)
    }

    /// Demands that the user signed in with one of these authentication context classes, in the
    /// claim `acr` (RFC 9470 §3, RFC 9068 §2.2.1). A token without the claim is refused with
    /// `insufficient_authentication`; the challenge names the values in this order, best first.
    ///
    /// # Errors
    /// [`DemandError`] if there is no value, or if one is blank or contains anything except visible
    /// ASCII, a quotation mark or a backslash, because a challenge could not name it.
    pub fn acr_values<S: Into<String>>(
        values: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        Ok(Self {
            clauses: Vec::new(),
            authentication: Authentication::with_acr(values).map_err(DemandError::new)?,
        })
    }

    /// Demands that the user signed in at most this long ago, in the claim `auth_time` (RFC 9470
    /// §3). A token without the claim, or with one more than ten minutes ahead, is refused with
    /// `insufficient_authentication`. There is no leeway.
    ///
    /// # Errors
    /// [`DemandError`] unless it is whole seconds, at least one and at most a hundred years.
    pub fn max_authentication_age(age: Duration) -> Result<Self, DemandError> {
        Ok(Self {
            clauses: Vec::new(),
            authentication: Authentication::within(age).map_err(DemandError::new)?,
        })
    }

    /// Demands both. Of two maximum ages the shorter one counts; of two lists of `acr` values
    /// the values that are in both.
    pub fn and(mut self, other: Self) -> Self {
        for clause in other.clauses {
            self.add(clause);
        }
        self.authentication.add(other.authentication);
        self
    }

    /// Whether it demands only a valid token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.authentication.is_any()
    }

    /// Checks that a token grants everything that is demanded. `now` is the time by which the
    /// token was verified.
    ///
    /// # Errors
    /// [`Error::InvalidClaim`] if a claim that is read has another type, as in a
    /// [`Policy`](crate::Policy): scopes and roles must be a string or an array of strings, `acr` a
    /// string, `auth_time` a number. Otherwise [`Error::InsufficientAuthentication`], and if the
    /// user signed in as demanded, [`Error::InsufficientScope`] with the first demand that is not
    /// met, in this order: all scopes, any scope, all roles, any role.
    pub fn check(&self, token: &Verified, now: UnixTime) -> Result<(), Error> {
        self.check_claims(token.members(), now)
    }

    /// Checks the payload of a verified token, for callers who keep only the payload.
    ///
    /// # Errors
    /// Like [`Demand::check`]; also [`Error::MalformedClaims`] if the payload is not one JSON
    /// object in strict JSON.
    pub fn check_payload(&self, payload: &str, now: UnixTime) -> Result<(), Error> {
        json::read_object(payload, |_, _| {})
            .map_err(|error| Error::MalformedClaims { reason: error.reason() })?;
        self.check_claims(Value::checked(payload), now)
    }

    pub(super) fn of<S: Into<String>>(
        source: Source,
        quantity: Quantity,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, DemandError> {
        let mut distinct = Vec::<String>::new();
        for name in names {
            add_name(&mut distinct, name.into());
        }
        source.check(&distinct)?;
        // Any of one name is all of one name, which a challenge can express.
        let quantity = if distinct.len() == 1 { Quantity::All } else { quantity };
        let clauses = [Clause { source, quantity, names: distinct }].into();
        Ok(Self { clauses, authentication: Authentication::any() })
    }

    fn add(&mut self, clause: Clause) {
        let same = self.clauses.iter_mut().find(|known| {
            let alike = known.source == clause.source && known.quantity == clause.quantity;
            alike && (clause.quantity == Quantity::All || known.names == clause.names)
        });
        match same {
            Some(same) => clause.names.into_iter().for_each(|name| add_name(&mut same.names, name)),
            None => {
                let rank = clause.rank();
                let place = self.clauses.partition_point(|known| known.rank() <= rank);
                self.clauses.insert(place, clause);
            }
        }
    }

    fn check_claims(&self, claims: Value<'_>, now: UnixTime) -> Result<(), Error> {
        let mut lacking = self.authentication.lack(claims, now)?;
        for clause in &self.clauses {
            if !clause.is_met(claims)? {
                lacking = lacking.or_else(|| Some(clause.error()));
            }
        }
        lacking.map_or(Ok(()), Err)
    }
}

/// One list of names in a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) source: Source,
    pub(super) quantity: Quantity,
    /// Without duplicates; at least one.
    pub(super) names: Vec<String>,
}

/// The claim that must grant the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Scopes,
    Roles(ClaimPath),
}

/// How many of the names must be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    All,
    Any,
}

impl Clause {
    fn is_met(&self, claims: Value<'_>) -> Result<bool, Error> {
        let granted = match &self.source {
            Source::Scopes => Grants::scopes(claims)?,
            Source::Roles(path) => Grants::roles(claims, path)?,
        };
        let mut names = self.names.iter();
        Ok(match self.quantity {
            Quantity::All => names.all(|name| granted.contain(name)),
            Quantity::Any => names.any(|name| granted.contain(name)),
        })
    }

    fn error(&self) -> Error {
        Error::InsufficientScope {
            claim: match &self.source {
                Source::Scopes => "scope".to_owned(),
                Source::Roles(path) => text!("{path}"),
            },
            required: self.names.clone(),
            any_of: self.quantity == Quantity::Any,
        }
    }

    fn rank(&self) -> usize {
        match (&self.source, self.quantity) {
            (Source::Scopes, Quantity::All) => 0,
            (Source::Scopes, Quantity::Any) => 1,
            (Source::Roles(_), Quantity::All) => 2,
            (Source::Roles(_), Quantity::Any) => 3,
        }
    }
}

impl Source {
    fn check(&self, names: &[String]) -> Result<(), DemandError> {
        let blank = |name: &String| name.trim().is_empty();
        let unusable = |character: char| character.is_whitespace() || character.is_control();
        let problem = match self {
            Self::Scopes if names.is_empty() => "no scope is named; name at least one",
            Self::Scopes if names.iter().any(|name| blank(name) || name.contains(unusable)) => {
                "a scope is blank or contains whitespace; pass each scope as its own string"
            }
            Self::Roles(path) if path.is_empty() || path.names().iter().any(blank) => {
                "the path of the roles claim is empty or contains a blank name; name the claim"
            }
            Self::Roles(_) if names.is_empty() => "no role is named; name at least one",
            Self::Roles(_) if names.iter().any(blank) => "a role is blank; name the role",
            _ => return Ok(()),
        };
        Err(DemandError::new(problem))
    }
}

/// `invalid_demand`: a demand, a token place or a guard is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandError {
    problem: String,
}

impl DemandError {
    /// The stable code.
    pub const CODE: &'static str = codes::INVALID_DEMAND.code;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        Self::CODE
    }

    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into() }
    }

    /// Returns what is wrong and what to write instead. Safe to log.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for DemandError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", Self::CODE, self.problem)
    }
}

impl core::error::Error for DemandError {}

fn add_name(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}
