//! Scenarios of sessions: a `RefreshingClient`, a scripted token endpoint and a scripted service.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use verijot::session::{RefreshFailure, RefreshSettings, Storage};
use verijot_axum::{IssuedTokens, NotStored, RefreshingClient, SendError, TokenKeeper};

use crate::clock::Clocks;
use crate::common::setup::http;
use crate::server::{Answer, Fault, Request, Server, body};
use crate::steps::{self, Player, True, eventually};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[serde(default)]
    settings: BTreeMap<String, f64>,
    steps: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    SignIn(Tokens),
    Resume(Resumed),
    SignOut(True),
    Endpoint(EndpointAnswer),
    Api(ApiAnswer),
    Storage(StorageState),
    Request(Sending),
    Join(Sending),
    Release(True),
    Refreshes(usize),
    RefreshTokenSent(String),
    Stored(Option<Tokens>),
    Asleep(f64),
    Health(Map<String, Value>),
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Tokens {
    access: String,
    refresh: Option<String>,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resumed {
    access: String,
    refresh: Option<String>,
    expires_in: Option<u64>,
    age: u32,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EndpointAnswer {
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    access: Option<String>,
    refresh: Option<String>,
    expires_in: Option<u64>,
    error: Option<String>,
    body: Option<String>,
    body_base64: Option<String>,
    fault: Option<Fault>,
    hold: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ApiAnswer {
    accepts: Vec<String>,
    /// The answer to a token that is accepted.
    status: Option<u16>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum StorageState {
    #[default]
    Writable,
    ReadOnly,
    Broken,
}

/// A request, or the end of one that was started, and its expected outcome.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sending {
    url: Option<String>,
    status: Option<u16>,
    error: Option<String>,
    retry_after: Option<u64>,
    sent: Vec<String>,
    #[serde(default = "once")]
    times: usize,
    #[serde(rename = "as")]
    name: Option<String>,
}

const fn once() -> usize {
    1
}

type Started = (String, JoinHandle<Result<u16, SendError>>);

struct World {
    clocks: Clocks,
    server: Server,
    script: Arc<Mutex<Script>>,
    keeper: Keeper,
    client: RefreshingClient,
    started: BTreeMap<String, Vec<Started>>,
    last_number: usize,
}

pub async fn play(scenario: Map<String, Value>) -> Result<(), String> {
    let scenario = serde_json::from_value::<Scenario>(Value::Object(scenario));
    let scenario = scenario.map_err(|error| error.to_string())?;
    let script = Arc::new(Mutex::new(Script::default()));
    let scripted = Arc::clone(&script);
    let server = Server::start(move |request| scripted.lock().unwrap().answer(request)).await;
    let server = server.map_err(|error| error.to_string())?;
    script.lock().unwrap().origin.clone_from(&server.origin);
    let clocks = Clocks::default();
    let keeper = Keeper { endpoint: format!("{}/token", server.origin), ..Keeper::default() };
    let settings = settings(&scenario.settings)?;
    let client = RefreshingClient::with(http(), keeper.clone(), settings, clocks.clone());
    let started = BTreeMap::new();
    let mut world = World { clocks, server, script, keeper, client, started, last_number: 0 };
    steps::play(&mut world, scenario.steps).await?;
    world.started.is_empty().then_some(()).ok_or_else(|| String::from("a request was not joined"))
}

impl Player for World {
    type Action = Action;

    fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    async fn act(&mut self, client: &str, action: Action) -> Result<(), String> {
        if client != "main" {
            return Err(String::from("a session has one client"));
        }
        match action {
            Action::SignIn(tokens) => self.client.sign_in(tokens.issued()?).await,
            Action::Resume(Resumed { access, refresh, expires_in, age }) => {
                let tokens = Tokens { access, refresh, expires_in }.issued()?;
                self.client.resume(tokens, Duration::from_secs(age.into()));
            }
            Action::SignOut(True) => self.client.sign_out().await,
            Action::Endpoint(answer) => {
                body(answer.body.as_ref(), answer.body_base64.as_ref())?;
                self.script.lock().unwrap().endpoint = answer;
            }
            Action::Api(answer) => self.script.lock().unwrap().api = answer,
            Action::Storage(state) => *self.keeper.storage.lock().unwrap() = state,
            Action::Request(sending) => self.request(sending).await?,
            Action::Join(sending) => {
                let name = sending.name.as_ref().ok_or("join whom?")?;
                let started = self.started.remove(name).ok_or("nothing to join")?;
                self.check(started, &sending).await?;
            }
            Action::Release(True) => self.server.release(),
            Action::Refreshes(count) => {
                eventually("refreshes", &count, || self.server.count(is_refresh)).await?;
            }
            Action::RefreshTokenSent(expected) => {
                let sent = |request: &Request| {
                    let token = request
                        .body
                        .split('&')
                        .find_map(|pair| pair.strip_prefix("refresh_token=").map(str::to_owned));
                    token.unwrap_or_default()
                };
                let requests = || self.server.requests().into_iter().rev();
                let last = || requests().find(is_refresh).map(|request| sent(&request));
                eventually("refresh token", &Some(expected), last).await?;
            }
            Action::Stored(expected) => {
                let stored = || self.keeper.stored.lock().unwrap().last().cloned();
                eventually("stored", &expected, stored).await?;
            }
            Action::Asleep(seconds) => self.clocks.sleep(seconds),
            Action::Health(expected) => self.health(expected).await?,
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        let refreshing = usize::from(self.client.health().is_refreshing);
        let under_way = self.keeper.under_way.load(Ordering::SeqCst);
        refreshing.max(under_way) <= self.server.held()
    }
}

impl World {
    async fn request(&mut self, sending: Sending) -> Result<(), String> {
        let default = format!("{}/api", self.server.origin);
        let url = sending.url.clone().unwrap_or(default);
        let mut started = Vec::new();
        for _ in 0..sending.times {
            self.last_number += 1;
            let number = self.last_number.to_string();
            let request = http().get(&url).header("X-Request", &number).build();
            let request = request.map_err(|error| error.to_string())?;
            let client = self.client.clone();
            let sent = async move { client.execute(request).await.map(|it| it.status().as_u16()) };
            started.push((number, tokio::spawn(sent)));
        }
        match &sending.name {
            Some(name) => {
                // Until it waits for a held answer, or for other tasks that do.
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.started.insert(name.clone(), started);
                Ok(())
            }
            None => self.check(started, &sending).await,
        }
    }

    async fn check(&self, started: Vec<Started>, sending: &Sending) -> Result<(), String> {
        for (number, answer) in started {
            let answer = answer.await.map_err(|error| error.to_string())?;
            let status = answer.as_ref().ok().copied();
            let error = answer.as_ref().err().map(code);
            if status != sending.status || error != sending.error.as_deref() {
                return Err(format!("{answer:?}"));
            }
            if let (Some(expected), Err(SendError::Unavailable { retry_after })) =
                (sending.retry_after, &answer)
            {
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                (seconds == expected).then_some(()).ok_or(format!("in {seconds} s"))?;
            }
            let is_it = |request: &&Request| request.headers.get("x-request") == Some(&number);
            let requests = self.server.requests();
            let sent = requests.iter().filter(is_it).map(token).collect::<Vec<_>>();
            (sent == sending.sent).then_some(()).ok_or(format!("sent {sent:?}"))?;
        }
        Ok(())
    }

    async fn health(&self, expected: Map<String, Value>) -> Result<(), String> {
        for (name, expected) in expected {
            let actual = || {
                let health = self.client.health();
                Some(match name.as_str() {
                    "signed_in" => json!(health.generation.is_some()),
                    "is_valid" => json!(health.is_valid),
                    "is_refreshing" => json!(health.is_refreshing),
                    "failures" => json!(health.failures),
                    _ => return None,
                })
            };
            eventually(&name, &Some(expected), actual).await?;
        }
        Ok(())
    }
}

impl Tokens {
    fn issued(&self) -> Result<IssuedTokens, String> {
        let mut tokens = IssuedTokens::new(&self.access).map_err(|error| error.to_string())?;
        if let Some(refresh) = &self.refresh {
            tokens = tokens.with_refresh_token(refresh);
        }
        if let Some(seconds) = self.expires_in {
            tokens = tokens.with_expires_in(Duration::from_secs(seconds));
        }
        Ok(tokens)
    }
}

fn settings(members: &BTreeMap<String, f64>) -> Result<RefreshSettings, String> {
    let mut settings = RefreshSettings::default();
    for (name, seconds) in members {
        let span = match name.as_str() {
            "skew" => &mut settings.skew,
            "unauthorized_rest" => &mut settings.unauthorized_rest,
            "shortest_rest" => &mut settings.shortest_rest,
            "longest_rest" => &mut settings.longest_rest,
            "refresh_timeout" => &mut settings.refresh_timeout,
            _ => return Err(format!("unknown setting {name}")),
        };
        *span = Duration::from_secs_f64(*seconds);
    }
    Ok(settings)
}

fn code(error: &SendError) -> &'static str {
    match error {
        SendError::SignInNeeded => "sign_in_needed",
        SendError::StorageNeeded => "storage_needed",
        SendError::Unavailable { .. } => "unavailable",
        SendError::UnsafeUrl(_) => "unsafe_url",
        _ => "no_answer",
    }
}

fn is_refresh(request: &Request) -> bool {
    request.path == "/token"
}

/// The bearer token of a request.
fn token(request: &Request) -> String {
    let value = request.headers.get("authorization").map(String::as_str).unwrap_or_default();
    value.strip_prefix("Bearer ").unwrap_or_default().to_owned()
}

/// How the endpoint and the service answer.
#[derive(Default)]
struct Script {
    origin: String,
    endpoint: EndpointAnswer,
    api: ApiAnswer,
}

impl Script {
    fn answer(&self, request: &Request) -> Answer {
        match request.path.as_str() {
            "/token" => self.endpoint.answer(&self.origin),
            "/api" if self.api.accepts.contains(&token(request)) => {
                Answer::new(self.api.status.unwrap_or(200), "")
            }
            "/api" => Answer::new(401, ""),
            _ => Answer::new(404, ""),
        }
    }
}

impl EndpointAnswer {
    fn answer(&self, origin: &str) -> Answer {
        let mut document = Map::new();
        let members = [
            ("access_token", self.access.clone().map(Value::from)),
            ("refresh_token", self.refresh.clone().map(Value::from)),
            ("expires_in", self.expires_in.map(Value::from)),
            ("error", self.error.clone().map(Value::from)),
        ];
        document.extend(
            members
                .into_iter()
                .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))),
        );
        let mut answer = Answer::json(&Value::Object(document));
        if let Ok(Some(body)) = body(self.body.as_ref(), self.body_base64.as_ref()) {
            answer.body = body;
        }
        answer.status = self.status.unwrap_or(200);
        for (name, value) in &self.headers {
            answer.headers.insert(name.clone(), value.replace("{origin}", origin));
        }
        Answer { fault: self.fault, hold: self.hold, ..answer }
    }
}

