//! Answers to requests with valid tokens, invalid ones and none.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Json, Router};
use common::clock::TestClock;
use common::issuer::Issuer;
use common::service::{AppState, Service};
use common::setup::{authenticator, client};
use common::signer::{AUDIENCE, ISSUER, Signer, claims, jwks};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use verijot::issuer::KeySource;
use verijot::request::TokenPlace;
use verijot_axum::{Authenticator, Bearer, IssuerKeys, Rejection};

#[derive(Serialize, Deserialize)]
struct Notes {
    sub: String,
    tenant: Option<String>,
}

async fn notes(bearer: Bearer<Notes>) -> Json<Notes> {
    Json(bearer.claims)
}

async fn greeting(bearer: Option<Bearer>) -> String {
    let subject = bearer.as_ref().and_then(|bearer| bearer.token.subject());
    format!("Hello, {}!", subject.unwrap_or("guest"))
}

async fn writing(bearer: Bearer) -> Result<&'static str, Rejection> {
    bearer.require_scopes(["notes:read", "notes:write"])?;
    Ok("written")
}

async fn administration(bearer: Bearer) -> Result<&'static str, Rejection> {
    bearer.require_role("realm_access.roles", "admin")?;
    Ok("administered")
}

fn static_keys(signer: &Signer) -> IssuerKeys {
    IssuerKeys::new(KeySource::jwks(jwks(&[signer])).unwrap()).unwrap()
}

async fn service(judge: &Authenticator) -> Service {
    let ok = || async { "ok" };
    let guarded = |path: &str, guard| Router::new().route(path, get(ok)).route_layer(guard);
    let router = Router::new()
        .route("/notes", get(notes))
        .route("/greeting", get(greeting))
        .route("/writing", post(writing).get(writing))
        .route("/administration", get(administration))
        .merge(guarded("/token", judge.require_token()))
        .merge(guarded("/readers", judge.require_scopes(["notes:read", "notes:list"]).unwrap()))
        .merge(guarded("/writers", judge.require_scopes(["notes:read", "notes:write"]).unwrap()))
        .merge(guarded("/editors", judge.require_role("realm_access.roles", "editor").unwrap()))
        .merge(
            guarded("/both", judge.require_scopes(["notes:write"]).unwrap())
                .route_layer(judge.require_token()),
        )
        .merge(guarded(
            "/admins",
            judge.require_token().and_role("realm_access.roles", "admin").unwrap(),
        ));
    let greeting = Arc::from("Hello");
    Service::start(router.with_state(AppState { authenticator: judge.clone(), greeting })).await
}

#[tokio::test]
async fn a_valid_token_provides_its_claims() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let service = service(&authenticator(&static_keys(&signer), &clock)).await;
    let mut all = claims(clock.seconds());
    all["tenant"] = json!("acme");
    let token = signer.sign(&all);
    for scheme in ["Bearer", "bearer", "BEARER  "] {
        let answer = service.get("/notes", &[&format!("{scheme} {token}")]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, r#"{"sub":"alice","tenant":"acme"}"#)
        );
    }

    // A type that does not match the claims.
    all["tenant"] = json!(5);
    let answer = service.get("/notes", &[&format!("Bearer {}", signer.sign(&all))]).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, r#"{"detail":"invalid_claim"}"#));
    all["tenant"] = Value::Null;
    all.as_object_mut().unwrap().remove("sub");
    let answer = service.get("/notes", &[&format!("Bearer {}", signer.sign(&all))]).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, r#"{"detail":"missing_claim"}"#));
}

#[tokio::test]
async fn demands_add_up() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let judge = authenticator(&static_keys(&signer), &clock);
    let ok = || async { "ok" };
    let staff = judge.require_role("roles", "staff").unwrap();
    let payments = staff.clone().and_scopes(["payments:write"]).unwrap();
    let managers = staff.and_role("roles", "manager").unwrap();
    let router = Router::new()
        .merge(Router::new().route("/payments", get(ok)).route_layer(payments))
        .merge(Router::new().route("/managers", get(ok)).route_layer(managers));
    let service = Service::start(router).await;
    for (path, scope, roles, status) in [
        ("/payments", "payments:write", json!([]), 403),
        ("/payments", "", json!(["staff"]), 403),
        ("/payments", "payments:write", json!(["staff"]), 200),
        ("/managers", "", json!(["manager"]), 403),
        ("/managers", "", json!(["staff"]), 403),
        ("/managers", "", json!(["staff", "manager"]), 200),
    ] {
        let mut all = claims(clock.seconds());
        (all["scope"], all["roles"]) = (json!(scope), roles);
        let authorization = format!("Bearer {}", signer.sign(&all));
        let answer = service.get(path, &[&authorization]).await;
        assert_eq!(answer.status, status, "{path} {all}");
    }
}

