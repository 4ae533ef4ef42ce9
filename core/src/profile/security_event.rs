//! Security Event Tokens of RFC 8417, also those of the Shared Signals Framework.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;

use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::profile::base::{self, Base};
use crate::profile::claims::{Claims, invalid};
use crate::profile::replay_window::{Replay, ReplayWindow, Unadmitted};
use crate::profile::settings::{Members, not_blank};
use crate::time::{NumericDate, UnixTime};
use crate::token::verified::Verified;
use crate::verify::check::{Check, Trail, silent};
use crate::verify::policy::{Policy, PolicyError, Types};
use crate::verify::{Explanation, Verifier};

/// Verifies Security Event Tokens (RFC 8417): a transmitter tells a receiver that something has
/// happened, such as a changed password.
///
/// It makes every check of [`Verifier::verify`] and then those of the profile, in this order; the
/// first that fails decides the code.
///
/// | check | what is checked | codes |
/// |---|---|---|
/// | those of a verifier | `typ` is `secevent+jwt` (RFC 8417 §2.3); `iat`, `jti`, `events` are there; `exp` need not be (§2.2) | as there |
/// | `profile_claims` | `jti` is not empty; `txn` is a string, `toe` a date, `sub_id` an object | `invalid_claim` |
/// | `events` | an object of at least one event; its names are URIs, its values objects | `invalid_claim` |
/// | `forbidden_claims` | no `exp` and no `sub`, for [shared signals](SecurityEventVerifier::shared_signals) | `unexpected_claim` |
/// | replay | the token was not presented before | `replayed`, `replay_unavailable` |
///
/// The answer (RFC 8935) is 202, or 400 with [`delivery_error`].
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::profile::{ReplayWindow, SecurityEventVerifier};
/// use verijot::{JwkSet, UnixTime};
/// let verifier = SecurityEventVerifier::new("https://transmitter.example", "https://receiver.example")?;
/// let mut window = ReplayWindow::new(10_000);
/// let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
/// let now = UnixTime::from_seconds(0);
/// assert!(verifier.verify("not a token", &keys, now, &mut window).is_err());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SecurityEventVerifier {
    base: Base,
    issuer: String,
    shared_signals: bool,
    remembered_for: Duration,
    pub(super) replay_waived: bool,
}

impl SecurityEventVerifier {
    /// The name of the profile in documents.
    pub const NAME: &'static str = "security-event";

    /// Creates a verifier for the events that a transmitter sends to one audience.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty issuer or audience.
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, PolicyError> {
        let (issuer, audience) = (not_blank("issuer", issuer)?, not_blank("audience", audience)?);
        Self::with_base(base::policy(&issuer, &audience), issuer)
    }

