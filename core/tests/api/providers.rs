//! Presets: every line gives documents that verifiers read, and refuses what it must.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use verijot::issuer::KeySource;
use verijot::profile::Profile;
use verijot::provider::{Preset, PresetKeys, Provider, ProviderInfo};
use verijot::verify::AlbVerifier;
use verijot::{Policy, PolicyError, Verifier};

fn preset(text: &str, options: &Value) -> Result<Preset, PolicyError> {
    Provider::parse(text)?.preset(options.to_string())
}

/// A value that could be real for each option.
fn value(option: &str) -> Value {
    match option {
        "client_id" | "project_role" => json!("notes"),
        "subject" => json!("repo:acme/notes:ref:refs/heads/main"),
        "ref_protected" => json!("true"),
        "jwks_url" => json!("https://keys.example/jwks"),
        "policy" => json!({ "leeway": "60" }),
        "tenants" => json!(["0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a"]),
        "load_balancers" => json!([
            "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
        ]),
        "subjects" => json!(["system:serviceaccount:apps:notes"]),
        "spiffe_ids" => json!(["spiffe://prod.example.com/notes"]),
        "authorized_parties" => json!(null),
        _ => json!(["one", "two"]),
    }
}

/// The options that a line demands, the first of each demand.
fn demanded(line: &ProviderInfo) -> Value {
    let demands = line.demands().filter_map(|(options, _)| options.first());
    demands.map(|option| (String::from(*option), value(option))).collect()
}

fn lines() -> impl Iterator<Item = ProviderInfo> {
    Provider::all().filter(|line| line.verifier() != "none")
}

#[test]
fn every_line_makes_a_verifier_and_a_source_of_keys() {
    for line in lines() {
        let preset = preset(&line.example(), &demanded(&line));
        let preset = preset.unwrap_or_else(|error| panic!("{}: {error}", line.name()));
        match line.verifier() {
            "policy" => {
                Verifier::new(Policy::from_json(preset.policy().unwrap()).unwrap()).unwrap();
            }
            "load-balancer" => {
                AlbVerifier::from_json(preset.load_balancer().unwrap()).unwrap();
            }
            name => {
                let profile = Profile::from_json(preset.profile().unwrap()).unwrap();
                assert_eq!(profile.name(), name);
            }
        }
        let source = KeySource::of_preset(&preset);
        let source = source.unwrap_or_else(|error| panic!("{}: {error}", line.name()));
        let of_caller = matches!(preset.keys(), PresetKeys::OfCaller { .. });
        assert_eq!(source.is_none(), of_caller, "{}", line.name());
        let whole: Value = serde_json::from_str(&preset.to_json()).unwrap();
        assert_eq!(whole.as_object().unwrap().len(), 2, "{whole}");
        for text in ["{base}", "{guid}", "{host}", "{slug}", "{label}", "{region}", "$"] {
            assert!(!preset.to_json().contains(text), "{}: {text}", line.name());
        }
    }
}

#[test]
fn every_option_is_understood() {
    for line in lines() {
        for option in line.options() {
            let mut options = demanded(&line);
            options[option] = value(option);
            let preset = preset(&line.example(), &options);
            let preset = preset.unwrap_or_else(|error| panic!("{} {option}: {error}", line.name()));
            if !["policy", "jwks_url", "authorized_parties"].contains(&option) {
                let text = value(option).to_string();
                assert!(preset.to_json().contains(&text), "{} {option}", line.name());
            }
        }
    }
}

#[test]
fn every_demand_must_be_met_and_says_what_to_name() {
    let mut demands = 0;
    for line in lines() {
        for (names, what) in line.demands() {
            let mut options = demanded(&line);
            options.as_object_mut().unwrap().remove(names[0]);
            let error = preset(&line.example(), &options).unwrap_err();
            assert_eq!(error.code(), "invalid_policy");
            assert_eq!(error.member(), Some(names[0]), "{}", line.name());
            assert!(error.problem().contains(what), "{error}");
            for name in names {
                assert!(error.problem().contains(name), "{error}");
            }
            demands += 1;
        }
    }
    assert!(demands > 40, "{demands}");
}

#[test]
fn an_unset_variable_is_no_option() {
    for line in lines() {
        for option in line.options() {
            if option == "policy" {
                continue;
            }
            for nothing in [json!(""), json!(" "), json!([]), json!([""]), json!(7)] {
                let mut options = demanded(&line);
                options[option] = nothing.clone();
                let error = preset(&line.example(), &options);
                let error =
                    error.err().unwrap_or_else(|| panic!("{} {option} {nothing}", line.name()));
                assert!(error.member().unwrap().starts_with(option), "{error}");
            }
        }
    }
}

