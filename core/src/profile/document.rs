//! Any profile and any call, by their documents: all that a binding needs.

use alloc::string::String;

use super::access_token::{AccessTokenVerifier, StepUp};
use super::base;
use super::id_token::{IdTokenVerifier, Login};
use super::logout_token::LogoutTokenVerifier;
use super::replay_window::Replay;
use super::security_event::SecurityEventVerifier;
use super::settings::Members;
use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::time::UnixTime;
use crate::token::verified::Verified;
use crate::verify::check::Check;
use crate::verify::policy::{Form, PolicyError};
use crate::verify::{Explanation, Verifier};

/// The verifier of any profile, read from its document.
///
/// For bindings, files and the command line; in Rust the verifiers themselves say more.
#[derive(Debug)]
pub struct Profile {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    IdToken(IdTokenVerifier),
    LogoutToken(LogoutTokenVerifier),
    SecurityEvent(SecurityEventVerifier),
    AccessToken(AccessTokenVerifier),
}

impl Profile {
    /// The names of all profiles.
    pub const NAMES: [&'static str; 4] = [
        IdTokenVerifier::NAME,
        LogoutTokenVerifier::NAME,
        SecurityEventVerifier::NAME,
        AccessTokenVerifier::NAME,
    ];

    /// Reads the document of a profile, strict JSON. Its member `profile` is the name; the others
    /// are those of [`IdTokenVerifier::from_json`], [`LogoutTokenVerifier::from_json`],
    /// [`SecurityEventVerifier::from_json`] or [`AccessTokenVerifier::from_json`].
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let json = json.as_ref();
        let name = match Members::read(json)?.take(base::PROFILE) {
            Some(found) => String::read(&found)?,
            None => return Err(PolicyError::at(base::PROFILE, unknown("missing"))),
        };
        let kind = match name.as_str() {
            IdTokenVerifier::NAME => Kind::IdToken(IdTokenVerifier::from_json(json)?),
            LogoutTokenVerifier::NAME => Kind::LogoutToken(LogoutTokenVerifier::from_json(json)?),
            SecurityEventVerifier::NAME => {
                Kind::SecurityEvent(SecurityEventVerifier::from_json(json)?)
            }
            AccessTokenVerifier::NAME => Kind::AccessToken(AccessTokenVerifier::from_json(json)?),
            _ => return Err(PolicyError::at(base::PROFILE, unknown("unknown"))),
        };
        Ok(Self { kind })
    }

    /// Returns the name of the profile.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.kind {
            Kind::IdToken(_) => IdTokenVerifier::NAME,
            Kind::LogoutToken(_) => LogoutTokenVerifier::NAME,
            Kind::SecurityEvent(_) => SecurityEventVerifier::NAME,
            Kind::AccessToken(_) => AccessTokenVerifier::NAME,
        }
    }

    /// Returns the verifier that makes the checks up to the profile's. What it accepts must also
    /// pass [`Expectations::check`].
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        match &self.kind {
            Kind::IdToken(profile) => profile.verifier(),
            Kind::LogoutToken(profile) => profile.verifier(),
            Kind::SecurityEvent(profile) => profile.verifier(),
            Kind::AccessToken(profile) => profile.verifier(),
        }
    }

    /// Reads what one call expects, strict JSON: for an ID token [`Login::from_json`], for an access
    /// token [`StepUp::from_json`], for the others an object without members. Read it before the
    /// token is verified, so that a mistake of the caller does not depend on the token.
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn expectations(&self, json: impl AsRef<[u8]>) -> Result<Expectations<'_>, PolicyError> {
        let call = match &self.kind {
            Kind::IdToken(profile) => Call::Login(profile, Login::from_json(json)?),
            Kind::AccessToken(profile) => Call::StepUp(profile, StepUp::from_json(json)?),
            Kind::LogoutToken(profile) => {
                Members::read(json.as_ref())?.finish(&[])?;
                Call::Logout(profile)
            }
            Kind::SecurityEvent(profile) => {
                Members::read(json.as_ref())?.finish(&[])?;
                Call::Event(profile)
            }
        };
        Ok(Expectations { profile: self, call })
    }
}