#[tokio::test]
async fn challenges_follow_rfc_6750() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let judge = authenticator(&static_keys(&signer), &clock);
    let plain = service(&judge).await;
    let named = service(&judge.with_realm("not\"es")).await;
    let now = clock.seconds();
    let good = format!("Bearer {}", signer.sign(&claims(now)));
    let expired = format!("Bearer {}", signer.sign(&claims(now - 4000)));
    let forged = format!("Bearer {}", Signer::new("b").sign_as("a", &claims(now)));
    let invalid = |code| format!(r#"error="invalid_token", error_description="{code}""#);
    let insufficient = r#"error="insufficient_scope", error_description="insufficient_scope""#;
    let request = r#"error="invalid_request", error_description="malformed_authorization""#;
    let cases: Vec<(&str, Vec<&str>, u16, &str, String)> = vec![
        ("/notes", vec![], 401, "missing_token", String::new()),
        ("/notes", vec!["Basic YWxpY2U6c2VjcmV0"], 401, "missing_token", String::new()),
        ("/notes", vec!["Bearer"], 401, "malformed_authorization", request.to_owned()),
        ("/notes", vec!["Bearer a b"], 401, "malformed_authorization", request.to_owned()),
        ("/notes", vec![&good, &good], 401, "malformed_authorization", request.to_owned()),
        ("/notes", vec![&good, "Basic YQ=="], 401, "malformed_authorization", request.to_owned()),
        ("/notes", vec!["Basic YQ==", &good], 401, "malformed_authorization", request.to_owned()),
        ("/notes", vec![""], 401, "missing_token", String::new()),
        ("/notes", vec!["Bearer abc"], 401, "malformed_token", invalid("malformed_token")),
        ("/notes", vec![&expired], 401, "expired", invalid("expired")),
        ("/notes", vec![&forged], 401, "invalid_signature", invalid("invalid_signature")),
        ("/greeting", vec![&expired], 401, "expired", invalid("expired")),
        ("/greeting", vec!["Basic YQ=="], 401, "missing_token", String::new()),
        ("/token", vec![], 401, "missing_token", String::new()),
        ("/token", vec![&expired], 401, "expired", invalid("expired")),
        (
            "/writing",
            vec![&good],
            403,
            "insufficient_scope",
            format!("{insufficient}, scope=\"notes:read notes:write\""),
        ),
        (
            "/writers",
            vec![&good],
            403,
            "insufficient_scope",
            format!("{insufficient}, scope=\"notes:read notes:write\""),
        ),
        (
            "/both",
            vec![&good],
            403,
            "insufficient_scope",
            format!("{insufficient}, scope=\"notes:write\""),
        ),
        ("/administration", vec![&good], 403, "insufficient_scope", insufficient.to_owned()),
        ("/admins", vec![&good], 403, "insufficient_scope", insufficient.to_owned()),
    ];
    for (path, authorization, status, code, parameters) in cases {
        for (service, realm) in [(&plain, ""), (&named, "realm=\"notes\"")] {
            let answer = service.get(path, &authorization).await;
            let shown = format!("{path} {code}");
            assert_eq!(answer.status, status, "{shown}");
            assert_eq!(answer.body, format!(r#"{{"detail":"{code}"}}"#), "{shown}");
            let both = [realm, &parameters].into_iter().filter(|part| !part.is_empty());
            let challenge = format!("Bearer {}", both.collect::<Vec<_>>().join(", "));
            assert_eq!(answer.header("www-authenticate"), Some(challenge.trim()), "{shown}");
            assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{shown}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{shown}");
            assert_eq!(answer.header("retry-after"), None, "{shown}");
        }
    }
}

#[tokio::test]
async fn guards_accept_valid_tokens() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let service = service(&authenticator(&static_keys(&signer), &clock)).await;
    let good = format!("Bearer {}", signer.sign(&claims(clock.seconds())));
    for path in ["/token", "/readers", "/editors"] {
        let answer = service.get(path, &[&good]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{path}");
    }
    let mut all = claims(clock.seconds());
    all["scope"] = json!("notes:read notes:write");
    all["realm_access"]["roles"] = json!(["admin"]);
    let better = format!("Bearer {}", signer.sign(&all));
    for (path, body) in [
        ("/writers", "ok"),
        ("/admins", "ok"),
        ("/writing", "written"),
        ("/administration", "administered"),
    ] {
        assert_eq!(service.get(path, &[&better]).await.body, body, "{path}");
    }
    // A missing route needs no token: route_layer guards routes.
    assert_eq!(service.get("/nowhere", &[]).await.status, 404);
}

#[tokio::test]
async fn a_token_is_read_only_from_the_header() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let service = service(&authenticator(&static_keys(&signer), &clock)).await;
    let token = signer.sign(&claims(clock.seconds()));
    for path in ["/notes", "/greeting", "/token"] {
        let query = service.get(&format!("{path}?access_token={token}"), &[]).await;
        let expected = if path == "/greeting" { 200 } else { 401 };
        assert_eq!(query.status, expected, "{path}");
        assert!(!query.body.contains("alice"));
    }
    let form = common::setup::http()
        .post(format!("{}/writing", service.url))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!("access_token={token}"));
    assert_eq!(form.send().await.unwrap().status(), 401);
    // Nor from a cookie, nor from the proxy's header.
    for name in ["Cookie", "Proxy-Authorization"] {
        let request = common::setup::http().get(format!("{}/token", service.url));
        let answer = request.header(name, format!("Bearer {token}")).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{name}");
    }
}

