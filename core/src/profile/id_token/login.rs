//! What the client knows about one login, and what its ID token must therefore say.

use alloc::string::String;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;

use super::IdToken;
use crate::encoding::json::{self, Text, Value};
use crate::profile::claims::Claims;
use crate::profile::settings::{Members, named, not_blank};
use crate::time::NumericDate;
use crate::token::claims::RegisteredClaims;
use crate::token::verified::Verified;
use crate::verify::policy::{Form, Found, PolicyError};

/// What the client knows about one login, and what its ID token must therefore say.
///
/// It is made for each login and begins with the nonce, about which nothing is assumed: the client
/// [sent one](Login::with_nonce), [sent none](Login::without_nonce), [waives the
/// check](Login::any_nonce), or [a refresh returned the token](Login::refresh_of). Keep nonce and
/// state with the login, and delete them when they have been used.
///
/// ```
/// use core::time::Duration;
/// use verijot::profile::{Channel, Login};
/// let login = Login::with_nonce("n-0S6_WzA2Mj")?
///     .max_age(Duration::from_secs(600))
///     .access_token("SlAV32hkKG", Channel::Back)?;
/// # Ok::<(), verijot::PolicyError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Login {
    pub(super) nonce: Nonce,
    pub(super) max_age: Option<Duration>,
    pub(super) authentication_time_required: bool,
    pub(super) contexts: Vec<String>,
    pub(super) access_token: Option<(String, Channel)>,
    pub(super) code: Option<(String, Channel)>,
    pub(super) state: Option<String>,
    pub(super) state_hash_required: bool,
    pub(super) refreshed: Option<Previous>,
    pub(super) first: Option<Previous>,
}

/// Where an ID token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Channel {
    /// The authorization endpoint, through the browser (implicit and hybrid flow). The hashes of
    /// what came with it are then required.
    Front,
    /// The token endpoint, in a response to the client itself. The hashes are then optional, and
    /// checked if they are there.
    Back,
}

#[derive(Clone)]
pub(super) enum Nonce {
    Sent(String),
    NotSent,
    Any,
    /// That of the previous token, or none.
    AsBefore,
}

impl Login {
    /// The client sent this nonce, and the token must have it.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty nonce.
    pub fn with_nonce(nonce: impl Into<String>) -> Result<Self, PolicyError> {
        not_blank("nonce", nonce).map(|nonce| Self::starting(Nonce::Sent(nonce)))
    }

    /// The client sent no nonce, and the token must not have one.
    pub const fn without_nonce() -> Self {
        Self::starting(Nonce::NotSent)
    }

    /// Waives the check of the nonce: a token of another login is accepted. Safe only if something
    /// else ties the token to this login, such as PKCE with a token from the token endpoint.
    pub const fn any_nonce() -> Self {
        Self::starting(Nonce::Any)
    }

    /// A refresh returned the token (§12.2): `iss`, `sub`, the audiences in any order, and `azp` are
    /// those of the previous ID token, `auth_time` is the same where both have it, and `nonce` is
    /// missing or the same.
    pub fn refresh_of<T: Borrow<Verified>>(previous: &IdToken<T>) -> Self {
        let mut login = Self::starting(Nonce::AsBefore);
        login.refreshed = Some(Previous::of(previous.token()));
        login
    }

