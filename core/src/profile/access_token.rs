//! Access tokens of RFC 9068, and how recent and how strong the login behind them is (RFC 9470).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;

use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::profile::base::{self, Base};
use crate::profile::claims::{Claims, wrong};
use crate::profile::settings::{Members, named};
use crate::time::{NumericDate, UnixTime};
use crate::token::authentication::Authentication;
use crate::token::verified::Verified;
use crate::verify::check::{Check, Trail, silent};
use crate::verify::known_tenants::KnownTenants;
use crate::verify::policy::{Policy, PolicyError, Types};
use crate::verify::{Explanation, Verifier};

/// Verifies access tokens of RFC 9068 at a resource server.
///
/// It makes every check of [`Verifier::verify`] and then those of the profile, in this order; the
/// first that fails decides the code.
///
/// | check | what is checked | codes |
/// |---|---|---|
/// | those of a verifier | `typ` is `at+jwt` (§4); `iss`, `exp`, `aud`, `sub`, `client_id`, `iat`, `jti` are there (§2.2) | as there |
/// | `profile_claims` | `sub`, `client_id`, `jti` are strings and not empty; `acr`, `scope` are strings, `amr` is an array of strings, `auth_time` a date (§2.2.1, §2.2.3) | `invalid_claim` |
/// | `client` | `client_id` is one of those named | `wrong_claim` |
/// | `authentication_time` | the user logged in as recently as the [`StepUp`] asks | `insufficient_authentication` |
/// | `authentication_context` | `acr` is one of those that the [`StepUp`] asks for | `insufficient_authentication` |
/// | `revocation` | the tenant is known ([`AccessTokenVerifier::with_known_tenants`]) | `wrong_issuer` |
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use core::time::Duration;
/// use verijot::profile::{AccessTokenVerifier, StepUp};
/// use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime};
/// let policy = Policy::new(
///     Issuers::only("https://issuer.example"),
///     Audiences::only("https://api.example"),
/// );
/// let verifier = AccessTokenVerifier::new(policy)?;
/// let recent = StepUp::none().max_authentication_age(Duration::from_secs(300))?;
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// let now = UnixTime::from_seconds(0);
/// assert!(verifier.verify("not a token", &keys, now, &recent).is_err());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AccessTokenVerifier {
    base: Base,
    client_ids: Option<Vec<String>>,
    known_tenants: KnownTenants,
}

impl AccessTokenVerifier {
    /// The name of the profile in documents.
    pub const NAME: &'static str = "access-token";

