//! The checks of an ID token that depend on the login.

use core::time::Duration;

use super::login::{Channel, Login, Nonce};
use crate::crypto::algorithm::Algorithm;
use crate::error::Error;
use crate::profile::claims::{Claims, invalid, missing, unexpected, wrong};
use crate::profile::half_hash::{is_equal, is_half_hash};
use crate::time::UnixTime;
use crate::token::verified::Verified;

impl Login {
    /// §3.1.3.7 (11): compared as a string, with nothing folded.
    pub(super) fn check_nonce(&self, claims: &Claims<'_>) -> Result<(), Error> {
        match &self.nonce {
            Nonce::Any => Ok(()),
            Nonce::NotSent => claims.absent("nonce"),
            Nonce::Sent(sent) => {
                let nonce = claims.text("nonce")?.ok_or_else(|| missing("nonce"))?;
                if is_equal(nonce.as_bytes(), sent.as_bytes()) {
                    Ok(())
                } else {
                    Err(wrong("nonce"))
                }
            }
            Nonce::AsBefore => {
                let Some(nonce) = claims.text("nonce")? else { return Ok(()) };
                match self.refreshed.as_ref().and_then(|previous| previous.nonce.as_ref()) {
                    None => Err(unexpected("nonce")),
                    Some(before) if is_equal(nonce.as_bytes(), before.as_bytes()) => Ok(()),
                    Some(_) => Err(wrong("nonce")),
                }
            }
        }
    }

    /// §3.1.3.7 (13), §3.1.2.1. Leeway applies to `max_age`: without it, zero would refuse every
    /// login.
    pub(super) fn check_authentication_time(
        &self,
        claims: &Claims<'_>,
        now: UnixTime,
        leeway: Duration,
    ) -> Result<(), Error> {
        let Some(authenticated_at) = claims.date("auth_time")? else {
            let required = self.authentication_time_required || self.max_age.is_some();
            return if required { Err(missing("auth_time")) } else { Ok(()) };
        };
        if !authenticated_at.is_reached_at(now.plus(leeway)) {
            return Err(invalid("auth_time", "a date that is not in the future"));
        }
        match self.max_age {
            Some(max_age) if authenticated_at.is_before(now.minus(leeway).minus(max_age)) => {
                Err(Error::AuthenticationTooOld { authenticated_at, now, max_age })
            }
            _ => Ok(()),
        }
    }

    /// §3.1.3.7 (12), §5.5.1.1.
    pub(super) fn check_context(&self, claims: &Claims<'_>) -> Result<(), Error> {
        if self.contexts.is_empty() {
            return Ok(());
        }
        let context = claims.text("acr")?.ok_or_else(|| missing("acr"))?;
        if self.contexts.iter().any(|known| *known == context) { Ok(()) } else { Err(wrong("acr")) }
    }

    /// §3.1.3.8, §3.2.2.9, §3.3.2.9.
    pub(super) fn check_access_token(
        &self,
        claims: &Claims<'_>,
        algorithm: Algorithm,
    ) -> Result<(), Error> {
        let Some((token, channel)) = &self.access_token else { return Ok(()) };
        check_hash(claims, "at_hash", algorithm, token, *channel == Channel::Front)
    }

    /// §3.3.2.10.
    pub(super) fn check_code(
        &self,
        claims: &Claims<'_>,
        algorithm: Algorithm,
    ) -> Result<(), Error> {
        let Some((code, channel)) = &self.code else { return Ok(()) };
        check_hash(claims, "c_hash", algorithm, code, *channel == Channel::Front)
    }

    /// FAPI 1.0 Part 2 §5.1.1.
    pub(super) fn check_state(
        &self,
        claims: &Claims<'_>,
        algorithm: Algorithm,
    ) -> Result<(), Error> {
        let Some(state) = &self.state else { return Ok(()) };
        check_hash(claims, "s_hash", algorithm, state, self.state_hash_required)
    }

    /// §3.3.3.6 for the second token of the hybrid flow, §12.2 for a refresh.
    pub(super) fn check_previous(
        &self,
        verified: &Verified,
        claims: &Claims<'_>,
    ) -> Result<(), Error> {
        for previous in [&self.first, &self.refreshed].into_iter().flatten() {
            if verified.issuer() != Some(&previous.issuer) {
                return Err(wrong("iss"));
            }
            if verified.subject() != Some(&previous.subject) {
                return Err(wrong("sub"));
            }
        }
        let Some(previous) = &self.refreshed else { return Ok(()) };
        let was_there = |name: &str| previous.audience.iter().any(|before| before == name);
        let is_there = |name: &str| verified.audience().any(|audience| audience == name);
        if !verified.audience().all(|name| was_there(&name))
            || !previous.audience.iter().all(|name| is_there(name))
        {
            return Err(wrong("aud"));
        }
        match (claims.text("azp")?, &previous.party) {
            (None, None) => {}
            (Some(party), Some(before)) if *before == party => {}
            (Some(_), None) => return Err(unexpected("azp")),
            (None, Some(_)) => return Err(missing("azp")),
            (Some(_), Some(_)) => return Err(wrong("azp")),
        }
        match (claims.date("auth_time")?, previous.authenticated_at) {
            (Some(now), Some(before)) if now != before => Err(wrong("auth_time")),
            _ => Ok(()),
        }
    }
}

fn check_hash(
    claims: &Claims<'_>,
    name: &str,
    algorithm: Algorithm,
    text: &str,
    required: bool,
) -> Result<(), Error> {
    match claims.text(name)? {
        Some(hash) if is_half_hash(&hash, algorithm, text) => Ok(()),
        Some(_) => Err(wrong(name)),
        None if required => Err(missing(name)),
        None => Ok(()),
    }
}
