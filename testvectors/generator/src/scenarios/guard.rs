//! The vocabulary of scenarios of guards.

use serde_json::{Value, json};

use super::scenario::{Scenario, scenario};

/// A guard, one request and its answer.
pub struct Guarded {
    scenario: Scenario,
    guard: Value,
    headers: Vec<Value>,
}

/// Starts a scenario of a guard that accepts any valid token in the Authorization header.
pub fn guarded(id: &str, title: &str, why: &str, refs: &[&str]) -> Guarded {
    let guard = json!({ "place": "authorization" });
    Guarded { scenario: scenario(id, title, why, refs), guard, headers: Vec::new() }
}

impl Guarded {
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.guard[member] = value;
        self
    }

    pub fn demands(self, demand: Value) -> Self {
        self.with("demand", demand)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(json!([name, value]));
        self
    }

    /// The request has this token in the right place.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {{token:{token}}}"))
    }

    /// The guard cannot be built.
    pub fn cannot_be_built(self) -> Scenario {
        self.scenario.with("guard", self.guard).with("setup_error", json!("invalid_demand"))
    }

    pub fn lets_in(self) -> Scenario {
        self.answers(json!({ "status": 200, "subject": "alice" }))
    }

    pub fn lets_in_without_token(self) -> Scenario {
        self.answers(json!({ "status": 200, "subject": null }))
    }

    /// 401 with the challenge of this code.
    pub fn refuses(self, code: &str) -> Scenario {
        let parameters = match code {
            "missing_token" => String::new(),
            "malformed_authorization" => challenge("invalid_request", code),
            _ => challenge("invalid_token", code),
        };
        self.challenges(401, code, &parameters)
    }

    /// 403 with the scopes that are required.
    pub fn wants_scopes(self, scopes: &str) -> Scenario {
        let code = "insufficient_scope";
        self.challenges(403, code, &format!("{}, scope=\"{scopes}\"", challenge(code, code)))
    }

    /// 401 with the sign-in that is required.
    pub fn wants_sign_in(self, parameters: &str) -> Scenario {
        let code = "insufficient_authentication";
        let error = challenge("insufficient_user_authentication", code);
        self.challenges(401, code, &format!("{error}, {parameters}"))
    }

    /// 403 that does not say what is required.
    pub fn forbids(self) -> Scenario {
        let code = "insufficient_scope";
        self.challenges(403, code, &challenge(code, code))
    }

    /// A refusal without a challenge, for tokens in other places than Authorization.
    pub fn refuses_without_challenge(self, status: u16, code: &str) -> Scenario {
        self.refused(status, code, json!(null), json!(null))
    }

    /// 503 with Retry-After.
    pub fn asks_for_patience(self, code: &str, retry_after: u32) -> Scenario {
        self.refused(503, code, json!(null), json!(retry_after.to_string()))
    }

    /// A refusal with exactly these parameters of the challenge, after those of the guard.
    pub fn challenges(self, status: u16, code: &str, parameters: &str) -> Scenario {
        let realm = self.guard.get("realm_sent").and_then(Value::as_str).map(str::to_owned);
        let realm = realm.map(|realm| format!("realm=\"{realm}\""));
        let metadata = self.guard.get("resource_metadata").and_then(Value::as_str);
        let metadata = metadata.map(|url| format!("resource_metadata=\"{url}\""));
        let parts: Vec<String> = realm
            .into_iter()
            .chain(metadata)
            .chain((!parameters.is_empty()).then(|| parameters.to_owned()))
            .collect();
        let challenge = format!("Bearer {}", parts.join(", "));
        self.refused(status, code, json!(challenge.trim_end()), json!(null))
    }

    fn refused(self, status: u16, code: &str, challenge: Value, retry_after: Value) -> Scenario {
        self.answers(json!({
            "status": status,
            "code": code,
            "headers": {
                "Content-Type": "application/json",
                "Cache-Control": "no-store",
                "WWW-Authenticate": challenge,
                "Retry-After": retry_after,
            },
            "body": format!("{{\"detail\":\"{code}\"}}"),
        }))
    }

    fn answers(mut self, answer: Value) -> Scenario {
        // The realm as the challenge shows it is part of the answer.
        self.guard.as_object_mut().expect("a guard is an object").shift_remove("realm_sent");
        self.scenario
            .with("guard", self.guard)
            .with("headers", json!(self.headers))
            .with("answer", answer)
    }
}

fn challenge(error: &str, code: &str) -> String {
    format!("error=\"{error}\", error_description=\"{code}\"")
}
