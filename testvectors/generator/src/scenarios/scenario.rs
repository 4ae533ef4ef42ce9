//! The vocabulary of scenarios.

use serde_json::{Map, Value, json};

/// A scenario under construction.
pub struct Scenario {
    members: Map<String, Value>,
    steps: Vec<Value>,
    at: Option<Value>,
    client: Option<String>,
}

/// Starts a scenario with its id, its title, its reason and its references.
pub fn scenario(id: &str, title: &str, why: &str, refs: &[&str]) -> Scenario {
    let mut members = Map::new();
    for (name, value) in [("id", json!(id)), ("title", json!(title)), ("why", json!(why))] {
        members.insert(name.into(), value);
    }
    members.insert("refs".into(), json!(refs));
    Scenario { members, steps: Vec::new(), at: None, client: None }
}

impl Scenario {
    /// A member other than the steps.
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.members.insert(member.into(), value);
        self
    }

    pub fn settings(self, settings: Value) -> Self {
        self.with("settings", settings)
    }

    /// The next step happens at this time, in seconds since the start.
    pub fn at(mut self, seconds: impl Into<Value>) -> Self {
        self.at = Some(seconds.into());
        self
    }

    /// The following steps use this client.
    pub fn on(mut self, client: &str) -> Self {
        self.client = (client != "main").then(|| client.into());
        self
    }

    pub fn step(mut self, action: &str, value: Value) -> Self {
        let mut step = Map::new();
        if let Some(at) = self.at.take() {
            step.insert("at".into(), at);
        }
        if let Some(client) = &self.client {
            step.insert("client".into(), json!(client));
        }
        step.insert(action.into(), value);
        self.steps.push(Value::Object(step));
        self
    }

    pub fn finish(mut self) -> Map<String, Value> {
        if !self.steps.is_empty() {
            self.members.insert("steps".into(), self.steps.into());
        }
        self.members
    }

    // Keys over time.

    /// From now on the issuer publishes these keys.
    pub fn serves(self, keys: &[&str]) -> Self {
        self.step("issuer", json!({ "keys": keys }))
    }

    pub fn issuer(self, answer: Value) -> Self {
        self.step("issuer", answer)
    }

    pub fn metadata(self, answer: Value) -> Self {
        self.step("metadata", answer)
    }

    pub fn accepts(self, token: &str) -> Self {
        self.verify(json!({ "token": token, "expect": "accepted" }))
    }

    pub fn refuses(self, token: &str, code: &str) -> Self {
        self.verify(json!({ "token": token, "expect": code }))
    }

    /// `keys_unavailable`, with a Retry-After in whole seconds.
    pub fn unavailable(self, token: &str, retry_after: u32) -> Self {
        self.verify(
            json!({ "token": token, "expect": "keys_unavailable", "retry_after": retry_after }),
        )
    }

    pub fn verify(self, value: Value) -> Self {
        self.step("verify", value)
    }

    pub fn join(self, name: &str, expect: &str) -> Self {
        self.step("join", json!({ "as": name, "expect": expect }))
    }

    pub fn release(self) -> Self {
        self.step("release", json!(true))
    }

    pub fn asleep(self, seconds: u32) -> Self {
        self.step("asleep", json!(seconds))
    }

    pub fn fetches(self, count: u32) -> Self {
        self.step("fetches", json!(count))
    }

    pub fn health(self, members: Value) -> Self {
        self.step("health", members)
    }

    // Sessions.

    pub fn signs_in(self, access: &str, refresh: &str, expires_in: impl Into<Value>) -> Self {
        let expires_in: Value = expires_in.into();
        self.step(
            "sign_in",
            json!({ "access": access, "refresh": refresh, "expires_in": expires_in }),
        )
    }

    pub fn endpoint(self, answer: Value) -> Self {
        self.step("endpoint", answer)
    }

    pub fn api(self, accepts: &[&str]) -> Self {
        self.step("api", json!({ "accepts": accepts }))
    }

    /// A request with this status, after these tokens were sent.
    pub fn request(self, status: u16, sent: &[&str]) -> Self {
        self.step("request", json!({ "status": status, "sent": sent }))
    }

    /// A request that is not sent.
    pub fn no_request(self, error: &str) -> Self {
        self.step("request", json!({ "error": error, "sent": [] }))
    }

    pub fn refreshes(self, count: u32) -> Self {
        self.step("refreshes", json!(count))
    }

    pub fn stored(self, access: &str, refresh: &str) -> Self {
        self.step("stored", json!({ "access": access, "refresh": refresh }))
    }
}
