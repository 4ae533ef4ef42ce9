//! An explanation names the cause that a refusal probably has; no answer to a request does.
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(feature = "ring")]

use crate::common::{keys, now, token, token_of, verifier, waived};
use verijot::request::{Demand, GuardRules};
use verijot::{Audiences, ClaimPath, Explanation, Issuers, JwkSet, Policy};

const ISSUER: &str = "https://issuer.example";

/// Explains a token, checks that only the explanation has the hint, and returns the code and hint.
fn explained(policy: Policy, token: &str, keys: &JwkSet) -> (&'static str, Option<String>) {
    let explanation = verifier(policy).explain(token, keys, now());
    let error = explanation.verdict().unwrap_err().clone();
    let hint = explanation.hint().map(str::to_owned);
    let text = explanation.to_string();
    match &hint {
        Some(hint) => {
            assert!(text.ends_with(&format!("\nhint: {hint}")), "{text}");
            assert!(!error.to_string().contains(hint), "{error}");
            is_nowhere_in_the_answer(&explanation, hint);
        }
        None => assert!(!text.contains("hint"), "{text}"),
    }
    (error.code(), hint)
}

fn is_nowhere_in_the_answer(explanation: &Explanation, hint: &str) {
    let error = explanation.verdict().unwrap_err();
    let metadata = "https://api.example/.well-known/oauth-protected-resource";
    let rules = GuardRules::new(Demand::good_token()).with_realm("notes");
    let rules = rules.with_resource_metadata(metadata).unwrap();
    let answer = rules.answer(error);
    let whole = answer.headers().map(|(name, value)| format!("{name}: {value}\n"));
    let whole = whole.collect::<String>() + answer.body();
    assert!(!whole.contains(hint) && !whole.contains("hint"), "{whole}");
    // Only the code says why, so the answer would be the same without a hint.
    let fixed =
        ["WWW-Authenticate", "Content-Type", "Cache-Control", "application/json", "no-store"];
    let fixed =
        fixed.into_iter().chain(["Bearer", "realm", "notes", "resource_metadata", metadata]);
    let fixed = fixed.chain(["error_description", "invalid_token", "insufficient_scope", "error"]);
    let rest = fixed.fold(whole, |rest, word| rest.replace(word, ""));
    let words = rest.split(|character: char| !character.is_alphanumeric() && character != '_');
    let words = words.filter(|word| !word.is_empty() && *word != error.code());
    assert_eq!(words.collect::<Vec<_>>(), ["detail"], "{rest}");
}

fn only_issuer(issuer: &str) -> Policy {
    Policy::new(Issuers::only(issuer), Audiences::any()).allow_missing_expiry()
}

fn only_audience() -> Policy {
    Policy::new(Issuers::any(), Audiences::only("https://api.example")).allow_missing_expiry()
}

