//! A service that is configured by its environment alone.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::env;

use common::child::{child_with, is_child, tell};
use common::issuer::{Answer, Issuer};
use common::signer::{AUDIENCE, ISSUER, Signer, claims, jwks};
use verijot_client::Authenticator;

/// Run by other tests in a process of its own.
#[tokio::test]
#[ignore = "run by the others in a process of its own"]
async fn child() {
    if !is_child() {
        return;
    }
    let judge = match Authenticator::from_environment() {
        Ok(judge) => judge,
        Err(error) => return tell(&error.to_string()),
    };
    match judge.verify(env::var("TOKEN").unwrap().as_bytes()).await {
        Ok(token) => tell(token.subject().unwrap()),
        Err(error) => tell(error.code()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_selects_the_source_of_keys() {
    let signer = Signer::new("a");
    let now = verijot::UnixTime::now().seconds();
    let token = signer.sign(&claims(now));
    let set = jwks(&[&signer]);
    let demands = [("TOKEN", token.as_str()), ("VERIJOT_AUDIENCE", AUDIENCE)];
    let with = |more: &[(&'static str, String)]| {
        let more = more.iter().map(|(name, value)| (*name, value.clone()));
        let own = demands.iter().map(|(name, value)| (*name, (*value).to_owned()));
        own.chain(more).collect::<Vec<_>>()
    };
    let issuer = ("VERIJOT_ISSUER", ISSUER.to_owned());
    let file = env::temp_dir().join(format!("verijot-client-{}.json", std::process::id()));
    std::fs::write(&file, format!("{set}\n")).unwrap();
    let file = file.into_os_string().into_string().unwrap();
    let server = Issuer::with_keys(&set).await;
    let found = Issuer::start(|_| Answer::new("404 Not Found", "", "")).await;
    let url = found.url.clone();
    let metadata = format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/keys"}}"#);
    let keys = set.clone();
    found.answers(move |path| match path {
        "/.well-known/openid-configuration" => Answer::new("200 OK", "", &metadata),
        _ => Answer::keys(&keys),
    });
    let mut of_found = claims(now);
    of_found["iss"] = found.url.clone().into();
    let of_found = signer.sign(&of_found);

    let mut cases = vec![
        (with(&[issuer.clone(), ("VERIJOT_JWKS", set.clone())]), "alice"),
        (with(&[issuer.clone(), ("VERIJOT_JWKS_FILE", file.clone())]), "alice"),
        (with(&[issuer.clone(), ("VERIJOT_JWKS_URL", server.url.clone())]), "alice"),
        (
            with(&[issuer.clone(), ("VERIJOT_JWKS_URL", "http://issuer.example/".to_owned())]),
            "invalid_settings: VERIJOT_JWKS_URL: keys cannot be fetched from this URL: it is not https",
        ),
        (
            with(&[
                issuer.clone(),
                ("VERIJOT_JWKS", set.clone()),
                ("VERIJOT_JWKS_FILE", file.clone()),
            ]),
            "invalid_settings: VERIJOT_JWKS, VERIJOT_JWKS_FILE: both are set",
        ),
        (
            with(&[issuer, ("VERIJOT_JWKS", set), ("VERIJOT_JWKS_URL", server.url.clone())]),
            "invalid_settings: VERIJOT_JWKS, VERIJOT_JWKS_URL: only one source of keys is allowed",
        ),
        (with(&[]), "invalid_settings: VERIJOT_ISSUER: "),
    ];
    let mut discovery = with(&[("VERIJOT_ISSUER", found.url.clone())]);
    discovery[0].1 = of_found;
    cases.push((discovery, "alice"));
    for (variables, expected) in cases {
        let variables = variables.iter().map(|(name, value)| (*name, value.as_str()));
        // A proxy that does not exist: requests to this machine never use one.
        let proxies =
            ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map(|name| (name, "http://[::1]:1"));
        let told = child_with(&variables.chain(proxies).collect::<Vec<_>>()).await;
        assert!(told.starts_with(expected), "{expected}: {told}");
    }
    std::fs::remove_file(file).unwrap();
}
