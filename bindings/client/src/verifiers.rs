//! Verifies a token with the verifier and the keys that are for it.

use std::sync::Arc;

use verijot::profile::{AccessTokenVerifier, StepUp};
use verijot::verify::Chosen;
use verijot::{
    Error, JwkSet, SharedTokenCache, UnixTime, Unverified, Verified, Verifier, VerifierSet,
};

use crate::issuer_keys::IssuerKeys;

/// The verifiers of an authenticator, with the keys of each.
#[derive(Debug)]
pub(crate) enum Verifiers {
    One(Verifier, IssuerKeys),
    AccessTokens(Box<AccessTokenVerifier>, StepUp, IssuerKeys),
    Several(VerifierSet<IssuerKeys>),
}

impl Verifiers {
    pub(crate) fn open<'v>(&'v self, token: &'v [u8]) -> Result<Opened<'v>, Error> {
        Ok(match self {
            Self::One(verifier, keys) => Opened::One(verifier.open(token)?, keys),
            Self::AccessTokens(verifier, _, keys) => {
                Opened::One(verifier.verifier().open(token)?, keys)
            }
            Self::Several(set) => Opened::OfSeveral(set.open(token)?),
        })
    }

    /// Makes the checks of a profile of a token that its verifier has accepted, also of a cached one.
    pub(crate) fn check(&self, verified: &Verified, now: UnixTime) -> Result<(), Error> {
        match self {
            Self::One(..) | Self::Several(_) => Ok(()),
            Self::AccessTokens(verifier, step_up, _) => {
                verifier.check(verified, now, step_up).map(|_| ())
            }
        }
    }
}

/// A token that has passed the checks that need no keys.
pub(crate) enum Opened<'v> {
    One(Unverified<'v>, &'v IssuerKeys),
    OfSeveral(Chosen<'v, IssuerKeys>),
}

impl<'v> Opened<'v> {
    pub(crate) const fn keys(&self) -> &'v IssuerKeys {
        match self {
            Self::One(_, keys) => keys,
            Self::OfSeveral(chosen) => chosen.keys(),
        }
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        match self {
            Self::One(opened, _) => opened.header().key_id(),
            Self::OfSeveral(chosen) => chosen.header().key_id(),
        }
    }

    pub(crate) fn verify(
        self,
        keys: &JwkSet,
        now: UnixTime,
        cache: Option<&SharedTokenCache>,
    ) -> Result<Arc<Verified>, Error> {
        let opened = match self {
            Self::One(opened, _) => opened,
            Self::OfSeveral(chosen) => chosen.into_unverified(),
        };
        match cache {
            Some(cache) => cache.verify_opened(opened, keys, now),
            None => opened.verify(keys, now).map(Arc::new),
        }
    }
}
