//! Settings with a preset of a provider.
#![cfg(feature = "ring")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use verijot::Policy;
use verijot::issuer::{KeySource, Settings, SettingsError};

fn read(settings: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::read("VERIJOT_", |name| {
        let name = name.strip_prefix("VERIJOT_").unwrap();
        let found = settings.iter().find(|(candidate, _)| *candidate == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

const COGNITO: (&str, &str) = ("PROVIDER", "cognito:eu-west-1_AbCdEf123");

#[test]
fn a_preset_is_policy_and_source() {
    let (policy, source) = read(&[COGNITO, ("AUDIENCE", "web mobile")]).unwrap().into_parts();
    let document = r#"{
        "issuers": ["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"],
        "audiences": {"one_of": ["web", "mobile"], "in_claim": "client_id"},
        "algorithms": ["RS256"], "rules": [{"path": ["token_use"], "equals": "access"}]
    }"#;
    assert_eq!(policy, Policy::from_json(document).unwrap());
    let KeySource::JwksUrl { url, .. } = source else { panic!("{source:?}") };
    assert!(url.ends_with("/eu-west-1_AbCdEf123/.well-known/jwks.json"));
}

#[test]
fn options_and_another_source_go_with_it() {
    let options = r#"{"repository_ids": ["74"], "policy": {"leeway": "60"}}"#;
    let github = [("PROVIDER", "github-actions"), ("AUDIENCE", "a"), ("PROVIDER_OPTIONS", options)];
    assert!(read(&github).is_ok());
    let jwks = ("JWKS_URL", "https://mirror.example/keys");
    let source = read(&[COGNITO, ("AUDIENCE", "web"), jwks]).unwrap().into_parts().1;
    assert!(matches!(source, KeySource::JwksUrl { url, .. } if url == jwks.1));
    let secret = ("SECRET", "a secret for tests, 32 octets ok");
    let supabase = ("PROVIDER", "supabase-legacy:abcdefghijklmnopqrst");
    let source = read(&[supabase, secret]).unwrap().into_parts().1;
    assert!(matches!(source, KeySource::Secret { .. }));
    let sessions = ("PROVIDER", "firebase-session:acme-app");
    let source = read(&[sessions]).unwrap().into_parts().1;
    assert!(matches!(source, KeySource::CertificatesUrl { .. }));
}

#[test]
fn what_is_wrong_names_its_setting() {
    let audience = ("AUDIENCE", "web");
    let hosts = ("ALLOWED_HOSTS", "keys.example");
    for (settings, named) in [
        (&[("PROVIDER", "cognitoo")][..], "VERIJOT_PROVIDER"),
        (&[("PROVIDER", " ")], "VERIJOT_PROVIDER"),
        (&[COGNITO], "VERIJOT_AUDIENCE"),
        (&[COGNITO, ("AUDIENCE", "any-audience")], "VERIJOT_AUDIENCE"),
        (&[COGNITO, audience, ("ISSUER", "x")], "VERIJOT_PROVIDER"),
        (&[COGNITO, audience, ("ALGORITHMS", "RS256")], "VERIJOT_PROVIDER"),
        (&[COGNITO, audience, ("LEEWAY", "5")], "VERIJOT_PROVIDER"),
        (&[COGNITO, audience, ("POLICY", "{}")], "VERIJOT_POLICY"),
        (&[COGNITO, audience, ("PROVIDER_OPTIONS", "{")], "VERIJOT_PROVIDER_OPTIONS"),
        (&[COGNITO, audience, ("PROVIDER_OPTIONS", r#"{"x": 1}"#)], "VERIJOT_PROVIDER_OPTIONS"),
        (&[("PROVIDER", "github-actions"), audience], "VERIJOT_PROVIDER_OPTIONS"),
        (&[("PROVIDER", "supabase:abc"), audience], "VERIJOT_AUDIENCE"),
        (&[("PROVIDER", "slack"), audience], "VERIJOT_PROVIDER"),
        (&[("PROVIDER", "kratos:id.example.com")], "VERIJOT_PROVIDER"),
        (&[("PROVIDER", "okta-org:a.okta.com"), audience], "VERIJOT_PROVIDER"),
        (&[COGNITO, audience, hosts], "VERIJOT_PROVIDER"),
    ] {
        let error = read(settings).unwrap_err();
        assert_eq!(error.settings().first().unwrap(), named, "{error}");
    }
    let error = read(&[("PROVIDER", "slack"), audience]).unwrap_err().to_string();
    assert!(error.contains("profile"), "{error}");
}

#[test]
fn options_without_a_preset_are_refused() {
    let options = ("PROVIDER_OPTIONS", r#"{"repository_ids": ["74"]}"#);
    let document = r#"{"issuers": ["https://issuer.example"], "audiences": ["a"]}"#;
    for settings in [
        &[options, ("ISSUER", "https://issuer.example"), ("AUDIENCE", "a")][..],
        &[options, ("POLICY", document)],
    ] {
        let error = read(settings).unwrap_err();
        assert_eq!(error.settings(), ["VERIJOT_PROVIDER_OPTIONS", "VERIJOT_PROVIDER"]);
    }
}

#[test]
fn presets_that_settings_cannot_give_are_refused() {
    let options = r#"{
        "load_balancers": ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1"],
        "issuers": ["https://issuer.example"], "client_ids": ["web"]
    }"#;
    let error = read(&[("PROVIDER", "alb:eu-west-1"), ("PROVIDER_OPTIONS", options)]).unwrap_err();
    assert_eq!(error.settings(), ["VERIJOT_PROVIDER"], "{error}");
    assert!(error.problem().contains("AlbVerifier"), "{error}");
    let options = ("PROVIDER_OPTIONS", r#"{"policy": {"symmetric_keys": true}}"#);
    let supabase = ("PROVIDER", "supabase-legacy:abcdefghijklmnopqrst");
    let secret = ("SECRET", "a secret for tests, 32 octets ok");
    let error = read(&[supabase, secret, options]).unwrap_err();
    assert_eq!(error.settings(), ["VERIJOT_PROVIDER_OPTIONS"], "{error}");
    assert!(error.problem().starts_with("policy.symmetric_keys: "), "{error}");
}

#[test]
fn the_purposes_of_a_preset_are_replaced_by_those_of_the_settings() {
    let options = r#"{"jwks_url": "https://spire.example/bundle"}"#;
    let spiffe = [
        ("PROVIDER", "spiffe:prod.example.com"),
        ("AUDIENCE", "api"),
        ("PROVIDER_OPTIONS", options),
    ];
    let settings = read(&spiffe).unwrap();
    assert_eq!(settings.key_source().purposes().unwrap(), ["jwt-svid"]);
    let [provider, audience, options] = spiffe;
    let settings = read(&[provider, audience, options, ("KEY_PURPOSES", "sig")]).unwrap();
    assert_eq!(settings.key_source().purposes().unwrap(), ["sig"]);
}