    /// Reads a document, strict JSON. Durations are decimal seconds in quotation marks.
    ///
    /// | member | value | without it |
    /// |---|---|---|
    /// | `profile` | `"security-event"` | may be left out here |
    /// | `issuer` | the transmitter, as in `iss` | refused |
    /// | `audience` | the receiver, which must be in `aud` | refused |
    /// | `shared_signals` | `true` refuses `exp` and `sub`, as the Shared Signals Framework does | accepted |
    /// | `allow_missing_type` | `true` accepts tokens without `typ` | refused |
    /// | `remember_for` | seconds that the transmitter may deliver a token again | `"86400"` |
    /// | `without_replay_check` | `true` waives the check, for [`Profile`](crate::profile::Profile) | checked |
    /// | members of a [policy](Policy::from_json) | as there, but not `issuers`, `audiences`, `types`, `require_exp`, `numeric_subject` | as there |
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let mut members = Members::read(json.as_ref())?;
        base::check_name(&mut members, Self::NAME)?;
        let (issuer, audience) = (members.name("issuer")?, members.name("audience")?);
        let shared_signals = members.waiver("shared_signals")?;
        let type_waived = members.waiver("allow_missing_type")?;
        let remembered_for = members.optional("remember_for")?;
        let replay_waived = members.waiver("without_replay_check")?;
        let given = [("issuers", issuer.as_str()), ("audiences", audience.as_str())];
        let policy = members.into_policy(&given, &base::DECIDED)?;
        let mut verifier = Self::with_base(policy, issuer)?;
        verifier.shared_signals = shared_signals;
        if type_waived {
            verifier = verifier.allow_missing_type()?;
        }
        verifier.replay_waived = replay_waived;
        if let Some(span) = remembered_for {
            verifier = verifier.remember_for(span);
        }
        Ok(verifier)
    }

    /// Also refuses `exp` and `sub`, which the Shared Signals Framework forbids, so that no other
    /// kind of token is taken for an event.
    #[must_use]
    pub fn shared_signals(mut self) -> Self {
        self.shared_signals = true;
        self
    }

    /// Accepts tokens without `typ`, which RFC 8417 §2.3 only recommends.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn allow_missing_type(mut self) -> Result<Self, PolicyError> {
        self.base = self.base.of_types(Types::OneOfOrNone(base::names([TYPE])))?;
        Ok(self)
    }

    /// Sets for how long the transmitter may deliver a token again, and so for how long a token
    /// without `exp` and `max_age` is remembered; a day by default. After that the same token would
    /// pass again: set `max_age` in the policy if nobody else must be able to deliver it later.
    #[must_use]
    pub fn remember_for(mut self, span: Duration) -> Self {
        self.remembered_for = span;
        self
    }

    /// Changes what else the policy requires. Issuer, audience and `typ` stay.
    ///
    /// # Errors
    /// [`PolicyError`] as of [`Verifier::new`].
    pub fn policy(mut self, change: impl FnOnce(Policy) -> Policy) -> Result<Self, PolicyError> {
        self.base = self.base.changed(change)?;
        Ok(self)
    }

    /// Returns the verifier that makes the checks up to the profile's. Pass what it accepts to
    /// [`SecurityEventVerifier::check`].
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        self.base.verifier()
    }

    /// Verifies an event, which must not be in the window yet.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`SecurityEventVerifier`].
    pub fn verify(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
        window: &mut ReplayWindow,
    ) -> Result<SecurityEvent, Error> {
        self.check(self.verifier().verify(raw, keys, now)?, now)?.admit(window, now)
    }

    /// Verifies an event that may be presented any number of times.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`SecurityEventVerifier`].
    pub fn verify_without_replay_check(
        &self,
        raw: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<SecurityEvent, Error> {
        let verified = self.verifier().verify(raw, keys, now)?;
        self.check(verified, now).map(Unadmitted::without_replay_check)
    }

    /// Makes the profile's checks of a token that [`SecurityEventVerifier::verifier`] has accepted
    /// at this time, all but the last.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`SecurityEventVerifier`].
    pub fn check<T: Borrow<Verified>>(
        &self,
        token: T,
        now: UnixTime,
    ) -> Result<Unadmitted<SecurityEvent<T>>, Error> {
        self.check_along(token.borrow(), &mut silent())?;
        let replay = self.replay(token.borrow(), now);
        Ok(Unadmitted { token: SecurityEvent { token }, replay })
    }

    /// Verifies like [`SecurityEventVerifier::verify`], and records the outcome of each check but
    /// that of a replay.
    #[must_use]
    pub fn explain(&self, raw: impl AsRef<[u8]>, keys: &JwkSet, now: UnixTime) -> Explanation {
        self.verifier()
            .explain(raw, keys, now)
            .continued(&Self::CHECKS, |verified, trail| self.check_along(verified, trail))
    }

    /// The checks of the profile, after those of a verifier, in their order.
    pub const CHECKS: [Check; 3] = [Check::ProfileClaims, Check::Events, Check::ForbiddenClaims];

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
        trail.step(Check::Events, || check_events(&claims))?;
        trail.step(Check::ForbiddenClaims, || match self.shared_signals {
            true => claims.absent("exp").and_then(|()| claims.absent("sub")),
            false => Ok(()),
        })
    }

    /// What a window remembers until the token is no longer accepted or, if it is accepted for ever,
    /// until the transmitter no longer delivers it.
    fn replay(&self, verified: &Verified, now: UnixTime) -> Replay {
        let until = self.base.accepted_until(verified);
        let until = until.unwrap_or_else(|| now.plus(self.remembered_for));
        let (issuer, id) =
            (verified.issuer().unwrap_or_default(), verified.id().unwrap_or_default());
        Replay::new(["set", issuer, id], until)
    }

    fn with_base(policy: Policy, issuer: String) -> Result<Self, PolicyError> {
        let base = Base::new(policy, Types::OneOf(base::names([TYPE])), |policy| {
            base::requiring(policy.allow_missing_expiry(), &["iat", "jti", "events"])
        })?;
        Ok(Self {
            base,
            issuer,
            shared_signals: false,
            remembered_for: ONE_DAY,
            replay_waived: false,
        })
    }
}

