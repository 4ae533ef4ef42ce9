//! Logout tokens of `OpenID` Connect Back-Channel Logout 1.0 (§2.4, §2.6).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;

use crate::crypto::algorithm::AlgorithmSet;
use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::profile::base::{self, Base};
use crate::profile::claims::{Claims, invalid, missing, wrong};
use crate::profile::replay_window::{Replay, ReplayWindow, Unadmitted};
use crate::profile::settings::{Members, named, not_blank};
use crate::time::UnixTime;
use crate::token::verified::Verified;
use crate::verify::check::{Check, Trail, silent};
use crate::verify::policy::{Policy, PolicyError, Types};
use crate::verify::{Explanation, Verifier};

/// Verifies logout tokens: an issuer tells a client that a session or a user is logged out.
///
/// It makes every check of [`Verifier::verify`] and then those of the profile, in this order; the
/// first that fails decides the code.
///
/// | check | what is checked | codes |
/// |---|---|---|
/// | those of a verifier | `typ` is missing, `JWT` or `logout+jwt`; `iat`, `jti`, `events`, `exp` are there; every audience is the client or trusted; issued at most 5 minutes ago | as there |
/// | `profile_claims` | `jti`, `sub`, `sid` are strings and not empty; `sub` or `sid` is there | `missing_claim`, `invalid_claim` |
/// | `trusted_audiences` | the client is one of the audiences, under an HMAC the only one | `wrong_audience` |
/// | `events` | an object with the event of a logout, whose value is an object | `wrong_claim`, `invalid_claim` |
/// | `nonce` | there is none: it would make an ID token of it | `unexpected_claim` |
/// | replay | the token was not presented before | `replayed`, `replay_unavailable` |
///
/// Whether the session or the user is known is for the caller to look up, by (`iss`, `sid`) or by
/// (`iss`, `sub`). The answer is 200, or 400 with `Cache-Control: no-store` (§2.8), never 401.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::profile::{LogoutTokenVerifier, ReplayWindow};
/// use verijot::{JwkSet, UnixTime};
/// let verifier = LogoutTokenVerifier::new("https://issuer.example", "client-id")?;
/// let mut window = ReplayWindow::new(10_000);
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// let now = UnixTime::from_seconds(0);
/// assert!(verifier.verify("not a token", &keys, now, &mut window).is_err());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogoutTokenVerifier {
    base: Base,
    issuer: String,
    client_id: String,
    trusted_audiences: Vec<String>,
    pub(super) replay_waived: bool,
}

impl LogoutTokenVerifier {
    /// The name of the profile in documents.
    pub const NAME: &'static str = "logout-token";