    /// Creates a verifier with a policy, to which the profile adds its type and its claims.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn new(policy: Policy) -> Result<Self, PolicyError> {
        let types = Types::OneOf(base::names(["at+jwt"]));
        let base = Base::new(policy, types, |mut policy| {
            policy.expiry_required = true;
            base::requiring(policy, &["iss", "aud", "sub", "client_id", "iat", "jti"])
        })?;
        Ok(Self { base, client_ids: None, known_tenants: KnownTenants::default() })
    }

    /// Reads a document, strict JSON: that of a [policy](Policy::from_json) without `types`,
    /// `require_exp` and `numeric_subject`, which the profile decides, and with these members.
    ///
    /// | member | value | without it |
    /// |---|---|---|
    /// | `profile` | `"access-token"` | may be left out here |
    /// | `client_ids` | names, one of which must be `client_id` | any |
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let mut members = Members::read(json.as_ref())?;
        base::check_name(&mut members, Self::NAME)?;
        let client_ids = members.names("client_ids")?;
        let policy = members.into_policy(&[], &["types", "require_exp", "numeric_subject"])?;
        Ok(Self { client_ids, ..Self::new(policy)? })
    }

    /// Accepts only tokens that were issued to these clients.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty list or a blank name.
    pub fn client_ids<S: Into<String>>(
        mut self,
        clients: impl IntoIterator<Item = S>,
    ) -> Result<Self, PolicyError> {
        let names = clients.into_iter().map(Into::into).collect();
        self.client_ids = Some(named("client_ids", names)?);
        Ok(self)
    }

    /// Adds a check whether a tenant is known, as [`Verifier::with_known_tenants`]. It is called after
    /// the checks of the profile.
    #[must_use]
    pub fn with_known_tenants(
        self,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { known_tenants: self.known_tenants.and(is_known), ..self }
    }

    /// Returns the verifier that makes the checks up to the profile's. Pass what it accepts to
    /// [`AccessTokenVerifier::check`].
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        self.base.verifier()
    }

    /// Verifies an access token for a request that needs this login.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`AccessTokenVerifier`].
    pub fn verify(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
        step_up: &StepUp,
    ) -> Result<AccessToken, Error> {
        self.check(self.verifier().verify(raw, keys, now)?, now, step_up)
    }

    /// Makes the profile's checks of a token that [`AccessTokenVerifier::verifier`] has accepted at
    /// this time, and asks whether its tenant is known.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`AccessTokenVerifier`].
    pub fn check<T: Borrow<Verified>>(
        &self,
        token: T,
        now: UnixTime,
        step_up: &StepUp,
    ) -> Result<AccessToken<T>, Error> {
        self.check_along(token.borrow(), now, step_up, &mut silent())?;
        self.known_tenants.ask(self.verifier(), token.borrow())?;
        Ok(AccessToken { token })
    }

    /// Verifies like [`AccessTokenVerifier::verify`], and records the outcome of each check.
    #[must_use]
    pub fn explain(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
        step_up: &StepUp,
    ) -> Explanation {
        self.verifier().explain(raw, keys, now).continued(&Self::CHECKS, |verified, trail| {
            self.check_along(verified, now, step_up, trail)?;
            let unknown = self.known_tenants.ask(self.verifier(), verified).err();
            unknown.map_or(Ok(()), |error| trail.step(Check::Revocation, || Err(error)))
        })
    }

    /// The checks of the profile, after those of a verifier, in their order.
    pub const CHECKS: [Check; 4] = [
        Check::ProfileClaims,
        Check::Client,
        Check::AuthenticationTime,
        Check::AuthenticationContext,
    ];

    pub(super) fn check_along(
        &self,
        verified: &Verified,
        now: UnixTime,
        step_up: &StepUp,
        trail: &mut impl Trail,
    ) -> Result<(), Error> {
        let claims = Claims::of(verified);
        trail.step(Check::ProfileClaims, || {
            self.base.check_type(verified)?;
            check_types(&claims)
        })?;
        trail.step(Check::Client, || self.check_client(&claims))?;
        let StepUp { authentication } = step_up;
        let all = verified.members();
        trail.step(Check::AuthenticationTime, || authentication.check_time(all, now))?;
        trail.step(Check::AuthenticationContext, || authentication.check_context(all))
    }

    fn check_client(&self, claims: &Claims<'_>) -> Result<(), Error> {
        let Some(known) = &self.client_ids else { return Ok(()) };
        let client = claims.name("client_id")?;
        if known.iter().any(|known| *known == client) { Ok(()) } else { Err(wrong("client_id")) }
    }
}

/// What a request needs of the login behind its token (RFC 9470), as a
/// [`Demand`](crate::request::Demand) of a guard. It is made once for each kind of request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct StepUp {
    authentication: Authentication,
}

impl StepUp {
    /// Any login will do.
    pub const fn none() -> Self {
        Self { authentication: Authentication::any() }
    }

    /// `acr` must be one of these.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty list, and for a value that a challenge cannot name.
    pub fn require_acr<S: Into<String>>(
        mut self,
        contexts: impl IntoIterator<Item = S>,
    ) -> Result<Self, PolicyError> {
        self.authentication.add(Authentication::with_acr(contexts).map_err(at("acr"))?);
        Ok(self)
    }