/// A Security Event Token. Only a [`SecurityEventVerifier`] creates one.
pub struct SecurityEvent<T = Verified> {
    token: T,
}

impl<T: Borrow<Verified>> SecurityEvent<T> {
    /// Returns the token. Its payload has the events with their members.
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

    /// Returns `jti`: the event's id, unique for the issuer.
    pub fn id(&self) -> &str {
        self.token().id().unwrap_or_default()
    }

    /// Returns the URI of each event.
    pub fn events(&self) -> Vec<Cow<'_, str>> {
        let events = Claims::of(self.token()).object("events");
        events.map(|events| events.names().collect()).unwrap_or_default()
    }

    /// Returns the members of one event, as a JSON object.
    pub fn event(&self, uri: &str) -> Option<&str> {
        let events = Claims::of(self.token()).object("events").ok()?;
        events.value(uri).map(crate::encoding::json::Value::raw)
    }

    /// Returns `sub_id` (RFC 9493), as a JSON object: whom or what the events are about.
    pub fn subject_id(&self) -> Option<&str> {
        Claims::of(self.token()).value("sub_id").map(crate::encoding::json::Value::raw)
    }

    /// Returns `txn`: the transaction that caused the event.
    pub fn transaction(&self) -> Option<Cow<'_, str>> {
        Claims::of(self.token()).text("txn").ok().flatten()
    }

    /// Returns `toe`: when the event happened.
    pub fn happened_at(&self) -> Option<NumericDate> {
        Claims::of(self.token()).date("toe").ok().flatten()
    }

    /// Writes what the profile has checked as a JSON object of claims, as far as they are there:
    /// `iss`, `jti`, `sub_id`, `txn`, `toe`, `events`.
    pub fn to_json(&self) -> String {
        let names = ["iss", "jti", "sub_id", "txn", "toe", "events"];
        Claims::of(self.token()).written(&names)
    }
}

impl<T: Borrow<Verified>> fmt::Debug for SecurityEvent<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecurityEvent").field("token", self.token()).finish()
    }
}

/// Returns the `err` of the answer to a transmitter (RFC 8935 §2.4), which has the status 400.
/// `None` for an error with the status 503: the transmitter should deliver the token again.
#[must_use]
pub const fn delivery_error(error: &Error) -> Option<&'static str> {
    if error.http_status() == 503 {
        return None;
    }
    Some(match error {
        Error::UnknownKey { .. } | Error::AmbiguousKey { .. } | Error::AlgorithmMismatch { .. } => {
            "invalid_key"
        }
        Error::WrongIssuer { .. } => "invalid_issuer",
        Error::WrongAudience { .. } => "invalid_audience",
        Error::InvalidSignature | Error::AlgorithmNotAllowed { .. } => "authentication_failed",
        _ => "invalid_request",
    })
}

fn check_claims(claims: &Claims<'_>) -> Result<(), Error> {
    claims.name("jti")?;
    claims.text("txn")?;
    claims.date("toe")?;
    if claims.value("sub_id").is_some() {
        claims.object("sub_id")?;
    }
    Ok(())
}

/// RFC 8417 §2: names are URIs, values are objects, and there is at least one.
fn check_events(claims: &Claims<'_>) -> Result<(), Error> {
    let events = claims.object("events")?;
    let all_uris = events.names().all(|name| is_uri(&name));
    let all_objects = events.values().all(crate::encoding::json::Value::is_object);
    if events.len() > 0 && all_uris && all_objects {
        return Ok(());
    }
    Err(invalid("events", "an object of at least one event, by its URI, whose value is an object"))
}

/// Whether the text has a scheme and visible ASCII after it (RFC 3986 §3.1).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let in_scheme = |octet: u8| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(in_scheme)
        && !rest.is_empty()
        && rest.bytes().all(|octet| octet.is_ascii_graphic())
}

const TYPE: &str = "secevent+jwt";
const ONE_DAY: Duration = Duration::from_secs(86_400);
