//! Tokens of well-known providers, under the documents that verijot's presets give.
//!
//! What the tokens are like was written down here from the providers' guides; the documents come
//! from the presets, and each of their checks is violated once.

use serde_json::{Map, Value, json};
use verijot::ClaimPath;
use verijot::provider::{Preset, Provider};

use super::load_balancers;
use super::provider_tokens::{IDENTITY_PLATFORMS, SIGN_IN, WORKLOADS};
use crate::case::{Case, case};
use crate::{der, keys, signing};

/// A token as its provider writes it, and the preset for it.
pub(super) struct Line {
    /// With its parameter.
    pub(super) provider: &'static str,
    /// JSON.
    pub(super) options: &'static str,
    /// What to add to the ids: more than one line may have the same provider.
    pub(super) id: &'static str,
    pub(super) algorithm: &'static str,
    /// JSON: the header without `alg` and `kid`.
    pub(super) header: &'static str,
    /// JSON: the claims without `iat` and `exp`.
    pub(super) claims: &'static str,
}

/// Each line: accepted, and each of its checks refused.
pub fn providers() -> Vec<Case> {
    let lines = SIGN_IN.iter().chain(&IDENTITY_PLATFORMS).chain(&WORKLOADS);
    let mut cases: Vec<Case> = lines.flat_map(of_line).collect();
    cases.extend(several_tenants());
    cases.extend(load_balancers());
    cases.extend(not_for_you());
    cases
}

