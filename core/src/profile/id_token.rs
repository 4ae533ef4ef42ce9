//! ID tokens of `OpenID` Connect Core 1.0 (§2, §3.1.3.7).

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
use crate::profile::claims::Claims;
use crate::profile::settings::{Members, named, not_blank};
use crate::time::{NumericDate, UnixTime};
use crate::token::verified::Verified;
use crate::verify::check::{Check, Trail, silent};
use crate::verify::policy::{Policy, PolicyError, Types};
use crate::verify::{Explanation, Verifier};

pub use login::{Channel, Login};

mod expectations;
mod login;

/// Verifies ID tokens: what an issuer says to a client about the login of a user.
///
/// It makes every check of [`Verifier::verify`] and then those of the profile, in this order; the
/// first that fails decides the code.
///
/// | check | what is checked | codes |
/// |---|---|---|
/// | those of a verifier | `typ` is missing or `JWT`: an access token is no ID token; `exp`, `iat`, `iss`, `aud` and `sub` are there; every audience is the client or trusted (§3.1.3.7, 3) | as there |
/// | `profile_claims` | `sub` has 1 to 255 ASCII characters (§2); `nonce`, `acr`, `azp`, `sid`, `at_hash`, `c_hash`, `s_hash` are strings, `amr` is an array of strings, `auth_time` a date | `invalid_claim` |
/// | `trusted_audiences` | the client is one of the audiences, under an HMAC the only one (§3.1.3.7, 3 and 8) | `wrong_audience` |
/// | `authorized_party` | `azp` is there if there are several audiences, and is one of the authorized parties (4, 5) | `missing_claim`, `wrong_claim` |
/// | `nonce` | as the [`Login`] says (11) | `missing_claim`, `wrong_claim`, `unexpected_claim` |
/// | `authentication_time` | `auth_time` is not in the future, and the user logged in at most `max_age` ago (13) | `missing_claim`, `invalid_claim`, `authentication_too_old` |
/// | `authentication_context` | `acr` is one of those asked for (12) | `missing_claim`, `wrong_claim` |
/// | `events` | it is no logout token (Back-Channel Logout 1.0 §2.4) | `unexpected_claim` |
/// | `access_token_hash` | `at_hash` fits the access token (§3.1.3.8, §3.2.2.9, §3.3.2.9) | `missing_claim`, `wrong_claim` |
/// | `code_hash` | `c_hash` fits the code (§3.3.2.10) | `missing_claim`, `wrong_claim` |
/// | `state_hash` | `s_hash` fits the state (FAPI 1.0 Part 2 §5.1.1) | `missing_claim`, `wrong_claim` |
/// | `previous_token` | what must not change has not changed (§3.3.3.6, §12.2) | `wrong_claim`, `unexpected_claim` |
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::profile::{IdTokenVerifier, Login};
/// use verijot::{Error, JwkSet, UnixTime};
///
/// fn user(verifier: &IdTokenVerifier, raw: &str, keys: &JwkSet, nonce: &str, now: UnixTime) -> Result<String, Box<dyn std::error::Error>> {
///     let token = verifier.verify(raw, keys, now, &Login::with_nonce(nonce)?)?;
///     Ok(token.subject().to_owned())
/// }
/// let verifier = IdTokenVerifier::new("https://issuer.example", "client-id")?;
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// assert!(user(&verifier, "not a token", &keys, "n-0S6", UnixTime::from_seconds(0)).is_err());
/// // What an unset variable looks like is refused.
/// assert!(Login::with_nonce("").is_err());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IdTokenVerifier {
    base: Base,
    issuer: String,
    client_id: String,
    trusted_audiences: Vec<String>,
    /// `None` if any party may be authorized.
    authorized_parties: Option<Vec<String>>,
}

impl IdTokenVerifier {
    /// The name of the profile in documents.
    pub const NAME: &'static str = "id-token";

