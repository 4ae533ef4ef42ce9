//! The rules of a guard: where the token is, what it must grant, and whether it is optional.

use alloc::string::String;
use core::time::Duration;

use super::answer::Answer;
use super::demand::{Demand, DemandError};
use super::resource_metadata::check_metadata_url;
use super::token_place::TokenPlace;
use crate::error::Error;
use crate::time::UnixTime;
use crate::token::verified::Verified;

/// The rules of a guard in front of a part of a service. A framework gets the request's token from
/// it, verifies the token, checks the demand, and turns every error into an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct GuardRules {
    place: TokenPlace,
    demand: Demand,
    optional: bool,
    realm: Option<String>,
    resource_metadata: Option<String>,
}

impl GuardRules {
    /// How long a verified token stands for all guards of its request, which follow one another at
    /// once. After that a guard verifies it again, because a handler may keep a request, for example
    /// for a stream, beyond the token's expiry or revocation.
    pub const SHARED_FOR: Duration = Duration::from_secs(1);

    /// Admits requests with a valid token in the Authorization header that grants what is demanded.
    pub const fn new(demand: Demand) -> Self {
        Self {
            place: TokenPlace::authorization(),
            demand,
            optional: false,
            realm: None,
            resource_metadata: None,
        }
    }

    /// Sets where a request carries the token.
    pub fn at(mut self, place: TokenPlace) -> Self {
        self.place = place;
        self
    }

    /// Sets the protected space in every challenge (RFC 9110 §11.5). Quotation marks, backslashes
    /// and everything except visible ASCII and spaces are removed.
    pub fn with_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Names the URL of the protected resource's metadata in every challenge (RFC 9728 §5.1), so
    /// that a client finds out which authorization server issues its tokens.
    /// [`resource_metadata_url`](super::resource_metadata_url) makes the usual URL of a resource.
    ///
    /// # Errors
    /// [`DemandError`] if it is not an absolute URL with https, or with http on this machine, or if
    /// it has a fragment.
    pub fn with_resource_metadata(mut self, url: impl Into<String>) -> Result<Self, DemandError> {
        let url = url.into();
        check_metadata_url(&url)?;
        self.resource_metadata = Some(url);
        Ok(self)
    }

    /// Also admits requests without a token. A request that has the header or cookie must still
    /// have a valid token in it.
    ///
    /// # Errors
    /// [`DemandError`] if something is demanded, because a request without a token would bypass it.
    pub fn optional(mut self) -> Result<Self, DemandError> {
        self.optional = true;
        self.checked()
    }

    /// Adds a demand.
    ///
    /// # Errors
    /// [`DemandError`] if the guard is optional and something is demanded.
    pub fn and(mut self, demand: Demand) -> Result<Self, DemandError> {
        self.demand = self.demand.and(demand);
        self.checked()
    }

    /// Returns where a request carries the token.
    pub const fn place(&self) -> &TokenPlace {
        &self.place
    }

    /// Returns what the token must grant.
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Whether requests without a token are admitted.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        self.optional
    }

    /// Returns the protected space.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// Returns the URL of the protected resource's metadata.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.resource_metadata.as_deref()
    }

    /// Returns the token of a request, from the values of every line of the header
    /// [`TokenPlace::header_name`]. `None` only if the guard is optional and the request has no
    /// token.
    ///
    /// # Errors
    /// Like [`TokenPlace::token`]; also [`Error::MissingToken`] if there is no token.
    pub fn token<'v>(
        &self,
        values: impl IntoIterator<Item = &'v [u8]>,
    ) -> Result<Option<&'v [u8]>, Error> {
        match self.place.token(values)? {
            None if !self.optional => Err(Error::MissingToken),
            token => Ok(token),
        }
    }

    /// Checks that a verified token grants what is demanded. `now` is the time by which it was
    /// verified.
    ///
    /// # Errors
    /// Like [`Demand::check`].
    pub fn check(&self, token: &Verified, now: UnixTime) -> Result<(), Error> {
        self.demand.check(token, now)
    }

    /// Returns the complete answer to a request that is refused with this error.
    #[must_use]
    pub fn answer(&self, error: &Error) -> Answer {
        let challenge = error.www_authenticate(None);
        let retry_after = error.retry_after_seconds();
        let status = error.http_status();
        Answer::restored(error.code(), status, challenge.as_deref(), retry_after, self)
    }

    fn checked(self) -> Result<Self, DemandError> {
        if self.optional && !self.demand.is_empty() {
            return Err(DemandError::new(
                "an optional guard must not demand anything, because a request without a token \
                 would pass; use a guard that is not optional",
            ));
        }
        Ok(self)
    }
}
