//! The layer around a service on plain hyper, over HTTP.
#![allow(missing_docs, clippy::unwrap_used)]

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use ring::hmac;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::{Layer as _, service_fn};
use verijot::issuer::KeySource;
use verijot::profile::{AccessTokenVerifier, StepUp};
use verijot::request::{Demand, GuardRules};
use verijot::{Algorithm, Audiences, Issuers, Policy, TenantIds, Verified, Verifier};
use verijot_client::{Authenticator, GuardLayer, IssuerKeys, RevocationCheck};

#[tokio::test]
async fn a_guard_answers_refused_requests_itself() {
    let authenticator = authenticator().with_realm("notes");
    let guard = authenticator.require_scopes(["read"]).unwrap().and_role("roles", "editor");
    let url = serve(authenticator.clone(), guard.unwrap()).await;

    let good = json!({"sub": "alice", "scope": "read", "roles": ["editor"]});
    let answer = ask(&url, Some(&token(&good))).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));

    let answer = ask(&url, None).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, r#"{"detail":"missing_token"}"#));
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="notes""#));
    let answer = ask(&url, Some("e30.e30.AAAA")).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, r#"{"detail":"malformed_header"}"#));
    for lacking in [json!({"scope": "read"}), json!({"roles": ["editor"]}), json!({})] {
        let answer = ask(&url, Some(&token(&lacking))).await;
        let code = r#"{"detail":"insufficient_scope"}"#;
        assert_eq!((answer.status, answer.body.as_str()), (403, code), "{lacking}");
    }
}

struct Counted(Arc<AtomicU32>);

impl RevocationCheck for Counted {
    async fn check(&self, _: &Verified) -> verijot::Revocation {
        self.0.fetch_add(1, Ordering::Relaxed);
        verijot::Revocation::Clear
    }
}

#[tokio::test]
async fn a_request_that_is_kept_is_verified_again() {
    let asked = Arc::new(AtomicU32::new(0));
    let authenticator = authenticator().with_revocation(Counted(Arc::clone(&asked)));
    let bearer = format!("Bearer {}", token(&json!({"sub": "alice"})));
    let (mut parts, ()) =
        Request::builder().header("authorization", bearer).body(()).unwrap().into_parts();
    for expected in [1, 1, 2] {
        if expected == 2 {
            tokio::time::sleep(GuardRules::SHARED_FOR + Duration::from_millis(100)).await;
        }
        authenticator.admit(&mut parts, &Demand::good_token()).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), expected);
    }
}