    /// Creates a verifier for the ID tokens that an issuer makes for one client. The client itself
    /// is the only audience and the only authorized party.
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
    /// | `profile` | `"id-token"` | may be left out here |
    /// | `issuer` | the issuer, as in `iss` | refused |
    /// | `client_id` | the client, which must be in `aud` | refused |
    /// | `trusted_audiences` | further audiences that a token may have | none |
    /// | `authorized_parties` | values of which `azp` must have one; `null` waives that | the client |
    /// | members of a [policy](Policy::from_json) | as there, such as `algorithms`, `leeway`, `max_age`; but not `issuers`, `audiences`, `types`, `require_exp`, `numeric_subject` | as there |
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let mut members = Members::read(json.as_ref())?;
        base::check_name(&mut members, Self::NAME)?;
        let (issuer, client_id) = (members.name("issuer")?, members.name("client_id")?);
        let trusted = members.names("trusted_audiences")?;
        let parties = match members.take("authorized_parties") {
            None => None,
            Some(found) => Some(match found.waivable_names()? {
                None => None,
                Some(names) => Some(named(found.path(), names)?),
            }),
        };
        let given = [("issuers", issuer.as_str()), ("audiences", client_id.as_str())];
        let policy = members.into_policy(&given, &base::DECIDED)?;
        let mut verifier = Self::with_base(policy, issuer, client_id)?;
        if let Some(trusted) = trusted {
            verifier = verifier.trusted_audiences(trusted)?;
        }
        if let Some(parties) = parties {
            verifier.authorized_parties = parties;
        }
        Ok(verifier)
    }

    /// Accepts tokens that are for these too (§3.1.3.7, 3). A token for anyone else is refused.
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

    /// Accepts these as `azp` instead of the client, such as the id of an app whose tokens are for
    /// its server.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty list or a blank name.
    pub fn authorized_parties<S: Into<String>>(
        mut self,
        parties: impl IntoIterator<Item = S>,
    ) -> Result<Self, PolicyError> {
        let names = parties.into_iter().map(Into::into).collect();
        self.authorized_parties = Some(named("authorized_parties", names)?);
        Ok(self)
    }

    /// Waives the check of `azp`, if it is there. With several audiences it must still be there.
    #[must_use]
    pub fn any_authorized_party(mut self) -> Self {
        self.authorized_parties = None;
        self
    }

    /// Allows only these algorithms, such as the client's registered
    /// `id_token_signed_response_alg`.
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

    /// Changes what else the policy requires, such as limits and further claims. What the profile
    /// decides stays: issuer, audience, `typ`, `exp` and the type of `sub`.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn policy(mut self, change: impl FnOnce(Policy) -> Policy) -> Result<Self, PolicyError> {
        self.base = self.base.changed(change)?;
        Ok(self)
    }

    /// Returns the verifier that makes the checks up to the profile's: for a
    /// [`TokenCache`](crate::TokenCache), or to [ask](Verifier::ask) for a signature. Its policy
    /// makes another for a [`VerifierSet`](crate::VerifierSet). What it accepts is no ID token yet:
    /// pass it to [`IdTokenVerifier::check`].
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        self.base.verifier()
    }

    /// Verifies an ID token of a login.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`IdTokenVerifier`].
    pub fn verify(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
        login: &Login,
    ) -> Result<IdToken, Error> {
        self.check(self.verifier().verify(raw, keys, now)?, now, login)
    }

    /// Makes the profile's checks of a token that [`IdTokenVerifier::verifier`], or another with
    /// its policy, has accepted at this time: a [`Verified`], a reference to one or what a cache
    /// holds. They are cheap, and are made for every login, also if the token is cached.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`IdTokenVerifier`]; also `wrong_issuer` and
    /// `wrong_audience`, if a verifier with another policy has accepted the token.
    pub fn check<T: Borrow<Verified>>(
        &self,
        token: T,
        now: UnixTime,
        login: &Login,
    ) -> Result<IdToken<T>, Error> {
        self.check_along(token.borrow(), now, login, &mut silent())?;
        Ok(IdToken { token })
    }

    /// Verifies like [`IdTokenVerifier::verify`], and records the outcome of each check.
    #[must_use]
    pub fn explain(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
        login: &Login,
    ) -> Explanation {
        self.verifier().explain(raw, keys, now).continued(&Self::CHECKS, |verified, trail| {
            self.check_along(verified, now, login, trail)
        })
    }

    /// The checks of the profile, after those of a verifier, in their order.
    pub const CHECKS: [Check; 11] = [
        Check::ProfileClaims,
        Check::TrustedAudiences,
        Check::AuthorizedParty,
        Check::Nonce,
        Check::AuthenticationTime,
        Check::AuthenticationContext,
        Check::Events,
        Check::AccessTokenHash,
        Check::CodeHash,
        Check::StateHash,
        Check::PreviousToken,
    ];

    pub(super) fn check_along(
        &self,
        verified: &Verified,
        now: UnixTime,
        login: &Login,
        trail: &mut impl Trail,
    ) -> Result<(), Error> {
        let leeway = self.base.leeway();
        let claims = Claims::of(verified);
        trail.step(Check::ProfileClaims, || {
            self.base.check_type(verified)?;
            base::issuer(verified, &self.issuer)?;
            check_types(&claims)
        })?;
        let trusted = &self.trusted_audiences;
        trail.step(Check::TrustedAudiences, || {
            base::audiences(verified, &self.client_id, trusted)?;
            base::one_audience_under_hmac(verified, &self.client_id)
        })?;
        trail.step(Check::AuthorizedParty, || self.check_party(verified, &claims))?;
        trail.step(Check::Nonce, || login.check_nonce(&claims))?;
        trail.step(Check::AuthenticationTime, || {
            login.check_authentication_time(&claims, now, leeway)
        })?;
        trail.step(Check::AuthenticationContext, || login.check_context(&claims))?;
        trail.step(Check::Events, || check_events(&claims))?;
        let algorithm = verified.algorithm();
        trail.step(Check::AccessTokenHash, || login.check_access_token(&claims, algorithm))?;
        trail.step(Check::CodeHash, || login.check_code(&claims, algorithm))?;
        trail.step(Check::StateHash, || login.check_state(&claims, algorithm))?;
        trail.step(Check::PreviousToken, || login.check_previous(verified, &claims))
    }

    fn check_party(&self, verified: &Verified, claims: &Claims<'_>) -> Result<(), Error> {
        let party = claims.text("azp")?;
        match (&party, &self.authorized_parties) {
            (None, _) if verified.audience().nth(1).is_some() => Err(super::claims::missing("azp")),
            (None, _) | (Some(_), None) => Ok(()),
            (Some(party), Some(known)) if known.iter().any(|known| known == party) => Ok(()),
            (Some(_), Some(_)) => Err(super::claims::wrong("azp")),
        }
    }

    fn with_base(policy: Policy, issuer: String, client_id: String) -> Result<Self, PolicyError> {
        let types = Types::OneOfOrNone(base::names(["JWT"]));
        let base = Base::new(policy, types, |mut policy| {
            policy.expiry_required = true;
            base::requiring(policy, &["iat", "sub"])
        })?;
        let base = base.for_audiences(&client_id, &[])?;
        let authorized_parties = Some(Vec::from([client_id.clone()]));
        Ok(Self { base, issuer, client_id, trusted_audiences: Vec::new(), authorized_parties })
    }
}