/// The policy's issuer, the token's, and a word of the hint.
#[test]
fn an_issuer_that_differs_by_a_slash_or_a_scheme() {
    for (expected, actual, word) in [
        (ISSUER, "https://issuer.example/", Some("slash")),
        ("https://issuer.example/a/", "https://issuer.example/a", Some("slash")),
        (ISSUER, "issuer.example", Some("scheme")),
        (ISSUER, "issuer.example/", Some("scheme")),
        (ISSUER, "http://issuer.example", Some("scheme")),
        ("accounts.google.com", "https://accounts.google.com", Some("scheme")),
        (ISSUER, "https://other.example", None),
        (ISSUER, "https://issuer.example/a", None),
        (ISSUER, "https://ISSUER.example", None),
        (ISSUER, "", None),
    ] {
        let claims = format!(r#"{{"iss":"{actual}"}}"#);
        let (code, hint) = explained(only_issuer(expected), &token(&claims), &keys());
        assert_eq!(code, "wrong_issuer");
        match word {
            Some(word) => assert!(hint.as_ref().unwrap().contains(word), "{actual}: {hint:?}"),
            None => assert_eq!(hint, None, "{actual}"),
        }
    }
    let several = Policy::new(Issuers::one_of(["https://a.example", ISSUER]), Audiences::any());
    let several = several.allow_missing_expiry();
    let (_, hint) = explained(several, &token(r#"{"iss":"https:\/\/issuer.example\/"}"#), &keys());
    assert!(hint.unwrap().contains("slash"));
}

#[test]
fn a_client_in_place_of_an_audience() {
    for (claims, word) in [
        (r#"{"client_id":"a"}"#, Some("client_id")),
        (r#"{"azp":"a"}"#, Some("azp")),
        (r#"{"azp":"a","client_id":"a"}"#, Some("client_id")),
        (r#"{"sub":"a"}"#, None),
    ] {
        let (code, hint) = explained(only_audience(), &token(claims), &keys());
        assert_eq!(code, "missing_claim");
        assert_eq!(
            hint.as_ref().map(|hint| hint.contains(word.unwrap_or("?"))),
            word.map(|_| true)
        );
    }
    let other = waived().require_claims(["sub"]);
    assert_eq!(explained(other, &token(r#"{"client_id":"a"}"#), &keys()), ("missing_claim", None));
}

#[test]
fn padding_of_a_load_balancer() {
    for (token, padded) in [
        ("eyJ9.e30=.AA==", true),
        ("eyJ9.e30.AA==", true),
        ("eyJ9=.e30.AA", true),
        ("eyJ9.e3=0.AA", false),
        ("eyJ9.e30", false),
        ("eyJ9.e+0.AA", false),
        ("", false),
        ("=", true),
    ] {
        let (code, hint) = explained(waived(), token, &keys());
        assert_eq!(code, "malformed_token", "{token}");
        assert_eq!(hint.is_some(), padded, "{token}");
        assert!(hint.is_none_or(|hint| hint.contains("Application Load Balancers")), "{token}");
    }
}

#[test]
fn a_token_for_microsoft_graph() {
    let forged = |header: &str| token_of(header, b"{}") + "AAAA";
    let (code, hint) = explained(waived(), &forged(r#"{"alg":"HS256","nonce":"a"}"#), &keys());
    assert_eq!(code, "invalid_signature");
    assert!(hint.unwrap().contains("Microsoft Graph"));
    let (code, hint) = explained(waived(), &forged(r#"{"alg":"HS256"}"#), &keys());
    assert_eq!((code, hint), ("invalid_signature", None));
}

#[test]
fn an_id_token_where_an_access_token_is_meant() {
    let id_token = r#"{"aud":"client","nonce":"n","at_hash":"h","scp":5}"#;
    let role = |policy: Policy| policy.require_roles(ClaimPath::from("roles"), ["a"]);
    for (policy, code) in [
        (only_audience(), "wrong_audience"),
        (waived().require_claims(["client_id"]), "missing_claim"),
        (waived().types(["at+jwt"]), "unexpected_type"),
        (role(waived()), "insufficient_scope"),
    ] {
        let (found, hint) = explained(policy.clone(), &token(id_token), &keys());
        assert_eq!(found, code);
        let hint = hint.unwrap();
        assert!(hint.contains("nonce and at_hash") && hint.contains("ID tokens"), "{hint}");
        let (found, hint) = explained(policy, &token(r#"{"aud":"client"}"#), &keys());
        assert_eq!((found, hint), (code, None));
    }
    let policy = waived().expect_claim("token_use", "access");
    let (code, hint) = explained(policy, &token(r#"{"token_use":"id","at_hash":"h"}"#), &keys());
    assert_eq!(code, "wrong_claim");
    assert!(hint.unwrap().contains("has at_hash,"));
}

#[test]
fn an_access_token_where_an_id_token_is_meant() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let access = token_of(&format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#), b"{}");
        for (policy, code) in [
            (waived().types(["JWT"]), "unexpected_type"),
            (waived().require_claims(["nonce"]), "missing_claim"),
        ] {
            let (found, hint) = explained(policy, &access, &keys());
            assert_eq!(found, code, "{typ}");
            assert!(hint.unwrap().contains("access token"), "{typ}");
        }
    }
    let other = token_of(r#"{"alg":"HS256","typ":"logout+jwt"}"#, b"{}");
    assert_eq!(explained(waived().types(["JWT"]), &other, &keys()), ("unexpected_type", None));
    let untyped = explained(waived().require_claims(["nonce"]), &token("{}"), &keys());
    assert_eq!(untyped, ("missing_claim", None));
}

/// A key of a bundle of SPIFFE, and one that is only a certificate.
#[test]
fn a_key_that_the_set_has_but_skips() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let svid = format!(r#"{{"kty":"OKP","crv":"Ed25519","use":"jwt-svid","kid":"a","x":"{x}"}}"#);
    let certificate = r#"{"kty":"RSA","kid":"b","x5c":["AAAA"]}"#;
    let keys = JwkSet::from_json(format!(r#"{{"keys":[{svid},{certificate}]}}"#)).unwrap();
    let policy = || waived().algorithms([verijot::Algorithm::Hs256, verijot::Algorithm::EdDsa]);
    let of = |kid: &str| token_of(&format!(r#"{{"alg":"EdDSA"{kid}}}"#), b"{}");
    for (kid, reason) in [
        (r#","kid":"a""#, Some("not_for_signatures")),
        (r#","kid":"b""#, Some("malformed_key")),
        ("", Some("not_for_signatures")),
        (r#","kid":"c""#, None),
    ] {
        let (code, hint) = explained(policy(), &of(kid), &keys);
        assert_eq!(code, "unknown_key", "{kid}");
        assert_eq!(hint.is_some(), reason.is_some(), "{kid}");
        assert!(hint.is_none_or(|hint| hint.contains(reason.unwrap())), "{kid}");
    }
}

#[test]
fn other_refusals_and_accepted_tokens_have_no_hint() {
    let accepted = verifier(waived()).explain(token("{}"), &keys(), now());
    assert!(accepted.verdict().is_ok());
    assert_eq!(accepted.hint(), None);
    assert!(accepted.to_string().ends_with("\naccepted"));
    let expired = token(r#"{"exp":1,"nonce":"n"}"#);
    assert_eq!(explained(waived(), &expired, &keys()), ("expired", None));
    let numbers = token(r#"{"iss":5,"nonce":"n"}"#);
    assert_eq!(explained(only_issuer(ISSUER), &numbers, &keys()), ("invalid_claim", None));
}
