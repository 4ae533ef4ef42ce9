//! What a verified token contains: registered claims, the caller's types, exact octets, grants.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![cfg(feature = "ring")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::common::{self, EIGHTEEN_CLAIMS, keys, now, token, token_of, verifier, waived};
use serde::Deserialize;
use verijot::crypto::default_provider;
use verijot::request::scopes_in;
use verijot::{Algorithm, ClaimPath, Error, JwkSet, Key, Verified};

fn verified(payload: &str) -> Verified {
    verifier(waived()).verify(token(payload), &keys(), now()).unwrap()
}

#[test]
fn registered_claims_have_accessors() {
    let verified = verified(EIGHTEEN_CLAIMS);
    assert_eq!(verified.issuer(), Some("https://issuer.example/tenant/4f1c"));
    assert_eq!(verified.subject(), Some("auth0|5f7c8ec7c33c6c004bbafe82"));
    assert_eq!(
        verified.audience().collect::<Vec<_>>(),
        ["https://api.example", "https://issuer.example/userinfo"]
    );
    assert_eq!(verified.expires_at().unwrap().seconds(), 1_700_003_600);
    assert_eq!(verified.not_before().unwrap().seconds(), 1_699_999_990);
    assert_eq!(verified.issued_at().unwrap().to_string(), "1699999990");
    assert_eq!(verified.id(), Some("01HF2Z7K8Q4W9E5R6T7Y8U9I0P"));
    assert_eq!(verified.payload(), EIGHTEEN_CLAIMS.as_bytes());
}

#[test]
fn missing_claims_are_none() {
    let verified = verified("{}");
    assert_eq!(verified.issuer(), None);
    assert_eq!(verified.audience().count(), 0);
    assert!(verified.expires_at().is_none());
    assert!(verified.scopes().is_empty());
}

#[test]
fn escaped_claims_are_returned_unescaped() {
    let verified = verified(r#"{ "s\u0075b" : "\u00e4\n\"", "aud" : "\u0061" , "\u006ati":"x" }"#);
    assert_eq!(verified.subject(), Some("ä\n\""));
    assert_eq!(verified.audience().collect::<Vec<_>>(), ["a"]);
    assert_eq!(verified.id(), Some("x"));
}

#[test]
fn claims_become_the_callers_type() {
    #[derive(Deserialize, PartialEq, Debug)]
    struct User<'t> {
        sub: Cow<'t, str>,
        email: &'t str,
        roles: Vec<&'t str>,
        nickname: Option<String>,
        #[serde(flatten)]
        others: BTreeMap<String, serde_json::Value>,
    }
    let verified = verified(EIGHTEEN_CLAIMS);
    let user: User<'_> = verified.claims().unwrap();
    assert_eq!(user.email, "alice@example.com");
    assert_eq!(user.roles, ["admin", "editor"]);
    assert_eq!(user.others["level"], 3);
}

