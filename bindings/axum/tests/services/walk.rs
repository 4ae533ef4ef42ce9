//! Everything that a notes service and its issuer go through, step by step.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::task::JoinSet;

use crate::common;
use crate::common::service::Answer;
use crate::expectations::{
    expect, invalid_grant, refused, refused_for_its_key, success, unavailable,
};
use crate::places::Place;
use crate::token_text::{claims, kid, with_kid};
use crate::town::{Tokens, Town, json_of};

/// Runs all steps. Each leaves the services in a good state for the next one.
pub(crate) async fn walk(town: &mut Town, place: &Place) {
    who_may_come_in(town).await;
    everybody_has_their_own(town).await;
    web_pages_rotate_no_keys(town).await;
    keys_are_rotated_without_a_restart(town).await;
    unknown_keys_make_no_storm(town).await;
    tokens_are_refreshed(town).await;
    a_guess_ends_no_session(town).await;
    a_refresh_token_is_good_once(town).await;
    logout_ends_the_session(town).await;
    a_missing_table_lets_nobody_in(town, place).await;
    if place.url.starts_with("postgres") {
        a_lost_database_lets_nobody_in(town, place).await;
    }
    let tokens = town.sign_in(json!({})).await;
    expect(&town.get("/notes", &tokens.access).await, 200);
    town.issuer.kill().await;
    an_issuer_that_is_down_is_not_missed(town, &tokens).await;
}

