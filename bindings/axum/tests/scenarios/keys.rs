//! Scenarios of keys over time: `IssuerKeys` with an `Authenticator`, and a scripted issuer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use verijot::issuer::discovery::FetchRules;
use verijot::issuer::{CacheSettings, KeyLimits, KeySource};
use verijot::{Algorithm, AlgorithmSet, Audiences, Issuers, Policy, UnixTime, Verifier};
use verijot_axum::{Authenticator, Clock, IssuerKeys, KeySnapshot, ReqwestFetcher};

use crate::clock::Clocks;
use crate::issuer::{KeysAnswer, MetadataAnswer, Script, ToLoopback, is_metadata, keys};
use crate::server::Server;
use crate::steps::{self, Player, True, eventually};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// Rust has everything.
    #[serde(rename = "requires", default)]
    _requires: Vec<String>,
    #[serde(default)]
    settings: Settings,
    source: Option<Source>,
    /// Human-readable: the kind of deployment that the scenario shows.
    #[serde(rename = "deployment")]
    _deployment: Option<String>,
    #[serde(default)]
    loop_each_call: bool,
    setup_error: Option<String>,
    #[serde(default)]
    steps: Vec<Map<String, Value>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    JwksUrl(String),
    Issuer(String),
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    fresh_for: Option<f64>,
    shortest_fresh: Option<f64>,
    longest_fresh: Option<f64>,
    revalidate_for: Option<f64>,
    stale_for: Option<f64>,
    stale_despite_headers: bool,
    empty_set_revokes: bool,
    purposes: Option<Vec<String>>,
    certificates: Option<Vec<String>>,
    unknown_window: Option<f64>,
    shortest_rest: Option<f64>,
    longest_rest: Option<f64>,
    fetch_timeout: Option<f64>,
    max_keys: Option<usize>,
    max_octets: Option<usize>,
    allowed_hosts: Option<Vec<String>>,
    plain_http: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Issuer(Box<KeysAnswer>),
    Metadata(MetadataAnswer),
    Release(True),
    Verify(Verify),
    Join(Join),
    Seed(Seed),
    ExportTo(String),
    ForkTo(String),
    Purge(String),
    Restore(String),
    RefreshNow(Expected),
    Asleep(f64),
    Restart(True),
    Fetches(usize),
    MetadataFetches(usize),
    Health(Map<String, Value>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    token: String,
    expect: Option<String>,
    retry_after: Option<u64>,
    #[serde(default = "once")]
    times: usize,
    #[serde(rename = "as")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    #[serde(rename = "as")]
    name: String,
    expect: String,
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    keys: Vec<String>,
    age: u32,
    sha256: Option<String>,
    expect: String,
}

/// `accepted`, `ok` or a code, and the expected Retry-After in seconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    expect: String,
    retry_after: Option<u64>,
}

const fn once() -> usize {
    1
}

type Outcome = Result<(), verijot::Error>;

struct World<'f> {
    fixtures: &'f Value,
    scenario: Scenario,
    clocks: Clocks,
    server: Server,
    script: Arc<Mutex<Script>>,
    clients: BTreeMap<String, (IssuerKeys, Authenticator)>,
    started: BTreeMap<String, Vec<JoinHandle<Outcome>>>,
    in_flight: Arc<AtomicUsize>,
}

pub async fn play(fixtures: &Value, scenario: Map<String, Value>) -> Result<(), String> {
    let scenario = serde_json::from_value::<Scenario>(Value::Object(scenario));
    let mut scenario = scenario.map_err(|error| error.to_string())?;
    let steps = std::mem::take(&mut scenario.steps);
    let script = Arc::new(Mutex::new(Script::new(fixtures)));
    let scripted = Arc::clone(&script);
    let server = Server::start(move |request| scripted.lock().unwrap().answer(request)).await;
    let server = server.map_err(|error| error.to_string())?;
    script.lock().unwrap().origin.clone_from(&server.origin);
    let (clocks, in_flight) = (Clocks::default(), Arc::default());
    let (clients, started) = (BTreeMap::new(), BTreeMap::new());
    let mut world =
        World { fixtures, scenario, clocks, server, script, clients, started, in_flight };
    if let Some(expected) = world.scenario.setup_error.clone() {
        return match world.new_client() {
            Err(code) if code == expected => Ok(()),
            Err(code) => Err(format!("{code} instead of {expected}")),
            Ok(_) => Err(format!("the client was built; expected {expected}")),
        };
    }
    steps::play(&mut world, steps).await?;
    world.started.is_empty().then_some(()).ok_or_else(|| String::from("a verify was not joined"))
}

