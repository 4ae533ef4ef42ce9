//! Scenarios of guards: one request to a route, and the whole answer.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use verijot::issuer::{CacheSettings, KeySource};
use verijot::request::{Demand, DemandError, GuardRules, TokenPlace};
use verijot::{Audiences, Issuers, Policy, Revocation, Verified, Verifier};
use verijot_axum::{Authenticator, Bearer, GuardLayer, IssuerKeys, RevocationCheck};

use crate::clock::Clocks;
use crate::common::service::Service;
use crate::common::setup::http;
use crate::server::{Answer, Server};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    guard: GuardSpec,
    #[serde(default)]
    headers: Vec<(String, String)>,
    answer: Option<Expected>,
    setup_error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardSpec {
    place: Place,
    #[serde(default)]
    optional: bool,
    demand: Option<Value>,
    realm: Option<String>,
    resource_metadata: Option<String>,
    #[serde(default)]
    revocation: Vec<Check>,
    keys_unavailable_for: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Authorization,
    Header(String),
    Cookie(String),
}

/// The result of a revocation check.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Check {
    Clear,
    Revoked,
    Unavailable,
    Error,
    Slow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    /// With status 200.
    #[serde(default)]
    subject: Option<String>,
    code: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    body: Option<String>,
}

pub async fn play(fixtures: &Value, scenario: Map<String, Value>) -> Result<(), String> {
    let scenario = serde_json::from_value::<Scenario>(Value::Object(scenario));
    let Scenario { guard, headers, answer, setup_error } =
        scenario.map_err(|error| error.to_string())?;
    let built = build(&guard);
    let (place, demands) = match (built, answer.is_some(), setup_error.as_deref()) {
        (Err(_), false, Some(DemandError::CODE)) => return Ok(()),
        (Ok(built), true, None) => built,
        (Ok(_), false, Some(expected)) => {
            return Err(format!("the guard was built; expected {expected}"));
        }
        (Err(error), ..) => return Err(error.to_string()),
        _ => return Err(String::from("either `answer` or `setup_error`")),
    };
    let issuer =
        Server::start(|_| Answer::new(500, "")).await.map_err(|error| error.to_string())?;
    let keys = keys(&guard, fixtures, &issuer)?;
    let policy = Policy::new(
        Issuers::only("https://issuer.example"),
        Audiences::only("https://api.example"),
    );
    let verifier = Verifier::new(policy).map_err(|error| error.to_string())?;
    let mut authenticator = Authenticator::new(verifier, keys)
        .with_clock(Clocks::default())
        .with_token_place(place)
        .with_revocation_timeout(Duration::from_millis(200));
    if let Some(realm) = guard.realm {
        authenticator = authenticator.with_realm(realm);
    }
    if let Some(url) = guard.resource_metadata {
        let named = authenticator.with_resource_metadata(url);
        authenticator = named.map_err(|error| error.to_string())?;
    }
    for check in guard.revocation {
        authenticator = authenticator.with_revocation(check);
    }
    let service = Service::start(router(authenticator, demands, guard.optional)).await;

    let mut request = http().get(format!("{}/subject", service.url));
    for (name, value) in headers {
        request = request.header(name, filled(&value, fixtures)?);
    }
    let response = request.send().await.map_err(|error| error.to_string())?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.text().await.map_err(|error| error.to_string())?;
    let Some(answer) = answer else { return Ok(()) };
    let expected = match answer.body {
        Some(body) => body,
        None => json!({ "subject": answer.subject }).to_string(),
    };
    if status != answer.status || body != expected {
        return Err(format!("{status} {body}"));
    }
    // A code that is not in the body appears nowhere else.
    if answer.code.is_some_and(|code| !body.contains(&code)) {
        return Err(format!("another code: {body}"));
    }
    for (name, expected) in answer.headers {
        let values = headers.get_all(&name).iter().map(|value| value.to_str().unwrap_or("?"));
        let values = values.collect::<Vec<_>>();
        if values != expected.as_deref().into_iter().collect::<Vec<_>>() {
            return Err(format!("{name}: {values:?}"));
        }
    }
    Ok(())
}

/// Where the token is, and the demands that are added one after the other.
fn build(guard: &GuardSpec) -> Result<(TokenPlace, Vec<Demand>), DemandError> {
    let place = match &guard.place {
        Place::Authorization => TokenPlace::authorization(),
        Place::Header(name) => TokenPlace::header(name)?,
        Place::Cookie(name) => TokenPlace::cookie(name)?,
    };
    let demands = match &guard.demand {
        None => Vec::new(),
        Some(Value::Array(demands)) if !demands.is_empty() => {
            let read = |demand: &Value| Demand::from_json(&demand.to_string());
            demands.iter().map(read).collect::<Result<_, _>>()?
        }
        Some(demand) => vec![Demand::from_json(&demand.to_string())?],
    };
    // In axum an optional guard is an extractor, which accepts no demand.
    let whole = demands.iter().cloned().fold(Demand::good_token(), Demand::and);
    let mut rules = GuardRules::new(whole);
    if guard.optional {
        rules = rules.optional()?;
    }
    if let Some(url) = &guard.resource_metadata {
        let _ = rules.with_resource_metadata(url)?;
    }
    Ok((place, demands))
}

fn keys(guard: &GuardSpec, fixtures: &Value, issuer: &Server) -> Result<IssuerKeys, String> {
    let Some(seconds) = guard.keys_unavailable_for else {
        let source = KeySource::jwks(fixtures["jwks"].to_string());
        return source.and_then(IssuerKeys::new).map_err(|error| error.to_string());
    };
    let mut settings = CacheSettings::default();
    settings.shortest_rest = Duration::from_secs_f64(seconds);
    let source = KeySource::jwks_url(&issuer.origin).map_err(|error| error.to_string())?;
    let builder = IssuerKeys::builder(source).settings(settings).clock(Clocks::default());
    builder.build().map_err(|error| error.to_string())
}

fn router(authenticator: Authenticator, demands: Vec<Demand>, optional: bool) -> Router {
    let subject = |bearer: Option<&Bearer>| {
        Json(json!({ "subject": bearer.and_then(|bearer| bearer.token.subject()) }))
    };
    if optional {
        let route = get(move |bearer: Option<Bearer>| async move { subject(bearer.as_ref()) });
        return Router::new().route("/subject", route).with_state(authenticator);
    }
    let guard = authenticator.require_token();
    let guard = demands.into_iter().fold(guard, GuardLayer::and);
    let route = get(move |bearer: Bearer| async move { subject(Some(&bearer)) });
    Router::new().route("/subject", route).route_layer(guard).with_state(authenticator)
}

/// Replaces `{token:NAME}` with tokens.
fn filled(value: &str, fixtures: &Value) -> Result<String, String> {
    let mut parts = value.split("{token:");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or("no end of a token's name")?;
        filled.push_str(fixtures["tokens"][name].as_str().ok_or("no such token")?);
        filled.push_str(rest);
    }
    Ok(filled)
}

impl RevocationCheck for Check {
    async fn check(&self, _: &Verified) -> Revocation {
        match self {
            Self::Clear => Revocation::Clear,
            Self::Revoked => Revocation::Revoked,
            Self::Unavailable => Revocation::Unavailable,
            Self::Error => panic!("a failing check"),
            Self::Slow => pending().await,
        }
    }
}
