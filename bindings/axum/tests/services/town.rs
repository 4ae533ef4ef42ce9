//! An issuer and a notes service that share one database, called over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use super::process::Process;
use crate::common::service::Answer;
use crate::common::setup::http;
use crate::common::soon;

pub(crate) struct Town {
    pub(crate) issuer: Process,
    pub(crate) notes: Process,
    pub(crate) http: reqwest::Client,
}

/// The tokens of a user who signed in.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = json_of(answer);
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Town {
    pub(crate) async fn on(database: &str) -> Self {
        let issuer = issuer(database).await;
        let notes = Process::example("notes", &notes_settings(&issuer.url, database)).await;
        Self { issuer, notes, http: http() }
    }

    /// The notes service's response to a request with this token.
    pub(crate) async fn notes(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        let authorization = Some(token).filter(|token| !token.is_empty());
        self.send(method, format!("{}{path}", self.notes.url), authorization, body).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.notes(Method::GET, path, token, None).await
    }

    /// Signs a user in at the issuer.
    pub(crate) async fn sign_in(&self, request: Value) -> Tokens {
        Tokens::of(&self.ask_issuer("/dev/token", None, Some(request)).await)
    }

    /// A `POST`.
    pub(crate) async fn ask_issuer(
        &self,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        self.send(Method::POST, format!("{}{path}", self.issuer.url), token, body).await
    }

    pub(crate) async fn refresh(&self, tokens: &Tokens) -> Answer {
        let body = json!({"refresh_token": tokens.refresh});
        self.ask_issuer("/auth/refresh", None, Some(body)).await
    }

    pub(crate) async fn log_out(&self, tokens: &Tokens) -> Answer {
        self.ask_issuer("/auth/logout", Some(&tokens.access), None).await
    }

    /// Rotates the issuer's keys, and returns its answer.
    pub(crate) async fn rotate(&self, parameters: &str) -> Value {
        let url = format!("{}/dev/rotate{parameters}", self.issuer.url);
        let answer = soon(self.http.post(url).header("Verijot-Development", "yes").send()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        serde_json::from_str(&soon(answer.text()).await.unwrap()).unwrap()
    }

    /// The number of fetches of the issuer's keys.
    pub(crate) async fn fetches(&self) -> u64 {
        let url = format!("{}/dev/counts", self.issuer.url);
        let answer = self.send(Method::GET, url, None, None).await;
        json_of(&answer)["jwks"].as_u64().unwrap()
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: String,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = soon(request.send()).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: soon(answer.text()).await.unwrap() }
    }
}

pub(crate) async fn issuer(database: &str) -> Process {
    Process::example("issuer", &[("DATABASE_URL", database)]).await
}

/// The environment of a notes service.
pub(crate) fn notes_settings<'s>(issuer: &'s str, database: &'s str) -> [(&'s str, &'s str); 3] {
    [("VERIJOT_ISSUER", issuer), ("VERIJOT_AUDIENCE", "notes"), ("DATABASE_URL", database)]
}

pub(crate) fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {answer:?}"))
}