#[test]
fn a_token_for_somebody_else_is_refused_with_advice() {
    let advised = Provider::all().filter(|line| line.verifier() == "none").collect::<Vec<_>>();
    assert_eq!(advised.len(), 2);
    for line in advised {
        let error = preset(&line.example(), &json!({})).unwrap_err();
        assert_eq!((error.code(), error.member()), ("invalid_policy", Some("provider")));
        assert!(error.problem().contains("use the provider"), "{error}");
    }
}

#[test]
fn names_and_parameters_are_strict() {
    for text in [
        "",
        ":",
        "cognitoo",
        "cognito",
        "cognito:",
        "Cognito:eu-west-1_a",
        "google:",
        "google:x",
        "auth0:https://acme.auth0.com",
        "auth0:acme.auth0.com/",
        "auth0:acme.auth0.com#",
        "okta:acme.okta.com",
        "keycloak:id.example.com",
        "keycloak:id.example.com/../main",
        "entra:common",
        "entra:organizations",
        "clerk:clerk.example.com:443",
        "cognito:eu-west-1_a\",\"x\":\"",
        "kubernetes:user@host/a",
    ] {
        let error = Provider::parse(text).unwrap_err();
        assert_eq!(error.member(), Some("provider"), "{text}");
    }
    let error = Provider::parse("auth0:acme").unwrap_err();
    assert!(error.problem().contains("auth0:acme.eu.auth0.com"), "{error}");
}