/// An ID token that belongs to a login. Only an [`IdTokenVerifier`] creates one.
///
/// `T` is what holds the token: a [`Verified`], a reference to one, or what a cache holds.
pub struct IdToken<T = Verified> {
    token: T,
}

impl<T: Borrow<Verified>> IdToken<T> {
    /// Returns the token.
    pub fn token(&self) -> &Verified {
        self.token.borrow()
    }

    /// Returns what holds the token.
    pub fn into_token(self) -> T {
        self.token
    }

    /// Returns `sub`: the user, unique for the issuer.
    pub fn subject(&self) -> &str {
        self.token().subject().unwrap_or_default()
    }

    /// Returns `iss`.
    pub fn issuer(&self) -> &str {
        self.token().issuer().unwrap_or_default()
    }

    /// Returns `sid`: the session at the issuer, which a
    /// [`LogoutToken`](crate::profile::LogoutToken) names.
    pub fn session(&self) -> Option<Cow<'_, str>> {
        self.text("sid")
    }

    /// Returns `auth_time`: when the user logged in.
    pub fn authenticated_at(&self) -> Option<NumericDate> {
        Claims::of(self.token()).date("auth_time").ok().flatten()
    }

    /// Returns `acr`: how well the user was authenticated.
    pub fn authentication_context(&self) -> Option<Cow<'_, str>> {
        self.text("acr")
    }

    /// Returns `amr`: how the user was authenticated.
    pub fn authentication_methods(&self) -> Vec<Cow<'_, str>> {
        Claims::of(self.token()).texts("amr").ok().flatten().unwrap_or_default()
    }

    /// Returns `azp`: the client that the token was issued to.
    pub fn authorized_party(&self) -> Option<Cow<'_, str>> {
        self.text("azp")
    }

    /// Writes what the profile has checked as a JSON object of claims, as far as they are there:
    /// `iss`, `sub`, `sid`, `auth_time`, `acr`, `amr`, `azp`.
    pub fn to_json(&self) -> String {
        let names = ["iss", "sub", "sid", "auth_time", "acr", "amr", "azp"];
        Claims::of(self.token()).written(&names)
    }

    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        Claims::of(self.token()).text(name).ok().flatten()
    }
}

impl<T: Borrow<Verified>> fmt::Debug for IdToken<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdToken").field("token", self.token()).finish()
    }
}

/// §2: the types of the claims, also of those that no login asks for.
fn check_types(claims: &Claims<'_>) -> Result<(), Error> {
    let subject = claims.name("sub")?;
    if subject.len() > LONGEST_SUBJECT || !subject.is_ascii() {
        return Err(super::claims::invalid("sub", "at most 255 ASCII characters"));
    }
    for name in ["nonce", "acr", "azp", "sid", "at_hash", "c_hash", "s_hash"] {
        claims.text(name)?;
    }
    claims.texts("amr")?;
    claims.date("auth_time").map(|_| ())
}

/// A token with the event of a logout is a logout token, whatever else it says.
fn check_events(claims: &Claims<'_>) -> Result<(), Error> {
    match claims.object("events") {
        Ok(events) if events.value(super::LOGOUT_EVENT).is_some() => {
            Err(super::claims::unexpected("events"))
        }
        _ => Ok(()),
    }
}

const LONGEST_SUBJECT: usize = 255;
