//! All that a guard is told: where the token is, what it must grant, who may come without one.

use alloc::string::String;

use super::answer::Answer;
use super::demand::{Demand, DemandError};
use super::token_place::TokenPlace;
use crate::error::Error;
use crate::token::verified::Verified;

/// The rules of a guard in front of some part of a service. A framework asks it for the request's
/// token, verifies that, checks the demand, and turns every error into the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct GuardRules {
    place: TokenPlace,
    demand: Demand,
    optional: bool,
    realm: Option<String>,
}

impl GuardRules {
    /// Lets in requests with a good token in the Authorization header that grants what is demanded.
    pub const fn new(demand: Demand) -> Self {
        Self { place: TokenPlace::authorization(), demand, optional: false, realm: None }
    }

    /// Takes the token from another place.
    pub fn at(mut self, place: TokenPlace) -> Self {
        self.place = place;
        self
    }

    /// Names the protected space in every challenge (RFC 9110 §11.5). Quotation marks, backslashes
    /// and everything but visible ASCII and the space are left out.
    pub fn with_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Lets in requests without any token too. A request that has the header or cookie of the place
    /// must have a good token in it all the same.
    ///
    /// # Errors
    /// [`DemandError`] if something is demanded: a request without a token would be let in without
    /// granting it.
    pub fn optional(mut self) -> Result<Self, DemandError> {
        self.optional = true;
        self.checked()
    }

    /// Demands this too.
    ///
    /// # Errors
    /// [`DemandError`] if the guard is optional and something is demanded.
    pub fn and(mut self, demand: Demand) -> Result<Self, DemandError> {
        self.demand = self.demand.and(demand);
        self.checked()
    }

    /// Where the token is.
    pub const fn place(&self) -> &TokenPlace {
        &self.place
    }

    /// What the token must grant.
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Whether requests without any token are let in.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.optional
    }

    /// The protected space.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// The token of a request, from the values of every line of the header
    /// [`TokenPlace::header_name`]. `None` only if the guard is optional and the request has none.
    ///
    /// # Errors
    /// As [`TokenPlace::token`], and [`Error::MissingToken`] without any token.
    pub fn token<'v>(
        &self,
        values: impl IntoIterator<Item = &'v [u8]>,
    ) -> Result<Option<&'v [u8]>, Error> {
        match self.place.token(values)? {
            None if !self.optional => Err(Error::MissingToken),
            token => Ok(token),
        }
    }

    /// Whether a verified token grants what is demanded.
    ///
    /// # Errors
    /// As [`Demand::check`].
    pub fn check(&self, token: &Verified) -> Result<(), Error> {
        self.demand.check(token)
    }

    /// The whole answer to a request that is refused for this error.
    #[must_use]
    pub fn answer(&self, error: &Error) -> Answer {
        error.answer(self.realm(), &self.place)
    }

    fn checked(self) -> Result<Self, DemandError> {
        if self.optional && !self.demand.is_empty() {
            return Err(DemandError::new(
                "an optional guard demands something, so that a request without a token would get \
                 by; guard that route with a guard that is not optional",
            ));
        }
        Ok(self)
    }
}