#[test]
fn options_are_strict_json() {
    let provider = Provider::parse("auth0:acme.eu.auth0.com").unwrap();
    for (options, member) in [
        ("", None),
        ("[]", None),
        (r#"{"audience": ["a"], "audience": ["b"]}"#, Some("audience")),
        (r#"{"audience": ["a"], "tenants": ["b"]}"#, Some("tenants")),
        (r#"{"audience": "a"}"#, Some("audience")),
        (r#"{"audience": null}"#, Some("audience")),
        (r#"{"audience": ["a"], "policy": {"issuers": null}}"#, Some("policy.issuers")),
        (r#"{"audience": ["a"], "policy": {"audiences": null}}"#, Some("policy.audiences")),
        (r#"{"audience": ["a"], "policy": {"unknown": 1}}"#, Some("unknown")),
        (r#"{"audience": ["a"], "policy": {"rules": {}}}"#, Some("policy.rules")),
    ] {
        let error = provider.preset(options).unwrap_err();
        assert_eq!(error.code(), "invalid_policy");
        assert_eq!(error.member(), member, "{options}: {error}");
    }
}

#[test]
fn a_policy_can_be_narrowed() {
    let rule = json!({ "path": ["tier"], "equals": "gold" });
    let more = json!({ "leeway": "60", "required_scopes": ["read"], "rules": [rule] });
    let preset =
        preset("okta:acme.okta.com/default", &json!({ "audience": ["a"], "policy": more }));
    let preset = preset.unwrap();
    let document: Value = serde_json::from_str(preset.policy().unwrap()).unwrap();
    assert_eq!(document["leeway"], "60");
    assert_eq!(document["rules"].as_array().unwrap().len(), 2);
    assert_eq!(document["rules"][1], rule);
}

#[test]
fn the_names_of_a_service_are_put_where_the_provider_looks() {
    let of = |text: &str, names: &[&str], options: &str| {
        Provider::parse(text).unwrap().preset_for(names.iter().copied(), options)
    };
    let cognito = of("cognito:eu-west-1_a", &["a", "b"], "{}").unwrap();
    assert!(cognito.policy().unwrap().contains(r#""one_of":["a","b"],"in_claim":"client_id""#));
    let slack = of("slack", &["a"], "{}").unwrap();
    assert!(slack.profile().unwrap().contains(r#""client_id":"a""#));
    assert_eq!(of("slack", &["a", "b"], "{}").unwrap_err().member(), Some("audience"));
    assert_eq!(of("supabase:abc", &["a"], "{}").unwrap_err().member(), Some("audience"));
    assert_eq!(of("okta:a.b/c", &[" "], "{}").unwrap_err().member(), Some("audience"));
    assert!(of("supabase:abc", &[], "{}").is_ok());
    let clerk = of("clerk:clerk.a.example", &["api"], r#"{"parties": ["https://a.example"]}"#);
    assert!(clerk.unwrap().policy().unwrap().contains(r#""audiences":["api"]"#));
}

#[test]
fn tenants_of_entra_are_named_or_waived_in_words() {
    let named = json!({ "audience": ["a"], "tenants": ["b"] });
    let named = preset("entra-multi-tenant", &named).unwrap();
    let named: Value = serde_json::from_str(named.policy().unwrap()).unwrap();
    assert_eq!(named["issuers"][0]["tenants"], json!(["b"]));
    let any = preset("entra-multi-tenant", &json!({ "audience": ["a"], "tenants": null })).unwrap();
    assert!(any.policy().unwrap().contains(r#""tenants":null"#));
    assert!(preset("entra-multi-tenant", &json!({ "audience": ["a"] })).is_err());
}

#[test]
fn names_and_facts_are_complete() {
    let names = Provider::all().map(|line| line.name()).collect::<Vec<_>>();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len());
    for line in Provider::all() {
        let fact = line.facts().unwrap_or_else(|| panic!("{} has no source", line.name()));
        assert!(fact.source.starts_with("https://"));
        assert_eq!(fact.read.len(), "2026-11".len());
        assert!(!line.token().is_empty());
        assert_eq!(Provider::parse(&line.example()).unwrap().name(), line.name());
    }
}

#[test]
fn a_line_says_what_the_provider_is() {
    let lines = Provider::all().collect::<Vec<_>>();
    let line = |name: &str| *lines.iter().find(|line| line.name() == name).unwrap();
    let cognito = line("cognito");
    assert_eq!(cognito.token(), "access tokens of an Amazon Cognito user pool");
    assert_eq!(cognito.example(), "cognito:eu-west-1_AbCdEf123");
    assert_eq!(cognito.verifier(), "policy");
    assert_eq!(cognito.options().first(), Some(&"client_ids"));
    let demands = cognito.demands().collect::<Vec<_>>();
    let demanded: &[&str] = &["client_ids"];
    assert_eq!(demands, [(demanded, "the app clients whose tokens you accept")]);
    assert_eq!(cognito.facts().unwrap().source, "https://github.com/awslabs/aws-jwt-verify");
    assert_eq!(cognito.facts().unwrap().unconfirmed, "");
    assert_eq!(line("entra-v1").facts().unwrap().unconfirmed, "the URL of the JWK Set");
    // No parameter, no colon.
    assert_eq!(line("slack").example(), "slack");
    let verifiers =
        ["slack", "rfc9068", "alb", "microsoft-graph"].map(|name| line(name).verifier());
    assert_eq!(verifiers, ["id-token", "access-token", "load-balancer", "none"]);
    // The parameter, which may name a tenant, is not shown.
    let provider = Provider::parse("cognito:eu-west-1_Secret").unwrap();
    assert_eq!(format!("{provider:?}"), "cognito");
    assert_eq!(format!("{:?}", provider.clone()), provider.name());
}

/// `testvectors/presets/presets.json`, which every language can run.
#[test]
fn the_presets_are_those_of_the_vectors() {
    let file = include_str!("../../../testvectors/presets/presets.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let mut names = Vec::new();
    for case in file["presets"].as_array().unwrap() {
        let text = case["provider"].as_str().unwrap();
        let made = preset(text, &case["options"]);
        match made {
            Ok(preset) => {
                let whole: Value = serde_json::from_str(&preset.to_json()).unwrap();
                assert_eq!(whole, case["preset"], "{text}");
                names.push(Provider::parse(text).unwrap().name());
            }
            Err(error) => {
                let shown = json!({ "code": error.code(), "member": error.member() });
                assert_eq!(shown, case["error"], "{text}: {error}");
            }
        }
    }
    for line in lines() {
        assert!(names.contains(&line.name()), "{} is in no vector", line.name());
    }
    let vectors = include_str!("../../../testvectors/providers.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let kinds = [("policy", "policy"), ("profile", "profile"), ("load_balancer", "alb")];
    for case in file["presets"].as_array().unwrap() {
        for (kind, member) in kinds {
            let document = &case["preset"][kind];
            let mut cases = vectors["cases"].as_array().unwrap().iter();
            let known = document.is_null() || cases.any(|case| case[member] == *document);
            assert!(known, "no token is verified with {} {document}", case["provider"]);
        }
    }
}