impl Player for World<'_> {
    type Action = Action;

    fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    async fn act(&mut self, client: &str, action: Action) -> Result<(), String> {
        match action {
            Action::Issuer(answer) => self.script.lock().unwrap().set_keys(*answer)?,
            Action::Metadata(answer) => self.script.lock().unwrap().metadata = answer,
            Action::Release(True) => self.server.release(),
            Action::Verify(verify) => self.verify(client, verify).await?,
            Action::Join(Join { name, expect, retry_after }) => {
                let started = self.started.remove(&name).ok_or("nothing to join")?;
                all(started, &Expected { expect, retry_after }).await?;
            }
            Action::Seed(seed) => self.seed(client, &seed)?,
            Action::ExportTo(other) | Action::ForkTo(other) => {
                // Rust cannot fork and continue: the child starts with the keys that it would have
                // inherited.
                let snapshot = self.client(client)?.0.export().ok_or("nothing to export")?;
                let seeded = self.client(&other)?.0.seed(&snapshot);
                seeded.map_err(|error| error.to_string())?;
            }
            Action::Purge(kid) => self.client(client)?.0.purge(&kid),
            Action::Restore(kid) => {
                self.client(client)?.0.restore(&kid);
            }
            Action::RefreshNow(expected) => {
                let outcome = self.client(client)?.0.clone().refresh_now().await;
                expected.check(&outcome.map(|()| "ok"))?;
            }
            Action::Asleep(seconds) => self.clocks.sleep(seconds),
            Action::Restart(True) => drop(self.clients.remove(client)),
            Action::Fetches(count) => {
                let actual = || self.server.count(|request| !is_metadata(&request.path));
                eventually("fetches", &count, actual).await?;
            }
            Action::MetadataFetches(count) => {
                let actual = || self.server.count(|request| is_metadata(&request.path));
                eventually("metadata fetches", &count, actual).await?;
            }
            Action::Health(expected) => self.health(client, expected).await?,
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        let is_fetching =
            |client: &IssuerKeys| client.health().is_some_and(|health| health.is_fetching);
        let fetching = self.clients.values().filter(|(client, _)| is_fetching(client)).count();
        let held = self.server.held();
        fetching <= held && self.in_flight.load(Ordering::SeqCst) <= held
    }
}

impl World<'_> {
    fn client(&mut self, name: &str) -> Result<(IssuerKeys, Authenticator), String> {
        if !self.clients.contains_key(name) {
            let client = self.new_client()?;
            self.clients.insert(name.to_owned(), client);
        }
        Ok(self.clients[name].clone())
    }

    fn new_client(&self) -> Result<(IssuerKeys, Authenticator), String> {
        let settings = self.scenario.settings.clone();
        let mut rules = FetchRules::new();
        if settings.plain_http {
            rules = rules.allow_plain_http();
        }
        if let Some(hosts) = &settings.allowed_hosts {
            rules = rules.allowed_hosts(hosts);
        }
        let origin = &self.server.origin;
        let at = |url: &String| url.replace("{origin}", origin);
        let certificates = settings.certificates.as_ref().map(|names| {
            let algorithms = names.iter().map(|name| name.parse::<Algorithm>().unwrap());
            algorithms.collect::<AlgorithmSet>()
        });
        let source = match &self.scenario.source {
            Some(Source::JwksUrl(url)) if certificates.is_some() => {
                KeySource::certificates_url_under(at(url), certificates.unwrap(), rules)
            }
            None if certificates.is_some() => {
                let url = format!("{origin}/keys");
                KeySource::certificates_url_under(url, certificates.unwrap(), rules)
            }
            None => KeySource::jwks_url_under(format!("{origin}/keys"), rules),
            Some(Source::JwksUrl(url)) => KeySource::jwks_url_under(at(url), rules),
            Some(Source::Issuer(issuer)) => KeySource::issuer_under(at(issuer), rules),
        };
        let source = match &settings.purposes {
            Some(names) => source.and_then(|source| source.with_purposes(names)),
            None => source,
        };
        let fetcher = ToLoopback {
            origin: origin.clone(),
            fetcher: ReqwestFetcher::new(),
            in_flight: Arc::clone(&self.in_flight),
        };
        let client = IssuerKeys::builder(source.map_err(|error| error.code().to_owned())?)
            .settings(settings.of_cache())
            .limits(settings.limits())
            .fetcher(fetcher)
            .clock(self.clocks.clone())
            .build()
            .map_err(|error| error.code().to_owned())?;
        let policy = Policy::new(
            Issuers::only("https://issuer.example"),
            Audiences::only("https://api.example"),
        );
        let verifier = Verifier::new(policy).map_err(|error| error.to_string())?;
        let judge = Authenticator::new(verifier, client.clone()).with_clock(self.clocks.clone());
        Ok((client, judge))
    }

    async fn verify(&mut self, client: &str, verify: Verify) -> Result<(), String> {
        let token = self.fixtures["tokens"][&verify.token].as_str().ok_or("no such token")?;
        let (_, judge) = self.client(client)?;
        let own_loop = self.scenario.loop_each_call;
        let start = |_| tokio::spawn(verified(judge.clone(), token.to_owned(), own_loop));
        let started = (0..verify.times).map(start).collect::<Vec<_>>();
        match (verify.name, verify.expect) {
            (Some(name), None) => {
                // Until it waits for a held answer, or for other tasks that do.
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.started.insert(name, started);
                Ok(())
            }
            (None, Some(expect)) => {
                all(started, &Expected { expect, retry_after: verify.retry_after }).await
            }
            _ => Err(String::from("either `as` or `expect`")),
        }
    }

    fn seed(&mut self, client: &str, seed: &Seed) -> Result<(), String> {
        let jwks = json!({ "keys": keys(self.fixtures, &seed.keys)? }).to_string();
        let fetched_at = UnixTime::from_seconds(self.clocks.now().seconds() - i64::from(seed.age));
        let mut snapshot = KeySnapshot::of_jwks(jwks.clone(), fetched_at);
        let digest = ring::digest::digest(&ring::digest::SHA256, jwks.as_bytes());
        let hex = digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        snapshot.sha256 = match seed.sha256.as_deref() {
            None => None,
            Some("right") => Some(hex),
            Some("wrong") => Some(hex.chars().rev().collect()),
            Some(other) => return Err(format!("unknown sha256 {other}")),
        };
        let outcome = match self.client(client)?.0.seed(&snapshot) {
            Ok(()) => "ok",
            Err(error) => error.code(),
        };
        (outcome == seed.expect).then_some(()).ok_or_else(|| outcome.to_owned())
    }

    async fn health(&mut self, client: &str, expected: Map<String, Value>) -> Result<(), String> {
        let (client, _) = self.client(client)?;
        for (name, expected) in expected {
            let actual = || {
                let health = client.health()?;
                Some(match name.as_str() {
                    "usable_keys" => json!(health.usable_keys),
                    "is_fresh" => json!(health.is_fresh),
                    "is_seed" => json!(health.is_seed),
                    "is_fetching" => json!(health.is_fetching),
                    "failures" => json!(health.failures),
                    "purged" => json!(health.purged),
                    _ => return None,
                })
            };
            eventually(&name, &Some(expected), actual).await?;
        }
        Ok(())
    }
}