async fn who_may_come_in(town: &Town) {
    expect(&town.get("/health", "").await, 200);
    refused(&town.get("/notes", "").await, 401, "missing_token");
    refused(&town.get("/notes", "e30.e30.AAAA").await, 401, "malformed_header");

    let good = town.sign_in(json!({})).await;
    expect(&town.get("/notes", &good.access).await, 200);
    let (message, signature) = good.access.rsplit_once('.').unwrap();
    let mut octets = URL_SAFE_NO_PAD.decode(signature).unwrap();
    octets[20] ^= 1;
    let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(octets));
    refused(&town.get("/notes", &forged).await, 401, "invalid_signature");

    let expired = town.sign_in(json!({"lifetime": -60})).await;
    refused(&town.get("/notes", &expired.access).await, 401, "expired");
    for (track, hours) in [("staff", 12), ("member", 8), ("partner", 4), ("guest", 1)] {
        let longest = town.sign_in(json!({"track": track})).await;
        expect(&town.get("/notes", &longest.access).await, 200);
        let request = json!({"track": track, "lifetime": hours * 3600 + 1});
        let too_long = town.sign_in(request).await;
        refused(&town.get("/notes", &too_long.access).await, 401, "lifetime_too_long");
    }

    let reader = town.sign_in(json!({"scope": "notes:read"})).await;
    expect(&town.get("/notes", &reader.access).await, 200);
    let note = json!({"text": "not to be written"});
    for (method, path, body) in [
        (Method::POST, "/notes", Some(note.clone())),
        (Method::PUT, "/notes/1", Some(note)),
        (Method::DELETE, "/notes/1", None),
        (Method::PUT, "/profile", Some(json!({"display_name": "nobody"}))),
        (Method::DELETE, "/profile", None),
    ] {
        let answer = town.notes(method, path, &reader.access, body).await;
        expect(&answer, 403);
        assert_eq!(json_of(&answer), json!({"detail": "insufficient_scope"}));
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with(r#"Bearer error="insufficient_scope""#), "{challenge}");
        assert!(challenge.ends_with(r#"scope="notes:write""#), "{challenge}");
    }
}

async fn everybody_has_their_own(town: &Town) {
    let alice = town.sign_in(json!({"subject": "alice"})).await.access;
    let bob = town.sign_in(json!({"subject": "bob"})).await.access;

    expect(&town.get("/profile", &alice).await, 404);
    for name in ["Alice", "Alice Liddell \u{1f407}"] {
        let profile = json!({"display_name": name});
        let body = Some(profile.clone());
        expect(&town.notes(Method::PUT, "/profile", &alice, body).await, 200);
        assert_eq!(json_of(&town.get("/profile", &alice).await), profile);
    }
    expect(&town.get("/profile", &bob).await, 404);
    success(&town.notes(Method::DELETE, "/profile", &alice, None).await);
    expect(&town.get("/profile", &alice).await, 404);

    let text = json!({"text": "down the rabbit hole"});
    let created = town.notes(Method::POST, "/notes", &alice, Some(text)).await;
    expect(&created, 201);
    let note = json_of(&created);
    assert_eq!(note["text"], "down the rabbit hole");
    let id = &note["id"];
    let path = format!("/notes/{}", id.as_str().map_or(id.to_string(), str::to_owned));
    assert_eq!(json_of(&town.get("/notes", &alice).await), json!([note]));
    assert_eq!(json_of(&town.get("/notes", &bob).await), json!([]));
    assert_eq!(json_of(&town.get(&path, &alice).await), note);

    let other = Some(json!({"text": "off with her head"}));
    expect(&town.get(&path, &bob).await, 404);
    expect(&town.notes(Method::PUT, &path, &bob, other.clone()).await, 404);
    expect(&town.notes(Method::DELETE, &path, &bob, None).await, 404);
    expect(&town.notes(Method::PUT, &path, &alice, other).await, 200);
    assert_eq!(json_of(&town.get(&path, &alice).await)["text"], "off with her head");
    expect(&town.notes(Method::DELETE, &path, &alice, None).await, 204);
    expect(&town.get(&path, &alice).await, 404);
    assert_eq!(json_of(&town.get("/notes", &alice).await), json!([]));
}

/// A browser can send these requests from another site, without a preflight request.
async fn web_pages_rotate_no_keys(town: &Town) {
    let (before, _) = fetch_keys(town, None).await;
    let url = format!("{}/dev/rotate?overlap=0", town.issuer.url);
    let foreign = "https://evil.example";
    for headers in [
        vec![],
        vec![("Content-Type", "text/plain")],
        vec![("Content-Type", "application/x-www-form-urlencoded"), ("Origin", foreign)],
        vec![("Content-Type", "multipart/form-data; boundary=x"), ("Origin", "null")],
        vec![("Content-Type", "application/json")],
        // With an allowed additional header, or under another name of this machine.
        vec![("Verijot-Development", "yes"), ("Origin", foreign)],
        vec![("Verijot-Development", "yes"), ("Origin", "null")],
        vec![("Verijot-Development", "yes"), ("Host", "evil.example:4000")],
        vec![("Verijot-Development", "no")],
    ] {
        let mut request = town.http.post(&url);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = common::soon(request.send()).await.unwrap();
        assert_eq!(answer.status(), 403, "{headers:?}");
    }
    let preflight = (town.http.request(Method::OPTIONS, &url))
        .header("Origin", foreign)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "verijot-development");
    let answer = common::soon(preflight.send()).await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"), "{answer:?}");
    assert_eq!(fetch_keys(town, None).await.0, before);
    let sign_in = (town.http.post(format!("{}/dev/token", town.issuer.url)))
        .header("Content-Type", "text/plain")
        .body("{}");
    assert_eq!(common::soon(sign_in.send()).await.unwrap().status(), 415);
    let sign_in = (town.http.post(format!("{}/dev/token", town.issuer.url)))
        .header("Content-Type", "application/json")
        .header("Host", "evil.example")
        .body("{}");
    assert_eq!(common::soon(sign_in.send()).await.unwrap().status(), 403);
}

async fn keys_are_rotated_without_a_restart(town: &Town) {
    let old = town.sign_in(json!({})).await.access;
    expect(&town.get("/notes", &old).await, 200);
    let (first, tag) = fetch_keys(town, None).await;
    assert_eq!(fetch_keys(town, Some(&tag)).await, (Value::Null, tag.clone()));

    // Published, but not signing yet.
    let keys = town.rotate("?sign_after=3600").await;
    assert_eq!(keys["published"].as_array().unwrap().len(), 2);
    assert_eq!(keys["signing"], kid(&old));
    let (both, new_tag) = fetch_keys(town, Some(&tag)).await;
    assert_eq!(both["keys"].as_array().unwrap().len(), 2);
    assert_eq!(both["keys"][0], first["keys"][0]);
    assert_ne!(new_tag, tag);
    let fetches = town.fetches().await;
    let still_old = town.sign_in(json!({})).await.access;
    assert_eq!(kid(&still_old), kid(&old));
    expect(&town.get("/notes", &still_old).await, 200);
    assert_eq!(town.fetches().await, fetches);

    // The new key signs; tokens of the old one are still valid.
    let keys = town.rotate("").await;
    let new = town.sign_in(json!({})).await.access;
    assert_eq!(keys["signing"], kid(&new));
    assert_ne!(kid(&new), kid(&old));
    accepted_within_fifteen_seconds(town, &new).await;
    expect(&town.get("/notes", &old).await, 200);
    assert_eq!(town.fetches().await, fetches + 1);

    // A leaked key is withdrawn when the first token of its successor arrives.
    let keys = town.rotate("?overlap=0").await;
    assert_eq!(keys["published"].as_array().unwrap().len(), 1);
    let newest = town.sign_in(json!({})).await.access;
    accepted_within_fifteen_seconds(town, &newest).await;
    assert_eq!(town.fetches().await, fetches + 2);
    for withdrawn in [&old, &new] {
        // The set has no such key, or the next fetch will decide.
        refused_for_its_key(&town.get("/notes", withdrawn).await);
    }
}

/// A token of a new key is accepted as soon as its `kid` may cause a fetch.
async fn accepted_within_fifteen_seconds(town: &Town, token: &str) {
    let mut answer = town.get("/notes", token).await;
    if answer.status == 503 {
        assert_eq!(json_of(&answer), json!({"detail": "keys_unavailable"}));
        let seconds = answer.header("retry-after").unwrap().parse().unwrap();
        assert!(seconds <= 15, "{seconds}");
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        answer = town.get("/notes", token).await;
    }
    expect(&answer, 200);
}

async fn unknown_keys_make_no_storm(town: &Town) {
    let good = town.sign_in(json!({})).await.access;
    let fetches = town.fetches().await;
    let mut unknown = JoinSet::new();
    for number in 0..200 {
        let token = with_kid(&good, &format!("unknown-{number}"));
        let request = town.http.get(format!("{}/notes", town.notes.url)).bearer_auth(token);
        unknown.spawn(async move { Answer::of(request.send().await.unwrap()).await });
    }
    // Decided by a fetch, or not before the next one.
    common::soon(unknown.join_all()).await.iter().for_each(refused_for_its_key);
    expect(&town.get("/notes", &good).await, 200);
    // One in 15 seconds.
    assert!(town.fetches().await <= fetches + 1);
}

async fn tokens_are_refreshed(town: &Town) {
    let first = town.sign_in(json!({"subject": "carol", "track": "staff"})).await;
    let answer = town.refresh(&first).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(json_of(&answer)["expires_in"], 12 * 3600);
    let second = Tokens::of(&answer);
    refused(&town.get("/notes", &first.access).await, 401, "revoked");
    expect(&town.get("/notes", &second.access).await, 200);
    let (before, after) = (claims(&first.access), claims(&second.access));
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(URL_SAFE_NO_PAD.decode(after["jti"].as_str().unwrap()).unwrap().len(), 16);
    for name in ["iss", "aud", "sub", "sid", "scope", "track"] {
        assert_eq!(before[name], after[name], "{name}");
    }

    // The first refresh token is used again: the whole family is signed out.
    let other = town.sign_in(json!({"subject": "carol"})).await;
    invalid_grant(&town.refresh(&first).await);
    refused(&town.get("/notes", &second.access).await, 401, "revoked");
    invalid_grant(&town.refresh(&second).await);
    expect(&town.get("/notes", &other.access).await, 200);
    for text in ["", ".", "a.b", "no-such-token", &"a".repeat(4096)] {
        let body = Some(json!({"refresh_token": text}));
        invalid_grant(&town.ask_issuer("/auth/refresh", None, body).await);
    }
}

/// Nothing that a reader of the access token knows ends its session; only a refresh token that has
/// already been used does.
async fn a_guess_ends_no_session(town: &Town) {
    let tokens = town.sign_in(json!({})).await;
    let read = claims(&tokens.access);
    let (sid, jti) = (read["sid"].as_str().unwrap(), read["jti"].as_str().unwrap());
    let never = "A".repeat(44);
    for guess in [
        sid.to_owned(),
        format!("{sid}."),
        format!("{sid}.{never}"),
        format!("{sid}.{sid}"),
        format!("{sid}{never}"),
        format!("{sid}{jti}"),
        format!("{jti}.{never}"),
        format!("{}A", tokens.refresh),
        format!("{sid}.{}", tokens.refresh),
        never.clone(),
    ] {
        let body = Some(json!({"refresh_token": guess}));
        invalid_grant(&town.ask_issuer("/auth/refresh", None, body).await);
        expect(&town.get("/notes", &tokens.access).await, 200);
    }
    assert!(!tokens.refresh.contains(sid), "the refresh token names the session");
    let new = Tokens::of(&town.refresh(&tokens).await);
    let newer = Tokens::of(&town.refresh(&new).await);
    expect(&town.get("/notes", &newer.access).await, 200);
    // Each of the used ones, not only the last.
    invalid_grant(&town.refresh(&tokens).await);
    refused(&town.get("/notes", &newer.access).await, 401, "revoked");
    invalid_grant(&town.refresh(&newer).await);
}

async fn a_refresh_token_is_good_once(town: &Town) {
    let tokens = town.sign_in(json!({})).await;
    let mut refreshes = JoinSet::new();
    for _ in 0..8 {
        let body = json!({"refresh_token": tokens.refresh}).to_string();
        let request = town.http.post(format!("{}/auth/refresh", town.issuer.url));
        let request = request.header("Content-Type", "application/json").body(body);
        refreshes.spawn(async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        });
    }
    let answers = common::soon(refreshes.join_all()).await;
    let (good, bad) = answers.iter().partition::<Vec<_>, _>(|(status, _)| *status == 200);
    assert_eq!((good.len(), bad.len()), (1, 7), "{answers:?}");
    assert!(bad.iter().all(|(status, _)| *status == 400));
    let winner: Value = serde_json::from_str(&good[0].1).unwrap();
    let winner = winner["access_token"].as_str().unwrap();
    refused(&town.get("/notes", winner).await, 401, "revoked");
}

