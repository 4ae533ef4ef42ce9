//! Guards: demands, token places and whole responses. The core decides everything.
//!
//! A demand is its JSON document, and the rules of a guard are a record: plain values that nobody has
//! to free. The core checks them when they are made, so that later calls cannot fail.

use verijot::request::DemandError;
use verijot::{ClaimPath, Error};

use crate::moment::{Moment, span};
use crate::problem::Problem;
use crate::refusal::Refusal;

/// One part of a demand.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DemandPart {
    /// All of these scopes.
    AllScopes {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// At least one of these scopes.
    AnyScope {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// All of these roles in a claim.
    AllRoles {
        /// The claim's path, from the outermost name inwards.
        path: Vec<String>,
        /// The roles.
        roles: Vec<String>,
    },
    /// At least one of these roles in a claim.
    AnyRole {
        /// The claim's path, from the outermost name inwards.
        path: Vec<String>,
        /// The roles.
        roles: Vec<String>,
    },
    /// A sign-in with one of these authentication context classes, in `acr`.
    AcrValues {
        /// The values, best first.
        values: Vec<String>,
    },
    /// A sign-in at most this long ago, in `auth_time`.
    MaxAuthenticationAge {
        /// Nanoseconds; the core accepts whole seconds.
        nanoseconds: u64,
    },
    /// A demand's JSON document.
    Document {
        /// Its text.
        json: String,
    },
}

/// Returns the document of a demand for all of these parts.
///
/// # Errors
/// [`Problem::Demand`] if a part is invalid, or if there is none.
#[uniffi::export]
pub fn demand(parts: Vec<DemandPart>) -> Result<String, Problem> {
    let mut demand = verijot::request::Demand::good_token();
    for part in parts {
        demand = demand.and(match part {
            DemandPart::AllScopes { scopes } => verijot::request::Demand::all_scopes(scopes)?,
            DemandPart::AnyScope { scopes } => verijot::request::Demand::any_scope(scopes)?,
            DemandPart::AllRoles { path, roles } => {
                verijot::request::Demand::all_roles(ClaimPath::from_names(path), roles)?
            }
            DemandPart::AnyRole { path, roles } => {
                verijot::request::Demand::any_role(ClaimPath::from_names(path), roles)?
            }
            DemandPart::AcrValues { values } => verijot::request::Demand::acr_values(values)?,
            DemandPart::MaxAuthenticationAge { nanoseconds } => {
                verijot::request::Demand::max_authentication_age(span(nanoseconds))?
            }
            DemandPart::Document { json } => verijot::request::Demand::from_json(&json)?,
        });
    }
    demand
        .to_json()
        .ok_or_else(|| Problem::demand("the demand is empty; name scopes, roles or a sign-in"))
}

/// Checks a verified token against a demand. `now` is the time by which it was verified. Returns the
/// refusal, or `None` if the token grants everything.
#[uniffi::export]
#[must_use]
pub fn check_demand(document: &str, payload: &str, now: Moment) -> Option<Refusal> {
    match verijot::request::Demand::from_json(document) {
        Ok(demand) => demand.check_payload(payload, now.time()).err().map(Refusal::from),
        // No token satisfies an invalid demand.
        Err(_) => Some(Refusal::from(Error::InsufficientScope {
            claim: String::new(),
            required: Vec::new(),
            any_of: false,
        })),
    }
}

/// Where a request carries its token.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TokenPlace {
    /// In the Authorization header, with the scheme Bearer.
    Authorization,
    /// In another header, without a scheme.
    Header {
        /// Its name.
        name: String,
    },
    /// In a cookie.
    Cookie {
        /// Its name.
        name: String,
    },
}

/// The settings of a guard.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct GuardRules {
    /// The document of what the token must grant; `None` if any valid token will do.
    pub demand: Option<String>,
    /// Where the token is.
    pub place: TokenPlace,
    /// Whether requests without a token are allowed.
    pub optional: bool,
    /// The protected space, for challenges (RFC 9110 §11.5).
    pub realm: Option<String>,
    /// The URL of the protected resource's metadata, for challenges (RFC 9728 §5.1).
    pub resource_metadata: Option<String>,
}