    /// The user must have logged in at most this long ago, in whole seconds. There is no leeway.
    ///
    /// # Errors
    /// [`PolicyError`] for less than a second, a fraction, and more than a hundred years.
    pub fn max_authentication_age(mut self, age: Duration) -> Result<Self, PolicyError> {
        self.authentication.add(Authentication::within(age).map_err(at(MAX_AUTHENTICATION_AGE))?);
        Ok(self)
    }

    /// Reads a document, strict JSON: `acr`, names; `max_authentication_age`, decimal seconds in
    /// quotation marks. Both can be left out.
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let mut members = Members::read(json.as_ref())?;
        let (contexts, age) = (members.names("acr")?, members.optional(MAX_AUTHENTICATION_AGE)?);
        members.finish(&["acr", MAX_AUTHENTICATION_AGE])?;
        let mut step_up = Self::none();
        if let Some(contexts) = contexts {
            step_up = step_up.require_acr(contexts)?;
        }
        match age {
            Some(age) => step_up.max_authentication_age(age),
            None => Ok(step_up),
        }
    }

    /// Returns the values of `acr` that are accepted, for a challenge; none if any is.
    #[must_use]
    pub fn acr_values(&self) -> &[String] {
        self.authentication.acr_values.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns how long ago the login may be, for a challenge.
    #[must_use]
    pub const fn max_age(&self) -> Option<Duration> {
        self.authentication.max_age
    }
}

/// An access token of RFC 9068. Only an [`AccessTokenVerifier`] creates one.
pub struct AccessToken<T = Verified> {
    token: T,
}

impl<T: Borrow<Verified>> AccessToken<T> {
    /// Returns the token.
    pub fn token(&self) -> &Verified {
        self.token.borrow()
    }

    /// Returns what holds the token.
    pub fn into_token(self) -> T {
        self.token
    }

    /// Returns `sub`: the user, or the client if it acts for itself.
    pub fn subject(&self) -> &str {
        self.token().subject().unwrap_or_default()
    }

    /// Returns `client_id`: whom the token was issued to.
    pub fn client_id(&self) -> Cow<'_, str> {
        Claims::of(self.token()).name("client_id").unwrap_or_default()
    }

    /// Returns `jti`: the token's id, unique for the issuer.
    pub fn id(&self) -> &str {
        self.token().id().unwrap_or_default()
    }

    /// Returns `auth_time`: when the user logged in.
    pub fn authenticated_at(&self) -> Option<NumericDate> {
        Claims::of(self.token()).date("auth_time").ok().flatten()
    }

    /// Returns `acr`: how well the user was authenticated.
    pub fn authentication_context(&self) -> Option<Cow<'_, str>> {
        Claims::of(self.token()).text("acr").ok().flatten()
    }

    /// Returns `amr`: how the user was authenticated.
    pub fn authentication_methods(&self) -> Vec<Cow<'_, str>> {
        Claims::of(self.token()).texts("amr").ok().flatten().unwrap_or_default()
    }

    /// Writes what the profile has checked as a JSON object of claims, as far as they are there:
    /// `iss`, `sub`, `client_id`, `jti`, `scope`, `auth_time`, `acr`, `amr`.
    pub fn to_json(&self) -> String {
        let names = ["iss", "sub", "client_id", "jti", "scope", "auth_time", "acr", "amr"];
        Claims::of(self.token()).written(&names)
    }
}

impl<T: Borrow<Verified>> fmt::Debug for AccessToken<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessToken").field("token", self.token()).finish()
    }
}

/// §2.2, §2.2.1, §2.2.3: the types of the claims, also of those that are optional.
fn check_types(claims: &Claims<'_>) -> Result<(), Error> {
    for name in ["sub", "client_id", "jti"] {
        claims.name(name)?;
    }
    for name in ["acr", "scope"] {
        claims.text(name)?;
    }
    claims.texts("amr")?;
    claims.date("auth_time").map(|_| ())
}

fn at(member: &'static str) -> impl Fn(&'static str) -> PolicyError {
    move |problem| PolicyError::at(member, problem)
}

const MAX_AUTHENTICATION_AGE: &str = "max_authentication_age";
