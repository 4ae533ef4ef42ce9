//! Issuer templates: tenants known at run time, sets of verifiers, and keys with an issuer.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{keys, now, token, verifier};
use verijot::verify::VerifierSetError;
use verijot::{
    Audiences, Error, Issuers, JwkSet, Policy, Revocation, Rule, TenantIds, TokenCache, Verifier,
    VerifierSet,
};

const TEMPLATE: &str = "https://login.example/{tenant}/v2.0";

fn of_tenants(tenants: TenantIds) -> Policy {
    Policy::new(Issuers::template(TEMPLATE, "tid", tenants), Audiences::any())
        .allow_missing_expiry()
}

fn token_of_tenant(tenant: &str) -> String {
    token(&format!(r#"{{"iss":"https://login.example/{tenant}/v2.0","tid":"{tenant}"}}"#))
}

fn code<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "valid",
        Err(error) => error.code(),
    }
}

#[test]
fn tenants_can_be_known_at_run_time() {
    let issuers = Issuers::template(TEMPLATE, "tid", TenantIds::any()).or(Issuers::only("named"));
    let policy = Policy::new(issuers, Audiences::any()).allow_missing_expiry();
    let verifier = verifier(policy)
        .with_known_tenants(|tenant| tenant == "t1" || tenant == "closed")
        .with_known_tenants(|tenant| tenant != "closed");
    let verdict = |token: &str| code(verifier.verify(token, &keys(), now()));
    assert_eq!(verdict(&token_of_tenant("t1")), "valid");
    assert_eq!(verdict(&token_of_tenant("t2")), "wrong_issuer");
    assert_eq!(verdict(&token_of_tenant("closed")), "wrong_issuer");
    assert_eq!(verdict(&token(r#"{"iss":"named"}"#)), "valid");
    let error = verifier.verify(token_of_tenant("t2"), &keys(), now()).unwrap_err();
    assert_eq!(error.expected().unwrap(), format!("named, {TEMPLATE}"));
}

#[test]
fn the_caller_is_asked_after_every_other_check_and_before_revocation() {
    let policy = of_tenants(TenantIds::any()).claim("role", Rule::equals("admin"));
    let asked = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&asked);
    let verifier = verifier(policy).with_revocation(|_| Revocation::Revoked).with_known_tenants(
        move |tenant| {
            note.store(true, Ordering::Relaxed);
            tenant == "t1"
        },
    );
    let verdict = |tenant: &str, role: &str| {
        let issuer = format!("https://login.example/{tenant}/v2.0");
        let raw = token(&format!(r#"{{"iss":"{issuer}","tid":"{tenant}","role":"{role}"}}"#));
        let explained = verifier.explain(&raw, &keys(), now());
        let code = code(verifier.verify(raw, &keys(), now()));
        assert_eq!(explained.verdict().unwrap_err().code(), code);
        code
    };
    assert_eq!(verdict("t2", "user"), "wrong_claim");
    assert!(!asked.load(Ordering::Relaxed));
    assert_eq!(verdict("t2", "admin"), "wrong_issuer");
    assert_eq!(verdict("t1", "admin"), "revoked");
}

#[test]
fn a_binding_asks_for_the_tenant_itself() {
    let issuers = Issuers::template(TEMPLATE, "tid", TenantIds::one_of(["t1", "t2"]));
    let named = Issuers::only("https://login.example/t2/v2.0");
    let of = |issuers| verifier(Policy::new(issuers, Audiences::any()));
    let verifier = of(issuers.or(named));
    assert_eq!(verifier.tenant_of("https://login.example/t1/v2.0"), Some("t1"));
    for without in ["https://login.example/t2/v2.0", "https://login.example/t3/v2.0", "t1", ""] {
        assert_eq!(verifier.tenant_of(without), None, "{without}");
    }
    assert_eq!(of(Issuers::any()).tenant_of("https://login.example/t1/v2.0"), None);
    let error = verifier.unknown_tenant("https://login.example/t1/v2.0");
    assert_eq!(error.code(), "wrong_issuer");
    assert_eq!(error.expected().unwrap(), format!("https://login.example/t2/v2.0, {TEMPLATE}"));
}

#[test]
fn a_cache_asks_for_the_tenant_of_every_token() {
    let is_known = Arc::new(AtomicBool::new(true));
    let answer = Arc::clone(&is_known);
    let verifier = verifier(of_tenants(TenantIds::any()))
        .with_known_tenants(move |_| answer.load(Ordering::Relaxed));
    let (keys, token) = (keys(), token_of_tenant("t1"));
    let mut cache = TokenCache::new(4);
    assert!(cache.verify(&verifier, &token, &keys, now()).is_ok());
    is_known.store(false, Ordering::Relaxed);
    assert_eq!(cache.len(), 1);
    assert_eq!(code(cache.verify(&verifier, &token, &keys, now())), "wrong_issuer");
    is_known.store(true, Ordering::Relaxed);
    assert_eq!(code(cache.verify(&verifier, &token, &keys, now())), "valid");
}

#[test]
fn a_set_finds_names_before_templates() {
    let named = Policy::new(Issuers::only("https://login.example/t1/v2.0"), Audiences::any());
    let named = named.allow_missing_expiry().claim("named", Rule::boolean(true));
    let members = [
        (verifier(of_tenants(TenantIds::one_of(["t1", "t2"]))), keys()),
        (verifier(of_tenants(TenantIds::one_of(["t3"]))), keys()),
        (verifier(named), keys()),
    ];
    let set = VerifierSet::new(members).unwrap();
    let verdict = |tenant| code(set.verify(token_of_tenant(tenant), now()));
    // The policy that names the issuer wants a claim.
    assert_eq!(verdict("t1"), "missing_claim");
    assert_eq!(verdict("t2"), "valid");
    assert_eq!(verdict("t3"), "valid");
    assert_eq!(verdict("t4"), "wrong_issuer");
    let found = |issuer: &str| set.of_issuer(issuer).map(|(verifier, _)| verifier.policy().clone());
    let of_t3 = of_tenants(TenantIds::one_of(["t3"]));
    assert_eq!(found("https://login.example/t3/v2.0"), Some(of_t3));
    assert!(found("https://login.example/t4/v2.0").is_none() && found(TEMPLATE).is_none());
    // The tenant that selects the verifier is checked again with its claim.
    let other = token(r#"{"iss":"https://login.example/t3/v2.0","tid":"t2"}"#);
    assert_eq!(code(set.verify(other, now())), "wrong_issuer");
}

#[test]
fn templates_that_could_meet_cannot_form_a_set() {
    let set = |templates: [&str; 2]| {
        VerifierSet::new(templates.map(|template| {
            let issuers = Issuers::template(template, "tid", TenantIds::any());
            (Verifier::new(Policy::new(issuers, Audiences::any())).unwrap(), keys())
        }))
        .map(|_| ())
    };
    for (one, two) in [
        (TEMPLATE, TEMPLATE),
        (TEMPLATE, "https://login.example/{other}/v2.0"),
        ("a{t}b", "aa{t}b"),
        ("a{t}b", "a{t}bb"),
        ("a{t}b", "a-{t}-b"),
        ("ab{t}c", "a{t}dc"),
        ("a{t}/b-c/d", "ax/b{t}/d"),
    ] {
        for templates in [[one, two], [two, one]] {
            let Err(VerifierSetError::SharedIssuer { issuer }) = set(templates) else {
                panic!("{templates:?}")
            };
            assert_eq!(issuer, templates[1]);
        }
    }
    for (one, two) in [
        (TEMPLATE, "https://login.example/{tenant}/"),
        (TEMPLATE, "https://login.example/x/{tenant}/v2.0"),
        ("a{t}b", "c{t}b"),
        ("a{t}b", "a{t}c"),
        ("a{t}b", "a.{t}b"),
        ("a{t}b", "a{t}.b"),
        ("a{t}/b/c", "ax/b{t}c/b/c"),
        ("a{t}/bc", "ax/{t}/bc"),
    ] {
        for templates in [[one, two], [two, one]] {
            assert!(set(templates).is_ok(), "{templates:?}");
        }
    }
}

#[test]
fn a_key_says_which_issuer_it_is_for() {
    let set = |issuer: &str| {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","issuer":{issuer}}}"#);
        JwkSet::from_json(format!(r#"{{"keys":[{key}]}}"#)).unwrap()
    };
    let marked = set(r#""https://login.example/{tenant}/v2.0""#);
    assert_eq!(marked.keys()[0].issuer(), Some(TEMPLATE));
    assert_eq!(marked.without_keys_at(&[]).keys()[0].issuer(), Some(TEMPLATE));
    for other in ["5", "null", r#""CN=a""#, "[]"] {
        assert_eq!(set(other).keys()[0].issuer(), None, "{other}");
    }
    assert_eq!(keys().keys()[0].issuer(), None);
}

#[test]
fn named_and_waived_issuers_contradict_each_other() {
    for issuers in [
        Issuers::any().or(Issuers::only("a")),
        Issuers::only("a").or(Issuers::any()),
        Issuers::template(TEMPLATE, "tid", TenantIds::any()).or(Issuers::any()),
    ] {
        let error = Verifier::new(Policy::new(issuers, Audiences::any())).unwrap_err();
        assert_eq!(error.member(), Some("issuers"));
    }
    let waived = Policy::new(Issuers::any().or(Issuers::any()), Audiences::any());
    assert_eq!(waived, Policy::new(Issuers::any(), Audiences::any()));
    let nothing = Policy::new(Issuers::any(), Audiences::any().in_claim("client_id"));
    assert_eq!(Verifier::new(nothing).unwrap_err().member(), Some("audiences"));
}