impl GuardRules {
    fn core(&self) -> Result<verijot::request::GuardRules, DemandError> {
        let demand = match &self.demand {
            Some(document) => verijot::request::Demand::from_json(document)?,
            None => verijot::request::Demand::good_token(),
        };
        let mut rules = verijot::request::GuardRules::new(demand).at(self.core_place()?);
        if let Some(realm) = &self.realm {
            rules = rules.with_realm(realm.clone());
        }
        if let Some(url) = &self.resource_metadata {
            rules = rules.with_resource_metadata(url.clone())?;
        }
        if self.optional { rules.optional() } else { Ok(rules) }
    }

    fn core_place(&self) -> Result<verijot::request::TokenPlace, DemandError> {
        match &self.place {
            TokenPlace::Authorization => Ok(verijot::request::TokenPlace::authorization()),
            TokenPlace::Header { name } => verijot::request::TokenPlace::header(name),
            TokenPlace::Cookie { name } => verijot::request::TokenPlace::cookie(name),
        }
    }
}

/// Returns the name of the header that carries the token, in lower case.
///
/// # Errors
/// [`Problem::Demand`] if the rules are invalid.
#[uniffi::export]
pub fn guarded_header(rules: GuardRules) -> Result<String, Problem> {
    Ok(rules.core()?.place().header_name().to_owned())
}

/// Returns the URL of the metadata of a protected resource (RFC 9728 §3.1).
///
/// # Errors
/// [`Problem::Demand`] if the resource is not an absolute URL that clients may fetch from.
#[uniffi::export]
pub fn resource_metadata_url(resource: &str) -> Result<String, Problem> {
    Ok(verijot::request::resource_metadata_url(resource)?)
}

/// What a request carries.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum GuardedToken {
    /// A token, not yet verified.
    Found {
        /// The token.
        token: String,
    },
    /// No token at all, and the guard is optional.
    Missing,
    /// No token, or a malformed one.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// Finds the token in the values of every line of the header.
#[uniffi::export]
#[must_use]
pub fn guarded_token(rules: GuardRules, values: Vec<String>) -> GuardedToken {
    let rules = rules.core().map_err(|_| Error::MissingToken);
    match rules.and_then(|rules| {
        let token = rules.token(values.iter().map(String::as_bytes))?;
        // The core accepts only ASCII as a token.
        Ok(token.map(|token| String::from_utf8_lossy(token).into_owned()))
    }) {
        Ok(Some(token)) => GuardedToken::Found { token },
        Ok(None) => GuardedToken::Missing,
        Err(error) => GuardedToken::Refused { refusal: Refusal::from(error) },
    }
}

/// A header of a response.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AnswerHeader {
    /// Its name.
    pub name: String,
    /// Its value: visible ASCII and spaces.
    pub value: String,
}

/// The whole response to a refused request.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Answer {
    /// 401, 403 or 503.
    pub status: u16,
    /// Each header once.
    pub headers: Vec<AnswerHeader>,
    /// JSON that names the code.
    pub body: String,
    /// The code to close a WebSocket with.
    pub websocket_close_code: u16,
}

/// Makes the whole response to a refused request.
#[uniffi::export]
#[must_use]
pub fn guard_answer(rules: GuardRules, refusal: Refusal) -> Answer {
    // Rules that make no sense admit nobody, and name nothing in a challenge.
    let rules = rules.core().unwrap_or_else(|_| {
        verijot::request::GuardRules::new(verijot::request::Demand::good_token())
    });
    let answer = verijot::request::Answer::restored(
        &refusal.code,
        refusal.http_status,
        refusal.www_authenticate.as_deref(),
        refusal.retry_after,
        &rules,
    );
    let headers = answer
        .headers()
        .map(|(name, value)| AnswerHeader { name: name.to_owned(), value: value.to_owned() });
    Answer {
        status: answer.status(),
        headers: headers.collect(),
        body: answer.body().to_owned(),
        websocket_close_code: answer.websocket_close_code(),
    }
}
