//! Whether a tenant is known, which only the caller knows.

use alloc::boxed::Box;
use core::fmt;

use crate::error::Error;
use crate::token::verified::Verified;
use crate::verify::verifier::Verifier;

/// The caller's checks, all of which must know a tenant; without any, every tenant is known.
#[derive(Default)]
pub(crate) struct KnownTenants {
    is_known: Option<Box<TenantCheck>>,
}

impl KnownTenants {
    /// Adds a check.
    pub(crate) fn and(self, is_known: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            is_known: Some(match self.is_known {
                None => Box::new(is_known),
                Some(others) => Box::new(move |tenant| others(tenant) && is_known(tenant)),
            }),
        }
    }

    /// Asks for the tenant of a token that the verifier has accepted, if it has one.
    ///
    /// # Errors
    /// [`Error::WrongIssuer`] if it is not known.
    pub(crate) fn ask(&self, verifier: &Verifier, verified: &Verified) -> Result<(), Error> {
        if let (Some(is_known), Some(issuer)) = (&self.is_known, verified.issuer()) {
            if verifier.tenant_of(issuer).is_some_and(|tenant| !is_known(tenant)) {
                return Err(verifier.unknown_tenant(issuer));
            }
        }
        Ok(())
    }
}

type TenantCheck = dyn Fn(&str) -> bool + Send + Sync;

impl fmt::Debug for KnownTenants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("KnownTenants").field(&self.is_known.is_some()).finish()
    }
}