async fn logout_ends_the_session(town: &Town) {
    let tokens = town.sign_in(json!({})).await;
    let other_device = town.sign_in(json!({})).await;
    expect(&town.get("/notes", &tokens.access).await, 200);
    for _ in 0..2 {
        expect(&town.log_out(&tokens).await, 204);
    }
    refused(&town.get("/notes", &tokens.access).await, 401, "revoked");
    invalid_grant(&town.refresh(&tokens).await);
    expect(&town.get("/notes", &other_device.access).await, 200);
    refused(&town.ask_issuer("/auth/logout", None, None).await, 401, "missing_token");
}

async fn a_missing_table_lets_nobody_in(town: &Town, place: &Place) {
    let tokens = town.sign_in(json!({})).await;
    expect(&town.get("/notes", &tokens.access).await, 200);
    place.execute("ALTER TABLE jwt_revocations RENAME TO put_away").await;
    unavailable(&town.get("/notes", &tokens.access).await);
    unavailable(&town.log_out(&tokens).await);
    unavailable(&town.refresh(&tokens).await);
    expect(&town.get("/health", "").await, 200);
    refused(&town.get("/notes", "").await, 401, "missing_token");

    place.execute("ALTER TABLE put_away RENAME TO jwt_revocations").await;
    expect(&town.get("/notes", &tokens.access).await, 200);
    let tokens = Tokens::of(&town.refresh(&tokens).await);
    expect(&town.log_out(&tokens).await, 204);
    refused(&town.get("/notes", &tokens.access).await, 401, "revoked");
}