    /// Reads a document, strict JSON. Durations are decimal seconds in quotation marks.
    ///
    /// | member | as |
    /// |---|---|
    /// | exactly one of `nonce`, a string; `without_nonce`, `true`; `any_nonce`, `true`; `refresh_of`, the claims of the previous ID token | [`Login::with_nonce`], [`Login::without_nonce`], [`Login::any_nonce`], [`Login::refresh_of`] |
    /// | `max_age`: seconds | [`Login::max_age`] |
    /// | `auth_time_required`: `true` | [`Login::require_authentication_time`] |
    /// | `acr`: names | [`Login::acr`] |
    /// | `access_token` and `code`: strings; with either `channel`: `"front"` or `"back"` | [`Login::access_token`], [`Login::code`] |
    /// | `state` or `required_state`: a string | [`Login::state`], [`Login::required_state`] |
    /// | `second_of`: the claims of the first ID token | [`Login::second_of`] |
    ///
    /// # Errors
    /// [`PolicyError`], which names the member.
    ///
    /// ```
    /// use verijot::profile::Login;
    /// assert!(Login::from_json(r#"{"nonce": "n-0S6", "max_age": "600"}"#).is_ok());
    /// // A nonce that was lost is not a nonce that was not sent.
    /// assert_eq!(Login::from_json(r#"{"nonce": null}"#).unwrap_err().member(), Some("nonce"));
    /// assert_eq!(Login::from_json("{}").unwrap_err().member(), Some("nonce"));
    /// ```
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let mut members = Members::read(json.as_ref())?;
        let mut login = Self::read_nonce(&mut members)?;
        login.max_age = members.optional("max_age")?;
        login.authentication_time_required = members.waiver("auth_time_required")?;
        login.contexts = members.names("acr")?.unwrap_or_default();
        let token = members.optional_name("access_token")?;
        let code = members.optional_name("code")?;
        let channel = members.optional::<Channel>("channel")?;
        if channel.is_none() && (token.is_some() || code.is_some()) {
            let problem = "missing; add \"front\" or \"back\", where the ID token came from";
            return Err(PolicyError::at("channel", problem));
        }
        login.access_token = token.zip(channel);
        login.code = code.zip(channel);
        login.state = members.optional_name("state")?;
        if let Some(state) = members.optional_name("required_state")? {
            if login.state.is_some() {
                return Err(PolicyError::at("required_state", "excludes state; keep one of them"));
            }
            login = login.required_state(state)?;
        }
        login.first = members.take("second_of").map(|found| Previous::read(&found)).transpose()?;
        members.finish(&MEMBERS)?;
        Ok(login)
    }

    /// The user must have logged in at most this long ago; the client sent `max_age` (§3.1.2.1).
    /// The leeway of the verifier applies, so that zero is possible.
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// The token must say when the user logged in: the client asked for `auth_time` as an essential
    /// claim, or registered `require_auth_time`.
    pub const fn require_authentication_time(mut self) -> Self {
        self.authentication_time_required = true;
        self
    }

    /// `acr` must be one of these: the client asked for them as an essential claim (§5.5.1.1).
    ///
    /// # Errors
    /// [`PolicyError`] for an empty list or a blank name.
    pub fn acr<S: Into<String>>(
        mut self,
        contexts: impl IntoIterator<Item = S>,
    ) -> Result<Self, PolicyError> {
        self.contexts = named("acr", contexts.into_iter().map(Into::into).collect())?;
        Ok(self)
    }

    /// This access token came with the ID token, which `at_hash` confirms.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty text.
    pub fn access_token(
        mut self,
        token: impl Into<String>,
        channel: Channel,
    ) -> Result<Self, PolicyError> {
        self.access_token = Some((not_blank("access_token", token)?, channel));
        Ok(self)
    }

    /// This code came with the ID token, or was exchanged for it, which `c_hash` confirms.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty text.
    pub fn code(mut self, code: impl Into<String>, channel: Channel) -> Result<Self, PolicyError> {
        self.code = Some((not_blank("code", code)?, channel));
        Ok(self)
    }

    /// This state came back with the ID token, which `s_hash` confirms if it is there.
    ///
    /// # Errors
    /// [`PolicyError`] for an empty text.
    pub fn state(mut self, state: impl Into<String>) -> Result<Self, PolicyError> {
        self.state = Some(not_blank("state", state)?);
        Ok(self)
    }

    /// Like [`Login::state`], and `s_hash` must be there (FAPI 1.0 Part 2 §5.1.1).
    ///
    /// # Errors
    /// [`PolicyError`] for an empty text.
    pub fn required_state(mut self, state: impl Into<String>) -> Result<Self, PolicyError> {
        self.state = Some(not_blank("required_state", state)?);
        self.state_hash_required = true;
        Ok(self)
    }

    /// The hybrid flow gave this ID token first, and the token endpoint now gives a second, with
    /// the same `iss` and `sub` (§3.3.3.6).
    pub fn second_of<T: Borrow<Verified>>(mut self, first: &IdToken<T>) -> Self {
        self.first = Some(Previous::of(first.token()));
        self
    }

    const fn starting(nonce: Nonce) -> Self {
        Self {
            nonce,
            max_age: None,
            authentication_time_required: false,
            contexts: Vec::new(),
            access_token: None,
            code: None,
            state: None,
            state_hash_required: false,
            refreshed: None,
            first: None,
        }
    }

    fn read_nonce(members: &mut Members<'_>) -> Result<Self, PolicyError> {
        let nonce = members.take("nonce");
        let without = members.waiver("without_nonce")?;
        let any = members.waiver("any_nonce")?;
        let refreshed = members.take("refresh_of");
        match (nonce, without, any, refreshed) {
            (Some(found), false, false, None) => {
                let wanted = "a string; if none was sent, say \"without_nonce\": true";
                let text = found.value().as_text().ok_or_else(|| found.is_not(wanted))?;
                Self::with_nonce(text.unescape())
            }
            (None, true, false, None) => Ok(Self::without_nonce()),
            (None, false, true, None) => Ok(Self::any_nonce()),
            (None, false, false, Some(found)) => {
                let mut login = Self::starting(Nonce::AsBefore);
                login.refreshed = Some(Previous::read(&found)?);
                Ok(login)
            }
            _ => {
                let problem = "say exactly one of nonce, without_nonce, any_nonce, refresh_of";
                Err(PolicyError::at("nonce", problem))
            }
        }
    }
}