/// What one call expects of a token, read from a document by [`Profile::expectations`].
#[derive(Debug)]
#[must_use]
pub struct Expectations<'p> {
    profile: &'p Profile,
    call: Call<'p>,
}

#[derive(Debug)]
// It lives for one call; a box would cost an allocation.
#[allow(clippy::large_enum_variant)]
enum Call<'p> {
    Login(&'p IdTokenVerifier, Login),
    Logout(&'p LogoutTokenVerifier),
    Event(&'p SecurityEventVerifier),
    StepUp(&'p AccessTokenVerifier, StepUp),
}

impl Expectations<'_> {
    /// Makes the profile's checks of a token that [`Profile::verifier`] has accepted at this time.
    /// If the result has a [`Replay`], the caller must admit it too.
    ///
    /// # Errors
    /// The first check that fails, in the order of the profile's verifier.
    pub fn check(&self, verified: &Verified, now: UnixTime) -> Result<Checked, Error> {
        Ok(match &self.call {
            Call::Login(profile, login) => {
                Checked { json: profile.check(verified, now, login)?.to_json(), replay: None }
            }
            Call::StepUp(profile, step_up) => {
                Checked { json: profile.check(verified, now, step_up)?.to_json(), replay: None }
            }
            Call::Logout(profile) => {
                let checked = profile.check(verified, now)?;
                let replay = (!profile.replay_waived).then_some(*checked.replay());
                Checked { json: checked.without_replay_check().to_json(), replay }
            }
            Call::Event(profile) => {
                let checked = profile.check(verified, now)?;
                let replay = (!profile.replay_waived).then_some(*checked.replay());
                Checked { json: checked.without_replay_check().to_json(), replay }
            }
        })
    }

    /// Verifies a token, and makes the profile's checks.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], then those of [`Expectations::check`].
    pub fn verify(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<(Verified, Checked), Error> {
        let verified = self.profile.verifier().verify(raw, keys, now)?;
        let checked = self.check(&verified, now)?;
        Ok((verified, checked))
    }

    /// Verifies like [`Expectations::verify`], and records the outcome of each check.
    #[must_use]
    pub fn explain(&self, raw: impl AsRef<[u8]>, keys: &JwkSet, now: UnixTime) -> Explanation {
        self.explain_further(self.profile.verifier().explain(raw, keys, now), now)
    }

    /// Continues the explanation of [`Profile::verifier`], or of another verifier with its policy, with
    /// the profile's checks; for signatures that are [answered later](crate::verify::Question::explain).
    #[must_use]
    pub fn explain_further(&self, explanation: Explanation, now: UnixTime) -> Explanation {
        let checks: &[Check] = match &self.call {
            Call::Login(..) => &IdTokenVerifier::CHECKS,
            Call::StepUp(..) => &AccessTokenVerifier::CHECKS,
            Call::Logout(_) => &LogoutTokenVerifier::CHECKS,
            Call::Event(_) => &SecurityEventVerifier::CHECKS,
        };
        explanation.continued(checks, |verified, trail| match &self.call {
            Call::Login(profile, login) => profile.check_along(verified, now, login, trail),
            Call::StepUp(profile, step_up) => profile.check_along(verified, now, step_up, trail),
            Call::Logout(profile) => profile.check_along(verified, trail).map(drop),
            Call::Event(profile) => profile.check_along(verified, trail).map(drop),
        })
    }
}

/// What a profile has checked of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a token that may be presented once must be admitted"]
pub struct Checked {
    json: String,
    replay: Option<Replay>,
}

impl Checked {
    /// Returns the claims that the profile has checked as one JSON object, each value as it was
    /// signed: those that `to_json` of [`IdToken`](super::IdToken),
    /// [`LogoutToken`](super::LogoutToken), [`SecurityEvent`](super::SecurityEvent) or
    /// [`AccessToken`](super::AccessToken) lists.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns what a [`ReplayWindow`](super::ReplayWindow) or the caller's own store must admit
    /// before the token is used. `None` if the kind of token may be presented again, or if the
    /// settings waive the check.
    #[must_use]
    pub const fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }
}

fn unknown(problem: &str) -> String {
    text!("{problem}; expected one of {}", Profile::NAMES.join(", "))
}