/// The presets of all lines, for `presets/presets.json`.
pub fn presets() -> Vec<Value> {
    let lines = SIGN_IN.iter().chain(&IDENTITY_PLATFORMS).chain(&WORKLOADS);
    let mut presets: Vec<Value> = lines
        .map(|line| accepted(line.provider, line.options))
        .chain([
            accepted("entra-multi-tenant", TENANTS),
            accepted("entra-multi-tenant", r#"{"audience":["api://notes"],"tenants":null}"#),
            accepted("alb:eu-west-1", ALB_OPTIONS),
            accepted(
                "kratos:accounts.example.com",
                r#"{"jwks_url":"https://accounts.example.com/jwks.json"}"#,
            ),
            accepted(
                "spiffe:prod.example.com",
                r#"{"audience":["notes"],"jwks_url":"https://spire.example.com/bundle"}"#,
            ),
        ])
        .collect();
    for (provider, options) in [
        ("microsoft-graph", "{}"),
        ("okta-org:acme.okta.com", "{}"),
        ("unknown", "{}"),
        ("cognito", "{}"),
        ("cognito:eu-west-1", "{}"),
        ("auth0:https://acme.eu.auth0.com/", "{}"),
        ("entra:common", r#"{"audience":["a"]}"#),
        ("google:x", r#"{"client_ids":["a"]}"#),
        ("github-actions", r#"{"audience":["a"]}"#),
        ("github-actions", r#"{"repository_ids":["1"]}"#),
        ("gitlab-ci:gitlab.com", r#"{"audience":["a"]}"#),
        ("kubernetes:oidc.example.com", r#"{"audience":["a"]}"#),
        ("clerk:clerk.example.com", "{}"),
        ("entra-multi-tenant", r#"{"audience":["a"]}"#),
        ("alb:eu-west-1", r#"{"client_ids":["a"],"issuers":null}"#),
        ("cognito:eu-west-1_a", r#"{"client_ids":[]}"#),
        ("cognito:eu-west-1_a", r#"{"client_ids":[""]}"#),
        ("cognito:eu-west-1_a", r#"{"client_ids":"a"}"#),
        ("cognito:eu-west-1_a", r#"{"client_ids":["a"],"audience":["b"]}"#),
        ("cognito:eu-west-1_a", r#"{"client_ids":["a"],"policy":{"issuers":null}}"#),
        ("slack", r#"{"client_id":["a"]}"#),
    ] {
        presets.push(refused(provider, options));
    }
    presets
}

fn accepted(provider: &str, options: &str) -> Value {
    let preset = preset(provider, options);
    let whole: Value = serde_json::from_str(&preset.to_json()).expect("a preset is JSON");
    json!({ "provider": provider, "options": object(options), "preset": whole })
}

fn refused(provider: &str, options: &str) -> Value {
    let error = Provider::parse(provider).and_then(|provider| provider.preset(options));
    let error = error.expect_err(provider);
    let expected = json!({ "code": error.code(), "member": error.member() });
    json!({ "provider": provider, "options": object(options), "error": expected })
}

fn preset(provider: &str, options: &str) -> Preset {
    let preset = Provider::parse(provider).and_then(|provider| provider.preset(options));
    preset.unwrap_or_else(|error| panic!("{provider}: {error}"))
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn of_line(line: &Line) -> Vec<Case> {
    let document = document(line);
    let mut cases = vec![
        one(line, "", "a token as the provider writes it").valid(),
        one(line, "rotation", "a token while keys are rotated").keys(two_keys(line)).valid(),
        one(line, "more", "more claims, some of them null, and nbf before iat")
            .payload(payload(
                line,
                &json!({ "x": null, "https://x.example/y": [1], "nbf": 1_699_999_400 }),
            ))
            .valid(),
    ];
    let changed = |id: &str, title: &str, changes: Value| {
        one(line, id, title).payload(payload(line, &changes))
    };
    if ["issuers", "issuer"].iter().any(|name| document.get(*name).is_some_and(|it| !it.is_null()))
    {
        cases.push(
            changed("issuer", "another issuer", json!({ "iss": "https://issuer.example" }))
                .claim_error("wrong_issuer", "iss"),
        );
    }
    let audiences = document.get("audiences").unwrap_or(&Value::Null);
    let in_claim = audiences.get("in_claim").and_then(Value::as_str);
    if let Some(claim) = in_claim {
        cases.push(
            changed("client", "another client", json!({ claim: "other" }))
                .claim_error("wrong_claim", claim),
        );
    }
    if !audiences.is_null() || document.contains_key("client_id") {
        cases.push(
            changed("audience", "another audience", json!({ "aud": "other" }))
                .claim_error("wrong_audience", "aud"),
        );
    }
    if audiences.get("exactly").is_some() || document.contains_key("client_id") {
        let own = object(line.claims).get("aud").cloned().unwrap_or_default();
        let own = own.as_array().and_then(|all| all.first().cloned()).unwrap_or(own);
        cases.push(
            changed(
                "audience-beside",
                "another audience beside",
                json!({ "aud": [own, "other"], "azp": own }),
            )
            .claim_error("wrong_audience", "aud"),
        );
    }
    cases.push(expired(line));
    cases.extend(other_algorithm(line));
    cases.extend(rules(line, &document));
    if line.provider.starts_with("firebase-session") {
        cases = cases.into_iter().map(under_certificates).collect();
    }
    cases
}

/// Firebase publishes the keys of session cookies as certificates alone.
fn under_certificates(case: Case) -> Case {
    let certificate = |key: &str| der::certificate(&der::rsa_spki(key));
    let map = json!({ "rsa-other": certificate("rsa-other"), "rsa": certificate("rsa") });
    case.requires("certificate-map").jwks_text(map.to_string()).jwks_certificates(&["RS256"])
}

fn document(line: &Line) -> Map<String, Value> {
    let preset = preset(line.provider, line.options);
    let text = preset.policy().or(preset.profile()).expect("a policy or a profile");
    object(text)
}

/// A case with the document of the preset.
fn one(line: &Line, id: &str, title: &str) -> Case {
    let name = line.provider.split(':').next().unwrap_or_default();
    let parts = ["provider", name, line.id, id];
    let id = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let title = format!("{}: {title}", line.provider);
    let document = Value::Object(document(line));
    let (key, _) = key(line);
    let mut case = case(id, title, WHY, &["RFC 8725 §3.8"])
        .key(key, line.algorithm)
        .header(header(line, &json!({})))
        .payload(payload(line, &json!({})));
    case = if document.get("profile").is_some() {
        let login = document["profile"] == "id-token";
        let case = case.profile(document);
        if login { case.expectations(json!({ "any_nonce": true })) } else { case }
    } else {
        case.document(document)
    };
    if line.provider.starts_with("spiffe") {
        case = case.requires("key-purposes").jwks_purposes(&["jwt-svid"]);
    }
    case.keys([public(line)])
}

fn key(line: &Line) -> (&'static str, &'static str) {
    match line.algorithm {
        "ES256" => ("p256", "p256-other"),
        "EdDSA" => ("ed25519", "ed25519-other"),
        "HS256" => ("hmac-32", "hmac-other"),
        _ => ("rsa", "rsa-other"),
    }
}

fn public(line: &Line) -> Value {
    let usage = if line.provider.starts_with("spiffe") { "jwt-svid" } else { "sig" };
    keys::public_with(key(line).0, json!({ "use": usage }))
}

fn two_keys(line: &Line) -> Vec<Value> {
    vec![keys::public(key(line).1), public(line)]
}

fn header(line: &Line, changes: &Value) -> String {
    let mut header = object(line.header);
    header.insert("alg".into(), json!(line.algorithm));
    // LINE's tokens under the channel secret have none.
    if line.algorithm != "HS256" {
        header.insert("kid".into(), json!(key(line).0));
    }
    merge(&mut header, changes);
    Value::Object(header).to_string()
}

fn payload(line: &Line, changes: &Value) -> String {
    let mut claims = object(line.claims);
    claims.entry("iat").or_insert(json!(1_700_000_000));
    claims.entry("exp").or_insert(json!(1_700_000_300));
    for (name, value) in changes.as_object().expect("changes are an object") {
        claims.insert(name.clone(), value.clone());
    }
    Value::Object(claims).to_string()
}

fn merge(object: &mut Map<String, Value>, changes: &Value) {
    for (name, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            object.shift_remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
}

fn expired(line: &Line) -> Case {
    one(line, "expired", "31 seconds after exp").now("1700000331").claim_error("expired", "exp")
}

/// A key of the provider's set, but of another algorithm.
fn other_algorithm(line: &Line) -> Option<Case> {
    let document = document(line);
    let allowed = document.get("algorithms")?.as_array().cloned().unwrap_or_default();
    let (key, algorithm) = [("p384", "ES384"), ("hmac-48", "HS384")]
        .into_iter()
        .find(|(_, name)| !allowed.contains(&json!(name)))?;
    let mut header = object(line.header);
    header.insert("alg".into(), json!(algorithm));
    header.insert("kid".into(), json!(key));
    Some(
        one(line, "algorithm", algorithm)
            .key(key, algorithm)
            .header(Value::Object(header).to_string())
            .keys([public(line), keys::public(key)])
            .error("algorithm_not_allowed"),
    )
}

/// Each rule of the document, violated.
fn rules(line: &Line, document: &Map<String, Value>) -> Vec<Case> {
    let rules = document.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    let mut cases = Vec::new();
    for rule in &rules {
        let (wrong, code) = violation(rule);
        let (subject, case) = match rule.get("header").and_then(Value::as_str) {
            Some(name) => {
                let text = header(line, &json!({ name: wrong }));
                (format!("header.{name}"), one(line, &word(&["header", name]), name).header(text))
            }
            None => {
                let path = rule["path"].as_array().expect("a path");
                let names: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
                let mut claims = object(&payload(line, &json!({})));
                put(&mut claims, &names, wrong.clone());
                let text = Value::Object(claims).to_string();
                let path = ClaimPath::from_names(names.iter().copied()).to_string();
                let title = match code {
                    "missing_claim" => format!("without {path}"),
                    _ => format!("{path} is {wrong}"),
                };
                (path, one(line, &word(&names), &title).payload(text))
            }
        };
        // A second rule about a claim is violated by the same tokens.
        if seen.contains(&subject) {
            continue;
        }
        cases.push(case.claim_error(code, &subject));
        seen.push(subject);
    }
    cases
}

/// A value that the rule does not accept, and the code; null stands for none.
fn violation(rule: &Value) -> (Value, &'static str) {
    let is = rule.get("is").and_then(Value::as_str);
    match is {
        Some("not_empty") => (json!(""), "invalid_claim"),
        Some("date") => (json!("1700000000"), "invalid_claim"),
        Some("object") => (json!("x"), "invalid_claim"),
        _ if rule.get("has_key").is_some() => (json!({ "other": {} }), "wrong_claim"),
        _ if rule.get("contains_any").is_some() => (json!(["other"]), "wrong_claim"),
        _ => (json!("other"), "wrong_claim"),
    }
}

fn put(object: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [name] => {
            object.insert((*name).into(), value);
        }
        [name, rest @ ..] => {
            let inner = object.entry(*name).or_insert_with(|| json!({}));
            put(inner.as_object_mut().expect("an object"), rest, value);
        }
        [] => {}
    }
}

/// Names as a word of an id.
fn word(names: &[&str]) -> String {
    let text = names.join("-").to_lowercase();
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

const TENANT: &str = "0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a";
const OTHER_TENANT: &str = "99999999-2222-4333-8444-555555555555";
const TENANTS: &str =
    r#"{"audience":["api://notes"],"tenants":["0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a"]}"#;

/// Tenants and keys of Entra, which are marked with an issuer.
fn several_tenants() -> Vec<Case> {
    let line = Line {
        provider: "entra-multi-tenant",
        options: TENANTS,
        id: "",
        algorithm: "RS256",
        header: r#"{"typ":"JWT","x5t":"rsa"}"#,
        claims: r#"{"aud":"api://notes","iss":"https://login.microsoftonline.com/0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a/v2.0","azp":"11111111-1111-4111-8111-111111111111","oid":"o","scp":"read","sub":"alice","tid":"0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a","ver":"2.0"}"#,
    };
    let issuer = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let of = |tenant: &str| json!({ "iss": issuer(tenant), "tid": tenant });
    let marked = |issuer: &str| keys::public_with("rsa", json!({ "use": "sig", "issuer": issuer }));
    let mut cases = vec![
        one(&line, "", "a token of a named tenant").valid(),
        one(&line, "template-key", "a key for every tenant")
            .keys([marked("https://login.microsoftonline.com/{tenantid}/v2.0")])
            .valid(),
        one(&line, "own-key", "a key of this tenant").keys([marked(&issuer(TENANT))]).valid(),
        one(&line, "key", "a key of another tenant")
            .keys([marked(&issuer(OTHER_TENANT))])
            .claim_error("wrong_issuer", "iss"),
        one(&line, "tenant", "a tenant that is not named")
            .payload(payload(&line, &of(OTHER_TENANT)))
            .claim_error("wrong_issuer", "iss"),
        one(&line, "tid", "tid of another tenant than iss")
            .payload(payload(&line, &json!({ "tid": OTHER_TENANT })))
            .claim_error("wrong_issuer", "iss"),
        one(&line, "audience", "another audience")
            .payload(payload(&line, &json!({ "aud": "other" })))
            .claim_error("wrong_audience", "aud"),
    ];
    cases.extend(rules(&line, &document(&line)));
    let any = Line { options: r#"{"audience":["api://notes"],"tenants":null}"#, id: "any", ..line };
    cases.push(
        one(&any, "", "any tenant, if the caller says so")
            .payload(payload(&any, &of(OTHER_TENANT)))
            .valid(),
    );
    cases.push(
        one(&any, "issuer", "any tenant of this issuer alone")
            .payload(payload(&any, &json!({ "iss": "https://login.example/x/v2.0" })))
            .claim_error("wrong_issuer", "iss"),
    );
    cases
}

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
const ALB_OPTIONS: &str = r#"{"load_balancers":["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"],"client_ids":["notes"],"issuers":["https://id.example.com"]}"#;

fn load_balancers() -> Vec<Case> {
    let kid = "12345678-1234-1234-1234-123456789012";
    let preset = preset("alb:eu-west-1", ALB_OPTIONS);
    let document = preset.load_balancer().expect("a document of a load balancer");
    let document = Value::Object(object(document));
    let token = |changes: Value| {
        let mut header = json!({
            "typ": "JWT", "kid": kid, "alg": "ES256", "iss": "https://id.example.com",
            "client": "notes", "signer": ARN, "exp": 1_700_000_120,
        });
        merge(header.as_object_mut().expect("an object"), &changes);
        let claims = r#"{"sub":"alice","email":"alice@example.com","exp":1700000120,"iss":"https://id.example.com"}"#;
        load_balancers::padded(&header.to_string(), claims, "p256")
    };
    let one = |id: &str, title: &str, changes: Value| {
        case(
            format!("provider-alb{id}"),
            format!("alb:eu-west-1: {title}"),
            WHY,
            &["RFC 8725 §3.8"],
        )
        .requires("alb")
        .alb(document.clone())
        .keys([keys::renamed("p256", kid)])
        .token(token(changes))
    };
    let other = ARN.replace("123456789012", "999999999999");
    vec![
        one("", "a token of the named load balancer", json!({})).valid(),
        one("-no-typ", "without typ", json!({ "typ": null })).valid(),
        one("-signer", "a load balancer of somebody else", json!({ "signer": other }))
            .claim_error("wrong_claim", "signer"),
        one("-client", "another client", json!({ "client": "other" }))
            .claim_error("wrong_claim", "client"),
        one("-issuer", "another issuer", json!({ "iss": "https://x.example" }))
            .error("wrong_issuer"),
        one("-expired", "exp of the header has passed", json!({ "exp": 1_699_999_000 }))
            .error("expired"),
    ]
}

/// Tokens that nobody but the provider can verify.
fn not_for_you() -> Vec<Case> {
    let graph = Line {
        provider: "entra:0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a",
        options: r#"{"audience":["00000003-0000-0000-c000-000000000000"]}"#,
        id: "graph",
        algorithm: "RS256",
        header: r#"{"typ":"JWT","nonce":"n"}"#,
        claims: r#"{"aud":"00000003-0000-0000-c000-000000000000","iss":"https://login.microsoftonline.com/0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a/v2.0","azp":"a","sub":"alice","tid":"0f2c6a34-5b1e-4a77-9d3c-2b8f1c0d4e5a","ver":"2.0"}"#,
    };
    let hashed = header(&graph, &json!({ "nonce": "u7VPpLW1VOZ5KqZpK4hJZJ8Z6QnI8ZC8Y6sTgZsQd3g" }));
    let payload_of_graph = payload(&graph, &json!({}));
    let okta = Line {
        provider: "okta:acme.okta.com/default",
        options: r#"{"audience":["https://acme.okta.com"]}"#,
        id: "org",
        algorithm: "RS256",
        header: r#"{"typ":"application/okta-internal-at+jwt"}"#,
        claims: r#"{"aud":"https://acme.okta.com","iss":"https://acme.okta.com","cid":"c","sub":"alice"}"#,
    };
    vec![
        one(&graph, "", "a token for Microsoft Graph, signed with another nonce than it has")
            .signer(move |_| {
                let input =
                    format!("{}.{}", keys::encode(&hashed), keys::encode(&payload_of_graph));
                signing::sign("rsa", "RS256", input.as_bytes())
            })
            .error("invalid_signature"),
        one(&okta, "", "an access token of the org authorization server").error("unexpected_type"),
    ]
}

const WHY: &str =
    "A preset checks what the provider's guide says to check, and nothing is left to luck.";