impl fmt::Debug for Login {
    /// Shows no value: a nonce, a code and a token are secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").finish_non_exhaustive()
    }
}

impl Form for Channel {
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        match found.value().as_text().map(Text::unescape).as_deref() {
            Some("front") => Ok(Self::Front),
            Some("back") => Ok(Self::Back),
            _ => Err(found.is_not("\"front\" or \"back\"")),
        }
    }

    fn written(&self) -> String {
        json::quoted(match self {
            Self::Front => "front",
            Self::Back => "back",
        })
    }
}

/// What the client knows of an earlier ID token.
#[derive(Clone)]
pub(super) struct Previous {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) audience: Vec<String>,
    pub(super) authenticated_at: Option<NumericDate>,
    pub(super) nonce: Option<String>,
    pub(super) party: Option<String>,
}

impl Previous {
    fn of(verified: &Verified) -> Self {
        let claims = Claims::of(verified);
        let text = |name| claims.text(name).ok().flatten().map(alloc::borrow::Cow::into_owned);
        Self {
            issuer: text("iss").unwrap_or_default(),
            subject: text("sub").unwrap_or_default(),
            audience: verified.audience().map(alloc::borrow::Cow::into_owned).collect(),
            authenticated_at: claims.date("auth_time").ok().flatten(),
            nonce: text("nonce"),
            party: text("azp"),
        }
    }

    /// Reads the claims of an ID token, of which the client has kept at least `iss`, `sub` and
    /// `aud`.
    fn read(found: &Found<'_>) -> Result<Self, PolicyError> {
        let wanted = "the claims of an ID token, with iss, sub and aud";
        let raw = found.value().raw();
        let registered = RegisteredClaims::read(raw, false).map_err(|_| found.is_not(wanted))?;
        let claims = Claims::of_object(Value::checked(raw));
        let text = |name| {
            let text = claims.text(name).map_err(|_| found.is_not(wanted))?;
            Ok::<_, PolicyError>(text.map(alloc::borrow::Cow::into_owned))
        };
        let required = |name| text(name)?.ok_or_else(|| found.is_not(wanted));
        let audience = registered.audience(raw).map(alloc::borrow::Cow::into_owned);
        let audience = audience.collect::<Vec<_>>();
        if audience.is_empty() {
            return Err(found.is_not(wanted));
        }
        Ok(Self {
            issuer: required("iss")?,
            subject: required("sub")?,
            audience,
            authenticated_at: claims.date("auth_time").map_err(|_| found.is_not(wanted))?,
            nonce: text("nonce")?,
            party: text("azp")?,
        })
    }
}

const MEMBERS: [&str; 13] = [
    "nonce",
    "without_nonce",
    "any_nonce",
    "refresh_of",
    "max_age",
    "auth_time_required",
    "acr",
    "access_token",
    "code",
    "channel",
    "state",
    "required_state",
    "second_of",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_written_as_it_is_read() {
        for channel in [Channel::Front, Channel::Back] {
            let document = text!(r#"{{"channel": {}}}"#, channel.written());
            let mut members = Members::read(document.as_bytes()).unwrap();
            assert_eq!(members.optional("channel"), Ok(Some(channel)));
        }
    }
}
