//! Decides who gets in: combines verifiers, their keys and the revocation checks.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use verijot::issuer::{JwksCache, Settings};
use verijot::profile::{AccessTokenVerifier, StepUp};
use verijot::request::{Demand, DemandError, GuardRules, TokenPlace};
use verijot::verify::VerifierSetError;
use verijot::{ClaimPath, Error, SharedTokenCache, Verified, Verifier, VerifierSet};

use crate::clock::{Clock, SystemClock};
use crate::environment::{EnvironmentError, settings_from_environment};
use crate::events;
use crate::guard::GuardLayer;
use crate::issuer_keys::IssuerKeys;
use crate::rejection::Rejection;
use crate::revocation::{self, AnyRevocationCheck, RevocationCheck};
use crate::verifiers::Verifiers;

/// Verifies tokens, and requests by their bearer token. Create it once and share it; clones are
/// cheap.
///
/// ```
/// use verijot::{Audiences, Issuers, Policy, Verifier};
/// use verijot::issuer::KeySource;
/// use verijot_client::{Authenticator, IssuerKeys};
///
/// let issuer = "https://issuer.example";
/// let policy = Policy::new(Issuers::only(issuer), Audiences::only("https://api.example"));
/// let keys = IssuerKeys::new(KeySource::issuer(issuer)?)?;
/// let authenticator = Authenticator::new(Verifier::new(policy)?, keys).with_realm("notes");
/// let guard = authenticator.require_scopes(["notes:read"])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    verifiers: Arc<Verifiers>,
    revocation: Vec<Arc<dyn AnyRevocationCheck>>,
    revocation_timeout: Duration,
    token_cache: Option<Arc<SharedTokenCache>>,
    /// Where requests carry their token, and the realm. Each guard adds its own demand.
    rules: Arc<GuardRules>,
    clock: Arc<dyn Clock>,
}

impl Authenticator {
    /// Verifies the tokens of one issuer. The verifier's policy should name the issuer that the
    /// keys belong to.
    #[must_use]
    pub fn new(verifier: Verifier, keys: IssuerKeys) -> Self {
        Self::of(Verifiers::One(verifier, keys))
    }