    /// Creates a verifier for the logout tokens that an issuer makes for one client.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty issuer or client id.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
    ) -> Result<Self, PolicyError> {
        let (issuer, client_id) =
            (not_blank("issuer", issuer)?, not_blank("client_id", client_id)?);
        Self::with_base(base::policy(&issuer, &client_id), issuer, client_id)
    }

    /// Reads a document, strict JSON. Durations are decimal seconds in quotation marks.
    ///
    /// | member | value | without it |
    /// |---|---|---|
    /// | `profile` | `"logout-token"` | may be left out here |
    /// | `issuer` | the issuer, as in `iss` | refused |
    /// | `client_id` | the client, which must be in `aud` | refused |
    /// | `trusted_audiences` | further audiences that a token may have | none |
    /// | `strict_type` | `true` requires `typ` to be `logout+jwt` | missing, `JWT` or `logout+jwt` |
    /// | `allow_missing_expiry` | `true` accepts tokens without `exp` | refused |
    /// | `without_replay_check` | `true` waives the check, for [`Profile`](crate::profile::Profile) | checked |
    /// | members of a [policy](Policy::from_json) | as there, but not `issuers`, `audiences`, `types`, `require_exp`, `numeric_subject` | as there, but `max_age` is `"300"` |
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let mut members = Members::read(json.as_ref())?;
        base::check_name(&mut members, Self::NAME)?;
        let (issuer, client_id) = (members.name("issuer")?, members.name("client_id")?);
        let trusted = members.names("trusted_audiences")?;
        let strict_type = members.waiver("strict_type")?;
        let allow_missing_expiry = members.waiver("allow_missing_expiry")?;
        let replay_waived = members.waiver("without_replay_check")?;
        let given = [("issuers", issuer.as_str()), ("audiences", client_id.as_str())];
        let mut policy = members.into_policy(&given, &base::DECIDED)?;
        if allow_missing_expiry {
            policy = policy.allow_missing_expiry();
        }
        let mut verifier = Self::with_base(policy, issuer, client_id)?;
        if let Some(trusted) = trusted {
            verifier = verifier.trusted_audiences(trusted)?;
        }
        if strict_type {
            verifier = verifier.strict_type()?;
        }
        verifier.replay_waived = replay_waived;
        Ok(verifier)
    }

    /// Accepts tokens that are for these too. A token for anyone else is refused.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty list or a blank name.
    pub fn trusted_audiences<S: Into<String>>(
        mut self,
        audiences: impl IntoIterator<Item = S>,
    ) -> Result<Self, PolicyError> {
        let names = audiences.into_iter().map(Into::into).collect();
        self.trusted_audiences = named("trusted_audiences", names)?;
        self.base = self.base.for_audiences(&self.client_id, &self.trusted_audiences)?;
        Ok(self)
    }

    /// Requires the type `logout+jwt`, which older issuers leave out.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn strict_type(mut self) -> Result<Self, PolicyError> {
        self.base = self.base.of_types(Types::OneOf(base::names(["logout+jwt"])))?;
        Ok(self)
    }

    /// Accepts tokens without `exp`, which older issuers leave out. `max_age` still limits them.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn allow_missing_expiry(self) -> Result<Self, PolicyError> {
        self.policy(Policy::allow_missing_expiry)
    }

    /// Allows only these algorithms.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty set.
    pub fn algorithms(self, algorithms: impl Into<AlgorithmSet>) -> Result<Self, PolicyError> {
        self.policy(|policy| policy.algorithms(algorithms))
    }

    /// Sets how far the issuer's clock may be off; at most 600 s, 30 s by default.
    ///
    /// # Errors
    /// [`PolicyError`] for more.
    pub fn leeway(self, leeway: Duration) -> Result<Self, PolicyError> {
        self.policy(|policy| policy.leeway(leeway))
    }

    /// Changes what else the policy requires, such as `max_age`, which is 5 minutes unless it is
    /// set: a logout token is delivered at once. Issuer, audience, `typ` and the type of `sub` stay.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn policy(mut self, change: impl FnOnce(Policy) -> Policy) -> Result<Self, PolicyError> {
        self.base = self.base.changed(change)?;
        Ok(self)
    }

    /// Returns the verifier that makes the checks up to the profile's. Pass what it accepts to
    /// [`LogoutTokenVerifier::check`].
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        self.base.verifier()
    }

    /// Verifies a logout token, which must not be in the window yet.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`LogoutTokenVerifier`].
    pub fn verify(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
        window: &mut ReplayWindow,
    ) -> Result<LogoutToken, Error> {
        self.check(self.verifier().verify(raw, keys, now)?, now)?.admit(window, now)
    }

    /// Verifies a logout token that may be presented any number of times.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`LogoutTokenVerifier`].
    pub fn verify_without_replay_check(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<LogoutToken, Error> {
        let verified = self.verifier().verify(raw, keys, now)?;
        self.check(verified, now).map(Unadmitted::without_replay_check)
    }

    /// Makes the profile's checks of a token that [`LogoutTokenVerifier::verifier`] has accepted at
    /// this time, all but the last.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`LogoutTokenVerifier`].
    pub fn check<T: Borrow<Verified>>(
        &self,
        token: T,
        now: UnixTime,
    ) -> Result<Unadmitted<LogoutToken<T>>, Error> {
        self.check_along(token.borrow(), &mut silent())?;
        let replay = self.replay(token.borrow(), now);
        Ok(Unadmitted { token: LogoutToken { token }, replay })
    }

    /// Verifies like [`LogoutTokenVerifier::verify`], and records the outcome of each check but
    /// that of a replay.
    #[must_use]
    pub fn explain(&self, raw: impl AsRef<[u8]>, keys: &JwkSet, now: UnixTime) -> Explanation {
        self.verifier()
            .explain(raw, keys, now)
            .continued(&Self::CHECKS, |verified, trail| self.check_along(verified, trail))
    }

    /// The checks of the profile, after those of a verifier, in their order.
    pub const CHECKS: [Check; 4] =
        [Check::ProfileClaims, Check::TrustedAudiences, Check::Events, Check::Nonce];

    pub(super) fn check_along(
        &self,
        verified: &Verified,
        trail: &mut impl Trail,
    ) -> Result<(), Error> {
        let claims = Claims::of(verified);
        trail.step(Check::ProfileClaims, || {
            self.base.check_type(verified)?;
            base::issuer(verified, &self.issuer)?;
            check_claims(&claims)
        })?;
        trail.step(Check::TrustedAudiences, || {
            base::audiences(verified, &self.client_id, &self.trusted_audiences)?;
            base::one_audience_under_hmac(verified, &self.client_id)
        })?;
        trail.step(Check::Events, || check_events(&claims))?;
        trail.step(Check::Nonce, || claims.absent("nonce"))
    }

    /// What a window remembers until the token is no longer accepted.
    fn replay(&self, verified: &Verified, now: UnixTime) -> Replay {
        let until = self.base.accepted_until(verified).unwrap_or(now);
        let (issuer, id) =
            (verified.issuer().unwrap_or_default(), verified.id().unwrap_or_default());
        Replay::new(["logout", issuer, id], until)
    }

    fn with_base(policy: Policy, issuer: String, client_id: String) -> Result<Self, PolicyError> {
        let types = Types::OneOfOrNone(base::names(["JWT", "logout+jwt"]));
        let base = Base::new(policy, types, |mut policy| {
            policy.max_age.get_or_insert(LONGEST_DELIVERY);
            base::requiring(policy, &["iat", "jti", "events"])
        })?;
        let base = base.for_audiences(&client_id, &[])?;
        Ok(Self { base, issuer, client_id, trusted_audiences: Vec::new(), replay_waived: false })
    }
}

