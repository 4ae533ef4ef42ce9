//! What all profiles share: a verifier whose policy the profile makes, and checks of its result.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use crate::crypto::algorithm::AlgorithmSet;
use crate::encoding::excerpt::Excerpt;
use crate::error::Error;
use crate::profile::settings::Members;
use crate::time::UnixTime;
use crate::token::verified::Verified;
use crate::verify::Verifier;
use crate::verify::policy::{Audiences, Form, Issuers, Policy, PolicyError, Types};

/// An ordinary verifier, whose policy is the caller's with what the profile decides.
#[derive(Debug)]
pub(super) struct Base {
    verifier: Verifier,
    /// The policy without what the profile decides.
    asked: Policy,
    types: Types,
    decide: fn(Policy) -> Policy,
}

impl Base {
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub(super) fn new(
        asked: Policy,
        types: Types,
        decide: fn(Policy) -> Policy,
    ) -> Result<Self, PolicyError> {
        let mut policy = decide(asked.clone());
        policy.types = types.clone();
        policy.numeric_subject = false;
        Ok(Self { verifier: Verifier::new(policy)?, asked, types, decide })
    }

    /// Changes the caller's part.
    pub(super) fn changed(
        self,
        change: impl FnOnce(Policy) -> Policy,
    ) -> Result<Self, PolicyError> {
        Self::new(change(self.asked), self.types, self.decide)
    }

    /// Accepts other types.
    pub(super) fn of_types(self, types: Types) -> Result<Self, PolicyError> {
        Self::new(self.asked, types, self.decide)
    }

    /// Accepts exactly these audiences.
    pub(super) fn for_audiences(
        self,
        client_id: &str,
        trusted: &[String],
    ) -> Result<Self, PolicyError> {
        self.changed(|mut policy| {
            let trusted = trusted.iter().map(String::as_str);
            policy.audiences = Audiences::exactly(core::iter::once(client_id).chain(trusted));
            policy
        })
    }

    /// The type, also of a token that another verifier accepted.
    pub(super) fn check_type(&self, verified: &Verified) -> Result<(), Error> {
        let found = verified.header().token_type();
        if self.types.permit(found) {
            return Ok(());
        }
        Err(Error::UnexpectedType { expected: self.types.names(), actual: found.map(Excerpt::of) })
    }

    pub(super) const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The last moment at which the verifier accepts the token: until it expires or is too old,
    /// whichever comes first. `None` if it does so for ever.
    pub(super) fn accepted_until(&self, verified: &Verified) -> Option<UnixTime> {
        let leeway = self.leeway();
        let expires_at = verified.expires_at().map(|date| date.to_unix_time().plus(leeway));
        let too_old_at = verified
            .issued_at()
            .zip(self.max_age())
            .map(|(date, max_age)| date.to_unix_time().plus(max_age).plus(leeway));
        [expires_at, too_old_at].into_iter().flatten().min()
    }

    pub(super) const fn leeway(&self) -> Duration {
        self.verifier.policy().leeway
    }

    const fn max_age(&self) -> Option<Duration> {
        self.verifier.policy().max_age
    }
}

/// The policy with claims that must be there.
pub(super) fn requiring(policy: Policy, claims: &[&str]) -> Policy {
    policy.require_claims(claims.iter().copied())
}

/// The policy of one issuer and one audience.
pub(super) fn policy(issuer: &str, audience: &str) -> Policy {
    Policy::new(Issuers::only(issuer), Audiences::only(audience))
}

/// Refuses the document of another profile.
pub(super) fn check_name(members: &mut Members<'_>, name: &str) -> Result<(), PolicyError> {
    match members.take(PROFILE) {
        Some(found) if String::read(&found)? != name => {
            Err(PolicyError::at(PROFILE, text!("must be \"{name}\" here")))
        }
        _ => Ok(()),
    }
}

/// Type names.
pub(super) fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(String::from).into()
}

/// The issuer is the profile's, also of a token that another verifier accepted.
pub(super) fn issuer(verified: &Verified, expected: &str) -> Result<(), Error> {
    match verified.issuer() {
        Some(issuer) if issuer == expected => Ok(()),
        issuer => Err(Error::WrongIssuer {
            expected: Vec::from([expected.to_string()]),
            actual: Excerpt::of(issuer.unwrap_or_default()),
        }),
    }
}

/// The client is among the audiences, and every other is trusted.
pub(super) fn audiences(
    verified: &Verified,
    client_id: &str,
    trusted: &[String],
) -> Result<(), Error> {
    let is_trusted =
        |audience: &str| audience == client_id || trusted.iter().any(|known| known == audience);
    let all_trusted = verified.audience().all(|audience| is_trusted(&audience));
    if all_trusted && verified.audience().any(|audience| audience == client_id) {
        return Ok(());
    }
    Err(wrong_audience(verified, client_id, trusted))
}

/// `OpenID` Connect Core 1.0 §3.1.3.7 (8): whose secret an HMAC takes is not defined for several
/// audiences.
pub(super) fn one_audience_under_hmac(verified: &Verified, client_id: &str) -> Result<(), Error> {
    if AlgorithmSet::SYMMETRIC.contains(verified.algorithm())
        && verified.audience().nth(1).is_some()
    {
        return Err(wrong_audience(verified, client_id, &[]));
    }
    Ok(())
}

fn wrong_audience(verified: &Verified, client_id: &str, trusted: &[String]) -> Error {
    let expected = core::iter::once(client_id.to_string()).chain(trusted.iter().cloned());
    Error::WrongAudience {
        expected: expected.collect(),
        actual: verified.audience().take(MENTIONED).map(|name| Excerpt::of(&name)).collect(),
    }
}

/// Members of a policy that a profile for one client decides.
pub(super) const DECIDED: [&str; 5] =
    ["issuers", "audiences", "types", "require_exp", "numeric_subject"];

pub(super) const PROFILE: &str = "profile";

/// The maximum number of a token's audiences in an error.
const MENTIONED: usize = 8;