/// Sends requests to the token endpoint, and keeps tokens in memory.
#[derive(Clone, Default)]
struct Keeper {
    endpoint: String,
    storage: Arc<Mutex<StorageState>>,
    stored: Arc<Mutex<Vec<Tokens>>>,
    under_way: Arc<AtomicUsize>,
}

impl TokenKeeper for Keeper {
    async fn refresh(&self, refresh_token: &str) -> Result<IssuedTokens, RefreshFailure> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let _ends = Ends(&self.under_way);
        let form = format!("grant_type=refresh_token&refresh_token={refresh_token}");
        let answer = http().post(&self.endpoint).body(form).send().await;
        let answer = answer.map_err(|_| RefreshFailure::NoAnswer)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|_| RefreshFailure::NoAnswer)?;
        let document = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        let tokens = document["access_token"].as_str().filter(|_| status == 200).map(|access| {
            let refresh = document["refresh_token"].as_str().map(str::to_owned);
            let expires_in = document["expires_in"].as_u64();
            Tokens { access: access.to_owned(), refresh, expires_in }
        });
        let tokens = tokens.and_then(|tokens| tokens.issued().ok());
        tokens.ok_or_else(|| RefreshFailure::of_response(status, &body))
    }

    async fn store(&self, tokens: &IssuedTokens) -> Result<(), NotStored> {
        if *self.storage.lock().unwrap() == StorageState::Broken {
            return Err(NotStored);
        }
        let refresh = tokens.refresh_token().map(str::to_owned);
        let access = tokens.access_token().to_owned();
        self.stored.lock().unwrap().push(Tokens { access, refresh, expires_in: None });
        Ok(())
    }

    fn storage(&self) -> Storage {
        match *self.storage.lock().unwrap() {
            StorageState::ReadOnly => Storage::ReadOnly,
            _ => Storage::Writable,
        }
    }
}

struct Ends<'c>(&'c AtomicUsize);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
