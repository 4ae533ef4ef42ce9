//! What guards decide: demands, where the token is, the whole answer. All of it is the core's.
//!
//! A demand is its JSON document, and the rules of a guard are a record: values that need no looking
//! after. What the core has found good once it finds good again.

use verijot::request::DemandError;
use verijot::{ClaimPath, Error};

use crate::problem::Problem;
use crate::refusal::Refusal;

/// One part of a demand.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DemandPart {
    /// Each of these scopes.
    AllScopes {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// At least one of these scopes.
    AnyScope {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// Each of these roles in a claim.
    AllRoles {
        /// The names of the claim, from the outermost inwards.
        path: Vec<String>,
        /// The roles.
        roles: Vec<String>,
    },
    /// At least one of these roles in a claim.
    AnyRole {
        /// The names of the claim, from the outermost inwards.
        path: Vec<String>,
        /// The roles.
        roles: Vec<String>,
    },
    /// A document.
    Document {
        /// Its text.
        json: String,
    },
}

/// The document of a demand for all of these parts.
///
/// # Errors
/// [`Problem::Demand`] if one makes no sense, or if there is none.
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
            DemandPart::Document { json } => verijot::request::Demand::from_json(&json)?,
        });
    }
    demand.to_json().ok_or_else(|| Problem::demand("nothing is demanded; name scopes or roles"))
}

/// Why a verified token does not grant what is demanded; none if it does.
#[uniffi::export]
#[must_use]
pub fn check_demand(document: &str, payload: &str) -> Option<Refusal> {
    match verijot::request::Demand::from_json(document) {
        Ok(demand) => demand.check_payload(payload).err().map(Refusal::from),
        // What is no demand nobody meets.
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
    /// Alone in another header.
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

/// All that a guard is told.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct GuardRules {
    /// The document of what the token must grant; none for a good token.
    pub demand: Option<String>,
    /// Where the token is.
    pub place: TokenPlace,
    /// Whether requests without any token are let in.
    pub optional: bool,
    /// The protected space, for challenges.
    pub realm: Option<String>,
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

/// The name of the header to look at, in lower case.
///
/// # Errors
/// [`Problem::Demand`] if the rules make no sense.
#[uniffi::export]
pub fn guarded_header(rules: GuardRules) -> Result<String, Problem> {
    Ok(rules.core()?.place().header_name().to_owned())
}

/// What a request carries.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum GuardedToken {
    /// A token, not yet verified.
    Found {
        /// The token.
        token: String,
    },
    /// None at all, and the guard is optional.
    Nobody,
    /// None, or what is there is malformed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// The token in the values of every line of the header.
#[uniffi::export]
#[must_use]
pub fn guarded_token(rules: GuardRules, values: Vec<String>) -> GuardedToken {
    let rules = rules.core().map_err(|_| Error::MissingToken);
    match rules.and_then(|rules| {
        let token = rules.token(values.iter().map(String::as_bytes))?;
        // What the core takes for a token is ASCII.
        Ok(token.map(|token| String::from_utf8_lossy(token).into_owned()))
    }) {
        Ok(Some(token)) => GuardedToken::Found { token },
        Ok(None) => GuardedToken::Nobody,
        Err(error) => GuardedToken::Refused { refusal: Refusal::from(error) },
    }
}

/// A header of an answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AnswerHeader {
    /// Its name.
    pub name: String,
    /// Its value, visible ASCII and the space.
    pub value: String,
}

/// The whole answer to a request that is refused.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Answer {
    /// 401, 403 or 503.
    pub status: u16,
    /// Each header once.
    pub headers: Vec<AnswerHeader>,
    /// JSON that names the code.
    pub body: String,
    /// What a WebSocket is closed with.
    pub websocket_close_code: u16,
}

/// The whole answer to a request that is refused.
#[uniffi::export]
#[must_use]
pub fn guard_answer(rules: GuardRules, refusal: Refusal) -> Answer {
    let answer = verijot::request::Answer::restored(
        &refusal.code,
        refusal.http_status,
        refusal.www_authenticate.as_deref(),
        refusal.retry_after,
        rules.realm.as_deref(),
        &rules.core_place().unwrap_or_default(),
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