#[tokio::test]
async fn the_guard_and_the_service_verify_a_token_once() {
    let asked = Arc::new(AtomicU32::new(0));
    let authenticator = authenticator().with_revocation(Counted(Arc::clone(&asked)));
    let guard = authenticator.require_token();
    let url = serve(authenticator.clone(), guard).await;
    assert_eq!(ask(&url, Some(&token(&json!({"sub": "alice"})))).await.status, 200);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_later_check_gives_the_same_answer() {
    let authenticator = authenticator();
    let verified = authenticator.verify(token(&json!({"scope": "read"})).as_bytes()).await.unwrap();
    let demand = |scope| Demand::all_scopes([scope]).unwrap();
    assert!(authenticator.check(&verified, &demand("read")).is_ok());
    let rejection = authenticator.check(&verified, &demand("write")).unwrap_err();
    let response: Response<String> = rejection.into_response();
    assert_eq!(response.status(), 403);
    assert_eq!(response.body(), r#"{"detail":"insufficient_scope"}"#);
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn access_tokens_pass_the_checks_of_their_profile_each_time() {
    let policy = Policy::new(Issuers::only(ISSUER), Audiences::only(AUDIENCE))
        .algorithms([Algorithm::Hs256]);
    let access_tokens = AccessTokenVerifier::new(policy).unwrap().client_ids(["app"]).unwrap();
    let recent = StepUp::none().max_authentication_age(Duration::from_secs(600)).unwrap();
    let secret = KeySource::secret(SECRET, [Algorithm::Hs256]).unwrap();
    let keys = IssuerKeys::new(secret).unwrap();
    let authenticator =
        Authenticator::of_access_tokens(access_tokens, recent, keys).with_token_cache(8);
    assert_eq!(authenticator.keys().count(), 1);
    let guard = authenticator.require_scopes(["read"]).unwrap();
    let url = serve(authenticator, guard).await;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let at = |typ: &str, changes: Value| {
        let mut claims = json!({
            "sub": "alice", "client_id": "app", "jti": "1", "iat": now, "exp": now + 60,
            "auth_time": now - 60, "scope": "read",
        });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        token_of(&json!({"alg": "HS256", "typ": typ}), &claims)
    };
    for (token, status, code) in [
        (at("at+jwt", json!({})), 200, "alice"),
        (at("JWT", json!({})), 401, "unexpected_type"),
        (at("at+jwt", json!({"jti": null})), 401, "invalid_claim"),
        (at("at+jwt", json!({"client_id": "other", "scope": ""})), 401, "wrong_claim"),
        (at("at+jwt", json!({"auth_time": now - 900})), 401, "insufficient_authentication"),
        (at("at+jwt", json!({"scope": "write"})), 403, "insufficient_scope"),
    ] {
        for _ in 0..2 {
            let answer = ask(&url, Some(&token)).await;
            assert_eq!(answer.status, status, "{code}");
            assert!(answer.body.contains(code), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_tenant_of_every_access_token_is_asked_for() {
    let is_known = Arc::new(AtomicBool::new(true));
    let answer = Arc::clone(&is_known);
    let issuers = Issuers::template("https://{tenant}.example", "tid", TenantIds::any());
    let policy = Policy::new(issuers, Audiences::only(AUDIENCE)).algorithms([Algorithm::Hs256]);
    let access_tokens = AccessTokenVerifier::new(policy)
        .unwrap()
        .with_known_tenants(move |_| answer.load(Ordering::Relaxed));
    let keys = IssuerKeys::new(KeySource::secret(SECRET, [Algorithm::Hs256]).unwrap()).unwrap();
    let authenticator =
        Authenticator::of_access_tokens(access_tokens, StepUp::none(), keys).with_token_cache(8);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": ISSUER, "tid": "issuer", "sub": "alice", "client_id": "app", "jti": "1", "iat": now,
        "exp": now + 60,
    });
    let token = token_of(&json!({"alg": "HS256", "typ": "at+jwt"}), &claims);
    for expected in ["", "", "wrong_issuer"] {
        is_known.store(expected.is_empty(), Ordering::Relaxed);
        let verdict = authenticator.verify(token.as_bytes()).await;
        assert_eq!(verdict.map_or_else(|error| error.code(), |_| ""), expected);
    }
}

async fn serve(authenticator: Authenticator, guard: GuardLayer) -> String {
    let subject = move |request: Request<Incoming>| {
        let authenticator = authenticator.clone();
        async move {
            let (mut parts, _) = request.into_parts();
            let token = authenticator.admit(&mut parts, &Demand::good_token()).await;
            Ok::<Response<Full<Bytes>>, Infallible>(match token {
                Ok(token) => Response::new(token.subject().unwrap_or_default().to_owned().into()),
                Err(rejection) => rejection.into_response(),
            })
        }
    };
    let service = guard.layer(service_fn(subject));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    url
}

struct Answer {
    status: u16,
    challenge: Option<String>,
    body: String,
}

async fn ask(url: &str, token: Option<&str>) -> Answer {
    static CLIENT: Mutex<Option<reqwest::Client>> = Mutex::new(None);
    let client = CLIENT.lock().unwrap().get_or_insert_with(http).clone();
    let mut request = client.get(url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    let challenge = answer.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    Answer { status: answer.status().as_u16(), challenge, body: answer.text().await.unwrap() }
}

/// Without certificates: it only calls this machine.
fn http() -> reqwest::Client {
    #[cfg(feature = "aws-lc-rs")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
    builder.build().unwrap()
}

fn authenticator() -> Authenticator {
    let policy = Policy::new(Issuers::only(ISSUER), Audiences::only(AUDIENCE))
        .algorithms([Algorithm::Hs256])
        .allow_missing_expiry();
    let secret = KeySource::secret(SECRET, [Algorithm::Hs256]).unwrap();
    Authenticator::new(Verifier::new(policy).unwrap(), IssuerKeys::new(secret).unwrap())
}

fn token(claims: &Value) -> String {
    token_of(&json!({"alg": "HS256"}), claims)
}

fn token_of(header: &Value, claims: &Value) -> String {
    let mut payload = json!({"iss": ISSUER, "aud": AUDIENCE});
    payload.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