    /// Verifies access tokens of RFC 9068 with all checks of their profile, which an ordinary verifier does
    /// not make. Every request then needs such a login; the demand of a guard may ask for more.
    ///
    /// ```
    /// use verijot::issuer::KeySource;
    /// use verijot::profile::{AccessTokenVerifier, StepUp};
    /// use verijot::{Audiences, Issuers, Policy};
    /// use verijot_client::{Authenticator, IssuerKeys};
    ///
    /// let issuer = "https://issuer.example";
    /// let policy = Policy::new(Issuers::only(issuer), Audiences::only("https://api.example"));
    /// let access_tokens = AccessTokenVerifier::new(policy)?.client_ids(["app"])?;
    /// // Or `KeySource::jwks(…)` for keys that are never fetched.
    /// let keys = IssuerKeys::new(KeySource::issuer(issuer)?)?;
    /// let authenticator = Authenticator::of_access_tokens(access_tokens, StepUp::none(), keys);
    /// let guard = authenticator.require_scopes(["notes:read"])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_access_tokens(
        verifier: AccessTokenVerifier,
        step_up: StepUp,
        keys: IssuerKeys,
    ) -> Self {
        Self::of(Verifiers::AccessTokens(Box::new(verifier), step_up, keys))
    }

    /// Verifies the tokens of several issuers, each with its own verifier and keys. A token is
    /// verified only with the keys of the issuer that it names.
    ///
    /// # Errors
    /// [`VerifierSetError`] if there are no issuers, if a policy allows any issuer, or if two
    /// policies name the same one.
    pub fn of_issuers(
        issuers: impl IntoIterator<Item = (Verifier, IssuerKeys)>,
    ) -> Result<Self, VerifierSetError> {
        VerifierSet::new(issuers).map(|set| Self::of(Verifiers::Several(set)))
    }

    /// Creates an authenticator from [`Settings`].
    ///
    /// # Errors
    /// [`EnvironmentError`] if the crypto provider does not support an algorithm that a key needs.
    pub fn from_settings(settings: Settings) -> Result<Self, EnvironmentError> {
        let limits = settings.key_limits();
        let (policy, source) = settings.into_parts();
        let keys = IssuerKeys::builder(source).limits(limits).build()?;
        Ok(Self::new(Verifier::new(policy)?, keys))
    }

    /// Creates an authenticator from the environment variables that begin with `VERIJOT_`, see
    /// [`settings_from_environment`].
    ///
    /// # Errors
    /// As [`settings_from_environment`] and [`Authenticator::from_settings`].
    pub fn from_environment() -> Result<Self, EnvironmentError> {
        Self::from_settings(settings_from_environment("VERIJOT_")?)
    }

    /// Runs this check for every token that has passed all others. Several checks run in the order
    /// in which they were added, until one refuses the token.
    #[must_use]
    pub fn with_revocation(self, check: impl RevocationCheck) -> Self {
        self.change(|inner| inner.revocation.push(Arc::new(check)))
    }

    /// Sets the maximum duration of each revocation check, 2 seconds by default. After that the
    /// token is refused with `revocation_unavailable`.
    #[must_use]
    pub fn with_revocation_timeout(self, timeout: Duration) -> Self {
        self.change(|inner| inner.revocation_timeout = timeout)
    }

    /// Caches up to this many accepted tokens: verifying one again costs a hash instead of a
    /// signature. It is still refused as soon as it expires, its key is withdrawn or it is revoked.
    /// Each entry takes about 500 octets plus those of the token's header and payload.
    #[must_use]
    pub fn with_token_cache(self, tokens: usize) -> Self {
        self.change(|inner| inner.token_cache = Some(Arc::new(SharedTokenCache::new(tokens))))
    }

    /// Names the protection space in every challenge (RFC 9110 §11.5). Quotation marks, backslashes
    /// and everything except visible ASCII and the space are dropped.
    #[must_use]
    pub fn with_realm(self, realm: impl Into<String>) -> Self {
        self.change_rules(|rules| rules.with_realm(realm))
    }

    /// Names the URL of the protected resource's metadata in every challenge (RFC 9728 §5.1), so
    /// that a client, such as one of the Model Context Protocol, finds the authorization server.
    ///
    /// # Errors
    /// As [`GuardRules::with_resource_metadata`].
    ///
    /// ```
    /// use verijot::request::resource_metadata_url;
    /// # fn of(authenticator: verijot_client::Authenticator) -> Result<(), verijot::request::DemandError> {
    /// let metadata = resource_metadata_url("https://api.example/mcp")?;
    /// let authenticator = authenticator.with_resource_metadata(metadata)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_resource_metadata(self, url: impl Into<String>) -> Result<Self, DemandError> {
        let rules = (*self.inner.rules).clone().with_resource_metadata(url)?;
        Ok(self.change_rules(|_| rules))
    }

    /// Takes tokens from another header or from a cookie instead of Authorization. Answers then
    /// carry no challenge.
    ///
    /// ```
    /// use verijot::request::TokenPlace;
    /// # fn of(authenticator: verijot_client::Authenticator) -> Result<(), verijot::request::DemandError> {
    /// let place = TokenPlace::header("Cf-Access-Jwt-Assertion")?;
    /// let authenticator = authenticator.with_token_place(place);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_token_place(self, place: TokenPlace) -> Self {
        self.change_rules(|rules| rules.at(place))
    }

    /// Verifies claims by another clock than the system's.
    #[must_use]
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.change(|inner| inner.clock = Arc::new(clock))
    }

    /// Verifies a token and runs the revocation checks. Waits for a fetch only if the cached keys
    /// are not enough.
    ///
    /// # Errors
    /// As [`Verifier::verify`], and for several issuers as [`VerifierSet::open`];
    /// [`Error::UnknownKey`] if the issuer has no such key, [`Error::KeysUnavailable`] if its keys
    /// cannot be fetched.
    pub async fn verify(&self, token: &[u8]) -> Result<Arc<Verified>, Error> {
        self.verify_for(token, &Demand::good_token()).await
    }

    /// Returns a layer for routes that require a valid token.
    #[must_use]
    pub fn require_token(&self) -> GuardLayer {
        self.require(Demand::good_token())
    }

    /// Returns a layer for routes that require a valid token which meets this demand.
    #[must_use]
    pub fn require(&self, demand: Demand) -> GuardLayer {
        GuardLayer::new(self.clone(), demand)
    }

    /// Returns a layer for routes that require a valid token which grants all of these scopes, in
    /// `scope` or `scp`.
    ///
    /// # Errors
    /// As [`Demand::all_scopes`].
    pub fn require_scopes<S: Into<String>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<GuardLayer, DemandError> {
        self.require_token().and_scopes(scopes)
    }

    /// Returns a layer for routes that require a valid token which grants at least one of these
    /// scopes.
    ///
    /// # Errors
    /// As [`Demand::any_scope`].
    pub fn require_any_scope<S: Into<String>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<GuardLayer, DemandError> {
        self.require_token().and_any_scope(scopes)
    }

    /// Returns a layer for routes that require a valid token which grants a role in the claim at
    /// `path`, such as `realm_access.roles`.
    ///
    /// # Errors
    /// As [`Demand::all_roles`].
    pub fn require_role(
        &self,
        path: impl Into<ClaimPath>,
        role: impl Into<String>,
    ) -> Result<GuardLayer, DemandError> {
        self.require_token().and_role(path, role)
    }

    /// Returns a layer for routes that require a valid token which grants at least one of these
    /// roles in the claim at `path`.
    ///
    /// # Errors
    /// As [`Demand::any_role`].
    pub fn require_any_role<S: Into<String>>(
        &self,
        path: impl Into<ClaimPath>,
        roles: impl IntoIterator<Item = S>,
    ) -> Result<GuardLayer, DemandError> {
        self.require_token().and_any_role(path, roles)
    }

    /// Returns the answer to a request that is refused with this error, with the authenticator's
    /// realm.
    #[must_use]
    pub fn reject(&self, error: Error) -> Rejection {
        Rejection::new(error, Arc::clone(&self.inner.rules))
    }

    /// Returns each issuer's keys, in the order in which they were given.
    pub fn keys(&self) -> impl Iterator<Item = &IssuerKeys> {
        let (one, several) = match &*self.inner.verifiers {
            Verifiers::One(_, keys) | Verifiers::AccessTokens(_, _, keys) => (Some(keys), None),
            Verifiers::Several(set) => (None, Some(set.members().map(|(_, keys)| keys))),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }

    /// Verifies the request's token, checks it against the demand and returns it. The token is kept
    /// in the request's extensions for [`GuardRules::SHARED_FOR`], so that several guards and handlers
    /// verify it only once.
    ///
    /// # Errors
    /// A [`Rejection`], the answer to the request.
    pub async fn admit(
        &self,
        parts: &mut Parts,
        demand: &Demand,
    ) -> Result<Arc<Verified>, Rejection> {
        let admitted = self.admitted(parts, demand).await;
        admitted
            .and_then(|token| token.ok_or(Error::MissingToken))
            .map_err(|error| self.refuse(error, &parts.headers))
    }

    /// As [`Authenticator::admit`], but returns `None` for a request without the header or cookie
    /// that carries the token.
    ///
    /// # Errors
    /// A [`Rejection`], also for a header that contains no token.
    pub async fn admit_if_any(
        &self,
        parts: &mut Parts,
        demand: &Demand,
    ) -> Result<Option<Arc<Verified>>, Rejection> {
        let admitted = self.admitted(parts, demand).await;
        admitted.map_err(|error| self.refuse(error, &parts.headers))
    }

    /// Checks an admitted token against another demand.
    ///
    /// # Errors
    /// A [`Rejection`] with the error of [`Demand::check`].
    pub fn check(&self, token: &Verified, demand: &Demand) -> Result<(), Rejection> {
        demand.check(token, self.inner.clock.now()).map_err(|error| self.refuse_token(token, error))
    }

    /// Deserializes the claims of an admitted token.
    ///
    /// # Errors
    /// A [`Rejection`] with the error of [`Verified::claims`].
    pub fn claims<C: DeserializeOwned>(&self, token: &Verified) -> Result<C, Rejection> {
        token.claims().map_err(|error| self.refuse_token(token, error))
    }

    fn of(verifiers: Verifiers) -> Self {
        let inner = Inner {
            verifiers: Arc::new(verifiers),
            revocation: Vec::new(),
            revocation_timeout: REVOCATION_TIMEOUT,
            token_cache: None,
            rules: Arc::new(GuardRules::new(Demand::good_token())),
            clock: Arc::new(SystemClock::default()),
        };
        Self { inner: Arc::new(inner) }
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.inner));
        self
    }

    fn change_rules(self, change: impl FnOnce(GuardRules) -> GuardRules) -> Self {
        self.change(|inner| inner.rules = Arc::new(change((*inner.rules).clone())))
    }

    async fn admitted(
        &self,
        parts: &mut Parts,
        demand: &Demand,
    ) -> Result<Option<Arc<Verified>>, Error> {
        let Some(text) = self.token_of(&parts.headers)? else { return Ok(None) };
        let before = parts.extensions.get::<Admitted>();
        if let Some(admitted) = before.filter(|admitted| admitted.is_for(self, text)) {
            demand.check(&admitted.token, self.inner.clock.now())?;
            return Ok(Some(Arc::clone(&admitted.token)));
        }
        // Before anything is asked: an answer that took long is not new.
        let since = Instant::now();
        let token = self.verify_for(text, demand).await?;
        let (by, text) = (Arc::clone(&self.inner), Arc::from(text));
        parts.extensions.insert(Admitted { by, text, token: Arc::clone(&token), since });
        Ok(Some(token))
    }

    fn token_of<'h>(&self, headers: &'h HeaderMap) -> Result<Option<&'h [u8]>, Error> {
        let place = self.inner.rules.place();
        place.token(headers.get_all(place.header_name()).iter().map(HeaderValue::as_bytes))
    }

    fn refuse_token(&self, token: &Verified, error: Error) -> Rejection {
        events::refused(&error, || token.key_id().map(str::to_owned));
        self.reject(error)
    }

    fn refuse(&self, error: Error, headers: &HeaderMap) -> Rejection {
        events::refused(&error, || self.key_id(headers));
        self.reject(error)
    }

    async fn verify_for(&self, token: &[u8], demand: &Demand) -> Result<Arc<Verified>, Error> {
        let inner = &*self.inner;
        let verified = self.verified(token).await?;
        inner.verifiers.check(&verified, inner.clock.now())?;
        demand.check(&verified, inner.clock.now())?;
        for check in &inner.revocation {
            let answer = revocation::ask(&**check, &verified, inner.revocation_timeout).await;
            answer.into_result()?;
        }
        Ok(verified)
    }

    /// Verifies a token, and verifies it again if there may be other keys than those that refused
    /// it.
    async fn verified(&self, token: &[u8]) -> Result<Arc<Verified>, Error> {
        let inner = &*self.inner;
        let cache = inner.token_cache.as_deref();
        let opened = inner.verifiers.open(token)?;
        let keys = opened.keys();
        let asked = keys.asked();
        let (error, refused_by) = match keys.cached(opened.key_id()) {
            Some(held) => match opened.verify(&held, inner.clock.now(), cache) {
                Ok(verified) => return Ok(verified),
                Err(error) => (error, Arc::clone(&held)),
            },
            None => {
                let held = keys.keys_for(opened.key_id(), asked).await?;
                match opened.verify(&held, inner.clock.now(), cache) {
                    Ok(verified) => return Ok(verified),
                    Err(error) => (error, held),
                }
            }
        };
        if !JwksCache::reconsiders(&error) {
            return Err(error);
        }
        let opened = inner.verifiers.open(token)?;
        if !keys.reconsider(&error, &refused_by, opened.key_id(), asked).await {
            return Err(error);
        }
        let keys = keys.keys_for(opened.key_id(), asked).await?;
        opened.verify(&keys, inner.clock.now(), cache)
    }

    /// The `kid` of a request's token, if it can be parsed.
    fn key_id(&self, headers: &HeaderMap) -> Option<String> {
        let token = self.token_of(headers).ok()??;
        let opened = self.inner.verifiers.open(token).ok()?;
        opened.key_id().map(str::to_owned)
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { verifiers, revocation, revocation_timeout, token_cache, rules, clock: _ } =
            &*self.inner;
        formatter
            .debug_struct("Authenticator")
            .field("verifiers", verifiers)
            .field("revocation", &!revocation.is_empty())
            .field("revocation_timeout", revocation_timeout)
            .field("token_cache", token_cache)
            .field("rules", rules)
            .finish_non_exhaustive()
    }
}

/// The result of verifying a request's token. Only this module can create one.
#[derive(Clone)]
struct Admitted {
    by: Arc<Inner>,
    /// The token's text in the request.
    text: Arc<[u8]>,
    token: Arc<Verified>,
    since: Instant,
}

impl Admitted {
    /// Whether this authenticator has just verified the token, and the request still carries the same one.
    fn is_for(&self, authenticator: &Authenticator, text: &[u8]) -> bool {
        Arc::ptr_eq(&self.by, &authenticator.inner)
            && *self.text == *text
            && self.since.elapsed() < GuardRules::SHARED_FOR
    }
}

const REVOCATION_TIMEOUT: Duration = Verifier::REVOCATION_TIMEOUT;