#[test]
fn a_type_error_names_the_claim_and_no_value() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Typed {
        level: u8,
        nested: Inner,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Inner {
        count: u8,
    }
    let mismatch = |payload: &str| {
        let error = verified(payload).claims::<Typed>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hidden"), "{error:?}");
        (error.code(), error.claim().unwrap().to_string())
    };
    assert_eq!(mismatch(r#"{"nested":{"count":1}}"#), ("missing_claim", "level".to_owned()));
    assert_eq!(
        mismatch("{\"a\":1,\n \"level\":\"hidden\",\n\"nested\":{\"count\":1}}"),
        ("invalid_claim", "level".to_owned())
    );
    assert_eq!(
        mismatch(r#"{"level":1,"nested":{"x":[1,2],"count":"hidden"},"z":0}"#),
        ("invalid_claim", "nested".to_owned())
    );
    assert_eq!(mismatch(r#"{"level":300,"nested":{"count":1}}"#).1, "level");
}

#[test]
fn scopes_and_roles_are_read_in_each_form() {
    let scopes = |payload: &str| verified(payload).scopes().join("|");
    assert_eq!(scopes(r#"{"scope":"a b  c"}"#), "a|b|c");
    assert_eq!(scopes(r#"{"scp":"a b"}"#), "a|b");
    assert_eq!(scopes(r#"{"scp":["a","b"]}"#), "a|b");
    assert_eq!(scopes(r#"{"scope":"\u0061 b"}"#), "a|b");
    assert_eq!(scopes(r#"{"scope":"a","scp":["b"]}"#), "a");
    assert_eq!(scopes(r#"{"scope":["a","b c"],"scp":"d"}"#), "a|b c");
    for nothing in [r#"{"scope":1}"#, r#"{"scope":["a",1]}"#, r#"{"scp":[1]}"#, r#"{"scope":""}"#] {
        assert_eq!(scopes(nothing), "", "{nothing}");
    }
    let token = verified(r#"{"realm_access":{"roles":["admin"]},"role":"one","x":{"roles":[1]}}"#);
    assert!(token.has_role(&ClaimPath::from("realm_access.roles"), "admin"));
    assert!(!token.has_role(&ClaimPath::from("realm_access.roles"), "adm"));
    assert_eq!(token.roles(&ClaimPath::from("role")), ["one"]);
    assert!(token.roles(&ClaimPath::from("x.roles")).is_empty());
    assert!(token.roles(&ClaimPath::from("y.roles")).is_empty());
    assert!(!token.has_scope("admin"));
}

#[test]
fn scopes_are_read_from_a_payload_alone_as_from_the_token() {
    for (payload, scopes) in [
        (r#"{"scope":"a b  c"}"#, &["a", "b", "c"][..]),
        (r#"{"scope":"\u0061 b"}"#, &["a", "b"]),
        (r#"{"scp":["a","b c",""]}"#, &["a", "b c"]),
        (r#"{"scope":["a",1]}"#, &[]),
        (r#"{"scope":null}"#, &[]),
        ("{}", &[]),
    ] {
        assert_eq!(scopes_in(payload), scopes, "{payload}");
        assert_eq!(verified(payload).scopes(), scopes, "{payload}");
    }
    for payload in
        ["", "[]", r#"{"scope":"a""#, r#"{"scope":"a"}{}"#, r#"{"scope":"a","scope":"a"}"#]
    {
        assert!(scopes_in(payload).is_empty(), "{payload}");
    }
}

#[test]
fn debug_shows_no_claim_and_errors_show_no_other_claim() {
    let debug = format!("{:?}", verified(EIGHTEEN_CLAIMS));
    assert!(!debug.contains("alice") && !debug.contains("issuer.example"), "{debug}");
    let policy = waived().expect_claim("nonce", "expected-nonce");
    let error =
        verifier(policy).verify(token(r#"{"nonce":"stolen-nonce"}"#), &keys(), now()).unwrap_err();
    assert_eq!(error, Error::WrongClaim { claim: "nonce".to_owned() });
    assert!(!format!("{error} {error:?}").contains("stolen"));
}

#[test]
fn roles_are_read_from_a_payload_alone_as_from_the_token() {
    let path = ClaimPath::from("realm_access.roles");
    let payload = r#"{"realm_access":{"roles":["admin","\u0061udit\u006fr"]}}"#;
    assert_eq!(path.roles_in(payload), ["admin", "auditor"]);
    assert_eq!(path.roles_in(payload), verified(payload).roles(&path));
    assert_eq!(ClaimPath::from("role").roles_in(r#"{"role":"one two"}"#), ["one two"]);
    for nothing in ["", "[]", "{}", r#"{"realm_access":{"roles":1}}"#, r#"{"a":1,"a":2}"#] {
        assert!(path.roles_in(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn scopes_and_roles_that_are_not_granted_are_missing() {
    let token = verified(r#"{"scope":"a b\u0063","x":{"roles":["r","\u0073"]},"role":"o\u006ee"}"#);
    for (scope, granted) in [("a", true), ("bc", true), ("b", false), ("a bc", false), ("", false)]
    {
        assert_eq!(token.has_scope(scope), granted, "{scope}");
    }
    let roles = ClaimPath::from("x.roles");
    assert!(token.has_role(&roles, "r") && token.has_role(&roles, "s"));
    assert!(!token.has_role(&roles, "rs"));
    let role = ClaimPath::from("role");
    assert!(token.has_role(&role, "one") && !token.has_role(&role, "o"));
    assert_eq!(token.scopes(), ["a", "bc"]);
    assert!(!verified(r#"{"scope":1,"scp":["a"]}"#).has_scope("a"));
    assert!(!verified(r#"{"role":[1,"one"]}"#).has_role(&role, "one"));
    assert!(!verified("{}").has_role(&role, ""));
    let array = verified(r#"{"scp":["a b","c"]}"#);
    assert!(array.has_scope("a b") && array.has_scope("c") && !array.has_scope("a"));
}

#[test]
fn a_verified_token_has_its_header_algorithm_and_key() {
    let header = r#"{"alg":"HS256","typ":"at+jwt","cty":"a\u0062","kid":"k"}"#;
    let token = token_of(header, b"{}");
    let plain = token_of(r#"{"alg":"HS256"}"#, b"any octets \xff");
    let named = || {
        let key = Key::from_secret(common::SECRET, Algorithm::Hs256, default_provider());
        JwkSet::from_keys([key.unwrap().with_id("k")])
    };
    let verified = verifier(waived()).verify(&token, &named(), now()).unwrap();
    assert_eq!(verified.header().algorithm(), Some(Algorithm::Hs256));
    assert_eq!(verified.header().algorithm_name(), "HS256");
    assert_eq!(verified.header().token_type(), Some("at+jwt"));
    assert_eq!(verified.header().content_type(), Some("ab"));
    assert_eq!(verified.header().json(), header);
    assert_eq!((verified.algorithm(), verified.key_id()), (Algorithm::Hs256, Some("k")));

    // For a token without a kid, the kid of its key is returned.
    let jws = verifier(waived()).verify_jws(&plain, &named()).unwrap();
    assert_eq!(jws.payload(), b"any octets \xff");
    assert_eq!((jws.algorithm(), jws.key_id()), (Algorithm::Hs256, Some("k")));
    assert_eq!(jws.header().key_id(), None);
    assert_eq!(jws.header().content_type(), None);
    let anonymous = verifier(waived()).verify_jws(&plain, &keys()).unwrap();
    assert_eq!(anonymous.key_id(), None);
    let shown = format!("{jws:?} {verified:?}");
    assert!(shown.contains("HS256") && !shown.contains("any octets"), "{shown}");
}
