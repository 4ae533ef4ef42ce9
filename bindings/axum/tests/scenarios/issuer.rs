//! The scripted issuer of scenarios of keys, and a fetcher that reaches it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use verijot_axum::{FetchError, Fetcher, ReqwestFetcher};

use crate::server::{self, Answer, Fault, body};

/// How requests for keys are answered.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeysAnswer {
    path: Option<String>,
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    keys: Vec<String>,
    more_keys: usize,
    pad_octets: usize,
    body: Option<String>,
    body_base64: Option<String>,
    etag: Option<String>,
    not_modified: bool,
    fault: Option<Fault>,
    hold: bool,
}

/// How requests for metadata are answered.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetadataAnswer {
    issuer: Option<String>,
    jwks_uri: Option<String>,
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    fault: Option<Fault>,
    hold: bool,
}

/// How the issuer answers.
pub struct Script {
    fixtures: Value,
    pub origin: String,
    keys: KeysAnswer,
    /// Paths with their own answers.
    elsewhere: BTreeMap<String, KeysAnswer>,
    pub metadata: MetadataAnswer,
}

impl Script {
    pub fn new(fixtures: &Value) -> Self {
        Self {
            fixtures: fixtures.clone(),
            origin: String::new(),
            keys: KeysAnswer::default(),
            elsewhere: BTreeMap::new(),
            metadata: MetadataAnswer::default(),
        }
    }

    pub fn set_keys(&mut self, answer: KeysAnswer) -> Result<(), String> {
        keys(&self.fixtures, &answer.keys)?;
        body(answer.body.as_ref(), answer.body_base64.as_ref())?;
        match &answer.path {
            Some(path) => _ = self.elsewhere.insert(path.clone(), answer),
            None => self.keys = answer,
        }
        Ok(())
    }

    pub fn answer(&self, request: &server::Request) -> Answer {
        if is_metadata(&request.path) {
            return self.metadata();
        }
        let scripted = self.elsewhere.get(&request.path).unwrap_or(&self.keys);
        let is_known = scripted.etag.is_some()
            && request.headers.get("if-none-match") == scripted.etag.as_ref();
        let mut answer = Answer::new(scripted.status.unwrap_or(200), Vec::new());
        if is_known || scripted.not_modified {
            answer.status = 304;
        } else {
            answer.body = scripted.body(&self.fixtures);
        }
        answer.headers = self.headers(&scripted.headers);
        answer.headers.extend(scripted.etag.clone().map(|tag| (String::from("ETag"), tag)));
        Answer { fault: scripted.fault, hold: scripted.hold, ..answer }
    }

    fn metadata(&self) -> Answer {
        let at = |url: &Option<String>, default: &str| {
            url.as_deref().unwrap_or(default).replace("{origin}", &self.origin)
        };
        let document = json!({
            "issuer": at(&self.metadata.issuer, "{origin}"),
            "jwks_uri": at(&self.metadata.jwks_uri, "{origin}/keys"),
        });
        let body = self.metadata.body.clone().unwrap_or_else(|| document.to_string());
        Answer {
            status: self.metadata.status.unwrap_or(200),
            headers: self.headers(&self.metadata.headers),
            body: body.into_bytes(),
            fault: self.metadata.fault,
            hold: self.metadata.hold,
        }
    }

    fn headers(&self, headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let at = |value: &String| value.replace("{origin}", &self.origin);
        headers.iter().map(|(name, value)| (name.clone(), at(value))).collect()
    }
}

impl KeysAnswer {
    fn body(&self, fixtures: &Value) -> Vec<u8> {
        if let Ok(Some(body)) = body(self.body.as_ref(), self.body_base64.as_ref()) {
            return body;
        }
        let mut keys = keys(fixtures, &self.keys).unwrap_or_default();
        for number in 1..=self.more_keys {
            let mut key = fixtures["keys"]["d"].clone();
            key["kid"] = json!(format!("more-{number}"));
            keys.push(key);
        }
        let mut body = json!({ "keys": keys }).to_string().into_bytes();
        body.resize(body.len().max(self.pad_octets), b' ');
        body
    }
}

pub fn keys(fixtures: &Value, names: &[String]) -> Result<Vec<Value>, String> {
    let key = |name: &String| fixtures["keys"].get(name).cloned().ok_or("no such key".into());
    names.iter().map(key).collect()
}

pub fn is_metadata(path: &str) -> bool {
    path.contains("/.well-known/") && !path.ends_with("/jwks.json")
}

/// Sends requests for hosts under `example` to the scenario's server, and refuses all other hosts.
pub struct ToLoopback {
    pub origin: String,
    pub fetcher: ReqwestFetcher,
    /// The number of running requests.
    pub in_flight: Arc<AtomicUsize>,
}

impl Fetcher for ToLoopback {
    async fn fetch(
        &self,
        mut request: Request<()>,
        body_limit: usize,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        let _ends = Ends(&self.in_flight);
        let uri = request.uri();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", self.origin);
        if uri.host().is_some_and(|host| host.ends_with(".example")) {
            *request.uri_mut() = url.parse::<Uri>().map_err(FetchError::new)?;
        } else if uri.to_string() != url {
            panic!("a request to {uri}");
        }
        self.fetcher.fetch(request, body_limit).await
    }
}

struct Ends<'c>(&'c AtomicUsize);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