impl Expected {
    fn check(&self, outcome: &Result<&str, verijot::Error>) -> Result<(), String> {
        let actual = match outcome {
            Ok(outcome) => outcome,
            Err(error) => error.code(),
        };
        let retry_after = outcome.as_ref().err().and_then(verijot::Error::retry_after_seconds);
        let is_right = self.retry_after.is_none_or(|expected| retry_after == Some(expected));
        if actual == self.expect && is_right {
            return Ok(());
        }
        Err(format!("{actual}, retry after {retry_after:?}"))
    }
}

async fn all(started: Vec<JoinHandle<Outcome>>, expected: &Expected) -> Result<(), String> {
    for verifying in started {
        let outcome = verifying.await.map_err(|error| error.to_string())?;
        expected.check(&outcome.map(|()| "accepted"))?;
    }
    Ok(())
}

/// Runs in its own event loop, so that everything that it started ends with it.
async fn verified(judge: Authenticator, token: String, own_loop: bool) -> Outcome {
    if !own_loop {
        return judge.verify(token.as_bytes()).await.map(|_| ());
    }
    let verifying = tokio::task::spawn_blocking(move || {
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        own.block_on(judge.verify(token.as_bytes())).map(|_| ())
    });
    verifying.await.unwrap()
}

impl Settings {
    fn of_cache(&self) -> CacheSettings {
        let mut cache = CacheSettings::default();
        for (span, seconds) in [
            (&mut cache.fresh_for, self.fresh_for),
            (&mut cache.shortest_fresh, self.shortest_fresh),
            (&mut cache.longest_fresh, self.longest_fresh),
            (&mut cache.revalidate_for, self.revalidate_for),
            (&mut cache.stale_for, self.stale_for),
            (&mut cache.unknown_window, self.unknown_window),
            (&mut cache.shortest_rest, self.shortest_rest),
            (&mut cache.longest_rest, self.longest_rest),
            (&mut cache.fetch_timeout, self.fetch_timeout),
        ] {
            *span = seconds.map_or(*span, Duration::from_secs_f64);
        }
        cache.stale_despite_headers = self.stale_despite_headers;
        cache.empty_set_revokes = self.empty_set_revokes;
        cache
    }

    fn limits(&self) -> KeyLimits {
        let mut limits = KeyLimits::default();
        limits.max_keys = self.max_keys.unwrap_or(limits.max_keys);
        limits.max_octets = self.max_octets.unwrap_or(limits.max_octets);
        limits
    }
}