#[tokio::test]
async fn an_optional_token_is_none_only_without_the_header() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let service = service(&authenticator(&static_keys(&signer), &clock)).await;
    let good = format!("Bearer {}", signer.sign(&claims(clock.seconds())));
    assert_eq!(service.get("/greeting", &[]).await.body, "Hello, guest!");
    assert_eq!(service.get("/greeting", &[&good]).await.body, "Hello, alice!");
    for bad in ["", "Bearer", "Bearer x", "Basic YQ=="] {
        assert_eq!(service.get("/greeting", &[bad]).await.status, 401, "{bad:?}");
    }
}

#[tokio::test]
async fn a_token_can_be_read_from_another_header_or_a_cookie() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let judge = authenticator(&static_keys(&signer), &clock).with_realm("notes");
    let good = signer.sign(&claims(clock.seconds()));
    let bearer = format!("Bearer {good}");
    let cookie = |value: &str| format!("theme=dark; session={value}; x=y");
    let in_header = TokenPlace::header("X-Token").unwrap();
    let in_cookie = TokenPlace::cookie("session").unwrap();
    for (place, name, right, wrong) in [
        (
            in_header,
            "x-token",
            vec![good.clone()],
            vec![vec![bearer.clone()], vec![String::new()], vec![good.clone(); 2]],
        ),
        (
            in_cookie,
            "cookie",
            vec![cookie(&format!("\"{good}\""))],
            vec![vec![cookie("")], vec![cookie(&good); 2], vec![cookie(&bearer)]],
        ),
    ] {
        let judge = judge.clone().with_token_place(place);
        let service = service(&judge).await;
        let ask = async |path: &str, lines: &[String]| {
            let mut request = common::setup::http().get(format!("{}{path}", service.url));
            for line in lines {
                request = request.header(name, line);
            }
            let answer = common::soon(request.send()).await.unwrap();
            assert_eq!(answer.headers().get("www-authenticate"), None);
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let missing = (401, r#"{"detail":"missing_token"}"#.to_owned());
        let malformed = (401, r#"{"detail":"malformed_authorization"}"#.to_owned());
        assert_eq!(ask("/readers", &right).await, (200, "ok".to_owned()), "{name}");
        assert_eq!(ask("/greeting", &right).await.1, "Hello, alice!", "{name}");
        assert_eq!(ask("/writing", &right).await.0, 403, "{name}");
        assert_eq!(ask("/greeting", &[]).await.1, "Hello, guest!", "{name}");
        assert_eq!(ask("/readers", &[]).await, missing, "{name}");
        assert_eq!(
            ask("/greeting", &["sessions=x".to_owned()]).await.0,
            if name == "cookie" { 200 } else { 401 }
        );
        for lines in &wrong {
            assert_eq!(ask("/readers", lines).await, malformed, "{name} {lines:?}");
            assert_eq!(ask("/greeting", lines).await, malformed, "{name} {lines:?}");
        }
        // Authorization is then ignored.
        let answer = service.get("/readers", &[&bearer]).await;
        assert_eq!((answer.status, answer.body), missing, "{name}");
    }
}

#[tokio::test]
async fn any_of_several_scopes_or_roles_is_enough() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let judge = authenticator(&static_keys(&signer), &clock);
    let scopes = judge.require_any_scope(["notes:read", "notes:admin"]).unwrap();
    let others = judge.require_any_scope(["notes:write", "notes:admin"]).unwrap();
    let roles = judge.require_any_role("realm_access.roles", ["editor", "admin"]).unwrap();
    let both = judge.require_any_role("realm_access.roles", ["admin", "owner"]).unwrap();
    let both = both.and_any_scope(["notes:read", "notes:admin"]).unwrap();
    let any = |bearer: Bearer| async move {
        bearer.require_any_scope(["notes:write", "notes:read"])?;
        bearer.require_any_role("realm_access.roles", ["editor"])
    };
    let nothing = |bearer: Bearer| async move { bearer.require_scopes::<&str>([]) };
    let ok = || async { "ok" };
    let guarded = |path: &str, guard| Router::new().route(path, get(ok)).route_layer(guard);
    let router = Router::new()
        .route("/any", get(any))
        .route("/nothing", get(nothing))
        .merge(guarded("/scopes", scopes))
        .merge(guarded("/others", others))
        .merge(guarded("/roles", roles))
        .merge(guarded("/both", both));
    let service = Service::start(router.with_state(judge)).await;
    let good = format!("Bearer {}", signer.sign(&claims(clock.seconds())));
    for (path, status) in [
        ("/scopes", 200),
        ("/others", 403),
        ("/roles", 200),
        ("/both", 403),
        ("/any", 200),
        ("/nothing", 403),
    ] {
        let answer = service.get(path, &[&good]).await;
        assert_eq!(answer.status, status, "{path}");
        if status == 403 {
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(!challenge.contains("scope=\"n"), "{path} {challenge}");
        }
    }
}

#[tokio::test]
async fn a_guard_without_any_demand_is_refused() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let judge = authenticator(&static_keys(&signer), &clock);
    let none: [&str; 0] = [];
    for guard in [
        judge.require_scopes(none),
        judge.require_scopes([""]),
        judge.require_scopes(["a b"]),
        judge.require_any_scope(none),
        judge.require_role("", "a"),
        judge.require_role("roles", " "),
        judge.require_any_role("roles", none),
        judge.require_token().and_scopes([""]),
        judge.require_token().and_any_role("roles", ["a", ""]),
    ] {
        assert!(guard.unwrap_err().to_string().starts_with("invalid_demand: "));
    }
}

