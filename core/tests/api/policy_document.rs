//! A policy as a document: what is read, what is refused and where, and what is written.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod policies;
mod rules;

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use verijot::{
    Algorithm, AlgorithmSet, Audiences, ClaimPath, Issuers, LifetimeClasses, Policy, PolicyError,
    Verifier,
};

use policies::policies;

/// A document that waives the required checks, with these additional members.
fn with(members: &str) -> String {
    format!(r#"{{"issuers":null,"audiences":null{members}}}"#)
}

fn waived() -> Policy {
    Policy::new(Issuers::any(), Audiences::any())
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_builder_makes_the_same_policy() {
    let classes = LifetimeClasses::by_claim("track").class("staff", seconds(43_200));
    for (members, policy) in [
        ("", waived()),
        (
            r#","algorithms":["EdDSA","ES256"]"#,
            waived().algorithms([Algorithm::Es256, Algorithm::EdDsa]),
        ),
        (r#","types":null"#, waived().any_type()),
        (r#","types":["at+jwt","b"]"#, waived().types(["at+jwt", "b"])),
        (r#","leeway":"0.25""#, waived().leeway(Duration::from_millis(250))),
        (r#","leeway":"0""#, waived().leeway(Duration::ZERO)),
        (r#","require_exp":false"#, waived().allow_missing_expiry()),
        (r#","numeric_subject":true"#, waived().allow_numeric_subject()),
        (r#","future_issued_at":true"#, waived().allow_future_issued_at()),
        (r#","required_claims":["sub","jti"]"#, waived().require_claims(["sub", "jti"])),
        (
            r#","expected_claims":{"nonce":"n \"1\"","n":[1,-2,0.5,{"a":null,"b":true}]}"#,
            waived()
                .expect_claim("nonce", "n \"1\"")
                .expect_claim("n", json!([1, -2, 0.5, {"a": null, "b": true}])),
        ),
        (r#","max_age":"60""#, waived().max_age(seconds(60))),
        (r#","max_lifetime":"0.000000001""#, waived().max_lifetime(Duration::from_nanos(1))),
        (
            r#","max_lifetime_by":{"claim":"track","ceilings":{"staff":"43200"},"default":null}"#,
            waived().max_lifetime_by(classes.clone()),
        ),
        (
            r#","max_lifetime_by":{"claim":"track","ceilings":{"staff":"43200"},"default":"9"}"#,
            waived().max_lifetime_by(classes.otherwise(seconds(9))),
        ),
        (r#","required_scopes":["a","b"]"#, waived().require_scopes(["a"]).require_scopes(["b"])),
        (
            r#","required_roles":{"path":["realm_access","roles"],"roles":["admin"]}"#,
            waived().require_roles("realm_access.roles", ["admin"]),
        ),
        (
            r#","required_roles":[{"path":["https://x.example/r"],"roles":["a"]},{"path":["r"],"roles":["b","c"]}]"#,
            waived()
                .require_roles(ClaimPath::from_names(["https://x.example/r"]), ["a"])
                .require_roles("r", ["b", "c"]),
        ),
        (r#","symmetric_keys":true"#, waived().allow_symmetric_keys()),
        (
            r#","limits":{"token_octets":1,"jwks_octets":2,"jwks_keys":3}"#,
            waived().max_token_octets(1).max_jwks_octets(2).max_jwks_keys(3),
        ),
    ] {
        let document = with(members);
        assert_eq!(Policy::from_json(&document).unwrap(), policy, "{document}");
        assert_eq!(Policy::from_json(policy.to_json()).unwrap(), policy, "{document}");
        let again = policy.to_json();
        if !members.contains("algorithms") {
            assert_eq!(again, document);
        }
    }
    let named = r#"{"audiences":["a"],"issuers":["i","j"]}"#;
    let policy = Policy::new(Issuers::one_of(["i", "j"]), Audiences::only("a"));
    assert_eq!(Policy::from_json(named).unwrap(), policy);
    assert_ne!(Policy::from_json(with("")).unwrap(), policy);
}

/// A member without a change in `policies.rs` would be tested nowhere.
#[test]
fn the_random_policies_have_every_member() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let policy = policies().new_tree(&mut runner).unwrap().current().to_json();
        let members: serde_json::Map<String, Value> = serde_json::from_str(&policy).unwrap();
        seen.extend(members.into_iter().map(|(name, _)| name));
    }
    let error = Policy::from_json(with(r#","?":1"#)).unwrap_err();
    let (_, known) = error.problem().split_once("expected one of ").unwrap();
    assert_eq!(seen, known.split(", ").map(String::from).collect());
}

#[test]
fn an_explicit_default_equals_the_default() {
    let written = with(
        r#","leeway":"30.000","require_exp":true,"numeric_subject":false,"future_issued_at":false,
        "symmetric_keys":false,"expected_claims":{},
        "limits":{"token_octets":16384,"jwks_octets":262144,"jwks_keys":100}"#,
    );
    let policy = Policy::from_json(written).unwrap();
    assert_eq!(policy, waived());
    assert_eq!(policy.to_json(), with(""));
}

#[test]
fn key_sets_are_parsed_with_the_policys_settings() {
    let provider = verijot::crypto::default_provider();
    let set = r#"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}]}"#;
    let usable =
        |policy: &Policy| policy.jwks_parser(provider).parse(set).map(|set| set.keys().len());
    assert_eq!(usable(&waived()), Ok(0));
    assert_eq!(usable(&waived().allow_symmetric_keys()), Ok(1));
    for policy in [waived().max_jwks_octets(10), waived().max_jwks_octets(set.len() - 1)] {
        assert_eq!(usable(&policy).unwrap_err().code(), "jwks_too_large");
    }
    let two = format!(r#"{{"keys":[{0},{0}]}}"#, r#"{"kty":"x"}"#);
    let limited = waived().max_jwks_keys(1);
    assert_eq!(limited.jwks_parser(provider).parse(two).unwrap_err().code(), "jwks_too_large");
}

#[test]
fn an_invalid_document_is_refused_with_its_member() {
    for (document, member, problem) in [
        ("", None, "not valid JSON"),
        ("null", None, "not a JSON object"),
        ("[]", None, "not a JSON object"),
        ("{} {}", None, "data after the JSON object"),
        ("{}", Some("issuers"), "missing; add an array of names, or null"),
        (r#"{"issuers":null}"#, Some("audiences"), "missing; add"),
        (
            r#"{"issuers":"a","audiences":null}"#,
            Some("issuers"),
            "must be an array of strings, or null",
        ),
        (r#"{"issuers":["a",1],"audiences":null}"#, Some("issuers[1]"), "must be a string"),
        (
            r#"{"issuers":[],"audiences":null}"#,
            Some("issuers"),
            "the list is empty or contains a blank name",
        ),
        (
            r#"{"issuers":null,"audiences":[" "]}"#,
            Some("audiences"),
            "the list is empty or contains",
        ),
        (r#"{"issuers":null,"issuers":["a"],"audiences":null}"#, Some("issuers"), "occurs twice"),
        (
            r#"{"issuers":null,"\u0069ssuers":["a"],"audiences":null}"#,
            Some("issuers"),
            "occurs twice",
        ),
    ] {
        refused(document, member, problem);
    }
    for (members, member, problem) in [
        (r#","x":1"#, "x", "unknown member; expected one of issuers, audiences, "),
        (r#","Leeway":"1""#, "Leeway", "unknown member"),
        (r#","limits.token_octets":1"#, "limits.token_octets", "unknown member"),
        (r#","token_octets":1"#, "token_octets", "unknown member"),
        (r#","revocation":"clear""#, "revocation", "unknown member"),
        (r#","a\nb":1"#, "a\\nb", "unknown member"),
        (r#","algorithms":null"#, "algorithms", "must be an array of algorithms"),
        (
            r#","algorithms":["ES256","none"]"#,
            "algorithms[1]",
            "unknown signature algorithm; expected",
        ),
        (r#","algorithms":[]"#, "algorithms", "the list is empty"),
        (r#","types":"JWT""#, "types", "must be an array of strings, or null"),
        (r#","types":[]"#, "types", "the list is empty or contains a blank name"),
        (r#","leeway":30"#, "leeway", "must be a decimal number of seconds in quotation marks"),
        (r#","leeway":null"#, "leeway", "must be a decimal number of seconds"),
        (r#","leeway":"030""#, "leeway", "must be a decimal number of seconds"),
        (r#","leeway":"1e2""#, "leeway", "must be a decimal number of seconds"),
        (r#","leeway":"""#, "leeway", "must be a decimal number of seconds"),
        (r#","leeway":"0.0000000001""#, "leeway", "must be a decimal number of seconds"),
        (r#","leeway":"-1""#, "leeway", "must not be negative"),
        (r#","leeway":"-0""#, "leeway", "must not be negative"),
        (r#","leeway":"600.000000001""#, "leeway", "the maximum leeway is 600 s"),
        (r#","require_exp":"false""#, "require_exp", "must be true or false"),
        (r#","require_exp":null"#, "require_exp", "must be true or false"),
        (r#","required_claims":[]"#, "required_claims", "an empty list requires nothing"),
        (r#","required_claims":"sub""#, "required_claims", "must be an array of strings"),
        (r#","required_claims":[""]"#, "required_claims", "a claim name is blank"),
        (r#","expected_claims":[]"#, "expected_claims", "must be an object of claims"),
        (r#","expected_claims":{"":1}"#, "expected_claims", "a claim name is blank"),
        (r#","expected_claims":{"a":1,"a":1}"#, "expected_claims.a", "occurs twice"),
        (r#","expected_claims":{"a":[{"b":1,"b":1}]}"#, "expected_claims.a[0].b", "occurs twice"),
        (
            r#","expected_claims":{"a":[18446744073709551616]}"#,
            "expected_claims.a[0]",
            "must be a number that fits into 64 bits",
        ),
        (
            r#","expected_claims":{"a":{"b":1e400}}"#,
            "expected_claims.a.b",
            "must be a number that fits",
        ),
        (r#","max_age":"0""#, "max_age", "must be more than zero"),
        (r#","max_age":["60"]"#, "max_age", "must be a decimal number of seconds"),
        (r#","max_lifetime":"3155760001""#, "max_lifetime", "must be more than zero and at most"),
        (r#","max_lifetime_by":{}"#, "max_lifetime_by.claim", "missing; expected an object with"),
        (
            r#","max_lifetime_by":{"claim":"a","ceilings":{"b":"1"}}"#,
            "max_lifetime_by.default",
            "missing; expected an object with the members claim, ceilings and default (which may be null)",
        ),
        (
            r#","max_lifetime_by":{"claim":"a","ceilings":{"b":"1"},"default":null,"c":1}"#,
            "max_lifetime_by.c",
            "unknown member; expected one of claim, ceilings, default",
        ),
        (
            r#","max_lifetime_by":{"claim":"a","ceilings":{"b":1},"default":null}"#,
            "max_lifetime_by.ceilings.b",
            "must be a decimal number of seconds",
        ),
        (
            r#","max_lifetime_by":{"claim":"a","ceilings":{"b":"1","b":"2"},"default":null}"#,
            "max_lifetime_by.ceilings.b",
            "occurs twice",
        ),
        (
            r#","max_lifetime_by":{"claim":" ","ceilings":{"b":"1"},"default":null}"#,
            "max_lifetime_by.claim",
            "the claim name is blank",
        ),
        (
            r#","max_lifetime_by":{"claim":"a","ceilings":{},"default":null}"#,
            "max_lifetime_by.ceilings",
            "without a class or a default",
        ),
        (
            r#","max_lifetime_by":{"claim":"a","ceilings":{},"default":"0"}"#,
            "max_lifetime_by.default",
            "the limit of a class must be more than zero",
        ),
        (
            r#","required_scopes":["a b"]"#,
            "required_scopes",
            "a scope is blank or contains whitespace",
        ),
        (r#","required_scopes":{}"#, "required_scopes", "must be an array of strings"),
        (r#","required_roles":[]"#, "required_roles", "an empty list requires nothing"),
        (
            r#","required_roles":"a""#,
            "required_roles",
            "must be an object with the members path and roles, or an",
        ),
        (r#","required_roles":[{"path":["a"]}]"#, "required_roles[0].roles", "missing; expected"),
        (
            r#","required_roles":{"path":"a","roles":["b"]}"#,
            "required_roles.path",
            "must be an array",
        ),
        (
            r#","required_roles":{"path":[],"roles":["b"]}"#,
            "required_roles",
            "required roles need a path",
        ),
        (
            r#","required_roles":{"path":["a"],"roles":[]}"#,
            "required_roles",
            "required roles need a path",
        ),
        (r#","symmetric_keys":1"#, "symmetric_keys", "must be true or false"),
        (r#","limits":1"#, "limits", "must be an object such as"),
        (r#","limits":{"a":1}"#, "limits.a", "unknown member; expected one of token_octets,"),
        (r#","limits":{"leeway":"1"}"#, "limits.leeway", "unknown member"),
        (
            r#","limits":{"token_octets":0}"#,
            "limits.token_octets",
            "must be a whole number of at least 1",
        ),
        (r#","limits":{"token_octets":-1}"#, "limits.token_octets", "must be a whole number"),
        (r#","limits":{"jwks_keys":1.5}"#, "limits.jwks_keys", "must be a whole number"),
        (r#","limits":{"jwks_keys":1e2}"#, "limits.jwks_keys", "must be a whole number"),
        (r#","limits":{"jwks_keys":"5"}"#, "limits.jwks_keys", "must be a whole number"),
        (
            r#","limits":{"jwks_octets":99999999999999999999}"#,
            "limits.jwks_octets",
            "must be a whole number",
        ),
    ] {
        refused(&with(members), Some(member), problem);
    }
}

fn refused(document: &str, member: Option<&str>, problem: &str) {
    let error = Policy::from_json(document).unwrap_err();
    assert_eq!(error.member(), member, "{document}: {error}");
    assert!(error.problem().starts_with(problem), "{document}: {error}");
    let place = member.map_or_else(String::new, |member| format!(": {member}"));
    assert_eq!(error.to_string(), format!("invalid_policy{place}: {}", error.problem()));
}

#[test]
fn octets_that_are_not_utf8_are_refused() {
    let error = Policy::from_json(b"{\"issuers\":[\"\xe4\"]}").unwrap_err();
    assert_eq!(error.to_string(), "invalid_policy: not UTF-8; save the document as UTF-8");
    let marked = format!("\u{feff}{}", with(""));
    assert!(Policy::from_json(marked).unwrap_err().problem().contains("byte order mark"));
}

#[test]
fn an_error_shows_no_value() {
    for members in [
        r#","expected_claims":{"nonce":"n-0S6","nonce":"n-0S6"}"#,
        r#","expected_claims":"n-0S6""#,
        r#","algorithms":["n-0S6"]"#,
        r#","leeway":"n-0S6""#,
    ] {
        let error = Policy::from_json(with(members)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("n-0S6"), "{error}");
    }
}

#[test]
fn what_a_verifier_refuses_is_refused_as_a_document_too() {
    let twice = waived().expect_claim("a", 1).expect_claim("a", 2);
    let error: PolicyError = Verifier::new(twice.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid_policy: expected_claims: a claim occurs twice; expect one value for each claim"
    );
    assert_eq!(Policy::from_json(twice.to_json()).unwrap_err().member(), Some("expected_claims.a"));
    for policy in [
        waived().algorithms(AlgorithmSet::EMPTY),
        waived().leeway(seconds(601)),
        waived().leeway(Duration::MAX),
        waived().max_jwks_octets(0),
        waived().max_jwks_keys(0),
        waived().max_token_octets(0),
    ] {
        let error = Verifier::new(policy.clone()).unwrap_err();
        let read = Policy::from_json(policy.to_json()).unwrap_err();
        assert_eq!(read.member(), error.member(), "{error}, {read}");
    }
}

#[test]
fn every_policy_of_the_vectors_is_read_and_written() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testvectors");
    let mut count = 0;
    for file in verijot_testvectors::read_folder(&folder).unwrap() {
        for case in file.cases {
            let case = serde_json::from_str::<Value>(&case).unwrap();
            // A profile makes its own policy.
            if case.get("profile").is_some() {
                continue;
            }
            let mut document = case["policy"].clone();
            // What only the caller knows is not part of a policy.
            for name in ["known_tenants", "revocation"] {
                document.as_object_mut().unwrap().remove(name);
            }
            let policy = Policy::from_json(document.to_string());
            // A document of a load balancer's verifier stands beside a policy that makes sense.
            let makes_sense =
                case["expect"]["error"] != "invalid_policy" || case.get("alb").is_some();
            assert_eq!(policy.is_ok(), makes_sense, "{}: {policy:?}", case["id"]);
            let Ok(policy) = policy else { continue };
            assert_eq!(Policy::from_json(policy.to_json()).as_ref(), Ok(&policy), "{}", case["id"]);
            assert!(Verifier::new(policy).is_ok(), "{}", case["id"]);
            count += 1;
        }
    }
    assert!(count > 2000, "{count}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn a_policy_comes_back_from_its_document(policy in policies()) {
        let document = policy.to_json();
        prop_assert!(Verifier::new(policy.clone()).is_ok(), "{}", document);
        let read = Policy::from_json(&document);
        prop_assert_eq!(read.as_ref(), Ok(&policy), "{}", document);
        prop_assert_eq!(read.unwrap().to_json(), document);
    }

    #[test]
    fn no_text_is_too_much(text in ".{0,60}", place in 0..400_usize, policy in policies()) {
        let _ = Policy::from_json(&text);
        let mut document = policy.to_json();
        let place = (0..=place.min(document.len())).rev().find(|at| document.is_char_boundary(*at));
        document.insert_str(place.unwrap(), &text);
        if let Ok(policy) = Policy::from_json(&document) {
            prop_assert_eq!(Policy::from_json(policy.to_json()), Ok(policy));
        }
    }
}