/// A logout token. Only a [`LogoutTokenVerifier`] creates one.
pub struct LogoutToken<T = Verified> {
    token: T,
}

impl<T: Borrow<Verified>> LogoutToken<T> {
    /// Returns the token.
    pub fn token(&self) -> &Verified {
        self.token.borrow()
    }

    /// Returns what holds the token.
    pub fn into_token(self) -> T {
        self.token
    }

    /// Returns `iss`.
    pub fn issuer(&self) -> &str {
        self.token().issuer().unwrap_or_default()
    }

    /// Returns `sid`: the session that is over. Without it, all sessions of the
    /// [subject](LogoutToken::subject) are.
    pub fn session(&self) -> Option<Cow<'_, str>> {
        Claims::of(self.token()).text("sid").ok().flatten()
    }

    /// Returns `sub`: whose sessions are over.
    pub fn subject(&self) -> Option<&str> {
        self.token().subject()
    }

    /// Writes what the profile has checked as a JSON object of claims, as far as they are there:
    /// `iss`, `sub`, `sid`, `jti`.
    pub fn to_json(&self) -> String {
        Claims::of(self.token()).written(&["iss", "sub", "sid", "jti"])
    }
}

impl<T: Borrow<Verified>> fmt::Debug for LogoutToken<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogoutToken").field("token", self.token()).finish()
    }
}

fn check_claims(claims: &Claims<'_>) -> Result<(), Error> {
    claims.name("jti")?;
    let mut is_someone = false;
    for name in ["sub", "sid"] {
        if claims.value(name).is_some() {
            claims.name(name)?;
            is_someone = true;
        }
    }
    if is_someone { Ok(()) } else { Err(missing("sub")) }
}

fn check_events(claims: &Claims<'_>) -> Result<(), Error> {
    match claims.object("events")?.value(super::LOGOUT_EVENT) {
        None => Err(wrong("events")),
        Some(event) if event.is_object() => Ok(()),
        Some(_) => Err(invalid("events", "an object whose logout event is an object")),
    }
}

const LONGEST_DELIVERY: Duration = Duration::from_secs(300);