#[tokio::test]
async fn without_keys_the_answer_says_when_to_retry() {
    let (signer, clock) = (Signer::new("a"), TestClock::new());
    let mut issuer = Issuer::with_keys("").await;
    issuer.stop().await;
    let service = service(&authenticator(&client(&issuer, &clock), &clock)).await;
    let good = format!("Bearer {}", signer.sign(&claims(clock.seconds())));
    for seconds in ["1", "2", "4", "8", "16", "32", "60", "60"] {
        let answer = service.get("/notes", &[&good]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (503, r#"{"detail":"keys_unavailable"}"#)
        );
        assert_eq!(answer.header("retry-after"), Some(seconds));
        assert_eq!(answer.header("www-authenticate"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        // A token that no key could make valid is still refused.
        assert_eq!(service.get("/notes", &["Bearer abc"]).await.status, 401);
        // A fraction of a second counts as a whole second.
        clock.advance(Duration::from_millis(1));
        let answer = service.get("/notes", &[&good]).await;
        assert_eq!(answer.header("retry-after"), Some(seconds));
        clock.advance(Duration::from_secs(61));
    }
}

#[tokio::test]
async fn keys_of_one_issuer_verify_no_tokens_of_another() {
    let (one, two) = (Signer::new("one"), Signer::new("two"));
    let clock = TestClock::new();
    let of = |issuer: &str, keys| {
        let policy = verijot::Policy::new(
            verijot::Issuers::only(issuer),
            verijot::Audiences::only(AUDIENCE),
        );
        (verijot::Verifier::new(policy).unwrap(), keys)
    };
    let servers =
        [Issuer::with_keys(&jwks(&[&one])).await, Issuer::with_keys(&jwks(&[&two])).await];
    let [keys_of_one, keys_of_two] = servers.each_ref().map(|server| client(server, &clock));
    let other = "https://other.example";
    let judge = Authenticator::of_issuers([of(ISSUER, keys_of_one), of(other, keys_of_two)]);
    let judge = judge.unwrap().with_clock(clock.clone());
    let service = Service::of(judge.clone()).await;
    let mut of_other = claims(clock.seconds());
    of_other["iss"] = json!(other);
    assert_eq!(service.subject(&one.sign(&claims(clock.seconds()))).await.body, "alice");
    assert_eq!([servers[0].count(), servers[1].count()], [1, 0]);
    assert_eq!(service.subject(&two.sign(&of_other)).await.body, "alice");
    assert_eq!(
        judge.keys().filter_map(IssuerKeys::health).filter(|h| h.usable_keys == 1).count(),
        2
    );
    // Signed by one issuer in the name of the other.
    for (token, code) in [
        (one.sign(&of_other), "unknown_key"),
        (one.sign_as("two", &of_other), "invalid_signature"),
        (two.sign_as("one", &claims(clock.seconds())), "invalid_signature"),
        (one.sign(&json!({"iss": "https://nobody.example"})), "wrong_issuer"),
        (one.sign(&json!({})), "missing_claim"),
    ] {
        let answer = service.subject(&token).await;
        assert_eq!(answer.body, format!(r#"{{"detail":"{code}"}}"#));
    }
    let twice = [of(ISSUER, static_keys(&one)), of(ISSUER, static_keys(&two))];
    assert!(Authenticator::of_issuers(twice).is_err());
}