async fn a_lost_database_lets_nobody_in(town: &Town, place: &Place) {
    let tokens = town.sign_in(json!({})).await;
    expect(&town.get("/notes", &tokens.access).await, 200);
    let (server, name) = place.url.rsplit_once('/').unwrap();
    let mut server = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let forbid = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    server.execute(forbid.as_str()).await.unwrap();
    let cut = format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    server.execute(cut.as_str()).await.unwrap();
    unavailable(&town.get("/notes", &tokens.access).await);
    unavailable(&town.log_out(&tokens).await);
    unavailable(&town.refresh(&tokens).await);
    expect(&town.get("/health", "").await, 200);

    let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    server.execute(allow.as_str()).await.unwrap();
    expect(&town.get("/notes", &tokens.access).await, 200);
    expect(&town.log_out(&tokens).await, 204);
    refused(&town.get("/notes", &tokens.access).await, 401, "revoked");
}

async fn an_issuer_that_is_down_is_not_missed(town: &Town, tokens: &Tokens) {
    for _ in 0..3 {
        expect(&town.get("/notes", &tokens.access).await, 200);
        let unknown = town.get("/notes", &with_kid(&tokens.access, "unknown")).await;
        assert!([401, 503].contains(&unknown.status), "{unknown:?}");
    }
}

/// The keys with their entity tag, or `None` if they still have this tag.
async fn fetch_keys(town: &Town, tag: Option<&str>) -> (Value, String) {
    let url = format!("{}/.well-known/jwks.json", town.issuer.url);
    let request = town.http.get(url).header("If-None-Match", tag.unwrap_or("\"none\""));
    let answer = common::soon(request.send()).await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "public, max-age=3600");
    let new_tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    let status = answer.status().as_u16();
    let body = common::soon(answer.text()).await.unwrap();
    let keys = match status {
        304 => Value::Null,
        _ => serde_json::from_str(&body).unwrap(),
    };
    (keys, new_tag)
}
